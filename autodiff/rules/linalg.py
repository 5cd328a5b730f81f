"""Linear algebra: inverses, linear systems, determinants and norms, each of one matrix or of a stack of them.

The formulas are those of Giles, "An extended collection of matrix derivative results" (2008).
"""

from __future__ import annotations

import math

import numpy as np

from autodiff.core.batch_kinds import as_it_is, on_axes, solved
from autodiff.core.box import raw_of, strip
from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.external import External, as_array, is_lazy
from autodiff.core.op import everything_recorded
from autodiff.core.registry import decomposition, may_look, none_of, rule, zero_derivative
from autodiff.failures.nesting import brief
from autodiff.rules.arithmetic import absolute, sign
from autodiff.rules.decompositions import of_triangle, svdvals
from autodiff.rules.looking import looking
from autodiff.rules.reductions import max as largest
from autodiff.rules.reductions import min, product_of_others, sum
from autodiff.rules.shapes import floating
from autodiff.rules.silence import silenced

mT = np.matrix_transpose
inv = rule(np.linalg.inv, lambda g, y, a: -(mT(y) @ g @ mT(y)), batch=as_it_is, takes_complex=True)


def _solve_a(g, y, a, b):
    """-(a^-T g) y^T."""
    back = _solve_b(g, y, a, b)
    return -np.expand_dims(back, -1) * np.expand_dims(y, -2) if b.ndim == 1 else -(back @ mT(y))


def _solve_b(g, y, a, b):
    """a^-T g."""
    if b.ndim == 1:
        return np.linalg.solve(mT(a), np.expand_dims(g, -1))[..., 0]
    return np.linalg.solve(mT(a), g)


solve = rule(np.linalg.solve, _solve_a, _solve_b, batch=solved, takes_complex=True)


def _of_finite(function, a):
    """What `function` makes of each matrix; NaN for those that are not finite, of which LAPACK makes nothing."""
    finite = np.all(np.isfinite(raw_of(a)), axis=(-1, -2), keepdims=True)
    if everything_recorded.get() or none_of(np.logical_not(finite)):
        return function(a)
    return np.where(finite, function(np.where(finite, a, np.eye(a.shape[-1], dtype=a.dtype))), np.nan)


@looking
def _det_vjp(g, y, a):
    """g times the cofactors. These are det(a) inv(a)^T unless a is singular or nearly so."""
    g, y, plain = np.expand_dims(g, (-1, -2)), np.expand_dims(y, (-1, -2)), raw_of(a)
    bound = np.prod(np.sqrt(np.sum(np.square(np.abs(plain)), -1)), -1)  # Hadamard's, which a well-conditioned matrix is near to
    if may_look(y) and np.all(np.abs(raw_of(y)[..., 0, 0]) > 1e-6 * bound):
        return g * y * mT(np.linalg.inv(a))
    return g * _of_finite(_cofactors, a)


def _cofactors(a):
    if isinstance(a, (np.ndarray, External)):
        u, s, vt = np.linalg.svd(a)
        turn = np.expand_dims(np.linalg.det(u) * np.linalg.det(vt), (-1, -2))
        return turn * conjugate((u * np.expand_dims(product_of_others(s), -2)) @ vt)
    n = a.shape[-1]  # the determinants of the minors: slow, but they can be differentiated again
    rest = np.array([k for i in range(n) for k in range(n) if k != i], int)
    minors = np.reshape(np.take(np.take(a, rest, -2), rest, -1), (*a.shape[:-2], n, n - 1, n, n - 1))
    return np.linalg.det(np.swapaxes(minors, -3, -2)) * (1.0 - np.indices((n, n)).sum(0) % 2 * 2).astype(a.dtype)


@looking
def _slogdet_vjp(g, y, a):
    """g times the transposed inverse. Of a singular matrix the logarithm has an infinite slope, with the cofactor's sign. The
    sign of a complex matrix turns, by the imaginary part of the logarithm's derivative."""
    if is_complex(y[0]):
        return np.expand_dims(g[1] + 1j * np.imag(g[0] * y[0]), (-1, -2)) * mT(inv(a))
    g, singular, plain = np.expand_dims(g[1], (-1, -2)), np.expand_dims(raw_of(y[0]) == 0, (-1, -2)), raw_of(a)
    if everything_recorded.get() or none_of(singular):
        return g * mT(_of_finite(inv, a))
    steep = np.copysign(np.full((), np.inf, plain.dtype), _of_finite(_cofactors, plain))
    regular = np.where(singular, np.eye(plain.shape[-1], dtype=plain.dtype), a)
    return silenced(g, g * np.where(singular, steep, mT(_of_finite(inv, regular))))


det = rule(np.linalg.det, _det_vjp, batch=as_it_is, takes_complex=True)
slogdet = rule(np.linalg.slogdet, _slogdet_vjp, batch=as_it_is, takes_complex=True)


def _pinv_vjp(g, y, a, rcond=None, hermitian=False):
    """-y^T g y^T + (1 - a y) g^T y y^T + y^T y g^T (1 - y a), for a matrix whose rank does not change nearby. Golub and
    Pereyra (1973)."""
    outside = np.eye(a.shape[-2], dtype=a.dtype) - a @ y
    inside = np.eye(a.shape[-1], dtype=a.dtype) - y @ a
    g_t, y_t, y_h = mT(g), mT(y), conjugate(mT(y))
    return -(y_t @ g @ y_t) + conjugate(outside @ g_t @ y @ y_h + y_h @ y @ g_t @ inside)


PINV = rule(np.linalg.pinv, _pinv_vjp, batch=as_it_is, takes_complex=True)


@decomposition(np.linalg.pinv)
def pinv(a, rcond=None, hermitian=False, *, rtol=np._NoValue):
    if rcond is None and rtol is not np._NoValue:
        rcond = max(a.shape[-2:]) * np.finfo(a.dtype).eps if rtol is None else rtol
    return PINV(of_triangle(a) if hermitian else a, rcond=rcond, hermitian=bool(hermitian))


zero_derivative(np.linalg.matrix_rank, batch=as_it_is)


@decomposition(np.linalg.lstsq, takes_sequence=True)
def lstsq(a, b, rcond=None):
    """For a matrix whose rank does not change nearby."""
    plain, right = as_array(strip(a)), as_array(strip(b))
    a = floating(a)
    eps, given = np.finfo(np.result_type(a)).eps, rcond
    if rcond is None or not 0 < rcond < 1:  # LAPACK takes its own for what is no fraction
        rcond = eps * np.max(np.shape(a)) if rcond is None else eps
    if is_lazy(plain) or is_lazy(right):  # of a lower rank there would be no residuals
        rank, rests = np.linalg.matrix_rank(plain, rcond), plain.shape[0] > plain.shape[1]
    else:
        _, residuals, rank, _ = np.linalg.lstsq(plain, right, given)
        rests = residuals.size > 0
    x = pinv(a, rcond) @ b
    rest = b - a @ x
    rest = sum(np.absolute(rest) ** 2 if is_complex(rest) else rest**2, axis=0, keepdims=np.ndim(b) == 1)
    return x, rest if rests else rest[:0], rank, svdvals(a)


@decomposition(np.linalg.tensorsolve)
def tensorsolve(a, b, axes=None):
    if axes is not None:
        order = list(range(np.ndim(a)))
        for k in axes:
            order.remove(k)
            order.append(k)
        a = np.transpose(a, order)
    x = solve(np.reshape(a, (np.size(b), math.prod(np.shape(a)[np.ndim(b) :]))), np.reshape(b, -1))
    return np.reshape(x, np.shape(a)[np.ndim(b) :])


@decomposition(np.linalg.tensorinv)
def tensorinv(a, ind=2):
    shape = np.shape(a)
    return np.reshape(inv(np.reshape(a, (int(np.prod(shape[:ind])), -1))), shape[ind:] + shape[:ind])


def _length_vjp(g, y, x, axis=None, keepdims=False):
    """g x / |x|, and 0 at 0."""
    if not keepdims:
        g, y = (np.expand_dims(part, tuple(range(np.ndim(x))) if axis is None else axis) for part in (g, y))
    return g * (conjugate(x) / np.where(y == 0, 1, y))


def _length(x, axis=None, keepdims=False):
    squares = np.absolute(x) ** 2 if is_complex(x) else x * x
    return np.sqrt(np.sum(squares, axis=axis, keepdims=keepdims))


LENGTH = rule(np.linalg.norm, _length_vjp, forward=_length, definition=_length, batch=on_axes(), takes_complex=True)


@decomposition(np.linalg.norm)
def norm(x, ord=None, axis=None, keepdims=False):
    x, keepdims, axis = floating(x), bool(keepdims), int(axis) if isinstance(axis, float) else axis
    axes = tuple(range(np.ndim(x))) if axis is None else (axis,) if np.ndim(axis) == 0 else tuple(axis)
    if ord is None and (axis is None or len(axes) <= 2):
        return LENGTH(x, axis=axis, keepdims=keepdims)
    if len(axes) == 2:
        return _of_matrices(x, ord, axes, keepdims)
    if len(axes) > 2:
        raise ValueError(f"norm of order {ord} takes one axis or two, but got {len(axes)}: {axes}.")
    return vector_norm(x, axis=axes, keepdims=keepdims, ord=ord)


@decomposition(np.linalg.vector_norm)
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    x, keepdims, axis = floating(x), bool(keepdims), int(axis) if isinstance(axis, float) else axis
    if ord is None or ord == 2:
        return LENGTH(x, axis=axis, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return _largest(absolute(x), axis, keepdims) if ord > 0 else min(absolute(x), axis=axis, keepdims=keepdims)
    if ord in (0, 1):
        size = absolute(x) if ord else sign(absolute(np.where(np.isnan(x), 1.0, x)))  # NaN is not 0
        return sum(size, axis=axis, keepdims=keepdims)
    ord = float(ord)
    if 0 < ord < 1:  # with slope 0 at 0, the middle of -inf and inf
        total = sum(absolute(np.where(x == 0, 1, x)) ** ord * (x != 0), axis=axis, keepdims=keepdims)
    else:
        total = sum(absolute(x) ** ord, axis=axis, keepdims=keepdims)
    if not ord > 0:
        return total ** (1.0 / ord)
    return np.where(total == 0, 1, total) ** (1.0 / ord) * (total != 0)  # with slope 0 at 0


def _largest(x, axis, keepdims):
    """The largest of numbers that are not negative; 0 if there is none."""
    return largest(x, axis=axis, keepdims=keepdims, initial=0.0)


@decomposition(np.linalg.matrix_norm)
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return _of_matrices(floating(x), "fro" if ord is None else ord, (-2, -1), bool(keepdims))


def _of_matrices(x, ord, axes, keepdims):
    """By columns (1, -1), by rows (inf, -inf), by singular values (2, -2, "nuc"), or as a vector ("fro")."""
    if ord in (None, "fro", "f"):
        return LENGTH(x, axis=axes, keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        along, across = axes if abs(ord) == 1 else axes[::-1]
        totals = sum(absolute(x), axis=along, keepdims=True)
        y = _largest(totals, across, True) if ord > 0 else min(totals, axis=across, keepdims=True)
        return y if keepdims else np.squeeze(y, axis=axes)
    if ord not in (2, -2, "nuc"):
        raise ValueError(f"Invalid norm order {brief(ord)} for matrices.")
    s = svdvals(np.moveaxis(x, axes, (-2, -1)))
    y = sum(s, axis=-1) if ord == "nuc" or not s.shape[-1] else s[..., 0 if ord == 2 else -1]
    return np.expand_dims(y, tuple(k % np.ndim(x) for k in axes)) if keepdims else y


@decomposition(np.linalg.cond)
def cond(x, p=None):
    if p in (None, 2, -2):
        s = svdvals(x)
        y = s[..., 0] / s[..., -1] if p != -2 else s[..., -1] / s[..., 0]
        return np.where(np.logical_and(np.isnan(y), ~np.any(np.isnan(x), axis=(-2, -1))), np.inf, y)
    singular = np.linalg.det(raw_of(x)) == 0
    if everything_recorded.get() or none_of(singular) or p == "nuc":  # numpy refuses that
        return _of_regular(x, p)
    regular = np.where(np.expand_dims(singular, (-2, -1)), np.eye(x.shape[-1], dtype=x.dtype), x)
    return np.where(singular, np.inf, _of_regular(regular, p))


def _of_regular(x, p):
    """The condition of a matrix that has an inverse."""
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)
