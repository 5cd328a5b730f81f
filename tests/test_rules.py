"""Every rule against finite differences, to order 2; float32 stays float32; Values agree with 0-d arrays."""

import operator

import numpy as np
import pytest
from samples import SAMPLES

import autodiff as ad
from autodiff.core.ops import OPS

PLUMBING = {"_identity", "pick", "to_value", "_astype", "scatter"}  # the engine's own, used by every other sample
ALL = [
    pytest.param(*case, id=f"{getattr(op, '__name__', op)}-{k}")
    for op, cases in SAMPLES.items()
    for k, case in enumerate(cases)
]


def test_every_op_has_a_sample():
    sampled = {getattr(op, "__name__", op) for op in SAMPLES}
    assert {op.name for op in OPS.values()} - PLUMBING == sampled


def directions(arrays, seed):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, np.shape(x)) for x in arrays]


def shifted(arrays, vs, step):
    return [x + step * v for x, v in zip(arrays, vs)]


def gradients(function, arrays, keywords, weight):
    """The gradient of sum(weight * function) as arrays."""
    xs = [ad.constant(x) for x in arrays]
    with ad.Tape() as tape:
        tape.watch(xs)
        y = function(*xs, **keywords)
    return [g.numpy() for g in tape.gradient(y, xs, output_gradients=weight, unconnected_gradients="zero")]


@pytest.mark.parametrize("function, arrays, keywords", ALL)
def test_rule_against_finite_differences(function, arrays, keywords):
    weight = directions([function(*arrays, **keywords)], 1)[0]
    vs, h = directions(arrays, 2), 1e-6
    exact = sum(np.sum(g * v) for g, v in zip(gradients(function, arrays, keywords, weight), vs))
    plus, minus = (function(*shifted(arrays, vs, step), **keywords) for step in (h, -h))
    numeric = np.sum(weight * (plus - minus)) / (2 * h)
    assert exact == pytest.approx(numeric, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("function, arrays, keywords", ALL)
def test_second_derivative_against_finite_differences(function, arrays, keywords):
    weight = directions([function(*arrays, **keywords)], 1)[0]
    us, vs, h = directions(arrays, 2), directions(arrays, 3), 1e-5
    xs = [ad.constant(x) for x in arrays]
    with ad.Tape() as outer:
        outer.watch(xs)
        with ad.Tape() as inner:
            inner.watch(xs)
            y = function(*xs, **keywords)
        grads = inner.gradient(y, xs, output_gradients=weight, unconnected_gradients="zero")
        slope = sum(np.sum(g * v) for g, v in zip(grads, vs))
    rows = outer.gradient(slope, xs, unconnected_gradients="zero")
    exact = sum(np.sum(row.numpy() * u) for row, u in zip(rows, us))
    plus, minus = (gradients(function, shifted(arrays, us, step), keywords, weight) for step in (h, -h))
    numeric = sum(np.sum((p - m) * v) for p, m, v in zip(plus, minus, vs)) / (2 * h)
    assert exact == pytest.approx(numeric, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("function, arrays, keywords", ALL)
def test_float32_stays_float32(function, arrays, keywords):
    xs = [ad.constant(x, dtype=np.float32) for x in arrays]
    with ad.Tape(persistent=True) as tape:
        tape.watch(xs)
        y = function(*xs, **keywords)
    assert y.dtype == (np.float64 if function is np.float_power else np.float32)
    for g, x in zip(tape.gradient(y, xs, unconnected_gradients="zero"), xs):
        assert g.dtype == np.float32 and g.shape == x.shape


UNARY = [op for op in OPS.values() if op.scalar is not None and op.arity == 1 and op.name not in PLUMBING]


@pytest.mark.parametrize("op", dict.fromkeys(UNARY), ids=lambda op: op.name)
@pytest.mark.parametrize("x", [0.3, 0.9, 1.7])
def test_a_value_agrees_with_a_0d_array(op, x):
    def orders(leaf):
        with ad.Tape() as outer:
            outer.watch(leaf)
            with ad.Tape() as inner:
                inner.watch(leaf)
                y = op((leaf,), {})
            slope = inner.gradient(y, leaf)
        return [float(y), float(slope), float(outer.gradient(slope, leaf, unconnected_gradients="zero"))]

    np.testing.assert_allclose(orders(ad.Value(x)), orders(ad.constant(x)), rtol=1e-14, atol=1e-15)


OPERATORS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "remainder": operator.mod, "matmul": operator.matmul,
}  # fmt: skip
PARTNERS = {"float": 2.0, "int": 3, "np.float64": np.float64(2.0), "0-d": np.array(2.0), "(n,)": np.array([1.0, 2.0])}


@pytest.mark.parametrize("name", [name for name in OPERATORS if name != "matmul"])
@pytest.mark.parametrize("left, right", [(2.5, 1.5), (-0.7, 2.0), (0.0, 3.0)])
def test_the_written_out_operators_equal_the_rules(name, left, right):
    op = next(op for op in OPS.values() if op.name == name)
    a, b = ad.Value(left), ad.Value(right)
    with ad.Tape() as tape:
        y = OPERATORS[name](a, b)
    got = [float(g) for g in tape.gradient(y, [a, b])]
    with np.errstate(all="ignore"):
        assert float(y) == op.forward(np.float64(left), np.float64(right))
        expected = [vjp(1.0, float(y), np.float64(left), np.float64(right)) for vjp in op.vjps]
    np.testing.assert_allclose(got, expected, rtol=1e-15)


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("other", PARTNERS.values(), ids=PARTNERS)
@pytest.mark.parametrize("make", [ad.Value, ad.Variable, ad.constant], ids=["Value", "Variable", "Tensor"])
def test_every_operator_with_every_partner_on_both_sides(name, other, make):
    box = make(1.5) if make is ad.Value else make([1.5, 2.5])
    if name == "matmul" and (np.ndim(other) == 0 or make is ad.Value):
        with pytest.raises((TypeError, ValueError)):
            OPERATORS[name](box, other)
        return
    for pair in ((box, other), (other, box)):
        with ad.Tape() as tape:
            tape.watch(box)
            y = OPERATORS[name](*pair)
        assert isinstance(y, ad.Value if make is ad.Value and np.ndim(other) == 0 else ad.Tensor)
        assert np.asarray(y).dtype == np.float64
        np.testing.assert_allclose(np.asarray(y), OPERATORS[name](*(np.asarray(x) if x is box else x for x in pair)))
        assert np.shape(tape.gradient(y, box)) == np.shape(box)
