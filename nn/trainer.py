"""Trainer: compile, fit, evaluate and predict, for every Model."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal

import numpy as np

import autodiff as ad
from nn import losses, metrics, optimizers, settings
from nn.activations import PROBABILITIES
from nn.arguments import count, flag, items, share
from nn.callbacks.base import Callback, Callbacks, History
from nn.callbacks.progress import Progress
from nn.data import Batch, Examples, match_trailing_axis, numbers, outputs
from nn.layers.base import Layer, rollback_on_error, walk
from nn.losses import Loss
from nn.metrics import Metric
from nn.optimizers import Optimizer
from nn.step import Step
from nn.typing import Array, ArrayLike, Function, Logs


class Trainer(Layer):
    """compile, fit, evaluate, predict. A step computes a batch under a tape; the optimizer then updates the variables."""

    optimizer: Any = None
    loss: Any = None
    history: History | None = None
    metrics: Sequence[Metric] = ()
    stop_training = False
    run_eagerly = False

    def compile(self, optimizer: str | Optimizer = "rmsprop", loss: str | Function | None = None,
                metrics: str | Function | Sequence[str | Metric | Function] | None = None,
                run_eagerly: bool = False) -> None:  # fmt: skip
        """Set the optimizer, the loss and the metrics, by names or objects. Raises ValueError for unknown names.

        run_eagerly: `fit` runs each step as it is written, and does not trace and replay it. For printing and debugging.
        """
        optimizer, loss = optimizers.get(optimizer), None if loss is None else losses.get(loss)
        names = [metrics] if isinstance(metrics, str) or callable(metrics) else [] if metrics is None else metrics
        made = [_metric(name, loss) for name in items("metrics", names, "a list of names, functions and Metrics")]
        if len({metric.name for metric in made}) < len(made):
            raise ValueError(f"Metrics need different names, but got {', '.join(metric.name for metric in made)}.")
        self.optimizer, self.loss, self.metrics, self.run_eagerly = optimizer, loss, made, flag("run_eagerly", run_eagerly)

    @settings.put_back
    def fit(self, x: ArrayLike, y: ArrayLike | None, batch_size: int | Literal["all"] | None = None, epochs: int = 1,
            verbose: int | str = "auto", callbacks: Iterable[Callback] | None = None, validation_split: float = 0.0,
            validation_data: Sequence[Any] | None = None, shuffle: bool = True,
            class_weight: Mapping[int, float] | None = None, sample_weight: ArrayLike | None = None, initial_epoch: int = 0,
            validation_batch_size: int | None = None, validation_freq: int = 1) -> History:  # fmt: skip
        """Train for `epochs` passes over the examples, each in a new random order unless shuffle=False. Returns the History.

        batch_size: 1 is the stochastic gradient descent of MIT 6.S191, lecture 1, "all" is plain gradient descent, and None is
        mini-batches of 32 (or of all examples if there are fewer). verbose: 0 shows nothing; 1 or "auto" shows a bar in a
        terminal or a notebook, and lines elsewhere; 2 shows lines. validation_split: the share of the examples, the last ones,
        that is evaluated after each epoch (or each validation_freq epochs) and not trained on. validation_data: (x, y) or
        (x, y, sample_weight) to evaluate likewise. class_weight: {class: weight}. The loss of an example is multiplied by its
        weight; the sum of the losses is divided by the number of examples.

        A second fit continues where the first ended. Raises ValueError for bad data before anything has changed.
        """
        self._need_compiled()
        data, held = Examples(x, self._given(y), sample_weight, self.dtype), None
        if validation_data is not None:
            held = self._held(*items("validation_data", validation_data, "(x, y) or (x, y, sample_weight)"))
        elif validation_split is not None and share("validation_split", validation_split):
            data, held = data.split(validation_split)
            _warn_if_sorted(y)
        data = data.weighted(class_weight)
        size = data.batch_size(batch_size)
        held_size = size if validation_batch_size is None else count("validation_batch_size", validation_batch_size)
        epochs, initial_epoch = count("epochs", epochs, 0), count("initial_epoch", initial_epoch, 0)
        validation_freq, shuffle = count("validation_freq", validation_freq), flag("shuffle", shuffle)
        params = dict(epochs=epochs, initial_epoch=initial_epoch, steps=-(-len(data) // size), batch_size=size)
        params["do_validation"] = held is not None
        every, history = _with_ours(callbacks, verbose)
        with ExitStack() as stack:
            with rollback_on_error(self):
                self._dry_run(size, data, *([] if held is None else [held]))
                self.stop_training = False
                running = stack.enter_context(Callbacks(every, self, params))
            self.history = history
            step = Step(self, {size: len(data) // size, len(data) % size: 1}, epochs - initial_epoch, running)
            for epoch in range(initial_epoch, epochs):
                running.call("on_epoch_begin", epoch)
                running.logs = logs = self._epoch(data.batches(size, shuffle), step, running)
                if held is not None and (epoch + 1) % validation_freq == 0:
                    running.call("on_test_begin")
                    values = self._evaluate(held, held_size)
                    logs |= {f"val_{name}": value for name, value in values.items()}
                    running.call("on_test_end", values)
                running.call("on_epoch_end", epoch, logs)
                if self.stop_training:
                    break
        return self.history

    @settings.put_back
    def evaluate(self, x: ArrayLike, y: ArrayLike | None, batch_size: int | None = None, verbose: int | str = "auto",
                 sample_weight: ArrayLike | None = None, return_dict: bool = False) -> Any:  # fmt: skip
        """The loss on these examples, or [loss, metrics...]; with return_dict {name: number}. It shows nothing."""
        self._need_compiled()
        data, return_dict = Examples(x, self._given(y), sample_weight, self.dtype), flag("return_dict", return_dict)
        size = 256 if batch_size is None else count("batch_size", batch_size)
        self._dry_run(32, data)
        return _reported(self._evaluate(data, size), return_dict)

    @settings.put_back
    def predict(self, x: ArrayLike, batch_size: int | None = None, verbose: int | str = "auto") -> np.ndarray:
        """The outputs for all of x, as an array, computed in batches. It shows nothing."""
        x = numbers("x", x)
        if not len(x):
            raise ValueError(f"There is nothing to predict from: x has shape {x.shape}.")
        size = 256 if batch_size is None else count("batch_size", batch_size)
        with settings.training(False):
            return np.concatenate([ad.to_numpy(outputs(self(x[k : k + size]))) for k in range(0, len(x), size)])

    @settings.put_back
    def train_on_batch(self, x: ArrayLike, y: ArrayLike | None, sample_weight: ArrayLike | None = None,
                       class_weight: Mapping[int, float] | None = None, return_dict: bool = False) -> Any:  # fmt: skip
        """Take one step on this batch. Returns its loss and metrics as `evaluate` does."""
        self._need_compiled()
        return_dict = flag("return_dict", return_dict)
        data = Examples(x, self._given(y), sample_weight, self.dtype).weighted(class_weight, partial=True)
        self._dry_run(1, data)
        return _reported(self._epoch([(data.x, data.y, data.w)], Step(self, {})), return_dict)

    def test_on_batch(self, x: ArrayLike, y: ArrayLike | None, sample_weight: ArrayLike | None = None,
                      return_dict: bool = False) -> Any:  # fmt: skip
        """The loss and metrics of this batch, as `evaluate` returns them."""
        return self.evaluate(x, y, len(numbers("x", x)) or None, 0, sample_weight, return_dict)

    # -- one epoch ---------------------------------------------------------------------------------------------------

    def compute_loss(self, x: Any, y: ArrayLike, y_pred: Any = None, sample_weight: ArrayLike | None = None) -> Any:
        """The loss of a batch plus the penalties of the regularizers: a scalar that a tape can differentiate.

        y_pred: the outputs for x; by default they are computed. A subclass may override this method to train on another loss.
        Raises ValueError before `compile`.
        """
        self._need_compiled()
        p = self(x) if y_pred is None else y_pred if isinstance(y_pred, ad.Tensor) else numbers("y_pred", y_pred)
        return self._cost(y if isinstance(y, ad.Tensor) else np.asarray(y), p, sample_weight, self._all_penalties())

    def _loss_function(self) -> Function:
        """compute_loss. If no subclass overrides it, the penalties are collected once, and the targets that `_dry_run` has
        checked are not checked in each step."""
        if type(self).compute_loss is not Trainer.compute_loss:
            return self.compute_loss
        penalties = self._all_penalties()

        def cost(x: Any, y: Any, p: Any, w: Any) -> Any:
            with settings.checked_targets():
                return self._cost(y, p, w, penalties)

        return cost

    def _cost(self, y: Array, p: Array, w: ArrayLike | None, penalties: Sequence[Function]) -> Any:
        loss = self.loss(match_trailing_axis(y, p), p, w)
        for penalty in penalties:
            loss = loss + penalty()
        return loss

    def _epoch(self, batches: Iterable[Batch], step: Step, callbacks: Callbacks | None = None) -> Logs:
        """Take a step on each batch, and return the logs of all of them."""
        for metric in self.metrics:
            metric.reset_state()
        step.begin_epoch()
        if not step.variables:
            warnings.warn(f"{self.name} has no trainable variables, so nothing is learned.", stacklevel=4)
        total, count = 0.0, 0
        listening = callbacks if callbacks is not None and any(callbacks.by_batch.values()) else None
        with settings.training():
            for k, (x, y, w) in enumerate(batches):
                if listening:
                    listening.begin_batch(k, (x, y, w))
                found = step(x, y, w)
                loss, p = found if self.metrics else (found, None)
                total, count = total + float(ad.to_numpy(loss)) * len(x), count + len(x)
                for metric in self.metrics:
                    metric.update_state(y, p)
                if listening:
                    listening.call("on_train_batch_end", k, self._logs(total, count) if listening.want_logs else None)
                    if self.stop_training:
                        break
        return self._logs(total, count)

    def _evaluate(self, data: Examples, size: int) -> Logs:
        """The logs of the model as it is on these examples."""
        for metric in self.metrics:
            metric.reset_state()
        total, compute_loss = 0.0, self._loss_function()
        with settings.training(False):
            for x, y, w in data.batches(size):
                p = self(x)
                total += float(ad.to_numpy(compute_loss(x, y, p, w))) * len(x)
                for metric in self.metrics:
                    metric.update_state(y, p)
        return self._logs(total, len(data))

    def _logs(self, total: float, count: int) -> Logs:
        return {"loss": total / count} | {metric.name: metric.logged() for metric in self.metrics}

    # -- what must hold before ---------------------------------------------------------------------------------------

    def _need_compiled(self) -> None:
        if self.optimizer is None:
            raise ValueError("You must call `compile()` before using the model.")
        if self.loss is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")

    def _given(self, y: ArrayLike | None) -> ArrayLike:
        if y is None:
            raise ValueError("There are no targets: y is None. To reproduce the inputs, give them as y too.")
        return y

    def _held(self, *given: ArrayLike | None) -> Examples:
        """The examples of validation_data, which has two or three parts."""
        if not 2 <= len(given) <= 3:
            raise ValueError(f"validation_data is (x, y) or (x, y, sample_weight), but got {len(given)} parts.")
        x, y, *weights = given
        return Examples(x, self._given(y), *weights, dtype=self.dtype)

    def _dry_run(self, size: int, *several: Examples) -> None:
        """Build the model, compute one batch of each data set, and give all targets to the loss.

        So an error in the data is raised before the first step.
        """
        with rollback_on_error(self), settings.training(False):
            for data in several:
                x, y, w = next(data.batches(size))
                p = outputs(self(x))
                self._check_last_activation()
                for metric in self.metrics:
                    metric.update_state(y, p)
                    metric.reset_state()
                for _, y, w in data.batches(4096):
                    same = np.repeat(ad.to_numpy(p)[:1], len(y), axis=0)
                    self.loss(match_trailing_axis(y, same), same, w)

    def _check_last_activation(self) -> None:
        """Raise ValueError if the loss expects logits but the model ends in probabilities."""
        last = next((layer for _, layer in reversed(list(walk(self, Layer))) if hasattr(layer, "activation")), None)
        if self.loss.from_logits and last is not None and last.activation in PROBABILITIES:
            raise ValueError(
                f"The loss has from_logits=True, but {last.name} ends in a {last.activation.__name__}: its outputs are "
                "probabilities. Drop the activation (better: exact everywhere), or from_logits."
            )


def _with_ours(callbacks: Iterable[Callback] | None, verbose: int | str) -> tuple[list[Callback], History]:
    """The callbacks given and those of fit, and the History among them."""
    given = [] if callbacks is None else items("callbacks", callbacks, "a list of callbacks", Callback)
    history = History()
    return [*given, history, *([Progress(lines=verbose == 2)] if flag("verbose", verbose) else [])], history


def _metric(metric: str | Metric | Function, loss: Loss | None) -> Metric:
    return metrics.get(metric, loss is not None and (loss.from_logits or isinstance(loss, losses.Hinge)))


def _reported(logs: Logs, as_dict: bool) -> Any:
    return logs if as_dict else logs["loss"] if len(logs) == 1 else list(logs.values())


def _warn_if_sorted(y: Any) -> None:
    labels = ad.to_numpy(y)
    if labels.ndim == 1 and labels.dtype.kind in "iub" and labels[0] < labels[-1] and np.all(labels[1:] >= labels[:-1]):
        warnings.warn(
            "The labels are sorted, and validation_split takes the last examples as they come: their classes are hardly "
            "among those to learn from. Shuffle x and y together first.",
            stacklevel=3,
        )
