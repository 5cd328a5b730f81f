"""Whether numbers are finite, at the least cost."""

from __future__ import annotations

import cmath
import math
from typing import Any, Final

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import External, is_lazy

SUMMED: Final = frozenset(map(np.dtype, ("f4", "f8", "c8", "c16")))  # a sum of their squares is three times as fast as a look


def all_finite(found: list[Any]) -> bool:
    """Whether all of several are, those aside that are None."""
    elsewhere = []
    for x in found:
        if type(raw_of(x)) is External:
            elsewhere.append(x)
        elif x is not None and not is_finite(x):
            return False
    return not elsewhere or _all_finite_there([raw_of(x) for x in elsewhere])


def _all_finite_there(arrays: list[Any]) -> bool:
    """The same of arrays of another library: one number is waited for. Of lazy ones nobody knows."""
    if any(map(is_lazy, arrays)):
        return False
    summed = [x for x in arrays if x.dtype in SUMMED]
    if summed and cmath.isfinite(summed[0].library.sum_of_squares([x.data for x in summed])):
        arrays = [x for x in arrays if x.dtype not in SUMMED]
    return all(map(is_finite, arrays))


def is_finite(x: object) -> bool:
    """Whether all numbers of a box, a batch or raw data are finite; of a lazy array nobody knows."""
    raw: Any = raw_of(x)
    if isinstance(raw, Duck):
        raw = raw.numbers()
    if is_lazy(raw):
        return False
    if isinstance(raw, (float, complex)):
        return cmath.isfinite(raw)
    if raw.dtype in SUMMED and math.isfinite(np.vdot(raw, raw).real):  # if that overflows, we only look twice
        return True
    return bool(np.isfinite(raw).all())
