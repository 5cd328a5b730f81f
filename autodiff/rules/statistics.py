"""Statistics: averages, quantiles and covariances, and the reductions that pass over NaN."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autodiff.core.batch_kinds import on_axes
from autodiff.core.box import Box
from autodiff.core.registry import also, decomposition, none_of, op
from autodiff.rules.joining import astype
from autodiff.rules.looking import looking
from autodiff.rules.reductions import count, cumprod, cumsum, flatten_axes, max, mean, min, one_ddof, prod, std, sum, var
from autodiff.rules.shapes import floating
from autodiff.rules.sorting import sort

__all__ = [
    "average", "corrcoef", "cov", "median", "nancumprod", "nancumsum", "nanmax", "nanmean", "nanmedian", "nanmin",
    "nanpercentile", "nanprod", "nanquantile", "nanstd", "nansum", "nanvar", "percentile", "quantile", "standardize",
]  # fmt: skip


@decomposition(np.average)
def average(a, axis=None, weights=None, returned=False, keepdims=False):
    axis = axis if axis is None else normalize_axis_tuple(axis, np.ndim(a))
    if weights is None:
        y, total = mean(a, axis=axis, keepdims=keepdims), np.asarray(float(count(a, axis)))
    else:
        if np.shape(weights) != np.shape(a):  # one weight for each place along the axes
            weights = np.transpose(weights, np.argsort(axis).tolist())
            weights = np.reshape(weights, tuple(n if k in axis else 1 for k, n in enumerate(np.shape(a))))
        spread = np.broadcast_to(weights, np.shape(a))
        weighted = a * spread
        options = {} if spread.dtype == weighted.dtype else {"dtype": weighted.dtype}  # as numpy adds them
        total = sum(spread, axis=axis, keepdims=keepdims, **options)
        y = sum(weighted, axis=axis, keepdims=keepdims) / total
    return (y, np.broadcast_to(total, np.shape(y))) if returned else y


def _ordered(a, q, axis, keepdims):
    """The numbers that a quantile takes together, sorted along the last axis; and the function that gives its shape."""
    if isinstance(q, Box):
        raise TypeError("A quantile's `q` has no derivative here, so that gradient would be lost; pass plain numbers.")
    flat, _ = flatten_axes(floating(a), axis)
    kept = () if not keepdims else tuple(range(a.ndim)) if axis is None else axis

    def shaped(y, extra=0):
        if not keepdims:
            return y
        axes = (kept,) if np.ndim(kept) == 0 else kept
        return np.expand_dims(y, tuple(extra + k % a.ndim for k in axes))

    return sort(flat, axis=-1), shaped


@decomposition(np.quantile)
def quantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    """Between the two numbers that the method chooses: it is asked where among 0, 1, 2, ... the quantile lies."""
    ordered, shaped = _ordered(a, q, axis, keepdims)
    if not none_of(np.isnan(ordered)):
        ordered = np.where(np.isnan(ordered[..., -1:]), np.nan, ordered)
    place = np.quantile(np.arange(ordered.shape[-1], dtype=float), q, method=method)
    low = np.floor(place).astype(int)
    part = (place - low).astype(ordered.dtype)
    y = ordered[..., low] * (1 - part) + ordered[..., np.ceil(place).astype(int)] * part
    if a.dtype.kind in "iub":  # of whole numbers some methods choose one
        y = astype(y, np.quantile(np.zeros(1, a.dtype), 0.5, method=method).dtype)
    return shaped(np.moveaxis(y, tuple(range(y.ndim - part.ndim, y.ndim)), tuple(range(part.ndim))), part.ndim)


@decomposition(np.percentile)
def percentile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    return quantile(a, np.true_divide(q, 100), axis, method=method, keepdims=keepdims)


@decomposition(np.median)
def median(a, axis=None, overwrite_input=False, keepdims=False):
    if np.size(a) == 0:
        return mean(a, axis=axis, keepdims=keepdims)
    return quantile(floating(a), 0.5, axis, keepdims=keepdims)


@decomposition(np.nanquantile)
def nanquantile(a, q, axis=None, overwrite_input=False, keepdims=False):
    """As numpy's linear method: each row has its own number of numbers, NaN are sorted last."""
    if np.size(a) == 0:
        return nanmean(a, axis=axis, keepdims=keepdims)  # for several q too, as numpy has it
    ordered, shaped = _ordered(a, q, axis, keepdims)
    last = np.sum(~np.isnan(ordered), axis=-1, keepdims=True) - 1

    def at(q):
        place = q * np.maximum(last, 0)
        low = np.floor(place).astype(int)
        part = (place - low).astype(ordered.dtype)
        pair = [np.take_along_axis(ordered, k, axis=-1) for k in (low, np.ceil(place).astype(int))]
        return shaped((pair[0] * (1 - part) + pair[1] * part)[..., 0])

    if np.size(q) == 0:
        return np.expand_dims(at(0.0), 0)[:0]
    return at(q) if np.ndim(q) == 0 else np.stack([at(part) for part in q])


@decomposition(np.nanpercentile)
def nanpercentile(a, q, axis=None, overwrite_input=False, keepdims=False):
    return nanquantile(a, np.true_divide(q, 100), axis, keepdims=keepdims)


@decomposition(np.nanmedian)
def nanmedian(a, axis=None, overwrite_input=False, keepdims=False):
    return nanquantile(floating(a), 0.5, axis, keepdims=keepdims)


def _passing_over_nan(original, reduction, filler):
    """numpy's nan-function as the plain one: NaN replaced by the `filler`."""

    def body(a, axis=None, **options):
        return reduction(np.where(np.isnan(a), filler, a), axis=axis, **options)

    return decomposition(original)(body)


def _extreme_but_nan(original, reduction, filler):
    """The largest or smallest of the numbers that are not NaN; NaN where there is none."""

    def body(a, axis=None, keepdims=False, initial=None, **options):
        missing = np.isnan(a)
        if none_of(missing) and initial is None:
            return reduction(a, axis=axis, keepdims=keepdims, **options)
        if initial is not None:
            options = {**options, "initial": filler if np.isnan(initial) else initial}
        y = reduction(np.where(missing, filler, a), axis=axis, keepdims=keepdims, **options)
        nothing = np.all(missing, axis=axis, keepdims=keepdims)
        return y if none_of(nothing) or (initial is not None and not np.isnan(initial)) else np.where(nothing, np.nan, y)

    return decomposition(original)(body)


def _left_out_nan(original, reduction):
    """numpy's nan-function as the plain one, NaN being left out by `where`. No deviation is left of too few numbers."""

    def body(a, axis=None, keepdims=False, where=True, **options):
        there = np.logical_and(np.logical_not(np.isnan(a)), where)
        y = reduction(a, axis=axis, keepdims=keepdims, where=there, **options)
        free = one_ddof(options.get("correction", options.get("ddof", 0)))
        if not free:
            return y
        few = np.sum(there, axis=axis, keepdims=keepdims) <= free
        return y if none_of(few) else np.where(few, np.nan, y)

    return decomposition(original)(body)


nansum = _passing_over_nan(np.nansum, sum, 0)
nanprod = _passing_over_nan(np.nanprod, prod, 1)
nanmax = _extreme_but_nan(np.nanmax, max, -np.inf)
nanmin = _extreme_but_nan(np.nanmin, min, np.inf)
also(nanmax, (np.fmax, "reduce"))
also(nanmin, (np.fmin, "reduce"))
nancumsum = _passing_over_nan(np.nancumsum, cumsum, 0)
nancumprod = _passing_over_nan(np.nancumprod, cumprod, 1)
nanmean = _left_out_nan(np.nanmean, mean)
nanvar = _left_out_nan(np.nanvar, var)
nanstd = _left_out_nan(np.nanstd, std)


@decomposition(np.cov)
def cov(m, y=None, rowvar=True, bias=False, ddof=None):
    x = np.atleast_2d(m)
    if not rowvar and np.ndim(m) > 1:
        x = np.transpose(x)
    if x.shape[0] == 0:
        return x[:, :0]  # whatever y is, as numpy has it
    if y is not None:
        other = np.atleast_2d(y)
        x = np.concatenate([x, other if rowvar or np.ndim(y) == 1 else np.transpose(other)])
    centred = x - np.mean(x, axis=1, keepdims=True)
    free = x.shape[1] - (ddof if ddof is not None else 1 if bias == 0 else 0)
    return np.squeeze(centred @ np.transpose(centred)) / (free if free > 0 else 0.0)


@decomposition(np.corrcoef)
def corrcoef(x, y=None, rowvar=True):
    c = cov(x, y, rowvar)
    if np.ndim(c) == 0:
        return c / c
    scale = np.sqrt(np.diagonal(c))
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
    x = np.asarray(x)
    centred = x - _mean_along(x, axis)
    return centred * (1.0 / np.sqrt(_mean_along(centred, axis, centred) + epsilon))
