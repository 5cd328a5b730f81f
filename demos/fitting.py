"""Under-fitting, the ideal fit, over-fitting: points that a model has not seen tell them apart.

A perceptron has no capacity for two crescents: it is wrong on what it learned from as on what is new (under-fitting). A few
hidden units have what it takes. Two layers of 64, trained for long on 80 noisy points, learn each of them by heart: no error
where they learned, and a boundary around single points that makes them wrong, and very sure of it, on new ones (over-fitting).

The loss on the points that were learned from can't tell the second from the third. The loss on held-out points can.
"""

import numpy as np

import nn
from demos.networks import crescents
from demos.pictures import pyplot, save

MODELS = {  # name: units of the hidden layers, and their activation
    "under-fitting": ([], None),
    "ideal": ([8], "tanh"),
    "over-fitting": ([64, 64], "relu"),
}


def learned_and_new():
    """(x, y) of 80 noisy points to learn from, and of 400 new ones."""
    return tuple((x, y[:, None]) for x, y in (crescents(80, noise=0.3), crescents(400, noise=0.3, seed=1)))


def compiled(model, rate=0.02):
    """The model, ready to learn from logits with Adam."""
    model.compile(nn.optimizers.Adam(rate), nn.losses.BinaryCrossentropy(from_logits=True))
    return model


def main():
    learned, new = learned_and_new()
    models, numbers = {}, {}
    for name, (hidden, activation) in MODELS.items():
        nn.set_random_seed(0)
        model = models[name] = compiled(nn.Sequential([*(nn.Dense(n, activation) for n in hidden), nn.Dense(1)]))
        model.fit(*learned, batch_size="all", epochs=300, verbose=0)
        numbers[name] = [float(model.evaluate(*points, verbose=0)) for points in (learned, new)]
        right = [float(np.mean((model(x).numpy() > 0) == y)) for x, y in (learned, new)]
        print(f"{name:14} where it learned: loss {numbers[name][0]:.3f}, {right[0]:.0%} right;", end=" ")
        print(f"on new points: loss {numbers[name][1]:.3f}, {right[1]:.0%} right")
    plt = pyplot()
    if plt is not None:
        figure, row = plt.subplots(1, 3, figsize=(10, 3.7), layout="constrained")
        for axes, (name, model) in zip(row, models.items()):
            nn.plots.decision_boundary(model, *learned, axes)
            axes.set_title("{}\nloss {:.2f}, on new points {:.2f}".format(name, *numbers[name]), fontsize=11)
        save(figure, "fitting.png")
    return numbers


if __name__ == "__main__":
    main()
