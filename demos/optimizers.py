"""Five optimizers raced down one valley: SGD, Adam, Adadelta, Adagrad and RMSprop.

Plain descent has one rate for all weights. The others adapt it: Adagrad divides by the root of all squared gradients so far,
so steep directions get small steps, and all steps shrink; RMSprop and Adadelta forget the old gradients; Adam has momentum
besides. Each is a line or two of equations: see nn/optimizers/methods.py.

The valley is narrow and curved, so the gradient points across it rather than along it. No rate is best for all: each gets
its own, and Adadelta the 1.0 of its paper, as Keras's default of 0.001 would not leave the start.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

STEPS, START = 400, (-1.2, 1.6)


def racers():
    return {
        "SGD": nn.optimizers.SGD(0.015),
        "Adam": nn.optimizers.Adam(0.05),
        "Adadelta": nn.optimizers.Adadelta(1.0, epsilon=1e-4),
        "Adagrad": nn.optimizers.Adagrad(0.3),
        "RMSprop": nn.optimizers.RMSprop(0.02),
    }


def valley(x, y):
    """A milder Rosenbrock valley: its floor is y = x², and its lowest point (1, 1)."""
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


def race(optimizer):
    """The points that an optimizer passes."""
    w = [ad.Value(x) for x in START]
    path = [START]
    for _ in range(STEPS):
        with ad.Tape() as tape:
            loss = valley(*w)
        optimizer.apply_gradients(zip(tape.gradient(loss, w), w))
        path.append(tuple(float(x) for x in w))
    return path


def main():
    paths = {name: race(optimizer) for name, optimizer in racers().items()}
    losses = {name: [valley(x, y) for x, y in path] for name, path in paths.items()}
    for name in sorted(losses, key=lambda name: losses[name][-1]):
        x, y = paths[name][-1]
        print(f"{name:9} ends at ({x:.3f}, {y:.3f}), loss {losses[name][-1]:.2g}")
    plt = pyplot()
    if plt is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        nn.plots.loss_surface(valley, (-1.7, 1.7), (-0.6, 2.2), paths, left, log=True)
        shades = {line.get_label(): line.get_color() for line in left.lines}
        for name, curve in losses.items():
            right.semilogy(np.maximum(curve, 1e-12), label=name, color=shades[name])
        right.set(xlabel="step", ylabel="loss", title="the same, step by step")
        right.legend()
        save(figure, "optimizers.png")
    return {name: curve[-1] for name, curve in losses.items()} | {"start": losses["SGD"][0]}


if __name__ == "__main__":
    main()
