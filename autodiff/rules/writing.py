"""Functions that write into an array. The array is one that can be written into, as `x.copy()` makes it; a write by a function
is an item assignment to it, and gradients flow to what was written and to what stays."""

from __future__ import annotations

import functools

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.box import Box
from autodiff.core.registry import also, decomposition, stack_boxes
from autodiff.rules.arithmetic import where as choice
from autodiff.rules.shapes import broadcast_to, reshape

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


def _writes(function):
    """Enter what a function writes into a box. Into an array of numpy's it writes plain numbers, which tapes hear."""

    def enter(body):
        @functools.wraps(body)
        def written(array, *args, **kwargs):
            if isinstance(array, Box):
                body(array, *args, **kwargs)
            else:
                function(array, *[np.asarray(x) if isinstance(x, Box) else x for x in args], **kwargs)

        return decomposition(function, takes_sequence=True)(written)

    return enter


def _values(v):
    return v if isinstance(v, Box) else stack_boxes(v) if isinstance(v, (list, tuple)) else np.asarray(v)


def _cycled(v, n):
    """The first n numbers of v, which begins again when it ends."""
    flat = reshape(v, -1)
    return flat if np.size(v) == n else flat[np.arange(n) % np.size(v)]


def _write(array, places, v):
    """Write at places of the flattened array."""
    if np.ndim(array) == 0 and np.size(places):
        array[()] = v[-1] if np.ndim(v) else v
    elif np.size(places):
        array[np.unravel_index(places, np.shape(array))] = v


@_writes(np.put)
def put(a, ind, v, mode="raise"):
    places, v = np.asarray(ind, dtype=np.intp).reshape(-1), _values(v)
    places = np.take(np.arange(np.size(a)), places, mode=mode)
    if np.size(v):
        _write(a, places, _cycled(v, np.size(places)))


@_writes(np.place)
def place(arr, mask, vals):
    places = np.flatnonzero(np.asarray(mask))
    _write(arr, places, _cycled(_values(vals), np.size(places)) if np.size(places) else 0.0)


@_writes(np.putmask)
def putmask(a, mask, values):
    values = _values(values)
    if np.size(values):
        a[...] = choice(np.reshape(mask, np.shape(a)), reshape(_cycled(values, np.size(a)), np.shape(a)), a)


@_writes(np.copyto)
def copyto(dst, src, casting="same_kind", where=True):
    src = _values(src)
    while np.ndim(src) > np.ndim(dst) and np.shape(src)[0] == 1:  # numpy drops such axes
        src = src[0]
    dst[...] = src if where is True else choice(where, src, dst)


@_writes(np.fill_diagonal)
def fill_diagonal(a, val, wrap=False):
    whole = np.zeros(np.shape(a), bool)
    np.fill_diagonal(whole, True, wrap=wrap)
    places, val = np.flatnonzero(whole), _values(val)
    if np.size(val):
        _write(a, places, _cycled(val, np.size(places)))


@_writes(np.put_along_axis)
def put_along_axis(arr, indices, values, axis):
    indices, values = np.asarray(indices), _values(values)
    if axis is None:
        if np.size(values):
            _write(arr, np.arange(np.size(arr))[indices], _cycled(values, np.size(indices)))
        return
    key = list(np.ogrid[tuple(slice(n) for n in np.shape(arr))])
    key[normalize_axis_index(axis, np.ndim(arr))] = indices
    arr[tuple(key)] = values


def _at(ufunc):
    """`ufunc.at(a, indices, b)`: a[indices] = ufunc(a[indices], b), once for each time that an index names a number."""

    def at(a, indices, b=None):
        places = np.arange(np.size(a)).reshape(np.shape(a))[indices]
        order = np.argsort(places, axis=None, kind="stable")
        runs = np.flatnonzero(np.diff(np.reshape(places, -1)[order], prepend=-1))
        turns = np.empty(np.size(places), int)
        turns[order] = np.arange(np.size(places)) - np.repeat(runs, np.diff(runs, append=np.size(places)))
        others = [] if b is None else [reshape(broadcast_to(_values(b), np.shape(places)), -1)]
        for turn in range(np.max(turns, initial=-1) + 1):
            chosen = np.flatnonzero(turns == turn)
            key = np.unravel_index(np.reshape(places, -1)[chosen], np.shape(a))
            a[key] = ufunc(a[key], *[other[chosen] for other in others])

    also(_writes(ufunc.at)(at), (ufunc, "at"))


for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.power, np.negative, np.square, np.exp):
    _at(ufunc)
