"""The methods of numpy's functions of two arguments: `reduce`, `accumulate` and `reduceat` fold an array along an axis.

`outer` is the function itself, and `at` is in writing.py. On processors with AVX-512, numpy's `power.reduce` and
`arctan2.reduce` give other numbers than their definition, so these two have no rule.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_kinds import on_axes
from autodiff.core.box import Array, Box
from autodiff.core.registry import also, decomposition, zero_derivative
from autodiff.rules.indexing import scatter, take_along_axis
from autodiff.rules.joining import stack
from autodiff.rules.looking import constant_op
from autodiff.rules.reductions import flatten_axes
from autodiff.rules.shapes import ASTYPE, expand_dims
from autodiff.rules.softmax import logsumexp

__all__: list[str] = []

FOLDED = (  # besides those whose reduction has a rule of its own: sum, prod, max, min, logsumexp
    np.subtract, np.divide, np.float_power, np.hypot, np.logaddexp2, np.remainder, np.fmod, np.copysign,
)  # fmt: skip


def _parts(array, axis):
    """The slices along an axis."""
    lead = (slice(None),) * axis
    return [array[(*lead, k)] for k in range(np.shape(array)[axis])]


def _cast(array, dtype):
    return array if dtype is None or array.dtype == dtype else ASTYPE((array,), {"dtype": dtype})


def _one_axis(axis, array):
    axis = axis[0] if isinstance(axis, tuple) and len(axis) == 1 else axis
    return normalize_axis_index(0 if axis is None else axis, np.ndim(array))


def _enter(ufunc, method, body):
    also(decomposition(getattr(ufunc, method))(body), (ufunc, method))


def _reduction(ufunc):
    def reduce(array, axis=0, dtype=None, keepdims=False, initial=None, where=True):
        given = where is not True or initial is not None
        flat, _ = flatten_axes(_cast(array, _kind(ufunc, array, dtype) if given else dtype), axis)
        parts = _parts(flat, np.ndim(flat) - 1)
        if given:
            y = _masked(ufunc, flat, initial, flatten_axes(np.broadcast_to(where, np.shape(array)), axis)[0])
            return _kept(y, array, axis, keepdims)
        if ufunc.identity is not None and len(parts) < 2:
            start = np.float16(ufunc.identity)  # the narrowest float: the others keep their dtype
            parts = [start, *parts] if parts else [np.sum(flat, axis=-1) + start]
        return _kept(functools.reduce(ufunc, parts), array, axis, keepdims)

    return reduce


def _kept(y, array, axis, keepdims):
    kept = range(np.ndim(array)) if axis is None else np.atleast_1d(axis)
    return expand_dims(y, tuple(int(k) % np.ndim(array) for k in kept)) if keepdims else y


def _masked(ufunc, flat, initial, mask):
    """The parts along the last axis folded from `initial` on, each where its part of the mask says so."""
    y = _start(ufunc.identity if initial is None else initial, flat.dtype)
    if flat.shape[-1] == 0:
        return np.sum(flat, axis=-1) + y
    for part, chosen in zip(*(_parts(x, np.ndim(x) - 1) for x in (flat, mask))):
        y = np.where(chosen, ufunc(y, part), y)
    return y


def _kind(ufunc, array, dtype):
    """The dtype in which numpy reduces an array."""
    return ufunc.reduce(np.ones(1, array.dtype), dtype=dtype).dtype


def _start(initial, kind):
    """What a reduction begins with, in its dtype."""
    if isinstance(initial, Box):
        return _cast(initial, kind) if isinstance(initial, Array) else initial
    return np.asarray(initial).astype(kind)[()]


def _logsumexp(array, axis=0, dtype=None, keepdims=False, initial=None, where=True):
    array = _cast(array, _kind(np.logaddexp, array, dtype))
    y = logsumexp(array if where is True else np.where(where, array, -math.inf), axis=axis, keepdims=keepdims)
    return y if initial is None else np.logaddexp(y, _start(initial, y.dtype))


def _accumulation(ufunc):
    def accumulate(array, axis=0, dtype=None):
        axis = _one_axis(axis, array)
        parts = _parts(_cast(array, dtype), axis)
        for k in range(1, len(parts)):
            parts[k] = ufunc(parts[k - 1], parts[k])
        return stack(parts, axis) if parts else array

    return accumulate


def _pieces(indices, n):
    """The slice of each of the indices of a reduceat: up to the next index, if that is larger, else one place."""
    stops = [*indices[1:], n]
    return [slice(start, stop if stop > start else start + 1) for start, stop in zip(indices, stops)]


def _reduction_at(reduce):
    def reduceat(array, indices, axis=0, dtype=None):
        array, axis = _cast(array, dtype), _one_axis(axis, array)
        lead = (slice(None),) * axis
        pieces = _pieces(np.asarray(indices).tolist(), np.shape(array)[axis])
        parts = [
            reduce(array[(*lead, piece)], axis=axis) if piece.stop - piece.start > 1 else array[(*lead, piece.start)]
            for piece in pieces  # a number alone stays as it is: numpy's hypot.reduce of it is its size
        ]
        return stack(parts, axis) if parts else array[(*lead, slice(0, 0))]

    return reduceat


def _sums_at(array, indices, axis=0, dtype=None):
    """All sums at once, as each place belongs to some of them."""
    array, axis = _cast(array, dtype), _one_axis(axis, array)
    array = _cast(array, int) if array.dtype == bool and dtype is None else array
    pieces = _pieces(np.asarray(indices).tolist(), np.shape(array)[axis])
    places = np.concatenate([np.arange(piece.start, piece.stop) for piece in pieces] or [np.zeros(0, int)])
    sums = np.repeat(np.arange(len(pieces)), [piece.stop - piece.start for piece in pieces])
    shape = (*np.shape(array)[:axis], len(pieces), *np.shape(array)[axis + 1 :])
    return scatter(np.take(array, places, axis), key=(slice(None),) * axis + (sums,), shape=shape)


@constant_op(batch=on_axes())
def record_places(array, axis, ufunc):
    """Where the largest (or smallest) number so far stands, of equal ones the first."""
    best = np.moveaxis(ufunc.accumulate(array, axis), axis, -1)
    before, after = best[..., :-1], best[..., 1:]
    is_new = (after != before) & ~(np.isnan(after) & np.isnan(before))
    is_new = np.concatenate([np.ones_like(best[..., :1], bool), is_new], -1)
    places = np.maximum.accumulate(np.where(is_new, np.arange(best.shape[-1]), 0), -1)
    return np.moveaxis(places, -1, axis)


def _record(ufunc):
    def accumulate(array, axis=0, dtype=None):
        array, axis = _cast(array, dtype), _one_axis(axis, array)
        return take_along_axis(array, record_places(array, axis=axis, ufunc=ufunc), axis)

    return accumulate


ufunc: Any
for ufunc in FOLDED:
    _enter(ufunc, "reduce", _reduction(ufunc))
_enter(np.logaddexp, "reduce", _logsumexp)
for ufunc in (*FOLDED, np.logaddexp, np.power, np.arctan2):
    _enter(ufunc, "accumulate", _accumulation(ufunc))
for ufunc in (*FOLDED, np.logaddexp):
    _enter(ufunc, "reduceat", _reduction_at(_reduction(ufunc)))
for ufunc in (np.multiply, np.maximum, np.minimum, np.fmax, np.fmin):
    _enter(ufunc, "reduceat", _reduction_at(ufunc.reduce))
for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    _enter(ufunc, "accumulate", _record(ufunc))
_enter(np.add, "reduceat", _sums_at)
for ufunc in (np.logical_and, np.logical_or, np.logical_xor, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.floor_divide):
    for method in ("reduce", "accumulate", "reduceat"):
        zero_derivative(getattr(ufunc, method))
        also(getattr(ufunc, method), (ufunc, method))
