"""Models and layers of several arrays; losses, weights and metrics for each output; losses that layers add."""

import collections
import gc

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.layers import base

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 4)).astype("f4")
VALUE, KIND = X[:, :1] * 2, (X[:, 1] > 0).astype(int)
SPARSE = nn.losses.SparseCategoricalCrossentropy(from_logits=True)


class TwoHeads(nn.Model):
    """{"value": ..., "kind": ...}, or the two in a tuple or a list."""

    def __init__(self, form):
        super().__init__()
        self.form, self.body, self.value, self.kind = form, nn.Dense(8, "tanh"), nn.Dense(1), nn.Dense(2)

    def call(self, x):
        h = self.body(x)
        found = {"value": self.value(h), "kind": self.kind(h)}
        return found if self.form is dict else self.form(found.values())


def given(form, value, kind):
    return {"kind": kind, "value": value} if form is dict else [value, kind]


@pytest.mark.parametrize("form", [dict, tuple, list])
def test_a_loss_a_weight_and_metrics_for_each(form):
    nn.set_random_seed(0)
    model = TwoHeads(form)
    model.compile("sgd", given(form, "mse", SPARSE), given(form, ["mae"], ["accuracy"]), loss_weights=given(form, 1.0, 0.5))
    y = given(form, VALUE, KIND)
    before = model.evaluate(X, y, return_dict=True)
    p = model.predict(X)
    value, kind = (p["value"], p["kind"]) if form is dict else p
    first, second = ("value", "kind") if form is dict else ("output_1", "output_2")
    assert list(before) == ["loss", f"{first}_loss", f"{second}_loss", f"{first}_mae", f"{second}_accuracy"]
    np.testing.assert_allclose(before[f"{first}_loss"], np.mean((value - VALUE) ** 2), rtol=1e-5)
    np.testing.assert_allclose(before[f"{second}_loss"], float(SPARSE(KIND, kind)), rtol=1e-5)
    np.testing.assert_allclose(before["loss"], before[f"{first}_loss"] + 0.5 * before[f"{second}_loss"], rtol=1e-6)
    np.testing.assert_allclose(before[f"{second}_accuracy"], np.mean(kind.argmax(1) == KIND))
    history = model.fit(X, y, epochs=30, batch_size=4, validation_data=(X, y), verbose=0).history
    assert set(history) == {*before, *(f"val_{name}" for name in before)}
    assert history["loss"][-1] < history["loss"][0] / 2 and model.evaluate(X, y)[0] == pytest.approx(history["val_loss"][-1])


@pytest.mark.parametrize("form", [dict, list])
def test_steps_on_several_outputs_replay_with_the_bits_of_eager(form):
    def trained(eager):
        nn.set_random_seed(0)
        model = TwoHeads(form)
        model.compile("adam", given(form, "mse", SPARSE), given(form, None, "accuracy"), run_eagerly=eager)
        history = model.fit(X, given(form, VALUE, KIND), batch_size=4, epochs=12, verbose=0)
        return history.history, model.get_weights()

    (one, first), (other, second) = trained(True), trained(False)
    assert one == other and all(np.array_equal(a, b) for a, b in zip(first, second))


def test_several_inputs_by_name_and_number():
    class Towers(nn.Model):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Dense(3), nn.Dense(3)

        def call(self, x):
            a, b = (x["a"], x["b"]) if isinstance(x, dict) else x
            return np.sum(self.left(a) * self.right(b), axis=-1, keepdims=True)

    for x in ({"a": X, "b": X[:, :2]}, [X, X[:, :2]], (X, X[:, :2])):
        nn.set_random_seed(0)
        model = Towers()
        model.compile("adam", "mse")
        history = model.fit(x, VALUE, epochs=3, validation_split=0.25, verbose=0).history
        assert len(history["val_loss"]) == 3 and model.predict(x, batch_size=7).shape == (40, 1)


def test_one_loss_for_all_and_one_array_of_weights():
    model, w = TwoHeads(dict), np.where(np.arange(40) < 20, 0.0, 2.0)
    model.compile("sgd", "mse", weighted_metrics={"value": "mse"})
    y = {"value": VALUE, "kind": X[:, :2]}
    found = model.evaluate(X, y, sample_weight=w, return_dict=True)
    p = model.predict(X[20:])
    errors = np.mean((p["value"] - VALUE[20:]) ** 2), np.mean((p["kind"] - X[20:, :2]) ** 2)
    np.testing.assert_allclose([found["value_loss"], found["kind_loss"]], errors, rtol=1e-5)
    np.testing.assert_allclose(found["value_mse"], errors[0], rtol=1e-5)


class Encoder(nn.Model):
    """It adds a loss in its call, as a variational autoencoder does."""

    def __init__(self):
        super().__init__()
        self.code, self.decode = nn.Dense(2), nn.Dense(4)

    def call(self, x):
        z = self.code(x)
        self.add_loss(0.1 * np.mean(z**2))
        return self.decode(z)


@pytest.mark.parametrize("loss", ["mse", None])
@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # of the decoder, where nothing compares its outputs
def test_a_loss_that_a_layer_adds(loss):
    model = Encoder()
    model.compile("sgd", loss)
    total = model.evaluate(X, X)
    z = np.asarray(model.code(X))
    expected = 0.1 * np.mean(z**2) + (np.mean((model.predict(X) - X) ** 2) if loss else 0.0)
    np.testing.assert_allclose(total, expected, rtol=1e-5)
    assert len(model.losses) == 1  # of the last call alone
    history = model.fit(X, X if loss else None, epochs=4, batch_size=2, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_added_losses_of_a_shared_layer_count_for_each_call():
    class Penalty(nn.Layer):
        def call(self, x):
            self.add_loss(np.sum(x))
            return x

    penalty = Penalty()
    x = nn.Input((4,))
    model = nn.Model(x, penalty(penalty(x) * 2.0))
    model(np.ones((1, 4)))
    model(np.ones((1, 4)))
    assert [float(loss) for loss in model.losses] == [4.0, 8.0]


def test_a_kind_of_layer_that_is_gone_is_not_looked_for():
    """While there is one that has added a loss, each call of any model goes through its layers."""
    class Penalty(nn.Layer):
        def call(self, x):
            self.add_loss(np.sum(x))
            return x

    Penalty()(np.ones((1, 4)))
    assert Penalty in base.ADDED
    before = len(base.ADDED)
    del Penalty
    gc.collect()
    assert len(base.ADDED) < before


def test_layers_take_none_and_keywords():
    class Cell(nn.Layer):
        def call(self, x, state=None, scale=1.0, mask=None):
            y = x if state is None else x + state
            return (y if mask is None else y * mask) * scale

    cell = Cell()
    assert float(np.sum(cell(np.ones((2, 2)), None))) == 4.0
    assert float(np.sum(cell(np.ones((2, 2)), np.ones((2, 2)), scale=3.0, mask=np.array([[1.0], [0.0]])))) == 12.0


@pytest.mark.parametrize("act, words", [
    (lambda m: m.compile("sgd", {"value": "mse", "sort": SPARSE}), "loss has \\['sort'\\], but the outputs are value, kind"),
    (lambda m: m.compile("sgd", ["mse"]), "loss has 1 parts, but the model has 2 outputs"),
    (lambda m: m.compile("sgd", "mse", metrics={"values": "mae"}), "metrics has \\['values'\\]"),
    (lambda m: m.compile("sgd", {"value": "mse"}, loss_weights={"kinds": 1.0}), "loss_weights has"),
])  # fmt: skip
def test_what_does_not_fit_the_outputs_is_named(act, words):
    model = TwoHeads(dict)
    act(model)
    with pytest.raises(ValueError, match=words):
        model.fit(X, {"value": VALUE, "kind": KIND}, verbose=0)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # of the head without a loss
def test_targets_that_do_not_fit_the_outputs():
    model = TwoHeads(dict)
    model.compile("sgd", {"value": "mse", "kind": SPARSE})
    with pytest.raises(ValueError, match="The model has 2 outputs, so y is a list of as many arrays, or a dict by their names"):
        model.fit(X, VALUE, verbose=0)
    with pytest.raises(ValueError, match="There are no targets for the output 'kind'"):
        model.fit(X, {"value": VALUE}, verbose=0)
    model.compile("sgd", {"value": "mse"})
    assert "kind_loss" not in model.fit(X, {"value": VALUE}, verbose=0).history
    single = nn.Sequential([nn.Dense(1)])
    single.compile("sgd", {"value": "mse"})
    with pytest.raises(ValueError, match="loss is a dictionary, but the model has one output"):
        single.fit(X, VALUE, verbose=0)


def test_a_layer_of_one_array_says_so():
    for wrong in ([X, X], {"a": X}, None):
        with pytest.raises(ValueError, match="The input of dense is one array of numbers"):
            nn.Dense(2)(wrong)


def test_gradients_flow_through_all():
    model = TwoHeads(dict)
    with ad.Tape() as tape:
        p = model(X)
        loss = np.mean(p["value"] ** 2) + np.mean(p["kind"] ** 2)
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))


@pytest.mark.parametrize("form", [dict, tuple])
def test_targets_in_a_list_belong_to_the_outputs_in_their_order(form):
    model = TwoHeads(form)
    model.compile("sgd", given(form, "mse", SPARSE))
    assert model.evaluate(X, [VALUE, KIND]) == model.evaluate(X, given(form, VALUE, KIND))
    for y, told in ((VALUE, "one array"), ([VALUE], "but got 1")):
        with pytest.raises(ValueError, match=f"2 outputs, so y is a list of as many .*{told}"):
            model.fit(X, y, verbose=0)


def test_an_input_among_several_may_be_none():
    class Optional(nn.Model):
        def __init__(self):
            super().__init__()
            self.layer = nn.Dense(1)

        def call(self, x):
            first, second = x
            return self.layer(first if second is None else first + second)

    model = Optional()
    model.compile("sgd", "mse")
    assert len(model.fit([X, None], VALUE, verbose=0).history["loss"]) == 1 and model.predict([X, None]).shape == (40, 1)


def test_logs_of_an_evaluation_are_worked_out_for_those_who_listen(monkeypatch):
    asked = []
    monkeypatch.setattr(nn.metrics.AUC, "result", lambda metric: asked.append(metric) or 0.5)
    model = nn.Sequential([nn.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", [nn.metrics.AUC()])
    model.evaluate(X, KIND, batch_size=4)
    assert len(asked) == 1


def test_a_monitor_knows_the_direction_of_all_losses_and_metrics():
    class Own(TwoHeads):
        def __init__(self):
            super().__init__(tuple)
            self.right = nn.metrics.BinaryAccuracy("right")

    for monitor, sign in (("val_output_1_loss", 1.0), ("output_2_accuracy", -1.0), ("right", -1.0)):
        model, stopping = Own(), nn.callbacks.EarlyStopping(monitor)
        model.compile("sgd", ["mse", SPARSE], [None, "accuracy"])
        model.fit(X, [VALUE, KIND], validation_data=(X, [VALUE, KIND]), callbacks=[stopping], verbose=0)
        assert stopping.sign == sign


def test_a_loss_that_is_not_finite_is_told_where_an_input_is_none():
    class Optional(nn.Model):
        def call(self, x):
            return x[0] * self.scale

        def build(self, shapes):
            self.scale = ad.Variable(np.float32(1e30))

    model = Optional()
    model.compile("sgd", "mse")
    with pytest.warns(RuntimeWarning, match="Training diverged"):
        model.fit([X, None], X, verbose=0)


def test_inputs_and_targets_in_named_tuples():
    Pair = collections.namedtuple("Pair", ["left", "right"])

    class Sum(nn.Model):
        def call(self, x):
            return Pair(x.left + x.right, x.left)

    model = Sum()
    model.compile("sgd", ["mse", "mse"])
    x = Pair(X, X)
    assert model.evaluate(x, Pair(2 * X, X), return_dict=True)["loss"] == 0.0 and model.predict(x).right.shape == X.shape
    with pytest.raises(ValueError, match=r"x\[1\] has NaN in 40 of its 40 examples"):
        model.evaluate(Pair(X, X * np.nan), Pair(X, X))


def test_targets_among_several_may_be_tensors():
    model = TwoHeads(tuple)
    model.compile("sgd", ["mse", SPARSE])
    with ad.Tape() as tape:
        loss = model.compute_loss(X, [ad.constant(VALUE), ad.constant(KIND)])
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))
