"""Images: the largest numbers of windows that lie inside the image. The axes are (batch, height, width, channels)."""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import again
from autodiff.core.external import External, as_array
from autodiff.core.registry import op, rule
from autodiff.core.transfer import new_zeros
from autodiff.rules.images import _check, _pair

__all__ = ["max_pool2d"]


def _sizes(size, strides):
    """The size of a window, and the way to the next one."""
    size = _pair("The size of a window", size)
    return size, size if strides is None else _pair("The stride", strides)


def _steps(x, axis, size, stride):
    """For each place of a window along an axis: what windows have at that place."""
    starts = x.shape[axis] - size + 1
    return [x[(slice(None),) * axis + (slice(k, starts + k, stride),)] for k in range(size)]


def _over_windows(function, x, size, strides):
    """The numbers of each window taken together by a function of two: first along columns, then along rows."""
    for axis, n, stride in zip((1, 2), size, strides):
        x = functools.reduce(function, _steps(x, axis, n, stride))
    return x


def _places(x, size, strides):
    """For each place in a window: the key of what the windows have there in x."""
    down, right = ([slice(k, n - m + 1 + k, s) for k in range(m)] for n, m, s in zip(x.shape[1:3], size, strides))
    return [(slice(None), *place) for place in itertools.product(down, right)]


def _winners(x, y, size, strides):
    """For each place in a window: whether the windows have their maximum there. And how many places have it."""
    winners = [x[place] == y for place in _places(x, size, strides)]
    return winners, sum(winner.astype(np.min_scalar_type(len(winners))) for winner in winners)


def _count(winners, size):
    """How many winners each of the windows has that lie side by side. Eight channels are added as one number of 64 bits, where
    no sum exceeds a byte, which takes a tenth of the time."""
    if winners.shape[3] % 8 == 0 and math.prod(size) < 256:
        return _over_windows(np.add, winners.view(np.uint64), size, size).view(np.uint8)
    return _over_windows(np.add, winners.astype(np.min_scalar_type(math.prod(size))), size, size)


def _max_pool2d_images(g, x, y, size, strides):
    """What arrives at the images x of a max_pool2d: the maxima of a window y share what arrives at it."""
    out, (size, strides) = new_zeros(g, x.shape, g.dtype), _sizes(size, strides)
    if size != strides or type(out) is External:
        winners, many = _winners(x, y, size, strides)
        for place, winner in zip(_places(out, size, strides), winners):
            out[place] += g / many * winner
        return out
    n, rows, columns, channels = y.shape  # each number is in one window: all of a row of windows are compared at once
    inside, wide = (n, rows, size[0], columns * size[1] * channels), (n, rows, 1, columns * size[1] * channels)
    x, within = (a[:, : rows * size[0], : columns * size[1]] for a in (x, out))
    winners = x.reshape(inside) == np.repeat(y, size[1], 2).reshape(wide)
    many = _count(winners.reshape(x.shape), size)
    share = np.repeat(g / many, size[1], 2).reshape(wide)
    if within.flags.c_contiguous:
        np.multiply(share, winners, out=within.reshape(inside))
    else:
        within[...] = (share * winners).reshape(x.shape)
    return out


def _max_pool2d_tangent(t, x, y, size, strides):
    """The transpose of `max_pool2d_images`: the mean of t over the places of a window's maxima."""
    size, strides = _sizes(size, strides)
    winners, many = _winners(x, y, size, strides)
    return sum(t[place] * winner for place, winner in zip(_places(t, size, strides), winners)) / many


def _of_images(op, inputs, flags, params):
    """The batch fact of these ops: all images of all examples at once."""
    n = inputs[flags.index(True)].shape[0]
    inputs = [x if flag else np.broadcast_to(x, (n, *np.shape(x))) for x, flag in zip(inputs, flags)]
    y = again(op, [np.reshape(x, (n * x.shape[1], *x.shape[2:])) for x in inputs], params)
    return np.reshape(y, (n, inputs[0].shape[1], *y.shape[1:]))


max_pool2d_images: Any = rule(
    _max_pool2d_images, lambda g, y, upstream, x, top, size, strides: max_pool2d_tangent(g, x, top, size, strides), None, None,
    batch=_of_images, internal=True, label="max_pool2d_images",
)  # fmt: skip
max_pool2d_tangent: Any = rule(
    _max_pool2d_tangent, lambda g, y, t, x, top, size, strides: max_pool2d_images(g, x, top, size, strides), None, None,
    batch=_of_images, internal=True, label="max_pool2d_tangent",
)  # fmt: skip


@op(lambda g, y, x, size, strides=None: max_pool2d_images(g, x, y, size, strides), batch=_of_images)
def max_pool2d(x, size, strides=None):
    """The largest number of each window of images, for each channel. Equal numbers share the gradient.

    Parameters
    ----------
    x : array_like of shape (batch, height, width, channels)
    size : int or (int, int)
        The height and the width of a window.
    strides : int or (int, int), optional
        From one window to the next, down and to the right; by default `size`.

    Returns
    -------
    array of shape (batch, rows, columns, channels)
        There are (height - window height) // stride + 1 rows. For a border of -inf use `pad` first.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Examples
    --------
    >>> max_pool2d(np.arange(16.0).reshape(1, 4, 4, 1), 2).squeeze().tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """
    x, (size, strides) = as_array(x), _sizes(size, strides)
    _check("max_pool2d", x, size)
    return _over_windows(np.maximum, x, size, strides)
