"""vmap composes with gradients, tapes, Values, structures and random numbers, and says what it can't do."""

import re

import numpy as np
import pytest

import autodiff as ad

# -- composition -------------------------------------------------------------------------------------------------------

rng = np.random.default_rng(0)
X, W = rng.normal(size=(5, 3)), rng.normal(size=(3, 2))


def net(x):
    return np.tanh(x @ W) * np.sum(x)


def loss(x):
    return np.sum(net(x) ** 2)


def loop(function, *batches):
    return np.stack([np.asarray(function(*row)) for row in zip(*batches)])


@pytest.mark.parametrize("tool, function", [
    (ad.grad, loss), (ad.jacobian, net), (ad.hessian, loss), (lambda f: ad.grad(lambda x: np.sum(ad.jacobian(f)(x) ** 2)), net),
    (lambda f: lambda x: ad.jvp(f, (x,), (np.ones(3),))[1], net), (lambda f: lambda x: ad.hvp(f, x, np.ones(3)), loss),
    (lambda f: lambda x: ad.vjp(f, x)[1](np.ones(2))[0], net), (lambda f: ad.grad(ad.recompute_grad(f)), loss),
    (lambda f: lambda x: ad.value_and_grad(f)(x)[1], loss), (lambda f: lambda x: f(ad.stop_gradient(x)) * x[0], loss),
], ids=["grad", "jacobian", "hessian", "grad-jacobian", "jvp", "hvp", "vjp", "recompute", "value_and_grad", "stop"],
)  # fmt: skip
def test_the_tools_of_one_example_in_a_batch(tool, function):
    np.testing.assert_allclose(ad.vmap(tool(function))(X), loop(tool(function), ad.constant(X)), rtol=1e-9, atol=1e-12)


def test_tools_outside_a_batch():
    total = ad.grad(lambda x: np.sum(ad.vmap(loss)(x)))(X)
    np.testing.assert_allclose(total, loop(ad.grad(loss), X), rtol=1e-9)
    table = ad.jacobian(ad.vmap(net))(X)
    assert table.shape == (5, 2, 5, 3)
    np.testing.assert_allclose(np.einsum("iaib->iab", table), loop(ad.jacobian(net), X), rtol=1e-9)
    assert not np.any(table[0, :, 1])
    square = ad.hessian(lambda x: np.sum(ad.vmap(loss)(x)))(X[:2])
    np.testing.assert_allclose(square[1, :, 1], ad.hessian(loss)(X[1]), rtol=1e-9)
    moved = ad.jvp(ad.vmap(net), (X,), (np.ones_like(X),))[1]
    np.testing.assert_allclose(moved, loop(lambda x: ad.jvp(net, (x,), (np.ones(3),))[1], X), rtol=1e-9)


def test_a_jacobian_of_jacobians_of_batches():
    inner = lambda x: np.sum(ad.vmap(ad.jacobian(net))(x) ** 2, axis=(1, 2))
    np.testing.assert_allclose(
        np.einsum("iib->ib", ad.jacobian(inner)(X)), loop(ad.grad(lambda x: np.sum(ad.jacobian(net)(x) ** 2)), X), rtol=1e-9
    )


def test_tapes_inside_and_outside():
    v = ad.Variable(W)

    def slope(x):
        with ad.Tape() as inner:
            inner.watch(x)
            y = np.sum(np.tanh(x @ v) ** 2)
        return inner.gradient(y, x)

    with ad.Tape() as outer:
        total = np.sum(ad.vmap(slope)(ad.constant(X)) ** 2)
    with ad.Tape() as plain:
        again = sum(np.sum(slope(ad.constant(x)) ** 2) for x in X)
    np.testing.assert_allclose(outer.gradient(total, v), plain.gradient(again, v), rtol=1e-9)


def test_a_variable_that_every_example_uses_gets_the_sum_of_their_gradients():
    v = ad.Variable(W)
    with ad.Tape() as tape:
        y = np.sum(ad.vmap(lambda x: np.sum(np.tanh(x @ v) ** 2))(X))
    with ad.Tape() as plain:
        z = np.sum(np.tanh(X @ v) ** 2)
    np.testing.assert_allclose(tape.gradient(y, v), plain.gradient(z, v), rtol=1e-9)


def test_also_where_examples_run_one_by_one():
    v = ad.Variable(np.eye(3) + rng.normal(size=(3, 3)) / 3)
    function = lambda x: np.sum(np.interp(x, np.arange(3.0), v[0])) + np.linalg.det(v * x)
    with ad.Tape() as tape:
        y = np.sum(ad.vmap(function)(X))
    with ad.Tape() as plain:
        z = sum(function(ad.constant(x)) for x in X)
    np.testing.assert_allclose(tape.gradient(y, v), plain.gradient(z, v), rtol=1e-9)


def test_a_persistent_tape_inside_gives_each_example_its_own():
    v = ad.Variable(W)

    def per_example(x):
        with ad.Tape(persistent=True) as tape:
            y = np.sum(np.tanh(x @ v) ** 2)
        return tape.gradient(y, v), tape.gradient(y, v)

    first, second = ad.vmap(per_example)(X)
    want = loop(ad.grad(lambda w, x: np.sum(np.tanh(x @ w) ** 2)), [W] * 5, X)
    np.testing.assert_allclose(first, want, rtol=1e-9)
    np.testing.assert_allclose(second, want, rtol=1e-9)


def test_per_example_gradients_of_a_network():
    weights = {"hidden": [rng.normal(size=(3, 4)), rng.normal(size=4)], "out": (rng.normal(size=(4, 1)),)}

    def cost(weights, x, y):
        kernel, bias = weights["hidden"]
        return np.sum((ad.relu(x @ kernel + bias) @ weights["out"][0] - y) ** 2)

    target = rng.normal(size=5)
    found = ad.vmap(ad.grad(cost), in_axes=(None, 0, 0))(weights, X, target)
    for k in range(5):
        one = ad.grad(cost)(weights, X[k], target[k])
        np.testing.assert_allclose(found["hidden"][0][k], one["hidden"][0], rtol=1e-9)
        np.testing.assert_allclose(found["hidden"][1][k], one["hidden"][1], rtol=1e-9)
        np.testing.assert_allclose(found["out"][0][k], one["out"][0], rtol=1e-9)


def test_ops_of_ones_own():
    @ad.custom_gradient
    def twice(x):
        return x * 2.0, lambda g: 3.0 * g

    np.testing.assert_allclose(ad.vmap(twice)(X), 2 * X)
    np.testing.assert_allclose(ad.vmap(ad.grad(lambda x: np.sum(twice(x) * x)))(X), 2 * X + 3 * X)
    np.testing.assert_allclose(ad.vmap(ad.jacobian(twice))(X), np.broadcast_to(3 * np.eye(3), (5, 3, 3)))


def test_values_in_a_batch():
    """A number outside gets the sum over the examples, one inside has a derivative for each."""
    w = ad.Value(2.0)
    with ad.Tape() as outer:
        with ad.Tape() as tape:
            y = np.sum(ad.vmap(lambda x: w**3 * np.sum(x))(X))
        slope = tape.gradient(y, w)
    np.testing.assert_allclose([float(slope), float(outer.gradient(slope, w))], [12 * X.sum(), 12 * X.sum()])
    inside = ad.vmap(lambda x: ad.grad(ad.grad(lambda s: np.sum(s**3 * x)))(2.0))(X)
    np.testing.assert_allclose(inside, 12 * X.sum(axis=1))


def test_lists_and_constants_of_examples():
    np.testing.assert_allclose(ad.vmap(lambda x: ad.mean([x[0], x[1]]))(X), X[:, :2].mean(axis=1))
    np.testing.assert_allclose(ad.vmap(lambda x: np.stack([a * 2 for a in x]))(X), 2 * X)
    np.testing.assert_allclose(ad.vmap(lambda x: ad.constant(x) + ad.convert_to_tensor([x[0], 1.0, 2.0]))(X), X + np.stack(
        [X[:, 0], np.ones(5), 2 * np.ones(5)], 1))  # fmt: skip
    np.testing.assert_allclose(ad.vmap(lambda x: x[np.argmax(x)])(X), X.max(axis=1))
    np.testing.assert_allclose(ad.vmap(lambda k: ad.constant(X)[k])(np.array([4, 0])), X[[4, 0]])


# -- axes and structures -----------------------------------------------------------------------------------------------


def test_axes():
    np.testing.assert_allclose(ad.vmap(net, in_axes=1)(X.T), ad.vmap(net)(X))
    np.testing.assert_allclose(ad.vmap(net, in_axes=-1, out_axes=1)(X.T), ad.vmap(net)(X).T)
    np.testing.assert_allclose(ad.vmap(lambda a, b: a - b, in_axes=(0, 1))(X, X.T), 0 * X)
    np.testing.assert_allclose(ad.vmap(lambda a, b: a - b, in_axes=(0, None))(X, X[0]), X - X[0])
    np.testing.assert_allclose(ad.vmap(lambda a, b: a - b)(X, b=X), 0 * X)
    y, same_for_all = ad.vmap(lambda x: (x, np.ones(2)), out_axes=(1, None))(X)
    assert y.shape == (3, 5) and same_for_all.shape == (2,)
    assert ad.vmap(lambda x: 7.0)(X).tolist() == [7.0] * 5


def test_structures():
    data = {"x": X, "pair": (X[:, 0], 2.0)}
    whole = ad.vmap(lambda d: {"y": d["x"] * d["pair"][0], "z": [d["pair"][1]]}, in_axes=({"x": 0, "pair": (0, None)},))(data)
    np.testing.assert_allclose(whole["y"], X * X[:, :1])
    assert whole["z"][0].tolist() == [2.0] * 5
    y = ad.vmap(lambda d: d["a"], in_axes=({"a": 1},), out_axes=1)({"a": X.T})
    np.testing.assert_allclose(y, X.T)


KEYS = (lambda i: i, lambda i: (i, 1), lambda i: (1, i), lambda i: (slice(None), i), lambda i: (..., i),
        lambda i: (i, slice(1, 3), i), lambda i: (slice(1, None), None, i, 0), lambda i: (0, slice(None), i),
        lambda i: (i[0], slice(None), i), lambda i: i[0], lambda i: (slice(None), i[0]), lambda i: (..., i[1], None),
        lambda i: (slice(None), [1, 0], i), lambda i: (i, ..., [0, 4]), lambda i: (i[0], 2, i[1]))  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("axis", [None, 0])
def test_indices_that_differ_by_example(key, axis):
    table, k = rng.normal(size=(4, 5, 6)), ad.constant(np.array([[0, 2], [3, 3], [1, 0]]))
    tables = ad.constant(table if axis is None else np.stack([table, 2 * table, -table]))
    pick = lambda t, i: t[key(i)]
    for function in (pick, ad.grad(lambda t, i: np.sum(pick(t, i) ** 2))):
        want = [np.asarray(function(tables if axis is None else tables[n], k[n])) for n in range(3)]
        np.testing.assert_allclose(ad.vmap(function, (axis, 0))(tables, k), np.stack(want))


def test_float32_stays():
    assert ad.vmap(ad.grad(lambda x: np.mean(np.exp(x)) * 2))(X.astype("f4")).dtype == np.float32


def test_an_empty_batch():
    assert ad.vmap(ad.grad(loss))(X[:0]).shape == (0, 3)
    with pytest.raises(TypeError, match="empty batch"):
        ad.vmap(np.lexsort)(np.ones((0, 2, 2)))


# -- random numbers ----------------------------------------------------------------------------------------------------


def test_random_numbers_differ_by_example():
    noisy = lambda x: x + ad.random_draw(np.random.default_rng(0).normal, x.shape)
    y = ad.vmap(noisy)(np.zeros((4, 3)))
    assert y.shape == (4, 3) and len(np.unique(y)) == 12
    z = ad.vmap(ad.vmap(noisy))(np.zeros((2, 4, 3)))
    assert z.shape == (2, 4, 3) and len(np.unique(z)) == 24
    assert ad.random_draw(np.random.default_rng(0).normal, ()).shape == ()


# -- errors ------------------------------------------------------------------------------------------------------------


def raises(error, text, call):
    with pytest.raises(error, match=re.escape(text)):
        call()


def test_what_needs_the_numbers_of_one_example_says_so():
    for function in (lambda x: x if x > 0 else -x, lambda x: float(x), lambda x: int(x), lambda x: x.item(),
                     lambda x: x.tolist(), lambda x: np.asarray(x),
                     lambda x: ad.Variable(1.0).assign(x)):  # fmt: skip
        raises(TypeError, "there is a batch of them", lambda function=function: ad.vmap(function)(np.ones(3)))


def test_errors_say_what_was_given():
    add = lambda a, b: a + b
    raises(ValueError, "different sizes: shapes [(2,), (3,)]", lambda: ad.vmap(add)(np.ones(3), np.ones(2)))
    raises(ValueError, "needs at least one argument with a batch", lambda: ad.vmap(add, None)(np.ones(3), np.ones(2)))
    raises(ValueError, "say in_axes=None", lambda: ad.vmap(add)(np.ones(3), 2.0))
    raises(ValueError, "the axes (0,) for a list of 2", lambda: ad.vmap(add, in_axes=(0,))(np.ones(3), np.ones(3)))
    draw = np.random.default_rng(0).normal
    raises(TypeError, "draw standard numbers", lambda: ad.random_draw(draw, 3, ad.Variable(1.0)))
    assert ad.random_draw(draw, np.int64(3)).shape == (3,) and np.shape(ad.random_draw(draw, ())) == ()
    raises(ValueError, "out_axes can't be None", lambda: ad.vmap(add, out_axes=None)(np.ones(3), np.ones(3)))
    raises(TypeError, "different shapes", lambda: ad.vmap(lambda x: np.nonzero(x)[0])(np.array([[0, 1], [1, 1]])))
    raises(Exception, "axis 2 is out of bounds", lambda: ad.vmap(lambda x: np.sum(x, axis=2))(np.ones((3, 2))))
    raises(Exception, "axis -2 is out of bounds", lambda: ad.vmap(lambda x: np.sum(x, axis=-2))(np.ones((3, 2))))
    reshaped = lambda x: np.reshape(x, 3)
    raises(ValueError, "cannot reshape array of size 2 into shape (3,)", lambda: ad.vmap(reshaped)(np.ones((3, 2))))


def test_a_batch_can_be_printed():
    shown = []
    ad.vmap(lambda x: shown.append(f"{x!r} {x}") or x)(np.ones((3, 2)))
    assert shown == ["Tensor(Batched(shape=(2,), dtype=float64, batch=3)) Tensor(Batched(shape=(2,), dtype=float64, batch=3))"]
