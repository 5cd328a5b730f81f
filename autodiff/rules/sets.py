"""Sets: which numbers are taken, and in which order, is constant; the numbers are those that stand there. Of equal numbers the
first has the gradient."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autodiff.core.box import Box, strip
from autodiff.core.registry import decomposition, stack_boxes
from autodiff.rules.indexing import getitem_by_boxes
from autodiff.rules.joining import concatenate
from autodiff.rules.looking import constant_op
from autodiff.rules.shapes import reshape

__all__ = [
    "intersect1d", "setdiff1d", "setxor1d", "trim_zeros", "union1d", "unique", "unique_all", "unique_counts",
    "unique_inverse", "unique_values",
]  # fmt: skip

UNIQUE_ALL, UNIQUE_COUNTS, UNIQUE_INVERSE = (  # numpy's named tuples
    type(function(np.zeros(1))) for function in (np.unique_all, np.unique_counts, np.unique_inverse)
)


@constant_op
def unique_places(x, axis, equal_nan):
    """Where the different numbers stand first, in the order of the numbers; the place of each number among them; how often."""
    return np.unique(x, True, True, True, axis, equal_nan=equal_nan)[1:]


@decomposition(np.unique)
def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, *, equal_nan=True, sorted=True):
    """In the order of the numbers, also where they need not be `sorted`."""
    first, inverse, counts = unique_places(ar, axis=axis, equal_nan=equal_nan)
    chosen = ((first, return_index), (inverse, return_inverse), (counts, return_counts))
    more = [part for part, is_wanted in chosen if is_wanted]
    y = np.take(ar, first, axis)
    return (y, *more) if more else y


@decomposition(np.unique_values)
def unique_values(x):
    return np.take(x, value_places(x))


@constant_op
def value_places(x):
    """Where the different numbers stand first, in numpy's order, which it does not promise."""
    values, (_, first) = np.unique_values(x), np.unique(x, return_index=True, equal_nan=False)
    return first[np.argsort(np.argsort(values, kind="stable"))]


@decomposition(np.unique_all)
def unique_all(x):
    return UNIQUE_ALL(*unique(x, True, True, True, equal_nan=False))


@decomposition(np.unique_counts)
def unique_counts(x):
    return UNIQUE_COUNTS(*unique(x, return_counts=True, equal_nan=False))


@decomposition(np.unique_inverse)
def unique_inverse(x):
    return UNIQUE_INVERSE(*unique(x, return_inverse=True, equal_nan=False))


@decomposition(np.union1d)
def union1d(ar1, ar2):
    return unique(concatenate([ar1, ar2], axis=None))


@constant_op
def common_places(ar1, ar2, assume_unique):
    """Where the numbers that both have stand in each."""
    return np.intersect1d(ar1, ar2, assume_unique, return_indices=True)[1:]


@decomposition(np.intersect1d)
def intersect1d(ar1, ar2, assume_unique=False, return_indices=False):
    """The numbers are those of `ar1`, which alone has the gradient."""
    ar1, ar2 = _array(ar1), _array(ar2)
    first, second = common_places(ar1, ar2, assume_unique=assume_unique)
    y = _at(ar1, first)
    return (y, first, second) if return_indices else y


@constant_op
def other_places(ar1, ar2, assume_unique):
    """Where the numbers stand that only the first has."""
    if assume_unique:
        return np.flatnonzero(np.isin(ar1, ar2, assume_unique=True, invert=True))
    values, first = np.unique(ar1, return_index=True)
    return first[np.isin(values, ar2, invert=True)]


@decomposition(np.setdiff1d)
def setdiff1d(ar1, ar2, assume_unique=False):
    return _only_in(_array(ar1), _array(ar2), assume_unique)


def _only_in(ar1, ar2, assume_unique):
    return _at(ar1, other_places(ar1, ar2, assume_unique=assume_unique))


def _at(x, places):
    """The numbers at places of the flattened x, which may be a plain array where a trace follows the places."""
    flat = reshape(x, -1)
    return getitem_by_boxes(flat, places) if isinstance(places, Box) else flat[places]


def _array(x):
    return x if isinstance(x, Box) else stack_boxes(x) if isinstance(x, (list, tuple)) else np.asarray(x)


@decomposition(np.setxor1d)
def setxor1d(ar1, ar2, assume_unique=False):
    ar1, ar2 = _array(ar1), _array(ar2)
    return np.sort(concatenate([_only_in(ar1, ar2, assume_unique), _only_in(ar2, ar1, assume_unique)]))


@constant_op
def inner_places(filt, trim, axis):
    """The places along an axis that remain when zeros are trimmed."""
    found = np.nonzero(filt)[axis]
    low = np.min(found, initial=filt.shape[axis]) if "f" in trim.lower() else 0
    high = np.max(found, initial=-1) + 1 if "b" in trim.lower() else filt.shape[axis]
    return np.arange(int(low), int(high))


AXIS_IS_IGNORED = np.trim_zeros(np.zeros(1), axis=()).size == 0  # of vectors, before numpy 2.4


@decomposition(np.trim_zeros, takes_sequence=True)
def trim_zeros(filt, trim="fb", axis=None):
    if isinstance(filt, (list, tuple)):  # a part of the list, as numpy has it
        kept = np.trim_zeros(np.arange(1.0, len(filt) + 1) * (np.asarray(strip(filt)) != 0), trim)
        start = int(kept[0]) - 1 if kept.size else 0
        return filt[start : start + kept.size]
    every = axis is None or (np.ndim(filt) == 1 and AXIS_IS_IGNORED)
    axes = range(np.ndim(filt)) if every else normalize_axis_tuple(axis, np.ndim(filt))
    for k, places in [(k, inner_places(filt, trim=trim, axis=k)) for k in axes]:
        filt = np.take(filt, places, k)
    return filt
