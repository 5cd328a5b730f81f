"""Every rule against finite differences, to order 2; float32 stays float32; Values agree with 0-d arrays."""

import operator

import numpy as np
import pytest
from close import assert_close
from samples import EVERY, SAMPLES, leaves, over, planted
from together import each

import autodiff as ad
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY, Decomposition
from autodiff.rules.into import ROW

OPS = {key: entry for key, entry in REGISTRY.items() if isinstance(entry, Op) and entry.differentiable}
DECOMPOSITIONS = {key: entry for key, entry in REGISTRY.items() if isinstance(entry, Decomposition)}


def test_every_op_has_a_sample():
    sampled = {OPS[function].name if function in OPS else function.__name__ for function in SAMPLES}
    missing = {op.name for op in OPS.values() if not op.internal} - sampled
    assert not missing, f"give each of these a row in tests/samples/: {sorted(missing)}"
    sampled = {DECOMPOSITIONS[function] for function in SAMPLES if function in DECOMPOSITIONS}
    assert not [entry.name for entry in DECOMPOSITIONS.values() if entry not in sampled]


def test_astype_hands_back_the_dtype_that_came_in():
    x = ad.Variable([1.5, 2.5], dtype=np.float32)
    for cast in (ad.astype, ad.Tensor.astype):
        with ad.Tape() as tape:
            y = cast(x, np.float64) * 2.0
        assert y.dtype == np.float64
        assert tape.gradient(y, x).dtype == np.float32


def at(args, xs):
    return planted(args, iter(xs))


def outputs(y):
    """Those of a function's outputs that carry gradients."""
    parts = list(y) if isinstance(y, (tuple, list)) else [y]
    return [part for part in parts if part.dtype.kind in "fc"]


def directions(arrays, seed):
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(-1, 1, np.shape(x))) for x in arrays]


def inner(us, vs):
    return sum(np.sum(u * v) for u, v in zip(us, vs))


def shifted(xs, vs, step):
    return [x + step * v for x, v in zip(xs, vs)]


def gradients(function, args, keywords, weights, xs):
    """The gradients of sum(weights * function) at xs, as arrays."""
    boxes = [ad.constant(x) for x in xs]
    with ad.Tape() as tape:
        tape.watch(boxes)
        ys = outputs(function(*at(args, boxes), **keywords))
    return [g.numpy() for g in tape.gradient(ys, boxes, output_gradients=weights, unconnected_gradients="zero")]


@over(EVERY)
def test_rule_against_finite_differences(row):
    function, args, keywords = row
    xs = leaves(args)
    weights = directions(outputs(function(*args, **keywords)), 1)
    vs, h = directions(xs, 2), 1e-6
    exact = inner(gradients(function, args, keywords, weights, xs), vs)
    plus, minus = (outputs(function(*at(args, shifted(xs, vs, step)), **keywords)) for step in (h, -h))
    numeric = inner(weights, [p - m for p, m in zip(plus, minus)]) / (2 * h)
    assert exact == pytest.approx(numeric, rel=1e-6, abs=1e-6)


@over(EVERY)
def test_second_derivative_against_finite_differences(row):
    """Reverse over reverse against finite differences, forward over reverse against it."""
    function, args, keywords = row
    xs = leaves(args)
    weights = directions(outputs(function(*args, **keywords)), 1)
    us, vs, h = directions(xs, 2), directions(xs, 3), 1e-5
    boxes = [ad.constant(x) for x in xs]

    def slopes():
        with ad.Tape() as tape:
            tape.watch(boxes)
            ys = outputs(function(*at(args, boxes), **keywords))
        return tape.gradient(ys, boxes, output_gradients=weights, unconnected_gradients="zero")

    with ad.Tape() as outer:
        outer.watch(boxes)
        slope = inner(slopes(), vs)
    rows = outer.gradient(slope, boxes, unconnected_gradients="zero")
    with ad.ForwardAccumulator(boxes, vs) as acc:
        grads = slopes()
    for forward, reverse in zip(acc.jvp(grads, unconnected_gradients="zero"), rows):
        assert_close(forward.numpy(), reverse.numpy(), rtol=1e-8, atol=1e-8)
    exact = inner([row.numpy() for row in rows], us)
    plus, minus = (gradients(function, args, keywords, weights, shifted(xs, us, step)) for step in (h, -h))
    numeric = inner([p - m for p, m in zip(plus, minus)], vs) / (2 * h)
    assert exact == pytest.approx(numeric, rel=1e-5, abs=1e-5)


@over(EVERY)
def test_float32_has_numpys_dtypes(row):
    function, args, keywords = row
    boxes = [ad.constant(x, dtype=np.float32) for x in leaves(args)]
    right = outputs(function(*at(args, [x.numpy() for x in boxes]), **keywords))
    with ad.Tape(persistent=True) as tape:
        tape.watch(boxes)
        ys = outputs(function(*at(args, boxes), **keywords))
    assert [y.dtype for y in ys] == [y.dtype for y in right]
    for g, x in zip(tape.gradient(ys, boxes, unconnected_gradients="zero"), boxes):
        assert g.dtype == np.float32 and g.shape == x.shape
    for _, node in tape.span.nodes():  # the rules themselves, before the walk casts back
        if node.op is not None and all(y.dtype == np.float32 for y in outputs(node.value)):
            y = node.value
            g = tuple(map(np.ones_like, y)) if isinstance(y, tuple) else np.ones_like(y)
            if node.op.joint_vjp is not None:
                parts = node.op.joint_vjp(g, y, *node.inputs, **node.params)
            else:
                rules = [node.op.vjp(k) if parent >= 0 else None for k, parent in enumerate(node.parents)]
                parts = [rule(g, y, *node.inputs, **node.params) for rule in rules if rule is not None]
            assert all(np.asarray(x).dtype in (np.float32, np.complex64) for x in parts if x is not None), node.op


def test_masks_combine():
    x = ad.constant([-1.0, 0.5, 2.0])
    assert ((x > 0) & (x < 1)).tolist() == [False, True, False]
    assert ((x < 0) | ~(np.array([True, True, False]) & (x < 1))).tolist() == [True, False, True]


DOMAINS = {"arccosh": [1.3, 2.0, 5.0], "arcsin": [-0.3, 0.4, 0.9], "arccos": [-0.3, 0.4, 0.9], "arctanh": [-0.3, 0.4, 0.9]}
UNARY = [op for op in OPS.values() if op.scalar is not None and op.arity == 1 and not op.internal]


@each("op", {op.name: op for op in UNARY})
@pytest.mark.parametrize("k", range(3))
def test_a_value_agrees_with_a_0d_array(op, k):
    x = DOMAINS.get(op.name, [0.3, 0.9, 1.7])[k]

    def orders(leaf):
        with ad.Tape() as outer:
            outer.watch(leaf)
            with ad.Tape() as nested:
                nested.watch(leaf)
                y = op((leaf,), {})
            slope = nested.gradient(y, leaf)
        return [float(y), float(slope), float(outer.gradient(slope, leaf, unconnected_gradients="zero"))]

    np.testing.assert_allclose(orders(ad.Value(x)), orders(ad.constant(x)), rtol=1e-14, atol=1e-15)


OPERATORS = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow, "remainder": operator.mod, "matmul": operator.matmul,
}  # fmt: skip
PARTNERS = {"float": 2.0, "int": 3, "np.float64": np.float64(2.0), "0-d": np.array(2.0), "(n,)": np.array([1.0, 2.0])}


@pytest.mark.parametrize("name, function", {"negative": operator.neg, "relu": ad.Value.relu, "absolute": abs}.items())
@pytest.mark.parametrize("x", [2.5, -0.7, 0.0])
def test_the_written_out_functions_equal_the_rules(name, function, x):
    op = next(op for op in OPS.values() if op.name == name)
    a = ad.Value(x)
    with ad.Tape() as tape:
        y = function(a)
    assert float(y) == op.forward(np.float64(x))
    assert float(tape.gradient(y, a)) == op.vjps[0](1.0, float(y), np.float64(x))


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


@each("name", {name: name for name in OPERATORS})
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


@over(EVERY)
def test_a_stack_of_cotangents_gives_what_each_gives(row):
    """`jacobian` sends many seeds at once through the sweep."""
    function, args, keywords = row
    boxes = [ad.constant(x) for x in leaves(args)]
    with ad.Tape(persistent=True) as tape:
        tape.watch(boxes)
        ys = [y for y in outputs(function(*at(args, boxes), **keywords)) if y.size]
    for y in ys[:1]:
        table = tape.jacobian(y, boxes, unconnected_gradients="zero")
        for weights in ([np.ones(y.shape)], directions([y.numpy()], 1)):
            for j, g in zip(table, tape.gradient(y, boxes, weights[0], unconnected_gradients="zero")):
                assert j.shape == y.shape + g.shape and j.dtype == g.dtype
                assert_close(np.tensordot(weights[0], j.numpy(), y.ndim), g.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [0, 1, 100, ROW - 1, ROW, 2 * ROW - 1, 2 * ROW, 3 * ROW + 1])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_relu_of_many_numbers_has_numpys_bits(size, dtype):
    """Many numbers are compared row by row with zeros, in eager and traced steps."""
    x = np.resize(np.array([-1.5, 2.5, -0.0, 0.0, np.nan, np.inf, -np.inf], dtype), size)
    bits = np.maximum(x, 0).tobytes()
    traced = ad.function(lambda x: ad.relu(x))
    for y in (ad.relu(x), ad.relu(ad.constant(x)).numpy(), traced(ad.constant(x)).numpy(), traced(ad.constant(x)).numpy()):
        assert y.tobytes() == bits and y.dtype == dtype
    wide = np.resize(x, (2, size))
    for layout in (np.asfortranarray, lambda a: a[:, ::-1], lambda a: np.broadcast_to(a[:1], a.shape)):
        np.testing.assert_array_equal(ad.relu(layout(wide)), np.maximum(layout(wide), 0))
