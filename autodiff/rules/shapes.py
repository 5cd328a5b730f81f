"""Shapes: the same numbers in another arrangement."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_kinds import (
    as_it_is,
    broadcast,
    lies_in_order,
    on_axes,
    reshaped,
    rolled,
    squeezed,
    tiled,
    transposed,
)  # fmt: skip
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import is_exact
from autodiff.core.external import External
from autodiff.core.registry import also, decomposition, rule
from autodiff.failures.nesting import brief
from autodiff.rules.into import astype_into

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "expand_dims", "flip", "fliplr", "flipud", "matrix_transpose",
    "moveaxis", "ravel", "repeat", "reshape", "resize", "roll", "rollaxis", "rot90", "squeeze", "swapaxes", "tile",
    "transpose",
]  # fmt: skip

reshape = rule(
    np.reshape, lambda g, y, x, shape, order="C", copy=None: _in_order(g, x, order),
    linear=True, batch=reshaped, view=True,
    keeps_nan=True,
)  # fmt: skip
ravel = rule(
    np.ravel, lambda g, y, x, order="C": _in_order(g, x, order),
    linear=True, batch=reshaped, view=True,
)  # fmt: skip


def _in_order(g, x, order):
    """`g`, of the numbers of x in this order, in the shape of x."""
    order = "C" if order is None else order.upper()
    if order in ("C", "F"):
        return np.reshape(g, np.shape(x), order=order)
    if lies_in_order(raw_of(x)):
        return np.reshape(g, np.shape(x))
    places = np.empty_like(raw_of(x), int)  # as x lies in the memory
    places[...] = np.arange(np.size(x)).reshape(np.shape(x))
    return np.reshape(np.reshape(g, -1)[np.argsort(np.ravel(places, order))], np.shape(x))


def _transpose_vjp(g, y, x, axes=None):
    """g with its axes back in their order."""
    if axes is None or np.ndim(axes) == 0:  # one axis can only stay where it is
        return np.transpose(g)
    return np.transpose(g, tuple(int(a) for a in np.argsort([a % np.ndim(x) for a in axes])))


transpose = rule(np.transpose, _transpose_vjp, linear=True, batch=transposed, view=True, keeps_nan=True)
also(transpose, np.permute_dims)
swapaxes = rule(
    np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2),
    linear=True, batch=on_axes("axis1", "axis2"), view=True,
)  # fmt: skip
moveaxis = rule(
    np.moveaxis, lambda g, y, x, source, destination: np.moveaxis(g, destination, source),
    linear=True, batch=on_axes("source", "destination"), view=True,
)  # fmt: skip
squeeze = rule(
    np.squeeze, lambda g, y, x, axis=None: np.reshape(g, np.shape(x)), linear=True, batch=squeezed, view=True, keeps_nan=True
)  # fmt: skip
expand_dims = rule(
    np.expand_dims, lambda g, y, x, axis: np.reshape(g, np.shape(x)), linear=True, batch=on_axes(new=True), view=True,
    keeps_nan=True,
)  # fmt: skip
broadcast_to = rule(  # the walk sums what was broadcast
    np.broadcast_to, lambda g, y, x, shape: g, linear=True, batch=broadcast, view=True, keeps_nan=True
)  # fmt: skip
flip = rule(np.flip, lambda g, y, x, axis=None: np.flip(g, axis), linear=True, batch=on_axes(), view=True)
roll = rule(np.roll, lambda g, y, x, shift, axis=None: np.roll(g, _opposite(shift), axis), linear=True, batch=rolled)


def _opposite(shift):
    return 0 - shift if np.ndim(shift) == 0 else tuple(0 - s for s in shift)  # numpy has no minus for bools


def _astype(x, dtype):
    if isinstance(dtype, (np.ndarray, Box)):
        raise TypeError(f"astype takes a dtype, such as x.dtype, but got {brief(dtype)}.")
    if isinstance(x, External):
        return x.astype(dtype, copy=False)  # on a GPU a copy is an operation of its own
    return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x).astype(dtype)


ASTYPE = rule(  # the walk casts back
    _astype, lambda g, y, x, dtype: g, label="astype", batch=as_it_is, internal=True, into=astype_into,
    takes_complex=True, keeps_nan=True,
    definition=lambda x, dtype: x,  # scalars are of one kind
).op  # fmt: skip
also(ASTYPE.function, "astype")


def floating(x):
    """x, with whole numbers and truth values as floats."""
    raw = raw_of(x)
    return ASTYPE((x,), {"dtype": float}) if is_exact(raw if hasattr(raw, "dtype") else np.asarray(raw)) else x


def _assigned(x, value):
    return value


def _stopped(x):
    return x


# A variable that is read after an assign, in a trace: its numbers are the value's, and gradients go to its first reading.
ASSIGNED = rule(_assigned, lambda g, y, x, value: g, None, label="assigned", internal=True).op
STOPPED = rule(_stopped, None, label="stop_gradient", batch=as_it_is, internal=True).op


def _matrix_transpose(x):
    return swapaxes(x, -1, -2)


matrix_transpose = decomposition(np.matrix_transpose, np.linalg.matrix_transpose)(_matrix_transpose)
fliplr = decomposition(np.fliplr)(lambda m: flip(m, 1))
flipud = decomposition(np.flipud)(lambda m: flip(m, 0))


@decomposition(np.rollaxis)
def rollaxis(a, axis, start=0):
    axis, start = normalize_axis_index(axis, np.ndim(a)), start + np.ndim(a) if start < 0 else start
    return moveaxis(a, axis, start - (axis < start))


@decomposition(np.rot90)
def rot90(m, k=1, axes=(0, 1)):
    if not k % 1 == 0:
        raise TypeError(f"rot90 does not take {k} turns: pass a whole number.")
    k = int(k) % 4
    turned = swapaxes(m, *axes) if k % 2 else m
    return flip(turned, [(), axes[0], tuple(axes), axes[1]][k])


def _atleast(original, widened):
    """`atleast_1d` and its kin, of one array or several."""

    def body(*arys):
        wide = tuple(reshape(x, widened(np.shape(x))) for x in arys)
        return wide[0] if len(arys) == 1 else wide

    return decomposition(original)(body)


atleast_1d = _atleast(np.atleast_1d, lambda shape: shape or (1,))
atleast_2d = _atleast(np.atleast_2d, lambda shape: (1,) * (2 - len(shape)) + shape)
atleast_3d = _atleast(np.atleast_3d, lambda s: (1,) * (len(s) < 2) + s + (1,) * (3 - len(s) - (len(s) < 2)))


def _tile_vjp(g, y, x, reps):
    """A sum over the copies: every axis of `g` is parted into (copy, place)."""
    if not np.size(x):
        return np.zeros(np.shape(x), g.dtype)
    try:
        reps = tuple(int(n) for n in reps)
    except TypeError:
        reps = (int(reps),)
    shape = (1,) * (len(reps) - np.ndim(x)) + np.shape(x)
    reps = (1,) * (len(shape) - len(reps)) + reps
    parted = np.reshape(g, tuple(n for pair in zip(reps, shape) for n in pair))
    return np.reshape(np.sum(parted, axis=tuple(range(0, 2 * len(shape), 2))), np.shape(x))


tile = rule(np.tile, _tile_vjp, linear=True, batch=tiled)


@decomposition(np.repeat)
def repeat(a, repeats, axis=None):
    if axis is None or (np.ndim(a) == 0 and axis in (0, -1)):
        a, axis = reshape(a, -1), 0
    axis = normalize_axis_index(axis, np.ndim(a))
    if np.ndim(repeats) == 0:
        shape, repeats = np.shape(a), int(repeats)
        wide = broadcast_to(expand_dims(a, axis + 1), (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return reshape(wide, (*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]))
    return np.take(a, np.repeat(np.arange(a.shape[axis]), repeats), axis)


@decomposition(np.resize)
def resize(a, new_shape):
    if np.size(a) == 0:
        return np.broadcast_to(np.sum(a), new_shape)  # zeros, as numpy fills it
    return reshape(a, -1)[np.resize(np.arange(np.size(a)), new_shape)]
