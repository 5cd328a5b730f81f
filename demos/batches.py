"""One point, a mini-batch, or all points: how good a gradient is, and what it costs.

The gradient of the loss is a mean over all points. That of a single point is cheap but noisy; that of all is exact but
expensive; a mini-batch of B points is a compromise whose noise falls with 1/√B: four times the points, half the noise.

Every path below has looked at as many points. All points at once: few steps, straight. One point: many steps, and it never
comes to rest. Mini-batches: many steps and a smooth path, and numpy (or a GPU) computes their points side by side.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

SIZES, RATE, EPOCHS = {"one point": 1, "mini-batch of 32": 32, "all 512": 512}, 0.04, 12
TRUE = np.array([1.0, -2.0])


def points(n=512):
    """(x, y) around the line y = 1 - 2 x."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, n)
    return np.c_[np.ones(n), x], TRUE[0] + TRUE[1] * x + rng.normal(0, 0.7, n)


def gradient(x, y, w):
    """That of the mean squared error of these points."""
    w = ad.Variable(w)
    with ad.Tape() as tape:
        loss = np.mean((x @ w - y) ** 2)
    return tape.gradient(loss, w).numpy()


def descend(x, y, size):
    """The weights after each step of EPOCHS passes over the points, `size` at a time."""
    rng, w = np.random.default_rng(1), np.array([-0.5, 1.5])
    path = [w]
    for _ in range(EPOCHS):
        for batch in np.array_split(rng.permutation(len(x)), len(x) // size):
            w = w - RATE * gradient(x[batch], y[batch], w)
            path.append(w)
    return np.array(path)


def noise(x, y, size, draws=400):
    """How far, typically, the gradient of `size` random points lies from that of all."""
    rng, w, exact = np.random.default_rng(2), np.zeros(2), gradient(x, y, np.zeros(2))
    found = [gradient(x[chosen], y[chosen], w) for chosen in rng.integers(0, len(x), (draws, size))]
    return float(np.sqrt(np.mean(np.sum((found - exact) ** 2, axis=1))))


def main():
    x, y = points()
    best = np.linalg.lstsq(x, y)[0]
    paths = {name: descend(x, y, size) for name, size in SIZES.items()}
    distances = {name: float(np.linalg.norm(path[-1] - best)) for name, path in paths.items()}
    noises = {size: noise(x, y, size) for size in (1, 4, 16, 64)}
    for name, path in paths.items():
        print(f"{name:17} {len(path) - 1:5} steps, ends {distances[name]:.3f} from the best weights")
    print("noise of the gradient:", *(f"B = {size}: {far:.3f} " for size, far in noises.items()))
    plt = pyplot()
    if plt is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        nn.plots.loss_surface(lambda a, b: np.mean((x @ [a, b] - y) ** 2), (-0.8, 1.6), (-2.6, 1.8), paths, left, resolution=40)
        right.loglog(list(noises), list(noises.values()), "o-", label="measured")
        right.loglog(list(noises), [noises[1] / np.sqrt(size) for size in noises], "k:", label="1/√B")
        right.set(xlabel="points in the batch, B", ylabel="distance from the exact gradient", xticks=list(noises))
        right.set_xticklabels(list(noises))
        right.legend()
        save(figure, "batches.png")
    return {"distances": distances, "noises": noises, "steps": {name: len(path) - 1 for name, path in paths.items()}}


if __name__ == "__main__":
    main()
