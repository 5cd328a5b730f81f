"""Callbacks that compare a number of each epoch with the best so far."""

from __future__ import annotations

import math
import warnings
from typing import Any

from nn import files, lookup
from nn.arguments import count, flag, number, one, path, wrong
from nn.arrays import copied
from nn.callbacks.base import Callback, given
from nn.typing import FilePath, Logs


class Monitor(Callback):
    """A callback that compares a number of each epoch's logs with the best so far.

    mode: "min", "max", or "auto" for the direction of the metric itself.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0.0, verbose: int = 0) -> None:
        self.monitor = one("monitor", monitor, "the name of a number in the logs, such as 'val_loss'", str)
        self.min_delta = abs(number("min_delta", min_delta))
        self.mode = lookup.one_of("mode", mode, ("auto", "min", "max"))
        self.verbose = flag("verbose", verbose)

    def begin(self, best: float | None = None) -> None:
        """Forget earlier epochs. `best`: what the first improvement has to beat. Raises ValueError for an unknown direction."""
        name = self.monitor.removeprefix("val_")
        known = {metric.name: metric.better for metric in self.model.objective.gathering(self.model.metrics)}
        if self.mode == "auto" and name not in known:
            raise ValueError(
                f"Whether {self.monitor!r} should be small or large is not known: say mode='min' or mode='max'. Known are "
                f"{', '.join(sorted(known))}, each also as val_..."
            )
        self.sign = 1.0 if (known[name] if self.mode == "auto" else self.mode) == "min" else -1.0
        self.best = self.sign * math.inf if best is None else best

    def current(self, logs: Logs) -> float | None:
        """The number of this epoch; None, with a warning, if it is not there."""
        logs = given(logs)
        if self.monitor in logs:
            return number(f"logs[{self.monitor!r}]", logs[self.monitor])
        what = f"{type(self).__name__} watches {self.monitor!r}, which is not there; there are {', '.join(logs)}."
        warnings.warn(what + (" Give fit validation data." if self.monitor.startswith("val_") else ""), stacklevel=2)
        return None

    def improves(self, x: float, best: float | None = None) -> bool:
        """Whether x is better than the best by more than min_delta, rounded as Keras does. NaN never is."""
        return self.sign * (x + self.sign * self.min_delta) < self.sign * (self.best if best is None else best)


class EarlyStopping(Monitor):
    """Stop when `monitor` has not improved by more than min_delta for `patience` epochs (0 counts as 1), or is NaN.

    The weights of the best epoch come back however training ends, also by Ctrl-C or an error, unless restore_best_weights is
    False. A number measured while training changes the weights ("loss") belongs to the weights at the epoch's beginning; one
    measured afterwards ("val_loss") belongs to those at its end. baseline: what the first improvement has to beat.
    Afterwards `best`, `best_epoch`, `stopped_epoch` (0 if this callback did not stop training) and `reason` say what happened.
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0.0, patience: int = 1, verbose: int = 0,
                 mode: str = "auto", baseline: float | None = None, restore_best_weights: bool = True,
                 start_from_epoch: int = 0) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta, verbose)
        self.patience, self.start_from_epoch = count("patience", patience, 0), count("start_from_epoch", start_from_epoch, 0)
        self.baseline = None if baseline is None else number("baseline", baseline)
        self.restore_best_weights = flag("restore_best_weights", restore_best_weights)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.begin()
        self.wait, self.stopped_epoch, self.best_epoch = 0, 0, 0
        self.reason: str | None = None
        self.weights: list[Any] | None = None
        self.before: list[Any] | None = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self.restore_best_weights and not self.monitor.startswith("val_"):
            self.before = [copied(v) for v in self.model.variables]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        x = self.current(logs)
        if x is None or epoch < self.start_from_epoch:
            return
        if math.isnan(x):
            return self.stop(epoch, f"{self.monitor} is NaN")
        self.wait += 1
        if self.improves(x):
            if self.baseline is None or self.improves(x, self.baseline):
                self.wait = 0
            self.best, self.best_epoch = x, epoch
            if self.restore_best_weights:
                self.weights = self.before or [copied(v) for v in self.model.variables]
        elif self.wait >= self.patience:
            self.stop(epoch, f"{self.monitor} has not improved for {self.wait} epochs")

    def stop(self, epoch: int, reason: str) -> None:
        self.stopped_epoch, self.reason = epoch, reason
        self.model.stop_training = True
        self.say(epoch, f"early stopping, as {reason}.")

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.weights is not None:
            self.model.set_weights(self.weights)
            self.say(self.best_epoch, "the weights of this epoch are back, the best one.")


class ModelCheckpoint(Monitor):
    """Save the model after each epoch or, if save_best_only, after those that improve `monitor`.

    filepath: may name the epoch (from 1) and metrics: "digits-{epoch:02d}-{val_loss:.3f}.npz". `Model.save` has the formats.
    save_weights_only: leave out the optimizer and the random state. initial_value_threshold: what the first one has to beat. A
    second fit goes on from the best of the first. Raises ValueError for a metric that is not there.
    """

    on_every_process = False

    def __init__(self, filepath: FilePath, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
                 save_weights_only: bool = False, mode: str = "auto",
                 initial_value_threshold: float | None = None) -> None:  # fmt: skip
        super().__init__(monitor, mode, 0.0, verbose)
        threshold = initial_value_threshold
        self.threshold = None if threshold is None else number("initial_value_threshold", threshold)
        self.filepath = str(path("filepath", filepath))
        self.save_best_only = flag("save_best_only", save_best_only)
        self.save_weights_only = flag("save_weights_only", save_weights_only)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        files.kind(self.filepath)
        if self.save_best_only:
            self.begin(self.__dict__.get("best", self.threshold))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_best_only:
            x = self.current(logs)
            if x is None or not self.improves(x):
                return
            self.best = x
        try:
            path = self.filepath.format(epoch=epoch + 1, **logs)
        except KeyError as error:
            raise ValueError(f"There is no {error} for {self.filepath!r}; there are epoch, {', '.join(logs)}.") from None
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        why = f", as {self.monitor} improved to {self.best:.6g}" if self.save_best_only else ""
        self.say(epoch, f"saved to {path}{why}.")


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by `factor` when `monitor` has not improved for `patience` epochs.

    The rate never falls below min_lr. The `cooldown` epochs after a change do not count.
    """

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0,
                 mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta, verbose)
        if not 0 < number("factor", factor) < 1:
            raise wrong("factor", "between 0 and 1, so that the rate becomes smaller", factor)
        self.factor, self.min_lr = factor, number("min_lr", min_lr)
        self.patience, self.cooldown = count("patience", patience, 0), count("cooldown", cooldown, 0)

    def improves(self, x: float, best: float | None = None) -> bool:
        """As Keras rounds it here."""
        return self.sign * x < self.sign * (self.best - self.sign * self.min_delta)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.begin()
        self.wait = self.cooling = 0
        optimizer = self.model.optimizer
        optimizer.learning_rate = optimizer.learning_rate  # raises TypeError now, not later, if a schedule sets it

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        given(logs)["learning_rate"] = optimizer.learning_rate
        x = self.current(logs)
        if x is None:
            return
        if self.cooling:
            self.cooling, self.wait = self.cooling - 1, 0
        if self.improves(x):
            self.best, self.wait = x, 0
        elif not self.cooling:
            self.wait += 1
            if self.wait >= self.patience and optimizer.learning_rate > self.min_lr:
                optimizer.learning_rate = max(self.min_lr, optimizer.learning_rate * self.factor)
                self.say(epoch, f"ReduceLROnPlateau reducing learning rate to {optimizer.learning_rate:.6g}.")
                self.cooling, self.wait = self.cooldown, 0
