"""NIST's StRD problems of nonlinear regression, solved from both published starts with our Jacobians.

The published tables are read where they lie beside the clone, `../shared/data/nist`; without them these tests are skipped.
"""

import math
import re
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
from autodiff import arctan, cos, exp, log, sin

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "nist"


def two_exponentials_and(b, x, rest):
    return b[0] * exp(-b[1] * x) + rest


def gauss(b, x):
    humps = b[2] * exp(-(((x - b[3]) / b[4]) ** 2)) + b[5] * exp(-(((x - b[6]) / b[7]) ** 2))
    return two_exponentials_and(b, x, humps)


def lanczos(b, x):
    return two_exponentials_and(b, x, b[2] * exp(-b[3] * x) + b[4] * exp(-b[5] * x))


def enso(b, x):
    def wave(a, c, period):
        return a * cos(2 * math.pi * x / period) + c * sin(2 * math.pi * x / period)

    return b[0] + wave(b[1], b[2], 12.0) + wave(b[4], b[5], b[3]) + wave(b[7], b[8], b[6])


def chwirut(b, x):
    return exp(-b[0] * x) / (b[1] + b[2] * x)


def cubic_ratio(b, x):
    return (b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3) / (1 + b[4] * x + b[5] * x**2 + b[6] * x**3)


MODELS = {
    "Bennett5": lambda b, x: b[0] * (b[1] + x) ** (-1 / b[2]),
    "BoxBOD": lambda b, x: b[0] * (1 - exp(-b[1] * x)),
    "Chwirut1": chwirut,
    "Chwirut2": chwirut,
    "DanWood": lambda b, x: b[0] * x ** b[1],
    "ENSO": enso,
    "Eckerle4": lambda b, x: b[0] / b[1] * exp(-0.5 * ((x - b[2]) / b[1]) ** 2),
    "Gauss1": gauss,
    "Gauss2": gauss,
    "Gauss3": gauss,
    "Hahn1": cubic_ratio,
    "Kirby2": lambda b, x: (b[0] + b[1] * x + b[2] * x**2) / (1 + b[3] * x + b[4] * x**2),
    "Lanczos1": lanczos,
    "Lanczos2": lanczos,
    "Lanczos3": lanczos,
    "MGH09": lambda b, x: b[0] * (x**2 + x * b[1]) / (x**2 + x * b[2] + b[3]),
    "MGH10": lambda b, x: b[0] * exp(b[1] / (x + b[2])),
    "MGH17": lambda b, x: b[0] + b[1] * exp(-x * b[3]) + b[2] * exp(-x * b[4]),
    "Misra1a": lambda b, x: b[0] * (1 - exp(-b[1] * x)),
    "Misra1b": lambda b, x: b[0] * (1 - (1 + b[1] * x / 2) ** -2),
    "Misra1c": lambda b, x: b[0] * (1 - (1 + 2 * b[1] * x) ** -0.5),
    "Misra1d": lambda b, x: b[0] * b[1] * x / (1 + b[1] * x),
    "Nelson": lambda b, x: b[0] - b[1] * x[:, 0] * exp(-b[2] * x[:, 1]),
    "Rat42": lambda b, x: b[0] / (1 + exp(b[1] - b[2] * x)),
    "Rat43": lambda b, x: b[0] / (1 + exp(b[1] - b[2] * x)) ** (1 / b[3]),
    "Roszman1": lambda b, x: b[0] - b[1] * x - arctan(b[2] / (x - b[3])) / math.pi,
    "Thurber": cubic_ratio,
}

SCALES = {"BoxBOD": 1.0}  # from its far start MINPACK's scaling by the Jacobian runs away; unscaled it converges


def read(name):
    """(two starts, certified parameters, x, y)."""
    text = (FOLDER / f"{name}.dat").read_text()
    rows = re.findall(r"^ *b\d+ *= *(.*)$", text, flags=re.M)
    table = np.array([[float(word) for word in row.split()[:3]] for row in rows])
    data = np.array([[float(word) for word in line.split()] for line in text.splitlines()[60:] if line.strip()])
    y, x = data[:, 0], data[:, 1] if data.shape[1] == 2 else data[:, 1:]
    return table[:, :2].T, table[:, 2], x, y


def solve(optimize, name, start, x, y):
    model, target = MODELS[name], log(y) if name == "Nelson" else y

    def residuals(b):
        return model(b, x) - target

    jacobian = ad.jacobian(residuals)
    return optimize.least_squares(
        residuals, start, jac=jacobian, method="lm", x_scale=SCALES.get(name, "jac"),
        xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20_000,
    )  # fmt: skip


@pytest.mark.parametrize("start", [0, 1], ids=["start 1", "start 2"])
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # far from the solution a step may overflow
def test_certified_parameters_to_six_digits(name, start):
    optimize = pytest.importorskip("scipy.optimize")
    if not FOLDER.is_dir():
        pytest.skip("the published tables are not beside this clone")
    starts, certified, x, y = read(name)
    found = solve(optimize, name, starts[start], x, y).x
    np.testing.assert_allclose(found, certified, rtol=1e-6)
