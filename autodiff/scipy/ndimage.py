"""Filters of scipy.ndimage that are linear in the image. Weights have derivatives too; widths such as `sigma` are constants.
Of an image of whole numbers the results are floats, where scipy rounds them.

>>> import autodiff as ad
>>> ad.grad(lambda x: ad.scipy.ndimage.uniform_filter1d(x, 3)[0])([1.0, 2.0, 3.0]).round(3)
array([0.667, 0.333, 0.   ])
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.registry import decomposition, stack_boxes
from autodiff.core.types import ArrayLike
from autodiff.failures.arguments import chosen_of
from autodiff.scipy import signal

__all__ = [
    "convolve", "convolve1d", "correlate", "correlate1d", "gaussian_filter", "gaussian_filter1d", "uniform_filter",
    "uniform_filter1d",
]  # fmt: skip

PADDING = {  # numpy's words for scipy's
    "reflect": "symmetric", "grid-mirror": "symmetric", "constant": "constant", "grid-constant": "constant", "nearest": "edge",
    "mirror": "reflect", "wrap": "wrap", "grid-wrap": "wrap",
}  # fmt: skip


@decomposition(None)
def correlate(input: ArrayLike, weights: ArrayLike, mode: str = "reflect", cval: float = 0.0, origin: Any = 0) -> Any:
    """`scipy.ndimage.correlate`: sums of neighbours with weights, of the shape of the input. Complex weights are conjugated.

    Parameters
    ----------
    input, weights : array_like
        Arrays of the same number of axes.
    mode : {"reflect", "constant", "nearest", "mirror", "wrap"}
        What stands outside.
    cval : float
        The constant of mode "constant".
    origin : int or sequence of ints
        The weights are moved by so many places to the left.

    Returns
    -------
    Tensor or array

    Examples
    --------
    >>> correlate([1.0, 2.0, 3.0], [0.0, 0.0, 1.0])
    array([2., 3., 3.])
    """
    x, w = _array(input), _array(weights)
    if np.ndim(x) != np.ndim(w):
        raise ValueError(f"correlate takes weights of {np.ndim(x)} axes, as the input has, but got {np.ndim(w)}.")
    if not np.size(x) or not np.size(w):
        raise ValueError(f"correlate takes arrays with numbers, but got the shapes {np.shape(x)} and {np.shape(w)}.")
    if type(w) is np.ndarray and x.dtype.kind == "f" and not is_complex(w):
        w = w.astype(x.dtype)  # the result has the dtype of the image
    chosen_of(mode, tuple(PADDING), "correlate", "mode")
    moved = [operator.index(k) for k in np.broadcast_to(origin, np.ndim(x)).tolist()]
    before = [n // 2 + k for n, k in zip(np.shape(w), moved)]
    if any(not 0 <= b < n for b, n in zip(before, np.shape(w))):
        raise ValueError(f"The origin {origin} moves the weights of shape {np.shape(w)} off their place.")
    pads = [(b, n - 1 - b) for b, n in zip(before, np.shape(w))]
    kind: Any = PADDING[mode]
    values: Any = {"constant_values": cval} if kind == "constant" else {}
    return signal.convolve(np.pad(x, pads, kind, **values), np.flip(conjugate(w)), "valid")


@decomposition(None)
def convolve(input: ArrayLike, weights: ArrayLike, mode: str = "reflect", cval: float = 0.0, origin: Any = 0) -> Any:
    """`scipy.ndimage.convolve`: `correlate` with the weights in reverse. Parameters are those of `correlate`.

    >>> convolve([1.0, 2.0, 3.0], [0.0, 0.0, 1.0])
    array([1., 1., 2.])
    """
    w = _array(weights)
    moved = np.broadcast_to(origin, np.ndim(w)).tolist()
    return correlate(input, conjugate(np.flip(w)), mode, cval, [-k - (n % 2 == 0) for k, n in zip(moved, np.shape(w))])


@decomposition(None)
def correlate1d(
    input: ArrayLike, weights: ArrayLike, axis: int = -1, mode: str = "reflect", cval: float = 0.0, origin: int = 0
) -> Any:
    """`scipy.ndimage.correlate1d`: `correlate` along one axis, with weights of shape (n,).

    >>> correlate1d([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0, 1.0])
    array([[2., 2.],
           [4., 4.]])
    """
    return _along(correlate, input, weights, axis, mode, cval, origin)


@decomposition(None)
def convolve1d(
    input: ArrayLike, weights: ArrayLike, axis: int = -1, mode: str = "reflect", cval: float = 0.0, origin: int = 0
) -> Any:
    """`scipy.ndimage.convolve1d`: `convolve` along one axis, with weights of shape (n,).

    >>> convolve1d([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0, 1.0])
    array([[1., 1.],
           [3., 3.]])
    """
    return _along(convolve, input, weights, axis, mode, cval, origin)


@decomposition(None)
def gaussian_filter1d(
    input: ArrayLike,
    sigma: float,
    axis: int = -1,
    order: int = 0,
    mode: str = "reflect",
    cval: float = 0.0,
    truncate: float = 4.0,
) -> Any:
    """`scipy.ndimage.gaussian_filter1d`: weights of a normal density of width `sigma` along one axis, or their derivative of
    an `order`.

    >>> gaussian_filter1d([0.0, 1.0, 0.0], 1.0).round(3)
    array([0.296, 0.408, 0.296])
    """
    return correlate1d(input, _gaussian(float(sigma), order, int(truncate * sigma + 0.5))[::-1], axis, mode, cval)


@decomposition(None)
def gaussian_filter(
    input: ArrayLike, sigma: Any, order: Any = 0, mode: str = "reflect", cval: float = 0.0, truncate: float = 4.0
) -> Any:
    """`scipy.ndimage.gaussian_filter`: `gaussian_filter1d` along every axis; `sigma` and `order` are for all, or one for each.

    >>> gaussian_filter([[0.0, 1.0, 0.0]], 1.0).round(3)
    array([[0.296, 0.408, 0.296]])
    """
    y = _array(input)
    widths, orders = (np.broadcast_to(part, np.ndim(y)).tolist() for part in (sigma, order))
    for axis, (width, k) in enumerate(zip(widths, orders)):
        if width > 1e-15:
            y = gaussian_filter1d(y, width, axis, k, mode, cval, truncate)
    return y


@decomposition(None)
def uniform_filter1d(
    input: ArrayLike, size: int, axis: int = -1, mode: str = "reflect", cval: float = 0.0, origin: int = 0
) -> Any:
    """`scipy.ndimage.uniform_filter1d`: the mean of `size` neighbours along one axis.

    >>> uniform_filter1d([1.0, 2.0, 6.0], 3).round(3)
    array([1.333, 3.   , 4.667])
    """
    return correlate1d(input, np.full(size, 1.0 / size), axis, mode, cval, origin)


@decomposition(None)
def uniform_filter(input: ArrayLike, size: Any = 3, mode: str = "reflect", cval: float = 0.0, origin: Any = 0) -> Any:
    """`scipy.ndimage.uniform_filter`: the mean of a box of neighbours; `size` and `origin` are for all axes, or one for each.

    >>> uniform_filter([[1.0, 2.0, 6.0]], (1, 3)).round(3)
    array([[1.333, 3.   , 4.667]])
    """
    y = _array(input)
    sizes, moved = (np.broadcast_to(part, np.ndim(y)).tolist() for part in (size, origin))
    for axis, (n, k) in enumerate(zip(sizes, moved)):
        if n > 1:
            y = uniform_filter1d(y, n, axis, mode, cval, k)
    return y


def _array(x: Any) -> Any:
    """An array of at least one number in each axis; boxes in a list are stacked."""
    return stack_boxes(x) if isinstance(x, (list, tuple)) else x


def _along(filter: Callable[..., Any], input: Any, weights: Any, axis: int, mode: str, cval: float, origin: int) -> Any:
    """A filter with weights along one axis."""
    x, w = _array(input), _array(weights)
    place = normalize_axis_index(axis, np.ndim(x))
    shape = [1] * np.ndim(x)
    shape[place] = np.size(w)
    return filter(x, np.reshape(w, shape), mode, cval, [origin if k == place else 0 for k in range(np.ndim(x))])


def _gaussian(sigma: float, order: int, radius: int) -> Any:
    """The normal density at the whole numbers, with sum 1, times the polynomial that its derivative of an order has."""
    x = np.arange(-radius, radius + 1)
    density = np.exp(-0.5 / sigma**2 * x**2)
    powers = np.arange(order + 1)
    step = np.diag(powers[1:], 1) + np.diag(np.full(order, -1.0 / sigma**2), -1)  # of q to q' + q p' / p
    q = np.linalg.matrix_power(step, order)[:, 0]
    return density / density.sum() * (x[:, np.newaxis] ** powers @ q)
