"""numpy.linalg's functions under their names, for arrays, Tensors and Variables, single matrices or stacks of them; and
functions of matrices (`expm`, `logm`, `sqrtm`, `funm`, powers, `polar`), whose derivatives are exact everywhere.

>>> import autodiff as ad
>>> a = ad.Variable([[2.0, 1.0], [1.0, 3.0]])
>>> with ad.Tape() as tape:
...     y = ad.linalg.det(a)
>>> tape.gradient(y, a)
Tensor([[ 3., -1.],
        [-1.,  2.]])
"""

from autodiff.failures.degeneracy import DegeneracyWarning
from autodiff.linalg.funm import funm
from autodiff.rules.decompositions import cholesky, eig, eigh, eigvals, eigvalsh, qr, svd, svdvals
from autodiff.rules.indexing import matrix_diagonal as diagonal
from autodiff.rules.indexing import matrix_trace as trace
from autodiff.rules.linalg import (
    cond,
    det,
    inv,
    lstsq,
    matrix_norm,
    norm,
    pinv,
    slogdet,
    solve,
    tensorinv,
    tensorsolve,
    vector_norm,
)  # fmt: skip
from autodiff.rules.matrix_functions import expm, fractional_matrix_power, logm, sqrtm
from autodiff.rules.polar import polar
from autodiff.rules.products import cross_along as cross
from autodiff.rules.products import matmul, matrix_power, multi_dot, tensordot, vecdot
from autodiff.rules.products import outer_of_vectors as outer
from autodiff.rules.shapes import matrix_transpose

__all__ = [
    "DegeneracyWarning", "cholesky", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "expm",
    "fractional_matrix_power", "funm", "inv", "logm", "lstsq", "matmul", "matrix_norm", "matrix_power",
    "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "polar", "qr", "slogdet", "solve", "sqrtm", "svd", "svdvals",
    "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip
