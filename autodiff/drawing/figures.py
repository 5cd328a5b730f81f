"""Numbers and shapes as short text: four significant digits, and arrays by their range."""

from __future__ import annotations

import math
import sys
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autodiff.core.dtypes import is_real
from autodiff.core.duck import Duck

FEW = 4  # so many elements are written out
ROW = 18  # so many characters have room in a row of a box, whatever they say


def number(x: Any, digits: int = 4) -> str:
    """One number: `0.3333`, `1.5e-12`, `nan`, `inf`; of what is no number its name.

    >>> number(1 / 3), number(81.0), number(-0.0), number(1.5e-12), number(123456.0), number(1 - 2j)
    ('0.3333', '81', '0', '1.5e-12', '123456', '1-2j')
    """
    x = x.item() if isinstance(x, (np.generic, np.ndarray)) else x
    known: bool = isinstance(x, Number)
    if not known:  # a function, which an op was given as an argument
        return str(getattr(x, "__name__", type(x).__name__))
    if isinstance(x, complex):
        imaginary = number(x.imag, digits)
        return f"{number(x.real, digits)}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if isinstance(x, (bool, int)) and abs(x) < 10**6:
        return str(x)
    if not math.isfinite(x):
        return str(float(x))
    text = f"{x:.{digits}g}"
    if "e+" in text and abs(x) < 1e6:
        text = f"{x:.0f}"
    mantissa, _, exponent = text.partition("e")
    if exponent:
        return f"{mantissa}e{int(exponent)}"
    return "0" if text in ("0", "-0") else text


def figures(raw: Any, room: int | None = None) -> str:
    """The elements of a number or a small array; the least and the largest element of a larger one, and of one whose elements
    are more than `room` characters and longer than that.

    >>> figures(0.5), figures(np.array([1.0, 2.0])), figures(np.arange(12.0).reshape(3, 4))
    ('0.5', '[1, 2]', '0 … 11')
    """
    raw = raw.shown() if isinstance(raw, Duck) else raw
    if raw is None:
        return "–"
    if np.ndim(raw) == 0:
        return number(raw)
    array = np.asarray(raw)
    if array.size == 0:
        return "empty"
    if array.size > FEW:
        return spread(array)
    whole = nested(array)
    if room is None or len(whole) <= room:
        return whole
    least = spread(array)
    return least if len(least) + 1 < len(whole) else whole  # of two elements a range says less and is no shorter


def row(raw: object) -> str:
    """The figures in a row of a box: a list is written out where it is about as short as its range, which any box has room for.

    >>> row(np.array([0.0, 1.0, 0.0])), row(np.array([0.2039, -0.6634, -0.03152]))
    ('[0, 1, 0]', '-0.6634 … 0.2039')
    """
    return figures(raw, ROW)


def nested(array: Any) -> str:
    """A small array in brackets."""
    if array.ndim == 0:
        return number(array)
    return "[" + ", ".join(nested(part) for part in array) + "]"


def spread(array: Any) -> str:
    """The least and largest element, and how many are not finite."""
    if not is_real(array):
        return str(array.dtype)
    finite = array[np.isfinite(array)]
    bad = array.size - finite.size
    if not finite.size:
        return f"no finite number in {bad}"
    low, high = number(finite.min()), number(finite.max())
    text = f"{low} … {high}" if low != high else f"all {low}"
    return f"{text}, {bad} not finite" if bad else text


def shape(raw: Any) -> str:
    """The shape in print: `32×10`, `3`, "" for a number."""
    if type(raw) is float:  # numpy makes an array of it first
        return ""
    sizes = np.shape(raw)
    return f"{sizes[0]}" if len(sizes) == 1 else "×".join(map(str, sizes))


def largest(raw: Any) -> float:
    """The size of the largest element; 0 of none.

    >>> largest(np.array([1.0, -3.0])), largest(np.zeros(0))
    (3.0, 0.0)
    """
    return abs(raw) if isinstance(raw, float) else float(np.max(np.abs(raw), initial=0.0))


def size_of(raw: Any) -> float:
    """How large a gradient is: the Euclidean length, over its finite elements."""
    if raw is None:
        return 0.0
    if isinstance(raw, float):
        return abs(raw) if math.isfinite(raw) else 0.0
    array = np.abs(np.asarray(raw)).ravel().astype(float)
    array = array[np.isfinite(array)]
    top = float(array.max(initial=0.0))  # scaled by it, the squares neither overflow nor vanish
    return min(top * float(np.sqrt(np.sum((array / top) ** 2))), sys.float_info.max) if top > 0.0 else 0.0


def reciprocal(value: Any) -> int:
    """n for an array of nothing but 1 / n, which is no 1 or 0.5; 0 for another."""
    if not isinstance(value, (float, np.ndarray)) or not np.size(value) or np.iscomplexobj(value):
        return 0
    least, largest = float(np.min(value)), float(np.max(value))
    count = round(1.0 / least) if least == largest and 0.0 < least < 0.5 else 0
    return count if count and 1.0 / count == least else 0


def filled(array: NDArray[np.generic]) -> str:
    """`ones`, `zeros` or `[all 0.5]` for an array of nothing else; "" for another."""
    first = array.flat[0]
    return {0: "zeros", 1: "ones"}.get(first.item(), f"[all {number(first)}]") if np.all(array == first) else ""
