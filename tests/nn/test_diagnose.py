"""nn.diagnose: each symptom is found in a program that has it, and none in those that learn. The model stays as it is."""

import copy
import re
from functools import cache

import numpy as np
import pytest

import autodiff as ad
import nn
from demos import digits, fitting, linear, networks, will_i_pass
from nn.diagnosis.finding import Finding
from nn.diagnosis.measurements import Measurements, variance_within
from nn.diagnosis.report import SYMPTOMS, Diagnosis

pytestmark = pytest.mark.filterwarnings("ignore:Training diverged")  # where a model is meant to

SPARSE, BINARY = nn.losses.SparseCategoricalCrossentropy, nn.losses.BinaryCrossentropy
rng = np.random.default_rng(0)
X = rng.normal(size=(120, 3))
SIGN = (X[:, 0] > 0).astype(int)
LINE = X @ [1.0, -2.0, 0.5]
RARE = np.arange(120) % 10 == 0


@pytest.fixture(autouse=True)
def seeded():
    nn.set_random_seed(0)
    yield
    nn.set_random_seed(None)


def compiled(*layers, optimizer="adam", loss=None):
    model = layers[0] if isinstance(layers[0], nn.Model) else nn.Sequential(layers)
    model.compile(optimizer, loss or BINARY(from_logits=True))
    return model


def trained(model, x, y, **options):
    with np.errstate(all="ignore"):
        model.fit(x, y, verbose=0, **options)
    return model


def randn(stddev):
    return nn.initializers.RandomNormal(stddev=stddev)


# -- each symptom ----------------------------------------------------------------------------------------------------


class Twice(nn.Model):
    """A softmax in the last layer, and another one in call."""

    def __init__(self):
        super().__init__()
        self.out = nn.Dense(3, "softmax")

    def call(self, x):
        return ad.softmax(self.out(x))


class Squashing(nn.Model):
    """Probabilities that no layer with an activation shows, in another shape."""

    def __init__(self, units, squash):
        super().__init__()
        self.out, self.squash = nn.Dense(units), squash

    def call(self, x):
        return ad.reshape(self.squash(self.out(x)), (len(x), -1))


class Leaving(nn.Layer):
    """Numbers leave the tape in it."""

    def call(self, x):
        return np.tanh(ad.to_numpy(x))


class Unused(nn.Layer):
    """One of its variables has no effect."""

    def build(self, input_shape):
        self.a = self.add_weight((input_shape[-1], 2), name="a")
        self.b = self.add_weight((2,), name="b")

    def call(self, x):
        return x @ self.a


class OwnReLU(nn.Model):
    """A ReLU in call, as np.maximum, of numbers below 0."""

    def __init__(self):
        super().__init__(name="own")
        self.hidden, self.out = nn.Dense(8, bias_initializer=nn.initializers.Constant(-50.0)), nn.Dense(1)

    def call(self, x):
        return self.out(np.maximum(0.0, self.hidden(x)))


def constant(value):
    return nn.initializers.Constant(value)


CASES = {  # name: (symptom, where, number, () -> (model, x, y), options of diagnose)
    "targets of another shape": ("refused", "the data", np.nan, lambda: (compiled(nn.Dense(2), loss="mse"), X, LINE), {}),
    "no targets": ("refused", "the data", np.nan, lambda: (compiled(nn.Dense(1)), X, None), {}),
    "NaN in x": ("refused", "the data", np.nan, lambda: (compiled(nn.Dense(1)), np.where(X > 2, np.nan, X), SIGN), {}),
    "too large batches": ("refused", "the data", np.nan, lambda: (compiled(nn.Dense(1)), X, SIGN), {"batch_size": 500}),
    "other features": ("refused", "the data", np.nan, lambda: (
        trained(compiled(nn.Dense(1)), X, SIGN), X[:, :2], SIGN), {}),
    "features that fit no layer": ("refused", "the data", np.nan, lambda: (compiled(nn.Conv2D(2, 3)), X, SIGN), {}),
    "logits for probabilities": ("refused", "the data", np.nan, lambda: (
        compiled(nn.Dense(1), loss="binary_crossentropy"), X, SIGN), {}),
    "classes from 1": ("labels_out_of_range", "the labels", 1 / 2, lambda: (
        compiled(nn.Dense(2), loss=SPARSE(from_logits=True)), X, np.arange(120) % 2 + 1), {}),
    "a negative class": ("labels_out_of_range", "the labels", 1 / 3, lambda: (
        compiled(nn.Dense(3), loss=SPARSE(from_logits=True)), X, np.arange(120) % 3 - 1), {}),
    "labels of -1 and 1": ("labels_out_of_range", "the labels", np.mean(SIGN == 0), lambda: (
        compiled(nn.Dense(1)), X, 2 * SIGN - 1), {}),
    "tanh for large targets": ("labels_out_of_range", "the labels", np.mean(np.abs(LINE) > 1), lambda: (
        compiled(nn.Dense(1, "tanh"), loss="mse"), X, LINE), {}),
    "one class": ("one_class_only", "the labels", 1.0, lambda: (compiled(nn.Dense(1)), X, np.ones(120)), {}),
    "one row of one-hot labels": ("one_class_only", "the labels", 1.0, lambda: (
        compiled(nn.Dense(3, "softmax"), loss="categorical_crossentropy"), X, np.tile([0, 1, 0], (120, 1))), {}),
    "one feature of 1000": ("unscaled", "the data", 1000.0, lambda: (
        compiled(nn.Dense(4, "tanh"), nn.Dense(1)), np.c_[X, np.full(120, 1000.0)], SIGN), {}),
    "prices of houses": ("unscaled", "the labels", None, lambda: (
        compiled(nn.Dense(4, "tanh"), nn.Dense(1), loss="mse"), X, 2e5 + 1e5 * LINE), {}),
    "in order": ("unshuffled", "the data", 0.0, lambda: (
        compiled(nn.Dense(1)), X, np.repeat([0, 1], 60)), {"shuffle": False, "batch_size": 20}),
    "targets in order": ("unshuffled", "the data", None, lambda: (
        compiled(nn.Dense(1), loss="mse"), X, np.sort(LINE)), {"shuffle": False, "batch_size": 20}),
    "softmax of softmax": ("squashed_twice", "twice", np.e / (np.e + 2), lambda: (
        compiled(Twice(), loss="sparse_categorical_crossentropy"), X, np.arange(120) % 3), {}),
    "sigmoid of sigmoid": ("squashed_twice", "activation", 1 / (1 + 1 / np.e), lambda: (
        compiled(nn.Dense(1, "sigmoid"), nn.Activation("sigmoid"), loss="binary_crossentropy"), X, SIGN), {}),
    "softmax for logits": ("probabilities_as_logits", "the loss", np.log(1 + 2 / np.e), lambda: (
        compiled(Squashing(3, ad.softmax), loss=SPARSE(from_logits=True)), X, np.arange(120) % 3), {}),
    "sigmoid for logits": ("probabilities_as_logits", "the loss", np.log(2), lambda: (
        compiled(Squashing(1, ad.sigmoid)), X, SIGN), {}),
    "a last layer that fit refuses": ("probabilities_as_logits", "the loss", np.log(2), lambda: (
        compiled(nn.Dense(1, "sigmoid")), X, SIGN), {}),
    "NaN weights": ("not_finite", "dense", 1.0, lambda: (
        trained(compiled(nn.Dense(4, "relu"), nn.Dense(1), loss="mse", optimizer=nn.optimizers.SGD(1e9)), X, LINE, epochs=9),
        X, LINE), {}),
    "dead relus": ("dead_relus", "dense", 1.0, lambda: (
        compiled(nn.Dense(8, "relu", bias_initializer=constant(-50.0)), nn.Dense(1)), X, SIGN), {}),
    "a dead relu at the end": ("dead_relus", "dense", 1.0, lambda: (
        compiled(nn.Dense(1, "relu", bias_initializer=constant(-50.0)), loss="mse"), X, X[:, 0] ** 2), {}),
    "dead relus of a model's own": ("dead_relus", "own", 1.0, lambda: (compiled(OwnReLU()), X, SIGN), {}),
    "numbers left the tape": ("missing_gradients", "dense/kernel", 2.0, lambda: (
        compiled(nn.Dense(4), Leaving(), nn.Dense(1)), X, SIGN), {}),
    "a variable without use": ("missing_gradients", "unused/b", 1.0, lambda: (compiled(Unused(), nn.Dense(1)), X, SIGN), {}),
    "nothing is trainable": ("missing_gradients", "the model", 0.0, lambda: (
        compiled(nn.Dense(1, trainable=False)), X, SIGN), {}),
    "sigmoids": ("vanishing", "dense", None, lambda: (
        compiled(nn.MLP([8] * 9 + [1], "sigmoid"), optimizer="sgd"), X, SIGN), {}),
    "zeros": ("vanishing", "dense", 0.0, lambda: (
        compiled(nn.Dense(4, "tanh", kernel_initializer="zeros"), nn.Dense(1, kernel_initializer="zeros")), X, SIGN), {}),
    "a saturated sigmoid": ("vanishing", "dense", 0.0, lambda: (
        compiled(nn.Dense(1, "sigmoid", bias_initializer=constant(99.0)), loss="binary_crossentropy"), X, SIGN), {}),
    "large weights": ("exploding", "dense", None, lambda: (
        compiled(nn.MLP([64] * 5 + [1], "relu", kernel_initializer=randn(1.0))), X, SIGN), {}),
    "flat tanhs": ("standing_still", "dense", None, lambda: (
        compiled(nn.Dense(8, "tanh", kernel_initializer=randn(100.0)), nn.Dense(1), optimizer="sgd"), X,
        (X[:, 0] * X[:, 1] > 0).astype(int)), {}),
    "zero output layer": ("constant_output", "the model", 0.0, lambda: (
        compiled(nn.Dense(1, kernel_initializer="zeros")), X, SIGN), {}),
    "the same x everywhere": ("constant_output", "the model", 0.0, lambda: (
        compiled(nn.Dense(1)), np.ones((120, 3)), SIGN), {}),
    "a rare class": ("one_class_predicted", "the model", 0.1, lambda: (
        trained(compiled(nn.Dense(1), optimizer=nn.optimizers.Adam(0.01)), X, RARE, epochs=60), X, RARE), {}),
    "too large a rate": ("rate_too_large", "the optimizer", 2.0, lambda: (
        compiled(nn.Dense(1), loss="mse", optimizer=nn.optimizers.SGD(2.0)), X, LINE), {}),
    "too large a rate of a schedule": ("rate_too_large", "the optimizer", 2.0, lambda: (
        compiled(nn.Dense(1), loss="mse", optimizer=nn.optimizers.SGD(nn.schedules.CosineDecay(2.0, 100))), X, LINE), {}),
    "too small a rate": ("rate_too_small", "the optimizer", 1e-6, lambda: (
        compiled(nn.Dense(8, "tanh"), nn.Dense(1), optimizer=nn.optimizers.Adam(1e-6)), X, SIGN), {}),
    "a rate of zero": ("rate_too_small", "the optimizer", 0.0, lambda: (
        compiled(nn.Dense(8, "tanh"), nn.Dense(1), optimizer=nn.optimizers.SGD(0.0)), X, SIGN), {}),
}  # fmt: skip


@cache
def found_in(name):
    """The diagnosis of a case, which each test that asks for it would compute alike: its weights are seeded."""
    nn.set_random_seed(0)
    *_, make, options = CASES[name]
    return nn.diagnose(*make(), **options)


@pytest.mark.parametrize("name", CASES)
def test_a_symptom_is_found_where_it_is(name):
    symptom, where, number, *_ = CASES[name]
    found = found_in(name)
    (finding, *_) = [each for each in found if each.symptom == symptom] or pytest.fail(f"found only: {found}")
    assert finding.where == where
    if number is not None:
        assert finding.number == pytest.approx(number, rel=1e-6, abs=1e-12, nan_ok=True)
    assert finding.advice.startswith("Try ") and finding.advice.endswith((".", ")"))
    assert finding.what[-1] in ".!)"
    assert max(map(len, str(found).splitlines())) <= 100


def test_each_symptom_has_a_case():
    assert {case[0] for case in CASES.values()} == {symptom.__name__ for symptom in SYMPTOMS}


@pytest.mark.parametrize("name, words", [
    ("classes from 1", "Try y - 1 as the labels"), ("labels of -1 and 1", r"Try \(y \+ 1\) / 2 as the labels"),
    ("a negative class", "np.unique"), ("numbers left the tape", r"In leaving, numbers leave the tape by to_numpy\(\)"),
    ("a variable without use", "remove them"), ("the same x everywhere", "All rows of x are the same"),
    ("a dead relu at the end", "no activation in the last layer"), ("too large a rate", r"learning_rate=0\.2\."),
    ("a saturated sigmoid", "from_logits=True"), ("features that fit no layer", "takes images"),
])  # fmt: skip
def test_what_it_says(name, words):
    assert re.search(words, str(found_in(name)).replace("\n", " "))


# -- healthy models --------------------------------------------------------------------------------------------------


def of_digits(images=False):
    (x, y), _ = digits.load()
    if not images:
        return compiled(nn.MLP([64, 10]), optimizer=nn.optimizers.Adam(0.003), loss=SPARSE(from_logits=True)), x, y, 3
    layers = [nn.Conv2D(8, 3, padding="same", activation="relu"), nn.MaxPool2D(), nn.Flatten(), nn.Dense(10)]
    model = compiled(*layers, optimizer=nn.optimizers.Adam(0.01), loss=SPARSE(from_logits=True))
    return model, x[:400].reshape(-1, 8, 8, 1), y[:400], 3


def of_crescents(hidden):
    return networks.network(hidden), *networks.crescents(), 60


def of_fitting(hidden, activation, strength=0.0, dropout=0.0):
    penalty = nn.regularizers.L2(strength)
    layers = [nn.Dense(n, activation, kernel_regularizer=penalty) for n in hidden]
    layers = [each for layer in layers for each in ((layer, nn.Dropout(dropout)) if dropout else (layer,))]
    return fitting.compiled(nn.Sequential([*layers, nn.Dense(1)])), *fitting.learned_and_new()[0], 100


def of_grades():
    hours = np.linspace(0, 10, 40)[:, None]
    grades = 30 + 6.5 * hours + np.random.default_rng(0).normal(0, 4, hours.shape)
    return compiled(nn.Dense(1, dtype="float64"), loss="mse", optimizer=nn.optimizers.SGD(0.02)), hours, grades, 400


def of_students():
    x, y = will_i_pass.students()
    model = will_i_pass.untrained()
    model.compile(nn.optimizers.Adam(0.05), "binary_crossentropy")
    return model, x, y, 60


def of_quadrants(*layers, optimizer="adam"):
    x = np.random.default_rng(0).normal(size=(400, 2))
    return compiled(*layers, optimizer=optimizer, loss="binary_crossentropy"), x, (x[:, 0] * x[:, 1] > 0).astype(int), 20


def of_words():
    x = np.random.default_rng(0).integers(0, 1000, size=(200, 4))
    model = compiled(nn.Embedding(1000, 8), nn.Flatten(), nn.Dense(1), optimizer=nn.optimizers.Adam(0.01))
    return model, x, (x.min(axis=1) < 150).astype(int), 20


def of_a_sine():
    x = np.linspace(-3, 3, 64)[:, None]
    return compiled(nn.Dense(16, "tanh"), nn.Dense(1), loss="mse"), x, np.sin(x), 20


def of_pixels_that_are_normalized():
    x = np.random.default_rng(0).integers(0, 256, size=(200, 12))
    layers = [nn.BatchNormalization(input_shape=12), nn.Dense(8, "relu"), nn.Dense(1)]
    return compiled(*layers), x, (x[:, 0] > x[:, 1]).astype(int), 40


def of_a_ring(activation):
    return compiled(linear.deep(activation), optimizer=nn.optimizers.Adam(0.005)), *linear.ring(), 40


def of_minibatches():
    """As in tests/course_code."""
    stream = np.random.default_rng(0)
    y = stream.integers(0, 3, 600)
    x = np.array([[0, 2], [2, -1], [-2, -1]])[y] + 0.5 * stream.normal(size=(600, 2))
    layers = nn.Dense(16, "relu"), nn.Dense(3)
    return compiled(*layers, optimizer=nn.optimizers.Adam(0.01), loss=SPARSE(from_logits=True)), x, y, 10


def of_a_lesson(optimizer):
    """As in notebooks."""
    stream = np.random.default_rng(1)
    x = stream.uniform(-3, 3, (24, 1))
    return compiled(nn.MLP([16, 1], "tanh"), optimizer=optimizer, loss="mse"), x, np.sin(2 * x), 100


class Residual(nn.Model):
    """A layer that is used three times, and a Value among the weights."""

    def __init__(self):
        super().__init__()
        self.step, self.out, self.scale = nn.Dense(3, "tanh"), nn.Dense(1), ad.Value(0.5)

    def call(self, x):
        for _ in range(3):
            x = x + self.step(x) * self.scale
        return self.out(x)


class Autoencoder(nn.Model):
    """Its loss does not look at y."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Dense(2), nn.Dense(3)

    def call(self, x):
        return self.decoder(self.encoder(x))

    def compute_loss(self, x, y, y_pred=None, sample_weight=None):
        return np.mean((x - (self(x) if y_pred is None else y_pred)) ** 2)


HEALTHY = {
    "digits": of_digits,
    "convolution": lambda: of_digits(images=True),
    "a perceptron": lambda: of_crescents([]),
    "one hidden layer": lambda: of_crescents([16]),
    "deep": lambda: of_crescents([16, 16, 16]),
    "under-fitting": lambda: of_fitting([], None),
    "over-fitting": lambda: of_fitting([64, 64], "relu"),
    "dropout": lambda: of_fitting([64, 64], "relu", dropout=0.5),
    "weak L2": lambda: of_fitting([64, 64], "relu", strength=0.001),
    "L2": lambda: of_fitting([64, 64], "relu", strength=0.01),
    "grades": of_grades,
    "students": of_students,
    "the guide's": lambda: of_quadrants(nn.Dense(16, "tanh"), nn.Dense(16, "tanh"), nn.Dense(1, "sigmoid")),
    "its MLP": lambda: of_quadrants(nn.MLP([32, 1], output_activation="sigmoid", dropout=0.2)),
    "SGD by default": lambda: of_quadrants(nn.MLP([16, 1], output_activation="sigmoid"), optimizer="sgd"),
    "eight ReLU layers": lambda: of_quadrants(
        nn.MLP([16] * 8 + [1], output_activation="sigmoid"), optimizer=nn.optimizers.Adam(0.01)),
    "eight sigmoid layers": lambda: of_quadrants(
        nn.MLP([16] * 8 + [1], "sigmoid", output_activation="sigmoid"), optimizer=nn.optimizers.Adam(0.01)),
    "batch normalization": lambda: of_quadrants(
        nn.Dense(16), nn.BatchNormalization(), nn.Activation("relu"), nn.Dense(1, "sigmoid")),
    "an embedding": of_words,
    "a sine": of_a_sine,
    "pixels, normalized": of_pixels_that_are_normalized,
    "ten layers of tanh": lambda: of_a_ring("tanh"),
    "ten linear layers": lambda: of_a_ring(None),
    "the course's minibatches": of_minibatches,
    "the lesson's SGD": lambda: of_a_lesson(nn.optimizers.SGD(0.05)),
    "a model's own call": lambda: (compiled(Residual()), X, SIGN, 10),
    "a model's own loss": lambda: (compiled(Autoencoder(), loss="mse"), X, np.zeros((120, 3)), 10),
    "a function as the loss": lambda: (compiled(nn.Dense(1), loss=lambda y, p: ad.abs(p - y)), X, LINE, 10),
    "the lesson's Adam": lambda: of_a_lesson(nn.optimizers.Adam(0.01)),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_has_no_finding_before_while_or_after_it_is_trained(name):
    model, x, y, epochs = HEALTHY[name]()
    before = nn.diagnose(model, x, y)
    callback = nn.callbacks.Diagnose(every=20, verbose=False)
    model.fit(x, y, epochs=epochs, verbose=0, callbacks=[callback])
    for found in (before, callback.diagnosis, nn.diagnose(model, x, y)):
        assert list(found) == []
        assert str(found).startswith("Nothing is amiss.")


@pytest.mark.parametrize("size", [1, 2, 8, 40])
def test_small_batches_are_no_finding(size):
    model = compiled(nn.Dense(4, "relu"), nn.Dense(2), loss=SPARSE(from_logits=True), optimizer=nn.optimizers.Adam(0.01))
    callback = nn.callbacks.Diagnose(every=1, verbose=False)
    model.fit(X[:40], SIGN[:40], batch_size=size, epochs=2, verbose=0, callbacks=[callback])
    assert list(callback.diagnosis) == []


def test_labels_in_order_are_no_finding_where_fit_shuffles():
    assert list(nn.diagnose(compiled(nn.Dense(8, "tanh"), nn.Dense(1)), X[np.argsort(SIGN)], np.sort(SIGN))) == []


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_examples_can_be_diagnosed(n):
    assert "Try" not in str(nn.diagnose(compiled(nn.Dense(8, "tanh"), nn.Dense(1)), X[:n], np.arange(n)))


# -- the model stays as it is ----------------------------------------------------------------------------------------


def full_of_state():
    """A model with everything that a look might change: slots, moving averages, and two random streams."""
    layers = [nn.Dense(8, "relu"), nn.BatchNormalization(), nn.Dropout(0.5), nn.Dropout(0.5, seed=3), nn.Dense(1)]
    return compiled(*layers, optimizer=nn.optimizers.Adam(0.01, clipnorm=1.0))


def state_of(model):
    """All that makes its next steps, as bytes and numbers."""
    slots = [a for slots in model.optimizer.state.values() for a in slots]
    streams = [nn.generator(), *(layer.stream for layer in model.layers if getattr(layer, "stream", None))]
    arrays = [np.asarray(a).tobytes() for a in [*model.get_weights(), *slots]]
    return arrays, model.optimizer.iterations, copy.deepcopy([stream.bit_generator.state for stream in streams])


@pytest.mark.parametrize("built", [False, True])
def test_diagnose_leaves_the_model_bitwise_as_it_is(built):
    model = full_of_state()
    if built:
        trained(model, X, SIGN)
    before, attributes = state_of(model), [dict(vars(layer)) for layer in model.layers]
    nn.diagnose(model, X, SIGN)
    assert state_of(model) == before
    assert model.built == built
    assert [dict(vars(layer)) for layer in model.layers] == attributes


def test_a_new_model_is_diagnosed_with_the_weights_that_fit_gives_it(monkeypatch):
    seen = []
    build = nn.Dense.build

    def seeing(self, shape):
        build(self, shape)
        seen.append(self.kernel.numpy().tobytes())

    monkeypatch.setattr(nn.Dense, "build", seeing)
    model = full_of_state()
    nn.diagnose(model, X, SIGN)
    trained(model, X, SIGN)
    assert len(seen) == 4 and seen[:2] == seen[2:]


@pytest.mark.parametrize("name", ["NaN weights", "dead relus", "too large a rate of a schedule", "features that fit no layer"])
def test_diagnose_leaves_a_model_that_it_finds_fault_with_as_it_is(name):
    *_, make, options = CASES[name]
    model, x, y = make()
    before, rate = state_of(model), model.optimizer.learning_rate
    nn.diagnose(model, x, y, **options)
    assert state_of(model) == before and model.optimizer.learning_rate == rate


@pytest.mark.parametrize("watching", [False, True])
def test_a_training_that_is_watched_has_the_same_numbers(watching):
    losses = []
    for callbacks in ([], [nn.callbacks.Diagnose(every=3, verbose=False)] if watching else []):
        nn.set_random_seed(1)
        model = full_of_state()
        losses.append(model.fit(X, SIGN, epochs=4, verbose=0, callbacks=callbacks).history["loss"])
        if not watching:
            nn.diagnose(model, X, SIGN)
            losses[-1] += model.fit(X, SIGN, epochs=2, verbose=0).history["loss"]
    assert losses[0] == losses[1]


# -- the report ------------------------------------------------------------------------------------------------------


def test_a_diagnosis_is_a_sequence_that_prints():
    found = found_in("prices of houses")
    assert len(found) == len(list(found)) >= 1 and found[0] == found[:1][0] and bool(found)
    assert repr(found) == str(found) == "\n\n".join(str(each) for each in found)
    assert not nn.diagnose(*of_a_sine()[:3])


def test_it_says_so_when_no_rate_helps():
    noise = np.random.default_rng(1).integers(0, 2, 120)
    model = compiled(nn.Dense(1), optimizer=nn.optimizers.SGD(0.3))
    found = nn.diagnose(trained(model, X, noise, epochs=60), X, noise)
    assert not found and "other rates do no better" in str(found).replace("\n", " ") and "\nTry more epochs" in str(found)


def test_a_finding_says_since_when():
    finding = Finding("symptom", "layer", 1.0, "One thing is amiss.", "Try another one.", since=1200)
    assert str(finding) == "One thing is amiss. (Seen since step 1,200.)\nTry another one."


def test_it_needs_a_compiled_model():
    with pytest.raises(ValueError, match="compile"):
        nn.diagnose(nn.Sequential([nn.Dense(1)]), X, SIGN)


def test_examples_are_weighed_as_in_fit():
    model = compiled(nn.Dense(1, kernel_initializer="ones"))
    weights = np.where(SIGN, 2.0, 0.0)
    model(X[:1])
    measured = nn.diagnose(model, X, SIGN, sample_weight=weights).measurements
    assert measured.loss == pytest.approx(float(model.compute_loss(X, SIGN, sample_weight=weights)), rel=1e-6)


def test_the_gradients_and_steps_are_those_of_the_first_step():
    model = compiled(nn.Dense(4, "tanh", dtype="float64"), nn.Dense(1, dtype="float64"), optimizer=nn.optimizers.SGD(0.5))
    model(X[:1])
    with ad.Tape() as tape:
        hidden = model.layers[0](X)
        out = model.layers[1](hidden)
        loss = model.compute_loss(X, SIGN, out)
    kernels = [layer.kernel for layer in model.layers]
    *slopes, g, h = tape.gradient(loss, [hidden, out, *kernels])
    m = nn.diagnose(model, X, SIGN).measurements
    np.testing.assert_allclose(list(m.slopes.values()), [np.linalg.norm(slope) for slope in slopes], rtol=1e-12)
    steps = [0.5 * np.linalg.norm(g) / np.linalg.norm(kernel) for g, kernel in zip((g, h), kernels)]
    np.testing.assert_allclose(list(m.updates.values()), steps, rtol=1e-12)
    assert m.rate == 0.5 and m.trials[0.5][0] == pytest.approx(float(loss), rel=1e-12)


def test_labels_within_batches():
    labels = np.random.default_rng(0).integers(0, 3, 960)
    assert variance_within(np.split(labels, 30)) == pytest.approx(1, abs=0.05)
    assert variance_within(np.split(np.sort(labels), 30)) < 0.1
    assert variance_within([labels]) is None and variance_within([np.ones(4), np.ones(4)]) is None
    assert variance_within(list(labels[:, None])) is None  # batches of one


# -- the callback ----------------------------------------------------------------------------------------------------


def test_the_callback_finds_what_happens_in_training(capsys):
    """The rate becomes too large in the third epoch."""
    model = compiled(nn.Dense(8, "relu", name="hidden"), nn.Dense(1), loss="mse", optimizer=nn.optimizers.SGD(0.01))
    callback = nn.callbacks.Diagnose(every=2)
    rates = nn.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 2 else 1e6)
    with np.errstate(all="ignore"):
        model.fit(np.abs(X), 5 + LINE, epochs=4, verbose=0, callbacks=[rates, callback])
    (finding,) = [found for found in callback.diagnosis if found.symptom == "not_finite"]
    assert 8 < finding.since <= 16
    printed = capsys.readouterr().out
    assert printed == f"Diagnose, after 16 steps:\n\n{callback.diagnosis}\n"
    assert f"(Seen since step {finding.since}.)" in printed.replace("\n", " ")


def test_the_callback_finds_examples_in_order():
    model, order = compiled(nn.Dense(8, "tanh"), nn.Dense(1)), np.argsort(SIGN)
    callback = nn.callbacks.Diagnose(verbose=False)
    model.fit(X[order], SIGN[order], batch_size=10, epochs=2, shuffle=False, verbose=0, callbacks=[callback])
    assert [found.symptom for found in callback.diagnosis] == ["unshuffled"]
    model.fit(X[order], SIGN[order], batch_size=10, epochs=2, verbose=0, callbacks=[callback])
    assert list(callback.diagnosis) == []


def test_the_callback_looks_every_so_many_batches(monkeypatch, capsys):
    looks = []
    look = nn.callbacks.Diagnose.look
    monkeypatch.setattr(nn.callbacks.Diagnose, "look", lambda self: (looks.append(self.model.optimizer.iterations), look(self)))
    model = compiled(nn.Dense(1))
    model.fit(X, SIGN, batch_size=10, epochs=5, verbose=0, callbacks=[nn.callbacks.Diagnose(every=20, verbose=False)])
    assert looks == [6, 26, 46, 60]  # the first one when 64 examples have come by, and one at the end
    assert capsys.readouterr().out == ""
    with pytest.raises(ValueError, match="every"):
        nn.callbacks.Diagnose(every=0)


def test_the_callback_reports_also_when_training_is_interrupted(capsys):
    def interrupt(batch, logs):
        if batch == 3:
            raise KeyboardInterrupt

    callbacks = [nn.callbacks.Diagnose(), nn.callbacks.LambdaCallback(on_train_batch_end=interrupt)]
    with pytest.raises(KeyboardInterrupt):
        compiled(nn.Dense(1)).fit(X, SIGN, batch_size=10, verbose=0, callbacks=callbacks)
    assert "Diagnose, after 4 steps" in capsys.readouterr().out


def test_a_callback_sees_the_batch():
    class Seeing(nn.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append([a if a is None else np.shape(a) for a in self.batch])

    seen = []
    compiled(nn.Dense(1)).fit(X, SIGN, batch_size=60, verbose=0, callbacks=[Seeing()])
    assert seen == [[(60, 3), (60,), None]] * 2


# -- the picture -----------------------------------------------------------------------------------------------------


@pytest.fixture
def pyplot():
    pytest.importorskip("matplotlib").use("Agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.close("all")
    yield pyplot
    pyplot.close("all")


@pytest.mark.parametrize(
    "name", ["sigmoids", "too large a rate", "dead relus", "no targets", "NaN weights", "nothing is trainable"]
)
def test_a_picture_of_it(name, pyplot):
    found = found_in(name)
    left, _, right = axes = found.plot()
    layers = list(found.measurements.slopes) or list(found.measurements.not_finite)
    assert [text.get_text().split("\n")[0] for text in left.get_yticklabels()] == layers
    assert right.get_xlabel() == "step on one batch"
    title = axes[0].figure.get_suptitle().replace("\n", " ")
    assert all(each.symptom.replace("_", " ") in title for each in found)
    axes[0].figure.canvas.draw()


def test_the_picture_has_the_numbers(pyplot):
    found = nn.diagnose(*of_a_sine()[:3])
    _, given = pyplot.subplots(1, 3)
    left, middle, right = found.plot(given)
    assert (left, middle, right) == tuple(given) and len(pyplot.get_fignums()) == 1
    m = found.measurements
    for ax, numbers in ((left, m.slopes), (middle, m.updates)):
        np.testing.assert_allclose(ax.lines[0].get_xdata(), list(numbers.values()))
    np.testing.assert_allclose(right.lines[0].get_ydata(), m.trials[m.rate])
    assert Diagnosis(Measurements()).plot()[0].get_yticklabels() == []
    for ax in (given[0], given[:2]):
        with pytest.raises(TypeError, match="three Axes"):
            found.plot(ax)
