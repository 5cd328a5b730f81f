"""Arithmetic and linear algebra whose arguments TensorFlow calls or orders otherwise than numpy."""

import functools

import numpy as np

import autodiff as ad
from nn.tf._adapters import T, plain, raw


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    return ad.clip(T(t), clip_value_min, clip_value_max)


def clip_by_norm(t, clip_norm, axes=None, name=None):
    return T(t) * (clip_norm / np.maximum(norm(t, axis=axes, keepdims=True), clip_norm))


def where(condition, x=None, y=None, name=None):
    return ad.constant(np.argwhere(raw(condition))) if x is None else ad.where(raw(condition), T(x), T(y))


def matmul(a, b, transpose_a=False, transpose_b=False, name=None):
    a = ad.swapaxes(T(a), -1, -2) if transpose_a else T(a)
    b = ad.swapaxes(T(b), -1, -2) if transpose_b else T(b)
    if min(np.ndim(a), np.ndim(b)) < 2:
        raise ValueError(
            f"tf.matmul multiplies matrices, but got shapes {np.shape(a)} and {np.shape(b)}; write a column as shape "
            "(n, 1), or use tf.linalg.matvec, tf.tensordot(a, b, axes=1) or a @ b."
        )
    return ad.matmul(a, b)


def matvec(a, b, transpose_a=False, name=None):
    return matmul(a, np.expand_dims(T(b), -1), transpose_a)[..., 0]


def tensordot(a, b, axes, name=None):
    return ad.tensordot(T(a), T(b), axes=axes)


def einsum(equation, *inputs, name=None):
    return ad.einsum(equation, *(T(x) for x in inputs))


def norm(tensor, ord="euclidean", axis=None, keepdims=False, name=None):
    x, order = T(tensor), None if ord == "euclidean" else ord
    if axis is not None:
        return np.linalg.norm(x, order, plain(axis), keepdims)
    length = np.linalg.norm(np.reshape(x, -1), order)
    return np.reshape(length, (1,) * np.ndim(x)) if keepdims else length


def add_n(inputs, name=None):
    return functools.reduce(np.add, [T(x) for x in inputs])


def squared_difference(x, y, name=None):
    return np.square(T(x) - T(y))


def divide_no_nan(x, y, name=None):
    x, y = T(x), T(y)
    return np.where(raw(y) == 0, 0.0, x / np.where(raw(y) == 0, 1.0, y))


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    x = np.flip(T(x), axis) if reverse else T(x)
    total = np.cumsum(x, axis) - (x if exclusive else 0)
    return np.flip(total, axis) if reverse else total


def cumprod(x, axis=0, name=None):
    return np.cumprod(T(x), axis)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None):
    x = T(x)
    return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=plain(axis), keepdims=True), epsilon))


def diag(diagonal, name=None):
    return T(diagonal)[..., None] * np.eye(np.shape(diagonal)[-1], dtype=T(diagonal).dtype)


def diag_part(input, name=None):
    return np.diagonal(T(input), axis1=-2, axis2=-1)


def trace(x, name=None):
    return np.trace(T(x), axis1=-2, axis2=-1)
