"""Networks of one hidden layer and of more: what each layer adds to the boundary.

One hidden layer: z_i = w0_i + sum_j x_j w_ji, then y = g(w0 + sum_j g(z_j) w_j). Without the inner g the two layers would be
one. A deep network repeats that: tf.keras.Sequential([Dense(n_1), Dense(n_2), ..., Dense(2)]).

Here are two crescents that no line can part: with a perceptron, with one hidden layer, and with a deep network.
"""

import numpy as np

import nn
from demos.pictures import pyplot, save

MODELS = {  # name: units of the hidden layers
    "perceptron": [],
    "one hidden layer": [16],
    "deep": [16, 16, 16],
}


def crescents(n=240, noise=0.12, seed=0):
    """Two half moons that reach into each other, and which of them each point is of."""
    rng = np.random.default_rng(seed)
    t, y = rng.uniform(0, np.pi, n), np.arange(n) % 2
    x = np.c_[np.cos(t) + y, np.sin(t) * (1 - 2 * y) + 0.5 * y]
    return x + rng.normal(0, noise, x.shape), y


def network(hidden):
    model = nn.Sequential([*(nn.Dense(n, "tanh") for n in hidden), nn.Dense(2)])
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.optimizers.Adam(0.02), loss, metrics=["accuracy"])
    return model


def main():
    x, y = crescents()
    models, accuracies = {}, {}
    for name, hidden in MODELS.items():
        nn.set_random_seed(0)
        models[name] = network(hidden)
        history = models[name].fit(x, y, epochs=60, verbose=0)
        accuracies[name] = float(history.history["accuracy"][-1])
        print(f"{name:17} {models[name].count_params():4} numbers, {accuracies[name]:.1%} right")
    models["deep"].summary()
    plt = pyplot()
    if plt is not None:
        figure, row = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
        for axes, (name, model) in zip(row, models.items()):
            nn.plots.decision_boundary(model, x, y, axes)
            axes.set_title(f"{name}: {accuracies[name]:.0%} right")
        save(figure, "networks.png")
    return accuracies


if __name__ == "__main__":
    main()
