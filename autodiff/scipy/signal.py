"""Functions of scipy.signal: convolutions of any number of axes, and filters.

>>> import autodiff as ad
>>> ad.grad(lambda b: ad.scipy.signal.lfilter([b], [1.0, -0.5], [1.0, 0.0, 0.0])[2])(2.0)
0.25
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.box import first_box
from autodiff.core.duck import Duck
from autodiff.core.external import External
from autodiff.core.registry import decomposition, first_duck, rule, stack_boxes
from autodiff.core.types import ArrayLike
from autodiff.failures.arguments import chosen_of
from autodiff.rules.filtering import filtered, full_convolution

__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "fftconvolve", "lfilter", "sosfilt"]

MODES = ("full", "same", "valid")


# -- convolution -----------------------------------------------------------------------------------------------------------


def _batch(op: Any, inputs: list[Any], flags: list[bool], params: dict[str, Any]) -> Any:
    """An axis of one number in the other array is an axis along which nothing is summed. Two batches are sums over windows."""
    if any(isinstance(x, Duck) for x in inputs):
        raise NotBatchable
    if all(flags):
        a, v = inputs
        size, axes = v.shape[1:], tuple(range(1, v.ndim))
        padded = np.pad(a, [(0, 0), *[(n - 1, n - 1) for n in size]])
        windows = np.lib.stride_tricks.sliding_window_view(padded, size, axes)
        kernel, batch, rest = list(range(len(axes))), len(axes), list(range(len(axes) + 1, 2 * len(axes) + 1))
        return np.einsum(windows, [batch, *rest, *kernel], np.flip(v, axes), [batch, *kernel], [batch, *rest])
    return op.forward(*[x if flag else np.expand_dims(x, 0) for x, flag in zip(inputs, flags)])


def _full(a: Any, v: Any) -> Any:
    batch: Any = first_duck((a, v))
    if batch is not None and type(batch) is not External:
        return batch.run(FULL.op, (a, v), {})
    return full_convolution(a, v)


def _valid(g: Any, other: Any) -> Any:
    """What the cotangent of a full convolution sends to one of its arrays."""
    return convolve(g, np.flip(other), "valid")


_full.__name__ = "convolve"
FULL = rule(
    _full,
    lambda g, y, a, v: _valid(g, v),
    lambda g, y, a, v: _valid(g, a),
    batch=_batch,
    linear=True,
)


@decomposition(None)
def convolve(in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto") -> Any:
    """`scipy.signal.convolve`: the convolution of two arrays of the same number of axes.

    Parameters
    ----------
    in1, in2 : array_like
    mode : {"full", "same", "valid"}
        All of it; its middle, of the shape of in1; only what needs no zeros outside.
    method : {"auto", "direct", "fft"}
        For plain arrays; with a box it is "auto", which chooses the faster.

    Returns
    -------
    Tensor or array

    Examples
    --------
    >>> convolve(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 1.0]]), mode="valid")
    array([[3., 5.]])
    """
    a, v = _array(in1), _array(in2)
    chosen_of(mode, MODES, "convolve", "mode")
    chosen_of(method, ("auto", "direct", "fft"), "convolve", "method")
    if method != "auto" and first_box((a, v)) is None and first_duck((a, v)) is None:
        import scipy.signal

        return scipy.signal.convolve(a, v, mode, method)
    if np.ndim(a) != np.ndim(v):
        raise ValueError(f"convolve takes two arrays of the same number of axes, but got {np.ndim(a)} and {np.ndim(v)}.")
    if not np.size(a) or not np.size(v):
        raise ValueError(f"convolve takes arrays with numbers, but got the shapes {np.shape(a)} and {np.shape(v)}.")
    y, shapes = FULL(a, v), list(zip(np.shape(a), np.shape(v)))
    if mode == "full":
        return y
    if mode == "same":
        return y[tuple([slice((n - 1) // 2, (n - 1) // 2 + m) for m, n in shapes])]
    if not (all(m >= n for m, n in shapes) or all(m <= n for m, n in shapes)):
        raise ValueError(f"With mode='valid' one array must be as large as the other on every axis, but got {shapes}.")
    return y[tuple([slice(min(pair) - 1, max(pair)) for pair in shapes])]


def _array(x: Any) -> Any:
    """A list as an array; boxes in it are stacked."""
    return stack_boxes(x) if isinstance(x, (list, tuple)) else x


@decomposition(None)
def correlate(in1: ArrayLike, in2: ArrayLike, mode: str = "full", method: str = "auto") -> Any:
    """`scipy.signal.correlate`: `convolve` of in1 with the conjugate of in2 in reverse, with the same parameters.

    >>> correlate(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0]))
    array([1., 2., 3., 0.])
    """
    return convolve(in1, np.flip(np.conjugate(_array(in2))), mode, method)


@decomposition(None)
def fftconvolve(in1: ArrayLike, in2: ArrayLike, mode: str = "full") -> Any:
    """`scipy.signal.fftconvolve` of all axes: the numbers of `convolve`.

    >>> np.round(fftconvolve(np.array([1.0, 2.0]), np.array([1.0, 1.0])), 12)
    array([1., 3., 2.])
    """
    return convolve(in1, in2, mode)


@decomposition(None)
def convolve2d(in1: ArrayLike, in2: ArrayLike, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """`scipy.signal.convolve2d`: `convolve` of matrices. Outside are a `fillvalue`, the matrix once more, or its mirror image.

    >>> convolve2d([[1.0, 2.0]], [[1.0, 1.0]], boundary="wrap")
    array([[3., 3., 3.]])
    """
    v = _array(in2)
    return _bounded(_array(in1), v, mode, boundary, fillvalue, [(n - 1) // 2 for n in np.shape(v)])


@decomposition(None)
def correlate2d(in1: ArrayLike, in2: ArrayLike, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """`scipy.signal.correlate2d`: `convolve2d` with the conjugate of in2 in reverse.

    >>> correlate2d([[1.0, 2.0]], [[0.0, 1.0]])
    array([[1., 2., 0.]])
    """
    v = np.flip(np.conjugate(_array(in2)))
    return _bounded(_array(in1), v, mode, boundary, fillvalue, [n // 2 for n in np.shape(v)])


BOUNDARIES: dict[str, Any] = {  # numpy's words for scipy's
    "fill": "constant", "pad": "constant", "wrap": "wrap", "circular": "wrap", "symm": "symmetric", "symmetric": "symmetric",
}  # fmt: skip


def _bounded(a: Any, v: Any, mode: str, boundary: str, fillvalue: float, middle: list[int]) -> Any:
    """The convolution of matrices with numbers outside; that of mode "same" begins at `middle`."""
    chosen_of(boundary, tuple(BOUNDARIES), "convolve2d", "boundary")
    chosen_of(mode, MODES, "convolve2d", "mode")
    if mode == "valid":
        return convolve(a, v, mode)
    kind: Any = BOUNDARIES[boundary]
    values: Any = {"constant_values": fillvalue} if kind == "constant" else {}
    y = convolve(np.pad(a, [(n - 1, n - 1) for n in np.shape(v)], kind, **values), v, "valid")
    return y if mode == "full" else y[tuple([slice(k, k + m) for k, m in zip(middle, np.shape(a))])]


# -- filters ---------------------------------------------------------------------------------------------------------------


def _reversed(g: Any, a: Any, axis: int, b: Any = None) -> Any:
    """The filter run backwards in time, which is the transpose of the filter."""
    return np.flip(FILTER(np.ones(1, g.dtype) if b is None else b, a, np.flip(g, axis), axis), axis)


def _lagged(w: Any, x: Any, count: int, axis: int) -> Any:
    """For each lag k below `count` the sum of w[n] x[n - k], over all else too."""
    w, x = np.moveaxis(w, axis, -1), np.moveaxis(x, axis, -1)
    n = np.shape(x)[-1]
    return np.stack([np.sum(w[..., k:] * x[..., : max(0, n - k)]) for k in range(count)])


def _batch_of_signals(op: Any, inputs: list[Any], flags: list[bool], params: dict[str, Any]) -> Any:
    if flags[0] or flags[1] or isinstance(inputs[2], Duck):
        raise NotBatchable
    axis = params["axis"]
    return op.forward(*inputs, axis=axis if axis < 0 else axis + 1)


FILTER = rule(
    filtered,
    lambda g, y, b, a, x, axis: _lagged(_reversed(g, a, axis), x, np.size(b), axis),
    lambda g, y, b, a, x, axis: -_lagged(_reversed(g, a, axis), y, np.size(a), axis),
    lambda g, y, b, a, x, axis: _reversed(g, a, axis, b),
    batch=_batch_of_signals,
    takes_complex=True,
)


@decomposition(None)
def lfilter(b: ArrayLike, a: ArrayLike, x: ArrayLike, axis: int = -1) -> Any:
    """`scipy.signal.lfilter`: the digital filter a[0] y[n] = sum b[k] x[n - k] - sum a[k] y[n - k], k from 1 in the last sum.

    Parameters
    ----------
    b, a : array_like
        The coefficients, of shapes (m,) and (n,). All have derivatives, also a[0].
    x : array_like
        The signals, along `axis`. Before them is 0: there is no `zi`.
    axis : int

    Returns
    -------
    Tensor or array
        Of the shape of x.

    Notes
    -----
    Let w be the cotangent of y filtered by 1 / a backwards in time. Then dL/dx is the sum of b[k] w[n + k], dL/db[k] that of
    w[n] x[n - k], and dL/da[k] that of -w[n] y[n - k]. A gradient costs two more filterings. No step of time is recorded.

    Examples
    --------
    >>> lfilter([1.0], [1.0, -0.5], [1.0, 0.0, 0.0])
    array([1.  , 0.5 , 0.25])
    """
    b, a, x = (np.reshape(_array(part), 1) if np.ndim(_array(part)) == 0 else _array(part) for part in (b, a, x))
    return FILTER(b, a, x, axis)


@decomposition(None)
def sosfilt(sos: ArrayLike, x: ArrayLike, axis: int = -1) -> Any:
    """`scipy.signal.sosfilt`: filters of second order one after the other, a row [b0, b1, b2, a0, a1, a2] for each.

    >>> sosfilt([[1.0, 0.0, 0.0, 1.0, -0.5, 0.0]], [1.0, 0.0, 0.0])
    array([1.  , 0.5 , 0.25])
    """
    rows = _array(sos)
    y = _array(x)
    for k in range(np.shape(rows)[0]):
        y = lfilter(rows[k, :3], rows[k, 3:], y, axis)
    return y
