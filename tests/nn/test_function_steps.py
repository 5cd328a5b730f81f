"""Whole training steps of nn, traced by `ad.function`: forward, loss, gradient and optimizer have the bits of eager."""

import numpy as np
import pytest

import autodiff as ad
import nn

O = nn.optimizers
OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.1),
    "nesterov": lambda: O.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: O.Adam(0.01),
    "amsgrad": lambda: O.Adam(0.01, amsgrad=True),
    "adamw": lambda: O.AdamW(0.01),
    "rmsprop": lambda: O.RMSprop(0.01, centered=True, momentum=0.9),
    "adagrad": lambda: O.Adagrad(0.1),
    "adadelta": lambda: O.Adadelta(1.0),
    "lion": lambda: O.Lion(0.01),
    "schedule": lambda: O.SGD(nn.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "clipped": lambda: O.SGD(0.1, clipvalue=0.01),
    "clipped by norm": lambda: O.SGD(0.1, clipnorm=0.01),
    "clipped together": lambda: O.Adam(0.01, global_clipnorm=0.01),
    "nadam": lambda: O.Nadam(0.01),
}
RNG = np.random.default_rng(0)
BATCHES = [RNG.normal(size=(12, 8)).astype("f4") for _ in range(5)]
LABELS = [RNG.integers(0, 10, 12) for _ in BATCHES]
LOSSES = {
    "mse": (nn.losses.MeanSquaredError(), [RNG.normal(size=(12, 10)).astype("f4") for _ in BATCHES]),
    "huber": (nn.losses.Huber(), [RNG.normal(size=(12, 10)).astype("f4") for _ in BATCHES]),
    "labels": (nn.losses.SparseCategoricalCrossentropy(from_logits=True), LABELS),
    "one-hot": (nn.losses.CategoricalCrossentropy(from_logits=True), [np.eye(10, dtype="f4")[y] for y in LABELS]),
    "binary": (nn.losses.BinaryCrossentropy(from_logits=True), [np.eye(10, dtype="f4")[y] for y in LABELS]),
}


def training(make_optimizer, loss_function):
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(16, "relu"), nn.Dense(16, "tanh"), nn.Dense(10)])
    model(np.zeros((1, 8)))
    optimizer = make_optimizer()

    def step(x, y):
        with ad.Tape() as tape:
            loss = loss_function(y, model(x))
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    return model, optimizer, step


def agree(make_optimizer, loss_function, targets):
    model, optimizer, step = training(make_optimizer, loss_function)
    other, traced_optimizer, traced_step = training(make_optimizer, loss_function)
    traced = ad.function(traced_step)
    for x, y in zip(BATCHES, targets):
        assert step(x, y).numpy() == traced(x, y).numpy()
    for v, w in zip(model.variables, other.variables):
        np.testing.assert_array_equal(v.numpy(), w.numpy())
    for slots, traced_slots in zip(optimizer.state.values(), traced_optimizer.state.values()):
        for a, b in zip(slots, traced_slots):
            np.testing.assert_array_equal(a, b)
    assert optimizer.iterations == traced_optimizer.iterations == len(BATCHES)
    assert traced.traces == 1


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_traced_step_has_the_bits_of_eager(name):
    agree(OPTIMIZERS[name], *LOSSES["mse"])


@pytest.mark.parametrize("name", LOSSES)
def test_a_traced_loss_has_the_bits_of_eager(name):
    agree(OPTIMIZERS["adam"], *LOSSES[name])


def test_the_rate_of_a_traced_step_can_be_set():
    _model, optimizer, step = training(OPTIMIZERS["sgd"], LOSSES["mse"][0])
    _other, traced_optimizer, traced_step = training(OPTIMIZERS["sgd"], LOSSES["mse"][0])
    traced = ad.function(traced_step)
    for k, (x, y) in enumerate(zip(BATCHES, LOSSES["mse"][1])):
        optimizer.learning_rate = traced_optimizer.learning_rate = 0.1 / (k + 1)
        assert step(x, y).numpy() == traced(x, y).numpy()


@pytest.mark.parametrize("name", ["adam", "nadam", "clipped together"])
def test_eager_steps_between_traced_ones(name):
    model, _optimizer, step = training(OPTIMIZERS[name], LOSSES["mse"][0])
    other, _traced_optimizer, traced_step = training(OPTIMIZERS[name], LOSSES["mse"][0])
    traced = ad.function(traced_step)
    for k, (x, y) in enumerate(zip([*BATCHES, *BATCHES], [*LOSSES["mse"][1], *LOSSES["mse"][1]])):
        assert step(x, y).numpy() == (traced_step if k % 3 == 1 else traced)(x, y).numpy()
    for v, w in zip(model.variables, other.variables):
        np.testing.assert_array_equal(v.numpy(), w.numpy())


@pytest.mark.parametrize("name", ["sgd", "nesterov", "adam", "nadam", "adamw", "clipped together"])
def test_a_saved_step_goes_on_in_another_process(name, tmp_path):
    """The rate, the count of steps and the slots are Variables of the file."""
    _model, optimizer, step = training(OPTIMIZERS[name], LOSSES["labels"][0])
    traced = ad.function(step)
    for x, y in zip(BATCHES, LABELS):
        traced(x, y)
    traced.save(tmp_path / "step.json")
    loaded = ad.load_function(tmp_path / "step.json")
    for x, y in zip(BATCHES, LABELS):
        assert float(traced(x, y)) == float(loaded(x, y))
    optimizer.learning_rate = 0.5
    rate = next(v for v in loaded.variables if v.name == "rate")
    rate.assign(0.5)
    for x, y in zip(BATCHES, LABELS):
        assert float(traced(x, y)) == float(loaded(x, y))
    assert optimizer.iterations == 3 * len(BATCHES)


def test_a_schedule_is_python_and_can_not_be_saved(tmp_path):
    _model, _optimizer, step = training(OPTIMIZERS["schedule"], LOSSES["labels"][0])
    traced = ad.function(step)
    traced(BATCHES[0], LABELS[0])
    with pytest.raises(TypeError, match="calls Python"):
        traced.save(tmp_path / "step.json")


def test_a_rate_becomes_a_schedule():
    """The program that read the attribute can't go on: the function itself runs."""
    model, optimizer, step = training(OPTIMIZERS["sgd"], LOSSES["mse"][0])
    other, traced_optimizer, traced_step = training(OPTIMIZERS["sgd"], LOSSES["mse"][0])
    traced = ad.function(traced_step)
    for k, (x, y) in enumerate(zip(BATCHES, LOSSES["mse"][1])):
        if k == 2:
            optimizer._rate = traced_optimizer._rate = nn.schedules.ExponentialDecay(0.1, 2, 0.5)
        assert step(x, y).numpy() == traced(x, y).numpy()
    np.testing.assert_array_equal(model.variables[0].numpy(), other.variables[0].numpy())
    assert traced.traces == 1 and optimizer.iterations == traced_optimizer.iterations == 5


def test_dropout_draws_anew():
    nn.set_random_seed(0)
    drop = nn.Dropout(0.5, dtype="float64")

    @ad.function
    def run(x):
        with nn.training():
            return drop(x)

    found = [run(np.ones(8)).numpy() for _ in range(4)]
    nn.set_random_seed(0)
    with nn.training():
        expected = [np.asarray(drop(ad.constant(np.ones(8)))) for _ in range(4)]
    np.testing.assert_array_equal(found, expected)
