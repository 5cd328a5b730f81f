"""Matrices that are made of vectors and of smaller matrices."""

from __future__ import annotations

import numpy as np

from autodiff.core.dtypes import conjugate
from autodiff.core.registry import decomposition
from autodiff.rules.joining import concatenate


def _vector(x):
    return np.reshape(x if hasattr(x, "dtype") else np.asarray(x), -1)


@decomposition(None)
def toeplitz(c, r=None):
    """The matrix of constant diagonals whose first column is c and whose first row is r, but for r[0]; without r it
    is symmetric. As scipy.linalg.toeplitz."""
    c = _vector(c)
    r = conjugate(c) if r is None else _vector(r)
    rows, columns = np.indices((np.shape(c)[0], np.shape(r)[0]))
    return concatenate([np.flip(c), r[1:]])[len(rows) - 1 - rows + columns]


@decomposition(None)
def hankel(c, r=None):
    """The matrix of constant antidiagonals whose first column is c and whose last row is r, but for r[0]; zeros without r. As
    scipy.linalg.hankel."""
    c = _vector(c)
    r = np.zeros_like(c) if r is None else _vector(r)
    rows, columns = np.indices((np.shape(c)[0], np.shape(r)[0]))
    return concatenate([c, r[1:]])[rows + columns]


@decomposition(None)
def companion(a):
    """The companion matrix of a polynomial, by its coefficients, the highest first, as scipy.linalg.companion."""
    a = _vector(a)
    if np.shape(a)[0] < 2:
        raise ValueError(f"companion takes two coefficients or more, but got {np.shape(a)[0]}.")
    first = -a[1:] / (1.0 * a[0])
    return concatenate([np.expand_dims(first, 0), np.eye(np.shape(first)[0], dtype=first.dtype)[:-1]], 0)


@decomposition(None)
def circulant(c):
    """The matrix whose columns are c, each turned by one more than the last, as scipy.linalg.circulant."""
    c = _vector(c)
    rows, columns = np.indices((np.shape(c)[0],) * 2)
    return c[(rows - columns) % max(len(rows), 1)]


@decomposition(None, takes_sequence=True)
def block_diag(*arrs):
    """The matrix with these matrices along its diagonal, as scipy.linalg.block_diag. A vector is a matrix of one row."""
    parts = [np.atleast_2d(x if hasattr(x, "dtype") else np.asarray(x)) for x in arrs] or [np.zeros((1, 0))]
    for x in parts:
        if np.ndim(x) > 2:
            raise ValueError(f"block_diag takes matrices and vectors, but got an array of shape {np.shape(x)}.")
    widths = [np.shape(x)[1] for x in parts]
    rows = []
    for k, x in enumerate(parts):
        height = np.shape(x)[0]
        before, after = (np.zeros((height, sum(sizes)), x.dtype) for sizes in (widths[:k], widths[k + 1 :]))
        rows.append(concatenate([before, x, after], 1))
    return concatenate(rows, 0)
