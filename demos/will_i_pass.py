"""Will I pass: an untrained network says 0.1 to a student who passed; trained, it knows better.

The example of MIT 6.S191, lecture 1: x1 lectures attended, x2 hours spent on the project. The network has not seen anything
yet, and says 0.1 about x = (4, 5). The actual answer is 1. How wrong that is, the loss tells: -log(0.1) = 2.3; training makes
it small.

Afterwards the map shows the probability of passing for every student there might be.
"""

import numpy as np

import autodiff as ad
import nn
from demos.pictures import pyplot, save

ME = np.array([[4.0, 5.0]])


def students(n=150):
    """Lectures attended, hours spent, and who passed: those with enough of both together, more or less."""
    rng = np.random.default_rng(4)
    x = np.c_[rng.uniform(0, 8, n), rng.uniform(0, 8, n)]
    return np.vstack([x, ME]), np.append((x.sum(axis=1) + rng.normal(0, 0.7, n) > 7).astype(float), 1.0)


def untrained():
    """A network with three hidden units that has learned nothing, and doubts everybody: about me it says 0.1."""
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1, "sigmoid")])
    model(ME)
    logit = float(np.log(model(ME).item() / (1 - model(ME).item())))
    model.layers[1].bias.assign_sub([logit - np.log(0.1 / 0.9)])
    return model


def loss_of(model):
    return float(nn.losses.BinaryCrossentropy()([[1.0]], model(ME)))


def main():
    x, y = students()
    model = untrained()
    before, loss_before = model(ME).item(), loss_of(model)
    optimizer, cost, losses = nn.optimizers.Adam(0.05), nn.losses.BinaryCrossentropy(), []
    for _ in range(300):
        with ad.Tape() as tape:
            loss = cost(y[:, None], model(x))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        losses.append(float(loss))
    after, accuracy = model(ME).item(), float(np.mean((model(x).numpy()[:, 0] > 0.5) == y))
    print(f"before training: x = (4, 5) passes with probability {before:.3f}; it did, so the loss is {loss_before:.2f}")
    print(f"after training:  x = (4, 5) passes with probability {after:.3f}; the loss is {loss_of(model):.3f}")
    print(f"of all {len(x)} students {accuracy:.1%} are told right")
    plt = pyplot()
    if plt is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
        for axes, net, p in ((left, untrained(), before), (right, model, after)):
            nn.plots.decision_boundary(net, x, y, axes)
            axes.plot(*ME[0], "w*", markersize=18, markeredgecolor="k", zorder=9)
            axes.set(xlabel="lectures attended", ylabel="hours spent on the project")
            axes.set_title(f"{'before' if net is not model else 'after'}: (4, 5) passes with {p:.2f}")
        save(figure, "will_i_pass.png")
    return {"before": before, "after": after, "accuracy": accuracy, "losses": losses}


if __name__ == "__main__":
    main()
