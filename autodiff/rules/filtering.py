"""Convolutions and filters of raw arrays: by scipy, and on arrays of another library in terms of numpy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import is_complex
from autodiff.core.external import first_external, is_lazy
from autodiff.core.finite import is_finite
from autodiff.core.matrices import LARGEST

SHIFTS = 128  # numbers of an array, up to which a sum over them is taken where scipy doesn't compute


def full_convolution(a: Any, v: Any) -> Any:
    """scipy's convolution of mode "full", by the faster method."""
    import scipy.signal

    if first_external((a, v)) is not None:
        return _on_another_library(a, v)
    dtype = np.result_type(a, v)
    if dtype == np.float16:  # which scipy does not convolve
        return scipy.signal.convolve(a.astype("f4"), v.astype("f4")).astype(dtype)

    fast = scipy.signal.choose_conv_method(a, v) == "fft" and is_finite(a) and is_finite(v)  # fft spreads a NaN to all numbers
    return scipy.signal.convolve(a, v, method="fft" if fast else "direct")


def _on_another_library(a: Any, v: Any) -> Any:
    """The full convolution of arrays of another library: as a sum over the numbers of the smaller array, or by Fourier
    transforms. Lazy arrays are gathered in one block unless they are large."""
    small, large = sorted((v, a), key=np.size)
    lazy = is_lazy(small) or is_lazy(large)
    if lazy and large.nbytes <= LARGEST:
        return _gathered(a, v)
    if small.size <= SHIFTS:
        places = list(np.ndindex(small.shape))
        moved = [np.pad(large, [(k, n - 1 - k) for k, n in zip(place, small.shape)]) for place in places]
        return sum(small[place] * part for place, part in zip(places[1:], moved[1:])) + small[places[0]] * moved[0]
    if lazy:
        raise TypeError(f"the smaller array has {small.size} numbers, and the other is too large to be gathered")
    shape, axes = [m + n - 1 for m, n in zip(a.shape, v.shape)], tuple(range(a.ndim))
    there, back = (np.fft.fftn, np.fft.ifftn) if is_complex(a) or is_complex(v) else (np.fft.rfftn, np.fft.irfftn)
    return back(there(a, shape, axes) * there(v, shape, axes), shape, axes).astype(np.result_type(a, v))


def _whole(a: Any, v: Any) -> str:
    names = [",".join(f"{part}{k}" for k in range(a.ndim)) for part in "ab"]
    return f"({names[0]}),({names[1]})->({','.join(str(m + n - 1) for m, n in zip(a.shape, v.shape))})"


@on_blocks(_whole)
def _gathered(a: Any, v: Any) -> Any:
    return full_convolution(a, v)


def filtered(b: Any, a: Any, x: Any, axis: int) -> Any:
    """scipy's filter along an axis."""
    import scipy.signal

    if first_external((b, a, x)) is not None:
        return _by_doubling(b, a, x, axis)
    return scipy.signal.lfilter(b, a, x, axis)


filtered.__name__ = "lfilter"


def _by_doubling(b: Any, a: Any, x: Any, axis: int) -> Any:
    """The same by operations on all times at once. A state is the sum over k of the k-th power of one matrix times what came
    in k steps ago: each round doubles how many of these it has."""
    b, a, x = b / a[0], a / a[0], np.moveaxis(x, axis, -1)
    n, order, still = x.shape[-1], a.size - 1, [(0, 0)] * x.ndim
    y = sum(b[k] * np.pad(x[..., : n - k], [*still[1:], (k, 0)]) for k in range(1, min(n, b.size))) + b[0] * x
    if order:
        step = np.concatenate([np.expand_dims(-a[1:], 0), np.eye(order, dtype=a.dtype)[:-1]])
        state, k = np.stack([y, *[np.zeros_like(y)] * (order - 1)], -2), 1
        while k < n:
            state = state + np.pad(step @ state[..., :-k], [*still, (k, 0)])
            step, k = step @ step, 2 * k
        y = state[..., 0, :]
    return np.moveaxis(y, -1, axis)
