"""Reductions: many numbers to few. `axis` and `keepdims` are numpy's; ties of `max` and `min` share the gradient equally."""

from __future__ import annotations

import numpy as np

from autodiff.core.ops import constant_function, op, rule


def spread_back(g, x, axis, keepdims):
    """`g`, of a reduction's output, with the reduced axes back as axes of length one."""
    if axis is None or keepdims:
        return g if keepdims else np.reshape(g, (1,) * np.ndim(x))
    return np.expand_dims(g, axis)


def count(x, axis):
    """How many numbers a reduction of x over `axis` takes together."""
    if axis is None:
        return np.size(x)
    shape = np.shape(x)
    return np.prod([shape[a] for a in ((axis,) if np.ndim(axis) == 0 else axis)], dtype=int).item()


def _sum_vjp(g, y, x, axis=None, keepdims=False):
    if axis is None and isinstance(g, (np.ndarray, np.generic)):
        return np.full(np.shape(x), g.item(), g.dtype)  # a third of broadcast_to's time, and of the next op's
    return np.broadcast_to(spread_back(g, x, axis, keepdims), np.shape(x))


def _mean_vjp(g, y, x, axis=None, keepdims=False):
    if axis is None and isinstance(g, (np.ndarray, np.generic)) and x.size:
        return np.full(x.shape, g.item() / x.size, g.dtype)
    return _sum_vjp(g / count(x, axis), y, x, axis, keepdims)


def _mean(x, axis=None, keepdims=False):
    """np.mean without its wrapping, which costs as much as ten additions of small arrays."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.dtype.itemsize > 2 and x.size:
        return np.add.reduce(x, axis=axis, keepdims=keepdims) / count(x, axis)
    return np.mean(x, axis=axis, keepdims=keepdims)


def _extreme_vjp(g, y, x, axis=None, keepdims=False):
    winners = np.asarray(x == spread_back(y, x, axis, keepdims), dtype=np.asarray(g).dtype)  # which they are is a constant
    return spread_back(g, x, axis, keepdims) * (winners / np.sum(winners, axis=axis, keepdims=True))


sum = rule(np.sum, _sum_vjp)
mean = rule(np.mean, _mean_vjp, forward=_mean)
max = rule(np.max, _extreme_vjp)
min = rule(np.min, _extreme_vjp)


def _var_vjp(g, y, x, axis=None, ddof=0, keepdims=False):
    centred = x - np.mean(x, axis=axis, keepdims=True)
    return spread_back(g, x, axis, keepdims) * centred * (2.0 / (count(x, axis) - ddof))


def _std_vjp(g, y, x, axis=None, ddof=0, keepdims=False):
    """As for var, divided by 2 y; 0 where all numbers are equal, a minimum of std."""
    safe = np.where(y == 0, 1, y)
    return _var_vjp(0.5 * g / safe, None, x, axis, ddof, keepdims)


var = rule(np.var, _var_vjp)
std = rule(np.std, _std_vjp)


def _others(x):
    """For each number the product of the others along the last axis, right also where numbers are zero."""
    if isinstance(x, np.ndarray):
        ones = np.ones_like(x[..., :1])
        before = np.cumprod(np.concatenate([ones, x[..., :-1]], -1), -1)
        after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], -1), -1)
        return before * after[..., ::-1]
    diagonal = np.eye(x.shape[-1], dtype=bool)  # slower, but itself a product: it can be differentiated again
    return np.prod(np.where(diagonal, 1, np.expand_dims(x, -2)), axis=-1)


def _prod_vjp(g, y, x, axis=None, keepdims=False):
    back = spread_back(g, x, axis, keepdims)
    if axis is None:
        return back * np.reshape(_others(np.reshape(x, -1)), np.shape(x))
    axes = (axis,) if np.ndim(axis) == 0 else tuple(axis)
    axes = tuple(a % np.ndim(x) for a in axes)
    order = tuple(a for a in range(np.ndim(x)) if a not in axes) + axes
    moved = np.transpose(x, order)
    flat = np.reshape(moved, (*np.shape(moved)[: np.ndim(x) - len(axes)], -1))
    others = np.reshape(_others(flat), np.shape(moved))
    return back * np.transpose(others, tuple(int(a) for a in np.argsort(order)))


prod = rule(np.prod, _prod_vjp)


def _cumsum_vjp(g, y, x, axis=None):
    if axis is None:
        return np.reshape(np.flip(np.cumsum(np.flip(g))), np.shape(x))
    return np.flip(np.cumsum(np.flip(g, axis), axis), axis)


cumsum = rule(np.cumsum, _cumsum_vjp)


def _logsumexp_vjp(g, y, x, axis=None, keepdims=False):
    return spread_back(g, x, axis, keepdims) * np.exp(x - spread_back(y, x, axis, keepdims))


@op(_logsumexp_vjp)
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`, without overflow; its derivative is softmax(x).

    >>> float(logsumexp(np.array([1000.0, 1000.0])))  # 1000 + log 2
    1000.6931471805599
    """
    x = np.asarray(x)
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)


def _softmax_vjp(g, y, x, axis=-1):
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


@op(_softmax_vjp)
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`, without overflow.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    x = np.asarray(x)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


constant_function(np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero, np.nonzero, np.argwhere)
