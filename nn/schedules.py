"""Schedules: learning rates as functions of the number of steps that an optimizer has taken."""

from __future__ import annotations

import bisect
import math
import sys
from collections.abc import Sequence
from typing import Any

from nn.arguments import brief, flag, items, number, positive
from nn.reprs import described

__all__ = ["CosineDecay", "ExponentialDecay", "PiecewiseConstantDecay", "Schedule"]


class Schedule:
    """A function of the step. Subclasses compute the rate in `rate(t)`; t is the step as a float."""

    __repr__ = described

    def __call__(self, step: int) -> float:
        t = float(number("step", step, 0.0, None, "a number, 0 or more"))
        try:
            return self.rate(t)
        except OverflowError:  # a power of Python floats
            return math.inf

    def rate(self, t: float) -> float:
        raise NotImplementedError(f"{type(self).__name__} does not say what its rate is: define rate(self, t).")


def finite_rate(rate: Any) -> float:
    """A learning rate as a float. Raises ValueError for any other."""
    return float(number("learning_rate", rate, 0.0, sys.float_info.max, "a finite number, 0 or more"))


class PiecewiseConstantDecay(Schedule):
    """values[0] up to and with step boundaries[0], then values[1] up to and with boundaries[1], and so on.

    >>> rate = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> rate(100), rate(101)
    (0.1, 0.01)
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float]) -> None:
        self.boundaries = [number("boundaries", x) for x in items("boundaries", boundaries, "a list of numbers")]
        self.values = [number("values", x) for x in items("values", values, "a list of numbers")]
        if len(self.values) != len(self.boundaries) + 1 or sorted(self.boundaries) != self.boundaries:
            given = f"{brief(boundaries)} and {brief(values)}"
            raise ValueError(f"Values lie before, between and after increasing boundaries, but got {given}.")

    def rate(self, t: float) -> float:
        return self.values[bisect.bisect_left(self.boundaries, t)]


class ExponentialDecay(Schedule):
    """initial_learning_rate decay_rate^(t / decay_steps). With `staircase`, t / decay_steps is rounded down."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False) -> None:
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.decay_steps, self.decay_rate = positive("decay_steps", decay_steps), number("decay_rate", decay_rate)
        self.staircase = flag("staircase", staircase)

    def rate(self, t: float) -> float:
        power = t / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(power) if self.staircase else power)


class CosineDecay(Schedule):
    """Half a cosine from the initial rate to alpha times it, in decay_steps (Loshchilov and Hutter, 2017).

    With a warmup_target, the rate first rises linearly from the initial rate to the target in warmup_steps. The cosine then
    starts at the target.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = number("initial_learning_rate", initial_learning_rate)
        self.decay_steps, self.alpha = positive("decay_steps", decay_steps), number("alpha", alpha)
        self.warmup_target = None if warmup_target is None else number("warmup_target", warmup_target)
        self.warmup_steps = 0.0 if warmup_target is None else number("warmup_steps", warmup_steps)

    def rate(self, t: float) -> float:
        initial = self.initial_learning_rate
        top = initial if self.warmup_target is None else self.warmup_target
        if t < self.warmup_steps:
            return initial + (top - initial) * t / self.warmup_steps
        done = min(1.0, (t - self.warmup_steps) / self.decay_steps)
        return top * ((1 - self.alpha) * 0.5 * (1 + math.cos(math.pi * done)) + self.alpha)
