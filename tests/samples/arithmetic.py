"""Samples: arithmetic and elementary functions."""

import numpy as np

import autodiff as ad
from samples.table import any_, positive, sample

for f in (np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh, np.arctan, np.arcsin, np.arccos,
          np.arcsinh, np.arctanh, np.sinc, np.deg2rad, np.rad2deg, np.radians, np.degrees, np.negative, np.positive, np.real,
          np.conjugate, np.square, np.absolute, np.fabs, np.sign, np.nan_to_num, np.cbrt, ad.sigmoid, ad.softplus, ad.relu,
          ad.erf, ad.erfc):  # fmt: skip
    sample(f, any_(3, 4))
    sample(f, any_())
for f in (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal, ad.gammaln, ad.digamma):
    sample(f, positive(3, 4))
    sample(f, positive())
sample(np.arccosh, positive(5) + 1)
sample(np.sinc, np.array([0.0, 1e-4, 0.3, 1.0, 2.7, -4.2]))
sample(ad.gammaln, np.array([-2.5, -0.3, 0.01, 3.0, 11.0, 20.0]))
for n in (0, 1, 2):
    sample(ad.polygamma, n, np.array([-1.5, 0.4, 3.0, 15.0]))
for f in (np.add, np.subtract, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp, np.logaddexp2, np.hypot,
          np.arctan2, np.copysign):  # fmt: skip
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1)), ((2, 3), (2, 3)), ((0, 3), (3,))):
        sample(f, *(any_(*shape) for shape in shapes))
    sample(f, any_(3), 0.3)
    sample(f, 0.3, any_(3))
for f in (np.divide, np.mod, np.fmod, np.divmod):
    for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1))):
        sample(f, *(positive(*shape) for shape in shapes))
sample(np.heaviside, np.array([-1.0, 0.5, 2.0]), any_(3))
sample(np.ldexp, any_(3), np.array([1, -2, 3]))
sample(np.modf, any_(4) * 5)
for f in (np.power, np.float_power):
    sample(f, positive(3, 4), any_(4))
    sample(f, 2.0, any_(3))
for exponent in (0, 1, 2, 3, -2, 0.5, 2.5, -1.5, 1.0, 4.0):
    sample(np.power, positive(3), exponent)
for exponent in (2, 3, -1, -2, 5):
    sample(np.power, any_(5), exponent)
sample(np.power, any_(5), np.array([0, 1, 2, 3, -1], np.int8))
sample(np.clip, any_(9), -0.5, 0.5)
sample(np.clip, any_(9), None, 0.2)
sample(np.clip, any_(9), a_min=0.1, a_max=None)
sample(np.clip, any_(9), min=-0.2, max=0.3)
sample(np.clip, any_(3, 3), -positive(3) / 3, positive(3, 1) / 3)
sample(np.where, np.arange(4) > 1, any_(3, 4), any_(4))
sample(np.where, np.arange(3)[:, None] > 1, any_(3, 1), any_(4))
