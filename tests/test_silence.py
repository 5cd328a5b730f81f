"""Nothing in, nothing out: what a mask leaves out of a result it leaves out of the gradient, also beside NaN and infinity."""

import numpy as np
import pytest
from samples import SAMPLES, leaves, planted
from together import each

import autodiff as ad

HOLES = np.array([np.nan, 1.0, 2.0, np.inf])
SEEN = np.isfinite(HOLES)
MATRIX = np.array([[np.nan, 1.0], [1.0, 2.0], [np.inf, 0.5]])
ROWS = np.array([[False], [True], [False]])
MASKED = {
    "a product": (lambda w: np.sum(np.where(SEEN, w * HOLES, 0.0)), 1.0, 3.0),
    "a square": (lambda w: np.sum(np.where(SEEN, (w - HOLES) ** 2, 0.0)), 1.0, -2.0),
    "a function of a product": (
        lambda w: np.sum(np.where(SEEN, np.tanh(w * HOLES), 0.0)), 1.0, np.cosh(1.0) ** -2 + 2 * np.cosh(2.0) ** -2),
    "a quotient": (lambda w: np.sum(np.where(SEEN, w / HOLES, 0.0)), 1.0, 1.5),
    "a power": (lambda w: np.sum(np.where([False, True], np.array([np.inf, 2.0]) ** w, 0.0)), 1.0, 2 * np.log(2.0)),
    "a logarithm below 0": (lambda a: np.sum(np.where(HOLES > 1, a * np.log(HOLES - 1.5), 0.0)[1:3]), 1.0, np.log(0.5)),
    "by index": (lambda w: np.sum(((w - HOLES) ** 2)[SEEN]), 1.0, -2.0),
    "by where=": (lambda w: np.sum((w - HOLES) ** 2, where=SEEN), 1.0, -2.0),
    "nansum": (lambda w: np.nansum(np.where(SEEN, w * HOLES, np.nan)), 1.0, 3.0),
    "nanmean of squares": (lambda w: np.nanmean((w * np.array([np.nan, 1.0, 2.0])) ** 2), 1.0, 5.0),
    "nan_to_num": (lambda w: np.sum(np.nan_to_num(w * np.array([np.nan, 3.0]))), 1.0, 3.0),
    "rows of a product": (lambda w: np.sum(np.where(ROWS, MATRIX @ w, 0.0)), np.ones((2, 1)), [[1.0], [2.0]]),
    "rows of an einsum": (lambda w: np.sum(np.where(ROWS[:, 0], np.einsum("ij,j->i", MATRIX, w), 0.0)), np.ones(2), [1.0, 2.0]),
    "rows of a tensordot": (lambda w: np.tensordot(MATRIX, w, 1)[1], np.ones(2), [1.0, 2.0]),
    "rows of a softmax": (
        lambda w: np.sum(np.where(ROWS, ad.softmax(w * MATRIX) * [1.0, 0.0], 0.0)), 1.0, -np.exp(1.0) / (1 + np.exp(1.0)) ** 2),
    "rows of a norm": (lambda w: np.linalg.norm(w * MATRIX, axis=1)[1], 1.0, np.sqrt(5.0)),
    "rows of a deviation": (lambda w: np.std(w * MATRIX, axis=1)[1], 1.0, 0.5),
    "rows of a product of all": (lambda w: np.prod(w * MATRIX, axis=1)[1], 1.0, 4.0),
    "rows of a maximum": (lambda w: np.max(w * MATRIX, axis=1)[1], 1.0, 2.0),
    "one matrix of several": (
        lambda w: np.linalg.det(w * np.stack([np.full((2, 2), np.nan), 2 * np.eye(2)]))[1], 1.0, 8.0),
    "a slogdet of several": (
        lambda w: np.linalg.slogdet(w * np.stack([np.full((2, 2), np.nan), 2 * np.eye(2)]))[1][1], 1.0, 2.0),
    "an inverse of several": (
        lambda w: np.sum(np.linalg.inv(w * np.stack([np.full((2, 2), np.inf), 2 * np.eye(2)]))[1]), 1.0, -1.0),
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("way", ["eager", "large", "persistent", "traced", "vmap", "second order", "float32", "forward mode"])
@each("f, at, right", MASKED)
def test_what_a_mask_leaves_out_is_left_out_of_the_gradient(f, at, right, way):
    at = np.asarray(at)
    if way == "eager":
        found = ad.grad(f)(at)
    elif way == "large":  # where the walk frees what it has passed
        w, more = ad.Variable(at), ad.Variable(np.ones(100_000))
        with ad.Tape() as tape:
            y = f(w) + np.sum(np.tanh(more * 2.0))
        found, others = tape.gradient(y, [w, more])
        assert np.isfinite(others.numpy()).all()
    elif way == "persistent":
        w = ad.Variable(at)
        with ad.Tape(persistent=True) as tape:
            y = f(w)
        found = tape.gradient(y, w)
        np.testing.assert_array_equal(tape.gradient(y, w), found)
    elif way == "traced":
        traced = ad.function(ad.grad(f))
        found = traced(at)
        np.testing.assert_array_equal(traced(at), found)
    elif way == "vmap":
        both = ad.vmap(ad.grad(f))(np.stack([at, at]))
        np.testing.assert_array_equal(both[0], both[1])
        found = both[0]
    elif way == "second order":
        found = ad.grad(lambda s: np.sum(ad.grad(lambda w: f(w * s))(at) * at))(1.0)
        step = 1e-5  # of the derivative of s -> <f'(s w), w> s
        slope = [np.sum(np.asarray(ad.grad(f)(at * s)) * at) * s for s in (1 + step, 1 - step)]
        return np.testing.assert_allclose(np.asarray(found), (slope[0] - slope[1]) / (2 * step), rtol=1e-6)
    elif way == "float32":
        found = ad.grad(f)(at.astype(np.float32))
        return np.testing.assert_allclose(np.asarray(found), right, rtol=1e-5)
    else:
        found, right = ad.jvp(f, (at,), (np.ones_like(at),))[1], np.sum(right)
    np.testing.assert_allclose(np.asarray(found), right, rtol=1e-12)


def test_a_trace_of_finite_numbers_goes_again_where_they_are_not():
    @ad.function
    def step(w, data):
        return ad.grad(lambda w: np.nansum((w - data) ** 2))(w)

    assert float(step(1.0, np.array([1.0, 2.0]))) == -2.0 and step.traces == 1
    assert float(step(1.0, np.array([np.nan, 2.0]))) == -2.0 and step.traces == 2
    assert float(step(1.0, np.array([3.0, 2.0]))) == -6.0
    assert float(step(1.0, np.array([2.0, np.nan]))) == -2.0 and step.traces == 2
    assert "not all finite" in step.reasons[0]


def test_a_trace_changes_no_variable_before_it_has_looked():
    v = ad.Variable([1.0, 1.0])

    @ad.function
    def step(data):
        for row in (0, 1):
            with ad.Tape() as tape:
                loss = np.nansum((v - data[row]) ** 2)
            v.assign_sub(0.5 * tape.gradient(loss, v))
        return loss

    step(np.array([[2.0, 2.0], [3.0, 3.0]]))
    step(np.array([[4.0, 4.0], [5.0, 5.0]]))
    np.testing.assert_array_equal(v, [5.0, 5.0])
    step(np.array([[6.0, 6.0], [np.nan, 7.0]]))
    np.testing.assert_array_equal(v, [6.0, 7.0])


def test_what_does_flow_is_not_hidden():
    assert np.isnan(float(ad.grad(lambda w: np.sum(w * HOLES))(1.0)))
    found = ad.grad(lambda w: np.sum(np.where(ROWS, 1.0, MATRIX @ w)))(np.ones((2, 1)))
    assert not np.isfinite(np.asarray(found)[0])
    assert np.asarray(ad.grad(lambda x: np.sum(np.sqrt(x)))(np.array([0.0, 4.0]))).tolist() == [np.inf, 0.25]


DAMAGED = [sample for rows in SAMPLES.values() for sample in rows[:1] if leaves(sample.args)]


@each("sample", {sample.id: sample for sample in DAMAGED})
def test_where_nothing_arrives_nothing_leaves(sample):
    """For every rule, at numbers of which the first of each array is NaN, with a cotangent of zeros."""
    def damaged(x):
        x = np.array(x)
        x.reshape(-1)[:1] = np.nan
        return x

    xs = [ad.Variable(damaged(x)) for x in leaves(sample.args)]
    try:
        with ad.Tape() as tape:
            y = sample.function(*planted(sample.args, iter(xs)), **sample.keywords)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return  # numpy has no value there
    outputs = [part for part in (y if isinstance(y, tuple) else (y,)) if isinstance(part, ad.Tensor) and part.dtype.kind == "f"]
    zeros = [np.zeros_like(part.numpy()) for part in outputs]
    if outputs:
        for g in tape.gradient(outputs, xs, output_gradients=zeros):
            assert g is None or not np.any(g.numpy())
