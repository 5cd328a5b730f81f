"""Polynomials by their coefficients, the highest power first, as in `np.poly1d`: values, arithmetic, roots, fits."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.box import Box, raw_of
from autodiff.core.duck import Duck
from autodiff.core.external import as_array, is_lazy
from autodiff.core.op import everything_recorded
from autodiff.core.registry import REGISTRY, decomposition, may_look, op, rule, seen, stack_boxes
from autodiff.rules.joining import concatenate, stack
from autodiff.rules.looking import constant_op
from autodiff.rules.shapes import ASTYPE, reshape
from autodiff.rules.signal import convolve

__all__ = [
    "poly", "polyadd", "polyder", "polydiv", "polyfit", "polyint", "polymul", "polysub", "polyval", "roots", "vander",
]  # fmt: skip


def _coefficients(p):
    """p as an array of one axis or more."""
    p = p if isinstance(p, (Box, Duck)) else stack_boxes(p) if isinstance(p, (list, tuple)) else as_array(p)
    return reshape(p, 1) if np.ndim(p) == 0 else p


def _vector(p, name):
    p = _coefficients(p)
    if np.ndim(p) > 1:
        raise TypeError(f"{name} of a tracked array does not take arrays of {np.ndim(p)} axes: pass vectors.")
    return p


@constant_op
def leading_places(p, near):
    """The places from the first number on that is not zero (or nearly zero); at least the last."""
    zeros = np.isclose(p, 0, rtol=1e-14) if near else p == 0
    zeros = np.all(np.reshape(zeros, (len(p), -1)), axis=1)
    return np.arange(int(np.argmin(np.concatenate([zeros[:-1], np.zeros(1, bool)]))), len(p))


def _without_leading_zeros(p, near=False):
    """p as polynomials are compared. How many numbers that leaves depends on the numbers; lazy arrays keep all."""
    if is_lazy(raw_of(p)):
        return p
    if everything_recorded.get():
        return p[leading_places(p, near=near)]
    numbers = seen(p)
    rows = [numbers] if numbers.ndim == np.ndim(p) else np.reshape(numbers, (-1, *np.shape(p)))
    starts = {int(leading_places(row, near=near)[0]) for row in rows}
    if len(starts) > 1:
        raise NotBatchable
    start = starts.pop()
    return p[start:] if start else p


def _aligned(a1, a2, name):
    """Two polynomials with as many coefficients, zeros in front of the shorter."""
    a1, a2 = _vector(a1, name), _vector(a2, name)
    n = max(np.size(a1), np.size(a2))
    return [concatenate([np.zeros(n - np.size(a), a.dtype), a]) if np.size(a) < n else a for a in (a1, a2)]


@decomposition(np.polyadd)
def polyadd(a1, a2):
    a1, a2 = _aligned(a1, a2, "polyadd")
    return a1 + a2


@decomposition(np.polysub)
def polysub(a1, a2):
    a1, a2 = _aligned(a1, a2, "polysub")
    return a1 - a2


@decomposition(np.polymul)
def polymul(a1, a2):
    a1, a2 = (p if np.size(p) else np.zeros(1, p.dtype) for p in map(_coefficients, (a1, a2)))
    return convolve(_without_leading_zeros(a1), _without_leading_zeros(a2))


@decomposition(np.polydiv)
def polydiv(u, v):
    """The quotient and the remainder, by long division."""
    u, v = _vector(u, "polydiv") + 0.0, _vector(v, "polydiv") + 0.0
    dtype = np.result_type(u.dtype, v.dtype)
    r = u if u.dtype == dtype else ASTYPE((u,), {"dtype": dtype})
    scale, n, q = 1.0 / v[0], len(v), []
    for k in range(len(u) - n + 1):
        q.append(scale * r[k])
        r = concatenate([r[:k], r[k : k + n] - q[-1] * v, r[k + n :]])
    if is_lazy(raw_of(r)):  # nobody knows whether more of it is 0
        r = r[min(len(q), len(r) - 1) :]
    return (stack(q) if q else np.zeros_like(r[:1])), _without_leading_zeros(r, near=True)


@decomposition(np.polyder)
def polyder(p, m=1):
    for _ in range(int(m)):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@decomposition(np.polyint)
def polyint(p, m=1, k=None):
    """The constants of integration are `k`, one for each of the m integrals or one for all."""
    k = np.zeros(int(m)) if k is None else _coefficients(k)
    for j in range(int(m)):
        added = k[j : j + 1] if np.size(k) > 1 else k[:1]
        p = concatenate([p / np.arange(len(p), 0, -1), added])
    return p


POLYINT: Any = REGISTRY[np.polyint]
POLYINT.constants = []  # elsewhere `k` has no derivative


@decomposition(np.polyval)
def polyval(p, x):
    """By Horner's rule."""
    y = np.zeros_like(x)
    for k in range(len(p)):
        y = y * x + p[k]
    return y


@decomposition(np.vander)
def vander(x, N=None, increasing=False):
    N = np.size(x) if N is None else int(N)
    dtype = np.promote_types(x.dtype, int)
    columns = _powers(x if x.dtype == dtype else ASTYPE((x,), {"dtype": dtype}), N)
    return columns if increasing else columns[:, ::-1]


def _powers(x, n):
    """x^0, x^1, ... x^(n - 1) along a new last axis."""
    powers = [np.ones_like(x)]
    for _ in range(n - 1):
        powers.append(powers[-1] * x)
    return stack(powers, axis=-1)[:, :n]


# -- roots -----------------------------------------------------------------------------------------------------------


def _roots_vjp(g, y, p):
    """For the coefficient of x^k the sum of -g r^k / p'(r) over the roots r: p(r) = 0, differentiated. Not of a double root."""
    powers, n = _powers(y, np.size(p)), np.size(p)
    slope = powers[:, : n - 1] @ (np.reshape(p, -1)[n - 2 :: -1] * np.arange(1, n, dtype=p.dtype)) if n > 1 else y
    return np.reshape(np.sum(np.expand_dims(-g / slope, -1) * powers[:, ::-1], axis=0), np.shape(p))


roots = rule(np.roots, _roots_vjp, takes_complex=True)


def _poly_of_matrix_vjp(g, y, matrix):
    """The adjugate of (x - A) has the coefficients B[0] = 1, B[k] = A B[k-1] + y[k], and the derivative of y[k] is
    -trace(B[k-1] dA): Faddeev and LeVerrier."""
    adjugate, part = np.eye(len(matrix), dtype=matrix.dtype), np.zeros_like(matrix)
    for k in range(1, len(matrix) + 1):
        part = part - g[k] * np.transpose(adjugate)
        adjugate = matrix @ adjugate + y[k] * np.eye(len(matrix), dtype=matrix.dtype)
    return part


def _poly_of_matrices(op, inputs, flags, params):
    if not isinstance(inputs[0], np.ndarray):
        raise NotBatchable
    values = np.linalg.eigvals(inputs[0])


    def times(p, k):
        return np.pad(p, [(0, 0), (0, 1)]) - np.pad(p * values[:, k : k + 1], [(0, 0), (1, 0)])

    p = functools.reduce(times, range(values.shape[1]), np.ones_like(values[:, :1]))
    return p.real.astype(inputs[0].dtype)


def _poly_of_matrix(matrix):
    return np.poly(matrix)


POLY_OF_MATRIX: Any = op(_poly_of_matrix_vjp, internal=True, label="charpoly", batch=_poly_of_matrices)(_poly_of_matrix)


@decomposition(np.poly)
def poly(seq_of_zeros):
    """The polynomial of these roots, or the characteristic polynomial of a matrix."""
    zeros = _coefficients(seq_of_zeros)
    zeros = zeros if zeros.dtype.char in "fdgFDG" else ASTYPE((zeros,), {"dtype": float})
    if np.ndim(zeros) == 2:
        return POLY_OF_MATRIX(zeros)
    if np.size(zeros) == 0:
        return 1.0
    one = np.ones(1, zeros.dtype)
    p = one
    for k in range(np.size(zeros)):
        p = concatenate([p, one * 0]) - concatenate([one * 0, p * zeros[k]])
    return p


@decomposition(np.polyfit)
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """Least squares for the columns of powers of x, each scaled to length 1."""
    x, y = x + 0.0, y + 0.0
    rcond = len(x) * np.finfo(x.dtype).eps if rcond is None else rcond
    left, right = vander(x, int(deg) + 1), y
    if w is not None:
        w = w + 0.0
        left, right = left * w[:, np.newaxis], right * (w[:, np.newaxis] if np.ndim(right) == 2 else w)
    scale = np.sqrt(np.sum(left * left, axis=0))
    left = left / scale
    c, residuals, rank, singular = np.linalg.lstsq(left, right, rcond)
    if may_look(rank) and np.any(np.less(seen(rank), int(deg) + 1)):
        raise TypeError(
            f"polyfit of a tracked array does not take fewer than {int(deg) + 1} different points, or an rcond= that passes "
            "over powers of x: such a fit has no derivative here."
        )
    c = np.transpose(np.transpose(c) / scale)
    if full:
        return c, residuals, rank, singular, rcond
    if not cov:
        return c
    base = np.linalg.inv(np.transpose(left) @ left) / np.outer(scale, scale)
    factor = 1.0 if isinstance(cov, str) and cov == "unscaled" else residuals / (len(x) - int(deg) - 1)
    return c, base * factor if np.ndim(y) == 1 else base[:, :, np.newaxis] * factor
