"""Elementary functions of one number, and the activations that numpy lacks."""

from __future__ import annotations

import math

import numpy as np

from autodiff.core.ops import op, rule

exp = rule(np.exp, lambda g, y, x: g * y, scalar=math.exp, singular=True)
expm1 = rule(np.expm1, lambda g, y, x: g * (y + 1.0), scalar=math.expm1, singular=True)
log = rule(np.log, lambda g, y, x: g / x, scalar=math.log, singular=True)
log1p = rule(np.log1p, lambda g, y, x: g / (1.0 + x), scalar=math.log1p, singular=True)
sqrt = rule(np.sqrt, lambda g, y, x: 0.5 * g / y, scalar=math.sqrt, singular=True)
sin = rule(np.sin, lambda g, y, x: g * np.cos(x), scalar=math.sin)
cos = rule(np.cos, lambda g, y, x: -g * np.sin(x), scalar=math.cos)
tan = rule(np.tan, lambda g, y, x: g * (1.0 + y * y), scalar=math.tan, singular=True)
arctan = rule(np.arctan, lambda g, y, x: g / (1.0 + x * x), scalar=math.atan)
tanh = rule(np.tanh, lambda g, y, x: g * (1.0 - y * y), scalar=math.tanh)


def _relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


@op(lambda g, y, x: g * (y > 0.0), scalar=_relu)
def relu(x):
    """max(0, x), elementwise, with derivative 0 at 0 as in the lecture notes.

    >>> relu(np.array([-1.0, 0.0, 2.0])).tolist()
    [0.0, 0.0, 2.0]
    """
    return np.maximum(x, 0)


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


@op(lambda g, y, x: g * y * (1.0 - y), scalar=_sigmoid)
def sigmoid(x):
    """1 / (1 + exp(-x)), elementwise and without overflow; its derivative is y (1 - y).

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    e = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), e, 1) / (1 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@op(lambda g, y, x: g * sigmoid(x), scalar=_softplus)
def softplus(x):
    """log(1 + exp(x)), elementwise and without overflow; its derivative is sigmoid(x).

    >>> softplus(np.array([-1000.0, 1000.0])).tolist()
    [0.0, 1000.0]
    """
    return np.logaddexp(x, 0)
