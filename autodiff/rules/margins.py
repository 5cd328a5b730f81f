"""Margins around an array: np.pad."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import again
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import carries_gradient
from autodiff.core.registry import decomposition, rule
from autodiff.failures.nesting import brief
from autodiff.rules.indexing import scatter
from autodiff.rules.shapes import ASTYPE

__all__ = ["pad"]

COPIES = ("constant", "edge", "empty", "reflect", "symmetric", "wrap")  # the margin has numbers of the array itself, or none
STATISTICS = {"maximum": np.max, "mean": np.mean, "median": np.median, "minimum": np.min}


def _pad_vjp(g, y, x, pad_width, mode="constant", constant_values=0):
    """What lies inside, and what the margin copied from it, at the places where numpy copies it from."""
    if np.ndim(x) == 0:
        return g
    if mode in ("constant", "empty"):
        pairs = _pairs(pad_width, np.ndim(x))
        return g[tuple(slice(before, before + n) for (before, _), n in zip(pairs, np.shape(x)))]
    source = np.pad(np.arange(np.size(x)).reshape(np.shape(x)), pad_width, mode)
    return np.reshape(scatter(g, source, np.size(x)), np.shape(x))


def _pairs(pad_width, ndim):
    """pad's `pad_width` as (before, after) for each axis."""
    if isinstance(pad_width, dict):
        by_axis = {axis % ndim: np.broadcast_to(width, 2).tolist() for axis, width in pad_width.items()}
        return [by_axis.get(axis, (0, 0)) for axis in range(ndim)]
    return np.broadcast_to(pad_width, (ndim, 2)).tolist()


def _pad_of_batch(op, inputs, flags, params):
    """No margin along the batch."""
    x, widths, options = inputs[0], _pairs(params["pad_width"], inputs[0].ndim - 1), {**params}
    if np.ndim(options.get("constant_values", 0)):
        options["constant_values"] = [(0, 0), *_pairs(options["constant_values"], x.ndim - 1)]
    return again(op, [x], {**options, "pad_width": [(0, 0), *widths]})


def _pad(x, pad_width, mode="constant", **options):
    return np.pad(x, pad_width, mode, **options)


_pad.__name__ = "pad"
PAD: Any = rule(_pad, _pad_vjp, batch=_pad_of_batch, takes_complex=True, internal=True)


@decomposition(np.pad)
def pad(array, pad_width, mode="constant", *, stat_length=None, constant_values=0, end_values=0, reflect_type="even"):
    """One axis after the other, as numpy does it: the margins of an axis are computed with those of the axes before it."""
    if callable(mode):
        raise TypeError(f"pad of a tracked array takes the name of a mode, but got {brief(mode)}: join the parts by np.block.")
    if reflect_type != "even":
        raise TypeError("pad of a tracked array has a rule for reflect_type='even' only; join 2 * edge - part to it yourself.")
    if mode in COPIES:
        return PAD(array, pad_width, mode=str(mode), **({} if mode != "constant" else {"constant_values": constant_values}))
    ndim = np.ndim(array)
    widths, ends = _pairs(pad_width, ndim), np.broadcast_to(end_values, (ndim, 2))
    lengths = _pairs(max(np.shape(array), default=1) if stat_length is None else stat_length, ndim)
    for axis, (width, length) in enumerate(zip(widths, lengths)):
        before, after = (
            _ramp(array, axis, side, width[side], ends[axis, side]) if mode == "linear_ramp"
            else _statistic(array, axis, side, width[side], length[side], STATISTICS[mode])
            for side in (0, 1)
        )  # fmt: skip
        array = np.concatenate([before, array, after], axis=axis)
    return array


def _ends(array, axis, side, n):
    """The first n places along an axis, or the last."""
    size = np.shape(array)[axis]
    return array[(slice(None),) * axis + (slice(size - min(n, size), size) if side else slice(0, n),)]


def _statistic(array, axis, side, width, length, function):
    margin = function(_ends(array, axis, side, length), axis=axis, keepdims=True)
    return np.repeat(_cast(margin, array, np.round), width, axis)


def _ramp(array, axis, side, width, end):
    """From the end value to the edge, in equal steps."""
    edge = _ends(array, axis, side, 1)
    kind = array.dtype if carries_gradient(raw_of(array)) else float
    steps = np.reshape(np.arange(width, dtype=kind), [-1 if k == axis else 1 for k in range(np.ndim(array))])
    end = end if isinstance(end, Box) else end.item()  # a number of Python's keeps the array's dtype
    ramp = steps * ((edge - end) / width) + end if width else np.repeat(edge, 0, axis)
    ramp = _cast(ramp, array, np.floor)
    return np.flip(ramp, axis) if side else ramp


def _cast(margin, array, rounded):
    """The margin in the dtype of the array: rounded, if that has whole numbers."""
    if margin.dtype == array.dtype:
        return margin
    return ASTYPE((margin if carries_gradient(raw_of(array)) else rounded(margin),), {"dtype": array.dtype})
