"""Optimizer: what every optimizer does around its equations."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeAlias, TypedDict

import numpy as np

import autodiff as ad
from nn import clipping, flat, lookup, reprs
from nn.arguments import at_least_0, items, positive
from nn.clipping import wide
from nn.processes import ALONE, Processes
from nn.schedules import Schedule, finite_rate
from nn.typing import Variable

Rate: TypeAlias = float | Schedule | Callable[[], float]


HINTS = {
    "lr": "the step's size is called learning_rate",
    "decay": "for a learning_rate that falls give one of nn.schedules, for a decay of the weights weight_decay",
}


class Options(TypedDict, total=False):
    """The options of every optimizer."""

    weight_decay: float | None
    clipvalue: float | None
    clipnorm: float | None
    global_clipnorm: float | None
    name: str | None


class Optimizer:
    """Keeps the slots of each variable and the number of steps. Subclasses name their `slots`, and return from
    `update(g, t, *slots)` what to subtract from the variable, followed by the new slots.

    learning_rate: a float, a `nn.schedules` object, or a function without arguments. weight_decay: also subtract
    learning_rate * weight_decay * w. clipvalue, clipnorm, global_clipnorm: see `nn.clipping`; at most one of them.
    Raises ValueError for other keywords, and for options out of range.
    """

    slots: tuple[str, ...] = ()  # the names of the arrays that it keeps for each variable
    processes: Processes = ALONE  # whose gradients it averages: see nn.distributed

    def __init_subclass__(cls, **options: Any) -> None:
        """The options that __init__ hands on to its base are shown in the signature of the class."""
        super().__init_subclass__(**options)
        cls.__signature__ = reprs.signature(cls)  # type: ignore[attr-defined]

    def __init__(self, learning_rate: Rate, weight_decay: float | None = None, clipvalue: float | None = None,
                 clipnorm: float | None = None, global_clipnorm: float | None = None, name: str | None = None,
                 **others: Any) -> None:  # fmt: skip
        if others:
            hint = HINTS.get(next(iter(others)), f"{type(self).__name__} takes {', '.join(reprs.parameters(type(self)))}")
            raise ValueError(f"Argument(s) not recognized: {', '.join(others)}; {hint}.")
        self.clipvalue, self.clipnorm, self.global_clipnorm = clipvalue, clipnorm, global_clipnorm
        clips = (("clipvalue", clipvalue, clipping.by_value), ("clipnorm", clipnorm, clipping.by_norm),
                 ("global_clipnorm", global_clipnorm, clipping.by_global_norm))  # fmt: skip
        self.clips = [(clip, positive(what, limit)) for what, limit, clip in clips if limit is not None]
        if len(self.clips) > 1:
            raise ValueError("Give one of clipvalue, clipnorm and global_clipnorm at most.")
        self.name = lookup.name_of(self, name)
        self.weight_decay = None if weight_decay is None else at_least_0("weight_decay", weight_decay)
        self.iterations = 0  # the steps taken
        self.state: dict[Variable, list[Any]] = {}  # {variable: its slots}
        self.flat: flat.FlatSlots | None = None  # the slots of the variables that step together
        self._rate: Any = None
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The rate of the next step. Setting it raises TypeError if it comes from a schedule."""
        rate = self._rate
        if type(rate) is float or isinstance(rate, ad.Value):  # a Value while a step is traced
            return rate
        return finite_rate(rate(self.iterations) if isinstance(rate, Schedule) else rate())

    @learning_rate.setter
    def learning_rate(self, rate: Rate) -> None:
        if isinstance(self._rate, Schedule):
            raise TypeError("The learning rate follows a schedule, so it can't be set; make the optimizer with a number.")
        if not callable(rate):
            rate = finite_rate(rate)
        self._rate = rate

    def restore_rate(self, rate: float) -> None:
        """Set the learning rate, unless it comes from a schedule or a function."""
        if not callable(self._rate):
            self.learning_rate = rate

    def begin(self, w: Any) -> list[Any]:
        """The slots of a variable that holds `w`, before the first step. Of half precision w is float32."""
        return [np.zeros_like(w) for _ in self.slots]

    def update(self, g: Any, t: int, *slots: Any) -> tuple[Any, ...]:
        raise NotImplementedError(f"{type(self).__name__} does not say how it steps: define update(self, g, t, *slots).")

    def build(self, variables: Iterable[Variable]) -> None:
        """Make the slots of these variables. `apply_gradients` makes those that are missing. When new variables come, the
        slots of those that nobody else holds any more are given up."""
        variables = items("variables", variables, "a list of Variables and Values", (ad.Variable, ad.Value))
        fresh = {v: self.begin(wide(v.data)) for v in variables if v not in self.state}
        if fresh:
            flat.forget_dead(self)
            self.state.update(fresh)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """Take one step with each (gradient, variable), and return the number of steps taken so far.

        A variable whose gradient is None stays as it is, with a warning. Raises ValueError if all gradients are None, or if one
        has another shape than its variable; then nothing has changed.
        """
        grads_and_vars = clipping.checked(grads_and_vars)
        traced = ad.is_tracing()
        pairs: list[tuple[Any, Any]] = [(g if g is None else clipping.unboxed(g, v, traced), v) for g, v in grads_and_vars]
        pairs = self.processes.averaged(pairs)
        without = [v for g, v in pairs if g is None]
        if without:
            lost = ", ".join(getattr(v, "name", None) or "unnamed" for v in without)
            why = ad.why_none(without[0])
            if len(without) == len(pairs):
                raise ValueError(f"No gradients provided for any variable: {lost}. {why}".rstrip())
            warnings.warn(f"Gradients do not exist for variables {lost} when minimizing the loss. {why}".rstrip(), stacklevel=2)
            pairs = [(g, v) for g, v in pairs if g is not None]
        for g, v in pairs:
            if np.shape(g) != v.shape:
                raise ValueError(f"The gradient of {v.name or 'a variable'} has shape {np.shape(g)}, not {v.shape}.")
        for clip, limit in self.clips:
            pairs = list(zip(clip([g for g, _ in pairs], limit), [v for _, v in pairs]))
        with ad.init_scope():
            self.build(v for _, v in pairs)
        if not pairs:
            return self.iterations
        rate, t = self._rate, ad.attribute(self, "iterations") + 1
        # A schedule or function is called once a step. In a trace, the rate and the number of the step are inputs.
        self._rate = ad.attribute(self, "_rate") if type(rate) is float else ad.py_function(lambda: self.learning_rate)
        try:
            for step, v in flat.traced_steps(self, t, pairs) if traced else flat.steps(self, pairs):
                w = wide(v if traced else v.data)
                v.assign_sub(step + self.learning_rate * self.weight_decay * w if self.weight_decay else step)
        finally:
            self._rate = rate
        ad.set_attribute(self, "iterations", t)
        return t

    def apply(self, gradients: Iterable[Any], variables: Iterable[Variable] | None = None) -> int:
        """apply_gradients with these variables, by default those that the optimizer was built with."""
        gradients, variables = items("gradients", gradients), items("variables", self.state if variables is None else variables)
        if len(gradients) != len(variables):
            raise ValueError(f"There are {len(gradients)} gradients, but {len(variables)} variables.")
        return self.apply_gradients(zip(gradients, variables))

    def get_config(self) -> dict[str, Any]:
        """The arguments that `from_config` makes the optimizer from anew: without its slots, and with its present rate."""
        return {name: getattr(self, name, None) for name in reprs.parameters(type(self))} | {"learning_rate": self._rate}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new optimizer of these arguments."""
        return cls(**config)

    def __repr__(self) -> str:
        """The class with its options, those that are None left out."""
        options = {name: x for name, x in self.get_config().items() if name != "name" and x is not None}
        return f"{type(self).__name__}({', '.join(f'{name}={x!r}' for name, x in options.items())})"


Optimizer.__signature__ = reprs.signature(Optimizer)  # type: ignore[attr-defined]
