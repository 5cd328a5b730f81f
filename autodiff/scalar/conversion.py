"""What a Value takes for a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.dtypes import is_complex
from autodiff.failures.nesting import brief


def number(x: object) -> float:
    """x as a plain float. TypeError if it is not one number."""
    if isinstance(x, (float, int)):
        return as_float(x)
    if isinstance(x, (Box, np.ndarray, np.generic)) and np.size(x._raw() if isinstance(x, Box) else x) == 1:
        return as_float(np.asarray(x._raw() if isinstance(x, Box) else x).item())
    refuse_complex(x)
    raise TypeError(f"A Value holds one number, but got {brief(x)} of type {type(x).__name__}; for an array use Variable.")


def as_float(x: Any) -> float:
    """A number as a float. ValueError for a whole number that no float is large enough for, TypeError for a complex number."""
    if isinstance(x, float):
        return float(x)
    if not isinstance(x, int):
        refuse_complex(x)
        return float(x)
    try:
        return float(x)  # of an int: compiled, a conversion in C
    except OverflowError:
        raise ValueError("A whole number of more than 308 digits is too large for a float: pass a smaller one.") from None


def is_one_number(y: Any) -> bool:
    """Whether the output of an op is one number, and no array of several."""
    return isinstance(y, (float, int, np.generic)) or (type(y) is np.ndarray and not y.ndim)


def declined(other: Any) -> Any:
    """What an operator of a Value returns for an operand that it does not take: Python asks that one. TypeError for a complex
    number, which would have no answer."""
    if isinstance(other, complex):
        refuse_complex(other)
    return NotImplemented


def refuse_complex(x: Any) -> None:
    """TypeError for a complex number, or an array of one."""
    if is_complex(x):
        raise TypeError(
            f"A Value holds one real number, but got the complex number {brief(x)}: make that a Tensor, as in "
            "ad.constant(1 + 2j) * value. The result is a Tensor, and the gradient of the Value is real. A number that is "
            "complex itself is a Variable: ad.Variable(1 + 2j)."
        )
