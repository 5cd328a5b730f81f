"""Small faults that no other test noticed, as mutation testing showed: each of these tests notices one."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.core import registry
from autodiff.rules import special
from autodiff.rules.broadcasting import unbroadcast
from autodiff.rules.into import ROW
from autodiff.tape import nested
from autodiff.tape.trace_steps import contribution

X = np.arange(1.0, 7.0).reshape(2, 3)


class Own(np.ndarray):
    """An array of a class of the user's."""


@pytest.mark.parametrize("f", [ad.softmax, ad.log_softmax, ad.logsumexp], ids=lambda f: f.__name__)
def test_activations_give_plain_arrays(f):
    y = f(X.view(Own))
    assert type(y) is np.ndarray
    np.testing.assert_array_equal(y, f(X))
    np.testing.assert_array_equal(f(X.tolist()), f(X))


@pytest.mark.parametrize("shape", [(2, 3), (1, 3), (3,), (2, 1), ()])
def test_a_cotangent_that_is_short_is_stretched(shape):
    for short in ((1, 1), (1, 3), (2, 1), (2, 3)):
        g = unbroadcast(np.ones(short), shape)
        assert g.shape == shape
        axes = [k for k, n in enumerate(shape, 2 - len(shape)) if n == 1 < short[k]] + [*range(2 - len(shape))]
        assert (g == np.prod([short[k] for k in axes])).all()


def test_a_bias_of_many_numbers_broadcasts_as_any_other():
    x = np.linspace(-1.0, 1.0, 3 * ROW * 2).reshape(3, -1, 2)
    for bias in (np.array([1.0, 2.0]), np.linspace(0.0, 1.0, x[0].size).reshape(x.shape[1:]), np.array([3.0]), np.array(2.0)):
        np.testing.assert_array_equal(ad.bias_add(x, bias), x + bias)


PADS = {"one": 7.0, "a pair": (7.0, 8.0), "pairs": ((1.0, 2.0), (3.0, 4.0))}


@pytest.mark.parametrize("values", PADS.values(), ids=PADS)
def test_a_batch_is_padded_by_the_numbers_given(values):
    x, pad = np.stack([X, -X]), lambda x: np.pad(x, ((1, 1), (0, 2)), constant_values=values)
    np.testing.assert_array_equal(ad.vmap(pad)(x), np.stack([pad(X), pad(-X)]))


def test_polynomials_at_zero():
    p, x = np.array([2.0, -1.0, 3.0]), np.array([0.0, 2.0])
    y, (dp, dx) = ad.value_and_grad(lambda p, x: np.sum(np.polyval(p, x)), (0, 1))(p, x)
    assert (float(y), dp.tolist(), dx.tolist()) == (12.0, [4.0, 2.0, 2.0], [-1.0, 7.0])


EDGES = [(1.0, None, 1.0), (1.0, 1.0, None), (0.5, 0.5, 2.0), (2.0, 0.5, 2.0), (1.0, 1.0, 1.0)]


@pytest.mark.parametrize("x, low, high", EDGES)
def test_at_the_edge_clip_gives_all_to_what_is_clipped(x, low, high):
    bounds = [b for b in (low, high) if b is not None]
    f = lambda x, *b: np.clip(x, *[next(own) if k is not None else None for own in [iter(b)] for k in (low, high)])
    got = ad.grad(f, tuple(range(1 + len(bounds))))(np.array(x), *map(np.array, bounds))
    assert [float(g) for g in got] == [1.0] + [0.0] * len(bounds)


@pytest.mark.parametrize("order", [1, -1])
def test_values_and_tensors_stand_in_one_list(order):
    v, t = ad.Value(2.0), ad.Variable(3.0)
    with ad.Tape() as tape:
        y = np.stack([v, t][::order])
        z = np.sum(y * y)
    assert [float(g) for g in tape.gradient(z, [v, t])] == [4.0, 6.0]


def test_log_gamma_without_scipy():
    assert [special._lgamma(x) for x in (1.0, 2.0, 0.0, -1.0)] == [0.0, 0.0, np.inf, np.inf]
    assert special._lgamma(-0.5) == pytest.approx(1.2655121234846454)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_full_like_has_the_dtype_of_its_model(dtype, kind):
    v = ad.Variable(1.5, dtype=kind)
    with ad.Tape() as tape:
        y = np.full_like(ad.constant(X, dtype=dtype), v)
    assert y.dtype == dtype
    g = tape.gradient(y, v)
    assert g.dtype == kind and float(g) == 6.0


def test_least_squares_leave_out_small_singular_values_as_numpy_does():
    a, b = np.array([[1.0, 0.0], [0.0, 4e-16], [0.0, 0.0]]), np.array([1.0, 1.0, 1.0])
    c = np.array([[1.0, 0.0], [0.0, 0.05], [0.0, 0.0]])
    for matrix, rcond in ((a, None), (c, None), (c, 0.1)):
        x = np.linalg.lstsq(ad.constant(matrix), b, rcond=rcond)[0]
        np.testing.assert_allclose(x, np.linalg.lstsq(matrix, b, rcond=rcond)[0], rtol=1e-12)


def test_a_traced_gradient_of_one_operation(tmp_path):
    def slope(v):
        with ad.Tape() as tape:
            tape.watch(v)
            y = ad.exp(v)
        return tape.gradient(y, v)

    f = ad.function(slope)
    v = lambda: ad.Value(0.5) * 1.0
    for _ in range(2):
        assert float(f(v())) == pytest.approx(np.exp(0.5))
    f.save(tmp_path / "slope.json")
    assert float(ad.load_function(tmp_path / "slope.json")(0.5)) == pytest.approx(np.exp(0.5))


def test_a_traced_product_that_is_also_a_result():
    def f(a, b, c):
        product = a * b
        return product, product + c, c + product

    traced, numbers = ad.function(f), (2.0, 3.0, 5.0)
    for _ in range(3):
        assert [float(y) for y in traced(*[ad.Value(x) * 1.0 for x in numbers])] == [6.0, 11.0, 11.0]


@pytest.mark.parametrize("kind", [ad.Value, ad.Variable])
def test_second_derivatives_read_what_a_leaf_held_when_it_was_used(kind):
    v = kind(2.0)
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            y = v * v
            v.assign(3.0)
            z = v * v * v + y
        slope = inner.gradient(z, v)
    assert float(slope) == 31.0
    assert float(outer.gradient(slope, v)) == 20.0


def test_what_was_watched_before_the_block_stands_in_it_though_nothing_uses_it():
    x, tape = ad.constant([1.0, 2.0]), ad.Tape()
    tape.watch(x)
    with tape:
        y = ad.Variable(1.0) * 2.0
    assert "x was watched, but nothing was computed from it after that" in str(tape.explain(y, x))


def test_watching_for_later_leaves_a_box_on_its_tape():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = x * x
        ad.Tape().watch(y)
        z = y * y
    assert tape.gradient(z, x).tolist() == [4.0, 32.0]


def test_a_tape_does_not_have_what_an_outer_one_heard_after_it():
    x = ad.Variable(2.0)
    with ad.Tape(persistent=True) as outer:
        with ad.Tape(persistent=True) as tape:
            y = x * x
            with tape.stop_recording():
                paused = y * x
            later = y * 3.0
        z = later * x
    assert [g and float(g) for g in tape.gradient(later, [x])] == [12.0]
    assert tape.gradient(z, x) is None and tape.gradient(paused, x) is None
    assert [float(outer.gradient(target, x)) for target in (z, paused)] == [36.0, 12.0]


def test_a_recorded_gradient_is_said_once_and_only_inside_the_block(caplog):
    x = ad.Variable(2.0)
    with ad.Tape(persistent=True) as tape:
        y = x * x * x
    tape.gradient(y, x)
    assert not caplog.records
    with ad.Tape(persistent=True) as tape:
        y = x * x * x
        slopes = [tape.gradient(y, x) for _ in range(2)]
    assert len(caplog.records) == 1 and "is itself recorded" in caplog.text
    assert [float(tape.gradient(slope, x)) for slope in slopes] == [12.0, 12.0]
    assert len(caplog.records) == 1


def test_a_traced_gradient_to_a_leaf_that_was_read_again():
    def slope(v):
        with ad.Tape() as outer:
            outer.watch(v)
            y = v * 2.0
            with ad.Tape() as inner:
                inner.watch(v)
                z = v * v
                with ad.Tape() as innermost:
                    innermost.watch(v)
                    w = v * 3.0
                u = z * w + y
            return inner.gradient(u, v)

    expected = [float(slope(ad.Value(x) * 1.0)) for x in (2.0, 3.0)]
    assert expected == [36.0, 81.0]
    f = ad.function(slope)
    for _ in range(2):
        assert [float(f(ad.Value(x) * 1.0)) for x in (2.0, 3.0)] == expected


def test_the_second_derivative_of_a_joint_rule_that_reads_the_inputs():
    def product(a, b):
        return a * a * b

    public = registry.op(None, None, joint=lambda g, y, a, b: [2.0 * g * a * b, g * a * a])(product)
    try:
        a, b = ad.Variable([2.0, 3.0]), ad.Variable([5.0, 7.0])
        with ad.Tape(persistent=True) as outer:
            with ad.Tape() as inner:
                y = public(a, b)
            da, db = inner.gradient(y, [a, b])
        assert da.tolist() == [20.0, 42.0] and db.tolist() == [4.0, 9.0]
        assert [g.tolist() for g in outer.gradient(da, [a, b])] == [[10.0, 14.0], [4.0, 6.0]]
        assert outer.gradient(db, a).tolist() == [4.0, 6.0]
    finally:
        for key in [key for key, entry in registry.REGISTRY.items() if entry is public.op]:
            del registry.REGISTRY[key]


@pytest.mark.parametrize("numbers", [0, 1, 2, 3])
def test_a_sum_follows_its_only_value_wherever_it_stands(numbers):
    for place in range(numbers + 1):
        v, parts = ad.Value(3.0), [2.0] * numbers
        with ad.Tape(persistent=True) as tape:
            total = ad.sum([*parts[:place], v, *parts[place:]])
        assert float(total) == 3.0 + 2.0 * numbers and float(tape.gradient(total, v)) == 1.0
        v = ad.Value(3.0)
        with ad.Tape() as tape:
            y = ad.dot([*parts[:place], v, *parts[place:]], [5.0] * (numbers + 1))
        assert float(tape.gradient(y, v)) == 5.0
        v = ad.Value(3.0)
        with ad.Tape() as tape:
            y = ad.dot([5.0] * (numbers + 1), [*parts[:place], v, *parts[place:]])
        assert float(tape.gradient(y, v)) == 5.0


def test_the_steps_of_ops_of_many_inputs():
    values = [ad.Value(x) for x in (2.0, 3.0, 5.0, 7.0, 11.0, 13.0)]
    with ad.Tape(persistent=True) as tape:
        y = ad.dot(values[::2], values[1::2])
    steps = [step for step in tape.steps(y) if step.phase == "backward" and step.slot >= 0]
    assert [(step.slot, step.local) for step in steps] == [(0, 3.0), (1, 2.0), (2, 7.0), (3, 5.0), (4, 13.0), (5, 11.0)]
    a, b = ad.Variable(X), ad.Variable(-X)
    with ad.Tape(persistent=True) as tape:
        y = np.concatenate([a, b], axis=1) * np.arange(6.0)
    parts = [s.contribution for s in tape.steps(y) if s.phase == "backward" and s.slot >= 0 and s.op.name == "concatenate"]
    assert [part.tolist() for part in parts] == [[[0.0, 1.0, 2.0]] * 2, [[3.0, 4.0, 5.0]] * 2]


def test_convolutions_with_one_number():
    x, k = ad.Variable([1.0, 2.0, 3.0]), ad.Variable(2.0)
    for mode in ("full", "same", "valid"):
        with ad.Tape() as tape:
            y = np.convolve(x, k, mode)
        assert y.tolist() == [2.0, 4.0, 6.0]
        dx, dk = tape.gradient(y, [x, k])
        assert dx.tolist() == [2.0, 2.0, 2.0] and dk.shape == () and float(dk) == 6.0


def test_tensorsolve_moves_axes_as_numpy_does():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 3)), rng.normal(size=6)
    np.testing.assert_allclose(np.linalg.tensorsolve(ad.constant(a), b, (0, 2)), np.linalg.tensorsolve(a, b, (0, 2)))


@pytest.mark.parametrize("f", [ad.softplus, ad.sigmoid, ad.softmax, ad.log_softmax], ids=lambda f: f.__name__)
def test_a_trace_of_float32_has_the_bits_of_the_function(f):
    x = np.linspace(-9.0, 9.0, 1001, dtype=np.float32)
    traced = ad.function(lambda x: f(x))
    for _ in range(3):
        assert traced(ad.constant(x)).numpy().tobytes() == f(x).tobytes()


def test_what_a_joint_rule_hands_on_along_another_axis():
    a, b = ad.Variable(X), ad.Variable(-X)
    with ad.Tape(persistent=True) as tape:
        y = np.concatenate([a, b], axis=1)
    span, g = tape.span, np.arange(12.0).reshape(2, 6)
    node = span.graph.node(span.index_of(y))
    for k, p in enumerate(node.parents):
        np.testing.assert_array_equal(contribution(span, node, k, p, g), g[:, 3 * k : 3 * k + 3])


RETURNED = {  # the arguments as they came, alone and among other results
    "alone": lambda x: x,
    "twice": lambda x: [x, x],
    "beside": lambda x: {"x": x, "y": x * 2.0},
    "before it is read": lambda x: (x, [x + 1.0]),
}


@pytest.mark.parametrize("f", RETURNED.values(), ids=RETURNED)
@pytest.mark.parametrize("kind", [np.array, lambda x: np.full(2, x), ad.constant, float, lambda x: ad.Value(x) * 1.0])
def test_a_traced_function_returns_the_arguments_of_this_call(f, kind):
    traced = ad.function(f)
    for x in (1.0, 2.0, 3.0):
        got, expected = nested.leaves([traced(kind(x))]), nested.leaves([f(kind(x))])
        assert [np.asarray(y).tolist() for y in got] == [np.asarray(y).tolist() for y in expected]


def test_a_returned_argument_is_the_callers_no_longer():
    traced, x = ad.function(lambda x: x), np.array([1.0, 2.0])
    ys = [traced(x) for _ in range(3)]
    x[:] = 0.0
    assert [y.tolist() for y in ys] == [[1.0, 2.0]] * 3
    assert ad.grad(lambda x: np.sum(traced(x) * x))(np.array([3.0])).tolist() == [6.0]
    assert ad.vmap(traced)(np.array([[1.0], [2.0]])).tolist() == [[1.0], [2.0]]


@pytest.mark.parametrize("weight", [1.0, 0.5, 0.0])
def test_a_total_of_values_in_a_graph_of_arrays(weight):
    v, w, t = ad.Value(2.0), ad.Value(3.0), ad.Variable(5.0)
    with ad.Tape() as tape:
        y = np.sum(np.stack([ad.dot([v, w], [7.0, w]), t]) * np.array([weight, 1.0]))
    assert [float(g) for g in tape.gradient(y, [v, w, t])] == [7.0 * weight, 6.0 * weight, 1.0]
    with ad.Tape() as tape:
        y = np.sum(np.stack([ad.dot([v, w], [np.inf, np.inf]), t])[1:])
    assert [float(g) for g in tape.gradient(y, [v, w, t])] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("strides", [1, 2])
def test_the_derivative_of_a_pool_with_ties_is_the_same_both_ways(strides):
    x = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 2.0, 2.0]]).reshape(1, 3, 3, 1)
    t = np.arange(9.0).reshape(1, 3, 3, 1)
    f = lambda x: np.sum(ad.max_pool2d(x, 2, strides) * (1.0 if strides == 2 else np.arange(1.0, 5.0).reshape(1, 2, 2, 1)))
    assert float(ad.jvp(f, (x,), (t,))[1]) == pytest.approx(float(np.sum(ad.grad(f)(x) * t)))


def test_a_reduction_of_a_ufunc_takes_the_first_axis():
    for reduction in (np.add.reduce, np.multiply.reduce, np.maximum.reduce, np.add.accumulate):
        np.testing.assert_array_equal(reduction(ad.constant(X)), reduction(X))


def test_a_batch_jacobian_takes_one_source():
    x = ad.Variable(X)
    with ad.Tape(persistent=True) as tape:
        y = x * x
    for target, source in ((y, [x, x]), ([y, y], x)):
        with pytest.raises(TypeError):
            tape.batch_jacobian(target, source)
    np.testing.assert_array_equal(tape.batch_jacobian(y, x), [np.diag(2.0 * row) for row in X])


def test_a_traced_product_that_two_sums_read():
    def f(a, b):
        product = a * b
        return product + a, product + b

    def g(a, b):
        product = a * b
        total = product + product
        return total * a

    for function in (f, g):
        traced = ad.function(function)
        for x in (2.0, 3.0, 5.0):
            got, expected = (nested.leaves([h(*[ad.Value(y) * 1.0 for y in (x, 7.0)])]) for h in (traced, function))
            assert [float(y) for y in got] == [float(y) for y in expected]


EDGES_OF_SLOPES = {
    ad.log: 0.0, ad.log2: 0.0, ad.log10: 0.0, ad.log1p: -1.0, ad.sqrt: 0.0, ad.cbrt: 0.0, ad.reciprocal: 0.0, ad.arcsin: 1.0,
    ad.arccos: 1.0, ad.arctanh: 1.0, ad.arccosh: 1.0,
}  # fmt: skip


@pytest.mark.parametrize("f", EDGES_OF_SLOPES, ids=lambda f: f.__name__)
def test_an_infinite_slope_hands_on_nothing_where_nothing_arrives(f):
    x = np.array([EDGES_OF_SLOPES[f], 1.5 if f is ad.arccosh else 0.5])
    with np.errstate(all="ignore"):
        slopes = ad.grad(lambda x: np.sum(np.where(np.array([False, True]), f(x), 0.0)))(x)
    assert slopes[0] == 0.0 and np.isfinite(slopes).all()


def test_differences_are_along_the_last_axis():
    np.testing.assert_array_equal(np.diff(ad.constant(X * X)), np.diff(X * X))
    cube = np.arange(24.0).reshape(2, 3, 4) ** 2
    np.testing.assert_array_equal(np.diff(ad.constant(cube)), np.diff(cube))
