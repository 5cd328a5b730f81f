"""What a Value takes for a number."""

from __future__ import annotations

from typing import SupportsFloat

import numpy as np

from autodiff.core.box import Box
from autodiff.failures.nesting import brief


def number(x: object) -> float:
    """x as a plain float. TypeError if it is not one number."""
    if isinstance(x, (float, int)):
        return as_float(x)
    if isinstance(x, (Box, np.ndarray, np.generic)) and np.size(x._raw() if isinstance(x, Box) else x) == 1:
        return float(np.asarray(x._raw() if isinstance(x, Box) else x).item())
    raise TypeError(f"A Value holds one number, but got {brief(x)} of type {type(x).__name__}; for an array use Variable.")


def as_float(x: SupportsFloat) -> float:
    """A number as a float. ValueError for a whole number that no float is large enough for."""
    if isinstance(x, float) or not isinstance(x, int):
        return float(x)
    try:
        return float(x)  # of an int: compiled, a conversion in C
    except OverflowError:
        raise ValueError("A whole number of more than 308 digits is too large for a float: pass a smaller one.") from None
