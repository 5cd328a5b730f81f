"""check_gradients can't be fooled: not by size, by NaN, by rounding. And a right gradient costs it few evaluations."""

import math

import numpy as np
import pytest

import autodiff as ad

rng = np.random.default_rng(7)
X, MANY = rng.normal(size=5), rng.normal(size=30_000)


@ad.custom_gradient
def half(x):
    return x * x, lambda up: up * x  # should be 2 x


def spoilt(at, n=MANY.size):
    """x ** 2 with a gradient that is wrong at one number."""
    factors = np.ones(n)
    factors[at] = 2.0
    return ad.custom_gradient(lambda x: (x**2, lambda up: up * 2 * x * factors))


def judged(function, *args, order=1):
    return ad.check_gradients(function, *args, order=order)


# -- the wrong number among many -------------------------------------------------------------------------------------


@pytest.mark.parametrize("at, total", [(0, np.sum), (2000, lambda y: y), (29_999, lambda y: np.mean(np.tanh(y)))])
def test_one_wrong_number_of_many_is_found(at, total):
    wrong = spoilt(at)
    verdict = judged(lambda x: total(wrong(x)), MANY)
    assert verdict.kind == "wrong" and f"argument 0 at [{at}]" in verdict.message, verdict


def test_one_of_a_hundred_thousand():
    wrong = spoilt(77_777, 100_000)
    assert "argument 0 at [77777]" in judged(lambda x: np.sum(wrong(x)), rng.normal(size=100_000)).message


def test_beyond_the_first_thousands_a_block_is_found():
    verdict = judged(lambda x: np.concatenate([x[:5000] ** 2, half(x[5000:])]), MANY[:10_000])
    assert verdict.kind == "wrong" and "the op at fault is half. Probably factor 2" in verdict.message, verdict


def test_in_an_argument_behind_others():
    verdict = judged(lambda p, n: {"y": p["a"] * n, "z": [half(p["b"][1])]}, {"a": MANY[:3000], "b": (2.0, X)}, 3)
    assert verdict.kind == "wrong" and "argument 2 at" in verdict.message, verdict


def test_kinks_everywhere_do_not_hide_it():
    wrong, zeros = spoilt(777, 5000), np.zeros(5000)
    assert judged(lambda x: np.sum(np.abs(wrong(x + 1) - 1)), zeros).kind == "wrong"
    assert judged(lambda x: np.concatenate([ad.relu(x[:2500]), half(x[2500:] + 1)]), zeros).kind == "wrong"
    verdict = judged(lambda x: np.sum(ad.relu(x)), zeros)
    assert verdict.kind == "kink" and "or more of 5000 numbers" in verdict.message, verdict


def test_a_large_result_does_not_hide_a_small_one():
    for function in (lambda x: (1e7 * x, half(x)), lambda x: [np.sum(1e7 * x), 1e-3 * np.sum(half(x))]):
        assert judged(function, X).kind == "wrong"
    for constant in (np.array([1e14]), np.full(3, -1e20)):
        assert judged(lambda x, constant=constant: np.concatenate([constant, half(x)]), X).kind == "wrong"
        assert judged(lambda x, constant=constant: (constant, x * x), X).kind == "pass"


def test_a_right_gradient_costs_few_evaluations_however_many_numbers():
    for x in (np.ones((300, 300)), MANY, MANY.astype(np.float32), X):
        calls = []

        def function(x, calls=calls):
            calls.append(1)
            return np.tanh(x).sum()

        assert judged(function, x).kind == "pass" and len(calls) <= 40, len(calls)


def test_float32_functions():
    assert judged(lambda x: np.tanh(x.astype(np.float32)), MANY).kind == "pass"
    assert judged(lambda x: np.tanh(x.astype(np.float32)).astype(float), X).kind == "pass"
    assert judged(lambda x: np.tanh(x), X.astype(np.float32)).kind == "pass"
    assert judged(lambda x: half(x.astype(np.float32)), X).kind == "wrong"
    assert judged(lambda x: spoilt(1234, 10_000)(x.astype(np.float32)), MANY[:10_000]).kind == "wrong"
    assert judged(lambda x: half(x.astype(np.float16)), X).kind == "wrong"


# -- NaN and infinity ------------------------------------------------------------------------------------------------

NONFINITE = {
    "one of several results": (lambda x: (half(x), {"b": np.log(x)}), np.array([1.0, -2.0]), "result 1 at [1] is nan"),
    "every result": (lambda x: x * math.nan, X, "result 0 at [0] is nan"),
    "an infinite result": (lambda x: 1 / x, np.array([1.0, 0.0]), "result 0 at [1] is inf"),
    "a wrong rule times infinity": (lambda x: half(x) * math.inf, X[:1], "result 0 at [0] is inf"),
    "a number": (lambda x: x * math.nan, 2.0, "result 0 is nan"),
    "an infinite slope": (np.sqrt, np.array([1.0, 0.0]), "argument 0 at [1]: the tape says inf"),
    "a gradient of nan": (lambda x: np.sqrt(np.sum(x * x)), np.zeros(2), "argument 0 at [0]: the tape says nan"),
}


@pytest.mark.parametrize("function, x, words", NONFINITE.values(), ids=NONFINITE)
def test_nan_and_infinity_are_a_verdict(function, x, words):
    verdict = judged(function, x)
    assert verdict.kind == "nonfinite" and not verdict
    assert verdict.message.startswith(words), verdict


def test_nan_in_the_second_derivative():
    verdict = judged(lambda x: x**1.5, np.array([0.0, 1.0]), order=2)
    assert verdict.kind == "nonfinite" and verdict.order == 2, verdict


# -- rounding --------------------------------------------------------------------------------------------------------

NOISE = {
    "a large constant": lambda x: x + 1e14,
    "a larger one": lambda x: x + 1e17,
    "in a sum": lambda x: np.sum(x * x) + 1e14,
    "added and taken away": lambda x: (x + 1e14) - 1e14,
    "in one of the results": lambda x: (x[0] + 1e14, x**2),
    "under a wrong rule": lambda x: half(x) + 1e14,
}


@pytest.mark.parametrize("function", NOISE.values(), ids=NOISE)
def test_what_rounding_hides_is_noise(function):
    assert judged(function, X).kind == "noise"


def test_a_longer_step_sees_through_some_noise():
    assert judged(lambda x: half(x) + 1e10, X).kind == "wrong"


def test_what_does_not_move_has_no_slope():
    straight = ad.grad_pass_through(np.round)
    for function in (straight, lambda x: (1e4 * x, 1e-3 * straight(x))):
        verdict = judged(function, X)
        assert verdict.kind == "wrong" and "the op at fault is through" in verdict.message, verdict
    assert judged(np.floor, X).kind == judged(lambda x: 3.0, X).kind == "pass"


CONSTANT = {
    "deviations": lambda x: np.sum(x - np.mean(x)),
    "a difference of two equal things": lambda x: ad.logsumexp(x) - np.mean(ad.logsumexp(x) - x) - np.mean(x),
    "shares": lambda x: np.sum(x / np.sum(x)),
    "a standardized batch": lambda x: np.sum((x - np.mean(x)) / np.std(x)),
}


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("name", CONSTANT)
def test_the_rounding_of_a_result_that_does_not_move_is_no_kink(name, scale):
    kinds = {ad.check_gradients(CONSTANT[name], np.cos(np.arange(6.0)) * scale, seed=seed).kind for seed in range(2)}
    assert kinds <= {"pass", "noise"}, kinds
