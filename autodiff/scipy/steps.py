"""The steps of an explicit method of Runge and Kutta, taken once more: so the solution that scipy computed is recorded."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from autodiff.core.box import Box, strip
from autodiff.scipy.equation import Function, Numbers

EXPLICIT = ("RK45", "RK23", "DOP853")


def taken(fun: Function, tableau: Any, steps: Numbers, y: Numbers, times: Numbers) -> list[Numbers]:
    """The solution at each of the times, which are in order, by the steps that were chosen. Between the ends of a step it is
    scipy's polynomial. `times` is None for the ends of the steps; the steps and the times may be boxes."""
    ends, wanted = np.asarray(strip(steps), float), strip(steps if times is None else times)
    direction, moves = np.sign(ends[-1] - ends[0]), isinstance(times, Box)
    slope = fun(steps[0], y)
    found: list[Any] = []
    while len(found) < len(wanted) and wanted[len(found)] == ends[0] and not moves:
        found.append(y + 0.0)
    for k, (t, end) in enumerate(pairwise(steps)):
        h = end - t
        slopes = [slope]
        for row, c in zip(tableau.A[1:], tableau.C[1:]):
            slopes.append(fun(t + c * h, y + h * _sum(row, slopes)))
        new = y + h * _sum(tableau.B, slopes)
        slope = fun(end, new)
        slopes.append(slope)
        between = None
        while len(found) < len(wanted) and (wanted[len(found)] - ends[k + 1]) * direction <= 0.0:
            at = len(found)
            if not moves and wanted[at] == ends[k + 1]:
                found.append(new)
                continue
            if between is None:
                between = _polynomial(fun, tableau, t, h, y, new, slopes)
            found.append(between((wanted[at] if times is None else times[at]) - t))
        y = new
    return found


def _sum(weights: Any, slopes: list[Any]) -> Any:
    """The weighted sum of the slopes, as far as there are weights."""
    parts = [float(w) * k for w, k in zip(weights, slopes) if w]
    return sum(parts[1:], parts[0])


def _polynomial(fun: Any, tableau: Any, t: Any, h: Any, y: Any, new: Any, slopes: list[Any]) -> Callable[[Any], Any]:
    """The solution inside a step, as a function of the time since it began."""
    if not hasattr(tableau, "A_EXTRA"):
        rows = [_sum(column, slopes) for column in tableau.P.T if np.any(column)]
        powers = [k + 1 for k, column in enumerate(tableau.P.T) if np.any(column)]
        return lambda since: y + h * sum(((since / h) ** p * row for p, row in zip(powers[1:], rows[1:])), since / h * rows[0])
    slopes = list(slopes)
    for row, c in zip(tableau.A_EXTRA, tableau.C_EXTRA):  # of DOP853: Hairer, Norsett and Wanner, II.6
        slopes.append(fun(t + c * h, y + h * _sum(row, slopes)))
    step, end = new - y, slopes[tableau.n_stages]
    factors = [step, h * slopes[0] - step, 2.0 * step - h * (slopes[0] + end), *[h * _sum(row, slopes) for row in tableau.D]]

    def between(since: Numbers) -> Numbers:
        x = since / h
        total = 0.0 * y
        for k, factor in enumerate(reversed(factors)):
            total = (total + factor) * (1.0 - x if k % 2 else x)
        return y + total

    return between
