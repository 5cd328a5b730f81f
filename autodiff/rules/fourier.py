"""Discrete Fourier transforms: numpy.fft whole.

A transform is linear, and its matrix is symmetric. So the rule of `fft` is `fft`, and that of `ifft` is `ifft`. Where the input
is cut or filled up to n numbers, the cotangent is filled up or cut.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import on_axes
from autodiff.core.registry import decomposition, metadata, rule

__all__ = [
    "fft", "fft2", "fftn", "fftshift", "hfft", "ifft", "ifft2", "ifftn", "ifftshift", "ihfft", "irfft", "irfft2", "irfftn",
    "rfft", "rfft2", "rfftn",
]  # fmt: skip

OPPOSITE = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}  # the norms of a Hermitian one
ALONG_AXIS = on_axes("axis", default=-1)


def cut_like(g, x, axis):
    """The first numbers of g along an axis, as many as x has there; zeros where g has fewer."""
    axis, wanted = axis % x.ndim, x.shape[axis]
    if g.shape[axis] < wanted:
        return np.pad(g, [(0, wanted - g.shape[axis] if k == axis else 0) for k in range(x.ndim)])
    return g if g.shape[axis] == wanted else g[(slice(None),) * axis + (slice(wanted),)]


fft = rule(
    np.fft.fft, lambda g, y, a, n=None, axis=-1, norm=None: cut_like(np.fft.fft(g, None, axis, norm), a, axis),
    linear=True, batch=ALONG_AXIS,
)  # fmt: skip
ifft = rule(
    np.fft.ifft, lambda g, y, a, n=None, axis=-1, norm=None: cut_like(np.fft.ifft(g, None, axis, norm), a, axis),
    linear=True, batch=ALONG_AXIS,
)  # fmt: skip


def _rfft_vjp(g, y, a, n=None, axis=-1, norm=None):
    """The real part of the fft of g, with 0 for the half that rfft leaves out."""
    return cut_like(np.real(np.fft.fft(g, a.shape[axis] if n is None else n, axis, norm)), a, axis)


def _irfft_vjp(g, y, a, n=None, axis=-1, norm=None):
    """The first half of the ifft of g, times 2, but for the first number and, of an even n, the last."""
    n = g.shape[axis]
    half = np.fft.ifft(g, None, axis, norm)
    half = half[(slice(None),) * (axis % g.ndim) + (slice(n // 2 + 1),)]
    times = np.full(n // 2 + 1, 2.0, np.real(half[:0]).dtype)
    times[0] = times[-1 if n % 2 == 0 else 0] = 1.0
    return cut_like(half * times.reshape([-1 if k == axis % g.ndim else 1 for k in range(g.ndim)]), a, axis)


rfft = rule(np.fft.rfft, _rfft_vjp, linear=True, batch=ALONG_AXIS)
irfft = rule(np.fft.irfft, _irfft_vjp, linear=True, batch=ALONG_AXIS)


@decomposition(np.fft.hfft)
def hfft(a, n=None, axis=-1, norm=None):
    n = 2 * (np.shape(a)[axis] - 1) if n is None else n
    return irfft(np.conjugate(a), n, axis, OPPOSITE.get(norm, norm))


@decomposition(np.fft.ihfft)
def ihfft(a, n=None, axis=-1, norm=None):
    return np.conjugate(rfft(a, n, axis, OPPOSITE.get(norm, norm)))


# -- along several axes: one after another, in numpy's order ----------------------------------------------------------------


def _sizes_and_axes(a, s, axes, of_half=False):
    """The number n for each axis, as numpy takes it from the shape, and the axes."""
    if axes is None:
        axes = range(np.ndim(a)) if s is None else range(-len(s), 0)
    axes = list(axes)
    sizes = [np.shape(a)[axis] if n == -1 else n for n, axis in zip([-1] * len(axes) if s is None else s, axes)]
    if of_half and s is None:
        sizes[-1] = 2 * (np.shape(a)[axes[-1]] - 1)
    return sizes, axes


def _each(transform, a, sizes, axes, norm):
    for n, axis in reversed(list(zip(sizes, axes))):
        a = transform(a, n, axis, norm)
    return a


@decomposition(np.fft.fftn)
def fftn(a, s=None, axes=None, norm=None):
    sizes, axes = _sizes_and_axes(a, s, axes)
    return _each(fft, a, sizes, axes, norm)


@decomposition(np.fft.ifftn)
def ifftn(a, s=None, axes=None, norm=None):
    sizes, axes = _sizes_and_axes(a, s, axes)
    return _each(ifft, a, sizes, axes, norm)


@decomposition(np.fft.rfftn)
def rfftn(a, s=None, axes=None, norm=None):
    sizes, axes = _sizes_and_axes(a, s, axes)
    return _each(fft, rfft(a, sizes[-1], axes[-1], norm), sizes[:-1], axes[:-1], norm)


@decomposition(np.fft.irfftn)
def irfftn(a, s=None, axes=None, norm=None):
    sizes, axes = _sizes_and_axes(a, s, axes, of_half=True)
    for n, axis in zip(sizes[:-1], axes[:-1]):
        a = ifft(a, n, axis, norm)
    return irfft(a, sizes[-1], axes[-1], norm)


@decomposition(np.fft.fft2)
def fft2(a, s=None, axes=(-2, -1), norm=None):
    return fftn(a, s, axes, norm)


@decomposition(np.fft.ifft2)
def ifft2(a, s=None, axes=(-2, -1), norm=None):
    return ifftn(a, s, axes, norm)


@decomposition(np.fft.rfft2)
def rfft2(a, s=None, axes=(-2, -1), norm=None):
    return rfftn(a, s, axes, norm)


@decomposition(np.fft.irfft2)
def irfft2(a, s=None, axes=(-2, -1), norm=None):
    return irfftn(a, s, axes, norm)


def _halves(x, axes):
    axes = tuple(range(np.ndim(x))) if axes is None else (axes,) if isinstance(axes, (int, np.integer)) else tuple(axes)
    return [np.shape(x)[axis] // 2 for axis in axes], axes


@decomposition(np.fft.fftshift)
def fftshift(x, axes=None):
    return np.roll(x, *_halves(x, axes))


@decomposition(np.fft.ifftshift)
def ifftshift(x, axes=None):
    halves, axes = _halves(x, axes)
    return np.roll(x, [-n for n in halves], axes)


metadata(np.fft.fftfreq, np.fft.rfftfreq)
