"""Callbacks: what is called at the beginning and the end of training, of its epochs and of its batches.

Training may end after the last epoch, by `model.stop_training`, by Ctrl-C or by an error. In each case `on_train_end` is called
for every callback whose `on_train_begin` was called.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any, Self

import numpy as np

from nn import lookup
from nn.arguments import NotReadyError, count, flag, number, one, path, refusal
from nn.arguments import function as checked_function
from nn.reprs import called, described
from nn.typing import FilePath, Function, Logs


class Callback:
    """The base of all callbacks. Subclasses override the methods they need. `logs` are the losses and metrics so far, by name.

    model and params ("epochs", "initial_epoch", "steps", "batch_size", "do_validation") are set before training begins. batch
    is (x, y, sample_weight) of the present batch, for callbacks that have an on_train_batch_begin.
    """

    model: Any
    params: Any
    batch: Any = None
    wants_batch_logs = True
    verbose: int | bool = 0
    on_every_process = True  # False: where several processes train one model, it is called on the first alone, as it writes

    def __getattr__(self, name: str) -> Any:
        """Called for an attribute that is not there: it may be one of those that come with the training."""
        if name.startswith("_") or hasattr(type(self), name):
            return object.__getattribute__(self, name)  # which raises Python's own error
        raise NotReadyError(f"{type(self).__name__} has no {name} yet: fit sets model and params, and calls on_train_begin.")

    def set_model(self, model: Any) -> None:
        self.model = model

    def set_params(self, params: Any) -> None:
        self.params = params

    def say(self, epoch: int, text: str) -> None:
        """Print what happened at the end of an epoch, if the callback is verbose; of several processes the first does."""
        if self.verbose and self.model.optimizer.processes.rank == 0:
            print(f"Epoch {epoch + 1}: {text}", flush=True)

    __repr__ = described

    def on_train_begin(self, logs: Logs | None = None) -> None: ...
    def on_train_end(self, logs: Logs | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None: ...
    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_begin(self, logs: Logs | None = None) -> None: ...
    def on_test_end(self, logs: Logs | None = None) -> None: ...
    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_predict_begin(self, logs: Logs | None = None) -> None: ...
    def on_predict_end(self, logs: Logs | None = None) -> None: ...
    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None: ...
    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None: ...

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.on_batch_begin(batch, logs)  # its older name

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.on_batch_end(batch, logs)


IN_TRAINING = ("on_train_batch_begin", "on_train_batch_end")
BY_BATCH = {  # hooks that are called for those callbacks only that have one of these methods
    "on_train_batch_begin": ("on_train_batch_begin", "on_batch_begin"),
    "on_train_batch_end": ("on_train_batch_end", "on_batch_end"),
    **{hook: (hook,) for part in ("test", "predict") for hook in (f"on_{part}_batch_begin", f"on_{part}_batch_end")},
}  # fmt: skip


class Callbacks:
    """The callbacks of one training. As a context it calls on_train_begin and, in any case, on_train_end."""

    def __init__(self, callbacks: Iterable[Callback], model: Any, params: dict[str, Any]) -> None:
        self.each, self.begun = list(callbacks), list[Callback]()
        self.logs: Logs = {}
        for callback in self.each:
            callback.set_params(params)
            callback.set_model(model)
        self.by_batch = {hook: [c for c in self.each if any(overrides(c, name) for name in names)]
                         for hook, names in BY_BATCH.items()}  # fmt: skip
        self.in_training = any(self.by_batch[hook] for hook in IN_TRAINING)
        self.want_logs = any(c.wants_batch_logs for hook in IN_TRAINING for c in self.by_batch[hook])

    def __enter__(self) -> Self:
        try:
            for callback in self.each:
                callback.on_train_begin({})
                self.begun.append(callback)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        with ExitStack() as ends:  # each is called, even if another one fails
            for callback in reversed(self.begun):
                ends.callback(callback.on_train_end, self.logs)

    def begin_batch(self, k: int, batch: Any) -> None:
        """Hand out batch number k, and call on_train_batch_begin."""
        for callback in self.by_batch["on_train_batch_begin"]:
            callback.batch = batch
            callback.on_train_batch_begin(k, {})

    def call(self, hook: str, *args: Any) -> None:
        """Call this method of each callback."""
        for callback in self.by_batch.get(hook, self.each):
            getattr(callback, hook)(*args)


NONE = Callbacks((), None, {})  # for a step or an evaluation that nobody listens to


def overrides(callback: Callback, hook: str) -> bool:
    """Whether a callback has its own method of this name."""
    return getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)


def given(logs: Logs | None) -> Logs:
    """The losses and metrics that a hook was told: none, if it was called without."""
    return {} if logs is None else one("logs", logs, "a dictionary {name: number}", dict)


class LambdaCallback(Callback):
    """Functions as callbacks: LambdaCallback(on_epoch_end=lambda epoch, logs: print(logs))."""

    def __init__(self, **hooks: Function | None) -> None:
        for hook, function in hooks.items():
            lookup.one_of("hook", hook, [name for name in vars(Callback) if name.startswith("on_")])
            if function is not None:
                setattr(self, hook, checked_function(hook, function))


class History(Callback):
    """What fit returns: `history`, {name: a number for each epoch}, and `epoch`, the numbers of the epochs, from 0.

    With validation_freq some epochs have no val_ numbers: `epochs`, {name: numbers of epochs}, lists those that have.

    The losses and metrics of training are means over the epoch, while the weights change. Those of val_ are measured with the
    weights at the end of the epoch.
    """

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.epochs: dict[str, list[int]] = {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, x in given(logs).items():
            self.history.setdefault(name, []).append(x)
            self.epochs.setdefault(name, []).append(epoch)

    def __repr__(self) -> str:
        numbers = vars(self).get("history", {})
        shown = [f"{name} {'' if name.startswith('val_') or len(x) < 2 else f'{x[0]:.4g} -> '}{x[-1]:.4g}"
                 for name, x in numbers.items() if x]  # fmt: skip
        epochs = len(vars(self).get("epoch", ()))
        return called("History", [f"{epochs} epoch{'s' * (epochs != 1)}" if epochs else "no epochs yet", *shown])

    def plot(self, names: str | Sequence[str] | None = None, ax: Any = None) -> Any:
        """Draw the curves, and return the matplotlib Axes. See `nn.plots.history`."""
        from nn import plots  # an integration: see UPWARD in tests/nn/test_layering.py

        return plots.history(self, names, ax)


class LearningRateScheduler(Callback):
    """Sets the learning rate to schedule(epoch, learning_rate), or to schedule(epoch), before each epoch."""

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = checked_function("schedule", schedule, "a function of the epoch and the learning rate")
        self.verbose = flag("verbose", verbose)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        both = epoch, optimizer.learning_rate
        optimizer.learning_rate = self.schedule(epoch) if refusal(self.schedule, *both) else self.schedule(*both)
        self.say(epoch, f"LearningRateScheduler setting learning rate to {optimizer.learning_rate:.6g}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        given(logs)["learning_rate"] = self.model.optimizer.learning_rate


class CSVLogger(Callback):
    """Writes a row to a file for each epoch: its number, losses and metrics. append: keep what the file has."""

    on_every_process = False

    def __init__(self, filename: FilePath, separator: str = ",", append: bool = False) -> None:
        self.filename, self.append = path("filename", filename), flag("append", append)
        self.separator = one("separator", separator, "one character", str)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115
        self.writer: Any = None  # a csv.DictWriter

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {name: number(name, x) for name, x in given(logs).items()}
        if self.writer is None:
            import csv

            names = ["epoch", *logs]
            # With validation_freq the first epochs may have no val_ numbers, but the file needs their columns.
            if self.params["do_validation"] and not any(name.startswith("val_") for name in logs):
                names += [f"val_{name}" for name in logs]
            self.writer = csv.DictWriter(self.file, names, delimiter=self.separator, extrasaction="ignore")
            if self.file.tell() == 0:
                self.writer.writeheader()
        self.writer.writerow({"epoch": count("epoch", epoch, 0), **logs})
        self.file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self.file.close()


class TerminateOnNaN(Callback):
    """Stop after the batch whose loss is NaN or infinite, with a warning unless verbose=False."""

    def __init__(self, verbose: bool = True) -> None:
        self.verbose = flag("verbose", verbose)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        loss = number("logs['loss']", given(logs).get("loss", 0.0))
        if not np.isfinite(loss):
            if self.verbose:
                warnings.warn(f"Batch {batch}: the loss is {loss}, so training stops.", stacklevel=2)
            self.model.stop_training = True
