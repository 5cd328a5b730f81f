"""A whole training through `fit`: UCI digits, 64-64-10, ReLU, Adam, batches of 64; the result is the share it recognizes.

A fifth of the digits is held out. The seeds of the libraries give other weights and batches, so results are alike, not equal.
"""

from importlib.resources import files

import numpy as np

from benchmarks.subject import Contender, Subject

BATCH = 64
DATA = files("demos") / "data" / "digits.npz"


def digits():
    """(x, labels, x held out, labels held out)."""
    data = np.load(DATA)
    order = np.random.default_rng(0).permutation(len(data["labels"]))
    x, labels = data["images"].reshape(-1, 64)[order].astype("f"), data["labels"][order].astype("int64")
    cut = len(x) * 4 // 5
    x = (x - x[:cut].mean()) / x[:cut].std()
    return x[:cut], labels[:cut], x[cut:], labels[cut:]


def autodiff(epochs):
    import nn

    x, labels, held, answers = digits()

    def run():
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(64, "relu"), nn.Dense(10)])
        model.compile("adam", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, labels, batch_size=BATCH, epochs=epochs, verbose=0)
        return np.mean(model.predict(held).argmax(-1) == answers)

    return run


def sklearn(epochs):
    from sklearn.neural_network import MLPClassifier

    x, labels, held, answers = digits()

    def run():
        model = MLPClassifier((64,), batch_size=BATCH, max_iter=epochs, alpha=0.0, random_state=0)
        return model.fit(x, labels).score(held, answers)

    return run


def keras(epochs):
    import keras

    x, labels, held, answers = digits()

    def run():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, labels, batch_size=BATCH, epochs=epochs, verbose=0)
        return np.mean(model.predict(held, verbose=0).argmax(-1) == answers)

    return run


SUBJECT = Subject(
    title="A training of the digits through fit (epochs)",
    cases={"20": 20},
    quick={"6": 6},
    contenders={
        "autodiff": Contender(autodiff),
        "scikit-learn": Contender(sklearn, ("sklearn",)),
        "Keras": Contender(keras, ("tensorflow", "keras")),
    },
    inverse=True,
    rounds=5,
    checks=1,
    rtol=0.08,
)
