"""Reading digits, the main job: a network learns 1,797 of them, and shows how, and what it still gets wrong.

A plain mini-batch loop: shuffle, take 32 images, record the loss on a tape, ask for the gradient, let Adam step.
"""

import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

import autodiff as ad
import nn
from demos.pictures import pyplot, save

EPOCHS, BATCH, HELD_OUT = 30, 32, 360


def load():
    """(train images, train labels), (test images, test labels): pixels scaled to [0, 1], one row of 64 an image."""
    with np.load(Path(__file__).parent / "data" / "digits.npz") as file:
        x, y = file["images"].reshape(-1, 64).astype("float32") / 16, file["labels"].astype(int)
    order = np.random.default_rng(0).permutation(len(x))
    test, train = order[:HELD_OUT], order[HELD_OUT:]
    return (x[train], y[train]), (x[test], y[test])


def train(model, x, y, x_test, y_test):
    """The losses of the epochs and the accuracies after them, on the held-out images."""
    optimizer, shuffle = nn.optimizers.Adam(0.003), np.random.default_rng(1)
    cost = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    losses, accuracies = [], []
    bar = tqdm(range(EPOCHS), desc="learning", unit="epoch", mininterval=0.2 if sys.stderr.isatty() else 5)
    for _ in bar:
        total = 0.0
        for batch in np.array_split(shuffle.permutation(len(x)), len(x) // BATCH):
            with ad.Tape() as tape:
                loss = cost(y[batch], model(x[batch]))
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            total += float(loss) * len(batch)
        losses.append(total / len(x))
        accuracies.append(float(np.mean(predict(model, x_test) == y_test)))
        bar.set_postfix(loss=f"{losses[-1]:.3f}", accuracy=f"{accuracies[-1]:.1%}", refresh=False)
    return losses, accuracies


def predict(model, x):
    return np.argmax(model(x).numpy(), axis=1)


def draw(losses, accuracies, x, y, guess):
    axes = nn.plots.history({"loss": losses, "val_accuracy": accuracies})
    axes.set(title="loss while learning, accuracy on held-out images")
    save(axes.figure, "digits-learning.png")

    wrong, right = np.flatnonzero(guess != y)[:8], np.flatnonzero(guess == y)
    chosen = [*wrong, *right[: 16 - len(wrong)]]
    titles = [f"{guess[k]}" if guess[k] == y[k] else f"{guess[k]}, is {y[k]}" for k in chosen]
    axes = nn.plots.image_grid(x[chosen], titles, columns=8, cmap="gray_r")
    axes.set_title("read wrong first, then right")
    save(axes.figure, "digits-predictions.png")


def main():
    nn.set_random_seed(0)
    (x, y), (x_test, y_test) = load()
    print(f"{len(x)} images to learn from, {len(x_test)} held out")
    model = nn.MLP([64, 10], "relu")
    losses, accuracies = train(model, x, y, x_test, y_test)
    print(f"accuracy on the held-out images: {accuracies[-1]:.1%}")
    if pyplot() is not None:
        draw(losses, accuracies, x_test, y_test, predict(model, x_test))
    return accuracies[-1]


if __name__ == "__main__":
    main()
