"""The perceptron: ŷ = g(1 + 3 x1 - 2 x2), the line it draws, and what it says at x = (-1, 2).

A perceptron weighs its inputs, adds a bias and bends the sum with an activation: ŷ = g(w0 + xᵀw). With w0 = 1 and
w = (3, -2), the sum is 0 on the line 1 + 3 x1 - 2 x2 = 0, and there the sigmoid says 0.5: yes on one side, no on the other.

At (-1, 2) the sum is 1 - 3 - 4 = -6, and g(-6) = 0.0025: a quite certain no.
"""

import numpy as np

import nn
from demos.pictures import pyplot, save


def perceptron():
    """That of MIT 6.S191, lecture 1, as a layer of one unit: w = (3, -2), w0 = 1."""
    layer = nn.Perceptron("sigmoid", dtype="float64")
    layer.build((None, 2))
    layer.set_weights([[[3.0], [-2.0]], [1.0]])
    return layer


def draw(plt, layer, points):
    figure, axes = plt.subplots(figsize=(5.4, 4.2), layout="constrained")
    nn.plots.decision_boundary(layer, points, [0, 0, 1, 1], axes)
    for (x1, x2), p in zip(points, layer(points).numpy().ravel()):
        side, upright = ("left", "top") if x1 < -1 else ("right", "bottom")  # inside the picture, and beside the line
        shift = 6 if side == "left" else -6, -6 if upright == "top" else 3
        place = dict(xytext=shift, textcoords="offset points", fontsize=9, ha=side, va=upright, color="k")
        axes.annotate(f"ŷ({x1:g}, {x2:g}) = {p:.3f}", (x1, x2), **place)
    axes.set(xlabel="$x_1$", ylabel="$x_2$", title="ŷ = g(1 + 3 $x_1$ - 2 $x_2$)")
    save(figure, "perceptron.png")


def main():
    layer = perceptron()
    x = np.array([-1.0, 2.0])
    z = 1 + 3 * x[0] - 2 * x[1]
    y = layer(x[None, :]).item()
    on_the_line = layer([[1.0, 2.0]]).item()
    print(f"x = (-1, 2): the sum is {z:g}, and ŷ = g({z:g}) = {y:.4f}")
    print(f"x = (1, 2) lies on the line 1 + 3 x1 - 2 x2 = 0: ŷ = {on_the_line}")
    plt = pyplot()
    if plt is not None:
        draw(plt, layer, np.array([[-1.0, 2.0], [-2.0, -2.5], [1.0, 2.0], [1.5, -1.0]]))
    return {"z": z, "y": y, "on the line": on_the_line}


if __name__ == "__main__":
    main()
