"""Floating-point numbers by their parts and their neighbours, and the Bessel function i0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.external import as_array
from autodiff.core.registry import decomposition, op, rule, zero_derivative
from autodiff.core.transfer import new_zeros
from autodiff.rules.arithmetic import ldexp
from autodiff.rules.looking import constant_op

__all__ = ["frexp", "i0", "nextafter"]

nextafter = rule(np.nextafter, lambda g, y, a, b: g, lambda g, y, a, b: g * 0.0, scalar=math.nextafter)
zero_derivative(np.spacing)


@constant_op(batch=as_it_is)
def exponent(x):
    """The exponent of 2 in each number."""
    return np.frexp(x)[1]


@decomposition(np.frexp)
def frexp(x):
    """The mantissa is x with the exponent taken out, a constant."""
    power = exponent(x)
    return ldexp(x, -power), power


def _bessel(x, order):
    """The derivative of i0 of that order, by its integral: the mean of cos(t)^order exp(x cos(t)) over a circle. All terms have
    the same sign, and the mean over few equally spaced t is exact to the last digits."""
    wide = np.abs(as_array(x).astype(float))
    count = 8 + order + int(2.2 * math.sqrt(min(float(np.max(wide, initial=0.0, where=np.isfinite(wide))), 750.0)))
    total = new_zeros(wide, wide.shape, float)
    with np.errstate(over="ignore", invalid="ignore"):
        for angle in (np.arange(count) + 0.5) * (0.5 * math.pi / count):
            total += math.cos(angle) ** order * (np.sinh if order % 2 else np.cosh)(wide * math.cos(angle)) / count
    y = np.copysign(total, x) if order % 2 else total
    return y.astype(x.dtype) if getattr(x, "dtype", None) is not None and x.dtype.kind == "f" else y


def _slope_of_i0(x, order):
    return _bessel(x, order)


SLOPE: Any = op(lambda g, y, x, order: g * SLOPE(x, order=order + 1), internal=True, batch=as_it_is)(_slope_of_i0)
i0 = rule(np.i0, lambda g, y, x: g * SLOPE(x, order=1), batch=as_it_is)
