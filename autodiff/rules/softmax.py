"""softmax and its kin, without overflow."""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import on_axes
from autodiff.core.box import raw_of
from autodiff.core.external import as_array
from autodiff.core.registry import op
from autodiff.rules.into import log_softmax_into, softmax_into
from autodiff.rules.reductions import expand_reduced

__all__ = ["log_softmax", "logsumexp", "softmax"]


def _logsumexp_vjp(g, y, x, axis=None, keepdims=False):
    return expand_reduced(g, x, axis, keepdims) * np.exp(x - expand_reduced(y, x, axis, keepdims))


def _top_of_scalars(x, axis):
    """The largest numbers as constants: as a shift they cancel, so they need no derivative."""
    plain = np.array([raw_of(number) for number in np.asarray(x).flat], float).reshape(np.shape(x))
    top = np.max(plain, axis=axis, keepdims=True)
    return np.where(np.isfinite(top), top, 0.0)


def _logsumexp_of_scalars(x, axis=None, keepdims=False):
    top = _top_of_scalars(x, axis)
    y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)


@op(_logsumexp_vjp, definition=_logsumexp_of_scalars, batch=on_axes(), takes_complex=True)
def logsumexp(x, axis=None, keepdims=False):
    """log(sum(exp(x))) over `axis`, without overflow; its derivative is softmax(x).

    >>> float(logsumexp(np.array([1000.0, 1000.0])))  # 1000 + log 2
    1000.6931471805599
    """
    x = as_array(x)
    top = np.max(x.real, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):  # of nothing but -inf
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis=axis)




def _softmax_vjp(g, y, x, axis=-1):
    return y * (g - np.sum(g * y, axis=axis, keepdims=True))


def _softmax_of_scalars(x, axis=-1):
    e = np.exp(x - _top_of_scalars(x, axis))
    return e / np.sum(e, axis=axis, keepdims=True)


@op(
    _softmax_vjp, activation=True, definition=_softmax_of_scalars, batch=on_axes(default=-1), into=softmax_into,
    takes_complex=True,
)  # fmt: skip
def softmax(x, axis=-1):
    """exp(x) / sum(exp(x)) along `axis`, without overflow.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    x = as_array(x)
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


@op(
    lambda g, y, x, axis=-1: g - np.exp(y) * np.sum(g, axis=axis, keepdims=True),
    activation=True,
    definition=lambda x, axis=-1: x - _logsumexp_of_scalars(x, axis, True),
    batch=on_axes(default=-1),
    into=log_softmax_into,
    takes_complex=True,
)
def log_softmax(x, axis=-1):
    """log(softmax(x)) along `axis`, exact where the softmax is 0 or 1.

    >>> log_softmax(np.array([1000.0, -1000.0])).tolist()
    [0.0, -2000.0]
    """
    x = as_array(x)
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))
