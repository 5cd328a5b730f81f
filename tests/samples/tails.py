"""Samples: elementary functions far from zero, near the ends of their domains, and of numbers of other kinds."""

import numpy as np

import autodiff as ad
from samples.table import any_, positive, sample

FAR = np.array([-9.0, -4.5, -2.25, 3.5, 6.0, 11.0])
for f in (np.tanh, np.expm1, np.arctan, np.arcsinh, np.sinc, np.cbrt, ad.sigmoid, ad.softplus, ad.erf, ad.erfc, np.cos, np.sin):
    sample(f, FAR, id="far")
for f in (np.exp, np.exp2, np.sinh, np.cosh):
    sample(f, np.array([-9.0, -4.5, 2.5, 3.0]), id="far")
for f in (np.log, np.log2, np.log10, np.log1p, np.sqrt, np.reciprocal, np.cbrt, ad.gammaln, ad.digamma):
    sample(f, np.array([0.2, 7.0, 40.0, 900.0]), id="far and near")
for f in (np.arcsin, np.arccos, np.arctanh):
    sample(f, np.array([-0.95, -0.7, 0.8, 0.97]), id="near the ends")
sample(np.arccosh, np.array([1.05, 1.4, 30.0, 5e3]), id="near the end")
for f in (np.hypot, np.arctan2, np.logaddexp, np.logaddexp2):
    sample(f, np.array([-9.0, 0.3, 5.0, 30.0]), np.array([2.0, -8.0, 4.5, 0.1]), id="far")
    sample(f, any_(3), 20, id="a whole number")
    sample(f, np.float64(0.4), any_(2, 3), id="a number first")
sample(np.fmod, np.array([7.3, -7.3, 5.1]), np.array([2.0, 2.0, -3.0]), id="signs")
sample(np.mod, np.array([7.3, -7.3, 5.1]), np.array([2.0, 2.0, -3.0]), id="signs")
for exponent in (np.int64(3), np.float64(1.5), True, np.uint8(2)):
    sample(np.power, positive(4), exponent, id=f"{type(exponent).__name__}")
sample(np.ldexp, any_(3), 3)
sample(np.ldexp, any_(), np.int64(-1), id="an int64")
sample(np.divide, any_(4), np.int64(4), id="an int64")
sample(np.divide, 3, positive(4), id="a whole number first")
sample(np.prod, np.array([1e-3, 20.0, 0.5, -40.0]), id="of many sizes")
sample(np.cumprod, np.array([1e-2, 20.0, 0.5, -4.0]), id="of many sizes")
sample(np.einsum, "ij,jk->ik", any_(2, 3), any_(3, 2), dtype="f8")
sample(np.einsum, "ij->j", any_(2, 3), dtype=np.float64, casting="same_kind", id="casting")
