"""Sylvester's equation a x + x b = q, of which the derivatives of square roots and of polar factors are solutions."""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, again, aligned
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import conjugate, is_exact, is_numeric
from autodiff.core.external import External, as_array
from autodiff.core.registry import decomposition, op
from autodiff.failures.nesting import brief

mT = np.matrix_transpose
LARGE = 1024  # numbers of x, from which on scipy solves the equation, if it is there


def square_floats(name, *matrices):
    """Square matrices of floats of one dtype. LinAlgError for other shapes."""
    found = [as_array(x) for x in matrices]
    for x in found:
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise np.linalg.LinAlgError(f"{name} takes a square matrix or a stack of them, but got shape {x.shape}.")
        if not is_numeric(x.dtype) or x.dtype == np.float16:
            raise TypeError(f"{name} takes matrices of float32, float64 or complex numbers, but got dtype {x.dtype}.")
    dtype = np.result_type(*found, *([np.float64] if all(map(is_exact, found)) else []))
    return [x.astype(dtype, copy=False) for x in found]


def of_finite(function, a):
    """What `function` makes of matrices; NaN for those that are not finite, of which no algorithm makes anything."""
    finite = np.all(np.isfinite(a), axis=(-1, -2), keepdims=True)
    if finite.all():
        return function(a)
    return np.where(finite, function(np.where(finite, a, np.eye(a.shape[-1], dtype=a.dtype))), np.nan).astype(a.dtype)


def is_hermitian(a, tolerance=None):
    """Whether matrices are symmetric up to rounding, or up to this part of the largest number of each."""
    tolerance = 8 * np.finfo(a.dtype).eps if tolerance is None else tolerance
    largest = np.max(np.abs(a), axis=(-1, -2), keepdims=True, initial=0)
    return bool(np.all(np.abs(a - np.conjugate(mT(a))) <= tolerance * largest))


def derivative_by(a, b, g, why):
    """The solution for the derivative of another function. LinAlgError that says why there is none."""
    try:
        return solve_sylvester(a, b, g)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(why) from None


def _sylvester_joint(g, y, a, b, q):
    """Of a x + x b = q: s solves the equation of the transposes for g, and what flows to a and b is -s x^T and -x^T s."""
    s = solve_sylvester(mT(a), mT(b), g)
    return -(s @ mT(y)), -(mT(y) @ s), s


def _of_equations(op, inputs, flags, params):
    if len({np.ndim(x) - flag for x, flag in zip(inputs, flags)}) > 1:
        raise NotBatchable
    return again(op, aligned(inputs, flags), params)


@op(joint=_sylvester_joint, bind=lambda a, b, q: ((a, b, q), {}), batch=_of_equations, takes_complex=True)
@on_blocks("(m,m),(n,n),(m,n)->(m,n)")
def solve_sylvester(a, b, q):
    """The solution x of Sylvester's equation a x + x b = q.

    Parameters
    ----------
    a : array_like (..., m, m)
    b : array_like (..., n, n)
    q : array_like (..., m, n)

    Returns
    -------
    array (..., m, n)

    Raises
    ------
    LinAlgError
        If an eigenvalue of a is minus one of b: then there is no solution, or more than one.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.scipy.linalg.solve_sylvester(np.eye(2), np.eye(2), np.array([[2.0, 4.0], [6.0, 8.0]]))
    array([[1., 2.],
           [3., 4.]])
    """
    a, b = square_floats("solve_sylvester", a, b)
    q = as_array(q)
    m, n = a.shape[-1], b.shape[-1]
    if q.shape[-2:] != (m, n):
        raise ValueError(f"solve_sylvester takes a q of shape ({m}, {n}) for these a and b, but got {q.shape}.")
    if is_hermitian(a) and is_hermitian(b):
        (v, left), (w, right) = np.linalg.eigh(a), np.linalg.eigh(b)
        sums = v[..., :, None] + w[..., None, :]
        if not np.all(sums):
            raise np.linalg.LinAlgError("Singular matrix: an eigenvalue of a is minus one of b.")
        return left @ ((np.conjugate(mT(left)) @ q @ right) / sums) @ np.conjugate(mT(right))
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2], q.shape[:-2])
    a, b, q = (np.broadcast_to(x, (*stack, *x.shape[-2:])) for x in (a, b, q))
    bartels_stewart = _scipys() if m * n > LARGE and type(q) is not External else None
    if bartels_stewart is not None:
        x = np.empty(q.shape, np.result_type(a, b, q))
        for k in np.ndindex(stack):
            x[k] = bartels_stewart(a[k], b[k], q[k])
        return x
    of_a = np.einsum("...ij,kl->...ikjl", a, np.eye(n, dtype=a.dtype))
    whole = of_a + np.einsum("ij,...kl->...iljk", np.eye(m, dtype=a.dtype), b)
    return np.linalg.solve(whole.reshape((*stack, m * n, m * n)), q.reshape((*stack, m * n, 1))).reshape(q.shape)


@decomposition(None)
def solve_continuous_lyapunov(a, q):
    """The solution x of Lyapunov's equation a x + x a^H = q, as scipy.linalg.solve_continuous_lyapunov."""
    return solve_sylvester(a, conjugate(mT(a)), q)


@decomposition(None)
def solve_discrete_lyapunov(a, q, method=None):
    """The solution x of a x a^H - x + q = 0, as scipy.linalg.solve_discrete_lyapunov. It is found as one of n^2 numbers."""
    if method not in (None, "direct"):
        raise TypeError(f"solve_discrete_lyapunov has no rule for method {brief(method)}; the one it has is 'direct'.")
    n = np.shape(a)[-1]
    whole = np.eye(n * n, dtype=a.dtype) - np.kron(a, conjugate(a))
    return np.reshape(np.linalg.solve(whole, np.reshape(q, n * n)), (n, n))


def _scipys():
    try:
        import scipy.linalg
    except ImportError:
        return None
    return scipy.linalg.solve_sylvester
