"""Special functions: the error function, and the gamma function's logarithm with its derivatives of every order.

The numbers come from scipy where it is loaded already or can be, else from Python's math module; the derivatives need
neither.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import is_complex, is_inexact
from autodiff.core.external import as_array
from autodiff.core.registry import ON_DEMAND, also, decomposition, op
from autodiff.rules.elementary import sigmoid

__all__ = ["digamma", "erf", "erfc", "gammaln", "polygamma"]

HALF_SLOPE = 2.0 / math.sqrt(math.pi)


@functools.cache
def _of_arrays(name):
    """scipy.special's function of that name, or else math's, number by number."""
    try:
        import scipy.special

        return getattr(scipy.special, name)
    except ImportError:
        each = np.frompyfunc({"gammaln": _lgamma}.get(name) or getattr(math, name), 1, 1)
        return lambda x: np.asarray(each(x)).astype(np.result_type(x, np.float32))


def _lgamma(x):
    return math.inf if x <= 0.0 and x == math.floor(x) else math.lgamma(x)


def _bell(x):
    """exp(-x^2), whose square does not overflow."""
    if is_complex(x):
        return np.exp(-x * x)
    near = np.maximum(np.minimum(x, 100.0), -100.0)
    return np.exp(-near * near)


@op(lambda g, y, x: g * (HALF_SLOPE * _bell(x)), scalar=math.erf, takes_complex=True)
def erf(x):
    """The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x, elementwise.

    >>> round(float(erf(np.array(1.0))), 12)
    0.84270079295
    """
    return _of_arrays("erf")(x)


@op(lambda g, y, x: g * (-HALF_SLOPE * _bell(x)), scalar=math.erfc, takes_complex=True)
def erfc(x):
    """1 - erf(x), elementwise, exact also where erf(x) is nearly 1.

    >>> round(float(erfc(np.array(5.0))) * 1e12, 4)
    1.5375
    """
    return _of_arrays("erfc")(x)


BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
SHIFT = 12  # the asymptotic series is good to 16 digits from here


@on_blocks("()->()")
def _polygamma(x, n):
    """By the recurrence psi(x) = psi(x + 1) - 1/x up to x >= 12 (negative x: from below), then the asymptotic series.
    Abramowitz and Stegun 6.3.18, 6.4.11."""
    x = as_array(x)
    z = np.where(x.real > -1e4, x, np.nan).astype(np.result_type(x, float))  # further down the recurrence would take too long
    total = np.zeros_like(z)
    sign = (-1.0) ** (n + 1)
    for _ in range(max(0, math.ceil(SHIFT - float(np.min(z.real, initial=SHIFT, where=np.isfinite(z)))))):
        low = z.real < SHIFT
        total += np.where(low, sign * math.factorial(n) / np.where(low, z, 1) ** (n + 1), 0.0)
        z = np.where(low, z + 1.0, z)
    r = 1.0 / z
    if n == 0:
        series = np.log(z) - 0.5 * r
    else:
        series = sign * (math.factorial(n - 1) * r**n + 0.5 * math.factorial(n) * r ** (n + 1))
    for k, b in enumerate(BERNOULLI, 1):
        series = series + sign * b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) * r ** (2 * k + n)
    y = series + total
    return y.astype(x.dtype) if is_inexact(x) else y


def _polygamma_vjp(g, y, x, n):
    return g * polygamma(n + 1, x)


@op(_polygamma_vjp, forward=_polygamma, bind=lambda n, x: ((x,), {"n": n}), batch=as_it_is, takes_complex=True)
def polygamma(n, x):
    """The derivative of order n + 1 of gammaln(x), elementwise; n is a whole number from 0.

    >>> round(float(polygamma(1, np.array(1.0))), 12)  # pi^2 / 6
    1.644934066848
    """


@op(lambda g, y, x: g * polygamma(0, x), scalar=_lgamma)
def gammaln(x):
    """The logarithm of the absolute value of the gamma function, elementwise; its derivative is digamma.

    >>> round(float(gammaln(np.array(5.0))), 12)  # log 24
    3.178053830348
    """
    return _of_arrays("gammaln")(x)


@decomposition(None)
def digamma(x):
    """The derivative of gammaln(x), elementwise.

    >>> round(float(digamma(np.array(1.0))), 12)  # minus Euler's constant
    -0.577215664902
    """
    return polygamma(0, x)


for public, *names in ((erf, "erf"), (erfc, "erfc"), (gammaln, "gammaln"), (sigmoid, "expit"), (digamma, "psi", "digamma")):
    also(public, *names)  # scipy.special's ufuncs, by name: scipy need not be there


def _load_more():
    import autodiff.rules.bessel
    import autodiff.rules.scipy_special  # noqa: F401


ON_DEMAND.append(_load_more)
