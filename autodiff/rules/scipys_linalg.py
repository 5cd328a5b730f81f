"""scipy.linalg's functions with its arguments, in terms of numpy's. scipy itself is not asked.

What a function is told to leave unread has no gradient: one triangle of a triangular matrix. Of symmetric matrices, of which
scipy reads one triangle too, the gradient is symmetric, as that of numpy's functions.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.registry import decomposition
from autodiff.failures.nesting import brief
from autodiff.rules import decompositions
from autodiff.rules.linalg import det as numpys_det
from autodiff.rules.linalg import inv as numpys_inv
from autodiff.rules.linalg import lstsq as numpys_lstsq
from autodiff.rules.linalg import norm as numpys_norm
from autodiff.rules.linalg import solve as numpys_solve
from autodiff.rules.shapes import floating

mT = np.matrix_transpose
STRUCTURES = {
    None: "general", "gen": "general", "general": "general", "banded": "general", "tridiagonal": "general",
    "sym": "symmetric", "symmetric": "symmetric", "her": "hermitian", "hermitian": "hermitian", "pos": "hermitian",
    "positive definite": "hermitian", "diagonal": "diagonal", "upper triangular": "upper", "lower triangular": "lower",
}  # fmt: skip


def _array(x):
    return floating(x if hasattr(x, "dtype") else np.asarray(x))


def _as_read(a, assume_a, lower):
    """The matrix that is read of `a`, where it is assumed to be of a kind."""
    if assume_a not in STRUCTURES:
        raise ValueError(f"assume_a is one of {', '.join(map(repr, list(STRUCTURES)[1:]))}, but got {brief(assume_a)}.")
    kind, a = STRUCTURES[assume_a], _array(a)
    if kind == "symmetric" and is_complex(a):
        half = np.tril(a, -1) if lower else np.triu(a, 1)
        return half + mT(half) + a * np.eye(np.shape(a)[-1], dtype=a.dtype)
    if kind in ("symmetric", "hermitian"):
        return decompositions.of_triangle(a, UPLO="L" if lower else "U")
    if kind == "diagonal":
        return a * np.eye(np.shape(a)[-1], dtype=a.dtype)
    return np.triu(a) if kind == "upper" else np.tril(a) if kind == "lower" else a


@decomposition(None)
def det(a, overwrite_a=False, check_finite=True):
    """The determinant, as scipy.linalg.det."""
    return numpys_det(_array(a))


@decomposition(None)
def inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    """The inverse, as scipy.linalg.inv."""
    return numpys_inv(_as_read(a, assume_a, lower))


@decomposition(None)
def solve(a, b, lower=False, overwrite_a=False, overwrite_b=False, check_finite=True, assume_a=None, transposed=False):
    """The solution x of a x = b, or of a^T x = b if `transposed`, as scipy.linalg.solve."""
    a = _as_read(a, assume_a, lower)
    return numpys_solve(mT(a) if transposed else a, _array(b))


@decomposition(None)
def solve_triangular(a, b, trans=0, lower=False, unit_diagonal=False, overwrite_b=False, check_finite=True):
    """The solution x of a x = b for a triangular a, as scipy.linalg.solve_triangular. `trans`: 0 or "N" for a, 1 or "T" for its
    transpose, 2 or "C" for its conjugate transpose. Only that triangle of a gets a gradient."""
    if trans not in (0, 1, 2, "N", "T", "C"):
        raise ValueError(f"trans is 0, 1, 2, 'N', 'T' or 'C', but got {brief(trans)}.")
    a = _array(a)
    if unit_diagonal:
        a = (np.tril(a, -1) if lower else np.triu(a, 1)) + np.eye(np.shape(a)[-1], dtype=a.dtype)
    else:
        a = np.tril(a) if lower else np.triu(a)
    if trans not in (0, "N"):
        a = mT(a) if trans in (1, "T") else conjugate(mT(a))
    return numpys_solve(a, _array(b))


@decomposition(None)
def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    """The Cholesky factor, the upper one unless `lower`, as scipy.linalg.cholesky."""
    return decompositions.cholesky(_array(a), upper=not lower)


@decomposition(None)
def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """(c, lower) for `cho_solve`, as scipy.linalg.cho_factor. The other triangle of c is 0."""
    return decompositions.cholesky(_array(a), upper=not lower), lower


@decomposition(None, takes_sequence=True)
def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    """The solution x of a x = b, given `cho_factor(a)`, as scipy.linalg.cho_solve."""
    c, lower = c_and_lower
    first, second = (0, 2) if lower else (2, 0)
    return solve_triangular(c, solve_triangular(c, b, trans=first, lower=lower), trans=second, lower=lower)


@decomposition(None)
def eigh(
    a, b=None, *, lower=True, eigvals_only=False, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
    subset_by_index=None, driver=None,
):  # fmt: skip
    """The eigenvalues and vectors of a symmetric matrix, or of the pair a v = w b v, as scipy.linalg.eigh."""
    if type != 1:
        raise TypeError(f"eigh has no rule for type {brief(type)}; type 1 is a v = w b v.")
    a, UPLO = _array(a), "L" if lower else "U"
    if b is None:
        w, v = decompositions.eigh(a, UPLO=UPLO) if not eigvals_only else (decompositions.eigvalsh(a, UPLO=UPLO), None)
    else:
        root = decompositions.cholesky(decompositions.of_triangle(_array(b), UPLO=UPLO))
        half = numpys_solve(root, decompositions.of_triangle(a, UPLO=UPLO))
        a = numpys_solve(root, conjugate(mT(half)))
        w, v = decompositions.eigh(a) if not eigvals_only else (decompositions.eigvalsh(a), None)
        v = None if v is None else numpys_solve(conjugate(mT(root)), v)
    if subset_by_index is not None:
        first, last = subset_by_index
        w, v = w[..., first : last + 1], None if v is None else v[..., first : last + 1]
    return w if v is None else (w, v)


@decomposition(None)
def eigvalsh(a, b=None, *, lower=True, overwrite_a=False, overwrite_b=False, type=1, check_finite=True,
             subset_by_index=None, driver=None):  # fmt: skip
    """The eigenvalues of a symmetric matrix, or of a pair of them, as scipy.linalg.eigvalsh."""
    return eigh(a, b, lower=lower, eigvals_only=True, type=type, subset_by_index=subset_by_index)


@decomposition(None)
def svd(a, full_matrices=True, compute_uv=True, overwrite_a=False, check_finite=True, lapack_driver="gesdd"):
    """The singular values and vectors, as scipy.linalg.svd."""
    found = decompositions.svd(_array(a), full_matrices=full_matrices, compute_uv=compute_uv)
    return tuple(found) if compute_uv else found


@decomposition(None)
def svdvals(a, overwrite_a=False, check_finite=True):
    """The singular values, as scipy.linalg.svdvals."""
    return decompositions.svdvals(_array(a))


@decomposition(None)
def lstsq(a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None):
    """(x, residuals, rank, singular values) of the least squares solution of a x = b, as scipy.linalg.lstsq."""
    return numpys_lstsq(_array(a), _array(b), cond)


@decomposition(None)
def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    """The norm of a vector or a matrix, as scipy.linalg.norm."""
    return numpys_norm(_array(a), ord, axis, keepdims)
