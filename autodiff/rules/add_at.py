"""Adding into an array at a key, where what the key names several times gets the sum: the derivative of indexing."""

from __future__ import annotations

import math

import numpy as np

from autodiff.core.along import added
from autodiff.core.external import External, as_array, released


def add_at(total, g, key):
    """Add `g` to what stands at `key`, in place."""
    if not repeats(key):
        if type(total) is External and total.is_lazy:
            total[key] = total[key] + g
        else:
            total[key] += g
    elif type(total) is External and total.is_lazy:
        total.data = added(total.data, tuple(map(released, _parts(key))), released(g))
    elif isinstance(total, np.ndarray) and _names_rows(key) and total.flags.c_contiguous:
        rows, axes = _row_numbers(key, total.shape)
        width = math.prod(axes)
        flat = np.reshape(rows, (-1, 1)) * width + np.arange(width)
        np.add.at(np.reshape(total, -1), np.reshape(flat, -1), np.reshape(np.broadcast_to(g, (*rows.shape, *axes)), -1))
    else:
        np.add.at(total, key, g)


def repeats(key):
    """Whether a key might name an element twice: only arrays of integers can, and what numpy makes such arrays of, as lists and
    the tuples inside a tuple."""
    return any(not isinstance(part, ONCE) and _dtype(part).kind != "b" for part in _parts(key))


def _dtype(part):
    return as_array(part).dtype


ONCE = (slice, int, np.generic, type(None), type(...))


def _parts(key):
    return key if isinstance(key, tuple) else (key,)


def _names_rows(key):
    """Whether a key has whole numbers and arrays of them only: it names rows of the first axes. numpy adds their numbers five
    times as fast if it is told the place of each."""
    basic = (slice, type(None), type(...))
    return all(not isinstance(part, basic) and np.issubdtype(_dtype(part), np.integer) for part in _parts(key))


def _row_numbers(key, shape):
    """The number of the row that each index names, where the first axes are counted as one; and the axes of a row."""
    rows = np.zeros((), int)
    for part, n in zip(_parts(key), shape):
        part = np.asarray(part).astype(int, copy=False)
        rows = rows * n + np.where(part < 0, part + n, part)
    return rows, shape[len(_parts(key)) :]
