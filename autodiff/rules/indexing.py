"""Indexing of every numpy kind: integers, slices, newaxis, integer arrays with repeats, boolean masks."""

from __future__ import annotations

import functools

import numpy as np

from autodiff.core.compositions import composed
from autodiff.core.ops import rule
from autodiff.rules.arithmetic import where

__all__ = [
    "choose", "compress", "diag", "diagflat", "diagonal", "extract", "select", "take", "take_along_axis", "trace", "tril",
    "triu",
]  # fmt: skip


def getitem(x, key):
    return x[key]


def scatter(g, key, shape):
    """Zeros of `shape` with `g` added at `key`; where a key repeats, everything it names is summed."""
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    if _repeats(key):
        np.add.at(out, key, g)
    else:
        out[key] = g
    return out


def _repeats(key):
    """Whether a key might name an element twice: only integer arrays and lists can."""
    parts = key if isinstance(key, tuple) else (key,)
    return any(isinstance(part, (list, np.ndarray)) and np.asarray(part).dtype != bool for part in parts)


GETITEM = rule(getitem, lambda g, y, x, key: scatter(g, key, np.shape(x)), linear=True).op
scatter = rule(scatter, lambda g, y, x, key, shape: g[key], linear=True)


def _at(axis, key):
    """The key that applies to one axis only."""
    return (slice(None),) * axis + (key,)


def _index(x):
    """Whole numbers that were given as a box or a list, as an array."""
    return np.asarray(x)


@composed(np.take)
def take(a, indices, axis=None, mode="raise"):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    axis = axis % np.ndim(a)
    indices = _index(indices)
    if mode != "raise":  # what the mode makes of an index that is out of bounds
        indices = np.take(np.arange(a.shape[axis]), indices, mode=mode)
    return a[_at(axis, indices)]


@composed(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    indices = _index(indices)
    if axis is None:
        return np.reshape(arr, -1)[indices]
    key = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    key[axis] = indices
    return arr[tuple(key)]


@composed(np.compress)
def compress(condition, a, axis=None):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return a[_at(axis % a.ndim, np.flatnonzero(_index(condition)))]


@composed(np.extract)
def extract(condition, arr):
    return np.reshape(arr, -1)[np.flatnonzero(_index(condition))]


@composed(np.choose)
def choose(a, choices, mode="raise"):
    a = np.choose(_index(a), range(len(choices)), mode=mode)
    y = where(a == 0, choices[0], 0)
    return functools.reduce(lambda y, k: where(a == k, choices[k], y), range(1, len(choices)), y)


@composed(np.select, joins=True)
def select(condlist, choicelist, default=0):
    pairs = reversed(list(zip(condlist, choicelist, strict=True)))
    return functools.reduce(lambda y, pair: where(pair[0], pair[1], y), pairs, default)


@composed(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    low, high = max(0, -offset), min(a.shape[-2], a.shape[-1] - offset)
    i = np.arange(low, max(low, high))
    return a[..., i, i + offset]


@composed(np.diag)
def diag(v, k=0):
    if np.ndim(v) == 2:
        return diagonal(v, k)
    n = np.size(v) + abs(k)
    i = np.arange(np.size(v)) + max(0, -k)
    return scatter(v, key=(i, i + k), shape=(n, n))


@composed(np.diagflat)
def diagflat(v, k=0):
    return diag(np.reshape(v, -1), k)


@composed(np.trace)
def trace(a, offset=0, axis1=0, axis2=1):
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1)


@composed(np.linalg.diagonal)
def matrix_diagonal(x, *, offset=0):
    return diagonal(x, offset, -2, -1)


@composed(np.linalg.trace)
def matrix_trace(x, *, offset=0):
    return trace(x, offset, -2, -1)


def _below(m, k):
    rows, columns = np.shape(m)[-2:]
    return np.tri(rows, columns, k, bool)


@composed(np.tril)
def tril(m, k=0):
    return where(_below(m, k), m, 0)


@composed(np.triu)
def triu(m, k=0):
    return where(_below(m, k - 1), 0, m)
