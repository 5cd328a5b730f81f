"""New arrays of given numbers: `array` and `full` of parts that tapes follow, and even spacing on a logarithmic scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.registry import also, decomposition, stack_boxes
from autodiff.rules.arithmetic import power, where
from autodiff.rules.joining import astype, linspace, vstack
from autodiff.rules.joining import copy as copied
from autodiff.rules.shapes import broadcast_to, reshape
from autodiff.rules.signal import trapezoid

__all__ = ["array", "full", "geomspace", "logspace"]


@decomposition(np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, takes_sequence=True)
def array(object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    """numpy's function asks what it makes of numbers by `like=x`; ours needs no such word."""
    made: Any = object if isinstance(object, Box) else stack_boxes(object)
    made = made if dtype is None or made.dtype == dtype else astype(made, dtype)
    return copied(reshape(made, (1,) * (ndmin - np.ndim(made)) + np.shape(made)))


@decomposition(np.full, takes_sequence=True)
def full(shape, fill_value, dtype=None, order="C", *, device=None):
    fill_value = fill_value if isinstance(fill_value, Box) else stack_boxes(fill_value)
    shape = () if shape is None else shape  # as before numpy 2.4
    while np.ndim(fill_value) > np.size(shape) and np.shape(fill_value)[0] == 1:  # numpy drops such axes
        fill_value = fill_value[0]
    made = broadcast_to(fill_value, shape)
    return copied(made if dtype is None or made.dtype == dtype else astype(made, dtype))


@decomposition(np.logspace)
def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    if np.ndim(base):
        ndim = max(map(np.ndim, (start, stop, base)))
        start, stop, base = (reshape(x, (1,) * (ndim - np.ndim(x)) + np.shape(x)) for x in (start, stop, base))
        base = np.expand_dims(base, axis)
    y = power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else astype(y, dtype)


@decomposition(np.geomspace)
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Negative numbers are spaced as their absolute values."""
    kind = np.result_type(start, stop, np.zeros((), dtype))
    start, stop = (x if getattr(x, "dtype", None) == kind else astype(x, kind) for x in (start, stop))
    sign, dtype = np.sign(start), kind if dtype is None else dtype
    first, last = start / sign, stop / sign
    y = logspace(np.log10(first), np.log10(last), num, endpoint)
    place = np.reshape(np.arange(num), (-1,) + (1,) * (np.ndim(y) - 1))
    y = where(place == 0, first, y)
    y = (where(place == num - 1, last, y) if num > 1 and endpoint else y) * sign
    return np.moveaxis(y if y.dtype == dtype else astype(y, dtype), 0, axis)


# other names, which some releases of numpy have
also(vstack, getattr(np, "row_stack", None))
also(trapezoid, getattr(np, "trapz", None))
also(np.isin, getattr(np, "in1d", None))
