"""scipy.linalg's functions under their names, with its arguments, for arrays, Tensors and Variables. scipy need not be there.

`overwrite_a`, `overwrite_b`, `check_finite` and the names of drivers are taken, and change nothing: nothing is overwritten, and
numbers that are not finite give what numpy makes of them.

>>> import numpy as np, autodiff as ad
>>> a = ad.Variable([[2.0, 0.0], [1.0, 4.0]])
>>> with ad.Tape() as tape:
...     y = np.sum(ad.scipy.linalg.solve_triangular(a, np.array([2.0, 5.0]), lower=True))
>>> tape.gradient(y, a)
Tensor([[-0.375,  0.   ],
        [-0.25 , -0.25 ]])
"""

from __future__ import annotations

from autodiff.rules.matrix_functions import expm, fractional_matrix_power, logm, sqrtm
from autodiff.rules.matrix_trigonometry import coshm, cosm, expm_frechet, sinhm, sinm, tanhm, tanm
from autodiff.rules.polar import polar
from autodiff.rules.scipys_linalg import (
    cho_factor,
    cho_solve,
    cholesky,
    det,
    eigh,
    eigvalsh,
    inv,
    lstsq,
    norm,
    solve,
    solve_triangular,
    svd,
    svdvals,
)  # fmt: skip
from autodiff.rules.structured import block_diag, circulant, companion, hankel, toeplitz
from autodiff.rules.sylvester import solve_continuous_lyapunov, solve_discrete_lyapunov, solve_sylvester

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "companion",
    "coshm",
    "cosm",
    "det",
    "eigh",
    "eigvalsh",
    "expm",
    "expm_frechet",
    "fractional_matrix_power",
    "hankel",
    "inv",
    "logm",
    "lstsq",
    "norm",
    "polar",
    "sinhm",
    "sinm",
    "solve",
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_sylvester",
    "solve_triangular",
    "sqrtm",
    "svd",
    "svdvals",
    "tanhm",
    "tanm",
    "toeplitz",
]  # fmt: skip
