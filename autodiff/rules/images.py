"""Images: convolution, by windows that lie inside the image. The axes are (batch, height, width, channels).

The product <g, conv2d(x, kernel)> is linear in each of g, x and kernel. Each of the three ops of a convolution is its
derivative in one of them, so the rules of each are the other two.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, again
from autodiff.core.external import External, as_array
from autodiff.core.registry import op, rule
from autodiff.core.transfer import new_zeros

__all__ = ["conv2d"]

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
    total = new_zeros(x if type(x) is External else g, (math.prod(size) * channels, filters), np.result_type(x, g))
    for part, windows in _windows(x, size, strides):
        total += windows.T @ g[part].reshape(len(windows), filters)
    return total.reshape(*size, channels, filters)


def _conv2d_images(g, kernel, size, strides):
    """The derivative of <g, conv2d(x, kernel)> in images x of this size: each place of the kernel adds a product."""
    (n, rows, columns, filters), (kh, kw, channels, _), (sh, sw) = g.shape, kernel.shape, _pair("The stride", strides)
    x = new_zeros(g if type(g) is External else kernel, (n, *size, channels), np.result_type(g, kernel))
    flat = g.reshape(n * rows * columns, filters)
    for i in range(kh):
        for j in range(kw):
            part = (flat @ kernel[i, j].T).reshape(n, rows, columns, channels)
            x[:, i : i + rows * sh : sh, j : j + columns * sw : sw] += part
    return x


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
    if External in (type(x), type(kernel)):
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
