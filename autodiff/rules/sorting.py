"""Sorting and searching: the order is a constant, the sorted numbers are those that stand there."""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import as_it_is, on_axes
from autodiff.core.registry import decomposition, rule, zero_derivative
from autodiff.rules.indexing import take_along_axis
from autodiff.rules.shapes import ASTYPE

__all__ = ["partition", "sort", "sort_complex"]

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


@decomposition(np.sort_complex)
def sort_complex(a):
    """By the real part, then by the imaginary one; real numbers become complex ones, of numpy's dtype."""
    y = sort(a, axis=-1)
    return ASTYPE((y,), {"dtype": np.sort_complex(np.zeros(1, y.dtype)).dtype})


def _partition_vjp(g, y, a, kth, axis=-1):
    """g, to the places that the numbers came from: the n-th smallest of y is the n-th smallest of a."""
    if axis is None or np.ndim(a) == 0:
        return np.reshape(_partition_vjp(g, y, np.reshape(a, -1), kth, 0), np.shape(a))
    axis = int(axis)  # numpy takes True here, but not in argsort
    sources, places = (np.argsort(x, axis, kind="stable") for x in (a, y))
    return take_along_axis(take_along_axis(g, places, axis), np.argsort(sources, axis), axis)


partition = rule(np.partition, _partition_vjp, batch=on_axes(flat=True), takes_complex=True)
