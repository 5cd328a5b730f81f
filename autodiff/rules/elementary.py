"""Elementary functions of one number, and the activations that numpy lacks."""

from __future__ import annotations

import math

import numpy as np

from autodiff.core.box import Box
from autodiff.core.registry import op, rule
from autodiff.rules.arithmetic import sign
from autodiff.rules.into import ROW, relu_into, sigmoid_into, softplus_into
from autodiff.rules.looking import only_replayed

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

LOG_2, LOG_10 = math.log(2.0), math.log(10.0)  # Python floats: they leave float32 as it is

exp = rule(np.exp, lambda g, y, x: g * y, scalar=math.exp, infinite_slope=True)
expm1 = rule(np.expm1, lambda g, y, x: g * (y + 1.0), scalar=math.expm1, infinite_slope=True)
log = rule(np.log, lambda g, y, x: g / x, scalar=math.log, infinite_slope=True)
log1p = rule(np.log1p, lambda g, y, x: g / (1.0 + x), scalar=math.log1p, infinite_slope=True)
sqrt = rule(np.sqrt, lambda g, y, x: 0.5 * g / y, scalar=math.sqrt, infinite_slope=True)
cbrt = rule(np.cbrt, lambda g, y, x: g / (3.0 * y * y), scalar=getattr(math, "cbrt", None), infinite_slope=True)
exp2 = rule(np.exp2, lambda g, y, x: g * y * LOG_2, scalar=getattr(math, "exp2", None), infinite_slope=True)
log2 = rule(np.log2, lambda g, y, x: g / (x * LOG_2), scalar=math.log2, infinite_slope=True)
log10 = rule(np.log10, lambda g, y, x: g / (x * LOG_10), scalar=math.log10, infinite_slope=True)


logaddexp = rule(
    np.logaddexp,
    lambda g, y, a, b: g * np.exp(a - _finite(y)),
    lambda g, y, a, b: g * np.exp(b - _finite(y)),
)
logaddexp2 = rule(
    np.logaddexp2,
    lambda g, y, a, b: g * np.exp2(a - _finite(y)),
    lambda g, y, a, b: g * np.exp2(b - _finite(y)),
)


def _finite(y):
    """y, but 0 for the -inf that is the logarithm of exp(-inf) + exp(-inf): shares of nothing are nothing."""
    return np.where(np.isneginf(y), 0, y)


def _relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def _step(y):
    """1 where y is positive, 0 elsewhere. On boxes as floats, so that the second derivative is zeros and not None; on raw
    numbers, and where nobody takes a second derivative, as booleans, which are faster."""
    return sign(y) if isinstance(y, Box) and (y._is_number() or not only_replayed()) else y > 0.0


@op(lambda g, y, x: g * _step(y), scalar=_relu, activation=True, into=relu_into)
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


@op(lambda g, y, x: g * y * (1.0 - y), scalar=_sigmoid, activation=True, into=sigmoid_into)
def sigmoid(x):
    """1 / (1 + exp(-x)), elementwise and without overflow; its derivative is y (1 - y).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    e = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), e, 1) / (1 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@op(lambda g, y, x: g * sigmoid(x), scalar=_softplus, activation=True, into=softplus_into)
def softplus(x):
    """log(1 + exp(x)), elementwise and without overflow; its derivative is sigmoid(x).

    >>> softplus(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.logaddexp(x, 0)
