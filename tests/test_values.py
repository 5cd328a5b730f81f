"""Values as numbers: what Python's and numpy's functions make of them, at the edges too."""

import math

import numpy as np
import pytest

import autodiff as ad

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
