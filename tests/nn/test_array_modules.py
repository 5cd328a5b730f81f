"""nn on arrays of another library: the stand-in for CuPy, whose arrays are never copied to the host unasked."""

import sys
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn

sys.path.insert(0, str(Path(__file__).parents[1]))
from external import strict

RNG = np.random.default_rng(0)
ROWS, STEPS, IMAGES = RNG.normal(size=(48, 4)), RNG.normal(size=(48, 5, 4)), RNG.normal(size=(48, 6, 6, 2))
WORDS = RNG.integers(0, 9, (48, 5))
LABELS, YES = RNG.integers(0, 3, 48), RNG.integers(0, 2, (48, 1))
ONE_HOT, WEIGHTS = np.eye(3)[LABELS], RNG.uniform(0.5, 2.0, 48)
LOGITS = nn.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture(autouse=True)
def float64():
    before = nn.floatx()
    nn.set_floatx("float64")
    yield
    nn.set_floatx(before)


def to(how, a):
    """The data of a run: numpy's, which go to the array module, or arrays that are there already."""
    return strict.array(a) if how == "data" else a


def trained(how, layers, x, y, optimizer="adam", loss=LOGITS, metrics=(), **options):
    """(weights, history, outputs) of a model after fit. Of another library nothing may come to the host but single numbers."""
    options = {"epochs": 2, "batch_size": 16, "verbose": 0} | options
    if "sample_weight" in options:
        options["sample_weight"] = to(how, options["sample_weight"])
    x, y = to(how, x), to(how, y)
    nn.set_random_seed(3)
    with nn.use_array_module(strict if how == "module" else np):
        model = nn.Sequential(layers())
        optimizer, metrics = (made() if callable(made) else made for made in (optimizer, metrics))
        model.compile(optimizer, loss, list(metrics))
        strict.COPIED.clear()
        history = model.fit(x, y, validation_data=(x, y), **options)
        model.evaluate(x, y)
        assert max(strict.COPIED, default=1) == 1
        kind = np.ndarray if how == "numpy" else strict.StrictArray
        slots = [a for of_one in model.optimizer.state.values() for a in of_one if np.ndim(a)]
        assert all(type(a) is kind for a in (*slots, *[v.data for v in model.variables]))
        outputs = model.predict(x)
        assert type(outputs) is (strict.StrictArray if how == "data" else np.ndarray)
    return model.get_weights(), history.history, ad.to_numpy(outputs)


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-10)


MODELS = {
    "mlp": (lambda: [nn.Dense(8, "relu", kernel_regularizer="l2"), nn.BatchNormalization(), nn.Dropout(0.3), nn.Dense(3)],
            ROWS),
    "convnet": (lambda: [nn.Conv2D(4, 3, padding="same"), nn.MaxPool2D(2), nn.Conv2D(4, 2, 2), nn.MaxPool2D(1, 1), nn.Flatten(),
                         nn.Dense(3)], IMAGES),
    "pooling": (lambda: [nn.MaxPool2D(3, 2), nn.AveragePooling2D(2, padding="same"), nn.GlobalAveragePooling2D(), nn.Dense(3)],
                IMAGES),
    "lstm": (lambda: [nn.LSTM(5, dropout=0.2, recurrent_dropout=0.2, return_sequences=True), nn.LSTM(4), nn.Dense(3)], STEPS),
    "gru with masks": (lambda: [nn.Embedding(9, 4, mask_zero=True), nn.GRU(5), nn.Dense(3)], WORDS),
    "positions": (lambda: [nn.SinePositionEncoding(), nn.LayerNormalization(), nn.Flatten(), nn.GaussianNoise(0.1),
                           nn.Dense(3)], STEPS),
}  # fmt: skip


@pytest.mark.parametrize("how", ["module", "data"])
@pytest.mark.parametrize("name", MODELS)
def test_fit_gives_the_weights_of_numpy(name, how):
    layers, x = MODELS[name]
    runs = [trained(k, layers, x, LABELS, metrics=["accuracy"]) for k in ("numpy", how)]
    (weights, history, outputs), (theirs, told, found) = runs
    for a, b in zip((*weights, outputs), (*theirs, found), strict=True):
        close(a, b)
    assert history.keys() == told.keys()
    close([history[key] for key in history], [told[key] for key in history])


def mlp():
    return [nn.Dense(5, "tanh"), nn.Dense(3)]


OPTIMIZERS = {
    **{name: name for name in ("sgd", "adam", "rmsprop", "adamw", "adamax", "nadam", "adadelta", "adagrad", "lion")},
    "momentum": lambda: nn.optimizers.SGD(0.1, 0.9, nesterov=True, clipnorm=0.1),
    "clipped": lambda: nn.optimizers.Adam(global_clipnorm=0.1, weight_decay=0.1),
    "centered": lambda: nn.optimizers.RMSprop(centered=True, momentum=0.5, clipvalue=0.1),
    "schedule": lambda: nn.optimizers.SGD(nn.schedules.ExponentialDecay(0.1, 3, 0.5)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_step_where_the_variables_are(name):
    runs = [trained(how, mlp, ROWS, LABELS, OPTIMIZERS[name])[0] for how in ("numpy", "module")]
    for a, b in zip(*runs):
        close(a, b)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_steps_that_are_replayed(optimizer):
    options = dict(epochs=20, batch_size=8)
    layers = lambda: [nn.Dense(5, "relu"), nn.BatchNormalization(), nn.Dropout(0.2), nn.Dense(3)]
    runs = [trained(how, layers, ROWS, LABELS, optimizer, **options)[0] for how in ("numpy", "data")]
    for a, b in zip(*runs):
        close(a, b)


OF_TWO = ["accuracy", "auc", "precision", "recall", "f1_score", "mse", "r2_score", "binary_crossentropy", "hinge", "log_cosh",
          "cosine_similarity", "root_mean_squared_error"]  # fmt: skip
TASKS = {
    "two classes": ("sigmoid", YES, "binary_crossentropy", OF_TWO, {}),
    "one-hot rows": ("softmax", ONE_HOT, "categorical_crossentropy",
                     ["accuracy", "top_k_categorical_accuracy", "f1_score", "auc"], {}),
    "labels": (None, LABELS, LOGITS, lambda: ["accuracy", "sparse_top_k_categorical_accuracy",
                                              nn.metrics.MeanIoU(3, sparse_y_pred=False)], {}),
    "class weights": (None, LABELS, LOGITS, ["accuracy"], {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}}),
    "sample weights": (None, LABELS, LOGITS, ["accuracy"], {"sample_weight": WEIGHTS}),
    "a class ignored": (None, LABELS, nn.losses.SparseCategoricalCrossentropy(True, ignore_class=2), [], {}),
    "hinge": (None, YES, "hinge", [], {}), "huber": (None, YES, "huber", [], {}),
    "focal": ("softmax", ONE_HOT, "categorical_focal_crossentropy", [], {}),
    "divergence": ("softmax", ONE_HOT, "kl_divergence", [], {}),
}  # fmt: skip


@pytest.mark.parametrize("how", ["module", "data"])
@pytest.mark.parametrize("name", TASKS)
def test_losses_and_metrics(name, how):
    activation, y, loss, metrics, options = TASKS[name]
    units = 1 if y is YES else 3
    layers = lambda: [nn.Dense(units, activation)]
    runs = [trained(k, layers, ROWS, y, "sgd", loss, metrics, **options)[1] for k in ("numpy", how)]
    assert runs[0].keys() == runs[1].keys()
    close(*[[history[key] for key in runs[0]] for history in runs])


def test_callbacks_keep_the_best_weights_there_and_files_go_through_the_host(tmp_path):
    def fitted(how, file):
        nn.set_random_seed(0)
        model = nn.Sequential(mlp())
        model.compile(nn.optimizers.Adam(0.3), LOGITS, ["accuracy"])
        x, y = to(how, ROWS), to(how, LABELS)
        stopping = nn.callbacks.EarlyStopping("val_loss", patience=1)
        strict.COPIED.clear()
        model.fit(x[:32], y[:32], epochs=20, validation_data=(x[32:], y[32:]), callbacks=[stopping], verbose=0)
        assert max(strict.COPIED, default=1) == 1 and 0 < stopping.stopped_epoch < 19
        saving = nn.callbacks.ModelCheckpoint(file, "loss")
        model.fit(x, y, epochs=2, callbacks=[saving], verbose=0)
        return model

    ours, theirs = (fitted(how, tmp_path / f"{how}.npz") for how in ("numpy", "data"))
    for a, b in zip(ours.get_weights(), theirs.get_weights()):
        close(a, b)
    with nn.use_array_module(strict):
        again = nn.Sequential(mlp())
        again.compile(nn.optimizers.Adam(0.3), LOGITS)
        again.load(tmp_path / "numpy.npz")
    assert all(type(a) is strict.StrictArray for v in again.variables for a in (v.data, *again.optimizer.state.get(v, ())))
    for model, how in ((ours, "numpy"), (again, "data"), (theirs, "data")):
        model.fit(to(how, ROWS), to(how, LABELS), shuffle=False, verbose=0)
    for a, b, c in zip(*[model.get_weights() for model in (ours, again, theirs)]):
        close(a, b), close(a, c)


def test_the_array_module():
    assert nn.array_module() is np
    nn.set_array_module("external.strict")
    try:
        assert nn.array_module() is strict
        with nn.use_array_module("numpy"):
            assert type(nn.Dense(2)([[1.0]]).data) is np.ndarray
        layer = nn.Dense(2)
        assert type(layer(np.ones((1, 3))).data) is strict.StrictArray and layer.kernel.device == "elsewhere"
    finally:
        nn.set_array_module(np)
    layer.set_weights([np.ones((3, 2)), strict.array(np.zeros(2))])
    assert layer([[1.0, 2.0, 3.0]]).numpy().tolist() == [[6.0, 6.0]]


@pytest.mark.parametrize("module, words", [("math", "protocols"), (3, "protocols"), ("dask.array", "fit")])
def test_modules_that_can_hold_no_weights(module, words):
    with pytest.raises(ValueError, match=words):
        nn.set_array_module(module)
    assert nn.array_module() is np


def test_a_model_that_was_built_on_the_host_says_how_it_goes_there(tmp_path):
    model = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(3)])
    model.compile("adam", LOGITS)
    model.fit(ROWS, LABELS, verbose=0)
    before = model.get_weights()
    with pytest.raises(TypeError, match=r"gradient of dense.*/kernel is an array of external, .*set_array_module\("):
        model.fit(strict.array(ROWS), strict.array(LABELS), verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
    model.save(tmp_path / "model.npz")
    with nn.use_array_module(strict):
        there = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(3)])
        there.compile("adam", LOGITS)
        there.load(tmp_path / "model.npz")
        there.fit(strict.array(ROWS), strict.array(LABELS), verbose=0)
    assert all(type(w.data) is strict.StrictArray for w in there.weights)


def test_diagnose_says_what_it_says_of_numpys_arrays():
    def said(there, weights):
        nn.set_random_seed(0)
        model = nn.Sequential([nn.Dense(5, "relu"), nn.Dense(1, "sigmoid")])
        model.compile("adam", "binary_crossentropy")
        callback = nn.callbacks.Diagnose(verbose=0)
        first = nn.diagnose(model, there(100 * ROWS), there(YES), there(WEIGHTS), shuffle=False)
        model.fit(there(ROWS), there(YES), verbose=0, callbacks=[callback], shuffle=False)
        assert all(type(w.data) is weights for w in model.weights)
        return str(first), str(callback.diagnosis)

    assert said(strict.array, strict.StrictArray) == said(np.asarray, np.ndarray)


def test_tensorflows_names_leave_arrays_where_they_are():
    import nn.tf as tf

    x, y = strict.array(np.abs(ROWS)), strict.array(LABELS)
    strict.COPIED.clear()
    found = [tf.one_hot(y, 3), tf.argmax(x, 1), tf.ones_like(x), tf.nn.sparse_softmax_cross_entropy_with_logits(y, x[:, :3])]
    assert {ad.array_library(t) for t in found} == {"external"} and not strict.COPIED
    expected = [ONE_HOT, np.abs(ROWS).argmax(1), np.ones_like(ROWS),
                LOGITS.call(LABELS, np.abs(ROWS)[:, :3])]  # fmt: skip
    for t, e in zip(found, expected):
        close(t.numpy(), ad.to_numpy(e))
    with pytest.raises(ValueError, match=r"Labels lie in \[0, 2\), but got 0 to 2"):
        tf.nn.sparse_softmax_cross_entropy_with_logits(y, x[:, :2])
    with pytest.raises(TypeError, match="A Dataset holds numpy's arrays, but got one of external: give it to fit as it is"):
        tf.data.Dataset.from_tensor_slices((x, y))


def test_labels_that_are_too_large_are_told_in_numbers():
    with pytest.raises(ValueError, match=r"Labels lie in \[0, 3\), as there are 3 outputs, but got 1 to 3. Labels begin at 0"):
        LOGITS(strict.array(LABELS + 1), strict.array(ROWS[:, :3]))


def test_targets_elsewhere_beside_outputs_on_the_host_are_refused():
    with pytest.raises(TypeError, match="y_true is an array of external, and y_pred one of numpy: nothing is copied"):
        nn.metrics.SparseCategoricalAccuracy()(strict.array(LABELS), ROWS[:, :3])


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_gradient_of_numpys_goes_where_its_variable_is(name):
    def stepped(there):
        v, optimizer = ad.Variable(there(ROWS)), getattr(nn.optimizers, name)(0.1)
        optimizer.apply_gradients([(ROWS, v)])
        return v

    v = stepped(strict.array)
    assert type(v.data) is strict.StrictArray
    close(v.numpy(), stepped(np.array).numpy())


def test_normalization_adapts_where_the_data_are():
    layer = nn.Normalization()
    layer.adapt(strict.array(ROWS))
    assert type(layer.mean.data) is strict.StrictArray
    close(layer(strict.array(ROWS)).numpy(), (ROWS - ROWS.mean(0)) / ROWS.std(0))
