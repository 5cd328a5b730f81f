"""Learning rates: too small crawls, too large diverges, a good one converges, and an adaptive one finds its own.

Gradient descent goes w <- w - η ∂J/∂w. On a bowl whose steepest direction curves with c, each step multiplies the distance
to the bottom by 1 - η c: it shrinks only while η < 2 / c. Beyond that every step overshoots by more than the last.

A small rate also stays in the first hollow it meets, where a larger one leaps over it to the lowest point. An adaptive
optimizer (here Adam) scales the steps of each weight by the gradients that it has seen, so steep and flat go equally fast.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

CURVATURE = np.array([1.0, 10.0])  # steep in w2, so that plain descent diverges for η > 2 / 10
RATES = {"too small": 0.002, "good": 0.15, "too large": 0.21}
START = [-2.0, 0.5]


def bowl(w1, w2):
    return 0.5 * (CURVATURE[0] * w1**2 + CURVATURE[1] * w2**2)


def descend(optimizer, loss_of=bowl, start=START, steps=60):
    """(the losses, the points) of so many steps of an optimizer."""
    w = [ad.Value(x) for x in start]
    losses, path = [float(loss_of(*start))], [start]
    for _ in range(steps):
        with ad.Tape() as tape:
            loss = loss_of(*w)
        optimizer.apply_gradients(zip(tape.gradient(loss, w), w))
        path.append([float(x) for x in w])
        losses.append(float(loss_of(*path[-1])))
    return losses, path


def hollows(w):
    """A hollow near w = -1, and the lowest point near 1."""
    return (w**2 - 1) ** 2 - 0.4 * w


def main():
    runs = {name: descend(nn.optimizers.SGD(rate)) for name, rate in RATES.items()}
    runs["adaptive"] = descend(nn.optimizers.Adam(0.1))
    for name, (losses, _) in runs.items():
        print(f"{name:10} η = {RATES.get(name, 0.1):<6} the loss goes from {losses[0]:.3g} to {losses[-1]:.3g}")
    shy, bold = (descend(nn.optimizers.SGD(rate), hollows, [-2.2], 400)[1][-1][0] for rate in (0.01, 0.1))
    print(f"two hollows, from w = -2.2: η = 0.01 stays at {shy:.2f}, loss {hollows(shy):.3f}; ", end="")
    print(f"η = 0.1 gets to {bold:.2f}, loss {hollows(bold):.3f}")
    plt = pyplot()
    if plt is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        nn.plots.learning_rates({rate: runs[name][0] for name, rate in RATES.items()}, left)
        left.plot(runs["adaptive"][0], color="#cc79a7", linestyle="--", label="Adam, 0.1")
        left.legend(title="rate: loss at the end")
        shown = {name: np.clip(path[:25], -9, 9) for name, (_, path) in runs.items()}
        nn.plots.loss_surface(bowl, (-2.5, 1.2), (-1.5, 1.5), shown, right, log=True)
        save(figure, "learning_rates.png")
    return {name: losses for name, (losses, _) in runs.items()} | {"shy": shy, "bold": bold}


if __name__ == "__main__":
    main()
