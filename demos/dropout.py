"""Dropout: set some of the activations to zero, at random, while training, and no unit can rely on any other one.

Dropout(0.5) silences each activation with probability 0.5 in every training step, and doubles those that stay, so that their
mean remains. Outside training it does nothing. In effect many thinned networks are trained, and averaged when used.

The price is a larger loss where the network learned; the gain, a smaller one on new points: the gap narrows.
"""

import numpy as np

import nn
from demos.fitting import compiled, learned_and_new
from demos.pictures import pyplot, save

RATES, EPOCHS, PAUSE = {"without dropout": 0.0, "with dropout": 0.5}, 300, 10


def train(rate, learned, new):
    """A large network with this share of dropout, and its losses on both, measured without dropout every PAUSE epochs."""
    nn.set_random_seed(0)
    model = compiled(nn.MLP([64, 64, 1], "relu", dropout=rate))
    curves = []
    for _ in range(EPOCHS // PAUSE):
        model.fit(*learned, batch_size="all", epochs=PAUSE, verbose=0)
        curves.append([float(model.evaluate(*points, verbose=0)) for points in (learned, new)])
    return model, np.array(curves)


def draw(plt, learned, models, curves):
    figure, row = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained")
    epochs = PAUSE * np.arange(1, EPOCHS // PAUSE + 1)
    for axes, (name, model), shade in zip(row, models.items(), ("#d55e00", "#0072b2")):
        nn.plots.decision_boundary(model, *learned, axes)
        axes.set_title(name)
        row[2].semilogy(epochs, curves[name][:, 0], "--", color=shade, label=f"{name}: learned from")
        row[2].semilogy(epochs, curves[name][:, 1], color=shade, label=f"{name}: new points")
    row[2].set(xlabel="epoch", ylabel="loss")
    row[2].legend(fontsize=8)
    save(figure, "dropout.png")


def main():
    learned, new = learned_and_new()
    models, curves, ends = {}, {}, {}
    for name, rate in RATES.items():
        models[name], curves[name] = train(rate, learned, new)
        loss, on_new = ends[name] = curves[name][-5:].mean(axis=0)
        print(f"{name:15} loss where it learned {loss:.3f}, on new points {on_new:.3f}: a gap of {on_new - loss:.3f}")
    with nn.training(True):
        dropped = np.asarray(nn.Dropout(0.5)(np.ones((1, 10000), "float32")))
    print(f"Dropout(0.5) of ones: {np.mean(dropped == 0):.1%} are zero, and their mean is {dropped.mean():.3f}")
    plt = pyplot()
    if plt is not None:
        draw(plt, learned, models, curves)
    gaps = {name: float(on_new - loss) for name, (loss, on_new) in ends.items()}
    return {"gaps": gaps, "new": {name: float(end[1]) for name, end in ends.items()}, "mean": float(dropped.mean())}


if __name__ == "__main__":
    main()
