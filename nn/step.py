"""One step of training on a batch. `fit` takes many steps that are alike, so it traces the step and replays it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping
from typing import Any

import autodiff as ad
from nn.callbacks.base import NONE, Callbacks
from nn.data import length
from nn.layers.base import Layer
from nn.layers.tree import State, rollback_on_error, walk
from nn.masks import mask_of

ENOUGH = 100  # so many steps on batches of one size are worth the time of two traces and a program
LONG = 0.05  # seconds: in a longer step the calls of Python take no part, and a trace, which keeps all arrays, takes memory
OFTEN = 25  # so many in each epoch are worth that of a trace in each epoch
OURS = ("nn", "autodiff", "numpy")
PLAIN = (bool, int, float, str)


class Step:
    """Called with a batch (x, y, w), it takes a step. It returns the loss, those of several outputs, and the outputs.

    by_epoch: {number of examples: how many such batches an epoch has}. Where these are enough, and the first step is not long,
    the next is traced by `ad.function`, and the others are replayed. If the model or a callback has code that is not of nn, two
    traces must do the same, and the step is traced again in each epoch, so that what this code has changed is found. A callback
    of one's own that acts between batches has every step run as it is, and so has what can't be replayed: the logger "nn" says
    why.
    """

    def __init__(self, model: Any, by_epoch: Mapping[int, int], epochs: int = 1, callbacks: Callbacks = NONE) -> None:
        self.model = model
        self.often = {size for size, times in by_epoch.items() if times * epochs >= ENOUGH and not model.run_eagerly}
        self.traced: Any = None
        self.tried: set[int] = set()  # the sizes of batches whose step was timed
        self.known: set[int] = set()  # those whose step was traced in this epoch
        self.assigned: list[str] = []  # the attributes of layers that the last trace has assigned
        self.has_other_code = True
        if self.often:
            objective = [*(head.loss for head in model.objective.heads), *model.objective.metrics, *model.metrics]
            parts = [*(layer for _, layer in walk(model, Layer)), *objective, model.optimizer, *callbacks.each]
            self.has_other_code = not all(part is None or is_ours(part) for part in parts)
            self.often = {size for size in self.often if by_epoch[size] >= OFTEN or not self.has_other_code}
            self.traced = ad.function(self.replayable, fallback=True, trusted=not self.has_other_code)
            between = [callback for hooked in callbacks.by_batch.values() for callback in hooked if not is_ours(callback)]
            if between:
                self.give_up(f"{type(between[0]).__name__} acts between batches, and may change what a step does.")

    def begin_epoch(self, checked: bool) -> None:
        """Find what is to be trained, and how: callbacks may have changed it. checked: the losses have seen all targets."""
        if self.has_other_code or not self.known:
            self.variables, self.compute_loss = self.model.trainable_variables, self.model._loss_function(checked)
            self.known.clear()

    def __call__(self, x: Any, y: Any, w: Any) -> Any:
        if self.traced is None or (n := length(x)) not in self.often:
            return self.take(x, y, w)
        if n not in self.tried:
            return self.time(x, y, w)
        step = self.traced if n in self.known else self.traced.retrace
        self.known.add(n)
        found = step(x, y, w)
        if self.traced.refusal or self.assigned:
            names = ", ".join(self.assigned)
            self.give_up(self.traced.refusal or f"Each call of the model assigns {names}, which a replay would not.")
        return found

    def take(self, x: Any, y: Any, w: Any) -> Any:
        """The step itself."""
        self.model.optimizer.processes.begin_step()
        with ad.Tape() as tape:
            found = self.look(x, y, w)
        if self.variables:
            self.model.optimizer.apply_gradients(zip(tape.gradient(found[0], self.variables), self.variables))
        return found

    def look(self, x: Any, y: Any, w: Any) -> Any:
        """What is computed of a batch, before the step."""
        p = self.model(x)
        loss, parts = self.compute_loss(x, y, p, w)
        return loss, parts, (p, mask_of(p)) if self.model.objective.metrics else None

    def time(self, x: Any, y: Any, w: Any) -> Any:
        """Take the first step of this size, to see whether it is long."""
        start = time.thread_time()
        found = self.take(x, y, w)
        n = length(x)
        self.tried.add(n)
        if time.thread_time() - start > LONG:
            self.often.discard(n)
        return found

    def replayable(self, x: Any, y: Any, w: Any) -> Any:
        """The step, which leaves nothing behind if it fails: it may do so in a trace alone."""
        with rollback_on_error(self.model) as before:
            found = self.take(x, y, w)
            if ad.is_tracing():
                self.assigned = list(assigned_since(before))
        return found

    def give_up(self, reason: str) -> None:
        """Take all further steps without a trace, and say why."""
        if self.often:
            say(f"fit does not replay the steps of {self.model.name}, so they take longer. {reason}\n"
                "compile(..., run_eagerly=True) has them run as they are, and says nothing.")  # fmt: skip
        self.traced, self.often = None, set()


class Look(Step):
    """Called with a batch, it computes the loss and takes no step. What `fit` evaluates in all epochs is replayed likewise."""

    take = Step.look

    def give_up(self, reason: str) -> None:
        """Say nothing: of the same model, the steps take the time."""
        self.traced, self.often = None, set()


def is_ours(part: Any) -> bool:
    """Whether the code of an object and of its functions is that of nn."""
    functions = [x for x in vars(part).values() if callable(x) and not isinstance(x, Layer)]  # layers are parts themselves
    return all((getattr(x, "__module__", None) or type(x).__module__).split(".")[0] in OURS for x in (part, *functions))


def assigned_since(before: State) -> Iterator[str]:
    """The attributes of layers that are not what they were."""
    for layer, state in before:
        for name, x in vars(layer).items():
            if name != "_added" and (name not in state or [key_of(x)] != [key_of(state[name])]):
                yield f"{layer.name}.{name}"


def key_of(x: Any) -> Any:
    """Equal for equal numbers, for the same objects, and for lists and dictionaries of these."""
    if isinstance(x, (list, tuple, dict)):
        return [key_of(part) for part in (x.items() if isinstance(x, dict) else x)]
    return x if isinstance(x, PLAIN) else id(x)


@functools.lru_cache
def say(text: str) -> None:
    """Log it once."""
    import logging  # it takes a millisecond to load

    logging.getLogger("nn").warning(text)
