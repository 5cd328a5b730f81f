"""micrograd's moons: a network out of single numbers, each of them a Value with a gradient of its own.

nn.scalar is a network as Andrej Karpathy's micrograd writes it: a neuron is a list of Values, a layer a list of neurons. No
arrays: one loss is some ten thousand additions and multiplications of numbers, each recorded by the tape, and one backward
sweep over them finds the slope of the loss by every weight.

The loss is micrograd's: max(0, 1 - y s) for labels y = ±1 and scores s, plus a little L2.
"""

import random

import numpy as np

import autodiff as ad
import nn
from demos.networks import crescents
from demos.pictures import pyplot, save
from nn.scalar import MLP

STEPS, ALPHA = 50, 1e-4


def loss_of(net, points, labels):
    margins = [ad.relu(1.0 - label * net(point)) for point, label in zip(points, labels)]
    return sum(margins) / len(margins) + ALPHA * sum(p * p for p in net.parameters())


def train(net, points, labels):
    """The loss at each step, with a rate that falls from 1 to 0.1 as in micrograd's notebook."""
    losses = []
    for k in range(STEPS):
        with ad.Tape() as tape:
            loss = loss_of(net, points, labels)
        parameters = net.parameters()
        for p, g in zip(parameters, tape.gradient(loss, parameters)):
            p.assign_sub((1.0 - 0.9 * k / STEPS) * g)
        losses.append(float(loss))
    return losses


def main():
    random.seed(1)
    x, y = crescents(50, noise=0.1)
    points, labels = x.tolist(), (2 * y - 1).tolist()
    net = MLP(2, [10, 10, 1])
    losses = train(net, points, labels)
    accuracy = float(np.mean([(float(net(point)) > 0) == (label > 0) for point, label in zip(points, labels)]))
    print(f"{len(net.parameters())} Values learn {len(points)} points, {accuracy:.0%} right: ", end="")
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}")
    plt = pyplot()
    if plt is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
        nn.plots.decision_boundary(net, x, y, left, resolution=40)
        right.semilogy(losses)
        right.set(xlabel="step", ylabel="loss", title=f"{len(net.parameters())} Values, {STEPS} steps")
        save(figure, "moons.png")
    return {"accuracy": accuracy, "first": losses[0], "last": losses[-1]}


if __name__ == "__main__":
    main()
