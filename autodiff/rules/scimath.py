"""`np.emath`, the functions whose result is complex where a real one does not exist. Where all numbers have a real result, they
are numpy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.dtypes import is_exact
from autodiff.core.external import is_lazy
from autodiff.core.op import everything_recorded
from autodiff.core.registry import REGISTRY, decomposition, op, seen
from autodiff.rules.joining import astype

__all__: list[str] = []


def _with_real_result(x, low, high):
    if np.any(x < low) or np.any(x > high):
        raise ValueError("Some numbers have a complex result now; they had real ones when this was traced.")
    return x


WITH_REAL_RESULT: Any = op(lambda g, y, x, low, high: g, internal=True, batch=as_it_is, linear=True)(_with_real_result)


def _within(x, low, high=np.inf):
    """x, as complex numbers if one of them lies outside. Of a lazy array nobody knows yet: it is complex."""
    x = x if hasattr(x, "dtype") else np.asarray(x)
    raw = seen(x)
    if is_lazy(raw) or np.any(np.less(raw, low)) or np.any(np.greater(raw, high)):
        return astype(x, np.complex64 if x.dtype.char in "fbBhHF" else np.complex128)
    return WITH_REAL_RESULT(x, low=low, high=high) if everything_recorded.get() else x


@decomposition(np.emath.sqrt)
def sqrt(x):
    return np.sqrt(_within(x, 0.0))


@decomposition(np.emath.log)
def log(x):
    return np.log(_within(x, 0.0))


@decomposition(np.emath.log10)
def log10(x):
    return np.log10(_within(x, 0.0))


@decomposition(np.emath.log2)
def log2(x):
    return np.log2(_within(x, 0.0))


@decomposition(np.emath.logn)
def logn(n, x):
    return np.log(_within(x, 0.0)) / np.log(_within(n, 0.0))


@decomposition(np.emath.power)
def power(x, p):
    p = p if hasattr(p, "dtype") else np.asarray(p)
    return np.power(_within(x, 0.0), p * 1.0 if is_exact(p) else p)


POWER: Any = REGISTRY[np.emath.power]
POWER.constants = []  # elsewhere `p` has no derivative


@decomposition(np.emath.arccos)
def arccos(x):
    return np.arccos(_within(x, -1.0, 1.0))


@decomposition(np.emath.arcsin)
def arcsin(x):
    return np.arcsin(_within(x, -1.0, 1.0))


@decomposition(np.emath.arctanh)
def arctanh(x):
    return np.arctanh(_within(x, -1.0, 1.0))
