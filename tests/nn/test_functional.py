"""Models that are written down: Dense(4)(Input((3,))), Model(inputs, outputs)."""

import copy
import pickle

import numpy as np
import pytest

import nn

X = np.random.default_rng(0).normal(size=(6, 3)).astype("f4")


def residual():
    x = nn.Input((3,), name="x")
    h = nn.Dense(3, "relu", name="first")(x)
    return nn.Model(x, nn.Dense(2, name="head")(h + x), name="residual")


def test_it_computes_what_its_layers_do_one_after_another():
    model = residual()
    _, first, head = model.layers  # the first one is that of the Input, as in Keras
    np.testing.assert_array_equal(model(X), head(first(X) + X))
    assert [layer.name for layer in model.layers] == ["x", "first", "head"] and model.get_layer("head") is head
    assert model.input_shape == (None, 3) and model.output_shape == (None, 2) and model.built
    assert model.count_params() == 12 + 8 and model.get_layer(index=1) is first


def test_it_trains_saves_and_can_be_copied(tmp_path):
    nn.set_random_seed(0)
    model = residual()
    model.compile("adam", "mse")
    loss = model.fit(X, X[:, :2], epochs=60, verbose=0).history["loss"]
    assert loss[-1] < loss[0]
    model.save(tmp_path / "m.npz")
    again = residual()
    again.compile("adam", "mse")
    again.load(tmp_path / "m.npz")
    for other in (again, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_shared_layers_several_inputs_and_outputs():
    left, right = nn.Input((3,), name="left"), nn.Input((2, 3), name="right")
    shared = nn.Dense(4, name="shared")
    a, b = shared(left), shared(right[:, 0])
    model = nn.Model({"left": left, "right": right}, [np.concatenate([a, b], axis=-1), np.sum(a * b, axis=-1, keepdims=True)])
    given = {"right": np.stack([X, X], 1), "left": X}
    both, product = model(given)
    assert both.shape == (6, 8) and product.shape == (6, 1) and len(model.variables) == 2
    np.testing.assert_array_equal(both[:, :4], shared(X))
    listed = nn.Model([left, right], a + b)
    np.testing.assert_array_equal(listed([X, given["right"]]), listed(given))  # by the names of the inputs


def test_a_model_is_a_layer_and_a_part_of_one_is_a_model():
    inner = residual()
    x = nn.Input((3,))
    outer = nn.Model(x, nn.Dense(1)(inner(x)))
    assert len(outer.variables) == 6 and outer(X).shape == (6, 1)
    parts = nn.Model(inner.inputs, [layer.output for layer in inner.layers])
    np.testing.assert_array_equal(parts(X)[1], inner.layers[1](X))
    stacked = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(2)])
    assert [y.shape for y in nn.Model(stacked.inputs, [layer.output for layer in stacked.layers])(X)] == [(6, 4), (6, 2)]


def test_sizes_that_are_not_known():
    images = nn.Input((None, None, 1))
    model = nn.Model(images, nn.MaxPool2D(2)(nn.Conv2D(4, 3)(images)))
    assert model.output_shape == (None, None, None, 4)
    assert model(np.ones((2, 8, 10, 1))).shape == (2, 3, 4, 4)
    flat = nn.Flatten()(nn.Input((4, 5)))
    assert flat.shape == (None, 20) and np.reshape(nn.Input((4, 5)), (-1, 5)).shape == (None, 5)


def test_a_subclass_with_a_step_of_its_own_is_written_down_too():
    class Own(nn.Model):
        def train_step(self, data):
            return {**super().train_step(data), "one": 1.0}

    x = nn.Input((3,))
    model = Own(x, nn.Dense(1)(x))
    model.compile("sgd", "mse")
    assert model.fit(X, X[:, :1], verbose=0).history["one"] == [1.0]


def twice():
    x = nn.Input((3,), name="x")
    return nn.Model(x, nn.Dense(3)(nn.Dense(3)(x)))


def told_of(model):
    told = []
    model.summary(told.append)
    return "\n".join(told).splitlines()


def test_the_summary_has_connections_and_expands_what_is_inside():
    x = nn.Input((3,), name="x")
    told = []
    nn.Model(x, residual()(x) * 2.0).summary(told.append, expand_nested=True)
    text = "\n".join(told)
    assert "Connected to" in text and "multiply (multiply)" in text and "  first (Dense)" in text
    assert [line.split()[-1] for line in told_of(twice()) if line.startswith("dense")] == ["x", "dense"]
    line = next(line for line in text.splitlines() if line.startswith("residual (Model)"))
    assert line.split() == ["residual", "(Model)", "(None,", "2)", "20", "x"]


@pytest.mark.parametrize("act, words", [
    (lambda x: nn.Model(x, nn.Dense(2)(nn.Input((4,)))), "which is not among the inputs"),
    (lambda x: nn.Model(x), "needs inputs and outputs"),
    (lambda x: nn.Model(x, 3.0), "outputs is what Input.* and layers return"),
    (lambda x: np.asarray(x), "has no numbers yet"),
    (lambda x: len(x), "has no length yet"),
    (lambda x: nn.Model(x, nn.Dense(2)(x)) if x > 0 else 0, "neither true nor false"),
    (lambda x: nn.Model(x, nn.Dense(2)(x))(np.ones((2, 4))), "The input x has shape .None, 3., but got an array of shape"),
    (lambda x: nn.Model([x, nn.Input((2,), name="y")], nn.Dense(2)(x))({"x": X}), "The inputs are x, y, but there is no y"),
    (lambda x: nn.Sequential([nn.Dense(2), x]), "begins with an Input"),
    (lambda x: nn.Model(x, nn.Model(x, [nn.Dense(2, name="a")(x), nn.Dense(2, name="a")(x)])(x)), "different names"),
])  # fmt: skip
def test_what_can_not_be_written_down_says_so(act, words):
    with pytest.raises((ValueError, TypeError), match=words):
        act(nn.Input((3,), name="x"))


def test_a_sequential_that_lost_a_layer_is_written_down_anew():
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(2)])
    model.pop()
    assert model.output.shape == model.output_shape == (None, 4)
    assert nn.Model(model.input, model.output)(np.ones((1, 3))).shape == (1, 4)


def test_a_sequential_may_end_in_several_outputs():
    model = nn.Sequential([nn.Input((5, 3)), nn.LSTM(2, return_state=True)])
    assert [*model.output_shape] == [(None, 2)] * 3 and len(model(np.ones((1, 5, 3)))) == 3
