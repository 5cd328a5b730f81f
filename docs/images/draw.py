"""The pictures of README.md and the guide: `python docs/images/draw.py` draws them anew, here or in a folder given to it.

It takes the extras viz and plot, and a few seconds.
"""

import io
import sys
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

import autodiff as ad
import nn
from nn.micrograd.engine import Value

matplotlib.use("Agg")
from matplotlib import pyplot

SIZE = {"figsize": (4.6, 3.4), "layout": "constrained"}
rng = np.random.default_rng(0)


def moons(n=300):
    """Two crescents, one in the arm of the other: points (n, 2), and 0 or 1."""
    t, y = rng.uniform(0, np.pi, n), np.arange(n) % 2
    x = np.c_[np.cos(t) + y, np.sin(t) * (1 - 2 * y) + 0.4 * y]
    return x + rng.normal(0, 0.15, x.shape), y


def classifier():
    """A network for the moons, not yet trained."""
    model = nn.Sequential([nn.Dense(16, "tanh"), nn.Dense(16, "tanh"), nn.Dense(1, "sigmoid")])
    model.compile(nn.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    return model


def valley(x, y):
    """A bowl that is 12 times as steep one way as the other, with a ripple."""
    return 0.5 * (x**2 + 12 * y**2) + 0.6 * (1 - ad.cos(3 * x))


def race(start=(-2.7, 0.9), steps=60):
    """{optimizer: the points it comes to}."""
    sgd, adam = nn.optimizers.SGD, nn.optimizers.Adam
    paths = {}
    for name, optimizer in (("SGD", sgd(0.05)), ("momentum", sgd(0.02, momentum=0.9)), ("Adam", adam(0.15))):
        point = [ad.Value(coordinate) for coordinate in start]
        path = paths[name] = [start]
        for _ in range(steps):
            with ad.Tape() as tape:
                loss = valley(*point)
            optimizer.apply_gradients(zip(tape.gradient(loss, point), point))
            path.append(tuple(map(float, point)))
    return paths


def digits(n=14):
    """(images, labels) of the hand-written digits that the demos learn."""
    from demos.digits import load

    (x, y), _ = load()
    return x[:n], y[:n]


def gpts():
    """(the loss of a GPT of Values, that of the same one of arrays), for a name; the tape of the second, which keeps it."""
    from demos import names

    w = {name: ad.Variable(rng.normal(0, 0.08, shape), name=name) for name, shape in names.SHAPES.items()}
    numbers = {name: [[Value(x) for x in row] for row in array.numpy().tolist()] for name, array in w.items()}
    ids = [0, *map(names.LETTERS.index, "consuela"), 0]
    with ad.Tape() as tape:
        loss = names.loss_of_arrays(w, ids)
    return names.loss_of_values(numbers, ids), loss, tape


def save(ax, path):
    """Write the figure of these axes in 256 colours, rare ones too, which makes the file small."""
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, dpi=100)
    pyplot.close(ax.figure)
    picture = Image.open(buffer).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def new():
    return pyplot.subplots(**SIZE)[1]


def draw(folder):
    """Every picture, in this folder."""
    ad.draw(lambda w, x, b: (ad.tanh(w * x + b) - 1.0) ** 2, 0.5, 2.0, -0.25).save(folder / "graph.svg")
    ad.draw(lambda x, w, v: ad.tanh(x @ w) @ v, np.ones((32, 4)), np.eye(4, 8), np.ones((5, 1))).save(folder / "failed.svg")
    with ad.Tape() as tape:
        w, b = ad.Variable([0.5, -1.0], name="w"), ad.Variable(0.1, name="b")
        scores = w * 3.0
        loss = np.sum(np.round(scores)) * b
    ad.draw(tape, loss, names={"scores": scores, "loss": loss}).save(folder / "cut.svg")
    with ad.Tape():
        ad.draw(ad.zoom(ad.softmax(ad.Variable([0.5, -1.0, 2.0], name="x")), 0).value).save(folder / "zoom.svg")
    values, arrays, _tape = gpts()
    ad.draw(values).save(folder / "gpt-values.svg")
    ad.draw(arrays).save(folder / "gpt-arrays.svg")
    nn.set_random_seed(1)
    (x, y), model = moons(), classifier()
    history = model.fit(x, y, epochs=60, validation_split=0.3, verbose=0)
    save(history.plot(ax=new()), folder / "history.png")
    save(nn.plots.decision_boundary(model, x, y, ax=new()), folder / "boundary.png")
    save(nn.plots.loss_surface(valley, (-3, 1.5), (-1.2, 1.2), race(), ax=new()), folder / "race.png")
    save(nn.plots.activation("gelu", ax=new()), folder / "activation.png")
    save(nn.plots.gradient_flow(model, x=x, y=y, ax=new()), folder / "gradients.png")
    save(nn.plots.histograms(model, ax=new()), folder / "weights.png")
    rates = nn.tuning.learning_rate_sweep(classifier, x, y, rates=[0.0001, 0.001, 0.01, 0.1, 1.0], epochs=20)
    save(nn.plots.learning_rates(rates, ax=new()), folder / "rates.png")
    nn.set_random_seed(0)
    sigmoids = nn.MLP([16] * 8 + [1], "sigmoid")
    sigmoids.compile(nn.optimizers.SGD(0.1), nn.losses.BinaryCrossentropy(from_logits=True))
    save(nn.diagnose(sigmoids, x, y).plot()[0], folder / "diagnosis.png")
    images, labels = digits()
    save(nn.plots.image_grid(images, titles=labels, columns=7), folder / "digits.png")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
