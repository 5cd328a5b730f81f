"""How ops compute into a given array: `(out, *inputs, scratch, **params)` gives the calls, (function, arguments), that leave
in `out` the bits which the op's forward returns. `scratch(shape, dtype)` is an array that they may use. None: no such calls.

Where an op is elementwise, `out` may be one of its inputs.
"""

from __future__ import annotations

import functools

import numpy as np

ROW = 2**13


def relu_into(out, x, *, scratch):
    """The maximum of two arrays takes a third of the time of that of an array and a number: a row of zeros for all rows."""
    many = out.size // ROW
    if not (isinstance(x, np.ndarray) and x.shape == out.shape and x.flags.c_contiguous and out.flags.c_contiguous) or not many:
        zeros = np.zeros(out.shape if out.size < ROW else (), out.dtype)
        return [(functools.partial(np.maximum, out=out), (x, zeros))]  # it takes `out` by name only
    zeros, whole, (x, out) = np.zeros(ROW, out.dtype), many * ROW, (x.reshape(-1), out.reshape(-1))
    return [
        (functools.partial(np.maximum, out=out[:whole].reshape(many, ROW)), (x[:whole].reshape(many, ROW), zeros)),
        (functools.partial(np.maximum, out=out[whole:]), (x[whole:], zeros[: out.size - whole])),
    ]


def is_of_images(x, bias):
    """Whether x is many numbers in order, with several pixels for each first index, and the bias has one for each channel."""
    plain = type(x) is np.ndarray and type(bias) is np.ndarray and x.dtype == bias.dtype
    return plain and x.ndim > 2 and x.size >= ROW and x.flags.c_contiguous and bias.shape == x.shape[-1:]


def bias_add_into(out, x, bias, *, scratch):
    """numpy adds a bias to one pixel after another. A row of as many biases as an image has pixels is added in one go."""
    if not is_of_images(x, bias) or not out.flags.c_contiguous:
        return [(np.add, (x, bias, out))]
    row = scratch((x.size // len(x),), out.dtype)
    return [
        (np.copyto, (row.reshape(-1, bias.size), bias)),
        (np.add, (x.reshape(len(x), -1), row, out.reshape(len(x), -1))),
    ]


def sigmoid_into(out, x, *, scratch):
    if not isinstance(x, np.ndarray) or x.dtype != out.dtype:
        return None
    e, below, one = scratch(out.shape, out.dtype), scratch(out.shape, bool), np.ones((), out.dtype)
    return [
        (np.absolute, (x, e)), (np.negative, (e, e)), (np.exp, (e, e)), (np.less, (x, np.zeros((), out.dtype), below)),
        (np.copyto, (out, one)), (np.copyto, (out, e, "same_kind", below)), (np.add, (one, e, e)), (np.divide, (out, e, out)),
    ]  # fmt: skip


def softplus_into(out, x, *, scratch):
    return [(np.logaddexp, (x, np.zeros((), out.dtype), out))]


def softmax_into(out, x, *, scratch, axis=-1):
    if not isinstance(x, np.ndarray) or x.dtype != out.dtype or x is out:
        return None
    row = scratch(np.max(x, axis=axis, keepdims=True).shape, out.dtype)
    return [
        (np.maximum.reduce, (x, axis, None, row, True)), (np.subtract, (x, row, out)), (np.exp, (out, out)),
        (np.add.reduce, (out, axis, None, row, True)), (np.divide, (out, row, out)),
    ]  # fmt: skip


def log_softmax_into(out, x, *, scratch, axis=-1):
    if not isinstance(x, np.ndarray) or x.dtype != out.dtype:
        return None
    row, e = scratch(np.max(x, axis=axis, keepdims=True).shape, out.dtype), scratch(out.shape, out.dtype)
    return [
        (np.maximum.reduce, (x, axis, None, row, True)), (np.subtract, (x, row, out)), (np.exp, (out, e)),
        (np.add.reduce, (e, axis, None, row, True)), (np.log, (row, row)), (np.subtract, (out, row, out)),
    ]  # fmt: skip


def reduced_by(ufunc):
    """The calls of a reduction by a ufunc into an array, of floats and by axis alone."""

    def into(out, x, *, scratch, axis=None, keepdims=False, **others):
        plain = isinstance(x, np.ndarray) and x.dtype == out.dtype and x.dtype.kind == "f" and not others
        return [(ufunc.reduce, (x, axis, None, out, keepdims))] if plain else None

    return into


def mean_into(out, x, *, scratch, axis=None, keepdims=False, **others):
    calls = reduced_by(np.add)(out, x, scratch=scratch, axis=axis, keepdims=keepdims, **others)
    if calls is None or not x.size or x.dtype.itemsize < 4:
        return None
    return [*calls, (np.divide, (out, np.array(x.size // (out.size or 1), out.dtype), out))]


def pow_into(out, a, b, *, scratch):
    """As numpy's operator does it, for the exponents that it has a function for."""
    function = {2: np.square, 0.5: np.sqrt, -1: np.reciprocal}.get(b) if isinstance(b, (int, float)) else None
    plain = isinstance(a, np.ndarray) and a.ndim > 0 and a.dtype.kind == "f"
    return [(function, (a, out))] if function is not None and plain else None


def where_into(out, condition, a, b, *, scratch):
    return [(np.copyto, (out, b)), (np.copyto, (out, a, "same_kind", condition))] if _is_mask(condition) else None


def _is_mask(x):
    return isinstance(x, np.ndarray) and x.dtype == bool


def astype_into(out, x, *, scratch, dtype):
    return [(np.copyto, (out, x, "unsafe"))] if isinstance(x, np.ndarray) else None
