"""Products of arrays: matmul, dot, outer, tensordot and their kin."""

from __future__ import annotations

import functools

import numpy as np

from autodiff.core.batch_kinds import crossed, dotted, multiplied, tensor_dotted
from autodiff.core.dtypes import conjugate, is_numeric
from autodiff.core.registry import also, decomposition, rule
from autodiff.rules.arithmetic import where
from autodiff.rules.shapes import reshape

__all__ = ["cross", "dot", "inner", "kron", "matmul", "matvec", "outer", "tensordot", "vdot", "vecdot", "vecmat"]


def matrix_product(a, b, **params):
    """np.matmul; of two plain matrices by `dot`: the same call of BLAS, where small ones take half the time. (Of a box, a
    method of ndarray would see the numbers only, and its gradient would be lost.)"""
    if type(a) is np.ndarray and type(b) is np.ndarray and a.ndim == 2 and b.ndim == 2 and not params:
        try:
            return a.dot(b)
        except (TypeError, ValueError):
            if is_numeric(a.dtype) and is_numeric(b.dtype):
                raise  # of texts and dates np.matmul says what is wrong
    return np.matmul(a, b, **params)


def matrix_product_into(out, a, b, *, scratch, **params):
    if type(a) is not np.ndarray or type(b) is not np.ndarray or params or a.dtype != b.dtype:
        return None
    return [(np.dot if a.ndim == b.ndim == 2 else np.matmul, (a, b, out))]


def _matmul_a(g, y, a, b):
    """g b^T."""
    if a.ndim == b.ndim == 2:
        return matrix_product(g, b.T)
    if b.ndim == 1:
        return np.expand_dims(g, -1) * b if a.ndim > 1 else g * b
    if a.ndim == 1:
        return np.matmul(b, g) if b.ndim == 2 else np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _matmul_b(g, y, a, b):
    """a^T g."""
    if a.ndim == b.ndim == 2:
        return matrix_product(a.T, g)
    if a.ndim == 1:
        return np.expand_dims(a, -1) * np.expand_dims(g, -2) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return np.matmul(g, a) if a.ndim == 2 else np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


matmul = rule(
    np.matmul, _matmul_a, _matmul_b, forward=matrix_product, linear=True, symbol="@", batch=multiplied,
    into=matrix_product_into,
    keeps_nan=True,
)  # fmt: skip
also(matmul, np.linalg.matmul)


def _dot_a(g, y, a, b):
    """g b^T."""
    if np.ndim(a) == np.ndim(b) == 2:
        return matrix_product(g, b.T)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * b
    if np.ndim(b) == 1:
        return np.expand_dims(g, -1) * b
    return np.tensordot(g, b, axes=(tuple(range(np.ndim(a) - 1, np.ndim(g))), _all_but(np.ndim(b), np.ndim(b) - 2)))


def _dot_b(g, y, a, b):
    """a^T g."""
    if np.ndim(a) == np.ndim(b) == 2:
        return matrix_product(a.T, g)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * a
    lead = tuple(range(np.ndim(a) - 1))
    contracted = np.tensordot(a, g, axes=(lead, lead))
    return np.moveaxis(contracted, 0, np.ndim(b) - 2) if np.ndim(b) > 1 else contracted


def _all_but(ndim, axis):
    return tuple(a for a in range(ndim) if a != axis)


dot = rule(np.dot, _dot_a, _dot_b, linear=True, batch=dotted)
outer = rule(
    np.outer,
    lambda g, y, a, b: np.reshape(np.matmul(g, np.reshape(b, -1)), np.shape(a)),
    lambda g, y, a, b: np.reshape(np.matmul(np.reshape(a, -1), g), np.shape(b)),
    linear=True,
    batch=crossed,
)


@decomposition(np.linalg.outer)
def outer_of_vectors(x1, x2, /):
    """np.outer of vectors alone: numpy refuses other arrays."""
    return outer(x1, x2)


def _free_axes(ndim, axes):
    return [a for a in range(ndim) if a not in axes]


def _axes_of(a, b, axes):
    """tensordot's `axes` as two lists of non-negative numbers."""
    if np.ndim(axes) == 0:
        return list(range(np.ndim(a) - axes, np.ndim(a))), list(range(axes))
    left, right = ([x] if np.ndim(x) == 0 else list(x) for x in axes)
    return [x % np.ndim(a) for x in left], [x % np.ndim(b) for x in right]


def _tensordot_a(g, y, a, b, axes=2):
    """tensordot of g with b over the axes of b that remain."""
    left, right = _axes_of(a, b, axes)
    free_a, free_b = _free_axes(np.ndim(a), left), _free_axes(np.ndim(b), right)
    whole = np.tensordot(g, b, axes=(list(range(len(free_a), len(free_a) + len(free_b))), free_b))
    order = free_a + [left[k] for k in np.argsort(right)]
    return np.transpose(whole, tuple(int(k) for k in np.argsort(order)))


def _tensordot_b(g, y, a, b, axes=2):
    """tensordot of a with g over the axes of a that remain."""
    left, right = _axes_of(a, b, axes)
    free_a, free_b = _free_axes(np.ndim(a), left), _free_axes(np.ndim(b), right)
    whole = np.tensordot(a, g, axes=(free_a, list(range(len(free_a)))))
    order = [right[k] for k in np.argsort(left)] + free_b
    return np.transpose(whole, tuple(int(k) for k in np.argsort(order)))


tensordot = rule(np.tensordot, _tensordot_a, _tensordot_b, linear=True, batch=tensor_dotted)
also(tensordot, np.linalg.tensordot)


@decomposition(np.inner)
def inner(a, b):
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    return tensordot(a, b, axes=(-1, -1))


@decomposition(np.vdot)
def vdot(a, b):
    return dot(reshape(conjugate(a), -1), reshape(b, -1))


@decomposition(np.vecdot, np.linalg.vecdot)
def vecdot(x1, x2, /, *, axis=-1):
    if axis != -1:
        x1, x2 = np.moveaxis(x1, axis, -1), np.moveaxis(x2, axis, -1)
    return np.sum(conjugate(x1) * x2, axis=-1)


@decomposition(getattr(np, "matvec", None))
def matvec(x1, x2, /):
    return matmul(x1, np.expand_dims(x2, -1))[..., 0]


@decomposition(getattr(np, "vecmat", None))
def vecmat(x1, x2, /):
    return matmul(np.expand_dims(conjugate(x1), -2), x2)[..., 0, :]


@decomposition(np.kron)
def kron(a, b):
    """Every axis of the product is an axis of a times one of b."""
    ndim = max(np.ndim(a), np.ndim(b))
    m, n = ((1,) * (ndim - np.ndim(x)) + np.shape(x) for x in (a, b))
    wide_a = reshape(a, tuple(k for size in m for k in (size, 1)))
    wide_b = reshape(b, tuple(k for size in n for k in (1, size)))
    return reshape(wide_a * wide_b, tuple(i * j for i, j in zip(m, n)))


@decomposition(np.cross)
def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Three numbers and three to three; numpy's two and two to one is a determinant."""
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise ValueError(f"cross takes vectors of length 3, but got {np.shape(a)[-1]} and {np.shape(b)[-1]}.")
    y = a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]
    return np.moveaxis(y, -1, axisc)


@decomposition(np.linalg.cross)
def cross_along(x1, x2, /, *, axis=-1):
    return cross(x1, x2, axis=axis)


@decomposition(np.linalg.multi_dot, takes_sequence=True)
def multi_dot(arrays):
    """The product in the order that takes the fewest multiplications."""
    if len(arrays) == 2:
        return dot(*arrays)
    first, last = np.ndim(arrays[0]), np.ndim(arrays[-1])
    chain = [arrays[0] if first == 2 else reshape(arrays[0], (1, -1)), *arrays[1:]]
    chain[-1] = chain[-1] if last == 2 else reshape(chain[-1], (-1, 1))
    sizes = tuple(np.shape(x)[0] for x in chain) + (np.shape(chain[-1])[1],)

    def product(i, j):
        if j - i == 1:
            return chain[i]
        k = i + _cheapest(sizes[i : j + 1])[1]
        return matmul(product(i, k), product(k, j))

    return reshape(product(0, len(chain)), sizes[:1] * (first == 2) + sizes[-1:] * (last == 2))


@functools.cache
def _cheapest(sizes):
    """How many multiplications a chain of matrices of these sizes takes, and after which matrix to part it."""
    if len(sizes) < 3:
        return 0, 0
    parts = range(1, len(sizes) - 1)
    return min(
        (_cheapest(sizes[: k + 1])[0] + _cheapest(sizes[k:])[0] + sizes[0] * sizes[k] * sizes[-1], k) for k in parts
    )


@decomposition(np.linalg.matrix_power)
def matrix_power(a, n):
    """By repeated squaring."""
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return where(False, a, np.eye(np.shape(a)[-1], dtype=a.dtype))
    half = a if n == 1 else matrix_power(a, n // 2)
    return a if n == 1 else half @ half @ a if n % 2 else half @ half
