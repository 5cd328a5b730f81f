"""Gradient descent: step against the gradient, again and again, down to the lowest point nearby.

The algorithm of MIT 6.S191, lecture 1: initialize the weights randomly; loop: compute the gradient ∂J/∂w, and update
w <- w - η ∂J/∂w; return the weights. The gradient points where the loss grows fastest, so against it is down; near the bottom
it vanishes, and the steps become small by themselves.

This surface has two valleys. Where one ends up depends on where one began: the lowest point nearby is a local minimum.
"""

from itertools import pairwise

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

STARTS = {"start left": (-1.8, 1.6), "start right": (1.9, 1.4), "start near the ridge": (0.35, -1.7)}


def surface(x, y):
    """Two valleys, near (-1, 0) and (1, 0), of which the left one is deeper."""
    return (x**2 - 1) ** 2 + 0.4 * x + 0.7 * (y - 0.3 * x) ** 2


def descend(start, lr=0.05, steps=200):
    """The points on the way, and the gradient's length at the end."""
    weights = ad.Variable(start)
    path = [weights.numpy().tolist()]
    for _ in range(steps):
        with ad.GradientTape() as g:
            loss = surface(weights[0], weights[1])
        gradient = g.gradient(loss, weights)
        weights = weights - lr * gradient
        path.append(weights.numpy().tolist())
    return path, float(np.linalg.norm(gradient.numpy()))


def main():
    paths, ends, slopes = {}, {}, {}
    for name, start in STARTS.items():
        paths[name], slopes[name] = descend(start)
        ends[name] = float(surface(*paths[name][-1]))
        x, y = paths[name][-1]
        print(f"{name:21} {start} -> ({x:.3f}, {y:.3f}), loss {surface(*start):.3f} -> {ends[name]:.3f}")
    downhill = all(surface(*after) <= surface(*before) + 1e-12 for p in paths.values() for before, after in pairwise(p))
    print("every step of each went down" if downhill else "some step went up")
    plt = pyplot()
    if plt is not None:
        figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
        nn.plots.loss_surface(surface, (-2.1, 2.1), (-2, 2), paths, axes, log=True)
        axes.set(xlabel="$w_1$", ylabel="$w_2$", title="gradient descent on a loss of two weights")
        save(figure, "descent.png")
    return {"ends": ends, "slopes": slopes, "downhill": downhill}


if __name__ == "__main__":
    main()
