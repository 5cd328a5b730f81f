"""Linear layers stay linear, however deep: only a bent activation buys a curved boundary.

Two linear layers are one: (x W1 + b1) W2 + b2 = x (W1 W2) + (b1 W2 + b2). So ten of them still draw a straight line, and
no straight line tells the inside of a ring from the outside. The same ten layers with tanh between them can.

The second derivative says it too: that of a linear network is 0 everywhere.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save


def ring(n=200):
    """Points inside a circle, of class 0, and around it, of class 1."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    radius, angle = np.where(y, rng.uniform(1.3, 2.0, n), rng.uniform(0.0, 0.9, n)), rng.uniform(0, 2 * np.pi, n)
    return np.c_[radius * np.cos(angle), radius * np.sin(angle)], y


def deep(activation, depth=10):
    """So many layers of 8 with this activation between them, and one unit to decide."""
    return nn.Sequential([*(nn.Dense(8, activation, dtype="float64") for _ in range(depth - 1)), nn.Dense(1, dtype="float64")])


def collapsed(model):
    """The one layer (W, b) that a model of linear layers is."""
    W, b = np.eye(2), np.zeros(2)
    for layer in model.layers:
        kernel, bias = (v.numpy() for v in (layer.kernel, layer.bias))
        W, b = W @ kernel, b @ kernel + bias
    return W, b


def main():
    x, y = ring()
    models, scores = {"linear": deep(None), "tanh": deep("tanh")}, {}
    for name, model in models.items():
        nn.set_random_seed(1)
        model.compile(nn.optimizers.Adam(0.005), nn.losses.BinaryCrossentropy(from_logits=True), ["accuracy"])
        model.fit(x, y[:, None], epochs=60, verbose=0)
        scores[name] = float(np.mean((model(x).numpy()[:, 0] > 0) == y))
    W, b = collapsed(models["linear"])
    difference = float(np.abs(models["linear"](x).numpy() - (x @ W + b)).max())
    bend = {name: float(np.abs(ad.hessian(lambda p, m=m: m(p[None, :])[0, 0])(x[0])).max()) for name, m in models.items()}
    print(f"ten linear layers are one layer, to {difference:.0e}; their second derivative is {bend['linear']}")
    print(f"right about the ring: linear {scores['linear']:.0%}, tanh {scores['tanh']:.0%}")
    plt = pyplot()
    if plt is not None:
        figure, row = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
        for axes, (name, model) in zip(row, models.items()):
            nn.plots.decision_boundary(model, x, y, axes)
            axes.set_title(f"10 layers, {name}: {scores[name]:.0%} right")
        save(figure, "linear.png")
    return {"difference": difference, "bend": bend, **scores}


if __name__ == "__main__":
    main()
