"""Elementary functions of one number, and the activations that numpy lacks."""

from __future__ import annotations

import math

import numpy as np

from autodiff.core.box import Box
from autodiff.core.dtypes import is_complex
from autodiff.core.registry import none_of, op, rule
from autodiff.rules.arithmetic import SIGN
from autodiff.rules.into import ROW, relu_into, sigmoid_into, softplus_into
from autodiff.rules.looking import only_replayed
from autodiff.rules.slopes import decaying, sigmoid_reads, sigmoid_vjp

__all__ = [
    "cbrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "relu",
    "sigmoid",
    "softplus",
    "sqrt",
]  # fmt: skip

LOG_2, LOG2_E, LOG10_E = math.log(2.0), math.log2(math.e), math.log10(math.e)  # Python floats: they leave float32 as it is

exp = rule(np.exp, lambda g, y, x: g * y, scalar=math.exp, takes_complex=True)
expm1 = rule(np.expm1, lambda g, y, x: g * exp(x), scalar=math.expm1, takes_complex=True)
log = rule(np.log, lambda g, y, x: g / x, scalar=math.log, takes_complex=True)
log1p = rule(np.log1p, lambda g, y, x: g / (1.0 + x), scalar=math.log1p, takes_complex=True)
sqrt = rule(np.sqrt, lambda g, y, x: 0.5 * g / y, scalar=math.sqrt, takes_complex=True)
cbrt = rule(np.cbrt, lambda g, y, x: g / (3.0 * y * y), scalar=getattr(math, "cbrt", None))
exp2 = rule(np.exp2, lambda g, y, x: g * y * LOG_2, scalar=getattr(math, "exp2", None), takes_complex=True)
log2 = rule(np.log2, lambda g, y, x: g * LOG2_E / x, scalar=math.log2, takes_complex=True)
log10 = rule(np.log10, lambda g, y, x: g * LOG10_E / x, scalar=math.log10, takes_complex=True)


logaddexp = rule(
    np.logaddexp,
    lambda g, y, a, b: g * _share(y, a, b, 1.0),
    lambda g, y, a, b: g * _share(y, b, a, 1.0),
)
logaddexp2 = rule(
    np.logaddexp2,
    lambda g, y, a, b: g * _share(y, a, b, LOG_2),
    lambda g, y, a, b: g * _share(y, b, a, LOG_2),
)


def _share(y, a, b, unit):
    """The share of a in the sum whose logarithm is y: sigmoid(a - b), but nothing of nothing, where y is -inf."""
    same = np.logical_and(a == b, np.isinf(a))
    if none_of(same):
        return sigmoid((a - b) * unit)
    gap = np.where(same, 0, a) - np.where(same, 0, b)
    return np.where(np.isneginf(y), 0, sigmoid(gap * unit))


def _relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def _step(y):
    """1 where y is positive, 0 elsewhere. On boxes as floats, so that the second derivative is zeros and not None; on raw
    numbers, and where nobody takes a second derivative, as booleans, which are faster."""
    return SIGN(y) if isinstance(y, Box) and (y._is_number() or not only_replayed()) else y > 0.0


@op(lambda g, y, x: g * _step(y), scalar=_relu, activation=True, into=relu_into, keeps_nan=True)
def relu(x):
    """max(0, x), elementwise, with derivative 0 at 0 as in MIT 6.S191, lecture 1.

    >>> relu(np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    if type(x) is not np.ndarray or x.size < 2 * ROW or x.dtype.kind != "f":
        return np.maximum(x, 0)
    y = np.empty_like(x)
    for function, args in relu_into(y, x, scratch=None):
        function(*args)
    return y


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


@op(sigmoid_vjp, scalar=_sigmoid, activation=True, into=sigmoid_into, reads=sigmoid_reads, keeps_nan=True, takes_complex=True)
def sigmoid(x):
    """1 / (1 + exp(-x)), elementwise and without overflow; its derivative is y (1 - y).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    if is_complex(x):
        return np.where(np.real(x) < 0, e := decaying(x), 1) / (1 + e)
    e = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), e, 1) / (1 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@op(lambda g, y, x: g * sigmoid(x), scalar=_softplus, activation=True, into=softplus_into, keeps_nan=True)
def softplus(x):
    """log(1 + exp(x)), elementwise and without overflow; its derivative is sigmoid(x).

    >>> softplus(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.logaddexp(x, 0)
