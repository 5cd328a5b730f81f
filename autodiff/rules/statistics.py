"""Statistics: averages, quantiles and covariances."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autodiff.core.batch_kinds import on_axes
from autodiff.core.box import Box
from autodiff.core.dtypes import conjugate, is_complex, is_inexact, is_real, refuse_complex
from autodiff.core.duck import Duck
from autodiff.core.external import as_array
from autodiff.core.registry import decomposition, may_look, none_of, op, seen, stack_boxes
from autodiff.rules.indexing import getitem_by_boxes, take_along_axis
from autodiff.rules.joining import astype
from autodiff.rules.looking import looking
from autodiff.rules.missing import nanmean
from autodiff.rules.quantile_places import PLACES, moving_place, place_of
from autodiff.rules.reductions import count, flatten_axes, mean, sum
from autodiff.rules.shapes import floating
from autodiff.rules.sorting import sort

__all__ = [
    "average", "corrcoef", "cov", "median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile",
    "standardize",
]  # fmt: skip


def _weights_of(a, weights, axis):
    """Weights in the shape of a. They may be one for each place along the axes."""
    if np.shape(weights) != np.shape(a):
        weights = np.transpose(weights, np.argsort(axis).tolist())
        weights = np.reshape(weights, tuple(n if k in axis else 1 for k, n in enumerate(np.shape(a))))
    return np.broadcast_to(weights, np.shape(a))


@decomposition(np.average)
def average(a, axis=None, weights=None, returned=False, keepdims=False):
    axis = axis if axis is None else normalize_axis_tuple(axis, np.ndim(a))
    if weights is None:
        y, total = mean(a, axis=axis, keepdims=keepdims), np.asarray(float(count(a, axis)))
    else:
        spread = _weights_of(a, weights, axis)
        weighted = a * spread
        options = {} if spread.dtype == weighted.dtype else {"dtype": weighted.dtype}  # as numpy adds them
        total = sum(spread, axis=axis, keepdims=keepdims, **options)
        if may_look(total) and np.any(seen(total) == 0):
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        y = sum(weighted, axis=axis, keepdims=keepdims) / total
    return (y, np.broadcast_to(total, np.shape(y))) if returned else y


def _ordered(a, axis, keepdims):
    """The numbers that a quantile takes together along the last axis; the same sorted; the function that gives its shape."""
    flat, _ = flatten_axes(floating(a), axis)
    kept = () if not keepdims else tuple(range(a.ndim)) if axis is None else axis

    def shaped(y, extra=0):
        if not keepdims:
            return y
        axes = (kept,) if np.ndim(kept) == 0 else kept
        return np.expand_dims(y, tuple(extra + k % a.ndim for k in axes))

    if flat.shape[-1] == 0:  # of nothing
        nothing = sum(flat, axis=-1, keepdims=True) + math.nan
        return nothing, nothing, shaped
    return flat, sort(flat, axis=-1), shaped


def _between(a, b, part):
    """That part of the way from a to b, from the nearer end, as numpy has it: infinities too."""
    return np.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1 - part))


def _halfway(a, b, part):
    """The same for a median, which is the mean of the two."""
    a = a if is_inexact(a) else a * 1.0
    return a if none_of(part != 0) else np.where(part == 0, a, 0.5 * (a + b))


def _dtype_of(a, q, method="linear"):
    """The dtype of numpy's quantiles: q counts too, unless it is a number of Python's."""
    if is_complex(a):
        return a.dtype
    if not is_real(a) or (a.dtype.kind == "f" and type(q) is float and method == "linear"):
        return a.dtype if a.dtype.kind == "f" else np.dtype(float)
    q = np.zeros(np.shape(q), q.dtype) if hasattr(q, "dtype") else q
    return np.quantile(np.zeros(1, a.dtype), q, method=method).dtype


def _percent(a, q):
    return np.true_divide(q, a.dtype.type(100) if a.dtype.kind == "f" else 100)


def _moving(q, missing, weights):
    """A `q` that tapes follow, as an array. numpy's checks were for the numbers of one call."""
    if missing or weights is not None:
        raise TypeError(
            "A quantile's `q` has a derivative without weights=, in functions that do not pass over NaN: here that gradient "
            "would be lost; pass plain numbers."
        )
    if may_look(q) and np.any((seen(q) < 0) | (seen(q) > 1)):
        raise ValueError("Quantiles must be in the range [0, 1], percentiles in the range [0, 100].")
    return stack_boxes([q])[0] if q._is_number() else q


def _numbers_at(ordered, places):
    """The numbers at places along the last axis; a trace follows the places also where the numbers are plain."""
    return getitem_by_boxes(ordered, (..., places)) if isinstance(places, Box) else ordered[..., places]


def _quantile(a, q, axis, method, keepdims, between, weights=None, missing=False):
    """Between the two numbers that the method chooses: it is asked where among 0, 1, 2, ... the quantile lies. NaN are sorted
    last. If they count as `missing`, or have weights, each row has places of its own."""
    if between is _between:  # of a median numpy takes complex numbers, in their order
        refuse_complex("A quantile", (a,), ())
    if missing and np.size(a) == 0:  # whatever q is, as numpy has it
        return nanmean(a, axis=axis, keepdims=keepdims)
    rows, ordered, shaped = _ordered(a, axis, keepdims)
    if isinstance(q, Box):
        q = _moving(q, missing, weights)
    if not missing and not none_of(np.isnan(ordered)):
        ordered = np.where(np.isnan(ordered[..., -1:]), np.nan, ordered)
    of_rows = missing or weights is not None
    if of_rows:
        options = {}
        if weights is not None:
            axes = axis if axis is None else normalize_axis_tuple(axis, np.ndim(a))
            options["weights"] = flatten_axes(_weights_of(a, weights, axes), axis)[0]
        place = PLACES((rows, np.ravel(q)), {**options, "method": method})
    elif isinstance(q, Box) and method != "linear":
        place = moving_place(q, ordered.shape[-1], method)
    elif method == "linear":
        place = (q if isinstance(q, Box) else np.asarray(q)) * (ordered.shape[-1] - 1)
    else:
        place = place_of(q, ordered.shape[-1], method)
    low, high = np.floor(place).astype(int), np.ceil(place).astype(int)
    dtype = _dtype_of(a, q, method)
    if isinstance(q, Box):  # between two numbers of the data the slope is that to the right
        high = np.minimum(low + 1, ordered.shape[-1] - 1)
    part = (place - low).astype(dtype if dtype.kind == "f" else float)
    if of_rows:
        y = between(take_along_axis(ordered, low, -1), take_along_axis(ordered, high, -1), part)
        y = np.reshape(y, (*np.shape(y)[:-1], *np.shape(q)))
    else:
        y = between(_numbers_at(ordered, low), _numbers_at(ordered, high), part)
    y = y if y.dtype == dtype else astype(y, dtype)  # of whole numbers some methods choose one
    several = np.ndim(q)
    return shaped(np.moveaxis(y, tuple(range(y.ndim - several, y.ndim)), tuple(range(several))), several)


@decomposition(np.quantile)
def quantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    return _quantile(a, q, axis, method, keepdims, _between, weights)


@decomposition(np.percentile)
def percentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    return _quantile(a, _percent(a, q), axis, method, keepdims, _between, weights)


@decomposition(np.median)
def median(a, axis=None, overwrite_input=False, keepdims=False):
    if np.size(a) == 0:
        return mean(a, axis=axis, keepdims=keepdims)
    return _quantile(floating(a), 0.5, axis, "linear", keepdims, _halfway)


@decomposition(np.nanquantile)
def nanquantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    return _quantile(a, q, axis, method, keepdims, _between, weights, missing=True)


@decomposition(np.nanpercentile)
def nanpercentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    return _quantile(a, _percent(a, q), axis, method, keepdims, _between, weights, missing=True)


@decomposition(np.nanmedian)
def nanmedian(a, axis=None, overwrite_input=False, keepdims=False):
    return _quantile(floating(a), 0.5, axis, "linear", keepdims, _halfway, missing=True)


@decomposition(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    x = np.atleast_2d(m)
    double = np.result_type(x.dtype, np.float64)  # as numpy has it, also of float32
    x = x if x.dtype == double else astype(x, double)
    if not rowvar and np.ndim(m) > 1:
        x = np.transpose(x)
    if x.shape[0] == 0:
        numbers = np.reshape(x, -1) if y is None else np.concatenate([np.reshape(x, -1), np.reshape(y, -1)])
        return np.reshape(numbers[:0], (0, 0))  # whatever y is, as numpy has it
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other if rowvar or np.ndim(y) == 1 else np.transpose(other)])
    x = x if dtype is None else astype(x, dtype)
    ddof = ddof if ddof is not None else int(bias == 0)  # as numpy asks
    if fweights is None and aweights is None:
        centred = x - np.mean(x, axis=1, keepdims=True)
        n = x.shape[1] - ddof
        return np.squeeze(centred @ conjugate(np.transpose(centred))) / (n if n > 0 else 0)
    kind = x.dtype if x.dtype.kind == "f" and dtype is None else float
    aweights = aweights if isinstance(aweights, (Box, Duck)) or aweights is None else np.asarray(aweights, kind)
    w = (1.0 if fweights is None else np.asarray(fweights, kind)) * (1.0 if aweights is None else aweights)
    total = np.sum(w)
    centred = x - np.expand_dims(x @ w / total, 1)
    n = total - (ddof if aweights is None else ddof * np.sum(w * aweights) / total)
    return np.squeeze((centred * w) @ conjugate(np.transpose(centred))) / np.where(n > 0, n, 0)


@decomposition(np.corrcoef)
def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    c = cov(x, y, rowvar, dtype=dtype)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.real(np.diagonal(c)))
    return c / scale / np.expand_dims(scale, 1)


def _mean_along(x, axis, times=None):
    """The mean of x, or of x * times, with `keepdims`. Of plain floats along the last axis it is a product of BLAS, a third of
    the time of np.mean."""
    if type(x) is np.ndarray and x.size and x.dtype.char in "fd" and axis in (-1, x.ndim - 1, (x.ndim - 1,)):
        n = x.shape[-1]
        return np.expand_dims(np.vecdot(x, np.ones(n, x.dtype) if times is None else times), -1) / n
    return np.mean(x if times is None else x * times, axis=axis, keepdims=True)


@looking
def _standardize_vjp(g, y, x, axis=-1, epsilon=0.0):
    """What arrives is freed of its mean, and of its part along y: x can't move the result that way."""
    centred = x - _mean_along(x, axis)
    scale = 1.0 / np.sqrt(_mean_along(centred, axis, centred) + epsilon)
    return (g - _mean_along(g, axis) - y * _mean_along(g, axis, y)) * scale


@op(_standardize_vjp, batch=on_axes(default=-1))
def standardize(x, axis=-1, epsilon=0.0):
    """The numbers along `axis` with their mean removed and divided by their standard deviation, as normalization layers do.

    Parameters
    ----------
    x : array_like
    axis : int or tuple of ints
    epsilon : float
        Added to the variance.

    Returns
    -------
    array of the shape of x

    Notes
    -----
    (x - mean) / sqrt(variance + epsilon), where the variance is mean((x - mean)^2).

    Examples
    --------
    >>> standardize(np.array([[1.0, 3.0]])).tolist()
    [[-1.0, 1.0]]
    """
    x = as_array(x)
    centred = x - _mean_along(x, axis)
    return centred * (1.0 / np.sqrt(_mean_along(centred, axis, centred) + epsilon))
