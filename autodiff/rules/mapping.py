"""Functions of the caller's, applied to parts of an array; and the windows of an array."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.lib.stride_tricks import sliding_window_view as numpys_windows

from autodiff.core.batch_kinds import NotBatchable, again, shifted
from autodiff.core.box import Box, raw_of, strip
from autodiff.core.duck import Duck
from autodiff.core.op import everything_recorded
from autodiff.core.registry import decomposition, rule, stack_boxes
from autodiff.rules.arithmetic import where
from autodiff.rules.indexing import scatter, setitem
from autodiff.rules.shapes import expand_dims, reshape

__all__ = ["apply_along_axis", "apply_over_axes", "piecewise", "sliding_window_view"]


def _array(x):
    return x if isinstance(x, Box) else stack_boxes(x) if isinstance(x, (list, tuple)) else np.asarray(x)


@decomposition(np.piecewise)
def piecewise(x, condlist, funclist, *args, **kw):
    """Each function gets the numbers where its condition holds. In a trace and in a batch it gets all numbers."""
    conditions = _conditions(x, condlist)
    if len(funclist) == len(conditions) + 1:
        conditions.append(np.logical_not(_any_of(conditions)))
    elif len(funclist) != len(conditions):
        raise ValueError(
            f"piecewise takes {len(conditions)} functions for {len(conditions)} conditions, and one more for the rest of x, "
            f"but got {len(funclist)}."
        )
    y = np.zeros_like(x)
    for condition, function in zip(conditions, funclist):
        y = _chosen(x, y, condition, function, args, kw)
    return y


def _conditions(x, condlist):
    """The conditions as a list: one alone may be given by itself."""
    several = isinstance(condlist, (list, tuple)) or np.ndim(condlist) > 0
    alone = not several or (np.ndim(x) > 0 and not isinstance(condlist[0], (list, np.ndarray, Box)))
    return [condlist] if alone else list(condlist)


def _any_of(conditions):
    found = conditions[0]
    for condition in conditions[1:]:
        found = np.logical_or(found, condition)
    return found


def _chosen(x, y, condition, function, args, kw):
    if everything_recorded.get() or isinstance(raw_of(x), Duck) or isinstance(raw_of(condition), Duck):
        with np.errstate(all="ignore"):  # of numbers that are not chosen
            return where(condition, function(x, *args, **kw) if callable(function) else function, y)
    mask = np.asarray(strip(condition)).astype(bool)
    if not np.any(mask):
        return y
    part = function(x[mask], *args, **kw) if callable(function) else function
    if not isinstance(part, Box) and not isinstance(y, Box):
        return np.where(mask, part, y)
    return setitem(y, part if hasattr(part, "dtype") else np.asarray(part), key=mask)


@decomposition(np.apply_along_axis)
def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """The function of each vector along the axis; what it returns stands there instead."""
    arr = _array(arr)
    axis = normalize_axis_index(axis, np.ndim(arr))
    rows = np.moveaxis(arr, axis, -1)
    places = list(np.ndindex(np.shape(rows)[:-1]))
    if not places:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    parts = [_array(func1d(rows[place], *args, **kwargs)) for place in places]
    y = np.stack(parts)
    y = reshape(y, np.shape(rows)[:-1] + np.shape(parts[0]))
    own = np.ndim(parts[0])
    ends = tuple(range(np.ndim(y) - own, np.ndim(y)))
    return np.moveaxis(y, ends, tuple(range(axis, axis + own)))


@decomposition(np.apply_over_axes)
def apply_over_axes(func, a, axes):
    """The function of the array and of each axis, one after the other."""
    ndim = np.ndim(a)
    for axis in [axes] if np.ndim(axes) == 0 else axes:
        axis = axis + ndim if axis < 0 else axis
        found = func(a, axis)
        a = found if np.ndim(found) == ndim else expand_dims(found, axis)
        if np.ndim(a) != ndim:
            raise ValueError(f"apply_over_axes takes a function that leaves {ndim} axes or one less, but got {np.ndim(found)}.")
    return a


def _windows_vjp(g, y, x, window_shape, axis=None):
    """Each number gets the sum over the windows that it stands in."""
    places = np.arange(math.prod(np.shape(x))).reshape(np.shape(x))
    return np.reshape(scatter(g, key=numpys_windows(places, window_shape, axis), shape=(np.size(x),)), np.shape(x))


def _windows_of_batch(op, inputs, flags, params):
    (x,), axis = inputs, params.get("axis")
    ndim = np.ndim(x) - 1
    if axis is None and np.ndim(params["window_shape"]) == 0 and ndim != 1:
        raise NotBatchable
    return again(op, [x], {**params, "axis": tuple(range(1, ndim + 1)) if axis is None else shifted(axis, ndim)})


def _windows(x, window_shape, axis=None):
    return numpys_windows(x, window_shape, axis)


sliding_window_view: Any = rule(
    numpys_windows, _windows_vjp, forward=_windows, linear=True, view=True, batch=_windows_of_batch
)  # fmt: skip
