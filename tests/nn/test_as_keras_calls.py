"""What programs of Keras's guides rely on, each by itself: orders, hooks, steps of one's own, layers from their settings."""

import numpy as np
import pytest

import nn
import nn.tf as tf

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)


def test_layers_stand_in_keras_order_whatever_the_order_they_were_called_in():
    """Those farthest from the outputs first: so do their weights, which files and set_weights go by. (Keras's own answer; of
    300 graphs drawn at random it was the same for each.)"""
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    long = nn.Dense(2, name="long_2")(nn.Dense(2, name="long_1")(a))
    short = nn.Dense(2, name="short")(b)
    shared = nn.Dense(2, name="shared")
    outputs = {"z": nn.Dense(1, name="end_z")(shared(long)), "y": nn.Dense(1, name="end_y")(shared(shared(short)))}
    model = nn.Model([a, b], outputs)
    assert [layer.name for layer in model.layers] == ["b", "a", "short", "long_1", "shared", "long_2", "end_y", "end_z"]


def test_input_and_output_are_those_of_the_first_call():
    dense, first, second = nn.Dense(2), nn.Input((3,)), nn.Input((3,))
    y = dense(first)
    dense(second)
    assert dense.input is first and dense.output is y
    model = nn.Model(first, y)
    model(second)
    assert model.input is first and model.output is y
    row = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    assert nn.Model(row.input, row.output)(X).shape == (8, 1)


class TwoOutputs(nn.Model):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Dense(1), nn.Dense(2)

    def call(self, x):
        return {"a": self.a(x), "b": self.b(x)}

    def train_step(self, data):
        return super().train_step(data)

    def test_step(self, data):
        return super().test_step(data)


@pytest.mark.parametrize("loss", ["mse", {"a": "mse", "b": "mae"}])
def test_a_step_may_call_that_of_nn_whatever_the_outputs(loss):
    y = {"a": np.ones((8, 1)), "b": np.ones((8, 2))}
    model = TwoOutputs()
    model.compile("sgd", loss, metrics={"a": ["mae"]})
    logs = model.fit(X, y, epochs=2, batch_size=4, verbose=0).history
    assert list(logs) == ["loss", "a_loss", "b_loss", "a_mae"]
    for name, values in logs.items():
        assert values[1] < values[0], name
    again = model.evaluate(X, y, return_dict=True)
    assert again["loss"] == pytest.approx(again["a_loss"] + again["b_loss"])


class OwnStep(nn.Model):
    def call(self, x):
        return x

    def test_step(self, data):
        x, y, w = data
        for metric in self.metrics:
            metric.update_state(*([3.0] if metric.name == "loss" else [y, self(x), w]))
        return {metric.name: metric.result() for metric in self.metrics}


def test_the_metrics_of_a_model_are_the_loss_and_the_compiled_ones():
    """Weights count for weighted_metrics only, as in Keras."""
    w = np.arange(8.0)
    model = OwnStep()
    model.compile("sgd", "mse", metrics=["mae"], weighted_metrics=["mse"])
    assert [metric.name for metric in model.metrics] == ["loss", "compile_metrics"]
    found = model.evaluate(X, 0 * X, sample_weight=w, return_dict=True)
    assert found == pytest.approx(
        {"loss": 3.0, "mae": np.abs(X).mean(), "mse": np.average((X * X).mean(axis=1), weights=w)}, rel=1e-6
    )


def test_one_loss_among_several_outputs_is_shown_once():
    x = nn.Input((3,))
    model = nn.Model(x, [nn.Dense(1, name="a")(x), nn.Dense(1, name="b")(x)])
    model.compile("sgd", [None, "mse"])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        assert list(model.fit(X, [X[:, :1], X[:, :1]], verbose=0).history) == ["loss"]


class Heard(nn.callbacks.Callback):
    """Hooks whose logs have no default."""

    def __init__(self):
        self.heard = []

    def on_train_begin(self, logs): self.heard.append(("train", logs))
    def on_epoch_begin(self, epoch, logs): self.heard.append(("epoch", logs))
    def on_train_batch_begin(self, batch, logs): self.heard.append(("batch", logs))
    def on_test_begin(self, logs): self.heard.append(("test", logs))
    def on_test_batch_begin(self, batch, logs): self.heard.append(("test batch", logs))
    def on_predict_begin(self, logs): self.heard.append(("predict", logs))
    def on_predict_batch_begin(self, batch, logs): self.heard.append(("predict batch", logs))
    def on_predict_batch_end(self, batch, logs): self.outputs = logs["outputs"]
    def on_predict_end(self, logs): self.heard.append(("predicted", logs))


def test_every_hook_is_given_logs():
    model, heard = nn.Sequential([nn.Dense(1)]), Heard()
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0, validation_split=0.5, callbacks=[heard])
    y = model.predict(X, callbacks=[heard])
    kinds = ["train", "epoch", "batch", "test", "test batch", "predict", "predict batch", "predicted"]
    assert heard.heard == [(kind, {}) for kind in kinds]
    assert np.array_equal(heard.outputs, y) and np.array_equal(model.predict_on_batch(X), y)


@pytest.mark.parametrize("again", [True, False])
def test_validation_steps_look_at_the_same_batches_each_time(again):
    """But data that can be gone through once only go on."""
    seen = []

    class Looks(nn.Sequential):
        def test_step(self, data):
            seen.append(float(data[0][0, 0]))
            return {"loss": 0.0}

    model = Looks([nn.Dense(1)])
    model.compile("sgd", "mse")
    held = [(np.full((2, 3), k), np.zeros((2, 1))) for k in range(6)]
    model.fit(X, X[:, :1], epochs=2, verbose=0, validation_data=held if again else iter(held), validation_steps=2)
    assert seen == ([0.0, 1.0, 0.0, 1.0] if again else [0.0, 1.0, 2.0, 3.0])


def test_a_layer_is_made_anew_from_its_settings():
    layer = nn.Dense(3, activation="relu", use_bias=False, name="three", dtype="float64", trainable=False)
    again = nn.Dense.from_config(layer.get_config())
    assert repr(again) == repr(layer) and again.dtype == layer.dtype and not again.trainable

    class Own(nn.Layer):
        def __init__(self, factor):
            super().__init__()

        def call(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"takes factor, which is no attribute.*define get_config"):
        Own(2.0).get_config()


def test_batches_by_their_number_and_classes_drawn_by_their_logits():
    class Numbered(tf.keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, k):
            return X[4 * k : 4 * k + 4], X[4 * k : 4 * k + 4, :1]

    model = nn.Sequential([nn.Dense(1)])
    model.compile("sgd", "mse")
    numbered = Numbered(workers=2)
    assert model.fit(numbered, verbose=0).params["steps"] == 2 and numbered.workers == 2
    with pytest.raises(NotImplementedError, match="__len__"):
        len(tf.keras.utils.PyDataset())
    tf.random.set_seed(0)
    drawn = tf.random.categorical(np.log([[0.25, 0.75], [1.0, 1e-30]]), 4000)
    assert drawn.shape == (2, 4000) and drawn.dtype == np.int64
    assert abs(drawn.numpy()[0].mean() - 0.75) < 0.03 and drawn.numpy()[1].max() == 0
    with pytest.raises(ValueError, match="rows, classes"):
        tf.random.categorical(np.zeros((2, 2, 2)), 1)


def test_a_bar_does_not_keep_a_subclass_from_being_replayed(caplog):
    """A callback holds the model, which is code of the user's; the callback is not, so it does not act between batches."""

    class Own(nn.Model):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(1)

        def call(self, x):
            return self.dense(x)

    model, x = Own(), np.zeros((2000, 3), "float32")
    model.compile("sgd", "mse")
    with caplog.at_level("INFO", "nn"):
        model.fit(x, x[:, :1], batch_size=4, verbose=2)
    assert "acts between batches" not in caplog.text
