"""Arithmetic: + - * / ** and their kin, comparisons, and the choice between two numbers.

numpy orders complex numbers by their real parts, then by their imaginary ones; `maximum` and its kin choose by that.

Conventions at ties: `maximum` and `minimum` give each of two equal arguments one half; `clip` passes the gradient at its
bounds; a power whose base is 0 and whose exponent is 0 has derivative 0 both ways.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from autodiff.core.batch_kinds import as_it_is, elementwise
from autodiff.core.box import Box
from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.registry import decomposition, metadata, none_of, op, rule, zero_derivative
from autodiff.rules.into import bias_add_into, is_of_images, pow_into, where_into
from autodiff.rules.silence import silenced

__all__ = [
    "absolute", "add", "bias_add", "clip", "copysign", "divide", "divmod", "fabs", "float_power", "fmax",
    "fmin", "fmod", "heaviside", "ldexp", "maximum", "minimum", "mod", "modf", "multiply", "nan_to_num", "negative",
    "positive", "power", "reciprocal", "remainder", "sign", "square", "subtract", "where",
]  # fmt: skip

add = rule(np.add, lambda g, y, a, b: g, lambda g, y, a, b: g, scalar=operator.add, symbol="+", takes_complex=True)
subtract = rule(np.subtract, lambda g, y, a, b: g, lambda g, y, a, b: -g, scalar=operator.sub, symbol="-", takes_complex=True)
multiply = rule(
    np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a, scalar=operator.mul, symbol="*", takes_complex=True
)  # fmt: skip
divide = rule(
    np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b,
    scalar=operator.truediv, symbol="/",
    takes_complex=True,
)  # fmt: skip
negative = rule(np.negative, lambda g, y, x: -g, scalar=operator.neg, symbol="-", takes_complex=True)
positive = rule(np.positive, lambda g, y, x: g, scalar=operator.pos, takes_complex=True)
reciprocal = rule(np.reciprocal, lambda g, y, x: -g * y * y, scalar=lambda x: 1.0 / x, takes_complex=True)
square = rule(np.square, lambda g, y, x: 2.0 * g * x, scalar=lambda x: x * x, takes_complex=True)


@op(lambda g, y, x, bias: g, lambda g, y, x, bias: g, scalar=operator.add, symbol="+", into=bias_add_into, takes_complex=True)
def bias_add(x, bias):
    """x + bias, where the bias has a number for each channel, the last axis of x. Of images this takes a third of the time.

    Parameters
    ----------
    x : array_like of shape (..., channels)
    bias : array_like of shape (channels,)

    Returns
    -------
    array of the shape of x

    Notes
    -----
    y[..., c] = x[..., c] + bias[c], which is numpy's x + bias to the last bit (and any other bias broadcasts as there).

    Examples
    --------
    >>> bias_add(np.zeros((1, 2, 2)), np.array([1.0, 2.0])).tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """
    if not is_of_images(x, bias):
        return np.add(x, bias)
    y = np.empty_like(x)
    for function, args in bias_add_into(y, x, bias, scratch=np.empty):
        function(*args)
    return y


def _power_base(g, y, a, b):
    """g b a^(b - 1), which is 0 where b is 0, even at a = 0."""
    if isinstance(b, (int, float)):
        if b in (0, 1, 2):
            return g * (a + a) if b == 2 else g * b  # numpy adds in half the time of 2 * a
        part = g * (b * a ** (b - 1))
        return part if b > 1 else silenced(g, part)
    return silenced(g, g * b * a ** np.where(b == 0, 1, b - 1))


def _power_exponent(g, y, a, b):
    """g log(a) a^b, which is 0 at a = 0 and (as there is no real derivative) for a < 0, unless the power is complex."""
    if is_complex(y):
        return g * y * np.log(np.where(np.equal(a, 0), 1, a) * np.ones((), y.dtype))
    if isinstance(a, (int, float)):
        return g * y * (math.log(a) if a > 0 else 0.0)
    return g * y * np.log(np.where(a > 0, a, 1))


def _pow(a, b):
    """a ** b by the operator, which numpy makes fast for small whole exponents."""
    return a**b if isinstance(a, np.ndarray) else np.power(a, b)


power = rule(
    np.power, _power_base, _power_exponent, scalar=math.pow, forward=_pow, symbol="**", into=pow_into, takes_complex=True
)  # fmt: skip
float_power = rule(np.float_power, _power_base, _power_exponent, scalar=math.pow, symbol="**", takes_complex=True)


def _share(g, winner, loser):
    """The part of `g` that goes to `winner` of a maximum: all, none, or one half at a tie."""
    tie = winner == loser
    part = g * (winner > loser)
    return part if none_of(tie) else part + 0.5 * g * tie


maximum = rule(
    np.maximum,
    lambda g, y, a, b: _share(g, a, b),
    lambda g, y, a, b: _share(g, b, a),
    scalar=lambda a, b: a if a >= b or a != a else b,
    symbol="max",
    takes_complex=True,
)
minimum = rule(
    np.minimum,
    lambda g, y, a, b: _share(g, b, a),
    lambda g, y, a, b: _share(g, a, b),
    scalar=lambda a, b: a if a <= b or a != a else b,
    symbol="min",
    takes_complex=True,
)
fmax = rule(  # a NaN never wins, so it takes no gradient
    np.fmax,
    lambda g, y, a, b: np.where(np.isnan(b), g, _share(g, a, b)),
    lambda g, y, a, b: np.where(np.isnan(a), g, _share(g, b, a)),
    takes_complex=True,
    keeps_nan=False,
)
fmin = rule(
    np.fmin,
    lambda g, y, a, b: np.where(np.isnan(b), g, _share(g, b, a)),
    lambda g, y, a, b: np.where(np.isnan(a), g, _share(g, a, b)),
    takes_complex=True,
    keeps_nan=False,
)
absolute = rule(
    np.absolute, lambda g, y, x: g * (conjugate(x) / np.where(y == 0, 1, y) if is_complex(x) else np.sign(x)), scalar=abs,
    takes_complex=True,
)  # fmt: skip
fabs = rule(np.fabs, lambda g, y, x: g * np.sign(x), scalar=abs)
SIGN = rule(np.sign, lambda g, y, x: g * 0.0, scalar=lambda x: (x > 0.0) - (x < 0.0) if x == x else x)


@decomposition(np.sign, asks=False)
def sign(x):
    """Of complex numbers z / |z|, which moves along the circle."""
    if not is_complex(x):
        return SIGN(x)
    size = absolute(x)
    return x / np.where(np.equal(size, 0), 1, size)


copysign = rule(
    np.copysign, lambda g, y, a, b: g * np.sign(a) * np.sign(y), lambda g, y, a, b: g * 0.0, scalar=math.copysign
)
heaviside = rule(np.heaviside, lambda g, y, x, at_0: g * 0.0, lambda g, y, x, at_0: g * (x == 0))
ldexp = rule(np.ldexp, lambda g, y, x, n: np.ldexp(g, n), None)
def _not_in_place(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """The array of a box is never written into; a plain one may be, as numpy does by copy=False."""
    copy = (isinstance(x, Box) and not isinstance(copy, str)) or copy
    return (x,), {"copy": copy, "nan": nan, "posinf": posinf, "neginf": neginf}


def _nan_to_num_vjp(g, y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    """g where the number is finite. Of complex numbers the parts are replaced each by itself."""
    if is_complex(x):
        real, imaginary = (np.where(np.isfinite(part(x)), part(g), 0.0) for part in (np.real, np.imag))
        return real + 1j * imaginary
    return np.where(np.isfinite(x), g, 0.0)


nan_to_num = rule(np.nan_to_num, _nan_to_num_vjp, bind=_not_in_place, batch=as_it_is, takes_complex=True)


UNSAID = object()


def _within(x, low, high):
    """Where clip lets x through, its bounds included."""
    if low is None or high is None:
        return True if low is high else x >= low if high is None else x <= high
    return (x >= low) & (x <= high)


def _clip_bounds(a, a_min=UNSAID, a_max=UNSAID, *, min=UNSAID, max=UNSAID):
    """The two bounds: both under numpy's old names, or under the new ones, where one that is not said is none."""
    if a_min is UNSAID and a_max is UNSAID:
        return (a, None if min is UNSAID else min, None if max is UNSAID else max), {}
    if a_min is UNSAID or a_max is UNSAID:
        raise TypeError("clip takes both a_min and a_max, of which one may be None, or min and max by name.")
    if min is not UNSAID or max is not UNSAID:
        raise ValueError("clip takes a_min and a_max, or min and max, but got both.")
    return (a, a_min, a_max), {}


def _clip_of_scalars(x, low, high):
    y = x if low is None else np.where(x < low, low, x)
    return y if high is None else np.where(y > high, high, y)


clip = rule(
    np.clip,
    lambda g, y, x, low, high: g * _within(x, low, high),
    lambda g, y, x, low, high: g * (x < low if high is None else (x < low) & (low <= high)),
    lambda g, y, x, low, high: g * (x > high if low is None else (x > high) | (low > high)),  # numpy lets `high` win
    forward=lambda x, low, high: np.clip(x, low, high),
    definition=_clip_of_scalars,
    bind=_clip_bounds,
    batch=elementwise,
    takes_complex=True,
)

where = rule(
    np.where,
    None,
    lambda g, y, condition, a, b: np.where(condition, g, 0.0),
    lambda g, y, condition, a, b: np.where(condition, 0.0, g),
    batch=elementwise,
    into=where_into,
    takes_complex=True,
)

mod = remainder = rule(
    np.mod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.floor_divide(a, b), scalar=operator.mod, symbol="%"
)
fmod = rule(np.fmod, lambda g, y, a, b: g, lambda g, y, a, b: -g * np.rint((a - y) / b), scalar=math.fmod)


@decomposition(np.divmod)
def divmod(x1, x2):
    return np.floor_divide(x1, x2), mod(x1, x2)


@decomposition(np.modf)
def modf(x):
    dtype = getattr(x, "dtype", np.dtype(float))
    x = x if dtype.kind == "f" else x * np.ones((), np.modf(np.zeros(0, dtype))[0].dtype)
    whole = np.trunc(x)
    return np.where(np.isinf(x), np.copysign(0.0, x), x - whole), whole


zero_derivative(
    np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert,
    np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isfinite, np.isinf, np.isnan, np.signbit,
    np.floor, np.ceil, np.rint, np.trunc, np.floor_divide,
)  # fmt: skip
zero_derivative(
    np.round, np.around, np.fix, np.isneginf, np.isposinf, np.isin, np.isreal, np.iscomplex, batch=as_it_is
)  # fmt: skip
metadata(
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.allclose, np.isclose, np.array_equal,
    np.array_equiv, np.array_repr, np.array_str, np.array2string, np.may_share_memory, np.shares_memory, np.can_cast,
    np.min_scalar_type, np.common_type,
)  # fmt: skip
