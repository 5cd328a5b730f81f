"""Activations and their derivatives: sigmoid, tanh and ReLU, with the slopes that a tape finds.

The three of MIT 6.S191, lecture 1: the sigmoid g = 1 / (1 + e^-z) has the slope g (1 - g), the hyperbolic tangent
g = (e^z - e^-z) / (e^z + e^-z) has 1 - g², and the rectified linear unit g = max(0, z) has 1 where z > 0 and 0 elsewhere.

Nobody has to believe the formulas: a tape differentiates the functions, and the two agree to the last digits. Look at how
flat the first two are far from 0: there a gradient vanishes, and learning is slow.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

LECTURE = {  # name: (g, its derivative in the lecture, from z and g(z))
    "sigmoid": (ad.sigmoid, lambda z, g: g * (1 - g)),
    "tanh": (ad.tanh, lambda z, g: 1 - g**2),
    "relu": (ad.relu, lambda z, g: np.where(z > 0, 1.0, 0.0)),
}


def largest_difference(g, derivative):
    """By how much a tape's derivative of g differs from the lecture's, on [-5, 5]."""
    z = ad.Variable(np.linspace(-5, 5, 1001))
    with ad.Tape() as tape:
        y = g(z)
    return float(np.max(np.abs(tape.gradient(y, z).numpy() - derivative(z.numpy(), y.numpy()))))


def draw(plt):
    figure, row = plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    for axes, name in zip(row, LECTURE):
        nn.plots.activation(name, ax=axes)
        axes.set_title(name)
    save(figure, "activations.png")


def main():
    differences = {name: largest_difference(*pair) for name, pair in LECTURE.items()}
    for name, difference in differences.items():
        print(f"{name:8} the tape's slope differs from the lecture's by {difference:.1g} at most")
    slope_far_out = ad.grad(ad.sigmoid)(10.0)
    print(f"the sigmoid's slope at 0 is {ad.grad(ad.sigmoid)(0.0)}, at 10 only {slope_far_out:.6f}")
    plt = pyplot()
    if plt is not None:
        draw(plt)
    return {**differences, "slope at 10": float(slope_far_out)}


if __name__ == "__main__":
    main()
