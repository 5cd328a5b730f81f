"""Arithmetic and linear algebra whose arguments have other names, or another order, in TensorFlow than in numpy."""

import functools

import numpy as np

import autodiff as ad
from nn.arguments import count, items, number, one, wrong
from nn.settings import dtype_of
from nn.tf._adapters import descending, zeros_like
from nn.tf._arguments import T, plain, raw, tensors, whole, with_axes


def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    return ad.clip(T(t), T(clip_value_min), T(clip_value_max))


def clip_by_norm(t, clip_norm, axes=None, name=None):
    clip_norm = T(clip_norm)
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
    a, b = T(a), T(b)
    try:
        return ad.tensordot(a, b, axes=axes)
    except (IndexError, TypeError, OverflowError):
        shapes = f"{np.shape(a)} and {np.shape(b)}"
        raise wrong(f"axes, of shapes {shapes},", "a number of axes, or the axes of a and those of b", axes) from None


def einsum(equation, *inputs, name=None):
    return ad.einsum(one("equation", equation, "text such as 'ij,jk->ik'", str), *(T(x) for x in inputs))


def norm(tensor, ord="euclidean", axis=None, keepdims=False, name=None):
    x, order = T(tensor), ord if isinstance(ord, str) else number("ord", ord)
    order = None if order == "euclidean" else order
    if axis is not None:
        return np.linalg.norm(x, order, plain(axis), keepdims)
    length = np.linalg.norm(np.reshape(x, -1), order)
    return np.reshape(length, (1,) * np.ndim(x)) if keepdims else length


def add_n(inputs, name=None):
    return functools.reduce(np.add, tensors("inputs", inputs))


def squared_difference(x, y, name=None):
    return np.square(T(x) - T(y))


def divide_no_nan(x, y, name=None):
    x, y = T(x), T(y)
    return np.where(raw(y) == 0, 0.0, x / np.where(raw(y) == 0, 1.0, y))


def cumsum(x, axis=0, exclusive=False, reverse=False, name=None):
    axis = plain(axis, "axis")
    x = np.flip(T(x), axis) if reverse else T(x)
    total = np.cumsum(x, axis) - (x if exclusive else 0)
    return np.flip(total, axis) if reverse else total


def cumprod(x, axis=0, name=None):
    return np.cumprod(T(x), plain(axis, "axis"))


def l2_normalize(x, axis=None, epsilon=1e-12, name=None):
    x = T(x)
    return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=plain(axis), keepdims=True), number("epsilon", epsilon)))


def diag(diagonal, name=None):
    numbers = with_axes("diagonal", T(diagonal), 1)
    return numbers[..., None] * np.eye(np.shape(numbers)[-1], dtype=numbers.dtype)


def diag_part(input, name=None):
    return np.diagonal(T(input), axis1=-2, axis2=-1)


def trace(x, name=None):
    return np.trace(T(x), axis1=-2, axis2=-1)


def scalar_mul(scalar, x, name=None):
    return T(scalar) * T(x)


def softmax(logits, axis=-1, name=None):
    return ad.softmax(T(logits), axis=plain(axis, "axis"))


def log_softmax(logits, axis=-1, name=None):
    return ad.log_softmax(T(logits), axis=plain(axis, "axis"))


def polygamma(a, x, name=None):
    return ad.polygamma(int(whole(a, "a")), T(x))


def polyval(coeffs, x, name=None):
    x, coefficients = T(x), tensors("coeffs", coeffs)
    return functools.reduce(lambda y, c: y * x + c, coefficients) if coefficients else zeros_like(x)


def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    t_list, clip_norm = items("t_list", t_list, "a list of tensors"), T(clip_norm)
    norm = global_norm(t_list) if use_norm is None else T(use_norm)
    factor = clip_norm / np.maximum(norm, clip_norm)
    return [t if t is None else T(t) * factor for t in t_list], norm


def global_norm(t_list, name=None):
    return np.sqrt(sum([np.sum(np.square(T(t))) for t in items("t_list", t_list, "a list of tensors") if t is not None]))


# -- counting: constants of derivative zero --------------------------------------------------------------------------


def bincount(arr, weights=None, minlength=None, name=None):
    return ad.constant(np.bincount(raw(arr).ravel(), None if weights is None else raw(weights).ravel(), minlength or 0))


def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=np.int32, name=None):
    """The number of examples for each [true class, predicted class]."""
    labels, predictions = whole(labels, "labels"), whole(predictions, "predictions")
    if labels.shape != predictions.shape or labels.ndim != 1:
        raise ValueError(f"labels and predictions have one shape (n,), but got {labels.shape} and {predictions.shape}.")
    largest = int(max(labels.max(initial=0), predictions.max(initial=0)))
    classes = largest + 1 if num_classes is None else count("num_classes", num_classes)
    if largest >= classes or min(labels.min(initial=0), predictions.min(initial=0)) < 0:
        raise ValueError(f"Labels and predictions lie in [0, {classes}), but the largest is {largest}, or one is below 0.")
    counts = np.zeros((classes, classes), dtype)
    np.add.at(counts, (labels, predictions), 1 if weights is None else raw(weights))
    return ad.constant(counts)


def count_nonzero(input, axis=None, keepdims=False, dtype=np.int64, name=None):
    return ad.constant(np.count_nonzero(raw(input), plain(axis), keepdims=bool(keepdims)), dtype_of(dtype))


def top_k(input, k=1, sorted=True, name=None):
    """The k greatest numbers along the last axis, the greatest first, and their indices."""
    x, k = with_axes("input", T(input), 1), count("k", k, 0)
    places = descending(raw(x), -1)[..., :k]
    return ad.take_along_axis(x, places, axis=-1), ad.constant(places, np.int32)
