"""Writing names, letter by letter: an LSTM reads the first names of a census, and then writes names of its own.

Each step of the network reads one letter and says how probable each letter is as the next one. What it has read before is in
its state, 40 numbers that each letter changes. A dot begins and ends a name.

Who only counts which letter follows which has a cross-entropy of 2.34 on names that were held out. The network remembers more
than one letter, and comes to 2.
"""

from pathlib import Path

import numpy as np

import nn
from demos.pictures import pyplot, save

LETTERS = ".abcdefghijklmnopqrstuvwxyz"
EPOCHS, BATCH, HELD_OUT = 6, 32, 500


def load():
    """The names, in a random order, and as numbers: x, the letters that are read, and y, those behind them. -1 is no letter."""
    names = (Path(__file__).parent / "data" / "names.txt").read_text(encoding="utf-8").split()
    names = [names[k] for k in np.random.default_rng(0).permutation(len(names))]
    y = np.full((len(names), max(map(len, names)) + 1), -1)
    for row, name in zip(y, names):
        row[: len(name) + 1] = [LETTERS.index(letter) for letter in f"{name}."]
    return names, np.c_[np.zeros(len(y), int), np.maximum(y[:, :-1], 0)], y


def learn(model, x, y, rate):
    """The history of training on all names but the last ones, which are held out."""
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    model.compile(nn.optimizers.Adam(rate, clipnorm=1.0), loss)
    held_out = x[-HELD_OUT:], y[-HELD_OUT:]
    return model.fit(x[:-HELD_OUT], y[:-HELD_OUT], BATCH, EPOCHS, verbose=2, validation_data=held_out)


def write(model, count, width):
    """Names that the model writes, all of them at once: each next letter is drawn by its probability."""
    ids, rng = np.zeros((count, 1), int), np.random.default_rng(0)
    for _ in range(width):
        noise = rng.gumbel(size=(count, len(LETTERS)))  # the largest of logits + noise is drawn by the logits' softmax
        ids = np.c_[ids, np.argmax(model(ids).numpy()[:, -1] + noise, axis=1)]
    return ["".join(LETTERS[k] for k in row[1:]).partition(".")[0] for row in ids]


def pairs(x, y):
    """The cross-entropy, on the names that were held out, of counting which letter follows which."""
    counts, known, held_out = np.ones((len(LETTERS), len(LETTERS))), y[:-HELD_OUT] >= 0, y[-HELD_OUT:] >= 0
    np.add.at(counts, (x[:-HELD_OUT][known], y[:-HELD_OUT][known]), 1)
    return -np.log(counts / counts.sum(axis=1, keepdims=True))[x[-HELD_OUT:][held_out], y[-HELD_OUT:][held_out]].mean()


def main():
    nn.set_random_seed(0)
    names, x, y = load()
    model = nn.Sequential([nn.Embedding(len(LETTERS), 16), nn.LSTM(40, return_sequences=True), nn.Dense(len(LETTERS))])
    history = learn(model, x, y, 0.01)
    written, counted = write(model, 1000, x.shape[1]), pairs(x, y)
    new = np.mean([name not in names for name in written])
    print(f"written: {', '.join(written[:10])}; {new:.0%} of 1000 are new")
    if (plt := pyplot()) is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        nn.plots.history(history, ax=left).axhline(counted, color="gray", linestyle=":", label="counting pairs")
        left.legend()
        read = ".katherine"
        chances = nn.activations.softmax(model([[LETTERS.index(letter) for letter in read]]).numpy()[0])
        right.imshow(chances.T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        right.set_xticks(range(len(read)), read)
        right.set_yticks(range(len(LETTERS)), LETTERS, fontsize=7)
        right.set(xlabel="letter read", ylabel="next letter", title="how probable is each letter as the next one?")
        save(figure, "lstm.png")
    return {"last": history.history["val_loss"][-1], "pairs": counted, "new": new, "written": written}


if __name__ == "__main__":
    main()
