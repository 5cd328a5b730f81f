"""Derivatives of numbers far out, where products of them overflow or underflow."""

import math
from fractions import Fraction

import numpy as np
import pytest
from together import each

import autodiff as ad


def products(xs):
    """For each number the product of the others, as Python's whole numbers have it."""
    parts = [Fraction(float(x)) for x in xs]
    return [math.prod(parts[:k] + parts[k + 1 :], start=Fraction(1)) for k in range(len(parts))]


ROWS = [
    [1e-200, 1e-100, 1e200, 1e200],
    [1e200, 1e200, 1e-300, 1e-50],
    [1e-200, 1e-200, 1e300],
    [-1e200, 1e200],
    [1e-200, 0.0, 1e-200, 1e300],
    [0.0, 1e300, 1e300, 1e-300, 1e-250],
    [3.0, -2.0, 0.5],
]


@pytest.mark.parametrize("xs", ROWS, ids=lambda xs: str(xs[:5]))
def test_prod(xs):
    right = products(xs)
    with np.errstate(over="ignore"):
        found = ad.grad(np.prod)(ad.constant(xs)).tolist()
        rows = ad.grad(lambda x: np.sum(np.prod(x, axis=1)))(ad.constant([xs, xs])).tolist()
    for g, r in zip(found, right, strict=True):
        assert abs(r) > 1.7e308 or g == pytest.approx(float(r), rel=1e-12, abs=1e-307)
    assert rows == [found, found]


@pytest.mark.parametrize("xs", ROWS, ids=lambda xs: str(xs[:5]))
def test_cumprod(xs):
    right = [0] * len(xs)
    for n in range(1, len(xs) + 1):
        for k, r in enumerate(products(xs[:n])):
            right[k] += r
    with np.errstate(over="ignore"):
        found = ad.grad(lambda x: np.sum(np.cumprod(x)))(ad.constant(xs)).tolist()
    for g, r in zip(found, right, strict=True):
        assert abs(r) > 1.7e308 or g == pytest.approx(float(r), rel=1e-12, abs=1e-307)


TWO = [  # (function, x, y, d/dx, d/dy)
    (np.arctan2, 1e200, 1e200, 0.5e-200, -0.5e-200),
    (np.arctan2, 1e-200, 1e-200, 0.5e200, -0.5e200),
    (np.arctan2, np.inf, 1.0, 0.0, 0.0),
    (np.hypot, 1e200, 1e200, math.sqrt(0.5), math.sqrt(0.5)),
    (np.hypot, 1.5e308, 1.5e308, math.sqrt(0.5), math.sqrt(0.5)),
    (np.hypot, 1e-200, 0.0, 1.0, 0.0),
    (np.hypot, np.inf, 1.0, 1.0, 0.0),
    (np.hypot, -np.inf, np.inf, -math.sqrt(0.5), math.sqrt(0.5)),
    (np.logaddexp, np.inf, 0.0, 1.0, 0.0),
    (np.logaddexp, np.inf, -np.inf, 1.0, 0.0),
    (np.logaddexp, np.inf, np.inf, 0.5, 0.5),
    (np.logaddexp, -np.inf, -np.inf, 0.0, 0.0),
    (np.logaddexp, 1e300, 1e300, 0.5, 0.5),
    (np.logaddexp2, np.inf, 0.0, 1.0, 0.0),
    (np.logaddexp2, -np.inf, -np.inf, 0.0, 0.0),
    (np.fmod, 1.0, 0.1, 1.0, -9.0),
    (np.fmod, -1.0, 0.1, 1.0, 9.0),
    (np.fmod, 0.3, 0.1, 1.0, -2.0),
    (np.fmod, 1e15, 0.7, 1.0, -math.floor(1e15 / 0.7)),
    (np.fmod, 5.0, np.inf, 1.0, 0.0),
    (np.mod, 1.0, 0.1, 1.0, -9.0),
]


@pytest.mark.parametrize("kind", [ad.Value, ad.constant, lambda x: ad.constant([x, x])], ids=["Value", "number", "array"])
@each("function, x, y, dx, dy", dict(enumerate(TWO)))
def test_two_numbers(function, x, y, dx, dy, kind):
    a, b = kind(x), kind(y)
    with np.errstate(over="ignore"), ad.Tape() as tape:
        tape.watch([a, b])
        z = function(a, b)
    for g, right in zip(tape.gradient(z, [a, b]), (dx, dy), strict=True):
        assert np.all(np.asarray(g) == pytest.approx(right, rel=1e-12, abs=0.0)), (g, right)


@pytest.mark.parametrize("power", [lambda x: x**3, lambda x: x**2.5, lambda x: np.power(x, np.array([3.0]))])
def test_a_power_that_overflows_behind_a_mask(power):
    x = ad.constant([1e200])
    with np.errstate(over="ignore"):
        assert ad.grad(lambda x: np.sum(np.where(x < 1.0, power(x), x)))(x).tolist() == [1.0]


OF_ONE = [np.sin, np.cos, np.tan, np.exp, np.expm1, np.sinh, np.cosh, np.arcsin, np.arccosh, np.sinc, np.arctan, np.tanh,
          np.log, np.sqrt, ad.sigmoid, ad.softplus, ad.gammaln, ad.erf]  # fmt: skip


@each("function", {function.__name__: function for function in OF_ONE})
@pytest.mark.parametrize("x", [math.inf, -math.inf, math.nan, 1e200, -2.0, 0.0])
def test_values_do_not_warn(function, x):
    v = ad.Value(x)
    with ad.Tape() as tape:
        y = function(v)
    tape.gradient(y, v)
    with np.errstate(all="ignore"):
        assert float(y) == pytest.approx(float(function(np.array(x))), nan_ok=True)
