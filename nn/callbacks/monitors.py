"""Callbacks that compare a number of each epoch with the best so far."""

import math
import warnings

from nn import files, lookup
from nn.callbacks.base import Callback


class Monitor(Callback):
    """A callback that compares a number of each epoch's logs with the best so far.

    mode: "min", "max", or "auto" for what the metric's own direction says.
    """

    def __init__(self, monitor="val_loss", mode="auto", min_delta=0.0):
        self.monitor, self.min_delta = monitor, abs(min_delta)
        self.mode = lookup.one_of("mode", mode, ("auto", "min", "max"))

    def begin(self, best=None):
        """Forget the past. `best`: what is to be beaten first."""
        name = self.monitor.removeprefix("val_")
        known = {"loss": "min"} | {metric.name: metric.better for metric in self.model.metrics}
        if self.mode == "auto" and name not in known:
            raise ValueError(
                f"Whether {self.monitor!r} should be small or large is not known: say mode='min' or mode='max'. Known are "
                f"{', '.join(sorted(known))}, each also as val_..."
            )
        self.sign = 1.0 if (known[name] if self.mode == "auto" else self.mode) == "min" else -1.0
        self.best = self.sign * math.inf if best is None else best

    def current(self, logs):
        """The number of this epoch; None, with a warning, if it is not there."""
        if self.monitor not in logs:
            what = f"{type(self).__name__} watches {self.monitor!r}, which is not there; there are {', '.join(logs)}."
            warnings.warn(what + (" Give fit validation data." if self.monitor.startswith("val_") else ""), stacklevel=2)
        return logs.get(self.monitor)

    def improves(self, x, best=None):
        """Whether x is better than the best by more than min_delta. NaN never is."""
        return self.sign * (x - (self.best if best is None else best)) < -self.min_delta


class EarlyStopping(Monitor):
    """Stop when `monitor` has not improved, by more than min_delta, for `patience` epochs (0 counts as 1) or is NaN.

    However training ends, also by Ctrl-C or an error, the weights of the best epoch come back, unless restore_best_weights
    is False. What is measured while training moves the weights ("loss") belongs to those at the epoch's beginning, what is
    measured afterwards ("val_loss") to those at its end. baseline: what the first improvement has to beat.
    Afterwards `best`, `best_epoch`, `stopped_epoch` (0 if it was not this that stopped) and `reason` say what happened.
    """

    def __init__(self, monitor="val_loss", min_delta=0.0, patience=1, mode="auto", baseline=None, restore_best_weights=True,
                 start_from_epoch=0):  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if patience < 0:
            raise ValueError(f"patience is a number of epochs, 1 or more, but got {patience!r}.")
        self.patience, self.baseline, self.start_from_epoch = patience, baseline, start_from_epoch
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs=None):
        self.begin()
        self.wait, self.stopped_epoch, self.best_epoch, self.reason = 0, 0, 0, None
        self.weights = self.before = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.restore_best_weights and not self.monitor.startswith("val_"):
            self.before = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
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
                self.weights = self.before or self.model.get_weights()
        elif self.wait >= self.patience:
            self.stop(epoch, f"{self.monitor} has not improved for {self.wait} epochs")

    def stop(self, epoch, reason):
        self.stopped_epoch, self.reason = epoch, reason
        self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.weights is not None:
            self.model.set_weights(self.weights)


class ModelCheckpoint(Monitor):
    """Save the model after each epoch, or after those that improve `monitor` if save_best_only.

    filepath: may have the epoch (from 1) and metrics in it: "digits-{epoch:02d}-{val_loss:.3f}.npz"; see `Model.save` for
    the formats. save_weights_only: without the optimizer and the random state.
    """

    def __init__(self, filepath, monitor="val_loss", save_best_only=False, save_weights_only=False, mode="auto"):
        super().__init__(monitor, mode)
        self.filepath, self.save_best_only, self.save_weights_only = str(filepath), save_best_only, save_weights_only

    def on_train_begin(self, logs=None):
        files.kind(self.filepath)
        if self.save_best_only:
            self.begin()

    def on_epoch_end(self, epoch, logs=None):
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


class ReduceLROnPlateau(Monitor):
    """The learning rate times `factor` when `monitor` has not improved for `patience` epochs, but never below min_lr; for
    `cooldown` epochs after that nothing counts."""

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, mode="auto", min_delta=1e-4, cooldown=0, min_lr=0.0):
        super().__init__(monitor, mode, min_delta)
        if not 0 < factor < 1:
            raise ValueError(f"ReduceLROnPlateau makes the rate smaller: factor lies in (0, 1), but got {factor!r}.")
        self.factor, self.patience, self.cooldown, self.min_lr = factor, patience, cooldown, min_lr

    def on_train_begin(self, logs=None):
        self.begin()
        self.wait = self.cooling = 0
        optimizer = self.model.optimizer
        optimizer.learning_rate = optimizer.learning_rate  # TypeError now rather than later, if a schedule says what it is

    def on_epoch_end(self, epoch, logs=None):
        optimizer = self.model.optimizer
        logs["learning_rate"] = optimizer.learning_rate
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
                self.cooling, self.wait = self.cooldown, 0
