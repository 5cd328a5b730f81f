"""Item assignment on a copy: it is recorded as numpy does it, and nothing else changes."""

import numpy as np
import pytest

import autodiff as ad

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.array([0.5, -1.5, 2.5])

KEYS = {
    "an element": (1, 2), "a negative index": (-1, -1), "a row": 0, "a column": (slice(None), 1),
    "a slice": (slice(0, 1), slice(1, 3)),
    "a step": (slice(None), slice(None, None, -2)), "everything": Ellipsis, "a new axis": (None, 0), "no element": slice(0, 0),
    "an index array": ([1, 0], [2, 0]), "a repeated index": ([0, 0, 1], [1, 1, 2]), "repeated rows": [1, 1],
    "a mask": np.array([[True, False, True], [False, True, False]]), "a mask of rows": np.array([False, True]),
    "an array and a slice": (slice(None), [2, 0, 2]), "parted index arrays": ([0, 1], None, [1, 2]),
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize("update", [False, True], ids=["set", "add"])
def test_it_writes_as_numpy_and_its_derivatives_are_right(key, update):
    values = np.arange(1.0, 1.0 + np.size(X[key])).reshape(np.shape(X[key]))

    def write(y, v):
        if update:
            y[key] += v
        else:
            y[key] = v
        return y

    def f(x, v):
        y = write(ad.convert_to_tensor(x).copy(), np.sin(v))
        return np.sum(y * y * x) + np.sum(y[0])

    with ad.Tape() as tape:
        x = ad.Variable(X)
        y = write(x.copy(), values * 2.0)
    np.testing.assert_array_equal(y, write(X.copy(), values * 2.0))
    np.testing.assert_array_equal(x, X)
    assert tape.gradient(y, x) is not None
    if np.size(X[key]):
        assert ad.check_gradients(f, X, values, order=2)
    tangents = np.ones_like(X), np.cos(values)
    dy = ad.jvp(f, (X, values), tangents)[1]
    by_rows = ad.grad(f, argnums=(0, 1))(X, values)
    np.testing.assert_allclose(dy, sum(np.sum(g * t) for g, t in zip(by_rows, tangents, strict=True)))
    slopes = ad.vmap(ad.grad(f), in_axes=(0, None))(np.stack([X, 2.0 * X]), values)
    np.testing.assert_allclose(slopes[1], ad.grad(f)(2.0 * X, values))
    slopes = ad.vmap(ad.grad(f, 1), in_axes=(None, 0))(X, np.stack([values, 2.0 * values]))
    np.testing.assert_allclose(slopes[1], ad.grad(f, 1)(X, 2.0 * values))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 1), (2, 3), (1, 2, 3)])
def test_what_is_written_broadcasts(shape):
    v = np.arange(1.0, 1.0 + np.prod(shape, dtype=int)).reshape(shape)

    def f(x, v):
        y = ad.convert_to_tensor(x).copy()
        y[...] = v * v
        return np.sum(y * x)

    assert ad.check_gradients(f, X, v, order=2)
    slopes = ad.vmap(ad.grad(f, 1), in_axes=(None, 0))(X, np.stack([v, 3.0 * v]))
    np.testing.assert_allclose(slopes[1], ad.grad(f, 1)(X, 3.0 * v))


def test_of_a_repeated_index_the_last_value_is_there():
    def f(v):
        y = np.zeros(2, like=v)
        y[[0, 0, 1]] = v
        return np.sum(y * np.array([10.0, 1.0]))

    np.testing.assert_array_equal(ad.grad(f)(V), [0.0, 10.0, 1.0])


@pytest.mark.parametrize("make", [
    lambda x: x.copy(), np.copy, ad.copy, lambda x: np.copy(x) * 0.0 + np.zeros_like(x), np.zeros_like, np.ones_like,
    lambda x: np.zeros(3, like=x), lambda x: np.array(V, like=x), lambda x: np.array([x[0], 1.0, x[1]], like=x),
    lambda x: np.full(3, x[0], like=x), lambda x: np.eye(3, like=x)[0].copy(), lambda x: np.asarray([x[0], x[1], x[2]], like=x),
])  # fmt: skip
def test_what_can_be_written_into(make):
    def f(x):
        y = make(x) if make(x).__class__ is ad.MutableTensor else make(x).copy()
        y[1:] = x[:2] * y[1:]
        y[0] *= x[2]
        return np.sum(y * y)

    assert ad.check_gradients(f, V, order=2)


@pytest.mark.parametrize("operation", ["+=", "-=", "*=", "/=", "**="])
def test_operators_in_place(operation):
    def f(x):
        y, n = x.copy(), 2.0
        namespace = {"y": y, "x": x, "n": n}
        exec(f"y {operation} {'n' if operation == '**=' else 'x + 3.0'}", namespace)
        assert namespace["y"] is y
        y[0] = 1.0
        return np.sum(y * x)

    assert ad.check_gradients(f, V, order=2)


def test_values_and_lists_are_written():
    a, b = ad.Value(2.0), ad.Value(3.0)
    with ad.Tape() as tape:
        y = np.zeros(3, like=a)
        y[0] = a * b
        y[1:] = [a, 1.0]
        loss = np.sum(y * y)
    assert [g.item() for g in tape.gradient(loss, [a, b])] == [2.0 * 6.0 * 3.0 + 4.0, 2.0 * 6.0 * 2.0]


def test_what_was_computed_before_keeps_its_numbers():
    x = ad.Variable(V)
    with ad.Tape(persistent=True) as tape:
        y = x.copy()
        before, part = y * y, y[1:]
        y[1] = 7.0
        after = y * y
    np.testing.assert_array_equal(part, V[1:])
    np.testing.assert_array_equal(tape.gradient(before, x), 2.0 * V)
    np.testing.assert_array_equal(tape.gradient(after, x), 2.0 * V * [1.0, 0.0, 1.0])
    np.testing.assert_array_equal(tape.gradient(after, y), 2.0 * y.numpy())


def test_a_number_is_written_where_a_mask_of_each_example_says():
    def f(x):
        y = x.copy()
        y[x > 1.5] = 0.0
        return np.sum(y**2)

    batch = np.stack([V, V + 1.0])
    np.testing.assert_array_equal(ad.vmap(ad.grad(f))(batch), np.where(batch > 1.5, 0.0, 2.0 * batch))


def test_what_it_can_not_do_it_says():
    x = ad.Variable(V)
    with ad.Tape() as tape:
        y = x.copy()
        with pytest.raises(TypeError, match=r"slice of another array, numpy would write through.*y = x\.copy\(\)"):
            y[1:][0] = 1.0
        with pytest.raises(TypeError, match=r"Variable does not support item assignment"):
            x[0] = 1.0
        whole = np.copy(ad.constant([1, 2]))
        whole[0] = 5.0
        with pytest.raises(TypeError, match=r"dtype int64 would lose their gradient.*astype\(float\)"):
            whole[0] = x[0]
        tape.watch(y)
        with pytest.raises(TypeError, match=r"A tape watches this Tensor itself"):
            y[0] = 1.0
        with pytest.raises(IndexError):
            x.copy()[7] = 1.0
    with pytest.raises(TypeError, match=r"one number is written there; otherwise use y = np\.where"):
        ad.vmap(lambda x: x.copy().__setitem__(x > 0.0, x))(np.stack([V, V]))
    assert whole.tolist() == [5, 2]


def test_it_copies_and_pickles_as_what_it_is():
    import copy
    import pickle

    y = ad.constant(V).copy()
    for other in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert isinstance(other, ad.Tensor) and not isinstance(other, ad.Variable)
        other[0] = 9.0
    np.testing.assert_array_equal(y, V)
