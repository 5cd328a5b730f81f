"""Sine, cosine and tangent of square matrices, and their hyperbolic kin, in terms of the exponential."""

from __future__ import annotations

import numpy as np

from autodiff.core.registry import decomposition
from autodiff.rules.matrix_functions import expm, in_direction
from autodiff.rules.shapes import floating


def _array(x):
    return floating(x if hasattr(x, "dtype") else np.asarray(x))


def _turned(a):
    """cos and sin of a: the exponential of [[0, -a], [a, 0]] is [[cos, -sin], [sin, cos]]."""
    a = _array(a)
    n, zero = np.shape(a)[-1], np.zeros_like(a)
    whole = expm(np.concatenate([np.concatenate([zero, -a], -1), np.concatenate([a, zero], -1)], -2))
    return whole[..., :n, :n], whole[..., n:, :n]


@decomposition(None)
def cosm(A):
    """The cosine of a square matrix, or of each of a stack of them, as scipy.linalg.cosm."""
    return _turned(A)[0]


@decomposition(None)
def sinm(A):
    """The sine of a square matrix, or of each of a stack of them, as scipy.linalg.sinm."""
    return _turned(A)[1]


@decomposition(None)
def tanm(A):
    """The tangent of a square matrix, or of each of a stack of them, as scipy.linalg.tanm."""
    cos, sin = _turned(A)
    return np.linalg.solve(cos, sin)


@decomposition(None)
def coshm(A):
    """The hyperbolic cosine of a square matrix, or of each of a stack of them, as scipy.linalg.coshm."""
    return 0.5 * (expm(A) + expm(-_array(A)))


@decomposition(None)
def sinhm(A):
    """The hyperbolic sine of a square matrix, or of each of a stack of them, as scipy.linalg.sinhm."""
    return 0.5 * (expm(A) - expm(-_array(A)))


@decomposition(None)
def tanhm(A):
    """The hyperbolic tangent of a square matrix, or of each of a stack of them, as scipy.linalg.tanhm."""
    up, down = expm(A), expm(-_array(A))
    return np.linalg.solve(up + down, up - down)


@decomposition(None)
def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    """The exponential of A and its derivative in the direction E, or that alone, as scipy.linalg.expm_frechet."""
    along = in_direction(expm, _array(A), _array(E))
    return (expm(A), along) if compute_expm else along
