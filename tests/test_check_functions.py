"""check_gradients on all kinds of functions: those that let numbers leave the tape, those of symmetric matrices, those of
several outputs; and whatever a function takes and returns, it answers with a verdict or with words."""

import math

import numpy as np
import pytest

import autodiff as ad

rng = np.random.default_rng(7)
X, GENERAL = rng.normal(size=5), rng.normal(size=(3, 3))
POSITIVE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])  # symmetric, positive definite


@ad.custom_gradient
def half(x):
    return x * x, lambda up: up * x  # should be 2 x


@ad.custom_gradient
def weighted(a):
    return np.sum(a * GENERAL), lambda up: up * (GENERAL + GENERAL.T) / 2  # wrong in its antisymmetric part


@ad.custom_gradient
def of_one_triangle(a):
    return np.sum(np.tril(a) * GENERAL), lambda up: up * np.tril(GENERAL).T  # transposed


@ad.custom_gradient
def two(x):
    return (np.sum(x * x), np.sin(x)), lambda g, h: 2 * g * x + h * np.sin(x)  # the second should be cos


def judged(function, *args, order=1):
    return ad.check_gradients(function, *args, order=order)


# -- numbers that leave the tape ---------------------------------------------------------------------------------------

ESCAPES = {
    "float": (lambda x: float(x) ** 2, 1.5),
    "float of a part": (lambda x: x * float(x), 1.5),
    "math": (lambda x: math.exp(x) * x, 1.5),
    "item": (lambda x: x[0].item() * x, X),
    "numpy": (lambda x: x.numpy().sum(), X),
    "tolist": (lambda x: sum(x.tolist()), X),
    "np.array of boxes": (lambda x: np.array([x[0], x[1]]), X),
    "a method of an array": (lambda x: GENERAL.dot(x), X[:3]),
}


@pytest.mark.parametrize("function, x", ESCAPES.values(), ids=ESCAPES)
def test_a_lost_gradient_is_wrong_and_its_line_is_named(function, x):
    verdict = judged(function, x)
    assert verdict.kind == "wrong" and "numbers left the tape" in verdict.message, verdict
    assert f"test_check_functions.py:{function.__code__.co_firstlineno}" in verdict.message, verdict


def test_what_the_engine_reads_is_not_named():
    matrix = np.array([[2.0, 1.0], [0.5, 3.0]])
    verdict = judged(lambda a: np.linalg.det(a) * a[0, 0].item(), matrix)
    assert verdict.kind == "wrong" and ": item at" in verdict.message and "more" not in verdict.message, verdict


def test_a_look_at_a_number_is_no_fault():
    assert judged(lambda x: (float(x[0]), x * x)[1], X).kind == "pass"
    assert judged(lambda x: (float(x[0, 0]), np.linalg.cholesky(x))[1], POSITIVE).kind == "pass"


def test_a_constant_gradient_within_the_rule_is_found_at_order_2():
    @ad.custom_gradient
    def cube(x):
        return x**3, lambda up: up * 3 * np.asarray(x) ** 2

    assert judged(cube, X).kind == "pass"
    verdict = judged(cube, X, order=2)
    assert verdict.kind == "wrong" and verdict.order == 2 and "__array__ at" in verdict.message, verdict


# -- symmetric matrices and several outputs ----------------------------------------------------------------------------

OF_SYMMETRIC = {
    "cholesky": (np.linalg.cholesky, POSITIVE),
    "cholesky of a stack": (np.linalg.cholesky, np.stack([POSITIVE, POSITIVE + np.eye(3)])),
    "cholesky of the upper triangle": (lambda a: np.linalg.cholesky(a, upper=True), POSITIVE),
    "eigh": (np.linalg.eigh, POSITIVE),
    "eigvalsh of the upper triangle": (lambda a: np.linalg.eigvalsh(a, UPLO="U"), GENERAL + GENERAL.T),
    "beside a function of general matrices": (lambda a: np.sum(np.linalg.cholesky(a)) + np.sum(a * GENERAL), POSITIVE),
    "a Gaussian process": (
        lambda a: np.log(np.diagonal(np.linalg.cholesky(a))).sum() + np.linalg.solve(a, X[:3]) @ X[:3],
        POSITIVE,
    ),
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("function, a", OF_SYMMETRIC.values(), ids=OF_SYMMETRIC)
def test_what_reads_one_triangle_is_checked_along_symmetric_directions(function, a, order):
    verdict = judged(function, a, order=order)
    assert verdict.kind == "pass" and f"to order {order}; along symmetric directions" in verdict.message, verdict


GENERAL_TOO = {
    "inv": np.linalg.inv,
    "solve": lambda a: np.linalg.solve(a, a + GENERAL),
    "det": np.linalg.det,
    "slogdet": np.linalg.slogdet,
    "svd": lambda a: np.linalg.svd(a, full_matrices=False),
    "qr": np.linalg.qr,
    "cholesky of a product": lambda a: np.linalg.cholesky(a @ a.T),
}


@pytest.mark.parametrize("a", [POSITIVE, GENERAL], ids=["symmetric", "general"])
@pytest.mark.parametrize("function", GENERAL_TOO.values(), ids=GENERAL_TOO)
def test_what_reads_a_whole_matrix_is_checked_along_all_directions(function, a):
    verdict = judged(function, a, order=2)
    assert str(verdict).startswith("pass: 9 numbers, to order 2") and "symmetric" not in verdict.message, verdict


WRONG_AT_SYMMETRIC = {
    "wrong for general matrices only": (weighted, "weighted"),
    "the same beside cholesky": (lambda a: np.sum(np.linalg.cholesky(a)) + weighted(a), "weighted"),
    "the other triangle": (of_one_triangle, "of_one_triangle. Probably transposed"),
    "the other triangle beside cholesky": (lambda a: np.linalg.cholesky(a) + of_one_triangle(a), "of_one_triangle"),
    "after cholesky": (lambda a: half(np.linalg.cholesky(a)), "half"),
    "after a full svd": (lambda a: half(np.linalg.svd(a[:, :2])[1]), "half"),
    "after svd": (lambda a: np.sum(half(np.linalg.svd(a, full_matrices=False)[1])), "half"),
}


@pytest.mark.parametrize("function, name", WRONG_AT_SYMMETRIC.values(), ids=WRONG_AT_SYMMETRIC)
def test_a_symmetric_argument_excuses_no_wrong_rule(function, name):
    verdict = judged(function, POSITIVE)
    assert verdict.kind == "wrong" and f"the op at fault is {name}" in verdict.message, verdict


def test_an_escape_of_the_antisymmetric_part_is_found():
    verdict = judged(lambda a: np.sum(np.linalg.cholesky(a)) + float(a[0, 1]) - float(a[1, 0]), POSITIVE)
    assert verdict.kind == "wrong" and "float at" in verdict.message, verdict


def test_a_matrix_that_is_not_symmetric_is_advised():
    verdict = judged(np.linalg.cholesky, POSITIVE + np.triu(GENERAL, 1) / 10)
    assert verdict.kind == "wrong" and "(m + m.T) / 2" in verdict.message, verdict


def test_a_wrong_rule_inside_vmap():
    assert judged(ad.vmap(lambda row: np.sum(half(row))), GENERAL).kind == "wrong"


def test_of_several_outputs_one_part_is_lost():
    def pair(x):
        return (x + x[::-1], np.sum(x) * np.ones((2, 2))), lambda g, h: g + np.sum(h[0])  # the other parts are not there

    verdict = judged(ad.custom_gradient(pair), X[:4])
    assert verdict.kind == "wrong" and "pair. Probably assignment for accumulation" in verdict.message, verdict


def test_nan_and_infinity_among_the_arguments_hide_nothing():
    holes = np.array([1.0, np.nan, 3.0])
    assert judged(np.nansum, holes).kind == judged(lambda x: np.nanmean(np.sin(x)), holes[::2]).kind == "pass"
    wrong = ad.custom_gradient(lambda x: (x * 1.0, lambda up: up * np.array([1.0, 1.0, 2.0])))
    assert judged(lambda x, y: np.sum(wrong(x)) - 1 / y, X[:3], -math.inf).kind == "wrong"
    verdict = judged(lambda x: np.nansum(wrong(x)), holes)
    assert verdict.kind == "wrong" and "argument 0 at [2]" in verdict.message and "is <lambda>" in verdict.message, verdict


def test_a_wrong_rule_of_several_outputs():
    verdict = judged(two, X)
    assert verdict.kind == "wrong" and "the op at fault is two" in verdict.message, verdict
    assert judged(lambda x: two(x)[0], X).kind == "pass"


# -- whatever comes and goes -------------------------------------------------------------------------------------------

ACCEPTED = {
    "dicts": (lambda p: {"y": p["a"] * p["b"]["c"]}, {"a": X, "b": {"c": 2.0}}),
    "0-d": (lambda x: x * x, np.array(2.0)),
    "a numpy number": (lambda x: x * x, np.float32(2.0)),
    "Values": (lambda a, b: a * b.tanh(), ad.Value(1.0), 2.0),
    "nothing at all": (lambda x: 2 * x, np.zeros((0, 3))),
    "an empty result": (lambda x: x[:0], X),
    "None among the results": (lambda x: (x * x, None), X),
    "whole numbers and truth among the results": (lambda x: (x * x, np.argmax(x), x > 0, 3), X),
    "whole numbers among the arguments": (lambda n, x: n * x, np.arange(5), X),
    "a result of changing shape": (lambda x: x[x > 0], X),
    "far numbers": (np.sin, np.array([1e8, 1e7])),
    "near numbers": (lambda x: 1 / x, np.array([1e-6])),
    "inside vmap": (ad.vmap(lambda row: np.sum(row * row)), GENERAL),
    "a jacobian": (lambda x: ad.jacobian(lambda z: np.sin(z) * z)(x), X),
    "the edge of a domain": (np.arccos, np.array([1 - 1e-9])),
}


@pytest.mark.parametrize("function, args", [(c[0], c[1:]) for c in ACCEPTED.values()], ids=ACCEPTED)
def test_these_pass(function, args):
    assert judged(function, *args).kind == "pass"


REFUSED = {
    "whole numbers": (ValueError, "no float among the arguments", np.sin, np.arange(3)),
    "a whole number": (ValueError, "write 1.0 for 1", np.sin, 3),
    "None": (TypeError, "returned None", lambda x: None, X),
    "a string": (TypeError, "returned 'a' of type str", lambda x: "a", X),
}


@pytest.mark.parametrize("error, words, function, x", REFUSED.values(), ids=REFUSED)
def test_these_are_refused_in_words(error, words, function, x):
    with pytest.raises(error, match=words):
        judged(function, x)


def test_an_order_is_at_least_1():
    with pytest.raises(ValueError, match="order should be 1"):
        judged(np.sin, X, order=0)


@pytest.mark.parametrize("shape", [(), (5, 1), (1, 5), (2, 5), (4,), (6,)])
def test_a_gradient_of_any_other_shape_is_a_verdict(shape):
    wrong = ad.custom_gradient(lambda x: (x * 2.0, lambda up: np.ones(shape)))
    verdict = judged(lambda x: np.sin(wrong(x)), X)
    assert verdict.kind == "wrong" and f"has shape {shape}, not (5,); the op at fault is <lambda>" in verdict.message, verdict


def test_assert_correct():
    assert ad.check_gradients.assert_correct(np.tanh, X, order=2).kind == "pass"
    with pytest.raises(AssertionError, match=r"gradient wrong: argument 0 at .* Probably factor 2"):
        ad.check_gradients.assert_correct(half, X)


def test_an_exception_of_the_function_leaves_its_variables_and_no_tape():
    v = ad.Variable([1.0, 2.0], dtype=float)

    def function():
        if not np.array_equal(v.numpy(), [1.0, 2.0]):
            raise KeyError("moved")
        return v * v

    function.trainable_variables = [v]
    with pytest.raises(KeyError):
        judged(function)
    assert v.numpy().tolist() == [1.0, 2.0]
    with ad.Tape() as tape:
        y = v * v
    assert tape.gradient(y, v).numpy().tolist() == [2.0, 4.0]
