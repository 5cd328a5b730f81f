"""Schedules: learning rates that change from step to step, as functions of the number of steps taken before."""

import bisect
import math


class Schedule:
    """A function of the step. Subclasses say in `rate(t)` what it is; t is a float."""

    def __call__(self, step):
        return self.rate(float(step))

    def rate(self, t):
        raise NotImplementedError(f"{type(self).__name__} does not say what its rate is: define rate(self, t).")


def positive(steps):
    """steps, if they are more than 0; else ValueError."""
    if not steps > 0:
        raise ValueError(f"decay_steps is a number above 0, but got {steps!r}.")
    return steps


class PiecewiseConstantDecay(Schedule):
    """values[0] to step boundaries[0], it included, then values[1] to boundaries[1], and so on.

    >>> rate = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> rate(100), rate(101)
    (0.1, 0.01)
    """

    def __init__(self, boundaries, values):
        if len(values) != len(boundaries) + 1 or sorted(boundaries) != list(boundaries):
            raise ValueError(f"Values lie before, between and after increasing boundaries, but got {boundaries} and {values}.")
        self.boundaries, self.values = list(boundaries), list(values)

    def rate(self, t):
        return self.values[bisect.bisect_left(self.boundaries, t)]


class ExponentialDecay(Schedule):
    """initial decay_rate^(t / decay_steps); with `staircase`, only whole numbers of decay_steps count."""

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False):
        self.initial, self.steps = initial_learning_rate, positive(decay_steps)
        self.decay, self.staircase = decay_rate, staircase

    def rate(self, t):
        power = t / self.steps
        return self.initial * self.decay ** (math.floor(power) if self.staircase else power)


class CosineDecay(Schedule):
    """Half a cosine from the initial rate to alpha times it in decay_steps (Loshchilov and Hutter, 2017). With a
    warmup_target, first straight from the initial rate to that in warmup_steps, and the cosine starts there."""

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, warmup_target=None, warmup_steps=0):
        self.initial, self.steps, self.alpha = initial_learning_rate, positive(decay_steps), alpha
        self.target, self.warmup = warmup_target, 0 if warmup_target is None else warmup_steps

    def rate(self, t):
        if t < self.warmup:
            return self.initial + (self.target - self.initial) * t / self.warmup
        done = min(1.0, (t - self.warmup) / self.steps)
        top = self.initial if self.target is None else self.target
        return top * ((1 - self.alpha) * 0.5 * (1 + math.cos(math.pi * done)) + self.alpha)
