"""Layers, models and optimizers made anew from their settings."""

import numpy as np
import pytest
from reference import layers as reference
from test_gradients import LAYERS
from together import each

import nn
from nn import layers, optimizers, schedules

X = reference.numbers(6, 3).astype("f4")


@each("case", {case: case for case in LAYERS})
def test_a_layer_is_made_anew_from_its_settings(case):
    """Before and after it is built, with the numbers of the first one once it has its weights."""
    name, options, x, _, *how = LAYERS[case]
    layer, inputs = reference.made(layers, name, options), reference.in_form(x, reference.arrays_of(x))
    assert repr(type(layer).from_config(layer.get_config()).get_config()) == repr(layer.get_config())
    y = layer(*inputs, **dict(*how))
    again = type(layer).from_config(layer.get_config())
    again(*inputs, **dict(*how))
    again.set_weights(layer.get_weights())
    for one, other in zip(reference.outputs_of(y), reference.outputs_of(again(*inputs, **dict(*how))), strict=True):
        np.testing.assert_array_equal(one, other)


def test_settings_have_the_names_of_keras():
    layer = nn.LSTM(4, recurrent_dropout=0.25, return_sequences=True, seed=3)
    config = layer.get_config()
    told = [config[name] for name in ("units", "recurrent_dropout", "return_sequences", "stateful", "unit_forget_bias", "seed")]
    assert told == [4, 0.25, True, False, True, 3]
    inner = nn.TimeDistributed(nn.Dense(2, name="inner")).get_config()["layer"]
    assert (inner["class_name"], inner["config"]["units"], inner["config"]["name"]) == ("Dense", 2, "inner")
    assert nn.MultiHeadAttention(2, 3, output_shape=5).get_config()["output_shape"] == (5,)
    both = nn.Bidirectional(nn.GRU(2, name="words"), merge_mode="sum")
    again = nn.Bidirectional.from_config(both.get_config())
    assert (again.forward_layer.name, again.backward_layer.name) == ("forward_words", "backward_words")


def test_a_layer_in_a_layer_of_ones_own_is_told():
    class Twice(nn.Layer):
        def __init__(self, layer, **options):
            super().__init__(**options)
            self.layer = layer

        def call(self, x):
            return self.layer(self.layer(x))

    layer = Twice(nn.Dense(3, "tanh"))
    again = Twice.from_config(layer.get_config())
    assert again.layer is not layer.layer and again(X).shape == (6, 3)


def shared():
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    dense = nn.Dense(2, "tanh", name="dense")
    inner = nn.Sequential([nn.Input((2,)), nn.Dense(2, name="inner")], name="row")
    return nn.Model([a, b], {"sum": inner(dense(a)) + dense(b), "last": dense(b)[:, -1:]}, name="shared")


MODELS = {
    "sequential": lambda: nn.Sequential([nn.Dense(4, "relu"), nn.Dense(2)], name="row"),
    "with an Input": lambda: nn.Sequential([nn.Input((3,)), nn.Dense(4, "relu"), nn.Dropout(0.5), nn.Dense(2)]),
    "of several inputs": shared,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_clone_has_new_layers_and_weights_and_the_same_numbers(name):
    model = MODELS[name]()
    given = [X, 2 * X] if name == "of several inputs" else X
    y, clone = model(given), nn.clone_model(model)
    clone(given)
    assert [v.shape for v in clone.variables] == [v.shape for v in model.variables] and clone.name == model.name
    assert not {id(v) for v in clone.variables} & {id(v) for v in model.variables} and clone.optimizer is None
    assert [layer.name for layer in clone.layers] == [layer.name for layer in model.layers]
    clone.set_weights(model.get_weights())
    for one, other in zip(reference.outputs_of(list(y.values()) if isinstance(y, dict) else y),
                          reference.outputs_of(list(z.values()) if isinstance(z := clone(given), dict) else z)):  # fmt: skip
        np.testing.assert_array_equal(one, other)


def test_a_clone_of_other_layers():
    model = MODELS["with an Input"]()
    clone = nn.clone_model(model, clone_function=lambda layer: nn.Dense(7) if isinstance(layer, nn.Dense) else layer)
    assert clone.output_shape == (None, 7) and clone.layers[1] is model.layers[1]

    class Own(nn.Model):
        def __init__(self, units):
            super().__init__()
            self.units, self.dense = units, nn.Dense(units)

        def call(self, x):
            return self.dense(x)

        def get_config(self):
            return {"units": self.units}

    assert nn.clone_model(Own(4))(X).shape == (6, 4)


@pytest.mark.parametrize("kind", optimizers.CLASSES)
def test_an_optimizer_is_made_anew_from_its_settings(kind):
    made = kind(learning_rate=0.25, clipnorm=2.0, name="own")
    made.learning_rate = 0.5
    config = made.get_config()
    again = kind.from_config(config)
    assert again.get_config() == config and (again.learning_rate, again.name, again.clipnorm) == (0.5, "own", 2.0)
    rate = schedules.CosineDecay(0.1, 10)
    assert kind.from_config(kind(rate).get_config()).get_config()["learning_rate"] is rate


def test_a_row_that_grows_computes_only_what_is_new():
    calls = []

    class Told(nn.Layer):
        def call(self, x):
            calls.append(self.name)
            return x + 1.0

    model = nn.Sequential([nn.Input((3,))])
    for name in "abc":
        model.add(Told(name=name))
    assert {name: calls.count(name) for name in calls} == {"a": 2, "b": 2, "c": 2}  # for two examples each
    assert model.output_shape == (None, 3) and nn.Model(model.input, model.output)(X)[0, 0] == X[0, 0] + 3
    model.add(nn.Dense(5))
    assert model.output_shape == (None, 5)
    assert isinstance(model.pop(), nn.Dense)
    assert model.output_shape == (None, 3) and model(X).shape == (6, 3)


def test_names_of_metrics():
    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, X[:, :1], verbose=0)
    assert model.metrics_names[0] == "loss" and model.metrics_names == [metric.name for metric in model.metrics]
