"""Sampled functions: differences, integrals, interpolation, convolution."""

from __future__ import annotations

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.duck import Duck
from autodiff.core.op import everything_recorded
from autodiff.core.registry import decomposition, none_of, rule, stack_boxes
from autodiff.failures.nesting import brief
from autodiff.rules.arithmetic import positive
from autodiff.rules.joining import concatenate
from autodiff.rules.reductions import sum
from autodiff.rules.shapes import ASTYPE, broadcast_to, floating

__all__ = ["convolve", "correlate", "diff", "ediff1d", "interp", "trapezoid"]


def _along(axis, *parts):
    """Keys that take slices along one axis."""
    return [(slice(None),) * axis + (part,) for part in parts]


@decomposition(np.diff)
def diff(a, n=1, axis=-1, prepend=np._NoValue, append=np._NoValue):
    if prepend is None or append is None:
        raise TypeError("diff takes numbers to put before and behind, but got None.")
    if n == 0:
        return positive(a)
    axis = normalize_axis_index(axis, np.ndim(a))
    if prepend is not np._NoValue or append is not np._NoValue:
        shape = tuple(1 if k == axis else size for k, size in enumerate(np.shape(a)))
        a = concatenate([_end(x, shape) for x in (prepend, a, append) if x is not np._NoValue], axis)
    after, before = _along(axis, slice(1, None), slice(None, -1))
    for _ in range(n):
        a = np.not_equal(a[after], a[before]) if a.dtype == bool else a[after] - a[before]
    return a


def _end(x, shape):
    """A number as an array that fits an end; an array as it is."""
    if np.ndim(x):
        return x
    return broadcast_to(x if isinstance(x, Box) else np.asarray(x), shape)


@decomposition(np.ediff1d)
def ediff1d(ary, to_end=None, to_begin=None):
    flat = np.reshape(ary, -1)
    parts = [_as(flat.dtype, to_begin), diff(flat), _as(flat.dtype, to_end)]
    return concatenate([np.reshape(part, -1) for part in parts if part is not None])


def _as(dtype, x):
    """Plain numbers as an array of this dtype."""
    return x if x is None or isinstance(x, (Box, Duck)) else np.asarray(x, dtype)


@decomposition(np.trapezoid)
def trapezoid(y, x=None, dx=1.0, axis=-1):
    place = normalize_axis_index(axis, np.ndim(y))
    after, before = _along(place, slice(1, None), slice(None, -1))
    step = dx
    if x is not None:  # it may have more axes than y, and these are counted from the end
        step = diff(x, axis=axis) if np.ndim(x) > 1 else np.reshape(diff(x), (-1,) + (1,) * (np.ndim(y) - place - 1))
    return sum(step * (y[after] + y[before]) * 0.5, axis=axis)


@decomposition(np.gradient)
def gradient(f, *varargs, axis=None, edge_order=1):
    """Differences of second order inside, of `edge_order` at the two ends, for even and uneven steps."""
    axes = tuple(range(np.ndim(f))) if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    steps = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    if len(steps) != len(axes):
        raise TypeError(f"gradient takes one spacing or one for each of {len(axes)} axes, but got {len(varargs)}.")
    slopes = tuple(_slope(f, step, k % np.ndim(f), edge_order) for step, k in zip(steps, axes))
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(f, step, axis, edge_order):
    f = np.moveaxis(f, axis, -1)
    if np.ndim(step) == 0 or _is_even(step):
        return np.moveaxis(_even_slope(f, step if np.ndim(step) == 0 else diff(step)[0], edge_order), -1, axis)
    h = diff(step)
    a, b = h[:-1], h[1:]
    inside = -(b / (a * (a + b))) * f[..., :-2] + ((b - a) / (a * b)) * f[..., 1:-1] + (a / (b * (a + b))) * f[..., 2:]
    if edge_order == 1:
        first, last = (f[..., 1:2] - f[..., :1]) / h[:1], (f[..., -1:] - f[..., -2:-1]) / h[-1:]
    else:
        first, last = _edge(f[..., :3], h[0], h[1]), -_edge(f[..., :-4:-1], h[-1], h[-2])
    return np.moveaxis(concatenate([first, inside, last], -1), -1, axis)


def _is_even(places):
    """Whether these are evenly spaced, and it makes no difference to gradients."""
    raw = raw_of(places)
    if everything_recorded.get() or isinstance(raw, Duck) or np.size(raw) < 2:
        return False
    steps = np.diff(raw)
    return bool(np.all(steps == (0 if isinstance(places, Box) else steps[0])))


def _even_slope(f, h, edge_order):
    """The same for steps that are all equal, where numpy has other formulas: they differ where the steps are 0."""
    first, last = (f[..., 1:2] - f[..., :1]) / h, (f[..., -1:] - f[..., -2:-1]) / h
    if edge_order != 1:
        a, b, c = -1.5 / h, 2.0 / h, -0.5 / h
        first = a * f[..., :1] + b * f[..., 1:2] + c * f[..., 2:3]
        last = -c * f[..., -3:-2] - b * f[..., -2:-1] - a * f[..., -1:]
    return concatenate([first, (f[..., 2:] - f[..., :-2]) / (2.0 * h), last], -1)


def _edge(f, a, b):
    """The slope at the first of three points, the next two being a and a + b away."""
    slope = -(2 * a + b) / (a * (a + b)) * f[..., :1] + (a + b) / (a * b) * f[..., 1:2] - a / (b * (a + b)) * f[..., 2:3]
    return slope


@decomposition(np.interp)
def interp(x, xp, fp, left=None, right=None, period=None):
    """Straight lines between the points; which two a number lies between is a constant."""
    x = np.nan if x is None else floating(x)
    xp, fp = (_as_float64(np.reshape(part, -1)) for part in (xp, fp))
    if period is not None:  # the points of one period, sorted, with one more at each end
        period = abs(period)
        x, xp = np.mod(_as_float64(x) if hasattr(x, "dtype") else x, period), np.mod(xp, period)
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp, fp = concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])
        left = right = None
    k = np.clip(np.searchsorted(xp, x, "right") - 1, 0, max(0, np.size(xp) - 2))
    slope = (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) if np.size(xp) > 1 else 0.0
    y = fp[k] + (slope if none_of(np.isnan(x)) else np.where(np.isnan(x), np.nan, slope)) * (x - xp[k])
    y = np.where(np.less(x, xp[0]), fp[0] if left is None else left, y)  # the comparisons are False for NaN
    return np.where(np.greater(x, xp[-1]), fp[-1] if right is None else right, y)


def _as_float64(x):
    """x in float64: numpy interpolates in no other dtype."""
    return x if is_complex(x) or x.dtype == np.float64 else ASTYPE((x,), {"dtype": np.dtype(float)})


def _full_of_batch(op, inputs, flags, params):
    """As sums over windows."""
    a, v = inputs
    if any(isinstance(x, Duck) or np.ndim(x) - flag != 1 for x, flag in zip(inputs, flags)):
        raise NotBatchable
    n = v.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(a, [(0, 0)] * flags[0] + [(n - 1, n - 1)]), n, axis=-1)
    return np.einsum("...kn,...n->...k", windows, v[..., ::-1])


FULL = rule(
    np.convolve,
    lambda g, y, a, v: np.correlate(g, conjugate(v), "valid"),  # which conjugates
    lambda g, y, a, v: np.correlate(g, conjugate(a), "valid"),
    takes_complex=True,
    batch=_full_of_batch,
)


@decomposition(np.convolve)
def convolve(a, v, mode="full"):
    a, v = (x if np.ndim(x) else np.reshape(x, 1) for x in (a, v))
    y, m, n = FULL(a, v), np.size(a), np.size(v)
    low, high = min(m, n), max(m, n)
    parts = {"full": y, "same": y[(low - 1) // 2 : (low - 1) // 2 + high], "valid": y[low - 1 : high]}
    mode = {0: "valid", 1: "same", 2: "full"}.get(int(mode), mode) if isinstance(mode, (int, np.integer)) else mode
    if not isinstance(mode, str) or mode not in parts:
        raise ValueError(f"The mode is one of {', '.join(parts)}, but got {brief(mode)}.")
    return parts[mode]


@decomposition(np.correlate)
def correlate(a, v, mode="valid"):
    v = stack_boxes(v) if isinstance(v, (list, tuple)) else v
    if np.size(v) > np.size(a):  # numpy's other way round
        return conjugate(correlate(v, a, mode)[::-1])
    return convolve(a, conjugate(v[::-1]), mode)
