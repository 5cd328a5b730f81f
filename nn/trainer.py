"""Trainer: compile, fit, evaluate and predict, for every Model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, Literal

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import optimizers, settings
from nn.arguments import LARGEST, count, each_named, flag, items, share
from nn.arrays import plain
from nn.callbacks.base import Callback, Callbacks, History
from nn.callbacks.progress import Progress
from nn.chunks import examples
from nn.data import Batches, come_in_batches, unpacked, warn_if_sorted, with_rows
from nn.layers.base import Layer
from nn.layers.tree import rollback_on_error, walk
from nn.loop import Loop, alone, dry_run, loop_over, quiet_numpy
from nn.metrics import Metric
from nn.objective import Objective
from nn.optimizers import Optimizer
from nn.step import Look, Step
from nn.typing import Function, Logs

HOLDS = (Metric, list, tuple, dict)  # what may hold metrics


class Trainer(Layer):
    """compile, fit, evaluate, predict. A step computes a batch under a tape; the optimizer then updates the variables.

    A subclass may override `train_step`, `test_step`, `predict_step` or `compute_loss`, which are called for each batch.
    """

    optimizer: Any = None
    objective: Any = None  # what it is trained for, an Objective
    history: History | None = None
    stop_training = False
    run_eagerly = False
    output_names: list[str] | None = None  # of several outputs in a list

    def compile(self, optimizer: str | Optimizer = "rmsprop", loss: Any = None, metrics: Any = None, loss_weights: Any = None,
                weighted_metrics: Any = None, run_eagerly: bool = False) -> None:  # fmt: skip
        """Set the optimizer, the loss and the metrics, by names or objects. Raises ValueError for unknown names.

        A model of several outputs may have a loss, a weight and metrics for each: in a list, or in a dict by the names of the
        outputs. weighted_metrics: metrics that sample weights count for. run_eagerly: `fit` runs each step as it is written,
        and does not trace and replay it. For printing and debugging.
        """
        optimizer, objective = optimizers.get(optimizer), Objective(loss, loss_weights, metrics, weighted_metrics)
        self.optimizer, self.objective, self.run_eagerly = optimizer, objective, flag("run_eagerly", run_eagerly)

    @property
    def loss(self) -> Any:
        """The compiled loss, or those of several outputs in their list or dict."""
        return None if self.objective is None else self.objective.loss

    @loss.setter
    def loss(self, loss: Any) -> None:
        objective = self.objective or Objective(None)
        self.objective = Objective(loss, objective.loss_weights, objective.given, objective.weighted)

    @property
    def metrics(self) -> list[Metric]:
        """What gathers the losses and metrics over the batches: of `compile`, and in attributes of the model and its layers, or
        in lists and dicts there."""
        held = [x for _, layer in walk(self, Layer) for x in vars(layer).values() if isinstance(x, HOLDS)]
        several = [x.values() if isinstance(x, dict) else (x,) if isinstance(x, Metric) else x for x in held]
        own = [metric for parts in several for metric in parts if isinstance(metric, Metric)]
        return [*([] if self.objective is None else [*self.objective.trackers, *self.objective.compiled]), *own]

    @property
    def metrics_names(self) -> list[str]:
        """The names of the metrics."""
        return [metric.name for metric in self.metrics]

    @settings.put_back
    def fit(self, x: Any = None, y: Any = None, batch_size: int | Literal["all"] | None = None, epochs: int = 1,
            verbose: int | str = "auto", callbacks: Iterable[Callback] | None = None, validation_split: float = 0.0,
            validation_data: Any = None, shuffle: bool = True, class_weight: Mapping[int, float] | None = None,
            sample_weight: Any = None, initial_epoch: int = 0, steps_per_epoch: int | None = None,
            validation_steps: int | None = None, validation_batch_size: int | None = None,
            validation_freq: int = 1) -> History:  # fmt: skip
        """Train for `epochs` passes over the examples, each in a new random order unless shuffle=False. Returns the History.

        x, y: arrays, or several in lists, tuples or dicts. Or x alone: data that come in batches (x, y) or (x, y,
        sample_weight), from a Dataset, a generator, a DataLoader or anything else that can be iterated. steps_per_epoch: so
        many batches are an epoch, for data without end; validation_steps likewise. Of Dask's arrays a chunk at a time is
        computed; shuffled, chunks come in a random order, and rows in each. batch_size: 1 is the stochastic gradient descent of
        MIT 6.S191, lecture 1, "all" is plain gradient descent, and None is mini-batches of 32 (or of all examples if there are
        fewer). verbose: 0 shows nothing; 1 or "auto" shows a bar in a terminal or a notebook, and lines elsewhere; 2 shows a
        line for each epoch. validation_split: the share of the examples, the last ones, that is evaluated after each epoch (or
        each validation_freq epochs) and not trained on. validation_data: (x, y), (x, y, sample_weight) or batches to evaluate
        likewise. class_weight: {class: weight}. The loss of an example is multiplied by its weight; the sum of the losses is
        divided by the number of examples.

        A second fit continues where the first ended. Raises ValueError for bad data before anything has changed.
        """
        self._need_compiled()
        data = self._data(x, y, sample_weight, steps_per_epoch, "steps_per_epoch", batch_size)
        held = None if validation_data is None else self._held(validation_data, validation_steps)
        if held is None and validation_split is not None and share("validation_split", validation_split):
            data, held = data.split(validation_split)
            warn_if_sorted(y, stacklevel=4)
        data, size = data.weighted(class_weight), data.batch_size(batch_size)
        held_size = size or 32 if validation_batch_size is None else count("validation_batch_size", validation_batch_size)
        epochs, initial_epoch = count("epochs", epochs, 0), count("initial_epoch", initial_epoch, 0)
        validation_freq, shuffle = count("validation_freq", validation_freq), flag("shuffle", shuffle)
        steps = steps_per_epoch or data.steps(size)
        params = dict(epochs=epochs, initial_epoch=initial_epoch, steps=steps, batch_size=size, do_validation=held is not None)
        (every, history), processes = _with_ours(callbacks, verbose), self.optimizer.processes
        with ExitStack() as stack:
            with rollback_on_error(self):
                dry_run(self, size, data, *([] if held is None else [held]))
                self.stop_training = False
                running = stack.enter_context(Callbacks(processes.listeners(every), self, params))
            self.history = history
            stack.enter_context(processes.training(self, running))
            left = epochs - initial_epoch
            loop = loop_over(data, size, Step, self, running, left)
            tests = None if held is None else loop_over(held, held_size, Look, self, running, left // validation_freq)
            for epoch in range(initial_epoch, epochs):
                running.call("on_epoch_begin", epoch, {})
                running.logs = logs = loop.train(islice(data.batches(size, shuffle, processes.part), steps), epoch)
                if tests is not None and (epoch + 1) % validation_freq == 0:
                    values = self._evaluate(held, held_size, validation_steps, tests)
                    logs |= {f"val_{name}": value for name, value in values.items()}
                running.call("on_epoch_end", epoch, logs)
                if processes.stops(self):
                    break
        return self.history

    @settings.put_back
    def evaluate(self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: int | str = "auto",
                 sample_weight: Any = None, steps: int | None = None, callbacks: Iterable[Callback] | None = None,
                 return_dict: bool = False) -> Any:  # fmt: skip
        """The loss on these examples, or [loss, metrics...]; with return_dict {name: number}. It shows nothing.

        x may be data in batches, as for `fit`. steps: so many batches of them.
        """
        self._need_compiled()
        data, return_dict = self._data(x, y, sample_weight, steps), flag("return_dict", return_dict)
        size = 256 if batch_size is None else count("batch_size", batch_size)
        dry_run(self, 32, data)
        running = Callbacks(_given(callbacks), self, {"steps": data.steps(size)})
        return _reported(self._evaluate(data, size, steps, Loop(self, Look(self, {}), running, data.are_checked)), return_dict)

    @settings.put_back
    def predict(self, x: Any, batch_size: int | None = None, verbose: int | str = "auto", steps: int | None = None,
                callbacks: Iterable[Callback] | None = None) -> Any:  # fmt: skip
        """The outputs for all of x, as an array or several, where x is; Dask's are computed. It shows nothing.

        x may be data in batches, of which targets and weights are left aside.
        """
        size = 256 if batch_size is None else count("batch_size", batch_size)
        check_limit("steps", steps)
        data = Batches(x, None, self.dtype) if come_in_batches(x) else examples(x, check=False)
        running, found = Callbacks(_given(callbacks), self, {}), list[Any]()
        running.call("on_predict_begin", {})
        with settings.training(False), quiet_numpy():
            for k, (part, _, _) in enumerate(islice(data.batches(size), steps)):
                running.call("on_predict_batch_begin", k, {})
                found.append(self.predict_step(part))
                running.call("on_predict_batch_end", k, {"outputs": found[-1]})
        running.call("on_predict_end", {})
        if not found:
            raise ValueError("There is nothing to predict from: x has no batch.")
        numbers = plain if data.is_external else ad.to_numpy
        return nest.map_structure(lambda *parts: np.concatenate([numbers(part) for part in parts]), *found)

    @settings.put_back
    def train_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None,
                       class_weight: Mapping[int, float] | None = None, return_dict: bool = False) -> Any:  # fmt: skip
        """Take one step on this batch. Returns its loss and metrics as `evaluate` does."""
        self._need_compiled()
        return_dict = flag("return_dict", return_dict)
        data = examples(x, y, sample_weight, self.dtype).weighted(class_weight, partial=True)
        dry_run(self, 1, data)
        loop = Loop(self, Step(self, {}), checked=data.are_checked, processes=self.optimizer.processes)
        return _reported(loop.train(data.batches(len(data), part=loop.processes.part)), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and metrics of this batch, as `evaluate` returns them."""
        return self.evaluate(x, y, LARGEST, 0, sample_weight, return_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for this batch, as `predict` returns them."""
        return self.predict(x, LARGEST)

    # -- what a subclass may override ----------------------------------------------------------------------------------------

    def train_step(self, data: Any) -> Any:
        """Take a step on a batch (x, y) or (x, y, sample_weight), and return {name: number} of all batches of the epoch."""
        return alone(self, Step(self, {}), data)

    def test_step(self, data: Any) -> Any:
        """Look at a batch (x, y) or (x, y, sample_weight), and return {name: number} of all batches of the epoch."""
        return alone(self, Look(self, {}), data)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch x."""
        return self(data)

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
                     training: bool = True) -> Any:  # fmt: skip
        """The loss of a batch plus the penalties of the regularizers: a scalar that a tape can differentiate.

        y_pred: the outputs for x; by default they are computed. A subclass may override this method to train on another loss.
        Raises ValueError before `compile`, and if there is no loss.
        """
        self._need_compiled()
        p = self(x) if y_pred is None else each_named(_rows, "y_pred", y_pred)
        return self._cost(each_named(_rows, "y", y), p, sample_weight, self._all_penalties())[0]

    def _loss_function(self, checked: bool) -> Function:
        """The function (x, y, y_pred, sample_weight) -> (the whole loss, those of several outputs).

        If no subclass overrides `compute_loss`, the penalties are collected once, and targets that are `checked` are not
        checked in each step.
        """
        if type(self).compute_loss is not Trainer.compute_loss:
            return lambda x, y, p, w: (self.compute_loss(x, y, p, w), [])
        penalties = self._all_penalties()

        def cost(x: Any, y: Any, p: Any, w: Any) -> Any:
            with settings.checked_targets(checked):
                return self._cost(y, p, w, penalties)

        return cost

    # -- within --------------------------------------------------------------------------------------------------------------

    def _cost(self, y: Any, p: Any, w: Any, penalties: Sequence[Function]) -> tuple[Any, list[Any]]:
        """The whole loss, and those of several outputs."""
        self.objective.bind(p, self.output_names)
        added = self._added_losses()
        if not (self.objective.has_loss or penalties or added):
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        total, parts = self.objective.compute(y, p, w)
        return sum([*(penalty() for penalty in penalties), *added], start=total), parts

    def _data(self, x: Any, y: Any, w: Any, steps: int | None, limit: str = "steps", size: Any = None) -> Any:
        check_limit(limit, steps)
        if not come_in_batches(x):
            return examples(x, y, w, self.dtype)
        for what, a in (("y", y), ("sample_weight", w), ("batch_size", size)):
            if a is not None:
                raise ValueError(f"The data come in batches (x, y) or (x, y, sample_weight), so {what} has no place beside.")
        return Batches(x, steps, self.dtype)

    def _held(self, given: Any, steps: int | None) -> Any:
        """The examples of validation_data."""
        check_limit("validation_steps", steps)
        if come_in_batches(given):
            return Batches(given, steps, self.dtype)
        parts = items("validation_data", given, "(x, y), (x, y, sample_weight) or batches")
        return examples(*unpacked("validation_data", parts), self.dtype)

    def _evaluate(self, data: Any, size: int, steps: int | None, loop: Loop) -> Logs:
        """The logs of the model as it is on these examples."""
        loop.callbacks.call("on_test_begin", {})
        data.begin_again()
        logs = loop.test(islice(data.batches(size, part=loop.processes.part), steps))
        loop.callbacks.call("on_test_end", logs)
        return logs

    def _need_compiled(self) -> None:
        if self.optimizer is None:
            raise ValueError(
                "You must call `compile()` before using the model: model.compile(\"adam\", \"mse\"), then model.fit(x, y)."
            )


def _rows(what: str, a: Any) -> Any:
    return a if isinstance(a, ad.Tensor) else with_rows(what, a)


def check_limit(what: str, steps: int | None) -> None:
    """Raise ValueError for what is no number of batches, nor None, which stands for all of them."""
    if steps is not None:
        count(what, steps)


def _given(callbacks: Iterable[Callback] | None) -> list[Callback]:
    return [] if callbacks is None else items("callbacks", callbacks, "a list of callbacks", Callback)


def _with_ours(callbacks: Iterable[Callback] | None, verbose: int | str) -> tuple[list[Callback], History]:
    """The callbacks given and those of fit, and the History among them."""
    history = History()
    return [*_given(callbacks), history, *([Progress(lines=verbose == 2)] if flag("verbose", verbose) else [])], history


def _reported(logs: Logs, as_dict: bool) -> Any:
    return logs if as_dict else logs["loss"] if len(logs) == 1 else list(logs.values())
