"""Decompositions of matrices, each of one matrix or of a stack of them.

Where eigenvalues or singular values coincide their vectors have no derivative; what flows to these is left out, so a
function of the values alone, or of the subspaces, keeps its gradient.
"""

from __future__ import annotations

import numpy as np

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.registry import decomposition, rule
from autodiff.failures.nesting import brief

mT = np.matrix_transpose


def _gaps(x):
    """1 / (x_j - x_i) for each pair, and 0 where the two are equal."""
    gap = np.expand_dims(x, -2) - np.expand_dims(x, -1)
    equal = gap == 0
    return np.where(equal, 0, 1 / np.where(equal, 1, gap))


def _diagonal(x):
    return np.expand_dims(x, -1) * np.eye(x.shape[-1], dtype=x.dtype)


def _cholesky_vjp(g, y, a, upper=False):
    """Of a symmetric matrix: L^-T sym(tril(L^T g, its diagonal halved)) L^-1. Murray, arXiv:1602.07527."""
    if upper:
        g, y = mT(g), mT(y)
    n = y.shape[-1]
    inner = np.tril(mT(y) @ g) * (1.0 - 0.5 * np.eye(n)).astype(y.dtype)
    inner = np.linalg.solve(mT(y), mT(np.linalg.solve(mT(y), mT(inner))))
    return 0.5 * (inner + mT(inner))


cholesky = rule(np.linalg.cholesky, _cholesky_vjp, batch=as_it_is)


def _eigh_vjp(g, y, a, UPLO="L"):
    """v (diag(g_w) + (v^T g_v) / gaps) v^T, symmetric."""
    (g_w, g_v), (w, v) = g, y
    inner = _diagonal(g_w) + _gaps(w) * (mT(v) @ g_v)
    whole = v @ inner @ mT(v)
    return 0.5 * (whole + mT(whole))


eigh = rule(np.linalg.eigh, _eigh_vjp, batch=as_it_is)


@decomposition(np.linalg.eigvalsh)
def eigvalsh(a, UPLO="L"):
    return eigh(a, UPLO=UPLO)[0]


def _svd_vjp(g, y, a, full_matrices=True):
    """Townsend, "Differentiating the singular value decomposition" (2016)."""
    (g_u, g_s, g_vt), (u, s, vt) = g, y
    k = s.shape[-1]
    if max(g_u.shape[-1], g_vt.shape[-2]) > k and (np.any(g_u[..., k:]) or np.any(g_vt[..., k:, :])):
        raise TypeError(
            f"svd of shape {a.shape[-2:]}: the vectors beyond the first {k} are not unique, so they have no derivative; "
            "ask for svd(a, full_matrices=False)."
        )
    g_u, u, g_v, v = g_u[..., :k], u[..., :k], mT(g_vt)[..., :k], mT(vt)[..., :k]
    row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
    gaps = _gaps(s * s)
    of_u, of_v = mT(u) @ g_u, mT(v) @ g_v
    inner = _diagonal(g_s) + gaps * (of_u - mT(of_u)) * row + column * (gaps * (of_v - mT(of_v)))
    whole = u @ inner @ mT(v)
    per_s = np.where(row == 0, 0, 1 / np.where(row == 0, 1, row))
    if a.shape[-2] > k:
        whole = whole + (g_u - u @ of_u) * per_s @ mT(v)
    if a.shape[-1] > k:
        whole = whole + u * per_s @ mT(g_v - v @ of_v)
    return whole


SVD = rule(np.linalg.svd, _svd_vjp, batch=as_it_is)


@decomposition(np.linalg.svd)
def svd(a, full_matrices=True, compute_uv=True):
    return SVD(a, full_matrices=full_matrices) if compute_uv else SVD(a, full_matrices=False)[1]


@decomposition(np.linalg.svdvals)
def svdvals(x):
    return SVD(x, full_matrices=False)[1]


def _qr_vjp(g, y, a):
    """(g_q + q sym(r g_r^T - g_q^T q)) r^-T, the lower triangle being copied up. Seeger et al., arXiv:1710.08717."""
    (g_q, g_r), (q, r) = g, y
    inner = r @ mT(g_r) - mT(g_q) @ q
    lower = np.tril(inner, -1)
    right = g_q + q @ (np.tril(inner) + mT(lower))
    try:
        return mT(np.linalg.solve(r, mT(right)))
    except np.linalg.LinAlgError:
        message = "The columns of a matrix depend on one another, so the factors of its qr have no derivative there."
        raise np.linalg.LinAlgError(message) from None


QR = rule(np.linalg.qr, _qr_vjp, batch=as_it_is)


@decomposition(np.linalg.qr)
def qr(a, mode="reduced"):
    if mode not in ("reduced", "r"):
        raise TypeError(f"qr of a tracked array has no rule for mode {brief(mode)}; use 'reduced' or 'r'.")
    m, n = a.shape[-2:]
    q, r = factors = QR(a if m >= n else a[..., :m])
    if m < n:  # the columns beyond the square are turned with it
        factors = type(factors)(q, np.concatenate([r, mT(q) @ a[..., m:]], -1))
    return factors if mode == "reduced" else factors[1]
