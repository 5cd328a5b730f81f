"""What a Value takes for a number; and which sum of numbers is a leaf."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.tensor import ADD, SUBTRACT
from autodiff.core.box import Box
from autodiff.core.listening import outside_tapes
from autodiff.core.op import Op
from autodiff.failures.nesting import brief
from autodiff.failures.operands import real


def number(x: object) -> float:
    """x as a plain float. TypeError if it is not one number."""
    if isinstance(x, (float, int)):
        return as_float(x)
    if isinstance(x, (Box, np.ndarray, np.generic)) and np.size(x._raw() if isinstance(x, Box) else x) == 1:
        return as_float(np.asarray(x._raw() if isinstance(x, Box) else x).item())
    real(x)
    raise TypeError(f"A Value holds one number, but got {brief(x)} of type {type(x).__name__}; for an array use Variable.")


def as_float(x: Any) -> float:
    """A number as a float. ValueError for a whole number that no float is large enough for, TypeError for a complex number."""
    if isinstance(x, float):
        return float(x)
    try:
        return float(x) if isinstance(x, int) else float(real(x))  # the first: compiled, a conversion in C
    except OverflowError:
        raise ValueError("A whole number of more than 308 digits is too large for a float: pass a smaller one.") from None


def is_update(op: Op, a: Box | None, b: Box | None) -> bool:
    """Whether this is the training loop's `w = w - lr * gradient`, outside every tape: then the result is a leaf too."""
    leaf = (a is not None and a.trainable) or (b is not None and b.trainable and op is ADD)
    return leaf and (op is SUBTRACT or op is ADD) and outside_tapes()
