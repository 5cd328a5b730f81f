"""Samples: scipy.linalg's functions."""

import numpy as np

import autodiff as ad
from samples.linear_algebra import of_symmetric, sample_of_symmetric
from samples.table import any_, positive, sample, square

linalg = ad.scipy.linalg

for f in (linalg.det, linalg.inv, linalg.svdvals):
    sample(f, square(3, 3))
    sample(f, square(1, 1))
for kind in ("gen", "upper triangular", "lower triangular", "diagonal"):
    sample(linalg.inv, square(3, 3), assume_a=kind)
    sample(linalg.solve, square(3, 3), any_(3), assume_a=kind)
for kind in ("sym", "pos"):
    sample_of_symmetric(linalg.inv, square(3, 3), assume_a=kind)
sample_of_symmetric(linalg.inv, square(3, 3), assume_a="sym", lower=True)
sample(linalg.solve, square(3, 3), any_(3))
sample(linalg.solve, square(3, 3), any_(3, 2))
sample(linalg.solve, square(3, 3), any_(3, 2), transposed=True)
for lower in (False, True):
    for trans in (0, "T"):
        sample(linalg.solve_triangular, square(3, 3), any_(3), trans=trans, lower=lower)
        sample(linalg.solve_triangular, square(3, 3), any_(3, 2), trans=trans, lower=lower, unit_diagonal=True)
    sample_of_symmetric(linalg.cholesky, square(3, 3), lower=lower)
    sample(linalg.cho_solve, (square(3, 3), lower), any_(3))
    sample(linalg.cho_solve, (square(3, 3), lower), any_(3, 2))
    sample_of_symmetric(linalg.eigh, square(3, 3), lower=lower)
    sample(of_symmetric(linalg.eigh), square(3, 3), any_(3, 3), lower=lower)
    sample(of_symmetric(linalg.eigvalsh), square(3, 3), any_(3, 3), lower=lower)
    sample_of_symmetric(linalg.eigvalsh, square(3, 3), lower=lower)
sample_of_symmetric(linalg.eigh, square(3, 3), subset_by_index=[1, 2])
sample_of_symmetric(linalg.eigh, square(3, 3), eigvals_only=True)
sample(linalg.svd, any_(4, 2), full_matrices=False)
sample(linalg.svd, any_(4, 2), compute_uv=False)
for m, n in ((3, 3), (2, 3), (3, 1)):
    sample(linalg.solve_sylvester, square(m, m), square(n, n), any_(m, n))
sample(linalg.solve_sylvester, np.eye(2), np.diag([1.0, 2.0]), any_(2, 2))
sample(linalg.solve_sylvester, square(2, 3, 3), square(2, 2, 2), any_(2, 3, 2))
sample(linalg.solve_continuous_lyapunov, square(3, 3), any_(3, 3))
sample(linalg.toeplitz, any_(3))
sample(linalg.toeplitz, any_(3), any_(4))
sample(linalg.toeplitz, any_(3), any_(1))
sample(linalg.hankel, any_(3))
sample(linalg.hankel, any_(3), any_(4))
sample(linalg.companion, positive(4))
sample(linalg.companion, positive(2))
for f in (linalg.cosm, linalg.sinm, linalg.tanm, linalg.coshm, linalg.sinhm, linalg.tanhm):
    sample(f, any_(3, 3) * 0.5)
    sample(f, any_(2, 2, 2) * 0.5)
    sample(f, np.zeros((2, 2)), id="zeros")
sample(linalg.expm_frechet, any_(3, 3), any_(3, 3))
sample(linalg.expm_frechet, any_(3, 3), any_(3, 3), compute_expm=False)
sample(linalg.solve_discrete_lyapunov, any_(3, 3) * 0.5, any_(3, 3))
sample(linalg.lstsq, any_(4, 2), any_(4))
sample(linalg.norm, any_(4))
sample(linalg.norm, any_(3, 4), "nuc")
sample(linalg.norm, any_(3, 4), 1, 0, True)
sample(linalg.circulant, any_(4))
sample(linalg.circulant, any_(1))
sample(linalg.block_diag, any_(2, 3), any_(2), any_(1, 1))
sample(linalg.block_diag, any_(2, 2))


def factor(a, **keywords):
    return linalg.cho_factor(a, **keywords)[0]


factor.__name__, factor.__module__, factor.stands_for = "cho_factor", linalg.cho_factor.__module__, linalg.cho_factor
sample_of_symmetric(factor, square(3, 3))
sample_of_symmetric(factor, square(3, 3), lower=True)
