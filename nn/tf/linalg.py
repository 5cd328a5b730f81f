"""tf.linalg: numpy's linear algebra under TensorFlow's names."""

import numpy as _np

import autodiff as _ad
from nn.tf import _adapters as _tf
from nn.tf._adapters import eye
from nn.tf._arithmetic import (
    diag,
    diag_part,
    einsum,
    global_norm,
    l2_normalize,
    matmul,
    matvec,
    norm,
    tensordot,
    trace,
)
from nn.tf._missing import lacks as _lacks

cholesky = _tf.of_one(_np.linalg.cholesky)
cross = _tf.of_two(_ad.cross)
det = _tf.of_one(_np.linalg.det)
eigh = _tf.of_one(_np.linalg.eigh)
eigvalsh = _tf.of_one(_np.linalg.eigvalsh)
expm = _tf.of_one(_ad.linalg.expm)
inv = _tf.of_one(_np.linalg.inv)
logdet = _tf.of_one(lambda a: _np.linalg.slogdet(a)[1])
logm = _tf.of_one(_ad.linalg.logm)
matrix_transpose = _tf.of_one(lambda a: _np.swapaxes(a, -1, -2))
pinv = _tf.of_one(_np.linalg.pinv)
slogdet = _tf.of_one(_np.linalg.slogdet)
solve = _tf.of_two(_np.linalg.solve)
sqrtm = _tf.of_one(_ad.linalg.sqrtm)


def cholesky_solve(chol, rhs, name=None):
    """The x with a x = rhs, by the lower Cholesky factor of a."""
    return _ad.scipy.linalg.cho_solve((_tf.T(chol), True), _tf.T(rhs))


def lstsq(matrix, rhs, l2_regularizer=0.0, fast=True, name=None):
    """The x that minimizes ||matrix x - rhs||^2 + l2_regularizer ||x||^2."""
    a, b = _tf.T(matrix), _tf.T(rhs)
    if not l2_regularizer:
        return _np.linalg.pinv(a) @ b
    at = _np.swapaxes(a, -1, -2)
    return _np.linalg.solve(at @ a + l2_regularizer * _np.eye(_np.shape(a)[-1], dtype=a.dtype), at @ b)


def normalize(tensor, ord="euclidean", axis=None, name=None):
    length = norm(tensor, ord, axis, keepdims=True)
    return _tf.T(tensor) / length, length


def qr(input, full_matrices=False, name=None):
    return _np.linalg.qr(_tf.T(input), "complete" if full_matrices else "reduced")


def svd(tensor, full_matrices=False, compute_uv=True, name=None):
    """s, u, v, in this order, and v itself: a = u diag(s) v^T. (numpy's are u, s, v^T.)"""
    if not compute_uv:
        return _np.linalg.svdvals(_tf.T(tensor))
    u, s, vt = _np.linalg.svd(_tf.T(tensor), full_matrices)
    return s, u, _np.swapaxes(vt, -1, -2)


def triangular_solve(matrix, rhs, lower=True, adjoint=False, name=None):
    """The x with matrix x = rhs, or with its transpose if `adjoint`, for a triangular matrix."""
    return _ad.scipy.linalg.solve_triangular(_tf.T(matrix), _tf.T(rhs), trans=2 if adjoint else 0, lower=lower)


_tf.say_where_they_are(__name__, globals())
__getattr__ = _lacks(__name__)
