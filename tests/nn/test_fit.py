"""compile, fit, evaluate and predict against Keras, on the runs of reference/runs.py, and what else fit promises.

The reference numbers are those of Keras on TensorFlow in float64, stored in reference/runs.npz and made by
reference/make.py; Keras's optimizers take their options through float32 there, so the runs drift apart by 1e-6 to 1e-5.
"""

from pathlib import Path

import numpy as np
import pytest
from reference import runs as reference

import autodiff as ad
import nn

STORED = dict(np.load(Path(reference.__file__).with_name("runs.npz")))
RUNS = reference.RUNS


@pytest.mark.parametrize("case", RUNS)
def test_a_run_is_the_stored_one_of_keras(case):
    ours = reference.run(nn, *RUNS[case])
    theirs = {name.removeprefix(f"{case}: "): a for name, a in STORED.items() if name.startswith(f"{case}: ")}
    assert set(ours) == set(theirs)
    for name, a in theirs.items():
        np.testing.assert_allclose(ours[name], a, rtol=1e-4, atol=3e-5, err_msg=name)


@pytest.mark.parametrize("case", RUNS)
def test_a_run_is_that_of_the_installed_keras(case, keras):
    if keras.backend.backend() == "jax":
        pytest.skip("jax is in float32 unless it is told otherwise at its start")
    ours, theirs = reference.run(nn, *RUNS[case]), reference.run(keras, *RUNS[case])
    assert set(ours) == set(theirs)
    for name, a in theirs.items():
        np.testing.assert_allclose(ours[name], a, rtol=1e-4, atol=3e-5, err_msg=name)


# -- what it promises ------------------------------------------------------------------------------------------------

X, Y = reference.X.astype("float32"), reference.Y.astype("float32")


def network(optimizer="sgd", loss="mse", metrics=None):
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(4, "tanh", input_shape=(3,)), nn.Dense(2)])
    model.compile(optimizer, loss, metrics)
    return model


class Counting(nn.Layer):
    """x itself; it notes how many examples come at a time in training."""

    def __init__(self):
        super().__init__()
        self.sizes = []

    def call(self, x, training=False):
        if training:
            self.sizes.append(len(x))
        return x


@pytest.mark.parametrize("size, sizes", [(1, [1] * 20), (8, [8, 8, 4]), ("all", [20]), (None, [20])])
def test_one_point_a_mini_batch_or_all(size, sizes):
    """The notes' three ways: stochastic, mini-batch, and plain gradient descent."""
    counting = Counting()
    model = nn.Sequential([counting, nn.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=size, verbose=0)
    assert counting.sizes == sizes and model.optimizer.iterations == len(sizes)


def test_a_step_of_fit_is_the_gradient_step_by_hand():
    model = network(nn.optimizers.SGD(0.1))
    model(X)
    with ad.Tape() as tape:
        loss = np.mean((model(X) - Y) ** 2)
    expected = [v.numpy() - 0.1 * g.numpy() for v, g in zip(model.variables, tape.gradient(loss, model.variables))]
    history = model.fit(X, Y, batch_size="all", verbose=0).history
    assert history["loss"] == [pytest.approx(float(loss), rel=1e-6)]
    for v, w in zip(model.variables, expected):
        np.testing.assert_allclose(v, w, rtol=1e-5, atol=1e-7)


def test_each_example_comes_once_an_epoch_in_new_order():
    seen = []

    class Watching(nn.Layer):
        def call(self, x, training=False):
            if training:
                seen.extend(np.asarray(x)[:, 0].tolist())
            return x

    model = nn.Sequential([Watching(), nn.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(20.0)[:, None]
    model.fit(x, np.zeros(20), batch_size=6, epochs=2, verbose=0)
    first, second = seen[:20], seen[20:]
    assert sorted(first) == sorted(second) == list(range(20)) and len({tuple(first), tuple(second), tuple(range(20))}) == 3
    seen.clear()
    model.fit(x, np.zeros(20), batch_size=6, shuffle=False, verbose=0)
    assert seen == list(range(20))


def test_the_history_has_a_number_an_epoch():
    model = network(metrics=["mae"])
    history = model.fit(X, Y, epochs=5, validation_split=0.2, validation_freq=2, verbose=0)
    assert history is model.history and history.epoch == [0, 1, 2, 3, 4]
    assert {name: len(numbers) for name, numbers in history.history.items()} == {
        "loss": 5, "mae": 5, "val_loss": 2, "val_mae": 2,
    }  # fmt: skip
    assert all(type(number) is float for numbers in history.history.values() for number in numbers)


def test_a_second_fit_goes_on():
    once, twice = network("adam"), network("adam")
    once.fit(X, Y, epochs=6, shuffle=False, verbose=0)
    first = twice.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    second = twice.fit(X, Y, epochs=6, initial_epoch=4, shuffle=False, verbose=0)
    assert second.epoch == [4, 5] and first.history["loss"] + second.history["loss"] == once.history.history["loss"]


def test_evaluate_and_predict_change_nothing_and_do_not_mind_the_batches():
    model = network(metrics=["mae"])
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    numbers = [model.evaluate(X, Y, batch_size=size, verbose=0) for size in (1, 7, 20, None)]
    np.testing.assert_allclose(numbers, [numbers[0]] * 4, rtol=1e-5)
    outputs = [model.predict(X, batch_size=size) for size in (1, 7, 20, None)]
    assert all(type(y) is np.ndarray and y.shape == (20, 2) for y in outputs)
    np.testing.assert_allclose(outputs, [np.asarray(model(X))] * 4, rtol=1e-4, atol=1e-6)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights())) and model.optimizer.iterations == 1
    assert network().evaluate(X, Y) == pytest.approx(float(np.mean((network()(X) - Y) ** 2)))  # one number without metrics


def test_train_on_batch_is_a_step_and_test_on_batch_none():
    model, fitted = network("adam", metrics=["mae"]), network("adam", metrics=["mae"])
    logs = model.train_on_batch(X, Y, return_dict=True)
    history = fitted.fit(X, Y, batch_size="all", shuffle=False, verbose=0).history
    assert {name: [number] for name, number in logs.items()} == history
    assert [w.tobytes() for w in model.get_weights()] == [w.tobytes() for w in fitted.get_weights()]
    assert model.test_on_batch(X, Y) == model.evaluate(X, Y) and model.optimizer.iterations == 1


def test_validation_split_holds_out_the_last_ones():
    one, other = network(), network()
    first = one.fit(X, Y, epochs=3, validation_split=0.25, shuffle=False, verbose=0).history
    second = other.fit(X[:15], Y[:15], epochs=3, validation_data=(X[15:], Y[15:]), shuffle=False, verbose=0).history
    assert first == second


def test_weights_of_0_take_examples_out():
    w = np.repeat([1.0, 0.0], 10)
    part, weighted = network(), network(nn.optimizers.SGD(0.02))  # their mean is over twice as many
    part.fit(X[:10], Y[:10], batch_size="all", verbose=0)
    weighted.fit(X, Y, batch_size="all", sample_weight=w, verbose=0)
    for a, b in zip(part.get_weights(), weighted.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_targets_in_a_row_fit_one_column():
    model = nn.Sequential([nn.Dense(1)])
    model.compile(nn.optimizers.SGD(0.0), "mse", ["mae"])
    history = model.fit(X, Y[:, 0], batch_size=6, verbose=0).history
    errors = model.predict(X)[:, 0] - Y[:, 0]
    assert history["loss"] == [pytest.approx(np.mean(errors**2), rel=1e-5)]
    assert history["mae"] == [pytest.approx(np.mean(np.abs(errors)), rel=1e-5)]


def test_it_learns():
    nn.set_random_seed(1)
    model = nn.MLP([16, 2], "tanh")
    model.compile(nn.optimizers.Adam(0.03), nn.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"])
    x = np.random.default_rng(0).normal(size=(200, 2))
    labels = (x[:, 0] * x[:, 1] > 0).astype(int)  # XOR
    history = model.fit(x[:150], labels[:150], epochs=60, validation_data=(x[150:], labels[150:]), verbose=0).history
    assert history["val_accuracy"][-1] > 0.9 and history["loss"][-1] < 0.2 < history["loss"][0]


def test_a_loop_of_ones_own_over_a_tape_learns_alike():
    fitted, looped = network("adam"), network("adam")
    fitted.fit(X, Y, epochs=5, batch_size="all", shuffle=False, verbose=0)
    for _ in range(5):
        with ad.Tape() as tape:
            loss = looped.loss(Y, looped(X, training=True))
        looped.optimizer.apply_gradients(zip(tape.gradient(loss, looped.trainable_variables), looped.trainable_variables))
    assert [w.tobytes() for w in fitted.get_weights()] == [w.tobytes() for w in looped.get_weights()]


# -- targets are checked once ----------------------------------------------------------------------------------------


def test_targets_are_checked_once_and_not_in_each_batch(monkeypatch):
    checked, check = [], nn.targets.check_labels

    def heard(labels, classes):
        checked.append(len(labels))
        check(labels, classes)

    monkeypatch.setattr(nn.targets, "check_labels", heard)
    model = nn.Sequential([nn.Dense(3)])
    model.compile("sgd", nn.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(np.eye(6), [0, 1, 2, 0, 1, 2], batch_size=2, epochs=3, verbose=0)
    assert checked == [6]
    nn.losses.SparseCategoricalCrossentropy()([0], [[0.5, 0.5]])
    assert checked == [6, 1]  # a loss by itself checks


class OwnTargets(nn.Sequential):
    """Its loss compares with other targets than those that fit has seen."""

    def compute_loss(self, x, y, y_pred=None, sample_weight=None):
        return self.loss(np.full(y_pred.shape, np.nan), y_pred)


def test_targets_that_fit_has_not_seen_are_checked():
    model = OwnTargets([nn.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="targets are NaN"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
