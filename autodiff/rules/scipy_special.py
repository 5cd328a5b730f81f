"""Derivatives of scipy.special's functions, where they are elementary or again one of these functions.

Formulas are those of the NIST Digital Library of Mathematical Functions (dlmf.nist.gov), by chapter.
"""

from __future__ import annotations

import math
from typing import Any  # mypy wants it of a function whose rule names it

import numpy as np

from autodiff.core.dtypes import is_complex
from autodiff.core.registry import also, op
from autodiff.rules.elementary import cbrt, exp2, expm1, log1p, sigmoid
from autodiff.rules.scipy_functions import of_scipy, plainly, special, with_constants
from autodiff.rules.special import digamma, gammaln, polygamma
from autodiff.rules.trigonometric import sinc

__all__: list[str] = []  # autodiff/scipy/special.py hands them out

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2.0 * math.pi)

# -- the logistic function ---------------------------------------------------------------------------------------------------

logit = special("logit", lambda g, y, x: g / (x * (1.0 - x)))
log_expit = special("log_expit", lambda g, y, x: g * sigmoid(-x))

# -- the error function and the normal distribution, DLMF 7 ------------------------------------------------------------------

FAR = 30.0  # from here on 1 - 2 x dawsn(x) would cancel


def _tail(x, sign):
    """The sum of sign^k (2k - 1)!! / (2 x^2)^k, k from 1 to 6, which is what 2 x dawsn(x) and sqrt(pi) x erfcx(x) are beyond 1:
    DLMF 7.12. Near 0 it is not used, and finite."""
    far = np.greater(np.abs(x), FAR)
    t = sign / (2.0 * np.square(np.where(far, x, FAR)))
    return far, t * (1.0 + t * (3.0 + t * (15.0 + t * (105.0 + t * (945.0 + t * 10395.0)))))


def _erfcx_vjp(g, y, x):
    """g (2 x y - 2 / sqrt(pi))."""
    far, rest = _tail(x, -1.0)
    return g * np.where(np.logical_and(far, np.greater(x, 0)), 2.0 / ROOT_PI * rest, 2.0 * x * y - 2.0 / ROOT_PI)


def _dawsn_vjp(g, y, x):
    """g (1 - 2 x y)."""
    far, rest = _tail(x, 1.0)
    if is_complex(x):  # elsewhere exp(-x^2) is more than rounding
        far = np.logical_and(far, np.greater(np.real(x * x), 50.0))
    return g * np.where(far, -rest, 1.0 - 2.0 * x * y)


erfcx = special("erfcx", _erfcx_vjp, takes_complex=True)
dawsn = special("dawsn", _dawsn_vjp, takes_complex=True)
erfi = special("erfi", lambda g, y, x: g * (2.0 / ROOT_PI) * np.exp(x * x), takes_complex=True)
erfinv = special("erfinv", lambda g, y, x: g * (ROOT_PI / 2.0) * np.exp(y * y))
erfcinv = special("erfcinv", lambda g, y, x: -g * (ROOT_PI / 2.0) * np.exp(y * y))
ndtr = special("ndtr", lambda g, y, x: g * np.exp(-0.5 * x * x) / ROOT_2PI, takes_complex=True)
log_ndtr = special(
    "log_ndtr", lambda g, y, x: g * (math.sqrt(2.0 / math.pi) / erfcx(x * -math.sqrt(0.5))), takes_complex=True
)  # fmt: skip
ndtri = special("ndtri", lambda g, y, x: g * ROOT_2PI * np.exp(0.5 * y * y))
ndtri_exp = special("ndtri_exp", lambda g, y, x: g * (erfcx(y * -math.sqrt(0.5)) * math.sqrt(math.pi / 2.0)))
fresnel = special(
    "fresnel", joint=lambda g, y, x: (g[0] * np.sin((math.pi / 2.0) * x * x) + g[1] * np.cos((math.pi / 2.0) * x * x),),
    takes_complex=True,
)

# -- the gamma function and its kin, DLMF 5 and 8 ----------------------------------------------------------------------------


def _psi_rgamma(x):
    """digamma(x) / gamma(x), also where both are infinite: there it is the limit (-1)^(n + 1) n!."""
    real = np.real(x)
    whole = (real <= 0) & (x == np.floor(real))
    n = np.where(whole, -real, 0.0)
    limit = (2.0 * (n % 2) - 1.0) * of_scipy("gamma")(n + 1.0)
    return np.where(whole, limit, digamma(np.where(whole, 0.5, x)) * of_scipy("rgamma")(x))


def _psi_rgamma_of_number(x):
    return float(_psi_rgamma(np.float64(x)))


gamma = special("gamma", lambda g, y, x: g * y * digamma(x), takes_complex=True)
loggamma = special("loggamma", lambda g, y, x: g * digamma(x), takes_complex=True)
psi_rgamma = op(lambda g, y, x: g * (polygamma(1, x) - np.square(digamma(x))) * rgamma(x), scalar=_psi_rgamma_of_number,
                forward=_psi_rgamma, internal=True, label="digamma / gamma")(_psi_rgamma)  # fmt: skip
rgamma: Any = special("rgamma", lambda g, y, x: -g * psi_rgamma(x), takes_complex=True)
poch = special("poch", lambda g, y, z, m: g * y * (digamma(z + m) - digamma(z)), lambda g, y, z, m: g * y * digamma(z + m))
beta = special(
    "beta", lambda g, y, a, b: g * y * (digamma(a) - digamma(a + b)), lambda g, y, a, b: g * y * (digamma(b) - digamma(a + b))
)
betaln = special(
    "betaln", lambda g, y, a, b: g * (digamma(a) - digamma(a + b)), lambda g, y, a, b: g * (digamma(b) - digamma(a + b))
)
binom = special(
    "binom",
    lambda g, y, n, k: g * y * (digamma(n + 1.0) - digamma(n - k + 1.0)),
    lambda g, y, n, k: g * y * (digamma(n - k + 1.0) - digamma(k + 1.0)),
)


def _gamma_density(x, a):
    """x^(a - 1) exp(-x) / gamma(a)."""
    return np.exp(xlogy(a - 1.0, x) - x - plainly(gammaln(a)))


def _beta_density(x, a, b):
    return np.exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - plainly(betaln(a, b)))


gammainc = with_constants("gammainc", ("a",), lambda g, y, x, a: g * _gamma_density(x, a))
gammaincc = with_constants("gammaincc", ("a",), lambda g, y, x, a: -g * _gamma_density(x, a))
gammaincinv = with_constants("gammaincinv", ("a",), lambda g, y, x, a: g / _gamma_density(y, a))
gammainccinv = with_constants("gammainccinv", ("a",), lambda g, y, x, a: -g / _gamma_density(y, a))
betainc = with_constants("betainc", ("a", "b"), lambda g, y, x, a, b: g * _beta_density(x, a, b))
betaincc = with_constants("betaincc", ("a", "b"), lambda g, y, x, a, b: -g * _beta_density(x, a, b))
betaincinv = with_constants("betaincinv", ("a", "b"), lambda g, y, x, a, b: g / _beta_density(y, a, b))
betainccinv = with_constants("betainccinv", ("a", "b"), lambda g, y, x, a, b: -g / _beta_density(y, a, b))
zeta: Any = with_constants("zeta", ("s",), lambda g, y, x, s: -g * s * zeta(s + 1.0, x))  # Hurwitz's, DLMF 25.11.17
stdtr = with_constants("stdtr", ("df",), lambda g, y, x, df: g * _student_density(x, df))


def _student_density(x, df):
    scale = np.exp(gammaln((df + 1.0) / 2.0) - gammaln(df / 2.0)) / np.sqrt(df * math.pi)
    return plainly(scale) * (1.0 + x * x / df) ** ((df + 1.0) / -2.0)


# -- logarithms that are 0 at 0, entropies, losses -----------------------------------------------------------------------------


def _log(x):
    """The logarithm, which is -inf at 0 without a warning."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return plainly(np.log(x))


def _ratio(x, y):
    """x / y, and 0 where x is 0."""
    return np.where(np.equal(x, 0), 0.0, x / np.where(np.equal(x, 0), 1.0, y))


xlogy = special("xlogy", lambda g, y, a, b: g * _log(b), lambda g, y, a, b: g * _ratio(a, b), takes_complex=True)
xlog1py = special(
    "xlog1py", lambda g, y, a, b: g * plainly(np.log1p(b)), lambda g, y, a, b: g * _ratio(a, 1.0 + b), takes_complex=True
)  # fmt: skip
entr = special("entr", lambda g, y, x: g * (-1.0 - _log(x)))
rel_entr = special("rel_entr", lambda g, y, a, b: g * (1.0 + _log(a / b)), lambda g, y, a, b: -g * _ratio(a, b))
kl_div = special("kl_div", lambda g, y, a, b: g * _log(a / b), lambda g, y, a, b: g * (1.0 - _ratio(a, b)))
huber = special(
    "huber",
    lambda g, y, delta, r: g * np.where(np.greater(np.abs(r), delta), np.abs(r) - delta, 0.0),
    lambda g, y, delta, r: g * np.where(np.greater(np.abs(r), delta), delta * np.sign(r), r),
    names=("delta", "r"),
)


def _slant(delta, r):
    return np.sqrt(1.0 + np.square(r / delta))


pseudo_huber = special(
    "pseudo_huber",
    lambda g, y, delta, r: g * (2.0 * y / delta - r * r / (delta * _slant(delta, r))),
    lambda g, y, delta, r: g * r / _slant(delta, r),
    names=("delta", "r"),
)


def _boxcox_vjp(g, y, x, power):
    """g (x^p log x - y) / p, and its limit g log(x)^2 / 2 at p = 0."""
    zero = np.equal(power, 0)
    p = np.where(zero, 1.0, power)
    log = plainly(np.log(x))
    return g * np.where(zero, 0.5 * log * log, (x**p * log - y) / p)


boxcox = special("boxcox", lambda g, y, x, power: g * x ** (power - 1.0), _boxcox_vjp)

# -- integrals, DLMF 6 and 25.12 ----------------------------------------------------------------------------------------------


def _log_ratio(x):
    """log(x) / (1 - x), which is -1 at x = 1; near there the series, so that its derivative keeps its digits."""
    t = 1.0 - x
    near = np.less(np.abs(t), 0.01)
    small, other = np.where(near, t, 0.0), np.where(near, 0.5, t)
    series = 1.0 + small * (1 / 2 + small * (1 / 3 + small * (1 / 4 + small * (1 / 5 + small * (1 / 6 + small * (1 / 7))))))
    return np.where(near, -series, np.log1p(-other) / other)


def _sinhc(x):
    small = np.less(np.abs(x), 1e-3)
    return np.where(small, 1.0 + x * x / 6.0, np.sinh(x) / np.where(small, 1.0, x))


expi = special("expi", lambda g, y, x: g * np.exp(x) / x, takes_complex=True)
exp1 = special("exp1", lambda g, y, x: -g * np.exp(-x) / x, takes_complex=True)


def _expn_slope(x, n):
    """-d expn(n, x)/dx, which is expn(n - 1, x) for n above 0."""
    first = np.exp(-x) * (1.0 + x) / (x * x)
    return np.where(np.equal(n, 0), first, expn(np.maximum(n, 1) - 1, x)) if np.ndim(n) else expn(n - 1, x) if n else first


expn: Any = with_constants("expn", ("n",), lambda g, y, x, n: -g * _expn_slope(x, n))
sici = special("sici", joint=lambda g, y, x: (g[0] * sinc(x / math.pi) + g[1] * np.cos(x) / x,), takes_complex=True)
shichi = special("shichi", joint=lambda g, y, x: (g[0] * _sinhc(x) + g[1] * np.cosh(x) / x,), takes_complex=True)
spence = special("spence", lambda g, y, x: g * _log_ratio(x), takes_complex=True)

# -- powers and trigonometric functions ---------------------------------------------------------------------------------------

exp10 = special("exp10", lambda g, y, x: g * y * math.log(10.0))
cosm1 = special("cosm1", lambda g, y, x: -g * np.sin(x))
for public, name in ((zeta, "_zeta"), (cbrt, "cbrt"), (exp2, "exp2"), (expm1, "expm1"), (log1p, "log1p")):
    also(public, name)
