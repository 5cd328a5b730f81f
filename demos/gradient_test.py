"""Unit-testing a gradient: compare it with finite differences, and be told what is wrong.

A derivative that was written by hand may be wrong, and a network with wrong gradients still learns a little. The check is the
definition of the derivative: (f(x + h) - f(x - h)) / 2h for a small h. How small? With a large h the curve between is not
straight, an error of h²; with a tiny one the two values agree in all their digits, and rounding is left, an error of 1/h.
The best h lies between: see the valley in the picture. check_gradients chooses it, and tells a mistake from noise.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save


@ad.custom_gradient
def wrong_square(x):
    """x², and a derivative with a slip: it should be 2 x."""
    return x * x, lambda upstream: upstream * x


@ad.custom_gradient
def right_square(x):
    return x * x, lambda upstream: upstream * 2 * x


def errors(steps):
    """By how much the two-sided and the one-sided difference miss tanh′(0.7), for each h."""
    exact = ad.grad(np.tanh)(0.7)
    two_sided = [abs((np.tanh(0.7 + h) - np.tanh(0.7 - h)) / (2 * h) - exact) for h in steps]
    one_sided = [abs((np.tanh(0.7 + h) - np.tanh(0.7)) / h - exact) for h in steps]
    return np.array(two_sided, float), np.array(one_sided, float)


def main():
    x = np.array([1.0, -2.0, 0.5])
    verdicts = {f.__name__: ad.check_gradients(f, x) for f in (right_square, wrong_square)}
    layer = nn.Dense(3, "tanh")
    verdicts["a Dense layer"] = ad.check_gradients(layer, np.array([[0.3, -0.8]]))
    for name, verdict in verdicts.items():
        print(f"{name}: {verdict}")
    steps = np.logspace(-14, 0, 57)
    two_sided, one_sided = errors(steps)
    best = float(steps[np.argmin(two_sided)])
    print(f"tanh′(0.7): the best h is about {best:.0e}, which errs by {two_sided.min():.0e}; 1e-14 errs by {two_sided[0]:.0e}")
    plt = pyplot()
    if plt is not None:
        figure, axes = plt.subplots(figsize=(6.4, 4), layout="constrained")
        axes.loglog(steps, one_sided, label="(f(x + h) - f(x)) / h", color="#d55e00")
        axes.loglog(steps, two_sided, label="(f(x + h) - f(x - h)) / 2h", color="#0072b2")
        axes.set(xlabel="h", ylabel="error of the slope", title="finite differences of tanh at 0.7", ylim=(1e-13, 1))
        axes.legend()
        save(figure, "gradient_test.png")
    said = {name: str(verdict) for name, verdict in verdicts.items()}
    return {"verdicts": said, "best": best, "tiny": two_sided[0], "least": two_sided.min()}


if __name__ == "__main__":
    main()
