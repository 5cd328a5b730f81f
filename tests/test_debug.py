"""`ad.debug`: the first number that is not finite, forward and then backward; and what an op that raises says."""

import ast
import colorsys
import gc
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
from samples import SAMPLES
from together import each

import autodiff as ad
import nn
from autodiff.core.listening import current
from autodiff.failures import syntax
from autodiff.tape import nested


def raised(program, *args):
    """The error that a program ends in under `ad.debug`."""
    with pytest.raises(ad.NonFiniteError) as caught, ad.debug():
        program(*args)
    return caught.value


def whole(error):
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


# -- forward: (function, where it is not finite) -> op, why, what to try ------------------------------------------------------

FORWARD = [
    (lambda x: np.log(x), [0.0, 2.0], "log", "log of 0 is -inf", "Try np.log(np.maximum(x, 1e-12))"),
    (lambda x: np.log2(x), [0.0, 2.0], "log2", "log2 of 0 is -inf", "Try np.log2(np.maximum(x, 1e-12))"),
    (lambda x: ad.log(x), [-1.0, 2.0], "log", "log of a negative number is nan", "Try ad.log(np.maximum(x, 1e-12)) if x"),
    (lambda x: np.log1p(x), [-1.0], "log1p", "needs x above -1", "Try np.log1p(np.maximum(x, -1 + 1e-7))"),
    (lambda x: np.log(ad.sigmoid(x)), [-800.0], "log", "sigmoid rounds to 0", "Try -ad.softplus(-z)"),
    (lambda x: np.log(1 - ad.sigmoid(x)), [800.0], "log", "1 - sigmoid(z) rounds to 0", "Try -ad.softplus(z)"),
    (lambda x: np.log(ad.softmax(x)), [-800.0, 2.0], "log", "softmax rounds", "Try ad.log_softmax(z)"),
    (lambda x: np.exp(x), [800.0, 0.0], "exp", "exp of 800 is larger than the largest float64", "Try np.exp(x - np.max(x))"),
    (lambda x: np.cosh(x), [-800.0], "cosh", "cosh of -800 is beyond", "Try np.cosh(np.clip(x, -709.0, 709.0))"),
    (lambda x: x / x, [0.0, 1.0], "divide", "0 / 0 is nan", "Try np.where(x == 0, 1.0, x) as the divisor"),
    (lambda x: 1.0 / x, [0.0, 1.0], "divide", "Division by 0 is inf", "Try np.where(x == 0, 1.0, x) as the divisor"),
    (lambda x: np.reciprocal(x), [0.0], "reciprocal", "Division by 0 is inf", "Try np.where(x == 0, 1.0, x)"),
    (lambda x: 1.0 % x, [0.0], "remainder", "remainder of a division by 0", "Try np.where(x == 0, 1.0, x)"),
    (lambda x: x**-2, [0.0], "power", "0 to a negative power", "Try np.where(x == 0, 1.0, x) ** (-2)"),
    (lambda x: x**0.5, [-1.0], "power", "a power that is not whole", "Try np.abs(x) ** 0.5"),
    (lambda x: np.sqrt(x), [-1e-17], "sqrt", "rounding errors of 0", "Try np.sqrt(np.maximum(x, 0.0))."),
    (lambda x: np.sqrt(x), [-3.0], "sqrt", "sqrt of a negative number is nan", "Try np.sqrt(np.maximum(x, 0.0)) if x should"),
    (lambda x: np.arccos(x), [1.0 + 1e-9], "arccos", "defined from -1 to 1", "Try np.arccos(np.clip(x, -1.0, 1.0))"),
    (lambda x: np.arccosh(x), [0.5], "arccosh", "defined from 1 on", "Try np.arccosh(np.maximum(x, 1.0))"),
    (lambda x: np.arctanh(x), [1.0], "arctanh", "between -1 and 1", "Try np.arctanh(np.clip(x,"),
    (lambda x: ad.gammaln(x), [0.0], "gammaln", "infinite at 0, -1, -2", "Try ad.gammaln(np.maximum(x, 1e-12))"),
    (lambda x: np.linalg.slogdet(x), [[1.0, 1.0], [1.0, 1.0]], "slogdet", "singular", "Try np.linalg.slogdet(x + 1e-6"),
    (lambda x: x * 1e300 * 1e300, [2.0], "multiply", "larger than the largest float64", "Try smaller numbers"),
    (lambda x: x @ x, np.full((2, 2), 1e200), "matmul", "larger than the largest float64", "Try smaller numbers"),
    (lambda x: np.maximum(x, np.inf) * 0.0, [1.0], "multiply", "0 * inf is nan", "Try np.where in place of a product"),
    (lambda x: np.maximum(x, np.inf) - np.inf, [1.0], "subtract", "inf - inf is nan", "Try -1e9 in place of -inf"),
    (lambda x: np.where(x > 0, np.log(x), 0.0), [0.0], "log", "computes both branches", "Try np.where(x > 0, x, 1.0) in"),
    (lambda x: np.where(x == 0, 0.0, 1 / x), [0.0], "divide", "both branches", "Try np.where(x == 0, 1.0, x) in place of x"),
    (lambda x: np.where(x == x, np.where(x > 0, np.log(x), 0.0), 1.0), [0.0], "log", "branches", "Try np.where(x > 0, x, 1.0)"),
    (lambda x: x * 2.0, [1.0, np.nan], "multiply", "operand 0, the Variable 'x', has 1 nan among 2 numbers, the first at [1]",
     "Try np.isnan(x).any()"),
    (lambda x: x @ np.array([np.inf, 1.0]), [1.0, 2.0], "matmul", "operand 1 has 1 inf among 2 numbers", "Try np.isinf("),
    (lambda x: np.corrcoef(x), [[1.0, 1.0], [1.0, 2.0]], "divide", "0 / 0 is nan", "Try np.where(b == 0, 1.0, b)"),
]  # fmt: skip


@each("function, x, op, why, cure", {f"{row[2]}-{k}": row for k, row in enumerate(FORWARD)})
@pytest.mark.parametrize("taped", [False, True])
def test_the_first_value_that_is_not_finite(function, x, op, why, cure, taped):
    def program():
        if taped or "rounds to" in why or "softmax rounds" in why:  # only a tape knows what an operand was computed by
            with ad.Tape():
                function(v)
        else:
            function(v)

    v = ad.Variable(x, name="x")
    error = raised(program)
    assert error.failure.op.name == op and error.failure.inputs
    assert why in str(error) and any(line.startswith(cure) for line in str(error).splitlines())
    line = inspect.getsourcelines(function)[1]
    assert f"test_debug.py:{line}" in str(error)


# -- backward ----------------------------------------------------------------------------------------------------------------

BACKWARD = [
    (lambda x: np.sqrt(x), [0.0, 4.0], "sqrt", "slope of sqrt at 0", "Try np.sqrt(x + 1e-12)"),
    (lambda x: x**0.5, [0.0, 4.0], "power", "for every p below 1", "Try (x + 1e-12) ** 0.5"),
    (lambda x: np.cbrt(x), [0.0], "cbrt", "slope of cbrt at 0", "Try np.cbrt(x + 1e-12)"),
    (lambda x: np.arcsin(x), [1.0], "arcsin", "at -1 and 1 is inf", "Try np.arcsin(np.clip(x,"),
    (lambda x: np.arccosh(x), [1.0], "arccosh", "at 1 is inf", "Try np.arccosh(np.maximum(x,"),
    (lambda x: 1e-10 / x, [1e-200], "divide", "-a / b**2", "Try np.maximum(x, 1e-6) as the divisor"),
    (lambda x: np.sin(x * 1e200) * 1e200, [0.0], "multiply", "larger than the largest float64", "Try smaller numbers"),
]  # fmt: skip


def by_tape(function, x, **options):
    v = ad.Variable(x, name="x")
    with ad.Tape(**options) as tape:
        y = function(v)
    tape.gradient(y, v)


def in_the_block(function, x):
    v = ad.Variable(x, name="x")
    with ad.Tape(persistent=True, debug=True) as tape:
        tape.gradient(function(v), v)


def of_a_value(function, x):
    v = ad.Value(x[0], name="x")
    with ad.Tape(debug=True) as tape:
        y = function(v)
    tape.gradient(y, v)


WAYS = {
    "debug": lambda f, x: under_debug(by_tape, f, x),
    "debug, with the forward pass outside": lambda f, x: gradient_alone(f, x),
    "a tape": lambda f, x: by_tape(f, x, debug=True),
    "a tape inside debug": lambda f, x: under_debug(by_tape, f, x, debug=True),
    "in the block of a tape": in_the_block,
    "a Value": of_a_value,
    "grad": lambda f, x: under_debug(ad.grad(lambda x: np.sum(f(x))), np.array(x)),
    "grad over grad": lambda f, x: under_debug(ad.grad(lambda z: np.sum(ad.grad(lambda x: np.sum(f(x)))(z))), np.array(x)),
    "jacobian": lambda f, x: under_debug(ad.jacobian(f), np.array(x)),
    "vmap": lambda f, x: under_debug(ad.vmap(ad.grad(f)), np.array(x)),
}


def under_debug(function, *args, **options):
    with ad.debug():
        function(*args, **options)


def gradient_alone(function, x):
    v = ad.Variable(x, name="x")
    with ad.Tape() as tape:
        y = function(v)
    with ad.debug():
        tape.gradient(y, v)


@each("function, x, op, why, cure", {f"{row[2]}-{k}": row for k, row in enumerate(BACKWARD)})
@pytest.mark.parametrize("way", WAYS)
def test_the_first_gradient_that_is_not_finite(function, x, op, why, cure, way):
    with pytest.raises(ad.NonFiniteError) as caught:
        WAYS[way](function, x)
    error = caught.value
    assert error.failure.op.name == op and str(error).startswith(f"The gradient of {op}") and why in str(error)
    if way == "debug, with the forward pass outside":
        assert "so its line is not known" in str(error)
    else:
        assert f"test_debug.py:{inspect.getsourcelines(function)[1]}" in str(error) and "in the forward pass" in str(error)
        assert any(line.startswith(cure) for line in str(error).splitlines())
    assert current() is None


def test_a_gradient_of_second_order():
    error = raised(ad.grad(lambda z: np.sum(ad.grad(lambda x: np.sum(x**1.5))(z))), np.array([0.0, 1.0]))
    assert "slope of x ** p at 0" in str(error) and "the number 0.5" in str(error) and "test_debug.py:" in str(error)


def test_a_seed_that_is_not_finite():
    def program(x):
        with ad.Tape() as tape:
            y = x * 2.0
        tape.gradient(y, x, output_gradients=np.array([1.0, np.nan]))

    assert "output_gradients has such a number" in str(raised(program, ad.Variable([1.0, 2.0])))


@pytest.mark.parametrize("number, kind", [(np.nan, "nan"), (np.inf, "inf")])
def test_a_target_that_is_not_finite_is_found_when_its_gradient_is_asked_for(number, kind):
    data, w = np.array([1.0, number]), ad.Variable([1.0, 2.0], name="w")
    with ad.Tape() as tape:
        loss = np.sum(w * data) * 2.0
    with pytest.raises(ad.NonFiniteError, match=rf"multiply was given data .* operand 1 has 1 {kind}"), ad.debug():
        tape.gradient(loss, w)


# -- what is no fault --------------------------------------------------------------------------------------------------------


def attention(q):
    scores = np.where(np.tril(np.ones((3, 3))) > 0, q @ q.T, -np.inf) / 2.0
    shifted = scores - np.max(scores, axis=-1, keepdims=True)
    return np.sum(np.exp(shifted) @ q) + np.sum(ad.softmax(scores) @ q) + np.sum(ad.logsumexp(scores, axis=-1))


def pooled(x):
    return np.max(np.pad(x, 1, constant_values=-np.inf)) + np.max(x, initial=-np.inf)


FINE = {
    "a mask of -inf": (attention, np.arange(9.0).reshape(3, 3) / 9.0),
    "an added mask": (lambda x: np.sum(ad.softmax(x + np.array([0.0, -np.inf, 0.0])) * x), np.arange(3.0)),
    "a padding and a start of -inf": (pooled, np.arange(3.0)),
    "nan that the program leaves out": (lambda x: np.sum(np.where(np.isnan(x), 0.0, x)), [1.0, np.nan]),
    "nan that numpy leaves out": (np.nanmean, [1.0, np.nan, 2.0]),
    "a slope that is silenced": (lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)), [0.0, 4.0]),
    "a norm at 0": (np.linalg.norm, [0.0, 0.0]),
    "a deviation of equal numbers": (np.std, [2.0, 2.0]),
    "whole numbers and booleans": (lambda x: np.sum(x * (x > 1) + np.argmax(x)), [1.0, 2.0]),
    "logaddexp of -inf": (lambda x: np.sum(np.logaddexp(np.where(x > 9, x, -np.inf), x)), [1.0, 2.0]),
}  # fmt: skip


KINKS = (np.linalg.norm, np.std)  # where these have no second derivative


@pytest.mark.parametrize("function, x", FINE.values(), ids=FINE)
@pytest.mark.parametrize("way", ["gradient", "no tape", "second order", "forward mode"])
def test_nothing_is_raised_where_the_program_is_right(function, x, way):
    v = ad.Variable(np.asarray(x, float), name="x")
    with ad.debug():
        if way == "gradient":
            ad.grad(function)(v)
        elif way == "no tape":
            function(v)
        elif way == "second order" and function not in KINKS:
            ad.hessian(function)(v)
        elif way == "forward mode":
            ad.jvp(function, (v,), (np.ones(v.shape),))


def test_debugging_changes_no_number():
    def train(debugging):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(3, "softmax")])
        model.compile("adam", "sparse_categorical_crossentropy")
        x = np.random.default_rng(0).normal(size=(20, 4))
        if debugging:
            with ad.debug():
                model.fit(x, np.arange(20) % 3, epochs=2, verbose=0)
        else:
            model.fit(x, np.arange(20) % 3, epochs=2, verbose=0)
        return model.predict(x)

    np.testing.assert_array_equal(train(True), train(False))

    def curve(x):
        return (x * ad.Value(2.0)).exp().log() + ad.relu(x) ** 3 - 1.0 / x

    plain = ad.grad(curve)(ad.Value(0.7))
    with ad.debug():
        assert float(ad.grad(curve)(ad.Value(0.7))) == float(plain)


# -- how it behaves ----------------------------------------------------------------------------------------------------------


def test_it_raises_at_the_op_so_that_nothing_after_it_runs():
    reached = []

    def program():
        y = np.log(ad.Variable([0.0]))
        reached.append(y)

    error = raised(program)
    assert not reached and isinstance(error, FloatingPointError)
    entries = [entry.name for entry in pytest.ExceptionInfo.from_exception(error).traceback]
    assert "program" in entries


def test_afterwards_everything_is_as_before():
    before = np.geterr()
    raised(lambda: np.log(ad.Variable([0.0])))
    with pytest.raises(ad.NonFiniteError), ad.Tape(debug=True):
        np.log(ad.Variable([0.0]))
    assert np.geterr() == before and current() is None
    v = ad.Variable([0.0, 1.0])
    with np.errstate(divide="ignore"):
        assert ad.grad(lambda x: np.sum(np.sqrt(x)))(v).tolist() == [np.inf, 0.5]


def test_it_nests_and_can_be_used_again():
    debugger = ad.debug()
    for _ in range(2):
        with debugger, ad.debug(), ad.Tape(debug=True) as tape:
            y = ad.Variable([1.0, 4.0]) * 2.0
        assert y.tolist() == [2.0, 8.0] and not tape.debugger.entered
    with ad.debug():
        with pytest.raises(ad.NonFiniteError), ad.debug():
            np.log(ad.Variable([0.0]))
        with pytest.raises(ad.NonFiniteError):  # the outer one goes on
            np.log(ad.Variable([0.0]))


def test_other_recorders_hear_what_they_heard_without_it():
    class Names(ad.Recorder):
        def __init__(self):
            self.names = []

        def on_op(self, op, inputs, params, output):
            self.names.append(op.name)

        def on_edge(self, op, k, source, upstream, contribution):
            self.names.append(f"{op.name} {k}")

    def program():
        v = ad.Variable([1.0, 4.0])
        with Names() as names:
            with ad.Tape() as tape:
                y = np.sum(np.sqrt(v) * v)
            tape.gradient(y, v)
        return names.names

    plain = program()
    with ad.debug():
        assert program() == plain


def test_a_debugger_keeps_no_graph():
    held = []

    def step():
        v = ad.Variable(np.ones(3))
        with ad.Tape() as tape:
            y = np.sum(np.exp(v))
        held.append(tape.graph.ref)
        tape.gradient(y, v)

    with ad.debug() as debugger:
        for _ in range(3):
            step()
        mask = ad.constant([-np.inf, 0.0])
        for _ in range(50):
            np.maximum(mask, -np.inf)
        gc.collect()
        assert all(ref() is None for ref in held) and len(debugger._infinite) < 10


def test_in_fit_the_line_is_the_call_of_fit_and_the_layer_is_named():
    model = nn.Sequential([nn.Dense(2, kernel_initializer="ones"), nn.Dense(1, kernel_initializer="ones")])
    model.compile(nn.optimizers.SGD(1e15), "mse")
    error = raised(lambda: model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=30, verbose=0))
    assert "model.fit(np.ones((4, 3))" in str(error) and "through nn." in str(error) and "Try smaller numbers" in str(error)


def test_the_users_file_is_read_once_for_many_errors(monkeypatch):
    """In search of a `where` around the line: the tree of a long file takes a tenth of a second."""
    parsed, parse, file = [], ast.parse, Path(__file__).read_text(encoding="utf-8")
    monkeypatch.setattr(ast, "parse", lambda text, *args, **options: (parsed.append(text), parse(text, *args, **options))[1])
    syntax._sources.clear()
    for _ in range(3):
        error = raised(lambda x: np.where(x > 0, np.log(x), 0.0), ad.constant([0.0]))
        assert "np.where computes both branches" in whole(error)
    assert parsed.count(file) == 1


def test_the_line_is_the_users_also_where_the_standard_library_computes():
    red, green, blue = ad.Value(1.5), ad.Value(0.5), ad.Value(1.0)
    error = raised(lambda: colorsys.rgb_to_hls(red, green, blue))
    assert "divide: the result is inf" in str(error) and "colorsys.rgb_to_hls(red, green, blue)" in str(error)


def test_the_line_of_an_expression_of_several_lines_is_its_first():
    def program(v):
        return (
            v
            / 0.0
        )

    error = raised(program, ad.Variable([1.0]))
    assert f"test_debug.py:{inspect.getsourcelines(program)[1] + 2}, in program" in str(error)


def test_a_custom_rule_is_named():
    @ad.custom_gradient
    def root(x):
        return np.sqrt(x), lambda upstream: upstream * np.array([np.nan, 1.0])

    error = raised(ad.grad(lambda x: np.sum(root(x))), np.array([1.0, 4.0]))
    assert "what the grad function of root returned" in str(error) and "The gradient of root" in str(error)


def holes(x, number):
    """Float arrays with the number at every second place."""
    if not (isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        return x
    return np.where(np.arange(x.size).reshape(x.shape) % 2, x, number)


@pytest.mark.parametrize("number", [0.0, np.nan])
@pytest.mark.filterwarnings("ignore")
def test_no_gradient_that_is_not_finite_is_missed(number):
    for function, args, keywords in (rows[0] for rows in SAMPLES.values()):
        given = nested.map_tree(lambda x: holes(x, number), args)
        try:
            with ad.debug():
                found = gradients(function, given, keywords)
        except ad.NonFiniteError as error:
            assert sum(line.startswith("Try ") for line in str(error).splitlines()) == 1, str(error)
        except Exception as error:
            with pytest.raises(type(error)):
                gradients(function, given, keywords)
        else:
            assert all(g is None or np.isfinite(g.numpy()).all() for g in found), function


def gradients(function, args, keywords):
    boxes = [ad.Variable(x) for x in nested.leaves(list(args)) if is_floats(x)]
    left = iter(boxes)
    with ad.Tape() as tape:
        y = function(*nested.map_tree(lambda x: next(left) if is_floats(x) else x, list(args)), **keywords)
    targets = [part for part in nested.leaves(y) if isinstance(part, (ad.Tensor, ad.Value)) and part.dtype.kind == "f"]
    return tape.gradient(targets, boxes) if targets else []


def is_floats(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def test_a_gradient_inside_a_rule():
    @ad.recompute_grad
    def root(x):
        return np.sqrt(x * 1.0)

    error = raised(ad.grad(lambda x: np.sum(root(x))), np.array([0.0, 1.0]))
    assert str(error).startswith("The gradient of sqrt") and "return np.sqrt(x * 1.0)" in str(error)
    with ad.debug():
        assert ad.grad(lambda x: np.sum(root(x)))(np.array([4.0])).tolist() == [0.25]


# -- an op or a rule that raises ---------------------------------------------------------------------------------------------

x, w = ad.Variable(np.ones((4, 3)), name="x"), ad.Variable(np.ones((5, 3)), name="w")
OPS = {
    "matmul, transposed": (lambda: x @ w, ValueError, "Try a @ b.T: it multiplies shapes (4, 3) and (3, 5)."),
    "matmul, the other": (lambda: w @ np.ones((5, 2)), ValueError, "Try a.T @ b: it multiplies shapes (3, 5) and (5, 2)."),
    "matmul, neither": (lambda: x @ np.ones((7, 2)), ValueError, "Try np.reshape of one of them"),
    "matmul of a number": (lambda: x @ 2.0, ValueError, "Try * instead of @"),
    "broadcasting a reduction": (lambda: x - np.mean(x, axis=1), ValueError, "keepdims=True in the reduction"),
    "broadcasting": (lambda: x + np.ones(5), ValueError, "Try np.reshape or x[:, np.newaxis]"),
    "broadcasting, transposed": (lambda: x + np.ones((3, 4)), ValueError, "Try x.T for one of the two."),
    "an axis": (lambda: np.sum(x, axis=2), np.exceptions.AxisError, "Try an axis from -2 to 1"),
    "a reshape": (lambda: np.reshape(x, (5, 5)), ValueError, "Try a shape whose lengths multiply to 12"),
    "an index": (lambda: x[9], IndexError, "Try an index below 4"),
    "indices": (lambda: x[0, 0, 0], IndexError, "Try fewer indices"),
    "parts": (lambda: np.concatenate([x, w], axis=1), ValueError, "Try np.reshape or np.pad"),
    "a stack": (lambda: np.stack([x, w]), ValueError, "Try np.concatenate"),
    "a singular matrix": (lambda: np.linalg.inv(ad.constant(np.ones((2, 2)))), np.linalg.LinAlgError, "Try a + 1e-6 * np"),
    "no Cholesky factor": (lambda: np.linalg.cholesky(ad.constant(-np.eye(2))), np.linalg.LinAlgError, "Try a + 1e-6"),
    "errstate": (lambda: with_errstate(), FloatingPointError, "Try `with ad.debug():`"),
}  # fmt: skip


def with_errstate():
    with np.errstate(all="raise"):
        np.log(ad.constant([0.0]))


@pytest.mark.parametrize("program, kind, cure", OPS.values(), ids=OPS)
@pytest.mark.parametrize("debugging", [False, True])
def test_an_error_inside_an_op_names_it_and_its_operands(program, kind, cure, debugging):
    with pytest.raises(kind) as caught:
        if debugging:
            with ad.debug():
                program()
        else:
            program()
    error = caught.value
    assert type(error) is kind and len(error.__notes__) == 1
    note = error.__notes__[0]
    assert note.startswith(f"This happened in {error.failure.op.name}, which was called here:") and cure in note
    place = with_errstate if program is OPS["errstate"][0] else program
    first = inspect.getsourcelines(place)[1]
    assert f"test_debug.py:{first}" in note or f"test_debug.py:{first + 2}" in note
    assert "operand 0: " in note and "of shape (" in note
    assert sum(line.startswith("Try") for line in note.splitlines()) == 1


@pytest.mark.parametrize("debugging", [False, True])
def test_an_error_inside_a_rule_names_the_op_and_with_debug_its_line(debugging):
    @ad.custom_gradient
    def wrong(x):
        return x * x, lambda upstream: upstream[5]

    def program():
        v = ad.Variable(np.ones(3), name="v")
        with ad.Tape(debug=debugging) as tape:
            y = np.sum(wrong(v))
        tape.gradient(y, v)

    with pytest.raises(IndexError) as caught:
        program()
    text = whole(caught.value)
    assert "This happened in getitem" in text and "This happened in the derivative of wrong" in text
    assert "operand 0: Tensor 'v' of shape (3,)" in text
    assert ("y = np.sum(wrong(v))" in text) == debugging and ("Try `with ad.debug():`" in text) == (not debugging)


def test_an_error_in_a_rule_of_forward_mode_names_the_op():
    @ad.custom_gradient
    def wrong(x):
        return x * x, lambda upstream: 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        ad.jvp(wrong, (np.ones(3),), (np.ones(3),))
    assert "This happened in the derivative of wrong, which was called here" in whole(caught.value)


def test_what_explains_itself_gets_no_note():
    with pytest.raises(TypeError, match="needs the numbers of one example") as caught:
        ad.vmap(lambda x: x if x > 0 else -x)(np.ones(3))
    assert not getattr(caught.value, "__notes__", [])
    with pytest.raises(TypeError, match="does not take out=") as caught:
        np.clip(x, 0.0, out=x)
    assert not getattr(caught.value, "__notes__", [])


def test_the_error_can_be_sent_to_another_process():
    with pytest.raises(ValueError) as caught:
        x @ w
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value) and copy.__notes__ == caught.value.__notes__
    error = raised(lambda: np.log(ad.Variable([0.0])))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_an_explanation_that_fails_does_not_hide_the_error():
    class Rude:
        def __repr__(self):
            raise RuntimeError("no")

    with pytest.raises(TypeError):
        np.multiply(ad.constant([1.0]), Rude())
