"""Images: convolution and pooling, by windows that lie inside the image. The axes are (batch, height, width, channels).

The product <g, conv2d(x, kernel)> is linear in each of g, x and kernel. Each of the three ops of a convolution is its
derivative in one of them, so the rules of each are the other two.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, again
from autodiff.core.external import External, as_array, new_zeros
from autodiff.core.registry import op, rule

__all__ = ["conv2d", "max_pool2d"]

BLOCK = 2**18  # how many numbers of windows are copied at a time: they stay in the cache until they are multiplied
THIN = 3  # images of so few channels are copied plane by plane


def _keep_freed_memory():
    """Have the C library keep what a step frees for the next step. Else each step pays for the pages of its arrays again, which
    is half of its time: glibc keeps no more than twice the largest array, up to 32 MB, that was freed so far. Nothing is
    written to the one that is freed here, so it takes no memory."""
    np.empty(2**25 - 2**16, np.uint8)


_keep_freed_memory()


def _pair(what, n):
    """A size for each of the two axes of an image. One number stands for both."""
    sizes = (n, n) if np.ndim(n) == 0 else tuple(n)
    if len(sizes) != 2 or not all(operator.index(k) > 0 for k in sizes):
        raise ValueError(f"{what} of images is a positive whole number, or a height and a width, but got {n!r:.60}.")
    return tuple(operator.index(k) for k in sizes)


def _sizes(size, strides):
    """The size of a window, and the way to the next one."""
    size = _pair("The size of a window", size)
    return size, size if strides is None else _pair("The stride", strides)


def _check(name, x, size):
    """ValueError unless x is a batch of images that a window of this size fits in."""
    if np.ndim(x) != 4:
        raise ValueError(f"{name} takes images (batch, height, width, channels), but got shape {np.shape(x)}.")
    if np.shape(x)[1] < size[0] or np.shape(x)[2] < size[1]:
        raise ValueError(f"{name} has windows of {size}, but its images are {np.shape(x)[1:3]}; ad.pad adds a border.")


# -- convolution -----------------------------------------------------------------------------------------------------------


def _windows(x, size, strides):
    """Blocks of the images of x, as (which images, a matrix with a row for each window: height, width, channels).

    What lies together in the image lies together in a row, so it is copied fast. In images of few channels that is little:
    the windows of an image row lie together then, in a column, which takes a sixth of the time for one channel.
    """
    view = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))[:, :: strides[0], :: strides[1]]
    view = np.moveaxis(view, 3, -1)
    _, rows, columns, *window = view.shape
    many = len(x) if type(x) is External else max(1, BLOCK // max(1, rows * columns * math.prod(window)))
    for start in range(0, len(x), many):
        block = view[start : start + many]
        shape = len(block) * rows * columns, math.prod(window)
        if window[-1] <= THIN:
            yield slice(start, start + many), block.transpose(3, 4, 5, 0, 1, 2).reshape(shape[::-1]).T
        else:
            yield slice(start, start + many), block.reshape(shape)


def _put_products(y, x, kernel, strides):
    """The products of a kernel with the windows of x, in y."""
    matrix = kernel.reshape(math.prod(kernel.shape[:3]), kernel.shape[3])
    for part, windows in _windows(x, kernel.shape[:2], strides):
        np.matmul(windows, matrix, out=y[part].reshape(len(windows), y.shape[3]))


def _conv2d_into(out, x, kernel, *, scratch, strides=1):
    return [(_put_products, (out, x, kernel, _pair("The stride", strides)))] if out.flags.c_contiguous else None


def _conv2d_kernel(x, g, size, strides):
    """The derivative of <g, conv2d(x, kernel)> in a kernel of this size."""
    channels, filters, strides = x.shape[3], g.shape[3], _pair("The stride", strides)
    total = new_zeros(_elsewhere(x, g), (math.prod(size) * channels, filters), np.result_type(x, g))
    for part, windows in _windows(x, size, strides):
        total += windows.T @ g[part].reshape(len(windows), filters)
    return total.reshape(*size, channels, filters)


def _conv2d_images(g, kernel, size, strides):
    """The derivative of <g, conv2d(x, kernel)> in images x of this size: each place of the kernel adds a product."""
    (n, rows, columns, filters), (kh, kw, channels, _), (sh, sw) = g.shape, kernel.shape, _pair("The stride", strides)
    x = new_zeros(_elsewhere(g, kernel), (n, *size, channels), np.result_type(g, kernel))
    flat = g.reshape(n * rows * columns, filters)
    for i in range(kh):
        for j in range(kw):
            part = (flat @ kernel[i, j].T).reshape(n, rows, columns, channels)
            x[:, i : i + rows * sh : sh, j : j + columns * sw : sw] += part
    return x


def _elsewhere(a, b):
    """The one of two arrays that is in another library, if there is one."""
    return a if type(a) is External else b


def _joining(*axes):
    """The batch fact of these ops. `axes`: for each input one of its axes, and the axis that it makes of the output. In a
    batch of this input alone all examples are one: the batch joins that axis."""

    def fact(op, inputs, flags, params):
        if flags.count(True) > 1:
            raise NotBatchable
        k = flags.index(True)
        (own, out), x = axes[k], np.moveaxis(inputs[k], 0, axes[k][0])
        n, size = x.shape[own : own + 2]
        joined = np.reshape(x, (*x.shape[:own], n * size, *x.shape[own + 2 :]))
        y = again(op, [joined if flag else other for other, flag in zip(inputs, flags)], params)
        return np.moveaxis(np.reshape(y, (*y.shape[:out], n, size, *y.shape[out + 1 :])), out, 0)

    return fact


@op(
    lambda g, y, x, kernel, strides=1: conv2d_images(g, kernel, np.shape(x)[1:3], strides),
    lambda g, y, x, kernel, strides=1: conv2d_kernel(x, g, np.shape(kernel)[:2], strides),
    linear=True, batch=_joining((0, 0), (3, 3)), into=_conv2d_into,
)  # fmt: skip
def conv2d(x, kernel, strides=1):
    """The products of a kernel with the windows of images, as in convolutional networks: cross-correlation.

    Parameters
    ----------
    x : array_like of shape (batch, height, width, channels)
    kernel : array_like of shape (kernel height, kernel width, channels, filters)
    strides : int or (int, int)
        From one window to the next, down and to the right.

    Returns
    -------
    array of shape (batch, rows, columns, filters)
        There are (height - kernel height) // stride + 1 rows. For a border use `pad` first.

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Notes
    -----
    y[n, r, c, f] = sum over i, j, k of x[n, r stride + i, c stride + j, k] kernel[i, j, k, f].

    Examples
    --------
    >>> edges = np.array([1.0, -1.0]).reshape(1, 2, 1, 1)
    >>> conv2d(np.array([0.0, 0.0, 5.0, 5.0]).reshape(1, 1, 4, 1), edges).ravel().tolist()
    [0.0, -5.0, 0.0]
    """
    x, kernel, strides = as_array(x), as_array(kernel), _pair("The stride", strides)
    _check("conv2d", x, kernel.shape[:2])
    if kernel.ndim != 4 or kernel.shape[2] != x.shape[3]:
        raise ValueError(
            f"conv2d takes a kernel (height, width, channels, filters) with the {x.shape[3]} channels of its images, "
            f"but got shape {kernel.shape}."
        )
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], kernel.shape, strides))
    shape = len(x), rows, columns, kernel.shape[3]
    if type(_elsewhere(x, kernel)) is External:
        matrix = kernel.reshape(-1, kernel.shape[3])
        return np.concatenate([windows @ matrix for _, windows in _windows(x, kernel.shape[:2], strides)]).reshape(shape)
    y = np.empty(shape, np.result_type(x, kernel))
    _put_products(y, x, kernel, strides)
    return y


conv2d_images: Any = rule(
    _conv2d_images,
    lambda g, y, upstream, kernel, size, strides: conv2d(g, kernel, strides),
    lambda g, y, upstream, kernel, size, strides: conv2d_kernel(g, upstream, np.shape(kernel)[:2], strides),
    linear=True, batch=_joining((0, 0), (2, 3)), internal=True, label="conv2d_images",
)  # fmt: skip
conv2d_kernel: Any = rule(
    _conv2d_kernel,
    lambda g, y, x, upstream, size, strides: conv2d_images(upstream, g, np.shape(x)[1:3], strides),
    lambda g, y, x, upstream, size, strides: conv2d(x, g, strides),
    linear=True, batch=_joining((3, 2), (3, 3)), internal=True, label="conv2d_kernel",
)  # fmt: skip


# -- pooling ---------------------------------------------------------------------------------------------------------------


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
