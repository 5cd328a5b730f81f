"""UCI digits, 64-64-10, ReLU, Adam, batches of 64, 20 epochs through `fit`, against scikit-learn and Keras.

    python benchmarks/digits_fit.py

The contenders that are installed take turns in one process; each turn is a new model, from its making to its last
epoch, trained on 1,437 digits and judged on the other 360, which are others in each round. Times and their ratios are
medians over the rounds, accuracies means.
"""

import importlib.util
import os
import statistics
import time
import warnings
from pathlib import Path

import numpy as np

import autodiff as ad
import nn

EPOCHS, BATCH, ROUNDS = 20, 64, 15
DATA = Path(__file__).parent.parent / "demos" / "data" / "digits.npz"


def digits(seed):
    """(x, labels, x held out, labels held out): a fifth, chosen at random, is held out."""
    data = np.load(DATA)
    order = np.random.default_rng(seed).permutation(len(data["labels"]))
    x, labels = data["images"].reshape(-1, 64)[order].astype("f"), data["labels"][order].astype("int64")
    cut = len(x) * 4 // 5
    x = (x - x[:cut].mean()) / x[:cut].std()
    return x[:cut], labels[:cut], x[cut:], labels[cut:]


def autodiff(seed, x, labels):
    nn.set_random_seed(seed)
    model = nn.Sequential([nn.Dense(64, "relu"), nn.Dense(10)])
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return lambda x: model.predict(x).argmax(-1)


def sklearn(seed, x, labels):
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier((64,), batch_size=BATCH, max_iter=EPOCHS, alpha=0.0, random_state=seed)
    return model.fit(x, labels).predict


def keras(seed, x, labels):
    import keras

    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(10)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return lambda x: model.predict(x, verbose=0).argmax(-1)


def turn(contender, seed, x, labels, held, answers):
    """(seconds of a training, the share of the held-out digits that it recognizes)."""
    start = time.perf_counter()
    predict = contender(seed, x, labels)
    return time.perf_counter() - start, np.mean(predict(held) == answers)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # scikit-learn would have liked more epochs
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    contenders = [c for c in (autodiff, sklearn, keras) if importlib.util.find_spec(c.__name__)]
    for contender in contenders:  # import, compile, warm up
        turn(contender, 0, *digits(0))
    rounds = [[turn(contender, seed, *digits(seed)) for contender in contenders] for seed in range(1, ROUNDS + 1)]
    print(ad.build_info())
    for k, contender in enumerate(contenders):
        seconds, accuracies = zip(*(row[k] for row in rounds))
        ratio = statistics.median(row[k][0] / row[0][0] for row in rounds)
        print(
            f"{contender.__name__:10s}{statistics.median(seconds):8.3f} s  {ratio:6.2f} times ours  "
            f"{statistics.mean(accuracies):6.1%} held out"
        )
