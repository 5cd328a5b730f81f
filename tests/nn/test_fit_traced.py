"""`fit` traces its step and replays it. History, weights, slots, random streams and predictions have the bits of
`run_eagerly=True`; what can't be replayed runs as it is, and the logger "nn" says why."""

import logging
import random
import re
import sys

import numpy as np
import pytest

import autodiff as ad
import nn
from nn import loop, step
from nn.saving import streams as streams_of

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 8)).astype("f4")
Y = RNG.normal(size=(40, 3)).astype("f4")
LABELS = RNG.integers(0, 3, 40)
IMAGES = RNG.normal(size=(40, 6, 6, 2)).astype("f4")
WORDS = RNG.integers(0, 9, (40, 4))
STEPS = RNG.normal(size=(40, 5, 2)).astype("f4")
WEIGHTS = RNG.uniform(0, 2, 40)
EPOCHS = 12
O, L = nn.optimizers, nn.losses
SPARSE = L.SparseCategoricalCrossentropy(from_logits=True)


def S(*layers):
    return nn.Sequential(layers)


def dense():
    return S(nn.Dense(5, "relu"), nn.Dense(3))


def attending():
    x = nn.Input((4,), dtype="int64")
    words = nn.Embedding(9, 4, mask_zero=True)(x)
    seen = nn.MultiHeadAttention(2, 3, dropout=0.2)(words, words, use_causal_mask=True)
    together = nn.LayerNormalization()(nn.layers.add([words, seen]))
    return nn.Model(x, nn.Dense(3)(nn.GlobalAveragePooling1D()(together)))


MODELS = {  # a function that makes the model, x, y, the loss, options of fit
    "dense": (dense, X, Y, "mse", {}),
    "tanh, in a column": (lambda: S(nn.Dense(5, "tanh"), nn.Dense(1)), X, Y[:, 0], "mse", {}),
    "float64": (lambda: S(nn.Dense(3, "gelu", dtype="float64")), X.astype("f8"), Y, "mae", {}),
    "dropout": (lambda: S(nn.Dense(5, "relu"), nn.Dropout(0.5), nn.Dense(3)), X, Y, "mse", {}),
    "dropout of its own": (lambda: S(nn.Dropout(0.5, seed=1, noise_shape=(None, 1)), nn.Dense(3)), X, Y, "mse", {}),
    "batches normalized": (lambda: S(nn.Dense(5), nn.BatchNormalization(), nn.Dense(3)), X, Y, "mse", {}),
    "layers normalized": (lambda: S(nn.Dense(5), nn.LayerNormalization(), nn.Dense(3)), X, Y, "mse", {}),
    "images": (lambda: S(nn.Conv2D(3, 3), nn.BatchNormalization(), nn.Activation("relu"), nn.MaxPool2D(2), nn.Flatten(),
                         nn.Dense(3)), IMAGES, LABELS, SPARSE, {}),
    "words": (lambda: S(nn.Embedding(9, 3), nn.Flatten(), nn.Dense(3)), WORDS, LABELS, SPARSE, {}),
    "words as floats": (lambda: S(nn.Embedding(9, 3), nn.Flatten(), nn.Dense(3)), WORDS * 1.0, LABELS, SPARSE, {}),
    "words with penalties": (lambda: S(nn.Embedding(9, 3, embeddings_regularizer="l2"), nn.Flatten(), nn.Dense(3)), WORDS,
                             LABELS, SPARSE, {}),
    "lstm": (lambda: S(nn.LSTM(4), nn.Dense(3)), STEPS, Y, "mse", {}),
    "recurrent": (lambda: S(nn.Bidirectional(nn.GRU(3, return_sequences=True)), nn.SimpleRNN(3, "relu")), STEPS, Y, "mse", {}),
    "dropping lstm": (lambda: S(nn.LSTM(4, dropout=0.3, recurrent_dropout=0.2), nn.Dense(3)), STEPS, Y, "mse", {}),
    "masked words": (lambda: S(nn.Embedding(9, 3, mask_zero=True), nn.LSTM(4), nn.Dense(3)), WORDS, LABELS, SPARSE, {}),
    "masked steps": (lambda: S(nn.Embedding(9, 3, mask_zero=True), nn.GRU(4, return_sequences=True), nn.Dense(9)), WORDS, WORDS,
                     SPARSE, {}),
    "masked attention": (attending, WORDS, LABELS, SPARSE, {}),
    "sequences": (lambda: S(nn.Conv1D(4, 2, padding="causal"), nn.RMSNormalization(), nn.AveragePooling1D(2), nn.LeakyReLU(),
                            nn.GlobalMaxPooling1D(), nn.Dense(3)), STEPS, Y, "mse", {}),
    "penalties": (lambda: S(nn.Dense(5, "elu", kernel_regularizer="l2"), nn.Dense(3)), X, Y, "mse", {}),
    "frozen": (lambda: S(nn.Dense(5, "relu", trainable=False), nn.BatchNormalization(trainable=False), nn.Dense(3)),
               X, Y, "mse", {}),
    "softmax": (lambda: S(nn.Dense(3, "softmax")), X, LABELS, "sparse_categorical_crossentropy", {}),
    "one-hot": (dense, X, np.eye(3)[LABELS], L.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), {}),
    "yes or no": (lambda: S(nn.Dense(1, "sigmoid")), X, LABELS > 1, "binary_crossentropy", {}),
    "hinge": (lambda: S(nn.Dense(1)), X, LABELS > 1, "hinge", {}),
    "huber": (dense, X, Y, "huber", {}),
    "class weights": (dense, X, LABELS, SPARSE, {"class_weight": {0: 2.0, 1: 0.5}}),
    "sample weights": (dense, X, Y, "mse", {"sample_weight": WEIGHTS}),
    "means by weights": (dense, X, Y, L.MeanSquaredError(reduction="mean_with_sample_weight"), {"sample_weight": WEIGHTS}),
    "weights of 0": (dense, X, Y, L.MeanSquaredError(reduction="mean_with_sample_weight"), {"sample_weight": 0 * WEIGHTS}),
    "means of all": (dense, X, Y, L.MeanSquaredError(reduction="mean_with_sample_weight"), {}),
    "sums": (dense, X, Y, L.MeanSquaredError(reduction="sum"), {}),
    "validated": (dense, X, Y, "mse", {"validation_data": (X[:9], Y[:9], WEIGHTS[:9]), "validation_freq": 2}),
    "in order": (dense, X, Y, "mse", {"shuffle": False}),
}  # fmt: skip
OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.05),
    "nesterov": lambda: O.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: O.Adam(0.01),
    "amsgrad": lambda: O.Adam(0.01, amsgrad=True),
    "adamw": lambda: O.AdamW(0.01),
    "nadam": lambda: O.Nadam(0.01),
    "rmsprop": lambda: O.RMSprop(0.01, centered=True, momentum=0.9),
    "adagrad": lambda: O.Adagrad(0.1),
    "adadelta": lambda: O.Adadelta(1.0),
    "lion": lambda: O.Lion(0.01),
    "schedule": lambda: O.SGD(nn.schedules.ExponentialDecay(0.1, 20, 0.5)),
    "clipvalue": lambda: O.Adam(0.01, clipvalue=0.1),
    "clipnorm": lambda: O.Adam(0.01, clipnorm=0.1),
    "global_clipnorm": lambda: O.SGD(0.05, global_clipnorm=0.5),
    "decay": lambda: O.SGD(0.05, weight_decay=0.01),
}
CALLBACKS = {
    "stopped early": lambda: nn.callbacks.EarlyStopping("loss", patience=3, min_delta=0.05),
    "slower": lambda: nn.callbacks.ReduceLROnPlateau("loss", patience=2, min_delta=0.1),
    "a rate of one's own": lambda: nn.callbacks.LearningRateScheduler(lambda epoch, rate: 0.05 / (1 + epoch)),
    "diagnosed": lambda: nn.callbacks.Diagnose(every=5, verbose=False),
    "stopped by NaN": lambda: nn.callbacks.TerminateOnNaN(verbose=False),
}


def trained(case, optimizer, eager, callbacks=(), **options):
    make, x, y, loss, more = case
    nn.set_random_seed(0)
    model = make()
    model.compile(optimizer(), loss, ["accuracy" if y is LABELS or y is WORDS else "mae"], run_eagerly=eager)
    options = {"batch_size": 16, "epochs": EPOCHS, "verbose": 0} | more | options
    history = model.fit(x, y, callbacks=[make() for make in callbacks], **options).history
    return model, history


def agree(case, optimizer=OPTIMIZERS["adam"], **options):
    """Train as it is and replayed; the models, that of the replayed training last."""
    (one, first), (other, second) = (trained(case, optimizer, eager, **options) for eager in (True, False))
    assert first == second
    for v, w in zip(one.variables, other.variables, strict=True):
        np.testing.assert_array_equal(v.numpy(), w.numpy())
    for slots, others in zip(one.optimizer.state.values(), other.optimizer.state.values(), strict=True):
        for a, b in zip(slots, others, strict=True):
            np.testing.assert_array_equal(a, b)
    assert one.optimizer.iterations == other.optimizer.iterations
    streams = [streams_of(model) for model in (one, other)]
    assert [s.bit_generator.state for k, s in streams[0].items() if k != "nn"] == [
        s.bit_generator.state for k, s in streams[1].items() if k != "nn"]  # fmt: skip
    np.testing.assert_array_equal(one.predict(case[1]), other.predict(case[1]))
    return one, other


@pytest.fixture
def steps(monkeypatch, caplog):
    """How many steps ran as Python, and how many did not; and what was said."""
    monkeypatch.setattr(step, "ENOUGH", EPOCHS)  # so that the last batch of each epoch, which is smaller, is traced too
    monkeypatch.setattr(step, "OFTEN", 1)
    monkeypatch.setattr(step, "LONG", 1e9)
    Step, counts = step.Step, {"python": 0, "all": 0}
    call = Step.__call__

    def counted(key, function):
        def run(*args):
            counts[key] += 1
            return function(*args)

        return run

    monkeypatch.setattr(Step, "__call__", counted("all", call))
    for kind in (Step, step.Look):
        monkeypatch.setattr(kind, "take", counted("python", kind.take))
    caplog.set_level(logging.WARNING, "nn")
    step.say.cache_clear()
    return counts


@pytest.mark.parametrize("name", MODELS)
def test_a_replayed_model_has_the_bits_of_eager(name, steps, caplog):
    agree(MODELS[name])
    few = 6 if name == "validated" else 0  # batches that are evaluated: they are not worth a trace
    assert steps["python"] - steps["all"] / 2 == 4 + few  # the first step and a trace, of whole batches and of the last one
    assert not caplog.records


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_replayed_optimizer_has_the_bits_of_eager(name, steps, caplog):
    agree(MODELS["dense"], OPTIMIZERS[name])
    assert steps["python"] - steps["all"] / 2 == 4
    assert not caplog.records


@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks_act_as_in_eager(name, steps, caplog):
    agree(MODELS["dense"], OPTIMIZERS["sgd"], callbacks=[CALLBACKS[name]])
    assert steps["python"] < steps["all"] and not caplog.records


def test_a_program_is_made_once(steps, monkeypatch):
    """Validation, callbacks and files read the variables, but keep no array of the program."""
    made, Bound = [], sys.modules["autodiff.functions.entry"].Bound

    def bound(*args):
        made.append(args)
        return Bound(*args)

    for module in ("entry", "function"):
        monkeypatch.setattr(sys.modules[f"autodiff.functions.{module}"], "Bound", bound)
    callbacks = [lambda: nn.callbacks.EarlyStopping(patience=100), nn.callbacks.TerminateOnNaN]
    trained(MODELS["validated"], OPTIMIZERS["adam"], False, callbacks=callbacks, validation_freq=1)
    assert len(made) == 3  # of steps on whole batches and on the last one, and of what is evaluated


def test_what_is_evaluated_in_all_epochs_is_replayed(steps, caplog):
    """Of 40 examples in batches of 16. The losses, penalties and metrics are those of `evaluate`; the variables are those that
    there are at the end of each epoch."""
    def model():
        return S(nn.Dense(5, kernel_regularizer="l2"), nn.BatchNormalization(), nn.Dropout(0.5), nn.Dense(3))

    case = (model, X, Y, "mse", {"validation_data": (X[::-1], Y)})
    agree(case)
    assert steps["python"] - steps["all"] / 2 == 8 and not caplog.records
    one, history = trained(case, OPTIMIZERS["adam"], False)
    found = one.evaluate(X[::-1], Y, batch_size=16, return_dict=True)
    assert found == {name: history[f"val_{name}"][-1] for name in found}


def test_what_is_evaluated_by_code_of_ones_own_is_as_in_eager(steps, caplog):
    """Of numbers that a callback changes, and those of steps that can't be replayed: this is told once."""

    class Scaled(nn.Layer):
        scale = 1.0

        def call(self, x):
            return x * self.scale

    class Larger(nn.callbacks.Callback):
        def on_epoch_end(self, epoch, logs):
            self.model.layers[-1].scale += 1.0

    case = (lambda: S(nn.Dense(3), Scaled()), X, Y, "mse", {"validation_data": (X, Y)})
    agree(case, OPTIMIZERS["sgd"], callbacks=[Larger])
    assert len(caplog.records) == 1 and "is not what it was" in caplog.text


@pytest.mark.parametrize("callback, times", [(nn.callbacks.TerminateOnNaN, 2), (nn.callbacks.LambdaCallback, 2), (
    lambda: nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None), 2 * EPOCHS)])  # fmt: skip
def test_the_metrics_are_found_in_each_epoch_only_if_a_callback_may_change_them(callback, times, steps, monkeypatch):
    """Once for training, and once for what is evaluated."""
    found, find = [], loop.Loop.find
    monkeypatch.setattr(loop.Loop, "find", lambda self: (found.append(self), find(self)))
    trained(MODELS["validated"], OPTIMIZERS["sgd"], False, [callback], validation_freq=1)
    assert len(found) == times


def test_few_steps_and_run_eagerly_are_not_traced(steps):
    trained(MODELS["dense"], OPTIMIZERS["sgd"], True)
    trained(MODELS["dense"], OPTIMIZERS["sgd"], False, epochs=5)
    assert steps["python"] == steps["all"]


def test_long_steps_are_not_traced(steps, monkeypatch):
    monkeypatch.setattr(step, "LONG", 0.0)
    agree(MODELS["dense"])
    assert steps["python"] == steps["all"]


def test_while_somebody_listens_the_steps_run_as_they_are(steps):
    with ad.debug():
        trained(MODELS["dense"], OPTIMIZERS["sgd"], False)
    assert steps["python"] == steps["all"]


def test_data_are_checked_in_replays_as_in_eager(steps):
    words = np.array(WORDS)
    words[-1, 0] = 9  # the first batch has been checked before training; this one comes late
    for eager in (True, False):
        with pytest.raises(ValueError, match=r"rows \[0, 9\), but was asked for"):
            trained((MODELS["words"][0], words, *MODELS["words"][2:]), OPTIMIZERS["sgd"], eager, shuffle=False)


# -- code of one's own ---------------------------------------------------------------------------------------------------------


class Own(nn.Model):
    """A model whose `call` ends in a function of one's own."""

    def __init__(self, then):
        super().__init__(name="own")
        self.dense, self.last, self.then = nn.Dense(3), nn.Dense(3), then
        self.drops, self.rng = [nn.Dropout(0.25), nn.Dropout(0.25, seed=1)], np.random.default_rng(2)
        self.calls, self.scale, self.kept = 0, 1.0, None

    def call(self, x, training=False):
        y = self.then(self, self.drops[1](self.drops[0](self.dense(x))), training)
        return self.last(y)


NOISE = np.random.default_rng(3)
COUNT = {"calls": 0}


def counted(model, y, training):
    model.calls += training
    return y


def keeping(model, y, training):
    model.kept = y
    return y


def read(model, y, training):
    return y * (2.0 if float(np.sum(y.numpy())) > 0 else 1.0)


def noisy(model, y, training):
    return y + NOISE.normal(size=y.shape).astype("f4") if training else y


def sometimes(model, y, training):
    return -y if training and NOISE.random() < 0.01 else y


def by_python(model, y, training):
    return -y if training and random.random() < 0.01 else y


def global_count(model, y, training):
    COUNT["calls"] += training
    return y * (1.0 + 1e-3 * COUNT["calls"])


def masked(model, y, training):
    return y - ad.sum(y[y > 0.1])


def plain(model, y, training):
    return y * ad.to_numpy(y).shape[0]


def no_box(model, y, training):
    if isinstance(y, ad.Tensor) and ad.is_tracing():
        raise AttributeError("what an array can do and a Tensor can't")
    return y


def drawn_before(model, y, training):
    noise = model.rng.normal(size=y.shape).astype("f4")
    return no_box(model, y + noise if training else y, training)


def fine(model, y, training):
    return np.tanh(y) * model.scale


REFUSED = {
    counted: r"assigns own\.calls", keeping: r"assigns own\.kept", read: "takes a plain number or array out of what is traced",
    noisy: "Python drew random numbers from Generator", sometimes: "Python drew random numbers from Generator",
    by_python: r"random\.Random", global_count: "Python gives other numbers", masked: "depends on numbers",
    plain: "takes a plain number", no_box: "AttributeError: what an array can do", drawn_before: "AttributeError",
}  # fmt: skip


def own(then):
    NOISE.bit_generator.state = np.random.default_rng(3).bit_generator.state
    COUNT["calls"] = 0
    random.seed(0)
    return Own(then)


@pytest.mark.parametrize("then", REFUSED, ids=lambda then: then.__name__)
def test_what_cannot_be_replayed_runs_as_it_is_and_is_told_once(then, steps, caplog):
    one, other = agree((lambda: own(then), X, Y, "mse", {}))
    assert one.calls == other.calls
    (record,) = caplog.records
    assert "fit does not replay the steps of own" in record.message and "run_eagerly=True" in record.message
    assert re.search(REFUSED[then], record.message), record.message
    agree((lambda: own(then), X, Y, "mse", {}))
    assert len(caplog.records) == 1


def test_a_model_of_ones_own_is_replayed(steps, caplog):
    agree((lambda: own(fine), X, Y, "mse", {}))
    assert steps["python"] < steps["all"] and not caplog.records


class Scaling(nn.callbacks.Callback):
    """Changes what a model reads."""

    def __init__(self, change):
        self.change = change

    def on_epoch_begin(self, epoch, logs=None):
        if epoch in (4, 8):
            self.change(self.model, epoch)


CHANGES = {
    "a number": lambda model, epoch: setattr(model, "scale", 0.5 * model.scale),
    "a variable": lambda model, epoch: model.dense.bias.assign([1.0, 2.0, 3.0]),
    "what is trained": lambda model, epoch: setattr(model.dense, "trainable", epoch == 8),
    "a hyperparameter": lambda model, epoch: setattr(model.optimizer, "beta_1", 0.5),
    "the seed": lambda model, epoch: nn.set_random_seed(epoch),
    "a function": lambda model, epoch: setattr(model, "then", lambda model, y, training: y * y),
    "the slots": lambda model, epoch: [model.optimizer.state.update({v: [0 * a for a in slots]}) for v, slots
                                       in model.optimizer.state.items()],
    "a loss": lambda model, epoch: setattr(model, "loss", nn.losses.get("mae")),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_callback_changes_holds_in_replays(name, steps):
    agree((lambda: own(fine), X, Y, "mse", {}), callbacks=[lambda: Scaling(CHANGES[name])])
    assert steps["python"] < steps["all"]


def test_a_callback_between_batches_has_the_steps_run_as_they_are(steps, caplog):
    class Warming(nn.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.scale *= 0.999

    agree((lambda: own(fine), X, Y, "mse", {}), callbacks=[Warming])
    assert steps["python"] == steps["all"] and "Warming acts between batches" in caplog.text


def test_a_model_is_saved_and_loaded_in_the_middle(tmp_path):
    """The slots are then other arrays, in other lists."""

    class Back(nn.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 4:
                self.model.save(tmp_path / "model.npz")
            if epoch == 8:
                self.model.load(tmp_path / "model.npz")

    agree(MODELS["dropout"], callbacks=[Back])


def test_layers_that_are_made_in_training_are_replayed(steps):
    class Late(nn.Sequential):
        def call(self, x, training=False):
            x = super().call(x)
            if training:
                self.late = getattr(self, "late", None) or nn.Dense(3)
                x = self.late(x)
            return x

    agree((lambda: Late([nn.Dense(3)]), X, Y, "mse", {}))
    assert steps["python"] < steps["all"]
