"""Statistics: averages, quantiles and covariances."""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from autodiff.core.batch_kinds import on_axes
from autodiff.core.box import Box
from autodiff.core.registry import decomposition, none_of, op
from autodiff.rules.joining import astype
from autodiff.rules.looking import looking
from autodiff.rules.missing import nanmean
from autodiff.rules.reductions import count, flatten_axes, mean, sum
from autodiff.rules.shapes import floating
from autodiff.rules.sorting import sort

__all__ = [
    "average", "corrcoef", "cov", "median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile",
    "standardize",
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

    if flat.shape[-1] == 0:  # of nothing
        return sum(flat, axis=-1, keepdims=True) + math.nan, shaped
    return sort(flat, axis=-1), shaped


@decomposition(np.quantile)
def quantile(a, q, axis=None, overwrite_input=False, method="linear", keepdims=False):
    """Between the two numbers that the method chooses: it is asked where among 0, 1, 2, ... the quantile lies."""
    ordered, shaped = _ordered(a, q, axis, keepdims)
    if not none_of(np.isnan(ordered)):
        ordered = np.where(np.isnan(ordered[..., -1:]), np.nan, ordered)
    place = np.quantile(np.arange(ordered.shape[-1], dtype=float), q, method=method)
    low = np.floor(place).astype(int)
    part = (place - low).astype(a.dtype if a.dtype.kind == "f" else float)
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
    if np.size(a) == 0:  # whatever q is, as numpy has it
        return nanmean(a, axis=axis, keepdims=keepdims)
    ordered, shaped = _ordered(a, q, axis, keepdims)
    last = np.sum(~np.isnan(ordered), axis=-1, keepdims=True) - 1

    def at(q):
        place = q * np.maximum(last, 0)
        low = np.floor(place).astype(int)
        part = (place - low).astype(a.dtype if a.dtype.kind == "f" else float)
        pair = [np.take_along_axis(ordered, k, axis=-1) for k in (low, np.ceil(place).astype(int))]
        return shaped((pair[0] * (1 - part) + pair[1] * part)[..., 0])

    if np.ndim(q) == 0:
        return at(q)
    parts = [np.expand_dims(at(part), 0) for part in np.ravel(q)]
    y = np.concatenate(parts or [np.expand_dims(at(0.0), 0)[:0]])
    return np.reshape(y, np.shape(q) + y.shape[1:])


@decomposition(np.nanpercentile)
def nanpercentile(a, q, axis=None, overwrite_input=False, keepdims=False):
    return nanquantile(a, np.true_divide(q, 100), axis, keepdims=keepdims)


@decomposition(np.nanmedian)
def nanmedian(a, axis=None, overwrite_input=False, keepdims=False):
    return nanquantile(floating(a), 0.5, axis, keepdims=keepdims)


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
    n = x.shape[1] - (ddof if ddof is not None else int(bias == 0))  # as numpy asks
    return np.squeeze(centred @ np.transpose(centred)) / (n if n > 0 else 0)


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
