"""The formulas of the operations that calculus.py cannot read off a rule, as the guide's tables show them.

A row has what an operation computes, then what each of its inputs gets, as far as the rule itself is no formula. A text is
Python, in the names of the rule: calculus.py typesets it, and tests/test_operations_page.py computes it and compares the number
with the rule's. A text with `$` is prose with LaTeX between dollars. Operations on whole arrays are in array_formulas.py.
"""

from array_formulas import ARRAYS

SCALARS = {
    # -- arithmetic
    "np.absolute": (
        "abs(x)", r"$g\, \frac{\overline{x}}{\left|x\right|}$, which is $g \operatorname{sign} x$ of a real number",
    ),
    "np.clip": (
        "minimum(maximum(x, low), high)", "g if low <= x <= high else 0", "g if x < low else 0", "g if x > high else 0",
    ),
    "np.copysign": ("abs(a) if b >= 0 else -abs(a)",),
    "np.float_power": ("a ** b", "g * b * a ** (b - 1)", "g * y * log(a)"),
    "np.fmax": ("maximum(a, b)", "g if a > b else g / 2 if a == b else 0", "g if b > a else g / 2 if a == b else 0"),
    "np.fmin": ("minimum(a, b)", "g if a < b else g / 2 if a == b else 0", "g if b < a else g / 2 if a == b else 0"),
    "np.fmod": ("a - b * trunc(a / b)", "g", "-g * trunc(a / b)"),
    "np.heaviside": ("0 if x < 0 else at_0 if x == 0 else 1", "0", "g if x == 0 else 0"),
    "np.i0": ("i0(x)", "g * i1(x)"),
    "np.ldexp": ("x * 2 ** n", "g * 2 ** n"),
    "np.maximum": ("maximum(a, b)", "g if a > b else g / 2 if a == b else 0", "g if b > a else g / 2 if a == b else 0"),
    "np.minimum": ("minimum(a, b)", "g if a < b else g / 2 if a == b else 0", "g if b < a else g / 2 if a == b else 0"),
    "np.nan_to_num": ("$x$ where it is finite, else a given number", "g if isfinite(x) else 0"),
    "np.nextafter": (r"$a + \varepsilon \operatorname{sign}\left(b - a\right)$, to the next number that a float can be",),
    "np.power": ("a ** b", "g * b * a ** (b - 1)", "g * y * log(a)"),
    "np.remainder": ("a - b * floor(a / b)", "g", "-g * floor(a / b)"),
    "np.where": ("a if condition else b", "g if condition else 0", "0 if condition else g"),
    # -- elementary
    "ad.relu": ("maximum(0, x)", "g if x > 0 else 0"),
    "ad.sigmoid": ("1 / (1 + exp(-x))", "g * y * (1 - y)"),
    "np.arctan": ("arctan(x)", "g / (1 + x ** 2)"),
    "np.arctan2": ("arctan2(a, b)", "g * b / (a ** 2 + b ** 2)", "-g * a / (a ** 2 + b ** 2)"),
    "np.deg2rad": ("pi / 180 * x",),
    "np.degrees": ("180 / pi * x",),
    "np.hypot": ("hypot(a, b)", "g * a / y", "g * b / y"),
    "np.logaddexp": ("log(exp(a) + exp(b))", "g * exp(a - y)", "g * exp(b - y)"),
    "np.logaddexp2": ("log2(2 ** a + 2 ** b)", "g * 2 ** (a - y)", "g * 2 ** (b - y)"),
    "np.rad2deg": ("180 / pi * x",),
    "np.radians": ("pi / 180 * x",),
    "np.sinc": ("sin(pi * x) / (pi * x)", "g * (cos(pi * x) - y) / x"),
    "np.sqrt": ("sqrt(x)", "g / (2 * y)"),
    "np.tanh": ("tanh(x)", "g * (1 - y ** 2)"),
    # -- special functions
    "ad.erf": (r"$\operatorname{erf} x = \frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2}\, dt$",),
    "ad.erfc": (r"$\operatorname{erfc} x = 1 - \operatorname{erf} x$", "-2 * g / sqrt(pi) * exp(-x ** 2)"),
    "ad.gammaln": (r"$\ln \left|\Gamma\left(x\right)\right|$", "g * digamma(x)"),
    "ad.polygamma": ("polygamma(n, x)",),
    # -- scipy.special
    "ad.scipy.special.beta": ("beta(a, b)",),
    "ad.scipy.special.betainc": ("betainc(a, b, x)", "g * x ** (a - 1) * (1 - x) ** (b - 1) / beta(a, b)"),
    "ad.scipy.special.betaincc": ("1 - betainc(a, b, x)", "-g * x ** (a - 1) * (1 - x) ** (b - 1) / beta(a, b)"),
    "ad.scipy.special.betainccinv": (
        r"$y$ of $1 - I_y\left(a, b\right) = x$", "-g * beta(a, b) * y ** (1 - a) * (1 - y) ** (1 - b)",
    ),
    "ad.scipy.special.betaincinv": (
        r"$y$ of $I_y\left(a, b\right) = x$", "g * beta(a, b) * y ** (1 - a) * (1 - y) ** (1 - b)",
    ),
    "ad.scipy.special.betaln": ("log(beta(a, b))",),
    "ad.scipy.special.binom": ("binom(n, k)",),
    "ad.scipy.special.boxcox": (
        "(x ** power - 1) / power if power != 0 else log(x)",
        "g * x ** (power - 1)",
        "g * (x ** power * log(x) - y) / power if power != 0 else g * log(x) ** 2 / 2",
    ),
    "ad.scipy.special.cosm1": ("cos(x) - 1",),
    "ad.scipy.special.dawsn": (r"$e^{-x^2} \int_0^x e^{t^2}\, dt$", "g * (1 - 2 * x * y)"),
    "ad.scipy.special.entr": ("-x * log(x)", "-g * (1 + log(x))"),
    "ad.scipy.special.erfcinv": (r"$y$ of $\operatorname{erfc} y = x$", "-g * sqrt(pi) / 2 * exp(y ** 2)"),
    "ad.scipy.special.erfcx": ("exp(x ** 2) * erfc(x)", "g * (2 * x * y - 2 / sqrt(pi))"),
    "ad.scipy.special.erfi": (r"$\frac{2}{\sqrt{\pi}} \int_0^x e^{t^2}\, dt$", "2 * g / sqrt(pi) * exp(x ** 2)"),
    "ad.scipy.special.erfinv": (r"$y$ of $\operatorname{erf} y = x$", "g * sqrt(pi) / 2 * exp(y ** 2)"),
    "ad.scipy.special.exp1": (r"$\int_x^\infty \frac{e^{-t}}{t}\, dt$",),
    "ad.scipy.special.expi": (r"$\int_{-\infty}^x \frac{e^t}{t}\, dt$",),
    "ad.scipy.special.expn": (r"$E_n\left(x\right) = \int_1^\infty \frac{e^{-x t}}{t^n}\, dt$", "-g * expn(n - 1, x)"),
    "ad.scipy.special.fresnel": (
        r"$\int_0^x \sin \frac{\pi t^2}{2}\, dt$ and $\int_0^x \cos \frac{\pi t^2}{2}\, dt$",
        r"$g_0 \sin \frac{\pi x^2}{2} + g_1 \cos \frac{\pi x^2}{2}$",
    ),
    "ad.scipy.special.gammainc": (
        r"$\frac{1}{\Gamma\left(a\right)} \int_0^x t^{a - 1} e^{-t}\, dt$", "g * x ** (a - 1) * exp(-x) / gamma(a)",
    ),
    "ad.scipy.special.gammaincc": (
        r"$\frac{1}{\Gamma\left(a\right)} \int_x^\infty t^{a - 1} e^{-t}\, dt$", "-g * x ** (a - 1) * exp(-x) / gamma(a)",
    ),
    "ad.scipy.special.gammainccinv": (
        r"$y$ of $\frac{1}{\Gamma\left(a\right)} \int_y^\infty t^{a - 1} e^{-t}\, dt = x$",
        "-g * gamma(a) * y ** (1 - a) * exp(y)",
    ),
    "ad.scipy.special.gammaincinv": (
        r"$y$ of $\frac{1}{\Gamma\left(a\right)} \int_0^y t^{a - 1} e^{-t}\, dt = x$", "g * gamma(a) * y ** (1 - a) * exp(y)",
    ),
    "ad.scipy.special.huber": (
        "r ** 2 / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2)",
        "0 if abs(r) <= delta else g * (abs(r) - delta)",
        "g * r if abs(r) <= delta else g * delta * sign(r)",
    ),
    "ad.scipy.special.kl_div": ("a * log(a / b) - a + b", "g * log(a / b)", "g * (1 - a / b)"),
    "ad.scipy.special.log_expit": ("-log(1 + exp(-x))", "g / (1 + exp(x))"),
    "ad.scipy.special.log_ndtr": ("log(ndtr(x))", "g * exp(-x ** 2 / 2) / (sqrt(2 * pi) * ndtr(x))"),
    "ad.scipy.special.loggamma": ("log(gamma(x))",),
    "ad.scipy.special.logit": ("log(x / (1 - x))",),
    "ad.scipy.special.ndtr": (
        r"$\Phi\left(x\right) = \frac{1}{\sqrt{2 \pi}} \int_{-\infty}^x e^{-t^2 / 2}\, dt$",
        "g * exp(-x ** 2 / 2) / sqrt(2 * pi)",
    ),
    "ad.scipy.special.ndtri": (r"$y$ of $\Phi\left(y\right) = x$", "g * sqrt(2 * pi) * exp(y ** 2 / 2)"),
    "ad.scipy.special.ndtri_exp": (r"$y$ of $\Phi\left(y\right) = e^x$", "g * sqrt(2 * pi) * exp(x + y ** 2 / 2)"),
    "ad.scipy.special.poch": ("gamma(z + m) / gamma(z)",),
    "ad.scipy.special.pseudo_huber": (
        "delta * (sqrt(delta ** 2 + r ** 2) - delta)",
        "g * (2 * y / delta - r ** 2 / sqrt(delta ** 2 + r ** 2))",
        "g * delta * r / sqrt(delta ** 2 + r ** 2)",
    ),
    "ad.scipy.special.rel_entr": ("a * log(a / b)", "g * (1 + log(a / b))", "-g * a / b"),
    "ad.scipy.special.rgamma": ("1 / gamma(x)", "-g * y * digamma(x)"),
    "ad.scipy.special.shichi": (
        r"$\int_0^x \frac{\sinh t}{t}\, dt$ and $\gamma + \ln x + \int_0^x \frac{\cosh t - 1}{t}\, dt$",
        r"$g_0\, \frac{\sinh x}{x} + g_1\, \frac{\cosh x}{x}$",
    ),
    "ad.scipy.special.sici": (
        r"$\int_0^x \frac{\sin t}{t}\, dt$ and $\gamma + \ln x + \int_0^x \frac{\cos t - 1}{t}\, dt$",
        r"$g_0\, \frac{\sin x}{x} + g_1\, \frac{\cos x}{x}$",
    ),
    "ad.scipy.special.spence": (r"$\int_1^x \frac{\ln t}{1 - t}\, dt$", "g * log(x) / (1 - x)"),
    "ad.scipy.special.stdtr": (
        r"$P\left(T \le x\right)$ of Student's $T$ with $\nu$ degrees of freedom",
        "g * gamma((df + 1) / 2) / (sqrt(df * pi) * gamma(df / 2)) * (1 + x ** 2 / df) ** (-(df + 1) / 2)",
    ),
    "ad.scipy.special.xlog1py": ("a * log(1 + b)", "g * log(1 + b)", "g * a / (1 + b)"),
    "ad.scipy.special.xlogy": ("a * log(b)", "g * log(b)", "g * a / b"),
    "ad.scipy.special.zeta": (r"$\sum_{k = 0}^\infty \frac{1}{\left(x + k\right)^s}$", "-g * s * zeta(s + 1, x)"),
    # -- Bessel functions
    "ad.scipy.special.i0": ("i0(x)", "g * i1(x)"),
    "ad.scipy.special.i0e": ("exp(-abs(x)) * i0(x)", "g * (exp(-abs(x)) * i1(x) - y * sign(x))"),
    "ad.scipy.special.i1": ("i1(x)", "g / 2 * (i0(x) + iv(2, x))"),
    "ad.scipy.special.i1e": ("exp(-abs(x)) * i1(x)", "g * (exp(-abs(x)) / 2 * (i0(x) + iv(2, x)) - y * sign(x))"),
    "ad.scipy.special.iv": ("iv(v, x)", "g / 2 * (iv(v - 1, x) + iv(v + 1, x))"),
    "ad.scipy.special.ive": (
        "exp(-abs(x)) * iv(v, x)", "g * (exp(-abs(x)) / 2 * (iv(v - 1, x) + iv(v + 1, x)) - y * sign(x))",
    ),
    "ad.scipy.special.j0": ("j0(x)", "-g * j1(x)"),
    "ad.scipy.special.j1": ("j1(x)", "g / 2 * (j0(x) - jv(2, x))"),
    "ad.scipy.special.jv": ("jv(v, x)", "g / 2 * (jv(v - 1, x) - jv(v + 1, x))"),
    "ad.scipy.special.k0": ("k0(x)", "-g * k1(x)"),
    "ad.scipy.special.k0e": ("exp(x) * k0(x)", "g * (y - exp(x) * k1(x))"),
    "ad.scipy.special.k1": ("k1(x)", "-g / 2 * (k0(x) + kv(2, x))"),
    "ad.scipy.special.k1e": ("exp(x) * k1(x)", "g * (y - exp(x) / 2 * (k0(x) + kv(2, x)))"),
    "ad.scipy.special.kn": ("kv(n, x)", "-g / 2 * (kv(n - 1, x) + kv(n + 1, x))"),
    "ad.scipy.special.kv": ("kv(v, x)", "-g / 2 * (kv(v - 1, x) + kv(v + 1, x))"),
    "ad.scipy.special.kve": ("exp(x) * kv(v, x)", "g * (y - exp(x) / 2 * (kv(v - 1, x) + kv(v + 1, x)))"),
    "ad.scipy.special.y0": ("y0(x)", "-g * y1(x)"),
    "ad.scipy.special.y1": ("y1(x)", "g / 2 * (y0(x) - yv(2, x))"),
    "ad.scipy.special.yn": ("yv(n, x)", "g / 2 * (yv(n - 1, x) - yv(n + 1, x))"),
    "ad.scipy.special.yv": ("yv(v, x)", "g / 2 * (yv(v - 1, x) - yv(v + 1, x))"),
}  # fmt: skip
FORMULAS = {**SCALARS, **ARRAYS}


def is_python(text):
    """Whether a text of a row is Python: neither prose with LaTeX nor a sentence."""
    return "$" not in text and not text[0].isupper()


def typeset(name, place):
    """What FORMULAS say of an operation at a place of its row, "" if nothing: 0 what it computes, k what its input k gets."""
    row = FORMULAS.get(name, ())
    return row[place] if place < len(row) else ""
