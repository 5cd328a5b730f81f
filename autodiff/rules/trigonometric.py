"""Trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is, on_axes
from autodiff.core.external import as_array
from autodiff.core.registry import decomposition, op, rule
from autodiff.rules.elementary import sqrt
from autodiff.rules.slopes import COSINE, ONE_MINUS_SQUARE, or_1, root_of_one_plus_square, tanh_reads, tanh_vjp

__all__ = [
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cos", "cosh", "deg2rad", "degrees", "hypot",
    "rad2deg", "radians", "sin", "sinc", "sinh", "tan", "tanh", "unwrap",
]  # fmt: skip

sin = rule(np.sin, lambda g, y, x: g * np.cos(x), scalar=math.sin, takes_complex=True)
cos = rule(np.cos, lambda g, y, x: -g * np.sin(x), scalar=math.cos, takes_complex=True)
tan = rule(np.tan, lambda g, y, x: g * (1.0 + y * y), scalar=math.tan, takes_complex=True)
arcsin = rule(np.arcsin, lambda g, y, x: g / sqrt(ONE_MINUS_SQUARE(x)), scalar=math.asin, takes_complex=True)
arccos = rule(np.arccos, lambda g, y, x: -g / sqrt(ONE_MINUS_SQUARE(x)), scalar=math.acos, takes_complex=True)
arctan = rule(np.arctan, lambda g, y, x: g / (root := root_of_one_plus_square(x)) / root, scalar=math.atan, takes_complex=True)

sinh = rule(np.sinh, lambda g, y, x: g * np.cosh(x), scalar=math.sinh, takes_complex=True)
cosh = rule(np.cosh, lambda g, y, x: g * np.sinh(x), scalar=math.cosh, takes_complex=True)
tanh = rule(np.tanh, tanh_vjp, scalar=math.tanh, activation=True, reads=tanh_reads, takes_complex=True)
arcsinh = rule(np.arcsinh, lambda g, y, x: g / root_of_one_plus_square(x), scalar=math.asinh, takes_complex=True)
arccosh = rule(np.arccosh, lambda g, y, x: g / (sqrt(x - 1.0) * sqrt(x - -1.0)), scalar=math.acosh, takes_complex=True)
arctanh = rule(np.arctanh, lambda g, y, x: g / ONE_MINUS_SQUARE(x), scalar=math.atanh, takes_complex=True)

hypot = rule(np.hypot, lambda g, y, a, b: g * COSINE(a, b), lambda g, y, a, b: g * COSINE(b, a), scalar=math.hypot)
arctan2 = rule(
    np.arctan2,
    lambda g, y, a, b: g * COSINE(b, a) / or_1(np.hypot(a, b)),
    lambda g, y, a, b: -g * COSINE(a, b) / or_1(np.hypot(a, b)),
    scalar=math.atan2,
)

deg2rad = rule(np.deg2rad, lambda g, y, x: g * (math.pi / 180.0), scalar=lambda x: x * (math.pi / 180.0))
rad2deg = rule(np.rad2deg, lambda g, y, x: g * (180.0 / math.pi), scalar=lambda x: x * (180.0 / math.pi))
radians = rule(np.radians, lambda g, y, x: g * (math.pi / 180.0), scalar=math.radians)
degrees = rule(np.degrees, lambda g, y, x: g * (180.0 / math.pi), scalar=math.degrees)


def sinc_slope(x, order):
    """The derivative of sin(x)/x of that order: by its series near 0, elsewhere by x f_n = sin(x + n pi/2) - n f_(n-1)."""
    x = as_array(x)
    near = np.abs(x) < order + 1.0
    x0, x1, series = np.where(near, x, 0), np.where(near, 1, x), np.zeros_like(x)
    term = np.ones_like(x0) if order % 2 == 0 else x0  # x^m / m!, m even or odd as the order
    for m in range(order % 2, 34 + 4 * order, 2):
        sign = 1 - (m + order) % 4
        series = series + sign / (m + order + 1.0) * term
        term = term * x0 * x0 / ((m + 1.0) * (m + 2.0))
    far = np.sin(x1) / x1
    for n in range(1, order + 1):
        far = (np.sin(x1 + n * (math.pi / 2.0)) - n * far) / x1
    return np.where(near, series, far)


def _sinc(x):
    return math.sin(math.pi * x) / (math.pi * x) if x != 0.0 else 1.0


SINC_SLOPE: Any = op(lambda g, y, x, order: g * SINC_SLOPE(x, order=order + 1), internal=True, batch=as_it_is)(sinc_slope)
sinc = rule(np.sinc, lambda g, y, x: g * (math.pi * SINC_SLOPE(math.pi * x, order=1)), scalar=_sinc, takes_complex=True)


@decomposition(np.unwrap)
def unwrap(p, discont=None, axis=-1, *, period=2.0 * math.pi):
    return p + TURNS(p, discont=discont, axis=axis, period=period)


def _turns(p, discont, axis, period):
    """The whole periods that unwrap adds: constants."""
    return np.unwrap(p, discont, axis, period=period) - p


TURNS: Any = op(lambda g, y, p, discont, axis, period: g * 0.0, internal=True, batch=on_axes())(_turns)
