"""Early stopping: stop before over-fitting begins, and take the best weights back.

While a network trains, the loss on new points first falls with the other one; then the network begins to learn the noise,
and the loss on new points grows again. Where it is least one should have stopped. One only knows that a while later, so
EarlyStopping has patience: after so many epochs without improvement it stops, and brings the weights of the best epoch back.
"""

import numpy as np

import nn
from demos.fitting import compiled, learned_and_new
from demos.pictures import pyplot, save

EPOCHS, PATIENCE = 300, 30


def fit(learned, new, *callbacks):
    """(a large network, its history): always the same one, from the same weights."""
    nn.set_random_seed(0)
    model = compiled(nn.MLP([64, 64, 1], "relu"), 0.01)
    options = dict(batch_size="all", epochs=EPOCHS, validation_data=new, verbose=0)
    return model, model.fit(*learned, callbacks=callbacks, **options).history


def main():
    learned, new = learned_and_new()
    _, endless = fit(learned, new)
    best = int(np.argmin(endless["val_loss"]))
    stopping = nn.callbacks.EarlyStopping(patience=PATIENCE)
    model, stopped = fit(learned, new, stopping)
    back = float(model.evaluate(*new, verbose=0))
    print(f"{EPOCHS} epochs: the loss on new points is least, {endless['val_loss'][best]:.3f}, at epoch {best},", end=" ")
    print(f"and {endless['val_loss'][-1]:.3f} at the end")
    print(f"early stopping: stopped at epoch {stopping.stopped_epoch}, went back to epoch {stopping.best_epoch}: {back:.3f}")
    plt = pyplot()
    if plt is not None:
        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        nn.plots.history(endless, ax=axes)
        axes.axvline(stopping.stopped_epoch, color="#cc79a7", linestyle=":", label=f"stops here, patience {PATIENCE}")
        axes.set(title="over-fitting begins at the ring", ylim=(0, 1.5))
        axes.legend()
        save(figure, "early_stopping.png")
    return {
        "best": best, "least": endless["val_loss"][best], "end": endless["val_loss"][-1], "back": back,
        "best epoch": stopping.best_epoch, "stopped": stopping.stopped_epoch, "epochs": len(stopped["loss"]),
    }  # fmt: skip


if __name__ == "__main__":
    main()
