"""Joining and splitting: several arrays laid into one, and one into several."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_kinds import alike, as_it_is, joined
from autodiff.core.box import Box, raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import External
from autodiff.core.registry import also, decomposition, rule, zero_derivative
from autodiff.failures.arguments import sequence_given
from autodiff.failures.nesting import deeper
from autodiff.rules.shapes import ASTYPE, broadcast_to, reshape

__all__ = [
    "append", "array_split", "astype", "block", "broadcast_arrays", "column_stack", "concatenate", "copy", "delete",
    "dsplit", "dstack", "full_like", "hsplit", "hstack", "insert", "linspace", "meshgrid", "split", "stack", "unstack",
    "vsplit", "vstack",
]  # fmt: skip


def _concatenate_vjp(g, y, *parts, axis=0, dtype=None, casting=None):
    """The parts of `g`, which is as `parts` laid end to end along `axis`."""
    sizes = [np.size(part) if axis is None else np.shape(part)[axis] for part in parts]
    lead = (slice(None),) * (0 if axis is None else axis % np.ndim(g))
    ends = itertools.accumulate(sizes)
    pieces = [g[(*lead, slice(end - size, end))] for end, size in zip(ends, sizes)]
    return [np.reshape(piece, np.shape(part)) for piece, part in zip(pieces, parts)] if axis is None else pieces


def _several():
    """How joining functions bind; numpy casts to the dtype."""

    def bind(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
        if not hasattr(arrays, "__getitem__"):  # numpy does not take an iterator either
            sequence_given(arrays, "Joining", "arrays")
        cast = {} if dtype is None and casting == "same_kind" else {"dtype": dtype, "casting": casting}
        return arrays, {"axis": axis, **cast, **({} if out is None else {"out": out})}

    return bind


concatenate = rule(
    np.concatenate,
    joint=_concatenate_vjp,
    forward=lambda *parts, axis=0, **cast: np.concatenate(parts, axis, **cast),
    bind=_several(),
    linear=True,
    batch=joined,
)


def _stack_vjp(g, y, *parts, axis=0, dtype=None, casting=None):
    """The slices of g along the new axis."""
    lead = (slice(None),) * (axis % np.ndim(g))
    return [g[(*lead, k)] for k in range(len(parts))]


stack = rule(
    np.stack,
    joint=_stack_vjp,
    forward=lambda *parts, axis=0, **cast: np.stack(parts, axis, **cast),
    bind=_several(),
    linear=True,
    batch=joined,
)

zero_derivative(np.zeros, np.ones, np.empty, np.eye, np.identity, np.arange, np.tri, fresh=True)  # by `like=x`
zero_derivative(np.zeros_like, np.ones_like, np.empty_like, batch=alike, fresh=True)

also(concatenate, getattr(np, "concat", None))
copy = rule(np.copy, lambda g, y, x, order="K": g, batch=as_it_is, fresh=True, takes_complex=True)


@decomposition(getattr(np, "astype", None))
def astype(x, dtype, /, *, copy=True):
    return ASTYPE((x,), {"dtype": dtype})


def _joined(original, axis, as_row, casts=False):
    """`hstack` and its kin: a concatenation of arrays that were made wide enough first."""

    def body(tup, *, dtype=None, casting="same_kind"):
        parts = [as_row(np.asarray(x) if not isinstance(x, Box) else x) for x in tup]
        return concatenate(parts, axis(np.ndim(tup[0])), dtype=dtype, casting=casting)

    return decomposition(original, takes_sequence=True)(body if casts else lambda tup: body(tup))


hstack = _joined(np.hstack, lambda ndim: 0 if ndim < 2 else 1, np.atleast_1d, casts=True)
vstack = _joined(np.vstack, lambda ndim: 0, np.atleast_2d, casts=True)
dstack = _joined(np.dstack, lambda ndim: 2, np.atleast_3d)
column_stack = _joined(np.column_stack, lambda ndim: 1, lambda x: reshape(x, (-1, 1)) if np.ndim(x) < 2 else x)


@decomposition(np.block, takes_sequence=True)
def block(arrays):
    def depth(x, level=0):
        return depth(x[0], deeper(level)) if isinstance(x, list) else level

    def joined(x, axis, level=0):
        if not isinstance(x, list):
            return widened(x)
        return concatenate([joined(part, axis + 1, deeper(level)) for part in x], axis)

    def ndim(x, level=0):
        return max([ndim(part, deeper(level)) for part in x], default=0) if isinstance(x, list) else np.ndim(x)

    def widened(x):
        return reshape(x, (1,) * (widest - np.ndim(x)) + np.shape(x))

    widest = max(depth(arrays), ndim(arrays))
    return joined(arrays, -depth(arrays))


@decomposition(np.array_split)
def array_split(ary, indices_or_sections, axis=0):
    """Slices at the places that numpy chooses."""
    axis = normalize_axis_index(axis, np.ndim(ary))
    places = np.array_split(np.arange(np.shape(ary)[axis]), indices_or_sections)
    return _slices(ary, places, axis)


@decomposition(np.split)
def split(ary, indices_or_sections, axis=0):
    axis = normalize_axis_index(axis, np.ndim(ary))
    return _slices(ary, np.split(np.arange(np.shape(ary)[axis]), indices_or_sections), axis)


def _slices(x, places, axis):
    lead = (slice(None),) * (axis % np.ndim(x))
    return [x[(*lead, slice(p[0], p[-1] + 1) if len(p) else slice(0, 0))] for p in places]


@decomposition(np.hsplit)
def hsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


@decomposition(np.vsplit)
def vsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 0)


@decomposition(np.dsplit)
def dsplit(ary, indices_or_sections):
    return split(ary, indices_or_sections, 2)


@decomposition(getattr(np, "unstack", None))
def unstack(x, /, *, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


@decomposition(np.append)
def append(arr, values, axis=None):
    if axis is None:
        return concatenate([reshape(arr, -1), reshape(values, -1)])
    return concatenate([arr, values], axis)


@decomposition(np.delete)
def delete(arr, obj, axis=None):
    if axis is None:
        arr, axis = reshape(arr, -1), 0
    return np.take(arr, np.delete(np.arange(arr.shape[axis]), obj), axis)


@decomposition(np.insert)
def insert(arr, obj, values, axis=None):
    """Taken from arr and values laid end to end, as numpy inserts their numbers, in the dtype of arr."""
    if axis is None:
        arr, axis = reshape(arr, -1), 0
    n, at = np.shape(arr)[axis], np.arange(np.shape(arr)[axis])
    places = np.insert(at, obj, -1)
    added = len(places) - n
    if np.ndim(values) < np.ndim(arr):
        values = reshape(values, (1,) * (np.ndim(arr) - np.ndim(values)) + np.shape(values))
    if added == 1:  # one place takes all the values, one after the other
        values = np.moveaxis(values, 0, axis) if np.ndim(obj) == 0 and not isinstance(obj, slice) else values
        first, added = int(np.flatnonzero(places == -1)[0]), np.shape(values)[axis]
        places = np.insert(at, [first] * added, n + np.arange(added))
    else:
        places = np.insert(at, obj, n + np.arange(added))
    while np.ndim(values) > np.ndim(arr):  # numpy drops such axes, which have length one
        values = values[0]
    shape = tuple(added if k == axis % np.ndim(arr) else m for k, m in enumerate(np.shape(arr)))
    arr, values = arr if hasattr(arr, "dtype") else np.asarray(arr), broadcast_to(values, shape)
    if values.dtype != arr.dtype:
        values = ASTYPE((values,), {"dtype": arr.dtype})
    return np.take(concatenate([arr, values], axis), places, axis)


@decomposition(np.broadcast_arrays, takes_sequence=True)
def broadcast_arrays(*args):
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple(broadcast_to(x, shape) for x in args)


@decomposition(np.meshgrid, takes_sequence=True)
def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    rows = []
    for k, x in enumerate(xi):
        k = 1 - k if indexing == "xy" and k < 2 <= len(xi) else k
        rows.append(reshape(x, (1,) * k + (-1,) + (1,) * (len(xi) - k - 1)))
    return tuple(rows) if sparse else broadcast_arrays(*rows)


@decomposition(np.full_like, takes_sequence=True)
def full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None, *, device=None):
    """`fill_value` spread out; it alone has a gradient."""
    if not isinstance(fill_value, (Box, Duck)):
        raw = raw_of(a)
        whole = np.full(np.shape(a), 0, a.dtype) if isinstance(raw, Duck) and type(raw) is not External else raw
        whole = np.full_like(whole, fill_value, dtype, order, shape=shape)
        return copy(a._wrap(whole)) if isinstance(a, Box) else whole
    whole = broadcast_to(fill_value, np.shape(a) if shape is None else shape)
    dtype = np.dtype(a.dtype if dtype is None else dtype)
    return copy(whole if whole.dtype == dtype else ASTYPE((whole,), {"dtype": dtype}), "C" if order == "K" else order)


@decomposition(np.linspace)
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, *, device=None):
    if retstep:
        steps = num - 1 if endpoint else num
        y = linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)
        return y, (stop - start) / steps if steps > 0 else math.nan
    if dtype is not None:
        y = linspace(start, stop, num, endpoint, axis=axis)
        return astype(np.floor(y) if np.issubdtype(dtype, np.integer) else y, dtype)
    if axis != 0:
        return np.moveaxis(linspace(start, stop, num, endpoint), 0, axis)
    t = np.arange(num, dtype=np.result_type(start, stop, 1.0)) / max(num - 1 if endpoint else num, 1)
    t = t.reshape((-1,) + (1,) * max(np.ndim(start), np.ndim(stop)))
    y = start + (stop - start) * t
    return np.where(t == 1, stop, y) if endpoint and num > 1 else y  # exactly there, also where `start` is infinite

