"""fit, evaluate and predict with bad data, which change nothing; with seeds, which decide everything; and the summary."""

import warnings

import numpy as np
import pytest

import autodiff as ad
import nn

RNG = np.random.default_rng(0)
X, LABELS = RNG.normal(size=(40, 3)).astype("f"), RNG.integers(0, 3, 40)
LOGITS = nn.losses.SparseCategoricalCrossentropy(from_logits=True)


def network(*layers, optimizer="adam", loss=LOGITS, metrics=("accuracy",), trained=True):
    """A model for X and LABELS; trained for an epoch, or not even built."""
    nn.set_random_seed(0)
    model = nn.Sequential(layers or [nn.Dense(8, "relu"), nn.BatchNormalization(), nn.Dropout(0.5), nn.Dense(3)])
    model.compile(optimizer, loss, list(metrics))
    if trained:
        model.fit(X, LABELS, verbose=0)
    return model


def state(model):
    """All that training changes, as something to compare."""
    slots = [a.tobytes() for arrays in model.optimizer.state.values() for a in arrays]
    history = model.history and (id(model.history), dict(model.history.history))
    stream = nn.settings.generator().bit_generator.state
    return model.built, [w.tobytes() for w in model.get_weights()], slots, model.optimizer.iterations, history, stream


# -- bad data --------------------------------------------------------------------------------------------------------


def spoiled(a, index, value):
    a = np.array(a, float)
    a[index] = value
    return a


BAD = {
    "no examples": (dict(x=X[:0], y=LABELS[:0]), "no examples"),
    "a number": (dict(x=3.0, y=1), "axis is that of the examples"),
    "text": (dict(x=[["a"] * 3] * 40, y=LABELS), "holds numbers"),
    "ragged rows": (dict(x=[[1.0], [1.0, 2.0]], y=[0, 1]), "x is no array"),
    "NaN inputs": (dict(x=spoiled(X, (7, 1), np.nan), y=LABELS), "NaN in 1 of its 40 examples"),
    "a NaN target at the end": (dict(x=X, y=spoiled(LABELS, -1, np.nan)), "fractions or NaN"),
    "a label out of range at the end": (dict(x=X, y=spoiled(LABELS, -1, 3)), r"\[0, 3\)"),
    "fractions for labels": (dict(x=X, y=LABELS + 0.5), "whole numbers"),
    "no targets": (dict(x=X, y=None), "no targets"),
    "lengths that differ": (dict(x=X, y=LABELS[:-1]), "x: 40, y: 39"),
    "weights of another length": (dict(x=X, y=LABELS, sample_weight=np.ones(3)), "sample_weight: 3"),
    "NaN weights": (dict(x=X, y=LABELS, sample_weight=spoiled(np.ones(40), 0, np.nan)), "sample_weight has NaN"),
    "class weights that are no dictionary": (dict(x=X, y=LABELS, class_weight="balanced"), "a dictionary"),
    "other features": (dict(x=X[:, :2], y=LABELS), "3 features"),
    "a batch larger than the data": (dict(x=X, y=LABELS, batch_size=41), "batch_size is a whole number from 1 to 40"),
    "a batch of none": (dict(x=X, y=LABELS, batch_size=0), "whole number from 1"),
    "half an example": (dict(x=X, y=LABELS, batch_size=1.5), "whole number from 1"),
    "a split of all": (dict(x=X, y=LABELS, validation_split=1.0), r"validation_split is a number from 0 to 1, below 1"),
    "a split of nothing": (dict(x=X[:1], y=LABELS[:1], validation_split=0.1), "not sufficient"),
    "validation lengths that differ": (dict(x=X, y=LABELS, validation_data=(X, LABELS[1:])), "x: 40, y: 39"),
    "validation without targets": (dict(x=X, y=LABELS, validation_data=(X, None)), "no targets"),
    "validation of other labels": (dict(x=X, y=LABELS, validation_data=(X, LABELS + 1)), r"\[0, 3\)"),
    "no callback": (dict(x=X, y=LABELS, callbacks=[print]), "list of callbacks, but holds"),
    "an unknown direction": (dict(x=X, y=LABELS, callbacks=[nn.callbacks.EarlyStopping("val_score")]), "mode='min'"),
    "an unknown format": (dict(x=X, y=LABELS, callbacks=[nn.callbacks.ModelCheckpoint("model.h5")]), ".npz or .safetensors"),
}


@pytest.mark.parametrize("fault", BAD)
def test_bad_data_are_named_before_anything_has_changed(fault):
    arguments, message = BAD[fault]
    model = network()
    before = state(model)
    with pytest.raises(ValueError, match=message):
        model.fit(verbose=0, **arguments)
    assert state(model) == before


UNBUILT = [fault for fault in BAD if fault != "other features"]


@pytest.mark.parametrize("fault", UNBUILT)
def test_after_bad_data_an_unbuilt_model_may_take_others(fault):
    arguments, message = BAD[fault]
    model, unharmed = network(trained=False), network(trained=False)
    before = state(model)
    with pytest.raises(ValueError, match=message):
        model.fit(verbose=0, **arguments)
    if "callback" not in fault and "unknown" not in fault:  # those are asked when the data are in order
        assert state(model) == before
        nn.set_random_seed(0)
        model.fit(X[:, :2], LABELS, verbose=0)
        nn.set_random_seed(0)
        unharmed.fit(X[:, :2], LABELS, verbose=0)
        assert state(model)[1:4] == state(unharmed)[1:4]


@pytest.mark.parametrize("method", ["evaluate", "train_on_batch", "test_on_batch"])
@pytest.mark.parametrize("fault", ["no examples", "NaN inputs", "a label out of range at the end", "lengths that differ"])
def test_the_other_ways_in_refuse_the_same(method, fault):
    arguments, message = BAD[fault]
    model = network()
    before = state(model)
    with pytest.raises(ValueError, match=message):
        getattr(model, method)(arguments["x"], arguments["y"])
    assert state(model) == before


def test_predicting_from_nothing_and_by_impossible_batches():
    model = network()
    with pytest.raises(ValueError, match="There are no examples"):
        model.predict(X[:0])
    with pytest.raises(ValueError, match="3 features"):
        model.predict(X[:, :1])
    for ask in (model.predict, lambda x, batch_size: model.evaluate(x, LABELS, batch_size)):
        with pytest.raises(ValueError, match="batch_size is a positive"):
            ask(X, batch_size=-1)


def test_compile_comes_first():
    model = nn.Sequential([nn.Dense(1)])
    for ask in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(ValueError, match="compile"):
            ask(X, LABELS)
    model.compile("sgd")
    with pytest.raises(ValueError, match="loss"):
        model.fit(X, LABELS)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("adm",), "'adam'"),
        (("adam", "binary_crossentrpy"), "'binary_crossentropy'"),
        (("adam", "mse", ["acuracy"]), "'accuracy'"),
        (("adam", "mse", ["mae", "mae"]), "different names"),
        ((3,), "name or an Optimizer"),
    ],
)
def test_a_compile_that_fails_leaves_what_was_compiled(arguments, message):
    model = network()
    before = model.optimizer, model.loss, model.metrics
    with pytest.raises(ValueError, match=message):
        model.compile(*arguments)
    assert (model.optimizer, model.loss, model.metrics) == before


def test_probabilities_are_refused_by_a_loss_of_logits():
    model = network(nn.Dense(3, "softmax"), trained=False)
    with pytest.raises(ValueError, match="outputs are probabilities"):
        model.fit(X, LABELS)


def test_sorted_labels_and_a_split_are_a_warning():
    order = np.argsort(LABELS)
    with pytest.warns(UserWarning, match="sorted"):
        network(trained=False).fit(X[order], LABELS[order], validation_split=0.2, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network(trained=False).fit(X, LABELS, validation_split=0.2, verbose=0)


def test_lists_whole_numbers_and_truth_values_are_data():
    model = network(nn.Dense(1), loss="mse", metrics=(), trained=False)
    for x in ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], "uint8"), np.eye(2, dtype=bool)):
        model.fit(x, [1, 0], verbose=0)
        assert model.predict(x).dtype == np.float32


# -- weights ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [LABELS, LABELS[:, None], np.eye(3)[LABELS]], ids=["labels", "column", "one-hot"])
def test_class_weights_are_sample_weights(y):
    weight = {0: 3.0, 2: 0.5}
    loss = nn.losses.CategoricalCrossentropy(from_logits=True) if y.shape[-1] == 3 else LOGITS
    by_class, by_sample = (network(loss=loss, trained=False) for _ in range(2))
    each = np.array([weight.get(label, 1.0) for label in LABELS])
    nn.set_random_seed(0)
    one = by_class.fit(X, y, epochs=3, class_weight=weight, sample_weight=np.full(40, 2.0), verbose=0).history
    nn.set_random_seed(0)
    other = by_sample.fit(X, y, epochs=3, sample_weight=2.0 * each, verbose=0).history
    assert one == other and one != network().fit(X, LABELS, epochs=3, verbose=0).history


def test_validation_weights_count():
    model, w = network(), np.linspace(0, 2, 40)
    history = model.fit(X, LABELS, validation_data=(X, LABELS, w), verbose=0).history
    assert history["val_loss"] == [model.evaluate(X, LABELS, batch_size=32, sample_weight=w)[0]]


# -- the same again --------------------------------------------------------------------------------------------------


def curve(seed):
    nn.set_random_seed(seed)
    model = nn.Sequential([nn.Dense(8, "relu"), nn.Dropout(0.3), nn.Dense(3)])
    model.compile("adam", LOGITS, ["accuracy"])
    history = model.fit(X, LABELS, batch_size=16, epochs=4, validation_split=0.25, verbose=0).history
    return history, [w.tobytes() for w in model.get_weights()]


def test_a_seed_decides_everything_to_the_last_bit():
    assert curve(3) == curve(3) and curve(3) != curve(4)


def test_a_dropout_of_its_own_seed_draws_its_own_masks():
    def losses(rate_of_nn):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(8), nn.Dropout(0.5, seed=5), nn.Dense(3)])
        model.compile("sgd", LOGITS)
        model.build((None, 3))
        nn.settings.generator().random(rate_of_nn)
        return model.fit(X, LABELS, shuffle=False, verbose=0).history["loss"]

    assert losses(0) == losses(7)


def test_training_does_not_depend_on_what_is_shown_or_evaluated():
    nn.set_random_seed(3)
    model = nn.Sequential([nn.Dense(8, "relu"), nn.Dropout(0.3), nn.Dense(3)])
    model.compile("adam", LOGITS)
    told = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: model.predict(X))
    history = model.fit(X[:30], LABELS[:30], batch_size=16, epochs=4, verbose=2, callbacks=[told]).history
    assert history["loss"] == curve(3)[0]["loss"]


# -- what a model says of itself -------------------------------------------------------------------------------------


def test_summary():
    lines = []
    network().summary(print_fn=lines.append)
    assert "\n".join(lines).splitlines() == [
        'Model: "sequential"',
        "Layer (type)                               Output Shape   Param #",
        "-" * 65,
        "dense (Dense)                              (None, 8)      32",
        "batch_normalization (BatchNormalization)   (None, 8)      32",
        "dropout (Dropout)                          (None, 8)      0",
        "dense_1 (Dense)                            (None, 3)      27",
        "Total params: 91 (364.00 B)",
        "Trainable params: 75 (300.00 B)",
    ]


def test_summary_of_a_model_that_is_not_built(capsys):
    nn.Sequential([nn.Dense(8)]).summary()
    assert "0 (unbuilt)" in capsys.readouterr().out


def test_a_model_without_variables_is_only_evaluated():
    model = network(nn.Activation("linear"), loss="mse", metrics=(), trained=False)
    with pytest.warns(UserWarning, match="no trainable variables"):
        assert model.fit(X, X, epochs=2, verbose=0).history == {"loss": [0.0, 0.0]}


def test_frozen_layers_stay_as_they_are():
    model = network()
    model.layers[0].trainable = False
    frozen, free = model.layers[0].get_weights(), model.layers[-1].get_weights()
    model.fit(X, LABELS, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(frozen, model.layers[0].get_weights()))
    assert not np.array_equal(free[0], model.layers[-1].get_weights()[0])


# -- compute_loss ----------------------------------------------------------------------------------------------------


def test_compute_loss_is_the_loss_that_fit_minimizes():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)), rng.normal(size=8)
    model = nn.Sequential([nn.Dense(4, "tanh", kernel_regularizer="l2", dtype="float64"), nn.Dense(1, dtype="float64")])
    model.compile("sgd", "mse")
    expected = np.mean((np.asarray(model(x))[:, 0] - y) ** 2) + 0.01 * np.sum(model.layers[0].kernel.numpy() ** 2)
    assert float(model.compute_loss(x, y)) == pytest.approx(expected, rel=1e-12)
    assert float(model.compute_loss(x, y, model(x))) == pytest.approx(expected, rel=1e-12)
    assert float(model.compute_loss(x, y)) == pytest.approx(model.evaluate(x, y), rel=1e-12)
    assert float(model.compute_loss(x, y, None, np.full(8, 2.0))) > expected
    with ad.Tape() as tape:
        loss = model.compute_loss(x, y)
    assert all(g is not None for g in tape.gradient(loss, model.trainable_variables))


def test_fit_and_evaluate_use_a_compute_loss_of_ones_own():
    rng = np.random.default_rng(0)

    class Doubled(nn.Sequential):
        def compute_loss(self, x, y, y_pred=None, sample_weight=None):
            return 2.0 * super().compute_loss(x, y, y_pred, sample_weight)

    x, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    models = [kind([nn.Dense(1, dtype="float64", input_shape=3)]) for kind in (nn.Sequential, Doubled)]
    models[1].set_weights(models[0].get_weights())
    for model, rate in zip(models, (0.02, 0.01)):
        model.compile(nn.optimizers.SGD(rate), "mse")
    plain, doubled = (model.evaluate(x, y) for model in models)
    assert doubled == pytest.approx(2 * plain)
    for model in models:
        model.fit(x, y, epochs=3, shuffle=False, verbose=0)
    for ours, theirs in zip(*(model.get_weights() for model in models)):
        np.testing.assert_allclose(ours, theirs)


def test_compute_loss_needs_compile():
    with pytest.raises(ValueError, match="compile"):
        nn.Sequential([nn.Dense(1)]).compute_loss(np.ones((1, 2)), np.ones(1))
