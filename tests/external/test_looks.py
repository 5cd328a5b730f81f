"""Numbers of lazy arrays that are not finite: what `debug` says when they are computed, and gradients of 0 times infinity."""

import numpy as np
import pytest
from cloudpickle import dumps, loads

import autodiff as ad

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:dask")  # numpy's, of a task that makes such a number


def lazy(x):
    return da.from_array(np.asarray(x, float), chunks=2)


def computed(x):
    """As another process computes it."""
    return loads(dumps(x)).compute(scheduler="synchronous")


def looked_at(f, x, wanted):
    """The loss or the gradient of f at a lazy x, computed after it was written with `debug`."""
    x = ad.Variable(lazy(x), name="x")
    with ad.debug(), ad.Tape() as tape:
        loss = f(x)
    with ad.debug():
        gradient = tape.gradient(loss, x)
    return computed({"loss": loss, "gradient": gradient}[wanted].data)


TEXTS = {
    "the first of several": (lambda x: np.sum(np.sqrt(np.log(x))), [1.0, 2.0, 3.0, 0.0], "loss", [
        "log: 1 of 2 results is not finite: -inf, the first at [1].\n(In block (1,) of a lazy array:", "test_looks.py:",
        "operand 0: array of shape (2,), float64, from 0 to 3", "log of 0 is -inf.\nTry np.log(np.maximum(x, 1e-12))"]),
    "a slope": (lambda x: np.sum(np.sqrt(x)), [1.0, 2.0, 0.0, 4.0], "gradient", [
        "The gradient of sqrt: 1 of 2 numbers is not finite: inf, the first at [0].",
        "sqrt was called here, in the forward pass:",
        "gradient in:           array of shape (2,), float64, all 1", "The slope of sqrt at 0 is inf."]),
    "a slope that is summed": (lambda x: np.sum(np.sqrt(x[:2] + x[2] * np.zeros(2))), [0.0] * 3, "gradient", [
        "The gradient of sqrt: 2 of 2 numbers are not finite: inf"]),
    "an op of whole arrays": (lambda x: x @ np.array([1.0, np.nan, 2.0, 3.0]), [1.0] * 4, "loss", [
        "matmul: the result is nan.", "One of its operands may have had such a number"]),
    "an infinity that reaches the target": (lambda x: x @ np.full(4, 1e308), [9.0] * 4, "loss", ["matmul: the result is inf."]),
}  # fmt: skip


@pytest.mark.parametrize(("f", "x", "wanted", "texts"), TEXTS.values(), ids=TEXTS)
def test_debug_names_the_operation_when_the_numbers_are_computed(f, x, wanted, texts):
    with pytest.raises(ad.NonFiniteError) as caught:
        looked_at(f, x, wanted)
    for text in texts:
        assert text in str(caught.value)


def test_a_users_own_op_is_named_in_another_process():
    own = ad.custom_gradient(lambda x: (np.exp(x), lambda g: g * np.inf))
    with pytest.raises(ad.NonFiniteError, match=r"gradient of .*: 2 of 2 numbers are not finite: inf"):
        looked_at(lambda x: np.sum(own(x)), [1.0, 2.0], "gradient")


def test_debug_lets_the_infinity_of_a_mask_through():
    masked = lambda x: np.sum(np.exp(np.where(x > 1, x, -np.inf)))
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(looked_at(masked, x, "gradient"), ad.grad(masked)(x))


def test_debug_changes_no_number_and_looks_once():
    f = lambda x: np.sum(np.tanh(np.reshape(x, (2, 2)) @ np.array([[1.0, 2.0], [3.0, 4.0]])) * np.array([1.0, 2.0]))
    x = np.arange(4.0) / 10
    np.testing.assert_allclose(looked_at(f, x, "gradient"), ad.grad(f)(x), rtol=1e-14)
    with ad.debug(), ad.Tape(debug=True):
        y = np.tanh(ad.Variable(lazy(x)))
    assert sum(name.startswith("looked-at") for name in y.data.dask.layers) == 1


HIDDEN = {
    "a saturated function": lambda x: np.sum(np.tanh(np.exp(x))),
    "a quotient": lambda x: np.sum(1.0 / (1.0 + np.exp(x) ** 2)),
    "a branch that is not taken": lambda x: np.sum(np.where(x > 0, np.log(x), 0.0)),
    "with a constant that is broadcast": lambda x: np.sum(np.tanh(np.exp(np.reshape(x, (-1, 1))) * np.array([1.0, 2.0]))),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", HIDDEN.values(), ids=HIDDEN)
def test_nothing_flows_out_of_0_times_infinity(f):
    x = np.array([-1000.0, 0.0, 1000.0, 2.0])
    expected = ad.grad(f)(x)
    assert np.isfinite(expected).all()
    np.testing.assert_array_equal(computed(ad.grad(f)(lazy(x))), expected)


def test_a_careful_gradient_has_no_more_tasks_than_a_rule_in_dasks_functions():
    x = ad.Variable(lazy(np.arange(8.0)))
    with ad.Tape() as tape:
        y = np.tanh(x)
    by_hand = da.tanh(x.data)
    tasks = [len(found.dask) for found in dask.optimize(tape.gradient(y, x).data, da.ones_like(x.data) * (1 - by_hand**2))]
    assert tasks[0] <= tasks[1]
