"""Histograms: the numbers that fall into a bin are counted, or their weights summed. Which bin a number falls into is constant;
the sums are linear in the weights, and the edges depend on the smallest and the largest number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import is_real, refuse_complex
from autodiff.core.finite import is_finite
from autodiff.core.op import everything_recorded
from autodiff.core.registry import decomposition, may_look, rule, stack_boxes
from autodiff.rules.add_at import add_at
from autodiff.rules.arithmetic import where
from autodiff.rules.indexing import SCATTER_BY, Hole, scatter
from autodiff.rules.looking import constant_op
from autodiff.rules.shapes import ASTYPE, reshape

__all__ = ["bincount", "histogram", "histogram2d", "histogram_bin_edges", "histogramdd"]


def _bincount_bind(x, /, weights=None, minlength=0):
    x = np.zeros(0, int) if isinstance(x, (list, tuple)) and not x else x
    return (x,) if weights is None else (x, weights), {"minlength": minlength}


def _bincount(x, weights=None, minlength=0):
    return np.bincount(x, weights, minlength)


def _bincount_of_scalars(x, weights, minlength=0):
    n = len(np.bincount(x, minlength=minlength))
    return np.stack([np.sum(weights[np.flatnonzero(x == k)]) for k in range(n)])


def _bincount_of_batch(op, inputs, flags, params):
    if flags != [False, True] or not isinstance(inputs[1], np.ndarray):
        raise NotBatchable
    x, weights = inputs
    sums = np.zeros((len(weights), len(np.bincount(x, **params))))
    add_at(sums, weights, (slice(None), x))
    return sums


bincount = rule(
    np.bincount, None, lambda g, y, x, weights=None, minlength=0: np.take(g, x),
    forward=_bincount, bind=_bincount_bind,
    linear=True, definition=_bincount_of_scalars, batch=_bincount_of_batch,
)  # fmt: skip


@constant_op
def bin_places(a, bins, range=None):
    """The bin of each number, and how many bins there are for a number that is in none."""
    edges = np.histogram_bin_edges(a, bins, range)
    if len(edges) < 2:
        return np.zeros(np.shape(a), int)
    places = np.searchsorted(edges, a, "right") - 1
    places = np.where(a == edges[-1], len(edges) - 2, places)
    return np.where((places >= 0) & (a <= edges[-1]), places, len(edges) - 1)


def _edges(a, bins, range):
    """The edges of the bins, which numpy spreads evenly from the smallest to the largest number if they are not given."""
    if np.ndim(bins) == 1:
        refuse_complex("A histogram's bins", (bins := _array(bins),), ())
        return bins
    if isinstance(bins, str):
        if everything_recorded.get():
            raise TypeError(f"How many bins {bins!r} makes depends on numbers, so the trace would freeze it: pass a number.")
        bins = len(np.histogram_bin_edges(np.asarray(raw_of(a)), bins, range)) - 1
    if np.size(a) == 0 or range is not None:
        return np.histogram_bin_edges(np.empty(0, a.dtype), bins, range)
    low, high = np.min(a), np.max(a)
    if may_look(low) and not (is_finite(low) and is_finite(high)):
        raise ValueError(f"The numbers range from {low} to {high}, which is not finite: no bins can be spread over them.")
    alone = np.equal(low, high)
    low, high = where(alone, low - 0.5, low), where(alone, high + 0.5, high)
    steps = np.arange(int(bins) + 1, dtype=low.dtype)
    return where(steps == int(bins), high, steps * ((high - low) / int(bins)) + low)


def _array(x):
    return x if isinstance(x, Box) else stack_boxes(x) if isinstance(x, (list, tuple)) else np.asarray(x)


def _floats(x):
    return x if x.dtype == float else ASTYPE((x,), {"dtype": float})


def _of_density(n, *widths):
    """As a density, which has the integral 1."""
    total = np.sum(n)
    for k, width in enumerate(widths):
        n = n / np.expand_dims(width, tuple(j for j in np.arange(np.ndim(n)) if j != k))
    return n / total


def _numbers(a, name):
    """All numbers of a, which have an order."""
    a = reshape(_array(a), -1)
    refuse_complex(name, (a,), ())
    if not is_real(a):
        raise TypeError(f"{name} of a tracked array does not take {a.dtype}: pass an array of real numbers.")
    return a


def _sums(places, weights, count):
    """How many of the places are each of 0, 1, ..., count - 1; or the sums of their weights."""
    if weights is None:
        return bincount(places, minlength=count)
    if isinstance(places, Box):
        return SCATTER_BY((weights, places), {"key": Hole, "shape": (count,)})
    return scatter(weights, key=places, shape=(count,))


@decomposition(np.histogram_bin_edges)
def histogram_bin_edges(a, bins=10, range=None, weights=None):
    return _edges(_numbers(a, "histogram_bin_edges"), bins, range)


def _histogram(weights, a, bins, range):
    return np.histogram(a, bins, range, weights=weights)[0]


def _histogram_vjp(g, y, weights, a, bins, range):
    return np.take(np.pad(g, (0, 1)), bin_places(a, bins, range=range))


def _histogram_of_scalars(weights, a, bins, range):
    places = bin_places(a, bins, range)
    return np.stack([np.sum(weights[np.flatnonzero(places == k)]) for k in np.arange(len(np.histogram(a, bins, range)[0]))])


HISTOGRAM: Any = rule(
    _histogram, _histogram_vjp, None, None, label="histogram", linear=True, definition=_histogram_of_scalars, internal=True
)  # fmt: skip


@decomposition(np.histogram)
def histogram(a, bins=10, range=None, density=None, weights=None):
    a, bins = _numbers(a, "histogram"), _array(bins) if isinstance(bins, (list, tuple)) else bins
    edges = _edges(a, bins, range)
    count = max(0, np.size(edges) - 1)
    bins = edges if np.ndim(bins) == 1 else count
    if weights is None:
        n = _sums(bin_places(a, bins, range=range), None, count + 1)[:count]
    else:
        n = HISTOGRAM(reshape(_array(weights), -1), a, bins, range=range)
    return (_of_density(n, _floats(np.diff(edges))) if density else n), edges


def _columns(sample):
    """The coordinates of the points: an array has a row for each point, a list has a list for each coordinate."""
    if hasattr(sample, "shape") and np.ndim(sample) == 2:
        return [_numbers(sample[:, k], "histogramdd") for k in range(np.shape(sample)[1])]
    return [_numbers(x, "histogramdd") for x in np.atleast_2d(_array(sample))]


@decomposition(np.histogramdd, takes_sequence=True)
def histogramdd(sample, bins=10, range=None, density=None, weights=None):
    columns = _columns(sample)
    bins = [bins] * len(columns) if not hasattr(bins, "__len__") else [_array(own) for own in bins]
    ranges = [None] * len(columns) if range is None else range
    edges = [_edges(*parts) for parts in zip(columns, bins, ranges)]
    counts = [np.size(part) - 1 for part in edges]
    place = 0
    for x, own, part, own_range, count in zip(columns, bins, edges, ranges, counts):
        place = place * (count + 1) + bin_places(x, part if np.ndim(own) == 1 else count, range=own_range)
    wide = [count + 1 for count in counts]
    weights = weights if weights is None else _floats(reshape(_array(weights), -1))[: np.size(place)]
    n = _floats(reshape(_sums(place, weights, math.prod(wide)), wide)[tuple(slice(count) for count in counts)])
    return (_of_density(n, *map(np.diff, edges)) if density else n), edges


@decomposition(np.histogram2d, takes_sequence=True)
def histogram2d(x, y, bins=10, range=None, density=None, weights=None):
    if hasattr(bins, "__len__") and len(bins) not in (1, 2):
        bins = [_array(bins)] * 2
    n, edges = histogramdd([x, y], bins, range, density, weights)
    return n, *edges
