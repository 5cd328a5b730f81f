"""Finite differences of a scalar function along a line, with an estimate of how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

LADDER = (1.0, 1e-2, 1e-4, 1e-6, 1e-8)  # the usual step first, then shorter ones for points near the edge of a domain


class Slope(NamedTuple):
    """A central difference, improved by Richardson's extrapolation, its uncertainty, and the one-sided differences."""

    value: float
    error: float
    left: float
    right: float

    @property
    def jumps(self) -> bool:
        """Whether the one-sided differences are further apart than curvature and rounding explain."""
        return abs(self.right - self.left) > 1e-3 * max(abs(self.left), abs(self.right)) + 10 * self.error


def slope(f: Callable[[float], float], step: float, eps: float) -> Slope:
    """The derivative of t -> f(t) at 0: the most certain of several steps, the usual one being `step`.

    `eps` is the relative rounding error of f. Central differences at h and h/2 give (4 D(h/2) - D(h)) / 3 (Richardson),
    whose error is estimated from their difference and from rounding, eps |f| / h.
    """
    best = Slope(np.nan, np.inf, np.nan, np.nan)
    middle = f(0.0)
    for factor in LADDER:
        h = step * factor
        ends = [f(t) for t in (h, -h, h / 2, -h / 2)]
        if not np.isfinite([middle, *ends]).all():
            continue
        wide, narrow = (ends[0] - ends[1]) / (2 * h), (ends[2] - ends[3]) / h
        value = (4 * narrow - wide) / 3
        size = max(map(abs, [middle, *ends]))
        error = abs(value - narrow) + 8 * eps * size / h
        if error < best.error:
            best = Slope(value, error, (middle - ends[3]) * 2 / h, (ends[2] - middle) * 2 / h)
        if error <= 1e-7 * abs(value):
            break
    return best


def is_kink(f: Callable[[float], float], step: float, eps: float, exact: float) -> bool:
    """Whether the one-sided slopes at 0 differ, however short the step, and `exact` lies between them."""
    gaps = []
    for h in (step, step / 16):
        left, right = (f(0.0) - f(-h)) / h, (f(h) - f(0.0)) / h
        noise = 8 * eps * abs(f(0.0)) / h + 1e-3 * max(abs(left), abs(right))
        if not np.isfinite([left, right]).all() or abs(right - left) <= 2 * noise:
            return False
        if not min(left, right) - noise <= exact <= max(left, right) + noise:
            return False
        gaps.append(abs(right - left))
    return gaps[1] > 0.5 * gaps[0]


def taylor_order(f: Callable[[float], float], step: float, exact: float) -> float:
    """The order at which |f(h) - f(0) - h exact| vanishes with h: 2 for a right derivative, 1 for a wrong one."""
    steps = step * 2.0 ** np.arange(6, 10)
    rest = np.array([abs(f(h) - f(0.0) - h * exact) for h in steps])
    if not (np.isfinite(rest).all() and (rest > 0).all()):
        return np.nan
    return float(np.polyfit(np.log(steps), np.log(rest), 1)[0])
