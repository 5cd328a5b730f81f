"""What no other test reaches, as a measurement of the branches showed."""

import collections
import inspect
import math
import operator
import pickle
import string
import sys

import numpy as np
import pytest
import scipy.special

import autodiff as ad
from autodiff.core import registry
from autodiff.core.box import strip
from autodiff.failures import agreement
from autodiff.failures.remedies import broadcast, index
from autodiff.rules import special

X = np.arange(1.0, 7.0).reshape(2, 3)


# -- in a batch, what runs example by example, and what numpy refuses -------------------------------------------------------

BY_EXAMPLES = {
    "a second batch where an op takes one": lambda x: np.isin(np.round(x), np.floor(x + 0.5)),
    "a shape of its own": lambda x: np.ones_like(x, shape=(2,)) * x[0],
    "an axis from the batch": lambda x: np.argmax(x, np.argmin(np.abs(x) * 0.0)),
    "no letter is left": lambda x: np.einsum(
        f"{string.ascii_lowercase},{string.ascii_uppercase}->", np.reshape(x[:1], (1,) * 26), np.reshape(x[1:2], (1,) * 26)
    ),
    "outer": lambda x: np.multiply.outer(x, x),
    "where a condition holds": lambda x: np.where(x > -np.inf)[0],
    "a list of numbers": lambda x: np.stack([x[0], x[1]]),
}


@pytest.mark.parametrize("f", BY_EXAMPLES.values(), ids=BY_EXAMPLES)
def test_a_batch_of_uncommon_calls_is_the_loop(f):
    loop = np.stack([np.asarray(f(ad.constant(x))) for x in X])
    np.testing.assert_array_equal(ad.vmap(f)(X), loop)


REFUSED = {
    "an axis that is not there": lambda x: np.sum(x, axis=5),
    "a mask of more axes": lambda x: np.sum(x, where=np.ones((2, 3), bool)),
    "fewer axes": lambda x: np.broadcast_to(np.reshape(x, (1, 3)), (3,)),
    "a convolution of matrices": lambda x: np.convolve(np.reshape(x, (1, 3)), x),
    "matmul of a number": lambda x: np.matmul(x[0], x),
    "the length of a number": lambda x: len(x[0]),
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_a_batch_is_refused_what_numpy_refuses(f):
    with pytest.raises((TypeError, ValueError)) as numpys:
        f(X[0])
    with pytest.raises((TypeError, ValueError)) as ours:
        ad.vmap(f)(X)
    assert issubclass(ours.type, numpys.type if numpys.type in (TypeError, ValueError) else ValueError)


def test_a_batch_of_pairs_given_by_hand():
    @ad.custom_gradient
    def scaled(x):
        return 2.0 * x, lambda g: 2.0 * g

    np.testing.assert_array_equal(ad.vmap(ad.grad(lambda x: np.sum(scaled(x))))(X), np.full((2, 3), 2.0))


# -- boxes ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [operator.ifloordiv, operator.imod, operator.imatmul, operator.ipow])
def test_in_place_operators_write_what_numpys_write(change):
    square, other = np.array([[5.0, 3.0], [7.0, 2.0]]), np.array([[2.0, 1.0], [1.0, 3.0]])
    y, expected = ad.Variable(square).copy(), square.copy()
    same = y
    y, expected = change(y, other), change(expected, other)
    assert y is same
    np.testing.assert_array_equal(y, expected)


def test_plus_of_a_tensor_is_itself():
    for x in (ad.constant(X), ad.Variable(X)):
        assert +x is x


COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]


@pytest.mark.parametrize("compare", COMPARISONS, ids=lambda compare: compare.__name__)
def test_a_trace_of_values_records_each_comparison(compare):
    f = ad.function(lambda v: np.where(compare(v, 1.0), 2.0 * v, 3.0 * v))
    for x in (0.5, 1.0, 1.5, 0.5):
        assert float(f(ad.Value(x) * 1.0)) == (2.0 * x if compare(x, 1.0) else 3.0 * x)


@pytest.mark.parametrize("act", [operator.sub, operator.truediv, operator.mul, operator.add], ids=lambda act: act.__name__)
def test_an_operator_of_a_value_and_a_stranger_is_refused(act):
    for pair in ((ad.Value(1.0), object()), (object(), ad.Value(1.0))):
        with pytest.raises(TypeError, match="unsupported operand"):
            act(*pair)


def test_where_with_one_argument_is_nonzero():
    assert [k.tolist() for k in np.where(ad.constant([0.0, 2.0, 3.0]))] == [[1, 2]]


# -- what is said -----------------------------------------------------------------------------------------------------------

SAID = {
    "qr": (lambda v: np.linalg.qr(v, "complete"), TypeError, "no rule for mode 'complete'; use 'reduced' or 'r'"),
    "einsum": (lambda v: ad.einsum(), TypeError, "got nothing"),
    "static": (lambda v: ad.function(lambda x: x, static=("y",)), ValueError, "static names 'y', but the arguments are x"),
    "tangents": (
        lambda v: ad.ForwardAccumulator([{"w": v}], [np.array(1.0)]), ValueError, r"primals \[\{'w': \*\}\], tangents \[\*\]",
    ),
    "dot": (lambda v: ad.dot([ad.Value(1.0), 2.0], [3.0]), ValueError, "two lists of equal length, but got 2 and 1"),
}  # fmt: skip
SAID_IN_A_TRACE = {  # outside of it numpy is asked first, and says it
    "three axes": (lambda v: np.linalg.norm(v[None], 2, axis=(0, 1, 2)), ValueError, "one axis or two"),
    "an order": (lambda v: np.linalg.norm(v, 3), ValueError, "Invalid norm order 3 for matrices"),
    "cross": (lambda v: np.cross(v[:, :2], v), ValueError, "vectors of length 3, but got 2 and 3"),
    "cumulative_sum": (lambda v: ad.cumulative_sum(v), ValueError, "2 dimensions needs an axis"),
    "gradient": (lambda v: np.gradient(v, 1.0, 2.0, 3.0), TypeError, "one spacing or one for each of 2 axes"),
}


@pytest.mark.parametrize("act, kind, words", SAID.values(), ids=SAID)
def test_what_is_refused_is_said(act, kind, words):
    with pytest.raises(kind, match=words):
        act(ad.Variable(np.arange(9.0).reshape(3, 3) + 1.0))


@pytest.mark.parametrize("act, kind, words", SAID_IN_A_TRACE.values(), ids=SAID_IN_A_TRACE)
def test_what_is_refused_is_said_in_a_trace(act, kind, words):
    with pytest.raises(kind, match=words):
        ad.function(act)(np.arange(9.0).reshape(3, 3) + 1.0)


def test_pads_of_some_axes():
    x = ad.Variable(X)
    for width in ({1: 2}, {0: (1, 0), -1: 1}):
        with ad.Tape() as tape:
            y = np.pad(x, width) if np.lib.NumpyVersion(np.__version__) >= "2.2.0" else ad.pad(x, width)
        np.testing.assert_array_equal(y, np.pad(X, width))
        np.testing.assert_array_equal(tape.gradient(y, x), np.ones((2, 3)))


def test_an_accumulator_says_what_it_can_not():
    x, y = ad.Variable(1.0), ad.Variable(2.0, name="y")
    with pytest.raises(RuntimeError, match="recorded nothing"):
        ad.ForwardAccumulator(x, np.array(1.0)).jvp(x)
    with ad.ForwardAccumulator(x, np.array(1.0)) as accumulator:
        z = x * y
    with pytest.raises(ValueError, match="source y"):
        accumulator.jvp([z, y], unconnected_gradients="raise")


def test_why_a_used_tape_has_no_gradient():
    x = ad.Variable([1.0, 2.0])
    with ad.Tape() as tape:
        y = np.sum(x * x)
    tape.gradient(y, x)
    assert tape.explain(y, x).reason == "used"


def test_remedies_without_the_shapes_that_they_need():
    assert broadcast([(2,)], {}) == broadcast([(2, 3), (2, 3)], {}) == index([], {}) == index([()], {})


def test_a_function_without_a_signature_has_no_order_of_arguments():
    assert agreement.named_from(max, lambda a, b: a) == (0, ())
    with pytest.raises(ValueError):
        inspect.signature(max)


def test_a_choice_outside_of_the_traced_numbers():
    f = ad.function(lambda x: ad.cond(True, lambda x: 2.0 * x, lambda x: 3.0 * x, x))
    assert f(np.array([1.0, 2.0])).tolist() == f(np.array([1.0, 2.0])).tolist() == [2.0, 4.0]


def test_a_source_of_a_jvp_inside_a_batch():
    got = ad.vmap(lambda x: ad.jvp(lambda z: np.sum(z * z), (x,), (x * 0.0 + 1.0,))[1])(X)
    np.testing.assert_allclose(got, 2.0 * X.sum(1))


def test_custom_gradient_takes_parentheses_and_numbers():
    @ad.custom_gradient()
    def double(x):
        return 2.0 * x, lambda g: 2.0 * g

    assert double(3.0) == 6.0


def test_a_factor_of_a_factor_of_another_dtype():
    f = ad.function(lambda x: 2.0 * (3.0 * x) + 2.0 * (x * x))
    for _ in range(2):
        assert f(np.array([1.0, 2.0])).tolist() == [8.0, 20.0]


# -- rules that a user wrote, on a batch --------------------------------------------------------------------------------------

RULES = {  # of an op that doubles: rules that do in an uncommon way what 2 g does
    "iteration": lambda g, y, x: 2.0 * np.concatenate([np.reshape(part, 1) for part in g]),
    "outer": lambda g, y, x: np.multiply.outer(g, np.full(1, 2.0))[:, 0],
    "a function without a rule": lambda g, y, x: 2.0 * np.real_if_close(g),
    "a function of scipy": lambda g, y, x: 2.0 * g + scipy.special.erf(0.0 * g),
    "kinds and sizes": lambda g, y, x: (
        g * (2.0 if np.isrealobj(g) and not np.iscomplexobj(g) else 0.0) * (np.ndim(g), np.size(g, 0) / 3, np.size(g) / 3)[0]
    ),
    "a condition alone": lambda g, y, x: 2.0 * g + 0.0 * np.where(g > -np.inf)[0],
    "a list": lambda g, y, x: np.sum([g, g], axis=0),
    "a copy": lambda g, y, x: 2.0 * np.array(g.copy()) if isinstance(g, np.ndarray) else 2.0 * g.copy(),
}


@pytest.mark.parametrize("vjp", RULES.values(), ids=RULES)
def test_a_rule_of_uncommon_calls_runs_on_a_batch(vjp):
    def double(x):
        return 2.0 * x

    double = registry.op(vjp)(double)
    try:
        slopes = ad.vmap(ad.grad(lambda x: np.sum(double(x) * x)))(X)
        np.testing.assert_allclose(slopes, 4.0 * X)
    finally:
        for key in [key for key, entry in registry.REGISTRY.items() if entry is double.op]:
            del registry.REGISTRY[key]


W = np.array([1.0, -2.0, 0.5])
IN_A_BATCH = {
    "float32 times float64": (lambda x: ad.grad(lambda z: np.sum(z * W))(ad.astype(x, np.float32)), lambda x: W),
    "added in place, then by example": (
        lambda x: ad.grad(lambda w: np.sum(w * x) + np.sum(w[:1]))(W),
        lambda x: x + [1, 0, 0],
    ),
    "by example, then in place": (lambda x: ad.grad(lambda w: np.sum(w[:1]) + np.sum(w * x))(W), lambda x: x + [1, 0, 0]),
    "a box in a list of indices": (lambda x: x[[np.argmax(x), 0]], lambda x: x[[2, 0]]),
    "one number for all examples": (lambda x: ad.grad(lambda w: np.sum(x) * w)(2.0), np.sum),
}


@pytest.mark.parametrize("f, expected", IN_A_BATCH.values(), ids=IN_A_BATCH)
def test_uncommon_gradients_in_a_batch(f, expected):
    np.testing.assert_allclose(ad.vmap(f)(X), np.stack([expected(x) for x in X]))


def test_in_a_batch_what_arrives_by_example_is_added_to_what_arrived_in_place():
    def slopes(x, order):
        w = ad.constant(W)
        with ad.Tape() as tape:
            tape.watch(w)
            parts = [lambda: np.sum(w * x), lambda: np.sum(w[:1])]
            targets = [part() for part in parts[::order]]
        return tape.gradient(targets, w)

    for order in (1, -1):
        np.testing.assert_allclose(ad.vmap(lambda x: slopes(x, order))(X), X + [1, 0, 0])  # noqa: B023


def test_the_second_derivative_by_what_all_examples_share():
    x = np.array([0.5, 1.0, 2.0])
    slope = ad.grad(lambda w: np.sum(ad.vmap(lambda x: np.sin(w * x))(x)))
    np.testing.assert_allclose(ad.grad(slope)(0.3), -np.sum(x * x * np.sin(0.3 * x)))


# -- traced functions ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [ad.sigmoid, ad.softmax, ad.log_softmax], ids=lambda f: f.__name__)
def test_a_trace_of_whole_numbers(f):
    n, traced = np.array([1, 2, 4]), ad.function(lambda n: f(n))
    for _ in range(3):
        np.testing.assert_array_equal(traced(n), f(n))


def test_a_trace_takes_values_that_were_computed():
    f = ad.function(lambda v: 3.0 * v)
    assert [float(f(ad.Value(x) * 1.0)) for x in (1.0, 2.0)] == [3.0, 6.0]


def test_the_program_of_arguments_that_were_traced():
    f = ad.function(lambda x: 3.0 * x)
    f(W)
    assert f.program(W) is f.program(W) and f.program(W[:2]) is not f.program(W)


def test_files_of_functions(tmp_path):
    pick = ad.function(lambda x, k: x[np.argsort(k)])
    expected = pick(np.arange(4.0), np.array([3.0, 1.0, 2.0]))
    pick.save(tmp_path / "pick.json")
    loaded = ad.load_function(tmp_path / "pick.json")
    np.testing.assert_array_equal(loaded(np.arange(4.0), np.array([3.0, 1.0, 2.0])), expected)
    with ad.Tape(), pytest.raises(TypeError, match="call it outside of tapes"):
        loaded(np.arange(4.0), np.array([3.0, 1.0, 2.0]))
    v = ad.Value(2.0)
    scaled = ad.function(lambda x: np.sum(x) * v)
    scaled(np.arange(4.0))
    with pytest.raises(TypeError, match="reads Value"):
        scaled.save(tmp_path / "scaled.json")


def test_the_gradient_of_a_custom_gradient_that_reads_a_variable_is_checked():
    v = ad.Variable(3.0)

    @ad.custom_gradient
    def scaled(x):
        return v * x, lambda g, variables: (g * v, [np.sum(g * x)])

    x = ad.Variable(2.0)
    with ad.Tape() as tape:
        y = scaled(x)
    assert [float(g) for g in tape.gradient(y, [x, v])] == [3.0, 2.0]
    assert ad.check_gradients(scaled, np.array(2.0))


def test_the_functions_of_scipy_are_there_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    x = np.array([0.5, 1.5])
    np.testing.assert_allclose(special._of_arrays.__wrapped__("erf")(x), [math.erf(0.5), math.erf(1.5)])
    np.testing.assert_allclose(special._of_arrays.__wrapped__("gammaln")(np.array([3.0, -1.0])), [math.log(2.0), math.inf])


def test_numpy_is_asked_again_when_it_was_asked_for_much(monkeypatch):
    monkeypatch.setattr(agreement, "MOST", 0)
    assert float(np.median(ad.constant(np.arange(41.0)))) == 20.0 and len(agreement.asked) == 1


def test_dot_of_nested_and_empty_lists():
    for a, b in (([], []), ([[1.0, 2.0]], [[3.0], [4.0]])):
        np.testing.assert_array_equal(ad.dot(a, b), np.dot(a, b))


def test_a_value_is_pickled_without_its_graph():
    v = pickle.loads(pickle.dumps(ad.Value(2.0, name="v") * 3.0))
    assert type(v) is ad.Value and float(v) == 6.0


def test_the_steps_of_a_target_leave_out_what_it_does_not_need():
    x = ad.Value(2.0)
    with ad.Tape(persistent=True) as tape:
        y = x * x
        x - 1.0
        z = y + 1.0
    assert [step.op.name for step in tape.steps(z) if step.phase == "forward" and step.op] == ["multiply", "add"]


def test_named_tuples_of_boxes_are_stripped_as_they_are():
    pair = collections.namedtuple("Pair", "a b")(ad.constant(X), [ad.Value(2.0)])
    found = strip((pair,))[0]
    np.testing.assert_array_equal(found.a, X)
    assert type(found) is type(pair) and found.b == [2.0]
