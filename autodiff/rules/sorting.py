"""Sorting and searching: the order is a constant, the sorted numbers are those that stand there."""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import as_it_is, on_axes
from autodiff.core.registry import decomposition, zero_derivative
from autodiff.rules.indexing import take_along_axis

__all__ = ["partition", "sort"]

zero_derivative(np.argsort, np.argpartition, batch=on_axes(default=-1, flat=True))
zero_derivative(np.digitize, batch=as_it_is)
zero_derivative(np.lexsort, np.searchsorted, np.nonzero, np.flatnonzero, np.argwhere)


@decomposition(np.sort)
def sort(a, axis=-1, kind=None, stable=None):
    """By default equal numbers keep their order, also in the gradient."""
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    if kind is None and stable is None:
        kind = "stable"
    return take_along_axis(a, np.argsort(a, axis, kind=kind, stable=stable), axis)


@decomposition(np.partition)
def partition(a, kth, axis=-1):
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return take_along_axis(a, np.argpartition(a, kth, axis), axis)
