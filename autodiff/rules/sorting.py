"""Sorting and searching: the order is a constant, the sorted numbers are those that stand there."""

from __future__ import annotations

import numpy as np

from autodiff.core.compositions import composed
from autodiff.core.ops import constant_function
from autodiff.rules.indexing import take_along_axis

__all__ = ["partition", "sort"]

constant_function(
    np.argsort, np.argpartition, np.lexsort, np.searchsorted, np.digitize, np.nonzero, np.flatnonzero, np.argwhere
)


@composed(np.sort)
def sort(a, axis=-1, kind=None, stable=None):
    """Equal numbers keep their order, also in the gradient."""
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return take_along_axis(a, np.argsort(a, axis, kind="stable"), axis)


@composed(np.partition)
def partition(a, kth, axis=-1):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return take_along_axis(a, np.argpartition(a, kth, axis), axis)
