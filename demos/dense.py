"""Multi-output perceptron: a Dense layer of two units is two perceptrons on the same inputs.

z_i = w0_i + sum_j x_j w_ji: every input is connected to every output, hence Dense. As code, `Dense(units=2)` makes a matrix
w of a column for each unit, and a bias for each. A column by itself is a perceptron, and gives the same number.

The derivative of output i by weight w_ji is the input x_j, and 0 by the weights of the other unit: see the jacobian.
"""

import numpy as np

import autodiff as ad
import nn
import nn.tf as tf
from demos.pictures import pyplot, save


def draw(plt, layer):
    """The sums of both units over the plane of inputs, and where each is undecided."""
    x1, x2 = np.meshgrid(np.linspace(-3, 3, 121), np.linspace(-3, 3, 121))
    z = layer(np.stack([x1, x2], axis=-1)).numpy()
    figure, row = plt.subplots(1, 2, figsize=(9, 3.7), layout="constrained")
    for i, axes in enumerate(row):
        filled = axes.contourf(x1, x2, z[..., i], levels=np.linspace(-10, 10, 21), cmap="RdBu", extend="both")
        axes.contour(x1, x2, z[..., i], [0.0], colors="k")
        axes.set(title=f"unit {i + 1}: $z_{i + 1}$, 0 on the line", xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    figure.colorbar(filled, ax=row, ticks=range(-10, 11, 5))
    save(figure, "dense.png")


def main():
    nn.set_random_seed(3)
    layer = tf.keras.layers.Dense(units=2)  # as in MIT 6.S191, lecture 1; nn.Dense(2) is the same
    x = np.array([[4.0, 5.0]], "float32")
    z = layer(x).numpy()[0]
    w, w0 = layer.kernel.numpy(), layer.bias.numpy()
    by_hand = [float(w0[i] + sum(x[0, j] * w[j, i] for j in range(2))) for i in range(2)]
    print(f"x = (4, 5) gives z = ({z[0]:.4f}, {z[1]:.4f}); unit by unit ({by_hand[0]:.4f}, {by_hand[1]:.4f})")
    with ad.Tape() as tape:
        outputs = layer(x)
    jacobian = tape.jacobian(outputs, layer.kernel).numpy()[0]  # output, input, unit of the weight
    for i in range(2):
        print(f"d z_{i + 1} / d w =", str(jacobian[i].tolist()))
    plt = pyplot()
    if plt is not None:
        draw(plt, layer)
    return {"difference": float(np.abs(z - by_hand).max()), "jacobian": jacobian, "weights": layer.count_params()}


if __name__ == "__main__":
    main()
