"""Samples: functions of scipy.special. Without scipy there are none."""

import importlib.util

import numpy as np

import autodiff as ad
from samples.table import any_, between, positive, sample, wrong


def unit(*shape):
    return between(0.05, 0.95, *shape, name="unit")


def wide(*shape):
    return between(-4, 4, *shape, name="wide")


def enter(sp):
    for id, x in (("scipy", any_(3, 4)), ("scipy-number", any_()), ("scipy-wide", wide(5))):
        sample(sp.i0, x, id=id)  # numpy has an i0 too
    sample(sp.erfi, any_(3, 4))
    sample(sp.erfi, positive(5))
    sample(sp.erfi, any_())
    for f in (sp.log_expit, sp.erfcx, sp.ndtr, sp.log_ndtr, sp.dawsn, sp.cosm1, sp.exp10, sp.i1, sp.j0, sp.j1):
        for x in (any_(3, 4), any_(), wide(5)):
            sample(f, x)
    for f in (sp.logit, sp.erfinv, sp.erfcinv, sp.ndtri, sp.entr):
        for x in (unit(3, 4), unit(), unit(5)):
            sample(f, x)
    for f in (sp.i0e, sp.i1e, sp.gamma, sp.loggamma, sp.rgamma, sp.y0, sp.y1, sp.k0, sp.k1, sp.k0e, sp.k1e, sp.expi, sp.exp1,
              sp.spence):  # fmt: skip
        for x in (positive(3, 4), positive(), positive(5) + 3.0):
            sample(f, x)
    for f in (sp.sici, sp.shichi, sp.fresnel):
        for x in (positive(3, 4), positive(), positive(5) + 2.0):
            sample(f, x)
    sample(sp.ndtri_exp, -positive(3, 4))
    sample(sp.ndtri_exp, -positive(5) - 30.0)
    sample(sp.gamma, np.array([-2.5, -0.3, 0.7]))
    sample(sp.rgamma, np.array([-2.5, -0.3, 0.7]))
    sample(sp.erfcx, np.array([40.0, 300.0]))
    sample(sp.dawsn, np.array([-40.0, 300.0]))
    sample(sp.log_ndtr, np.array([-40.0, -300.0, 8.0]))
    sample(sp.logit, np.array([0.02, 0.5, 0.97]))
    sample(sp.log_expit, np.array([-40.0, 0.0, 40.0]))
    sample(sp.spence, np.array([0.3, 0.995, 1.004, 4.0]))
    for f in (sp.beta, sp.betaln, sp.poch, sp.binom, sp.xlogy, sp.xlog1py, sp.rel_entr, sp.kl_div, sp.boxcox):
        for shapes in (((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 1)), ((2, 3), (2, 3))):
            sample(f, *(positive(*shape) for shape in shapes))
        sample(f, positive(3), 0.8)
        sample(f, 0.8, positive(3))
    for f in (sp.huber, sp.pseudo_huber):
        for shapes in (((3, 4), (4,)), ((), (2, 1)), ((2, 3), (2, 3))):
            sample(f, positive(*shapes[0]), wide(*shapes[1]))
        sample(f, 1.5, np.array([-3.0, -0.7, 0.4, 2.5]))
    sample(sp.boxcox, positive(4), np.array([0.5, 2.0, -1.0, 0.3]))
    for f in (sp.gammainc, sp.gammaincc):
        sample(f, 2, positive(3, 4))
        sample(f, np.array([1, 2, 5]), positive(3))
        sample(f, 1, positive())
    for f in (sp.gammaincinv, sp.gammainccinv):
        sample(f, 2, unit(3, 4))
        sample(f, np.array([1, 3, 5]), unit(3))
    for f in (sp.betainc, sp.betaincc, sp.betaincinv, sp.betainccinv):
        sample(f, 2, 3, unit(3, 4))
        sample(f, np.array([1, 2, 5]), np.array([2, 2, 1]), unit(3))
    for f in (sp.iv, sp.jv, sp.yv, sp.kv, sp.ive, sp.kve):
        sample(f, 0, positive(3, 4))
        sample(f, 1.5, positive(3))
        sample(f, np.array([1, 2, 3]), positive(3))
    for f in (sp.yn, sp.kn, sp.expn):
        sample(f, 1, positive(3, 4))
        sample(f, 3, positive())
    sample(sp.expn, 0, positive(3))
    sample(sp.expn, [0, 2, 3], positive(3))
    sample(sp.gammainc, range(1, 4), positive(3))
    sample(sp.zeta, 2, positive(3, 4))
    sample(sp.zeta, np.array([2, 3, 5]), positive(3))
    sample(sp.stdtr, 3, wide(3, 4))
    sample(sp.stdtr, np.array([1, 2, 7]), wide(3))
    wrong(sp.beta, any_(3), any_(4))
    wrong(sp.xlogy, any_(3), any_(4))


if importlib.util.find_spec("scipy"):
    enter(ad.scipy.special)
