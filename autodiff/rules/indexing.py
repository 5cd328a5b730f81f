"""Indexing of every numpy kind: integers, slices, newaxis, integer arrays with repeats, boolean masks."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_keys import behind_batch, by_example, indexed, scattered
from autodiff.core.batch_kinds import NotBatchable, again
from autodiff.core.batched import Batched
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import is_numeric
from autodiff.core.external import as_array
from autodiff.core.registry import also, decomposition, rule
from autodiff.core.transfer import new_zeros
from autodiff.failures.nesting import deeper
from autodiff.rules.add_at import add_at, repeats
from autodiff.rules.arithmetic import where
from autodiff.rules.looking import looked_at

__all__ = [
    "choose", "compress", "diag", "diagflat", "diagonal", "extract", "select", "take", "take_along_axis", "trace", "tril",
    "triu",
]  # fmt: skip


def getitem(x, key):
    return x[key]


def _scatter(g, key, shape):
    """Zeros of `shape` with `g` added at `key`; where a key repeats, everything it names is summed."""
    out = new_zeros(g, shape, as_array(g).dtype)
    add_at(out, g, key)
    return out


GETITEM = rule(
    getitem, lambda g, y, x, key: scatter(g, key, np.shape(x)), linear=True, label="index", symbol="[]", batch=indexed,
    add_into=add_at, view=True,
).op  # fmt: skip
scatter: Any = rule(
    _scatter, lambda g, y, x, key, shape: g[key], linear=True, label="scatter", internal=True, batch=scattered
)
also(GETITEM.function, "getitem")


def _setitem(x, v, key):
    """A copy of x with v at the key."""
    y = x.copy()
    y[key] = v
    return y


def _written_vjp(g, y, x, v, key):
    """What arrives where v was written. Of the values that a repeated index names only the last is there."""
    part = g[key]
    if not repeats(key):
        return part
    order = np.arange(np.size(part)).reshape(np.shape(part))
    last = np.zeros(np.shape(x), int)
    last[key] = order
    return where(last[key] == order, part, 0.0)


def _setitem_by_batch(op, inputs, flags, params):
    x, v = inputs
    key, axis = behind_batch(params["key"])
    n = (x if flags[0] else v).shape[0]
    x = x if flags[0] else np.broadcast_to(x, (n, *np.shape(x)))
    ndim = np.broadcast_to(0.0, x.shape[1:])[params["key"]].ndim
    shape = np.shape(v)[1:] if flags[1] else np.shape(v)
    shape = ((1,) * (ndim - len(shape)) + shape)[len(shape) - ndim if len(shape) > ndim else 0 :]
    v = np.moveaxis(np.reshape(v, (n if flags[1] else 1, *shape)), 0, axis)
    return again(op, [x, v], {"key": key})


setitem: Any = rule(
    _setitem, lambda g, y, x, v, key: setitem(g, 0.0, key=key), _written_vjp, label="set", symbol="[]=",
    internal=True, batch=_setitem_by_batch, definition=lambda x, v, key: _setitem(x.astype(object), v, key),
)  # fmt: skip


# A key that holds boxes: these are inputs of the op too, so that a trace replays with the numbers of the day.


class Hole:
    """Where a box stood in a key."""


def getitem_by_boxes(x, key):
    indices = []

    def taken_out(part, depth=0):
        if isinstance(part, (Box, Batched)):
            indices.append(part)
            return Hole
        return type(part)([taken_out(x, deeper(depth)) for x in part]) if isinstance(part, (list, tuple)) else part

    template = taken_out(key)
    return GETITEM_BY((x, *indices), {"key": template})


def _filled(key, indices):
    rest = iter(indices)

    def filled(part):
        if part is Hole:
            return next(rest)
        return type(part)(map(filled, part)) if isinstance(part, (list, tuple)) else part

    return filled(key)


def getitem_by(x, *indices, key):
    return x[_filled(key, indices)]


def scatter_by(g, *indices, key, shape):
    return _scatter(g, _filled(key, indices), shape)


def _getitem_by_vjp(k, g, y, x, *indices, key):
    return SCATTER_BY((g, *indices), {"key": key, "shape": np.shape(x)}) if k == 0 else None


def _scatter_by_vjp(k, g, y, x, *indices, key, shape):
    return GETITEM_BY((g, *indices), {"key": key}) if k == 0 else None


def _first_and_indices(x, *indices, **params):
    return (x, *indices), params


def _key_by_example(indices, flags, key, ndim):
    """The key of the batch where indices differ by example, and where it puts their axes, and where an example has them."""
    rest = iter(zip(indices, flags))
    pairs = [next(rest) if part is Hole else (part, False) for part in (key if isinstance(key, tuple) else (key,))]
    if list(rest):
        raise NotBatchable  # a box inside a list
    parts, varying = zip(*pairs)
    return by_example(list(parts), list(varying), indices[flags.index(True)].shape[0], ndim)


def _getitem_by_batch(op, inputs, flags, params):
    x, *indices = inputs
    if not any(flags[1:]):
        return indexed(GETITEM, [x], flags, {"key": _filled(params["key"], indices)})
    key, axes, places = _key_by_example(indices, flags[1:], params["key"], np.ndim(x) - flags[0])
    x = x if flags[0] else np.broadcast_to(x, (len(key[0]), *np.shape(x)))
    return np.moveaxis(again(GETITEM, [x], {"key": key}), axes, places)


def _scatter_by_batch(op, inputs, flags, params):
    (g, *indices), shape = inputs, params["shape"]
    if not any(flags[1:]):
        return scattered(scatter.op, [g], flags, {"key": _filled(params["key"], indices), "shape": shape})
    key, axes, places = _key_by_example(indices, flags[1:], params["key"], len(shape))
    g = g if flags[0] else np.broadcast_to(g, (len(key[0]), *np.shape(g)))
    return again(scatter.op, [np.moveaxis(g, places, axes)], {"key": key, "shape": (len(key[0]), *shape)})


GETITEM_BY = rule(
    getitem_by, variadic=_getitem_by_vjp, bind=_first_and_indices, label="index", symbol="[]", internal=True,
    batch=_getitem_by_batch,
).op  # fmt: skip
SCATTER_BY = rule(
    scatter_by, variadic=_scatter_by_vjp, bind=_first_and_indices, label="scatter", internal=True, batch=_scatter_by_batch
).op


def _at(axis, key):
    """The key that applies to one axis only."""
    return (slice(None),) * axis + (key,)


@decomposition(np.take, asks=False)
def take(a, indices, axis=None, mode="raise"):
    ndim = a.ndim if hasattr(a, "ndim") else np.ndim(a)  # which takes a tenth of the time of all that is done here
    if axis is None or ndim == 0:
        a, axis, ndim = a if ndim == 1 else np.reshape(a, -1), axis or 0, 1
    if isinstance(axis, (bool, np.bool_)):
        raise TypeError("an integer is required for the axis")
    axis = normalize_axis_index(axis, ndim)
    if isinstance(indices, (Box, Batched)):
        np.empty(0, getattr(indices, "dtype", None)).astype(np.intp, casting="same_kind")  # for its error
    elif isinstance(indices, (list, tuple, int, float, str)) and not isinstance(indices, np.generic):
        indices = np.array(indices, np.intp)  # numpy counts by truth values too, and cuts floats
    else:
        indices = np.asarray(indices).astype(np.intp, casting="same_kind", copy=False)
    if mode != "raise":  # what the mode makes of an index that is out of bounds
        indices = np.take(np.arange(a.shape[axis]), indices, mode=mode)
    return a[_at(axis, indices)]


@decomposition(np.take_along_axis)
def take_along_axis(arr, indices, axis=-1):
    indices = indices if isinstance(indices, (Box, Batched)) else np.asarray(indices)  # of a list
    if axis is None:
        return np.reshape(arr, -1)[indices]
    key = list(np.ogrid[tuple(slice(n) for n in arr.shape)])
    key[normalize_axis_index(axis, arr.ndim)] = indices
    return getitem_by_boxes(arr, tuple(key)) if isinstance(indices, Batched) else arr[tuple(key)]


@decomposition(np.compress)
def compress(condition, a, axis=None):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    if np.ndim(condition) != 1:
        raise ValueError("condition must be a 1-d array")
    return a[_at(normalize_axis_index(axis, np.ndim(a)), np.flatnonzero(looked_at(condition)))]


@decomposition(np.extract)
def extract(condition, arr):
    return np.reshape(arr, -1)[np.flatnonzero(looked_at(condition))]


@decomposition(np.choose)
def choose(a, choices, mode="raise"):
    a = np.choose(looked_at(a), range(len(choices)), mode=mode)
    y = where(a == 0, choices[0], 0)
    return functools.reduce(lambda y, k: where(a == k, choices[k], y), range(1, len(choices)), y)


def _kind(x):
    """What np.result_type should see of x: its dtype, or the Python number itself, which is weak."""
    raw = raw_of(x)
    return raw.dtype if hasattr(raw, "dtype") else raw if isinstance(raw, (int, float, complex)) else np.asarray(raw).dtype


@decomposition(np.select, takes_sequence=True)
def select(condlist, choicelist, default=0):
    dtype = np.result_type(*map(_kind, (*choicelist, default)))
    if not is_numeric(dtype):
        raise TypeError(f"select does not take a default or choices of {dtype}: pass numbers.")
    pairs = reversed(list(zip(condlist, choicelist, strict=True)))
    last = default if isinstance(default, Box) else np.asarray(default, dtype)
    return functools.reduce(lambda y, pair: where(pair[0], pair[1], y), pairs, last)


@decomposition(np.diagonal)
def diagonal(a, offset=0, axis1=0, axis2=1):
    a = np.moveaxis(a, (axis1, axis2), (-2, -1))
    low, high = max(0, -offset), min(a.shape[-2], a.shape[-1] - offset)
    i = np.arange(low, max(low, high))
    return a[..., i, i + offset]


@decomposition(np.diag)
def diag(v, k=0):
    if np.ndim(v) == 2:
        return diagonal(v, k)
    n = np.size(v) + abs(k)
    i = np.arange(np.size(v)) + max(0, -k)
    return scatter(v, key=(i, i + k), shape=(n, n))


@decomposition(np.diagflat)
def diagflat(v, k=0):
    return diag(np.reshape(v, -1), k)


@decomposition(np.trace)
def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    return np.sum(diagonal(a, offset, axis1, axis2), axis=-1, **({} if dtype is None else {"dtype": dtype}))


@decomposition(np.linalg.diagonal)
def matrix_diagonal(x, *, offset=0):
    return diagonal(x, offset, -2, -1)


@decomposition(np.linalg.trace)
def matrix_trace(x, *, offset=0, dtype=None):
    return trace(x, offset, -2, -1, dtype)


def _below(m, k):
    shape = np.shape(m)
    rows, columns = shape[-2:] if len(shape) > 1 else 2 * shape  # numpy makes a matrix of equal rows of a vector
    return np.tri(rows, columns, k, bool)


@decomposition(np.tril)
def tril(m, k=0):
    return where(_below(m, k), m, np.zeros((), m.dtype))


@decomposition(np.triu)
def triu(m, k=0):
    return where(_below(m, k - 1), np.zeros((), m.dtype), m)
