"""The derivatives of every elementary function keep their digits over the whole range of their dtype, to order 2.

mpmath has the true numbers. A number found is right if it is off by no more than a few units of rounding, or than the true
number changes when the argument is rounded. Where the true number is too small for the dtype, what is found is as small.
"""

import functools
import itertools

import mpmath as mp
import numpy as np
import pytest
from together import each

import autodiff as ad
from autodiff.core.registry import REGISTRY, Op

ULPS = 24  # of rounding, of each factor of a rule; of the argument
KEPT = {np.float16: 0.0, np.float32: 2.0**-11, np.float64: 2.0**-31}  # of these, of arrays: see rules/slopes.py
FAST = (np.tanh, ad.sigmoid, ad.softplus, np.logaddexp, np.logaddexp2)

mp.mp.dps = 60
PI = mp.pi


def far(*low, high=300):
    """Numbers of both signs from 10**-300 to 10**high, and some that are not round."""
    small = [mp.mpf(10) ** k for k in (-300, -200, -100, -40, -30, -20, -10, -5, -3)]
    usual = (0.03, 0.3, 0.6, 0.9, 1.7, 2.5, 3.3, 4.4, 5.6, 7.1, 8.8, 12.3, 17, 20, 33, 40, 60, 87, 120, 350, 700, 745)
    large = [mp.mpf(10) ** k for k in (3.1, 5, 9.5, 19, 25, 38, 60, 100, 154, 200, 300)]
    sizes = [x for x in (*small, *map(mp.mpf, usual), *large) if x <= mp.mpf(10) ** high]
    return [float(x) for x in (*[-x for x in reversed(sizes)], *sizes)]


NEAR_1 = [1 - 2.0**-k for k in (2, 5, 10, 20, 23, 40, 52)]
INSIDE = [x for x in far(high=0) if abs(x) < 1] + NEAR_1 + [-x for x in NEAR_1]
ABOVE_1 = [1 + 2.0**-k for k in (52, 40, 23, 20, 10, 5, 2)] + [x for x in far() if x > 1]
POSITIVE = [x for x in far() if x > 0]


def sech2(x):
    return mp.sech(x) ** 2


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def sinc(x):
    return mp.sinc(PI * x)


# function: (first derivative, second derivative, points). None: 0 everywhere, or not connected.
UNARY = {
    np.exp: (mp.exp, mp.exp, far()),
    np.expm1: (mp.exp, mp.exp, far()),
    np.exp2: (lambda x: mp.log(2) * mp.mpf(2) ** x, lambda x: mp.log(2) ** 2 * mp.mpf(2) ** x, far(high=5)),
    np.log: (lambda x: 1 / x, lambda x: -1 / x**2, POSITIVE),
    np.log2: (lambda x: 1 / x / mp.log(2), lambda x: -1 / x**2 / mp.log(2), POSITIVE),
    np.log10: (lambda x: 1 / x / mp.log(10), lambda x: -1 / x**2 / mp.log(10), POSITIVE),
    np.log1p: (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2, [x for x in INSIDE if x < 0] + POSITIVE),
    np.sqrt: (lambda x: x**-0.5 / 2, lambda x: -(x**-1.5) / 4, POSITIVE),
    np.cbrt: (lambda x: abs(x) ** (-mp.mpf(2) / 3) / 3, lambda x: -2 * mp.sign(x) * abs(x) ** (-mp.mpf(5) / 3) / 9, far()),
    np.square: (lambda x: 2 * x, lambda x: mp.mpf(2), far()),
    np.reciprocal: (lambda x: -1 / x**2, lambda x: 2 / x**3, far()),
    np.sin: (mp.cos, lambda x: -mp.sin(x), far(high=9)),
    np.cos: (lambda x: -mp.sin(x), lambda x: -mp.cos(x), far(high=9)),
    np.tan: (lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.sec(x) ** 2 * mp.tan(x), far(high=9)),
    np.arcsin: (lambda x: 1 / mp.sqrt(1 - x**2), lambda x: x / (1 - x**2) ** 1.5, INSIDE),
    np.arccos: (lambda x: -1 / mp.sqrt(1 - x**2), lambda x: -x / (1 - x**2) ** 1.5, INSIDE),
    np.arctan: (lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2, far()),
    np.sinh: (mp.cosh, mp.sinh, far()),
    np.cosh: (mp.sinh, mp.cosh, far()),
    np.tanh: (sech2, lambda x: -2 * mp.tanh(x) * sech2(x), far()),
    np.arcsinh: (lambda x: 1 / mp.sqrt(1 + x**2), lambda x: -x / (1 + x**2) ** 1.5, far()),
    np.arccosh: (lambda x: 1 / mp.sqrt(x**2 - 1), lambda x: -x / (x**2 - 1) ** 1.5, ABOVE_1),
    np.arctanh: (lambda x: 1 / (1 - x**2), lambda x: 2 * x / (1 - x**2) ** 2, INSIDE),
    np.sinc: (lambda x: mp.diff(sinc, x), lambda x: mp.diff(sinc, x, 2), [x for x in far(high=4) if abs(x) > 1e-6]),
    np.deg2rad: (lambda x: PI / 180, None, far()),
    np.radians: (lambda x: PI / 180, None, far()),
    np.rad2deg: (lambda x: 180 / PI, None, far()),
    np.degrees: (lambda x: 180 / PI, None, far()),
    np.negative: (lambda x: mp.mpf(-1), None, far()),
    np.positive: (lambda x: mp.mpf(1), None, far()),
    np.conjugate: (lambda x: mp.mpf(1), None, far()),
    np.absolute: (mp.sign, None, far()),
    np.fabs: (mp.sign, None, far()),
    np.sign: (None, None, far()),
    ad.relu: (lambda x: mp.mpf(x > 0), None, far()),
    ad.sigmoid: (lambda x: sech2(x / 2) / 4, lambda x: -sech2(x / 2) * mp.tanh(x / 2) / 4, far()),
    ad.softplus: (logistic, lambda x: sech2(x / 2) / 4, far()),
    ad.erf: (lambda x: 2 / mp.sqrt(PI) * mp.exp(-(x**2)), lambda x: -4 * x / mp.sqrt(PI) * mp.exp(-(x**2)), far()),
    ad.erfc: (lambda x: -2 / mp.sqrt(PI) * mp.exp(-(x**2)), lambda x: 4 * x / mp.sqrt(PI) * mp.exp(-(x**2)), far()),
    ad.gammaln: (mp.digamma, lambda x: mp.polygamma(1, x), [*POSITIVE, -0.3, -2.5, -7.75]),
}  # fmt: skip


def both(first, second):
    """The derivatives in a and b, and the second ones in aa, ab, bb."""
    return (*first, *second)


PAIRS = [*itertools.product((-40.0, -3.5, -1e-5, 0.75, 2.0, 17.0, 1e3), (-700.0, -2.0, 1e-3, 1.5, 30.0))]
QUOTIENTS = [(a, b) for a, b in PAIRS if abs(a / b) < 6e4]
FAR_PAIRS = [*PAIRS, *itertools.product((1e-200, -1e-30, 1e25, 1e200), (1e-200, 3e-30, -1e10, 1e25, 1e200))]
POWERS = [*itertools.product((1e-200, 1e-30, 0.5, 1.0001, 3.0, 1e15, 1e30, 1e200), (-2.5, -1.0, 0.3, 0.999, 1.5, 7.0))]
ONE, NONE = (lambda a, b: mp.mpf(1)), None


def share(unit):
    def s(a, b):
        return logistic((a - b) * unit)

    def slope(a, b):
        return sech2((a - b) * unit / 2) / 4 * unit

    return s, lambda a, b: s(b, a), slope, lambda a, b: -slope(a, b), slope


# function: the derivatives in a and b, the second ones in aa, ab and bb, and pairs of points.
BINARY = {
    np.add: (ONE, ONE, NONE, NONE, NONE, FAR_PAIRS),
    np.subtract: (ONE, lambda a, b: mp.mpf(-1), NONE, NONE, NONE, FAR_PAIRS),
    np.multiply: (lambda a, b: b, lambda a, b: a, NONE, ONE, NONE, FAR_PAIRS),
    np.divide: (lambda a, b: 1 / b, lambda a, b: -a / b**2, NONE, lambda a, b: -1 / b**2, lambda a, b: 2 * a / b**3, FAR_PAIRS),
    np.power: (
        lambda a, b: b * a ** (b - 1), lambda a, b: a**b * mp.log(a), lambda a, b: b * (b - 1) * a ** (b - 2),
        lambda a, b: a ** (b - 1) * (1 + b * mp.log(a)), lambda a, b: a**b * mp.log(a) ** 2, POWERS,
    ),
    np.hypot: (
        lambda a, b: a / mp.hypot(a, b), lambda a, b: b / mp.hypot(a, b), lambda a, b: b**2 / mp.hypot(a, b) ** 3,
        lambda a, b: -a * b / mp.hypot(a, b) ** 3, lambda a, b: a**2 / mp.hypot(a, b) ** 3, FAR_PAIRS,
    ),
    np.arctan2: (
        lambda a, b: b / (a**2 + b**2), lambda a, b: -a / (a**2 + b**2), lambda a, b: -2 * a * b / (a**2 + b**2) ** 2,
        lambda a, b: (a**2 - b**2) / (a**2 + b**2) ** 2, lambda a, b: 2 * a * b / (a**2 + b**2) ** 2, FAR_PAIRS,
    ),
    np.logaddexp: (*share(1), FAR_PAIRS),
    np.logaddexp2: (*share(mp.log(2)), FAR_PAIRS),
    np.maximum: (lambda a, b: mp.mpf(a > b), lambda a, b: mp.mpf(b > a), NONE, NONE, NONE, PAIRS),
    np.minimum: (lambda a, b: mp.mpf(a < b), lambda a, b: mp.mpf(b < a), NONE, NONE, NONE, PAIRS),
    np.copysign: (lambda a, b: mp.sign(a) * mp.sign(b), NONE, NONE, NONE, NONE, FAR_PAIRS),
    np.heaviside: (NONE, NONE, NONE, NONE, NONE, PAIRS),
    np.mod: (ONE, lambda a, b: -mp.floor(a / b), NONE, NONE, NONE, QUOTIENTS),
    np.fmod: (ONE, lambda a, b: -mp.sign(a / b) * mp.floor(abs(a / b)), NONE, NONE, NONE, QUOTIENTS),
}  # fmt: skip
BINARY[np.float_power] = BINARY[np.power]
BINARY[np.fmax], BINARY[np.fmin] = BINARY[np.maximum], BINARY[np.minimum]
WITHOUT_A_ROW = {np.ldexp, ad.bias_add, np.nextafter}  # x * 2**n of a whole number n; x + bias; x, and a little


def elementary():
    """The functions of numpy and of autodiff with a rule for each number by itself. (Those of scipy.special are left out.)"""
    ops = {op.function: op for op in REGISTRY.values() if isinstance(op, Op) and op.elementwise and op.differentiable}
    return {public(op) for op in ops.values() if not op.internal and "scipy" not in str(getattr(op.function, "__module__", ""))}


def public(op):
    return op.function if op.function is getattr(np, op.name, None) else getattr(ad, op.name)


def test_every_elementary_function_has_a_row():
    assert elementary() == UNARY.keys() | BINARY.keys() | WITHOUT_A_ROW


# -- what is right ---------------------------------------------------------------------------------------------------------


def limits(dtype):
    """The least normal number, the unit of rounding, the largest number."""
    info = np.finfo(dtype)
    return float(info.tiny), float(info.eps), float(info.max)


def within(points, dtype):
    """The points that the dtype has, as it has them."""
    tiny, _, largest = limits(dtype)
    pairs = [p if isinstance(p, tuple) else (p,) for p in points]
    inside = [p for p in pairs if all(tiny <= abs(x) <= largest for x in p)]
    return list(dict.fromkeys(tuple(float(dtype(x)) for x in p) for p in inside))


@functools.cache
def truth(derivative, point, dtype):
    """(the true number, how far off it may be), or None where the dtype has no such number."""
    tiny, eps, largest = limits(dtype)
    if derivative is None:
        return mp.mpf(0), 0.0
    x = [mp.mpf(p) for p in point]
    try:
        right = derivative(*x)
    except ZeroDivisionError:
        return None
    if isinstance(right, mp.mpc) or abs(right) > largest:
        return None
    allowed = ULPS * eps * abs(right) + tiny
    for k in range(len(x)):
        for step in (-1, 1):
            nearby = [p * (1 + step * mp.mpf(eps)) if j == k else p for j, p in enumerate(x)]
            changed = derivative(*nearby)
            allowed += abs(changed - right) if isinstance(changed, mp.mpf) else 0
    return (right, allowed) if allowed <= largest else None


def judge(function, derivative, points, found, dtype, kept=0.0):
    wrong = []
    for point, number in zip(points, found, strict=True):
        right = truth(derivative, point, dtype)
        if right is None:
            continue
        number = 0.0 if number is None else float(number)
        if not abs(mp.mpf(number) - right[0]) <= right[1] + kept * abs(right[0]):
            wrong.append(f"{point}: {number!r}, right {mp.nstr(right[0], 17)} up to {mp.nstr(right[1], 3)}")
    assert not wrong, f"{function.__name__} of {dtype.__name__}:\n" + "\n".join(wrong)


def value_is_finite(function, points, dtype):
    with np.errstate(all="ignore"):
        ys = function(*[np.array(column, dtype) for column in zip(*points)])
    return [p for p, y in zip(points, ys) if np.isfinite(y)]


# -- roads to a derivative -------------------------------------------------------------------------------------------------


def reverse(function, columns, k, j):
    """The derivatives in argument k; then in argument j of these, or None."""
    boxes = [ad.constant(column) for column in columns]
    with ad.Tape() as outer:
        outer.watch(boxes)
        with ad.Tape() as inner:
            inner.watch(boxes)
            y = function(*boxes)
        first = inner.gradient(y, boxes[k], unconnected_gradients="zero")
    second = outer.gradient(first, boxes[j], unconnected_gradients="zero")
    return first.numpy(), second.numpy()


def once(function, columns, k, j):
    """The same without another tape: the rules run on arrays."""
    boxes = [ad.constant(column) for column in columns]
    with ad.Tape() as tape:
        tape.watch(boxes)
        y = function(*boxes)
    return tape.gradient(y, boxes[k], unconnected_gradients="zero").numpy(), None


def forward(function, columns, k, j):
    def partial(k, f):
        def derivative(*xs):
            tangents = [np.ones_like(columns[0]) if i == k else np.zeros_like(columns[0]) for i in range(len(xs))]
            return ad.jvp(f, xs, tangents)[1]

        return derivative

    boxes = [ad.constant(column) for column in columns]
    first = partial(k, function)
    return np.asarray(first(*boxes)), np.asarray(partial(j, first)(*boxes))


def values(function, columns, k, j):
    found = []
    for point in zip(*columns):
        xs = [ad.Value(float(x)) for x in point]
        with ad.Tape() as outer:
            with ad.Tape() as inner:
                y = function(*xs)
            first = inner.gradient(y, xs[k], unconnected_gradients="zero")
        found.append((float(first), float(outer.gradient(first, xs[j], unconnected_gradients="zero"))))
    return [first for first, _ in found], [second for _, second in found]


ROADS = {"once": once, "reverse": reverse, "forward": forward, "Values": values}
ROWS = {**{f: ((row[0],), {(0, 0): row[1]}, row[2]) for f, row in UNARY.items()},
        **{f: (row[:2], {(0, 0): row[2], (0, 1): row[3], (1, 1): row[4]}, row[5]) for f, row in BINARY.items()}}  # fmt: skip


@pytest.mark.parametrize("road, dtype", [*itertools.product(("once", "reverse", "forward"), KEPT), ("Values", np.float64)])
@each("function", {function.__name__: function for function in ROWS})
def test_tails(function, road, dtype):
    first, second, points = ROWS[function]
    points = value_is_finite(function, within(points, dtype), dtype)
    rough = KEPT[dtype] if function in FAST and road != "Values" else 0.0
    columns = [np.array(column, dtype) for column in zip(*points)]
    for (k, j), derivative in second.items():
        with np.errstate(over="ignore", divide="ignore"):
            found = ROADS[road](function, columns, k, j)
        judge(function, first[k], points, found[0], dtype, rough)
        if found[1] is not None:
            judge(function, derivative, points, found[1], dtype, 2 * rough)
