"""Decompositions of matrices, each of one matrix or of a stack of them.

Where eigenvalues or singular values coincide their vectors have no derivative. What flows to these is left out, so a function
of the values alone, or of the subspaces, keeps its gradient; a warning says so (gaps.py). It is the same with the phases of the
vectors of complex matrices, which are free.

`cholesky`, `eigh` and `eigvalsh` read one triangle of their matrix. Their derivatives are those along symmetric directions, so
the gradients are symmetric. `svd` and `pinv` of matrices that are said to be hermitian do the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.blocks import on_blocks
from autodiff.core.dtypes import conjugate
from autodiff.core.registry import decomposition, rule
from autodiff.failures.degeneracy import warn
from autodiff.failures.nesting import brief
from autodiff.rules.gaps import of_stacks, over_gaps, over_sums, over_values, without_phases

mT = np.matrix_transpose
SINGULAR = "singular values"


def _adjoint(x):
    return conjugate(mT(x))


def _symmetrized(x):
    return 0.5 * (x + _adjoint(x))


def _cholesky_vjp(g, y, a, upper=False):
    """Of a symmetric matrix: L^-T sym(tril(L^T g, its diagonal halved)) L^-1. Murray, arXiv:1602.07527."""
    if upper:
        g, y = _adjoint(g), _adjoint(y)
    n = y.shape[-1]
    inner = np.tril(mT(y) @ g) * (1.0 - 0.5 * np.eye(n)).astype(y.dtype)
    return _symmetrized(np.linalg.solve(mT(y), mT(np.linalg.solve(_adjoint(y), mT(inner)))))


cholesky = rule(np.linalg.cholesky, _cholesky_vjp, batch=as_it_is, takes_complex=True)


def _eigh_vjp(g, y, a, UPLO="L"):
    """v (diag(g_w) + (v^T g_v) / gaps) v^T, symmetric."""
    (g_w, g_v), (w, v) = g, y
    inner = over_gaps(without_phases(mT(v) @ g_v, "eigh", g_v), g_w, w, "eigenvalues")
    return _symmetrized(conjugate(v) @ inner @ mT(v))


def _eigvalsh_vjp(g, y, a, UPLO="L"):
    """v diag(g) v^T. Of the vectors nobody knows, so nothing flows to them."""
    v = np.linalg.eigh(a, UPLO=UPLO)[1]
    return (conjugate(v) * np.expand_dims(g, -2)) @ mT(v)


def _of_triangle(a, UPLO="L"):
    """The symmetric matrix that is read of one triangle."""
    half = np.tril(a, -1) if UPLO == "L" else np.triu(a, 1)
    return half + np.conjugate(mT(half)) + np.where(np.eye(a.shape[-1], dtype=bool), np.real(a), 0)


_of_triangle.__name__ = "of_triangle"
of_triangle = rule(_of_triangle, lambda g, y, a, UPLO="L": _symmetrized(g), batch=as_it_is, internal=True)
eigh = rule(np.linalg.eigh, _eigh_vjp, batch=as_it_is, takes_complex=True)
eigvalsh = rule(np.linalg.eigvalsh, _eigvalsh_vjp, batch=as_it_is, takes_complex=True)


def _svd_vjp(g, y, a, full_matrices=True):
    """u (diag(g_s) + u^T g_u and v^T g_v, parted over s_j - s_i and s_j + s_i) v^T, of which the part over s_j + s_i is there
    where the two are equal. Townsend, "Differentiating the singular value decomposition" (2016)."""
    (g_u, g_s, g_vt), (u, s, vt) = g, y
    v, g_v, k = conjugate(mT(vt)), conjugate(mT(g_vt)), s.shape[-1]
    more_u, more_v = (u[..., k:], g_u[..., k:]), (v[..., k:], g_v[..., k:])
    g_u, u, g_v, v = g_u[..., :k], u[..., :k], g_v[..., :k], v[..., :k]
    of_u, of_v, u_h, v_h = mT(u) @ g_u, mT(v) @ g_v, conjugate(u), conjugate(v)
    apart, turned = over_gaps(without_phases(of_u + of_v, "svd", g_u, g_v), g_s, s, SINGULAR), of_u - of_v
    whole = u_h @ (0.5 * (apart + _adjoint(apart) + over_sums(turned - _adjoint(turned), s, SINGULAR))) @ mT(v)
    if a.shape[-2] > k:
        whole = whole + over_values(g_u - u_h @ of_u - _of_complement(u, *more_u), s, SINGULAR) @ mT(v)
    if a.shape[-1] > k:
        whole = whole + u_h @ _adjoint(over_values(g_v - v_h @ of_v - _of_complement(v, *more_v), s, SINGULAR))
    return whole


def _of_complement(u, more, g):
    """What flows to the vectors beyond the first ones, which span what is orthogonal to these: it turns with them."""
    return COMPLEMENT(u, more, g) if more.shape[-1] else 0.0 * u


@on_blocks("(m,i),(m,j),(m,j)->(m,i)")
def _complement(u, more, g):
    """more g^T u, conjugated. TypeError where what arrives depends on the basis, as it does if one vector is looked at by
    itself."""
    turned = mT(more) @ g
    turned = np.abs(turned - _adjoint(turned))
    noise = 8 * more.shape[-2] * np.finfo(u.dtype).eps * np.max(np.abs(g), axis=(-2, -1), keepdims=True, initial=0)
    if (turned > noise).any():
        raise TypeError(
            f"svd of rank {u.shape[-1]} with full_matrices: the vectors beyond the first {u.shape[-1]} are not unique, so they "
            "have no derivative; ask for svd(a, full_matrices=False)."
        )
    return conjugate(more @ mT(g) @ u)


_complement.__name__ = "complement"
COMPLEMENT = rule(
    _complement,
    lambda g, y, u, more, up: up @ mT(more) @ conjugate(g),
    lambda g, y, u, more, up: conjugate(g) @ mT(u) @ up,
    lambda g, y, u, more, up: TURN(conjugate(g), u, more, up),
    batch=of_stacks,
    internal=True,
)


@on_blocks("(m,i),(m,i),(m,j),(m,j)->(m,j)")
def _turn(g, u, more, up):
    """u g^T more: how the vectors beyond the first ones turn. In forward mode the rule of svd is run with up = 0 and then
    transposed, and nobody can say there whether they are used."""
    if more.shape[-1] > 1 and not up.any() and g.any():
        warn(
            f"The vectors of svd beyond the first {u.shape[-1]}, which full_matrices asks for, are not unique. Their tangents "
            "are those of the least turn: right for the space that they span, and for nothing else. Without these vectors it "
            "is svd(a, full_matrices=False)."
        )
    return u @ mT(g) @ more


_turn.__name__ = "turn"
TURN: Any = rule(
    _turn,
    lambda g, y, turned, u, more, up: more @ mT(g) @ u,
    lambda g, y, turned, u, more, up: g @ mT(more) @ turned,
    lambda g, y, turned, u, more, up: turned @ mT(u) @ g,
    None,
    batch=of_stacks,
    internal=True,
)


def _svdvals_vjp(g, y, x):
    """u diag(g) v^T."""
    u, _, vt = np.linalg.svd(x, full_matrices=False)
    return (conjugate(u) * np.expand_dims(g, -2)) @ conjugate(vt)


SVD = rule(np.linalg.svd, _svd_vjp, batch=as_it_is, takes_complex=True)
svdvals = rule(np.linalg.svdvals, _svdvals_vjp, batch=as_it_is, takes_complex=True)


@decomposition(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True, hermitian=False):
    if hermitian:
        return _svd_of_symmetric(a) if compute_uv else np.flip(np.sort(np.abs(eigvalsh(a)), axis=-1), -1)
    return SVD(a, full_matrices=full_matrices) if compute_uv else svdvals(a)


def _svd_of_symmetric(a):
    """By the eigenvalues, of which the largest by size comes first."""
    w, v = eigh(a)
    order = np.expand_dims(np.flip(np.argsort(np.abs(w), axis=-1), -1), -2)
    signed, u = np.take_along_axis(w, order[..., 0, :], -1), np.take_along_axis(v, order, -1)
    return SVD_RESULT(u, np.abs(signed), _adjoint(u * np.expand_dims(np.sign(signed), -2)))


SVD_RESULT = type(np.linalg.svd(np.eye(1)))


@on_blocks("(n,n)->(n,n)")
def _sure_inverse(a, why):
    """The inverse. LinAlgError if the columns, whatever their sizes, depend on one another up to rounding."""
    try:
        y = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        raise np.linalg.LinAlgError(why) from None
    sizes = np.expand_dims(np.linalg.vector_norm(a, axis=-2), -1)
    if np.any(4 * np.finfo(a.dtype).eps * sizes * np.abs(y) > 1):
        raise np.linalg.LinAlgError(why)
    return y


_sure_inverse.__name__ = "sure_inverse"
SURE_INVERSE = rule(_sure_inverse, lambda g, y, a, why: -(mT(y) @ g @ mT(y)), batch=as_it_is, internal=True)
DEPENDENT = "The columns of a matrix depend on one another, up to rounding, so the factors of its qr have no derivative there."
TOO_FEW = "A matrix has fewer eigenvectors than columns, up to rounding, so its eigenvalues have no derivative there."


def _qr_vjp(g, y, a):
    """(g_q + q sym(r g_r^T - g_q^T q)) r^-T, the lower triangle being copied up. Seeger et al., arXiv:1710.08717. Of complex
    matrices LAPACK makes the diagonal of r real, which leaves no phase free."""
    (g_q, g_r), (q, r) = g, y
    half = np.tril(conjugate(r @ mT(g_r) - mT(g_q) @ q)) * (1.0 - 0.5 * np.eye(r.shape[-1])).astype(r.dtype)
    right = g_q + conjugate(q) @ (half + _adjoint(half))
    return right @ mT(SURE_INVERSE(r, why=DEPENDENT))


QR = rule(np.linalg.qr, _qr_vjp, batch=as_it_is, takes_complex=True)


@decomposition(np.linalg.qr)
def qr(a, mode="reduced"):
    if mode not in ("reduced", "r"):
        raise TypeError(f"qr of a tracked array has no rule for mode {brief(mode)}; use 'reduced' or 'r'.")
    m, n = a.shape[-2:]
    q, r = factors = QR(a if m >= n else a[..., :m])
    if m < n:  # the columns beyond the square are turned with it
        factors = type(factors)(q, np.concatenate([r, _adjoint(q) @ a[..., m:]], -1))
    return factors if mode == "reduced" else factors[1]


def _eig_vjp(g, y, a):
    """v^-T (diag(g_w) + (v^T g_v) / gaps) v^T, where what would change the length of a vector is taken out of g_v first."""
    (g_w, g_v), (w, v) = g, y
    g_v = g_v - conjugate(v) * without_phases(np.sum(v * g_v, -2, keepdims=True), "eig", g_v, of_rows=True)
    return mT(SURE_INVERSE(v, why=TOO_FEW)) @ over_gaps(mT(v) @ g_v, g_w, w, "eigenvalues") @ mT(v)


def _eigvals_vjp(g, y, a):
    """v^-T diag(g) v^T."""
    v = np.linalg.eig(a)[1]
    return mT(SURE_INVERSE(v, why=TOO_FEW)) @ (np.expand_dims(g, -1) * mT(v))


eig = rule(np.linalg.eig, _eig_vjp, batch=as_it_is, takes_complex=True)
eigvals = rule(np.linalg.eigvals, _eigvals_vjp, batch=as_it_is, takes_complex=True)
