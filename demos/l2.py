"""L2 regularization: large weights cost, so the network does not bend more than the points demand.

To the loss is added λ sum(w²): J = 1/n sum L + λ sum(w²). Its gradient pulls every weight towards 0 by 2 λ w, so a weight
stays large only if the points insist. Small weights make a smooth boundary, and modest probabilities. λ says how much: with
too little the network learns the noise, with too much it under-fits.
"""

import numpy as np

import nn
from demos.fitting import compiled, learned_and_new
from demos.pictures import pyplot, save

STRENGTHS = (0.0, 0.001, 0.01, 0.3)


def train(strength, learned):
    """A large network, trained with this λ."""
    nn.set_random_seed(0)
    layers = [nn.Dense(n, "relu", kernel_regularizer=nn.regularizers.L2(strength)) for n in (64, 64)]
    model = compiled(nn.Sequential([*layers, nn.Dense(1, kernel_regularizer=nn.regularizers.L2(strength))]))
    model.fit(*learned, batch_size="all", epochs=300, verbose=0)
    return model


def measure(model, learned, new):
    """The sum of squared weights, and the cross-entropy on both, without what the weights cost."""
    cost = nn.losses.BinaryCrossentropy(from_logits=True)
    squares = sum(float(np.sum(layer.kernel.numpy() ** 2)) for layer in model.layers)
    return {"squares": squares} | {name: float(cost(y, model(x))) for name, (x, y) in (("learned", learned), ("new", new))}


def main():
    learned, new = learned_and_new()
    models = {strength: train(strength, learned) for strength in STRENGTHS}
    numbers = {strength: measure(model, learned, new) for strength, model in models.items()}
    for strength, n in numbers.items():
        print(f"λ = {strength:<6} sum of squares {n['squares']:6.1f}; loss where it learned {n['learned']:.3f},", end=" ")
        print(f"on new points {n['new']:.3f}")
    plt = pyplot()
    if plt is not None:
        figure, grid = plt.subplots(2, 2, figsize=(9.5, 7), layout="constrained")
        for axes, (strength, model) in zip(grid.ravel(), models.items()):
            nn.plots.decision_boundary(model, *learned, axes)
            axes.set_title(f"λ = {strength:g}: loss on new points {numbers[strength]['new']:.2f}")
        save(figure, "l2.png")
    return numbers


if __name__ == "__main__":
    main()
