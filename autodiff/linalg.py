"""numpy.linalg's functions under their names, for arrays, Tensors and Variables, single matrices or stacks of them.

>>> import autodiff as ad
>>> a = ad.Variable([[2.0, 1.0], [1.0, 3.0]])
>>> with ad.Tape() as tape:
...     y = ad.linalg.det(a)
>>> tape.gradient(y, a)
Tensor([[ 3., -1.],
        [-1.,  2.]])
"""

from autodiff.rules.decompositions import cholesky, eigh, eigvalsh, qr, svd, svdvals
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
from autodiff.rules.products import cross, matmul, matrix_power, multi_dot, outer, tensordot, vecdot
from autodiff.rules.shapes import matrix_transpose

__all__ = [
    "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "lstsq", "matmul", "matrix_norm",
    "matrix_power", "matrix_transpose", "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals",
    "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip
