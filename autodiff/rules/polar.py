"""The polar decomposition, of one matrix or of a stack of them."""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import conjugate
from autodiff.core.registry import decomposition, op, rule
from autodiff.failures.nesting import brief
from autodiff.rules.sylvester import derivative_by

mT = np.matrix_transpose


LOWER_RANK = "polar: the factors of a matrix of lower rank have no derivative."


@on_blocks("(n,n)->(n,n)")
def _of_full_rank(p):
    """p itself. LinAlgError if it has not the full rank, up to rounding."""
    w = np.linalg.eigvalsh(p)
    if w.size and np.any(w[..., 0] <= 4 * w.shape[-1] * np.finfo(w.dtype).eps * w[..., -1]):
        raise np.linalg.LinAlgError(LOWER_RANK)
    return p


_of_full_rank.__name__ = "of_full_rank"
OF_FULL_RANK = rule(_of_full_rank, lambda g, y, p: g, batch=as_it_is, internal=True)


def _unitary_vjp(g, y, a):
    """With p = y^T a and s the solution of p s + s p = antisymmetric part of y^T g: 2 y s + (1 - y y^T) g p^-1."""
    if a.shape[-2] < a.shape[-1]:
        return mT(_unitary_vjp(mT(g), mT(y), mT(a)))
    p, of_y = conjugate(mT(y)) @ a, mT(y) @ g
    p = OF_FULL_RANK(0.5 * (p + conjugate(mT(p))))
    p_t, skew = conjugate(p), of_y - conjugate(mT(of_y))
    whole = conjugate(y) @ derivative_by(p_t, p_t, skew, LOWER_RANK)
    return whole + mT(np.linalg.solve(p, mT(g - conjugate(y) @ of_y))) if a.shape[-2] > a.shape[-1] else whole


@op(_unitary_vjp, batch=as_it_is, internal=True)
@on_blocks("(m,n)->(m,n)")  # which says too that a walk beside NaN may not try its rule on other matrices
def unitary_factor(a):
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return u @ vt


@decomposition(None)
def polar(a, side="right"):
    """The polar decomposition a = u p of a matrix, or of each of a stack of them: the nearest matrix u with orthonormal columns
    (rows, if it is wide), and a symmetric p, Hermitian if a is complex.

    Parameters
    ----------
    a : array_like (..., m, n)
    side : {"right", "left"}
        Whether p stands on the right, or a = p u.

    Returns
    -------
    u : array (..., m, n)
    p : array (..., n, n)
        (..., m, m) for the left side.

    Raises
    ------
    LinAlgError
        From the derivative, if the rank of a is less than min(m, n): there u is not unique.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> u, p = ad.linalg.polar(np.array([[0.0, -2.0], [2.0, 0.0]]))
    >>> u, p
    (array([[ 0., -1.],
           [ 1.,  0.]]), array([[2., 0.],
           [0., 2.]]))
    """
    if side not in ("right", "left"):
        raise ValueError(f"The side of a polar decomposition is 'right' or 'left', but got {brief(side)}.")
    u = unitary_factor(a)
    p = conjugate(mT(u)) @ a if side == "right" else a @ conjugate(mT(u))
    return u, 0.5 * (p + conjugate(mT(p)))
