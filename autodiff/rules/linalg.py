"""Products of arrays: matmul, dot, outer, einsum."""

from __future__ import annotations

import numpy as np

from autodiff.core.ops import rule


def _matmul_a(g, y, a, b):
    if a.ndim == b.ndim == 2:
        return g @ b.T
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b if a.ndim > 1 else g * b
    if a.ndim == 1:
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _matmul_b(g, y, a, b):
    if a.ndim == b.ndim == 2:
        return a.T @ g
    if a.ndim == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


matmul = rule(np.matmul, _matmul_a, _matmul_b)


def _dot_a(g, y, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * b
    if np.ndim(b) == 1:
        return np.expand_dims(g, -1) * b
    return np.tensordot(g, b, axes=(tuple(range(np.ndim(a) - 1, np.ndim(g))), _all_but(np.ndim(b), np.ndim(b) - 2)))


def _dot_b(g, y, a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * a
    lead = tuple(range(np.ndim(a) - 1))
    contracted = np.tensordot(a, g, axes=(lead, lead))
    return np.moveaxis(contracted, 0, np.ndim(b) - 2) if np.ndim(b) > 1 else contracted


def _all_but(ndim, axis):
    return tuple(a for a in range(ndim) if a != axis)


dot = rule(np.dot, _dot_a, _dot_b)
outer = rule(
    np.outer,
    lambda g, y, a, b: np.reshape(np.matmul(g, np.reshape(b, -1)), np.shape(a)),
    lambda g, y, a, b: np.reshape(np.matmul(np.reshape(a, -1), g), np.shape(b)),
)


def _free_axes(ndim, axes):
    return [a for a in range(ndim) if a not in axes]


def _axes_of(a, b, axes):
    """tensordot's `axes` as two lists of non-negative numbers."""
    if np.ndim(axes) == 0:
        return list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    left, right = ([x] if np.ndim(x) == 0 else list(x) for x in axes)
    return [x % np.ndim(a) for x in left], [x % np.ndim(b) for x in right]


def _tensordot_a(g, y, a, b, axes=2):
    left, right = _axes_of(a, b, axes)
    free_a, free_b = _free_axes(np.ndim(a), left), _free_axes(np.ndim(b), right)
    whole = np.tensordot(g, b, axes=(list(range(len(free_a), len(free_a) + len(free_b))), free_b))
    order = free_a + [left[k] for k in np.argsort(right)]
    return np.transpose(whole, tuple(int(k) for k in np.argsort(order)))


def _tensordot_b(g, y, a, b, axes=2):
    left, right = _axes_of(a, b, axes)
    free_a, free_b = _free_axes(np.ndim(a), left), _free_axes(np.ndim(b), right)
    whole = np.tensordot(a, g, axes=(free_a, list(range(len(free_a)))))
    order = [right[k] for k in np.argsort(left)] + free_b
    return np.transpose(whole, tuple(int(k) for k in np.argsort(order)))


tensordot = rule(np.tensordot, _tensordot_a, _tensordot_b)
