"""Samples: functions of matrices. Equal eigenvalues are in tests/test_matrix_functions.py."""

import numpy as np

import autodiff as ad
from samples.linear_algebra import sample_of_real, sample_of_symmetric
from samples.table import any_, sample, square

for f in (ad.linalg.expm, ad.linalg.sqrtm, ad.linalg.logm):
    for shape in ((3, 3), (2, 3, 3), (1, 1), (2, 2)):
        sample_of_real(f, any_(*shape))
    sample_of_symmetric(f, square(3, 3))
    sample_of_symmetric(f, any_(2, 3, 3))
sample(ad.linalg.expm, any_(3, 3))
sample(ad.linalg.expm, any_(2, 2, 2))
sample(ad.linalg.expm, np.zeros((2, 2)), id="zeros")
sample(ad.linalg.expm, np.array([[0.0, 1.0], [0.0, 0.0]]), id="nilpotent")
sample(ad.linalg.expm, 9.0 * np.array([[0.3, 1.0], [-1.0, 0.2]]), id="scaled")
for t in (0.3, -0.7, 0.5, 1.5, -0.5, 2, -1, 0):
    sample_of_real(ad.linalg.fractional_matrix_power, any_(3, 3), t=t)
sample_of_real(ad.linalg.fractional_matrix_power, any_(2, 3, 3), t=0.3)
sample_of_symmetric(ad.linalg.fractional_matrix_power, any_(3, 3), t=0.3)
for shape in ((3, 3), (2, 3, 3), (4, 2), (2, 4), (2, 3, 2), (1, 1)):
    for side in ("right", "left"):
        sample(ad.linalg.polar, square(*shape) if shape[-1] == shape[-2] else any_(*shape), side=side)
sample_of_symmetric(ad.linalg.polar, any_(3, 3))


def rational(w):
    return w / (1.0 + w)


def step(w):
    return 1.0 * (w > 1.5)


for function in (np.exp, np.log, np.sqrt, np.tanh, np.square, rational, step):
    sample_of_symmetric(ad.linalg.funm, square(3, 3), func=function)
sample_of_symmetric(ad.linalg.funm, square(2, 3, 3), func=np.log)
sample_of_symmetric(ad.linalg.funm, any_(1, 1), func=np.log)
