"""Finite differences of every result of a function along a line, with an estimate of how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff.core.interrupts import quiet

Vector: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Mask: TypeAlias = "np.ndarray[Any, np.dtype[np.bool]]"
SHORTER = (1e-2, 1e-4, 1e-6, 1e-8, 1e-10)  # of the usual step, near the edge of a domain or on a strong curvature
LONGER = (1e2, 1e4)  # where rounding hides what the usual step shows


class Slopes(NamedTuple):
    """The derivative of each result along a line, and what is known of its error.

    Attributes
    ----------
    value : array (m,)
        (4 D(h/2) - D(h)) / 3 of the central differences D: Richardson's extrapolation. NaN where no step stays in the domain.
    doubt : array (m,)
        By how much the extrapolation changed the difference: an estimate of the error of truncation.
    rounding : array (m,)
        What rounding can do to the difference: 8 eps (|f| + |f'|) / h; 0 where the result does not move.
    left, right : array (m,)
        The one-sided slopes, extrapolated in the same way.
    """

    value: Vector
    doubt: Vector
    rounding: Vector
    left: Vector
    right: Vector

    @property
    def error(self) -> Vector:
        return np.asarray(np.abs(self.doubt) + self.rounding)

    @property
    def still(self) -> Mask:
        """Whether the result does not move at all."""
        return np.asarray((self.value == 0) & (self.doubt == 0) & (self.left == 0) & (self.right == 0))

    @property
    def jumps(self) -> Mask:
        """Whether the one-sided slopes are further apart than curvature and rounding explain."""
        larger = np.maximum(np.abs(self.left), np.abs(self.right))
        return np.asarray(np.abs(self.right - self.left) > 1e-5 * larger + 20 * self.error)

    def replaced(self, other: Slopes, where: Mask) -> Slopes:
        return Slopes(*[np.where(where, new, old) for new, old in zip(other, self)])


def estimate(line: Callable[[float], Vector], middle: Vector, h: float, eps: float) -> Slopes:
    """The slopes at 0 of `line`, which is `middle` there, from its values at h, -h, h/2 and -h/2. `eps` is the relative
    rounding error. Where one side is outside the domain the other side's slope is taken, if it has settled."""
    with quiet():
        far, back, near, near_back = [line(t) for t in (h, -h, h / 2, -h / 2)]
        wide, narrow = (far - back) / (2 * h), (near - near_back) / h
        right, left = (4 * (near - middle) - (far - middle)) / h, (4 * (middle - near_back) - (middle - back)) / h
        value, doubt = (4 * narrow - wide) / 3, (narrow - wide) / 3
        for side, short in ((right, (near - middle) * 2 / h), (left, (middle - near_back) * 2 / h)):
            only = ~np.isfinite(value) & (np.abs(side - short) < 1e-2 * np.abs(side))
            value, doubt = np.where(only, side, value), np.where(only, side - short, doubt)
        left, right = np.where(np.isfinite(left), left, value), np.where(np.isfinite(right), right, value)
        rounding = 8 * eps * (np.abs(middle) + np.abs(value)) / h
        return Slopes(value, doubt, rounding, left, right)


def slopes(
    line: Callable[[float], Vector], middle: Vector, step: float, eps: float, enough: Callable[[Slopes], bool]
) -> Slopes:
    """For each result the most certain of several steps, the usual one being `step`, until they are certain `enough`."""
    best = estimate(line, middle, step, eps)
    best = best._replace(rounding=np.where(best.still, 0.0, best.rounding))
    for factor in (*SHORTER, *LONGER):
        if enough(best):
            break
        best = better(best, estimate(line, middle, step * factor, eps), factor < 1)
    for factor in (1 / 16, 1 / 256, 1 / 65536):  # a kink stays one however short the step
        jumps = best.jumps
        if not jumps.any():
            break
        other = estimate(line, middle, step * factor, eps)
        gone = jumps & (np.abs(other.right - other.left) < 0.5 * np.abs(best.right - best.left))
        if not gone.any():
            break
        best = best.replaced(other, gone)
    return best


def better(old: Slopes, new: Slopes, shorter: bool) -> Slopes:
    """For each result the more certain one. A longer step is for results that the shorter one did not show. Where a new one
    contradicts the old one, a longer step has left the curve, and a shorter one may agree with itself by chance, as small
    differences of a coarse function do: a third step decides."""
    wins = new.error < np.where(np.isfinite(old.error), old.error, np.inf)
    if not shorter:
        wins &= ~(old.error <= 1e-2 * np.abs(old.value))
    gap = np.abs(new.value - old.value)
    contradicts = wins & (gap > 10 * old.error)
    kept = old._replace(doubt=np.where(contradicts, gap, old.doubt)) if shorter else old
    return kept.replaced(new, wins & ~contradicts)


def taylor_order(f: Callable[[float], float], step: float, exact: float) -> float:
    """The order at which |f(h) - f(0) - h exact| vanishes with h: 2 for a right derivative, 1 for a wrong one."""
    steps = step * 2.0 ** np.arange(6, 10)
    rest = np.array([abs(f(h) - f(0.0) - h * exact) for h in steps])
    if not (np.isfinite(rest).all() and (rest > 0).all()):
        return np.nan
    return float(np.polyfit(np.log(steps), np.log(rest), 1)[0])
