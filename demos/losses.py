"""Empirical loss, cross-entropy, squared error: how wrong about pass or fail, and about the final grade?

The empirical loss is the mean of all individual losses, J = 1/n sum L(f(x), y). For yes or no, L is the binary cross-entropy
-(y log p + (1 - y) log(1 - p)): nothing for being right and sure, without limit for being wrong and sure. In
MIT 6.S191, lecture 1, the p are 0.1, 0.8, 0.6 and the right answers 1, 0, 1. For a final grade L = (y - p)², the squared
error.

Mind the minus sign: without it the best would be to be as wrong as one can.
"""

import numpy as np

import nn
from demos.pictures import pyplot, save

PASSED, PREDICTED = np.array([[1.0], [0.0], [1.0]]), np.array([[0.1], [0.8], [0.6]])
GRADES, GUESSED = np.array([[90.0], [20.0], [95.0]]), np.array([[30.0], [80.0], [85.0]])


def train_grades():
    """The mean squared error, before and after, of a line that learns grades from hours."""
    hours = np.linspace(0, 10, 40)[:, None]
    grades = 30 + 6.5 * hours + np.random.default_rng(0).normal(0, 4, hours.shape)
    model = nn.Sequential([nn.Dense(1, dtype="float64")])
    model.compile(nn.optimizers.SGD(0.02), "mse")
    history = model.fit(hours, grades, batch_size="all", epochs=400, verbose=0)
    return hours, grades, model, history.history["loss"]


def draw(plt, hours, grades, model):
    p = np.linspace(0.005, 0.995, 400)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), layout="constrained")
    left.plot(p, -np.log(p), color="#0072b2", label="y = 1: -log p")
    left.plot(p, -np.log(1 - p), color="#d55e00", label="y = 0: -log(1 - p)")
    for y, q in zip(PASSED.ravel(), PREDICTED.ravel()):
        left.plot(q, -np.log(q if y else 1 - q), "o", color="#0072b2" if y else "#d55e00")
    left.set(title="binary cross-entropy, and the lecture's three p", xlabel="predicted p", ylabel="loss")
    left.legend()
    right.plot(hours, grades, "o", color="#999999", markersize=4)
    right.plot(hours, model(hours).numpy(), color="#0072b2", linewidth=2)
    right.vlines(hours, model(hours).numpy(), grades, color="#d55e00", linewidth=1)
    right.set(title="final grade: least squares", xlabel="hours on the project", ylabel="grade")
    save(figure, "losses.png")


def main():
    each = -np.where(PASSED == 1, np.log(PREDICTED), np.log(1 - PREDICTED))
    cross_entropy = float(nn.losses.BinaryCrossentropy()(PASSED, PREDICTED))
    for p, y, loss in zip(PREDICTED.ravel(), PASSED.ravel(), each.ravel()):
        print(f"p = {p:g} where {y:g} is right: loss {loss:.3f}")
    print(f"their mean, the empirical loss: {cross_entropy:.4f}")
    squared = float(nn.losses.MeanSquaredError()(GRADES, GUESSED))
    print(f"grades 90, 20, 95 guessed as 30, 80, 85: mean squared error {squared:.1f}")
    hours, grades, model, losses = train_grades()
    print(f"a line learns grades from hours: mean squared error {losses[0]:.0f} falls to {losses[-1]:.1f}")
    plt = pyplot()
    if plt is not None:
        draw(plt, hours, grades, model)
    return {"each": each, "cross-entropy": cross_entropy, "squared": squared, "first": losses[0], "last": losses[-1]}


if __name__ == "__main__":
    main()
