"""Shapes: the same numbers in another arrangement."""

from __future__ import annotations

import numpy as np

from autodiff.core.ops import constant_function, rule

reshape = rule(
    np.reshape,
    lambda g, y, x, shape: np.reshape(g, np.shape(x)),
    forward=lambda x, shape: np.reshape(x, shape),
    adapt=lambda a, /, shape=None, newshape=None: ((a,), {"shape": newshape if shape is None else shape}),
)
ravel = rule(np.ravel, lambda g, y, x: np.reshape(g, np.shape(x)))


def _transpose_vjp(g, y, x, axes=None):
    return np.transpose(g, None if axes is None else tuple(int(a) for a in np.argsort([a % np.ndim(x) for a in axes])))


transpose = rule(np.transpose, _transpose_vjp)
swapaxes = rule(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
moveaxis = rule(np.moveaxis, lambda g, y, x, source, destination: np.moveaxis(g, destination, source))
squeeze = rule(np.squeeze, lambda g, y, x, axis=None: np.reshape(g, np.shape(x)))
expand_dims = rule(np.expand_dims, lambda g, y, x, axis: np.reshape(g, np.shape(x)))
broadcast_to = rule(np.broadcast_to, lambda g, y, x, shape: g)  # the sweep sums what was broadcast
flip = rule(np.flip, lambda g, y, x, axis=None: np.flip(g, axis))
roll = rule(np.roll, lambda g, y, x, shift, axis=None: np.roll(g, _opposite(shift), axis))


def _opposite(shift):
    return -shift if np.ndim(shift) == 0 else tuple(-s for s in shift)


def _astype(x, dtype):
    return np.asarray(x).astype(dtype)


ASTYPE = rule(_astype, lambda g, y, x, dtype: g).op  # the sweep casts back


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

constant_function(np.zeros_like, np.ones_like)
