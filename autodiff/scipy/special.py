"""Functions of scipy.special. All are elementwise except `logsumexp`, `softmax` and `log_softmax`.

Orders of Bessel functions, and the first arguments of `gammainc`, `betainc`, `zeta` and their kin, are constants: they have no
derivative here, and a box that is followed is refused in their place.

>>> import autodiff as ad
>>> ad.grad(ad.scipy.special.j0)(1.0) == -ad.scipy.special.j1(1.0)
True
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.registry import decomposition
from autodiff.core.types import ArrayLike, Axis, Flag
from autodiff.rules import softmax as _softmax
from autodiff.rules.bessel import i0, i0e, i1, i1e, iv, ive, j0, j1, jv, k0, k0e, k1, k1e, kn, kv, kve, y0, y1, yn, yv
from autodiff.rules.elementary import cbrt, exp2, expm1, log1p, softplus
from autodiff.rules.elementary import sigmoid as expit
from autodiff.rules.scipy_special import (
    beta,
    betainc,
    betaincc,
    betainccinv,
    betaincinv,
    betaln,
    binom,
    boxcox,
    cosm1,
    dawsn,
    entr,
    erfcinv,
    erfcx,
    erfi,
    erfinv,
    exp1,
    exp10,
    expi,
    expn,
    fresnel,
    gamma,
    gammainc,
    gammaincc,
    gammainccinv,
    gammaincinv,
    huber,
    kl_div,
    log_expit,
    log_ndtr,
    loggamma,
    logit,
    ndtr,
    ndtri,
    ndtri_exp,
    poch,
    pseudo_huber,
    rel_entr,
    rgamma,
    shichi,
    sici,
    spence,
    stdtr,
    xlog1py,
    xlogy,
    zeta,
)  # fmt: skip
from autodiff.rules.special import digamma, erf, erfc, gammaln, polygamma
from autodiff.rules.trigonometric import sinc

__all__ = [
    "beta",
    "betainc",
    "betaincc",
    "betainccinv",
    "betaincinv",
    "betaln",
    "binom",
    "boxcox",
    "cbrt",
    "cosm1",
    "dawsn",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfi",
    "erfinv",
    "exp1",
    "exp2",
    "exp10",
    "expi",
    "expit",
    "expm1",
    "expn",
    "factorial",
    "fresnel",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
    "huber",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kl_div",
    "kn",
    "kv",
    "kve",
    "log1p",
    "log_expit",
    "log_ndtr",
    "log_softmax",
    "loggamma",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "ndtri_exp",
    "poch",
    "polygamma",
    "pseudo_huber",
    "psi",
    "rel_entr",
    "rgamma",
    "shichi",
    "sici",
    "sinc",
    "softmax",
    "softplus",
    "spence",
    "stdtr",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "yn",
    "yv",
    "zeta",
]  # fmt: skip

psi, jn = digamma, jv


@decomposition(None)
def logsumexp(a: Any, axis: Axis = None, b: Any | None = None, keepdims: Flag = False) -> Any:
    """log(sum(b * exp(a))) over `axis`, without overflow. All of b is positive, where it is given.

    >>> import autodiff as ad
    >>> float(ad.scipy.special.logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    weighted = a if b is None else np.add(a, np.log(b))
    return _softmax.logsumexp(weighted, axis=axis, keepdims=bool(keepdims))


@decomposition(None)
def softmax(x: ArrayLike, axis: Axis = None) -> Any:
    """exp(x) / sum(exp(x)) over `axis`, by default over all numbers, as scipy has it; `autodiff.softmax` takes the last axis.

    >>> import autodiff as ad
    >>> ad.scipy.special.softmax([[0.0, 0.0], [0.0, 0.0]])
    array([[0.25, 0.25],
           [0.25, 0.25]])
    """
    return _over(_softmax.softmax, x, axis)


@decomposition(None)
def log_softmax(x: ArrayLike, axis: Axis = None) -> Any:
    """log(softmax(x)) over `axis`, by default over all numbers, exact where the softmax is 0 or 1.

    >>> import autodiff as ad
    >>> ad.scipy.special.log_softmax([1000.0, -1000.0])
    array([    0., -2000.])
    """
    return _over(_softmax.log_softmax, x, axis)


def _over(function: Callable[..., Any], x: Any, axis: Any) -> Any:
    """A function of one axis over the axes that scipy means."""
    if axis is None:
        return np.reshape(function(np.reshape(x, -1)), np.shape(x))
    return function(x, axis)


@decomposition(None)
def factorial(n: Any) -> Any:
    """gamma(n + 1), elementwise, and 0 for n below 0, as scipy has it.

    >>> import autodiff as ad
    >>> float(ad.scipy.special.factorial(4.0))
    24.0
    """
    below = np.less(n, 0)
    return np.where(below, 0.0, gamma(np.add(np.where(below, 0.0, n), 1.0)))


@decomposition(None)
def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension d, elementwise, for a > (d - 1) / 2.

    >>> import autodiff as ad
    >>> round(float(ad.scipy.special.multigammaln(3.0, 2)), 12)
    1.550194993958
    """
    total = d * (d - 1) * 0.25 * math.log(math.pi)
    for k in range(d):
        total = gammaln(np.subtract(a, 0.5 * k)) + total
    return total
