"""Samples: floating-point numbers by their parts, the Bessel function i0, and functions that may have a complex result."""

import numpy as np

from samples.table import any_, positive, sample, wrong

sample(np.frexp, any_(5) * 9)
sample(np.frexp, any_(2, 3))
sample(np.frexp, np.array([0.3, -0.3, 3.0, 700.0, -1e-3]))
sample(np.frexp, any_())
for shapes in (((3, 4), (4,)), ((3,), ()), ((2, 1), (3,))):
    sample(np.nextafter, *(any_(*shape) for shape in shapes))
sample(np.nextafter, any_(3), 7.0)
sample(np.i0, any_(3, 4) * 3)
sample(np.i0, any_())
sample(np.i0, np.array([0.0, 1e-3, 0.5, 3.9, -2.5]))
sample(np.i0, np.array([[-3.0, 2.0], [0.1, -0.7]]))
sample(np.real_if_close, any_(4))
sample(np.real_if_close, any_(2, 2), 10)

for f in (np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10):
    for shape in ((3, 4), (), (5,)):
        sample(f, positive(*shape))
for f in (np.emath.arccos, np.emath.arcsin, np.emath.arctanh):
    for shape in ((3, 4), (), (5,)):
        sample(f, any_(*shape))
sample(np.emath.logn, positive(3) + 1, positive(3))
sample(np.emath.logn, 2.0, positive(3, 2))
sample(np.emath.logn, positive(2, 1) + 1, positive(3))
sample(np.emath.power, positive(3, 4), any_(4))
sample(np.emath.power, positive(4), 2.5)
sample(np.emath.power, 1.5, any_(4))

wrong(np.nextafter, any_(3), any_(4))
wrong(np.emath.logn, positive(3), positive(4))
wrong(np.emath.power, positive(3), positive(4))
