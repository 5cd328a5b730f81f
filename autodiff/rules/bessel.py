"""Bessel functions: the derivative of each is a sum of its neighbours, DLMF 10.6 and 10.29. An order has no derivative here."""

from __future__ import annotations

from typing import Any  # mypy wants it of a function whose rule names it

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.dtypes import is_complex
from autodiff.core.external import External
from autodiff.rules.scipy_functions import special, with_constants

__all__: list[str] = []  # autodiff/scipy/special.py hands them out


def between(function, sign):
    """The rule of half the neighbour below plus `sign` times half the neighbour above."""
    return lambda g, y, x, v: g * 0.5 * (function()(v - 1.0, x) + sign * function()(v + 1.0, x))


jv: Any = with_constants("jv", ("v",), between(lambda: jv, -1.0), takes_complex=True)
yv: Any = with_constants("yv", ("v",), between(lambda: yv, -1.0), takes_complex=True)
iv: Any = with_constants("iv", ("v",), between(lambda: iv, 1.0), takes_complex=True)
kv: Any = with_constants("kv", ("v",), lambda g, y, x, v: -between(lambda: kv, 1.0)(g, y, x, v), takes_complex=True)
yn: Any = with_constants("yn", ("n",), between(lambda: yn, -1.0))
kn: Any = with_constants("kn", ("n",), lambda g, y, x, n: -between(lambda: kn, 1.0)(g, y, x, n))
ive: Any = with_constants(
    "ive", ("v",), lambda g, y, x, v: between(lambda: ive, 1.0)(g, y, x, v) - _of_factor(g * y, x), takes_complex=True
)  # fmt: skip
kve: Any = with_constants(
    "kve", ("v",), lambda g, y, x, v: g * y - between(lambda: kve, 1.0)(g, y, x, v), takes_complex=True
)  # fmt: skip


def _of_factor(part, x):
    """The slope of the factor exp(-|x|), which for complex numbers is exp(-|real part|)."""
    return np.real(part) * np.sign(np.real(x)) if is_complex(x) else part * np.sign(x)



def _second(by_order, f0, f1, signs, at_0, x):
    """Order 2 by orders 0 and 1, signs[0] f0 + signs[1] 2 f1 / x, where a library may lack other orders."""
    if type(raw_of(x)) is not External:
        return by_order(2.0, x)
    zero = np.equal(x, 0)
    return np.where(zero, at_0, signs[0] * f0(x) + signs[1] * (2.0 / np.where(zero, 1.0, x)) * f1(x))


j0: Any = special("j0", lambda g, y, x: -g * j1(x))
j1: Any = special("j1", lambda g, y, x: g * 0.5 * (j0(x) - _second(jv, j0, j1, (-1, 1), 0.0, x)))
y0: Any = special("y0", lambda g, y, x: -g * y1(x))
y1: Any = special("y1", lambda g, y, x: g * 0.5 * (y0(x) - _second(yv, y0, y1, (-1, 1), -np.inf, x)))
i0: Any = special("i0", lambda g, y, x: g * i1(x))
i1: Any = special("i1", lambda g, y, x: g * 0.5 * (i0(x) + _second(iv, i0, i1, (1, -1), 0.0, x)))
k0: Any = special("k0", lambda g, y, x: -g * k1(x))
k1: Any = special("k1", lambda g, y, x: -g * 0.5 * (k0(x) + _second(kv, k0, k1, (1, 1), np.inf, x)))
i0e: Any = special("i0e", lambda g, y, x: g * (i1e(x) - np.sign(x) * y))  # exp(-|x|) i0(x)
i1e: Any = special("i1e", lambda g, y, x: g * (0.5 * (i0e(x) + _second(ive, i0e, i1e, (1, -1), 0.0, x)) - np.sign(x) * y))
k0e: Any = special("k0e", lambda g, y, x: g * (y - k1e(x)))  # exp(x) k0(x)
k1e: Any = special("k1e", lambda g, y, x: g * (y - 0.5 * (k0e(x) + _second(kve, k0e, k1e, (1, 1), np.inf, x))))
