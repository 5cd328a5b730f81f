"""Values as numbers: what Python's and numpy's functions make of them, at the edges too."""

import math
from fractions import Fraction

import numpy as np
import pytest
from together import each

import autodiff as ad
from autodiff.core.registry import REGISTRY

EDGES = [  # (function, x, y, dy/dx): what IEEE arithmetic says, where Python's own functions raise
    (ad.Value.log, 0.0, -math.inf, math.inf),
    (ad.Value.sqrt, 0.0, 0.0, math.inf),
    (ad.Value.sqrt, -1.0, math.nan, math.nan),
    (ad.Value.exp, 1000.0, math.inf, math.inf),
    (ad.Value.tanh, 1000.0, 1.0, 0.0),
    (ad.Value.sigmoid, -1000.0, 0.0, 0.0),
    (ad.Value.softplus, 1000.0, 1000.0, 1.0),
    (ad.Value.relu, 0.0, 0.0, 0.0),
    (lambda x: 1.0 / x, 0.0, math.inf, -math.inf),
    (lambda x: x / 0.0, 1.0, math.inf, math.inf),
    (lambda x: x**0, 0.0, 1.0, 0.0),
    (lambda x: x**1.0, 0.0, 0.0, 1.0),
    (lambda x: x**2, -3.0, 9.0, -6.0),
    (lambda x: x**0.5, -2.0, math.nan, math.nan),
    (lambda x: x**-1, 0.0, math.inf, -math.inf),
    (abs, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize("function, x, y, slope", EDGES)
def test_edges_follow_ieee_arithmetic(function, x, y, slope):
    v = ad.Value(x)
    with ad.Tape() as tape:
        out = function(v)
    assert float(out) == pytest.approx(y, nan_ok=True)
    assert float(tape.gradient(out, v)) == pytest.approx(slope, nan_ok=True)


def test_python_makes_of_a_value_what_it_makes_of_a_float():
    v = ad.Value(2.5)
    assert (round(v), int(v), v // 1.0, 5.0 // v, bool(v), f"{v:.1f}") == (2, 2, 2.0, 2.0, True, "2.5")
    quotient, rest = divmod(v, 2)
    assert quotient == 1.0 and isinstance(rest, ad.Value) and rest == 0.5
    assert max([ad.Value(1.0), v]) is v and isinstance(sum([v, v]), ad.Value)


NUMBERS = [2, True, np.float32(2.0), np.int64(2), np.array(2.0), np.array([2.0]), ad.Value(2.0), ad.constant(2.0)]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_a_value_is_made_of_any_one_number(number):
    assert type(ad.Value(number).data) is float


def test_scalar_results_stay_values():
    v = ad.Value(2.0)
    for y in (np.where(v > 1, v, 0.0), np.maximum(v, 0.0), np.clip(v, 0.0, 3.0), np.dot(v, v), np.sum(v), np.float64(2.0) * v):
        assert isinstance(y, ad.Value)
    assert isinstance(np.stack([v, v]), ad.Tensor)


def test_a_keyword_without_a_rule_is_refused_at_once():
    t = ad.constant([1.0, 2.0])
    with pytest.raises(TypeError, match=r"does not take out=.*axis, keepdims"):
        np.sum(t, out=np.zeros(()))
    assert float(np.mean(a=t)) == 1.5


def test_an_array_that_is_only_watched_stands_beside_values():
    x, v = ad.constant([1.0, 2.0]), ad.Value(3.0)
    with ad.Tape() as tape:
        tape.watch(x)
        y = v * v
    assert tape.gradient(y, [x, v], unconnected_gradients="zero")[1].data == 6.0
    slopes = ad.grad(lambda p: p["b"] ** 2)({"w": np.ones(2), "b": 3.0})
    assert slopes["w"].tolist() == [0.0, 0.0] and slopes["b"] == 6.0


def test_the_node_of_a_value_shows_its_numbers():
    a, b = ad.Value(2.0), ad.Value(3.0)
    with ad.Tape() as tape:
        a * b
        4.0 - a
    assert [(node.op.name, node.inputs) for _, node in tape.span.nodes() if node.op] == [
        ("multiply", (2.0, 3.0)), ("subtract", (4.0, 2.0)),
    ]  # fmt: skip


# -- numbers of numpy's beside Values ----------------------------------------------------------------------------------------

NUMBERS = [2, True, 0.7, np.int64(2), np.uint8(2), np.float64(0.7), np.float32(0.7), np.float16(0.7), np.bool_(True),
           np.array(2), np.array(0.7), np.array(0.7, "f4"), np.array(0.7, "f2"), Fraction(1, 2)]  # fmt: skip
OF_TWO = sorted({entry.function for entry in REGISTRY.values() if getattr(entry, "elementwise", False)
                 and isinstance(entry.function, np.ufunc) and entry.function.nin == 2 and entry.function.nout == 1},
                key=lambda f: f.__name__)  # fmt: skip


def number_and_gradient(function, x, other, first):
    """function(x, other), or with the arguments the other way round if not `first`, and the derivative in x."""
    v = ad.Value(x)
    with ad.Tape() as tape:
        y = function(v, other) if first else function(other, v)
    return y, tape.gradient(y, v) if isinstance(y, ad.Value) else None


@pytest.mark.parametrize("first", [True, False])
@each("number", {repr(number): number for number in NUMBERS})
@pytest.mark.parametrize("function", OF_TWO, ids=lambda f: f.__name__)
def test_a_number_beside_a_value_is_what_it_is_beside_a_float64(function, number, first):
    x, plain = 1.25, float(number) if isinstance(number, Fraction) else number
    try:
        with np.errstate(all="ignore"):
            right = function(np.float64(x), plain) if first else function(plain, np.float64(x))
    except TypeError:
        with pytest.raises(TypeError):
            number_and_gradient(function, x, number, first)
        return
    y, gradient = number_and_gradient(function, x, number, first)
    assert float(y) == float(right)
    if np.result_type(right).kind == "f" and function is not np.ldexp:
        again, same = number_and_gradient(function, x, float(plain), first)
        assert float(y) == float(again) and (gradient is None) is (same is None)
        assert gradient is None or float(gradient) == float(same)


@pytest.mark.parametrize("n", [3, -2, True, np.int64(3), np.uint8(3), np.array(3)], ids=repr)
def test_ldexp(n):
    y, gradient = number_and_gradient(np.ldexp, 1.5, n, True)
    assert float(y) == 1.5 * 2.0 ** int(n) and float(gradient) == 2.0 ** int(n)
