"""Joining and splitting: several arrays laid into one, and one into several."""

from __future__ import annotations

import numpy as np

from autodiff.core.box import Box
from autodiff.core.compositions import composed
from autodiff.core.ops import also, constant_function, rule
from autodiff.rules.shapes import ASTYPE, broadcast_to, reshape

__all__ = [
    "append", "array_split", "astype", "block", "broadcast_arrays", "column_stack", "concatenate", "copy", "delete",
    "dsplit", "dstack", "full_like", "hsplit", "hstack", "insert", "linspace", "meshgrid", "split", "stack", "unstack",
    "vsplit", "vstack",
]  # fmt: skip


def _part_of(g, k, parts, axis):
    """The k-th part of `g`, which is as `parts` laid end to end along `axis`."""
    start = 0
    for part in parts[:k]:
        start += np.shape(part)[axis]
    key = [slice(None)] * np.ndim(g)
    key[axis] = slice(start, start + np.shape(parts[k])[axis])
    return g[tuple(key)]


def _concatenate_vjp(k, g, y, *parts, axis=0):
    if axis is None:
        flat = [np.reshape(part, -1) for part in parts]
        return np.reshape(_part_of(g, k, flat, 0), np.shape(parts[k]))
    return _part_of(g, k, parts, axis % np.ndim(g))


concatenate = rule(
    np.concatenate,
    _concatenate_vjp,
    forward=lambda *parts, axis=0: np.concatenate(parts, axis),
    adapt=lambda arrays, axis=0: (arrays, {"axis": axis}),
    spread=True,
)


def _stack_vjp(k, g, y, *parts, axis=0):
    key = [slice(None)] * np.ndim(g)
    key[axis] = k
    return g[tuple(key)]


stack = rule(
    np.stack,
    _stack_vjp,
    forward=lambda *parts, axis=0: np.stack(parts, axis),
    adapt=lambda arrays, axis=0: (arrays, {"axis": axis}),
    spread=True,
)

constant_function(np.zeros_like, np.ones_like, np.empty_like)

also(concatenate, getattr(np, "concat", None))
copy = rule(np.copy, lambda g, y, x, order="K": g)


@composed(getattr(np, "astype", None))
def astype(x, dtype, /, *, copy=True):
    return ASTYPE((x,), {"dtype": dtype})


def _joined(original, axis, as_row):
    """`hstack` and its kin: a concatenation of arrays that were made wide enough first."""

    def body(tup):
        return concatenate([as_row(np.asarray(x) if not isinstance(x, Box) else x) for x in tup], axis(np.ndim(tup[0])))

    return composed(original, joins=True)(body)


hstack = _joined(np.hstack, lambda ndim: 0 if ndim < 2 else 1, np.atleast_1d)
vstack = _joined(np.vstack, lambda ndim: 0, np.atleast_2d)
dstack = _joined(np.dstack, lambda ndim: 2, np.atleast_3d)
column_stack = _joined(np.column_stack, lambda ndim: 1, lambda x: reshape(x, (-1, 1)) if np.ndim(x) < 2 else x)


@composed(np.block, joins=True)
def block(arrays):
    def depth(x):
        return 1 + depth(x[0]) if isinstance(x, list) else 0

    def joined(x, axis):
        return concatenate([joined(part, axis + 1) for part in x], axis) if isinstance(x, list) else widened(x)

    def widened(x):
        return reshape(x, (1,) * (depth(arrays) - np.ndim(x)) + np.shape(x))

    return joined(arrays, -depth(arrays))


@composed(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    """Slices at the places that numpy chooses."""
    places = np.array_split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    return _slices(ary, places, axis)


@composed(np.split)
def split(ary, indices_or_sections, axis=0):
    return _slices(ary, np.split(np.arange(np.shape(ary)[axis]), indices_or_sections), axis)


def _slices(x, places, axis):
    lead = (slice(None),) * (axis % np.ndim(x))
    return [x[(*lead, slice(p[0], p[-1] + 1) if len(p) else slice(0, 0))] for p in places]


@composed(np.hsplit)
def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@composed(np.vsplit)
def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


@composed(np.dsplit)
def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


@composed(getattr(np, "unstack", None))
def unstack(x, /, *, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


@composed(np.append)
def append(arr, values, axis=None):
    if axis is None:
        return concatenate([reshape(arr, -1), reshape(values, -1)])
    return concatenate([arr, values], axis)


@composed(np.delete)
def delete(arr, obj, axis=None):
    if axis is None:
        arr, axis = reshape(arr, -1), 0
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), obj), axis)


@composed(np.insert)
def insert(arr, obj, values, axis=None):
    """Taken from arr and values laid end to end, as numpy inserts their numbers."""
    if axis is None:
        arr, axis = reshape(arr, -1), 0
    n, at = np.shape(arr)[axis], np.arange(np.shape(arr)[axis])
    added = np.insert(at, obj, -1).size - n
    if np.ndim(obj) == 0 and np.ndim(values) > 0:  # one place takes all the values, one after the other
        values = np.moveaxis(values, 0, axis) if np.ndim(values) == np.ndim(arr) > 1 else values
        added = np.shape(values)[axis] if np.ndim(values) == np.ndim(arr) else 1
    places = np.insert(at, [obj] * added if np.ndim(obj) == 0 else obj, n + np.arange(added))
    shape = tuple(added if k == axis % np.ndim(arr) else m for k, m in enumerate(np.shape(arr)))
    return np.take(concatenate([arr, broadcast_to(values, shape)], axis), places, axis)


@composed(np.broadcast_arrays, joins=True)
def broadcast_arrays(*args):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(broadcast_to(x, shape) for x in args)


@composed(np.meshgrid, joins=True)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    rows = []
    for k, x in enumerate(xi):
        k = 1 - k if indexing == "xy" and k < 2 <= len(xi) else k
        rows.append(reshape(x, (1,) * k + (-1,) + (1,) * (len(xi) - k - 1)))
    return tuple(rows) if sparse else broadcast_arrays(*rows)


@composed(np.full_like, joins=True)
def full_like(a, fill_value, shape=None):
    """`fill_value` spread out; it alone has a gradient."""
    if not isinstance(fill_value, Box):
        return a.wrap(np.full_like(a.raw(), fill_value, shape=shape))
    whole = broadcast_to(fill_value, np.shape(a) if shape is None else shape)
    return whole if whole.dtype == a.dtype else ASTYPE((whole,), {"dtype": a.dtype})


@composed(np.linspace)
def linspace(start, stop, num=50, endpoint=True, axis=0):
    if axis != 0:
        return np.moveaxis(linspace(start, stop, num, endpoint), 0, axis)
    t = np.linspace(0.0, 1.0, num, endpoint, dtype=np.result_type(start, stop, 1.0))
    t = t.reshape((-1,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    return start * (1 - t) + stop * t

