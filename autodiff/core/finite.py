"""Whether numbers are finite, at the least cost."""

from __future__ import annotations

import cmath
import math
from typing import Any, Final

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.duck import Duck

SUMMED: Final = frozenset(map(np.dtype, ("f4", "f8", "c8", "c16")))  # a sum of their squares is three times as fast as a look


def all_finite(found: list[Any]) -> bool:
    """Whether all of several are, those aside that are None."""
    for x in found:
        if x is not None and not is_finite(x):
            return False
    return True


def is_finite(x: object) -> bool:
    """Whether all numbers of a box, a batch or raw data are finite."""
    raw: Any = raw_of(x)
    if isinstance(raw, Duck):
        raw = raw.numbers()
        if getattr(raw, "is_lazy", False):
            return False  # as far as anybody knows
    if isinstance(raw, (float, complex)):
        return cmath.isfinite(raw)
    if raw.dtype in SUMMED and math.isfinite(np.vdot(raw, raw).real):  # if that overflows, we only look twice
        return True
    return bool(np.isfinite(raw).all())
