"""Samples: polynomials."""

import numpy as np

from samples.table import any_, positive, sample, square, wrong

for f in (np.polyadd, np.polysub):
    for m, n in ((4, 4), (5, 2), (1, 3)):
        sample(f, any_(m), any_(n))
    sample(f, any_(3), any_())
    sample(f, any_(2), [1.0, 2.0, 3.0])
for m, n in ((4, 3), (2, 5), (1, 1), (3, 3)):
    sample(np.polymul, any_(m), any_(n))
sample(np.polymul, any_(3), 2.0)
sample(np.polymul, any_(3), [0.0, 0.0, 1.0, -2.0])
for m, n in ((5, 2), (5, 3), (3, 1), (2, 4)):
    sample(np.polydiv, any_(m), positive(n))
sample(np.polydiv, any_(4), [2.0, 1.0])
for m in (0, 1, 2, 3):
    sample(np.polyder, any_(5), m)
    sample(np.polyint, any_(3), m)
sample(np.polyder, any_(5))
sample(np.polyder, any_(1))
sample(np.polyint, any_(4))
sample(np.polyint, any_(4), 1, any_(1))
sample(np.polyint, any_(4), 2, any_(2))
sample(np.polyint, any_(2), m=3, k=2.0)
for p, x in ((any_(4), any_(3)), (any_(3), any_()), (any_(1), any_(2)), (any_(3), any_(2, 2)), (any_(0), any_(2))):
    sample(np.polyval, p, x)
sample(np.polyval, any_(4), 0.5)
sample(np.polyval, [1.0, 2.0, 3.0], any_(4))
for options in ({}, {"N": 3}, {"N": 6, "increasing": True}, {"N": 1}, {"N": 0}, {"increasing": True}):
    sample(np.vander, any_(4), **options)
sample(np.roots, np.array([1.0, 8.9, -10.9, 1.0]) + any_(4) / 10)
sample(np.roots, np.array([2.0, 3.0, -1.0]) + any_(3) / 10)
sample(np.roots, any_(2))
sample(np.poly, any_(3))
sample(np.poly, any_(1))
sample(np.poly, positive(5))
for n in (1, 2, 3, 4):
    sample(np.poly, square(n, n))
for deg in (0, 1, 2):
    sample(np.polyfit, np.linspace(-1.0, 1.0, 6) + any_(6) / 20, any_(6), deg)
sample(np.polyfit, np.linspace(-1.0, 1.0, 6), any_(6, 2), 2)
sample(np.polyfit, np.linspace(-1.0, 1.0, 6), any_(6), 1, None, False, positive(6))
sample(np.polyfit, np.linspace(-1.0, 1.0, 6), any_(6), 2, cov=True)
sample(np.polyfit, np.linspace(-1.0, 1.0, 6), any_(6), 2, w=np.array([1.0, 2.0, 1.0, 1.0, 3.0, 1.0]), cov="unscaled")

wrong(np.polyder, any_(3), -1)
wrong(np.polyint, any_(3), -1)
wrong(np.polymul, any_(2, 2), any_(2))
wrong(np.vander, any_(2, 2))
wrong(np.roots, any_(2, 2))
wrong(np.poly, any_(2, 3))
wrong(np.polyfit, any_(3), any_(4), 1)
wrong(np.polyfit, any_(3), any_(3), -1)
