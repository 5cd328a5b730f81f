"""One epoch of training, or of evaluation: the batches, their steps, and what is told of them."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import settings
from nn.activations import PROBABILITIES, softmax
from nn.arguments import brief, each, wrong
from nn.arrays import plain
from nn.callbacks.base import NONE, Callbacks
from nn.data import Batch, length, unpacked
from nn.layers.base import Layer
from nn.layers.tree import VARIABLE, rollback_on_error, walk
from nn.losses import Loss
from nn.masks import give_masks
from nn.metrics import Metric
from nn.processes import ALONE, Processes
from nn.step import Look, Step
from nn.typing import Logs

ARRAYS = (np.ndarray, ad.Tensor, ad.Value)


class Loop:
    """Takes the batches of an epoch. `checked`: the losses have seen all targets before."""

    def __init__(self, model: Any, step: Any, callbacks: Callbacks = NONE, checked: bool = False,
                 processes: Processes = ALONE) -> None:  # fmt: skip
        self.model, self.step, self.callbacks, self.checked, self.processes = model, step, callbacks, checked, processes
        self.metrics: list[Metric] = []  # all that gathers over the batches
        self.said: Logs = {}  # by a step of the user's own
        self.told = processes.rank > 0  # that the loss is not finite

    def train(self, batches: Iterable[Batch], epoch: int = 0) -> Logs:
        """Take a step on each batch, and return the logs of all of them."""
        model, callbacks, own = self.model, self.callbacks, overrides(self.model, "train_step")
        listening = callbacks.in_training or self.processes.acting
        self.reset()
        self.processes.begin_epoch(model)
        if not own:
            self.begin()
        take = functools.partial(self.leave, "train_step") if own else self.take
        k = -1
        with settings.training(), quiet_numpy():
            for k, batch in enumerate(self.processes.batches(batches)):
                if listening:
                    callbacks.begin_batch(k, batch)
                loss = take(batch)
                if listening:
                    callbacks.call("on_train_batch_end", k, self.logs() if callbacks.want_logs else None)
                    if self.processes.stops(model, always=False):
                        break
                if not (self.told or math.isfinite(loss)):
                    self.tell(epoch, k, loss, batch)
        if k < 0:
            warnings.warn(f"The data ran out after {epoch} epochs, so training stops: they can be gone through once only.",
                          stacklevel=4)  # fmt: skip
            model.stop_training = True
        self.processes.end_epoch(model)
        return self.processes.logs(self)

    def test(self, batches: Iterable[Batch]) -> Logs:
        """The logs of the model as it is on these batches."""
        self.reset()
        self.begin()
        look = functools.partial(self.leave, "test_step") if overrides(self.model, "test_step") else self.take
        with settings.training(False), quiet_numpy():
            for k, batch in enumerate(self.processes.batches(batches)):
                self.callbacks.call("on_test_batch_begin", k, {})
                look(batch)
                if self.callbacks.by_batch["on_test_batch_end"]:
                    self.callbacks.call("on_test_batch_end", k, self.logs())
        return self.processes.logs(self)

    def find(self) -> None:
        """Find the metrics, which are others if a callback has set another loss."""
        self.metrics = self.model.objective.gathering(self.model.metrics)

    def reset(self) -> None:
        """Forget all batches. Where no code but ours runs, the metrics stay those that they were."""
        self.said = {}
        if self.step.has_other_code or not self.metrics:
            self.find()
        for metric in self.metrics:
            metric.reset_state()

    def begin(self) -> None:
        """Find what is to be trained."""
        self.step.begin_epoch(self.checked)
        if not (self.step.variables or isinstance(self.step, Look)):
            warnings.warn(f"{self.model.name} has no trainable variables, so nothing is learned.", stacklevel=6)

    def take(self, batch: Batch) -> float:
        """Take a step, or only look at the batch, and return the loss."""
        loss, parts, found = self.step(*batch)
        return self.count(batch, loss, parts, None if found is None else give_masks(*found))

    def leave(self, step: str, batch: Batch) -> float:
        """Leave a batch to a step of the user's own, which returns the logs."""
        self.said = told_by(step, getattr(self.model, step)(tensors_of(batch)))
        return self.said.get("loss", 0.0)

    def count(self, batch: Batch, loss: Any, parts: Any, p: Any) -> float:
        """Take the losses and the outputs of a batch into account."""
        (x, y, w), objective = batch, self.model.objective
        n, found = self.processes.counted(length(x)), float(ad.to_numpy(loss))
        objective.tracker.add(found, n)
        if parts:
            for tracker, part in zip(objective.trackers[1:], parts):
                tracker.add(float(ad.to_numpy(part)), n)
        if objective.metrics and n:
            objective.update(y, p, w)
        return found

    def logs(self) -> Logs:
        """What a step of the user's own has returned, or the means of the losses, and the metrics."""
        return self.said or {metric.name: metric.logged() for metric in self.metrics}

    def tell(self, epoch: int, k: int, loss: float, batch: Batch) -> None:
        """Warn that the loss is not finite, with what to try."""
        self.told = True
        bad = next((layer.name for path, layer in walk(self.model, Layer) if path and not finite(layer)), None)
        several = [a for a in nest.flatten(batch[0]) if a is not None]
        largest = max((float(np.max(np.abs(plain(a)))) for a in several if np.size(a)), default=0.0)
        scale = f", inputs scaled to about 1 (they reach {largest:.3g})" if largest > 10 else ""
        warnings.warn(
            f"Training diverged: in epoch {epoch + 1}, step {k + 1}, the loss is {loss}"
            + (f", and so are the weights of {bad}" if bad else "")
            + f". Try a smaller learning_rate than {self.model.optimizer.learning_rate:.3g}{scale}, or clipnorm=1.0 in the "
            "optimizer. with ad.debug(): model.fit(...) stops where the first such number comes up.",
            RuntimeWarning, stacklevel=5,
        )  # fmt: skip


def loop_over(data: Any, size: int | None, step: type[Step], model: Any, callbacks: Callbacks, epochs: int) -> Loop:
    """What takes the batches of these data, or evaluates them, in so many epochs."""
    processes = model.optimizer.processes
    taken = step(model, data.sizes(size, processes.part), epochs, callbacks)
    return Loop(model, taken, callbacks, data.are_checked, processes)


def alone(model: Any, step: Step, data: Any) -> Logs:
    """Take one step, or only look at the batch, and return the logs so far: what train_step and test_step do."""
    batch = unpacked("data", data)
    if not model.built:
        model(batch[0], training=False)
    loop = Loop(model, step)
    loop.begin()
    loop.take(batch)
    loop.find()  # of several outputs, which may not have been known before
    return loop.logs()


def overrides(model: Any, step: str) -> bool:
    """Whether a subclass has its own train_step, test_step or predict_step."""
    return getattr(getattr(model, step), "__module__", "") != "nn.trainer"


def quiet_numpy() -> np.errstate:
    """In this block numpy does not warn of overflow: a loss that is not finite is told in words. An error stays an error."""
    return np.errstate(**{kind: "ignore" for kind, way in np.geterr().items() if way == "warn"})


def finite(layer: Layer) -> bool:
    return all(np.isfinite(plain(v)).all() for _, v in walk(layer, VARIABLE, deep=False))


def tensors_of(batch: Batch) -> tuple[Any, ...]:
    """(x, y) or (x, y, sample_weight) as Tensors, for a step of the user's own."""
    x, y, w = (each(ad.convert_to_tensor, a) for a in batch)
    return (x, y) if w is None else (x, y, w)


def told_by(step: str, logs: Any) -> Logs:
    """What a step of the user's own returns, as numbers."""
    if not isinstance(logs, dict):
        raise ValueError(f"{step} returns a dictionary {{name: number}}, but got {brief(logs)}.")
    flat = {name: x for key, part in logs.items() for name, x in (part.items() if isinstance(part, dict) else [(key, part)])}
    return {name: float(ad.to_numpy(x)) for name, x in flat.items()}


# -- what must hold before -----------------------------------------------------------------------------------------------------


def dry_run(model: Any, size: int | None, *several: Any) -> None:
    """Build the model, compute one batch of each data set, and give all targets to the losses.

    So an error in the data is raised before the first step. Of a model with steps of its own only the model is built.
    """
    with rollback_on_error(model), settings.training(False), quiet_numpy():
        for data in several:
            x, y, w = data.first(size or 32)
            if overrides(model, "train_step") or overrides(model, "test_step"):
                with suppress(Exception), rollback_on_error(model):  # its steps may call it in another way, or not at all
                    if not model.built:
                        model(x)
                continue
            p = model(x)
            check_outputs(p)
            model.objective.bind(p, model.output_names)
            check_last_activation(model, p)
            model._loss_function(data.are_checked)(x, y, p, w)
            model.objective.update(y, p, w)
            for y, w in data.targets() if data.are_checked else ():
                model.objective.compute(y, nest.map_structure(functools.partial(repeated, times=length(y)), p), w)


def repeated(p: Any, times: int) -> Any:
    """The first output, so many times."""
    return np.repeat(plain(p)[:1], times, axis=0)


def check_outputs(p: Any) -> None:
    """Raise ValueError for what is no output of a model: `call` may lack its return."""
    for a in nest.flatten(p):
        if not isinstance(a, ARRAYS):
            raise wrong("What a model returns for a batch", "one array, a row for each example, or several", p)


def check_last_activation(model: Any, p: Any) -> None:
    """Raise ValueError if the loss expects logits but the model ends in probabilities, and for the softmax of one number."""
    last = next((layer for _, layer in reversed(list(walk(model, Layer))) if hasattr(layer, "activation")), None)
    loss = model.objective.loss
    if isinstance(loss, Loss) and loss.from_logits and last is not None and last.activation in PROBABILITIES:
        raise ValueError(
            f"The loss has from_logits=True, but {last.name} ends in a {last.activation.__name__}: its outputs are "
            "probabilities. Drop the activation (better: exact everywhere), or from_logits."
        )
    if last is not None and last.activation is softmax and isinstance(p, ARRAYS) and p.shape[-1] == 1:
        raise ValueError(
            f"{last.name} ends in a softmax over one unit, which is 1 whatever the logits. For yes or no use a sigmoid, or two "
            "units, one a class."
        )
