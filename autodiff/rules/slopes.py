"""Slopes that keep their digits where the usual formula cancels or overflows.

Far out 1 - tanh(x)^2 is 0 as soon as tanh(x) rounds to 1, and 1 - sigmoid(x) likewise. There the digits come from exp(x). The
usual formula takes half the time, so arrays keep it where it has lost less than half of its digits. A look at the least
difference says whether any number needs more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.core.dtypes import is_complex
from autodiff.core.duck import Duck
from autodiff.core.registry import op

# By dtype: 1, from which numpy subtracts in half the time of a Python number; and the differences that are taken as they are.
ONE = {code: np.ones((), code) for code in "efd"}
LEAST = {"e": 2.0**-2, "f": 2.0**-12, "d": 2.0**-20}
NDARRAY = np.ndarray


def _small(difference, least):
    """Where the numbers are that need more digits, or are NaN."""
    return np.flatnonzero(np.logical_not(difference >= least))


def decaying(x):
    """exp(x) or exp(-x) of complex numbers, whichever is the smaller."""
    return np.exp(np.where(np.real(x) < 0, x, -x))


def _is_plain(out, *arrays):
    return out.dtype.char in LEAST and all(isinstance(x, NDARRAY) and x.dtype == out.dtype for x in arrays)


# -- tanh ------------------------------------------------------------------------------------------------------------------


def tanh_vjp(g, y, x):
    """g (1 - y^2), by the form that keeps its digits."""
    if type(y) is float:
        return g * (1.0 - y * y if -0.7 < y < 0.7 else _tanh_far_out(x, math.exp))
    if type(y) is NDARRAY:
        return g * slope_of_tanh(y, x)
    return g * SLOPE_OF_TANH(y, x)


def slope_of_tanh(y, x):
    """1 - y^2 of y = tanh(x); where that cancels, 4 e / (1 + e)^2 of e = exp(-2 |x|)."""
    if isinstance(y, Duck):  # another library's numbers are not looked at
        return np.square(1.0 / np.cosh(x))
    slope, code = y * y, y.dtype.char
    if type(slope) is not NDARRAY or code not in LEAST:  # one number, or complex ones
        slope = 1.0 - slope
        if is_complex(y):
            return 4.0 * (e := np.square(decaying(x))) / ((1.0 + e) * (1.0 + e))
        return slope if code not in LEAST or slope >= LEAST[code] else _tanh_far_out(x, np.exp)
    np.subtract(ONE[code], slope, slope)
    if slope.size and not slope.item(slope.argmin()) >= LEAST[code]:
        _mend_tanh(slope, x, LEAST[code])
    return slope


def _mend_tanh(slope, x, least):
    small = _small(slope, least)
    if small.size:
        slope.put(small, _tanh_far_out(x.take(small), np.exp))


def _tanh_far_out(x, exp):
    e = exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def _look_at_tanh(slope, x, least):
    if slope.size and not slope.item(slope.argmin()) >= least:
        _mend_tanh(slope, x, least)


def _slope_of_tanh_into(out, y, x, *, scratch):
    if not _is_plain(out, y, x):
        return None
    slope, code = scratch(out.shape, out.dtype) if np.may_share_memory(out, x) else out, out.dtype.char
    calls = [
        (np.multiply, (y, y, slope)), (np.subtract, (ONE[code], slope, slope)), (_look_at_tanh, (slope, x, LEAST[code])),
    ]  # fmt: skip
    return calls if slope is out else [*calls, (np.copyto, (out, slope))]


SLOPE_OF_TANH: Any = op(
    lambda g, s, y, x: -2.0 * g * y, lambda g, s, y, x: g * 0.0,
    internal=True, scalar=lambda y, x: tanh_vjp(1.0, y, x), into=_slope_of_tanh_into,
)(slope_of_tanh)  # fmt: skip


def tanh_reads(y, x):
    """The numbers of x that its rule takes for this y, in order."""
    least = LEAST.get(y.dtype.char, -math.inf)
    if is_complex(y) or 1.0 - np.square(np.maximum(y.max(), -y.min())) >= least:
        return None
    return x.take(_small(1.0 - y * y, least))


# -- sigmoid ---------------------------------------------------------------------------------------------------------------


def sigmoid_vjp(g, y, x):
    """g y (1 - y), by the form that keeps its digits."""
    if type(y) is float:
        return g * y * (1.0 - y if y < 0.75 else y * math.exp(-x))
    if type(y) is NDARRAY:
        return g * slope_of_sigmoid(y, x)
    return g * SLOPE_OF_SIGMOID(y, x)


def slope_of_sigmoid(y, x):
    """y (1 - y) of y = sigmoid(x); where 1 - y cancels, it is y exp(-x)."""
    if isinstance(y, Duck):
        return y / (1.0 + np.exp(x))
    code = y.dtype.char
    rest = ONE[code] - y if code in LEAST else 1.0 - y
    if type(rest) is not NDARRAY or code not in LEAST:
        if is_complex(y):
            return (e := decaying(x)) / ((1.0 + e) * (1.0 + e))
        return y * (rest if code not in LEAST or rest >= LEAST[code] else y * np.exp(-x))
    _look_at_sigmoid(rest, y, x, LEAST[code])
    return np.multiply(y, rest, rest)


def _look_at_sigmoid(rest, y, x, least):
    if rest.size and not rest.item(rest.argmin()) >= least:
        small = _small(rest, least)
        rest.put(small, y.take(small) * np.exp(-x.take(small)))


def _slope_of_sigmoid_into(out, y, x, *, scratch):
    if not _is_plain(out, y, x):
        return None
    rest, code = scratch(out.shape, out.dtype), out.dtype.char
    return [(np.subtract, (ONE[code], y, rest)), (_look_at_sigmoid, (rest, y, x, LEAST[code])), (np.multiply, (y, rest, out))]


SLOPE_OF_SIGMOID: Any = op(
    lambda g, s, y, x: g * 0.0, lambda g, s, y, x: -g * s * np.tanh(0.5 * x),
    internal=True, scalar=lambda y, x: sigmoid_vjp(1.0, y, x), into=_slope_of_sigmoid_into,
)(slope_of_sigmoid)  # fmt: skip


def sigmoid_reads(y, x):
    least = LEAST.get(y.dtype.char, -math.inf)
    return None if is_complex(y) or 1.0 - y.max() >= least else x.take(_small(1.0 - y, least))


# -- others ----------------------------------------------------------------------------------------------------------------


def one_minus_square(x):
    """1 - x^2, which does not cancel near -1 and 1. If the imaginary part of a complex number is 0, that zero keeps its sign,
    which says on which side of a cut the number is: x - -1.0 keeps it, where x + 1.0 makes 0.0 of -0.0."""
    return -(x - 1.0) * (x - -1.0) if is_complex(x) else (1.0 - x) * (1.0 + x)


ONE_MINUS_SQUARE: Any = op(lambda g, y, x: -2.0 * g * x, internal=True, scalar=one_minus_square)(one_minus_square)


def root_of_one_plus_square(x):
    """sqrt(1 + x^2), which does not overflow."""
    return np.sqrt(x * x - -1.0) if is_complex(x) else np.hypot(x, 1.0)


def or_1(x):
    """x, or 1 where it is 0: a denominator that makes 0/0 the subgradient 0."""
    return np.where(x == 0, 1, x)


def cosine(a, b):
    """a / hypot(a, b), which is 0 at (0, 0); of infinite arguments its limit."""
    length = np.hypot(a, b)
    far = np.isinf(length)
    if np.any(far):
        infinite = np.logical_or(np.isinf(a), np.isinf(b))
        a, b = (np.where(infinite, np.sign(x) * np.isinf(x), np.where(far, 0.25, 1) * x) for x in (a, b))
        length = np.hypot(a, b)
    return a / or_1(length)


COSINE: Any = op(
    lambda g, y, a, b: g * np.square(COSINE(b, a)) / or_1(np.hypot(a, b)),
    lambda g, y, a, b: -g * y * COSINE(b, a) / or_1(np.hypot(a, b)),
    internal=True,
    scalar=cosine,
)(cosine)
