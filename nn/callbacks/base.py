"""Callbacks: what happens at the beginnings and ends of training, of its epochs and of its batches.

However training ends - after the last epoch, by `model.stop_training`, Ctrl-C or an error - every callback that was told of
its beginning is told of its end.
"""

import csv
import warnings
from contextlib import ExitStack

import numpy as np

from nn import lookup


class Callback:
    """Something to be told. Subclasses override what they want to hear. `logs` are the losses and metrics so far, by name.

    model and params ("epochs", "initial_epoch", "steps", "batch_size", "do_validation") are set before training begins.
    """

    model = params = None
    wants_batch_logs = True

    def on_train_begin(self, logs=None): ...
    def on_train_end(self, logs=None): ...
    def on_epoch_begin(self, epoch, logs=None): ...
    def on_epoch_end(self, epoch, logs=None): ...
    def on_train_batch_begin(self, batch, logs=None): ...
    def on_train_batch_end(self, batch, logs=None): ...
    def on_test_begin(self, logs=None): ...
    def on_test_end(self, logs=None): ...


class Callbacks:
    """Several callbacks, during one training. As a context: told of its beginning and, in any case, of its end."""

    def __init__(self, callbacks, model, params):
        self.each, self.begun, self.logs = list(callbacks), [], {}
        for callback in self.each:
            if not isinstance(callback, Callback):
                raise ValueError(f"A callback is a nn.callbacks.Callback object, but got {callback!r}.")
            callback.model, callback.params = model, params
        hooks = ("on_train_batch_begin", "on_train_batch_end")
        self.by_batch = {hook: [c for c in self.each if overrides(c, hook)] for hook in hooks}
        self.want_logs = any(c.wants_batch_logs for listeners in self.by_batch.values() for c in listeners)

    def __enter__(self):
        try:
            for callback in self.each:
                callback.on_train_begin()
                self.begun.append(callback)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info):
        with ExitStack() as ends:  # each is told, even if another one fails
            for callback in reversed(self.begun):
                ends.callback(callback.on_train_end, self.logs)

    def call(self, hook, *args):
        for callback in self.by_batch.get(hook, self.each):
            getattr(callback, hook)(*args)


def overrides(callback, hook):
    """Whether a callback does anything at this hook."""
    return getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)


class LambdaCallback(Callback):
    """Functions as hooks: LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))."""

    def __init__(self, **hooks):
        for hook, function in hooks.items():
            lookup.one_of("hook", hook, [name for name in vars(Callback) if name.startswith("on_")])
            if function is not None:
                setattr(self, hook, function)


class History(Callback):
    """What fit returns: `history`, {name: a number for each epoch}, and `epoch`, their numbers from 0.

    Where some epochs have no val_ numbers (validation_freq), `epochs`, {name: numbers of epochs}, says which have.

    The losses and metrics of training are means over the epoch, while the weights moved; val_ ones hold at its end.
    """

    def on_train_begin(self, logs=None):
        self.history, self.epoch, self.epochs = {}, [], {}

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, x in logs.items():
            self.history.setdefault(name, []).append(x)
            self.epochs.setdefault(name, []).append(epoch)

    def plot(self, names=None, ax=None):
        """The matplotlib Axes with the curves: see `nn.plots.history`."""
        from nn import plots  # it imports this module

        return plots.history(self, names, ax)


class LearningRateScheduler(Callback):
    """Before each epoch the learning rate becomes schedule(epoch, learning_rate)."""

    def __init__(self, schedule):
        self.schedule = schedule

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = self.schedule(epoch, self.model.optimizer.learning_rate)

    def on_epoch_end(self, epoch, logs=None):
        logs["learning_rate"] = self.model.optimizer.learning_rate


class CSVLogger(Callback):
    """A row of a file for each epoch: its number, losses and metrics. append: to a file that is there."""

    def __init__(self, filename, separator=",", append=False):
        self.filename, self.separator, self.append = filename, separator, append

    def on_train_begin(self, logs=None):
        self.file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115
        self.writer = None

    def on_epoch_end(self, epoch, logs=None):
        if self.writer is None:
            names = ["epoch", *logs]
            if self.params["do_validation"] and not any(name.startswith("val_") for name in logs):  # by validation_freq
                names += [f"val_{name}" for name in logs]
            self.writer = csv.DictWriter(self.file, names, delimiter=self.separator, extrasaction="ignore")
            if self.file.tell() == 0:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **logs})
        self.file.flush()

    def on_train_end(self, logs=None):
        self.file.close()


class TerminateOnNaN(Callback):
    """Stop after the batch whose loss is NaN or infinite."""

    def on_train_batch_end(self, batch, logs=None):
        if not np.isfinite(logs["loss"]):
            warnings.warn(f"Batch {batch}: the loss is {logs['loss']}, so training stops.", stacklevel=2)
            self.model.stop_training = True
