"""Callbacks: whom fit tells what and when, what each of them does, and what is shown."""

import csv
import io
import math
import sys
import types
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
import tqdm

import nn
from nn.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
    progress,
)

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 3)), RNG.normal(size=(24, 1))
HELD = (RNG.normal(size=(8, 3)), RNG.normal(size=(8, 1)))


def network(optimizer="adam", metrics=(), layers=None):
    nn.set_random_seed(0)
    model = nn.Sequential(layers or [nn.Dense(6, "tanh"), nn.Dense(1)])
    model.compile(optimizer, "mse", list(metrics))
    return model


def fit(model, *callbacks, epochs=3, **options):
    return model.fit(X, Y, batch_size=8, epochs=epochs, validation_data=HELD, verbose=0, callbacks=callbacks, **options)


# -- whom fit tells what ---------------------------------------------------------------------------------------------


class Diary(Callback):
    """Every hook in order, without its logs."""

    def __init__(self, name="", events=None):
        self.name, self.events = name, [] if events is None else events

    def __getattribute__(self, hook):
        if not hook.startswith("on_"):
            return super().__getattribute__(hook)
        return lambda *args, **logs: self.events.append((self.name + hook[3:], *(a for a in args if isinstance(a, int))))


def test_the_order_of_events():
    diary = Diary()
    fit(network(), diary, epochs=2)
    batches = [event for k in range(3) for event in (("train_batch_begin", k), ("train_batch_end", k))]
    tests = [("test_begin",), ("test_batch_begin", 0), ("test_batch_end", 0), ("test_end",)]
    epochs = [[("epoch_begin", k), *batches, *tests, ("epoch_end", k)] for k in range(2)]
    assert diary.events == [("train_begin",), *epochs[0], *epochs[1], ("train_end",)]


def test_what_callbacks_know():
    seen = []
    told = LambdaCallback(on_train_begin=lambda logs=None: seen.append(dict(told.params)))
    model = network()
    fit(model, told, epochs=5, initial_epoch=3)
    assert told.model is model
    assert seen == [{"epochs": 5, "initial_epoch": 3, "steps": 3, "batch_size": 8, "do_validation": True}]


def test_the_logs():
    seen = {}
    hooks = {hook: lambda *args, hook=hook: seen.setdefault(hook, args[-1]) for hook in ("on_train_batch_end", "on_epoch_end")}
    history = fit(network(metrics=["mae"]), LambdaCallback(**hooks), epochs=1).history
    assert sorted(seen["on_train_batch_end"]) == ["loss", "mae"]
    assert {name: [x] for name, x in seen["on_epoch_end"].items()} == history


def test_an_unknown_hook_is_named():
    with pytest.raises(ValueError, match="'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)


class Breaking(Callback):
    """Raises at a batch of an epoch, or at another hook."""

    def __init__(self, error, hook="on_train_batch_end", at=1, epoch=2):
        self.error, self.at, self.epoch, self.now = error, at, epoch, 0
        setattr(self, hook, self.strike)

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def strike(self, k=None, logs=None):
        if not isinstance(k, int) or (self.now == self.epoch and k == self.at):
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("stop")], ids=["Ctrl-C", "error"])
def test_whoever_was_told_of_the_beginning_is_told_of_the_end(error):
    events = []
    model = network()
    with pytest.raises(type(error)):
        fit(model, Diary("first ", events), Breaking(error), Diary("last ", events))
    assert events[:2] == [("first train_begin",), ("last train_begin",)]
    assert events[-2:] == [("first train_end",), ("last train_end",)]
    assert model.history.epoch == [0, 1] and len(model.history.history["val_loss"]) == 2


def test_a_callback_that_fails_at_the_beginning_or_the_end_does_not_keep_others_from_theirs():
    events = []
    with pytest.raises(RuntimeError):
        fit(network(), Diary("first ", events), Breaking(RuntimeError(), "on_train_begin"), Diary("last ", events))
    assert events == [("first train_begin",), ("first train_end",)]
    events.clear()
    with pytest.raises(RuntimeError):
        fit(network(), Breaking(RuntimeError(), "on_train_end"), Diary("last ", events), epochs=1)
    assert events[-1] == ("last train_end",)


def test_stop_training_ends_after_the_batch_or_the_epoch():
    def stop(*_):
        model.stop_training = True

    for hook, steps in (("on_train_batch_end", 1), ("on_epoch_end", 3)):
        model = network()
        history = fit(model, LambdaCallback(**{hook: stop}))
        assert history.epoch == [0] and model.optimizer.iterations == steps
    assert fit(model).epoch == [0, 1, 2]  # the next fit begins anew


# -- early stopping --------------------------------------------------------------------------------------------------


class Keeping(Callback):
    """The weights at the end of each epoch."""

    def __init__(self):
        self.weights = []

    def on_epoch_end(self, epoch, logs=None):
        self.weights.append(self.model.get_weights())


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


ENDS = {
    "patience": dict(patience=3, epochs=200),
    "the last epoch": dict(patience=500, epochs=40),
    "Ctrl-C": dict(patience=500, epochs=200, error=KeyboardInterrupt()),
    "an error": dict(patience=500, epochs=200, error=RuntimeError("power")),
    "another callback's stop": dict(patience=500, epochs=200, stop=39),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_best_weights_come_back_however_training_ends(end):
    patience, epochs, error, stop = (ENDS[end].get(key) for key in ("patience", "epochs", "error", "stop"))
    early, keeping, model = EarlyStopping(patience=patience), Keeping(), network(nn.optimizers.Adam(0.03))
    others = [Breaking(error, epoch=40)] if error else []
    if stop:
        others.append(LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == stop)))
    with pytest.raises(type(error)) if error else nullcontext():
        fit(model, keeping, early, *others, epochs=epochs)
    losses = model.history.history["val_loss"]
    best = int(np.argmin(losses))
    assert best < len(losses) - 1, "the run has to go past its best"
    assert same(model.get_weights(), keeping.weights[best]) and not same(model.get_weights(), keeping.weights[-1])
    assert model.evaluate(*HELD) == pytest.approx(losses[best], rel=1e-6)
    assert (early.best_epoch, early.best) == (best, losses[best])
    if end == "patience":
        assert early.stopped_epoch == best + 3 == len(losses) - 1 and early.reason == "val_loss has not improved for 3 epochs"
    else:
        assert early.stopped_epoch == 0 and early.reason is None and len(losses) == 40


def test_the_weights_that_a_training_loss_belongs_to_are_those_before_the_epoch():
    """With all examples in one batch the loss of an epoch is exactly that of the weights it began with."""
    rates = LearningRateScheduler(lambda epoch, rate: 0.1 if epoch < 4 else 10.0)  # then it runs away
    model = network(nn.optimizers.SGD())
    history = model.fit(X, Y, "all", 7, 0, [rates, EarlyStopping("loss", patience=2)]).history["loss"]
    assert model.evaluate(X, Y) == pytest.approx(min(history), rel=1e-6) and min(history) < history[-1]


def test_without_restoring_the_last_weights_stay():
    keeping, model = Keeping(), network(nn.optimizers.Adam(0.03))
    fit(model, keeping, EarlyStopping(patience=2, restore_best_weights=False), epochs=100)
    assert same(model.get_weights(), keeping.weights[-1]) and len(keeping.weights) < 100


def test_nan_ends_it_and_the_best_weights_come_back():
    early, keeping, model = EarlyStopping(patience=50), Keeping(), network()
    spoil = LambdaCallback(on_epoch_end=lambda epoch, logs: epoch == 3 and logs.update(val_loss=math.nan))
    fit(model, keeping, spoil, early, epochs=100)
    assert early.reason == "val_loss is NaN" and len(keeping.weights) == 4
    assert same(model.get_weights(), keeping.weights[early.best_epoch])


def test_a_number_that_is_not_there_is_a_warning_that_says_what_is():
    with pytest.warns(UserWarning, match=r"watches 'val_loss', which is not there; there are loss\. Give fit validation data"):
        network().fit(X, Y, verbose=0, callbacks=[EarlyStopping()])


NUMBERS = [
    [1.0, 0.9, 0.95, 0.93, 0.92, 0.89, 0.91, 0.9, 0.9, 0.9], [1.0] * 10, [3.0, 2.0, 1.0, 0.5, 0.6, 0.7, 0.4, 0.8, 0.9, 1.0]
]  # fmt: skip
STOPPERS = [
    dict(patience=2), dict(patience=1), dict(patience=3, min_delta=0.05), dict(patience=2, baseline=0.9),
    dict(patience=2, start_from_epoch=3), dict(patience=2, mode="max"),
]  # fmt: skip
REDUCERS = [
    dict(patience=2), dict(patience=1, cooldown=2), dict(patience=1, min_lr=0.03, factor=0.5), dict(patience=1, mode="max")
]  # fmt: skip
WATCHERS = [("EarlyStopping", options) for options in STOPPERS] + [("ReduceLROnPlateau", options) for options in REDUCERS]


def told(library, model, kind, options, numbers):
    """(the epoch after which it stops, the learning rate after each epoch) when a callback is told these numbers."""
    callback = getattr(library.callbacks, kind)("val_loss", **options)
    if library is nn:
        callback.model = model
    else:
        callback.set_model(model)
    model.stop_training, rates = False, []
    callback.on_train_begin()
    for epoch, x in enumerate(numbers):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {"val_loss": x})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    return epoch, rates


@pytest.mark.parametrize("kind, options", WATCHERS)
def test_stopping_and_slowing_down_as_in_keras(kind, options, keras):
    for numbers in NUMBERS:
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        theirs = told(keras, model, kind, options, numbers)
        ours = told(nn, network(nn.optimizers.SGD(0.1)), kind, options, numbers)
        assert ours[0] == theirs[0]
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-6)


@pytest.mark.parametrize(
    "options, epoch",
    [(dict(patience=2), 3), (dict(patience=3, min_delta=0.05), 4), (dict(patience=2, mode="max"), 2), (dict(patience=0), 2)],
)
def test_when_it_stops(options, epoch):
    assert told(nn, network(), "EarlyStopping", options, NUMBERS[0])[0] == epoch


# -- learning rates --------------------------------------------------------------------------------------------------


def test_the_rate_falls_on_a_plateau():
    rates = told(nn, network(nn.optimizers.SGD(0.1)), "ReduceLROnPlateau", dict(patience=2, factor=0.5), NUMBERS[1])[1]
    np.testing.assert_allclose(rates, 0.1 * 0.5 ** (np.arange(10) // 2))


def test_the_rate_falls_no_lower_than_said_and_rests_in_between():
    options = dict(patience=1, factor=0.1, cooldown=2, min_lr=0.005)
    rates = told(nn, network(nn.optimizers.SGD(0.1)), "ReduceLROnPlateau", options, NUMBERS[1][:8])[1]
    np.testing.assert_allclose(rates, [0.1, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005, 0.005])


def test_a_scheduler_sets_the_rate_of_each_epoch_and_the_history_keeps_it():
    model = network(nn.optimizers.SGD(1.0))
    history = fit(model, LearningRateScheduler(lambda epoch, rate: rate / 2), epochs=3).history
    assert history["learning_rate"] == [0.5, 0.25, 0.125]


@pytest.mark.parametrize("callback", [ReduceLROnPlateau(), LearningRateScheduler(lambda epoch, rate: rate)])
def test_two_masters_of_the_rate_are_refused_before_the_first_step(callback):
    model = network(nn.optimizers.SGD(nn.schedules.ExponentialDecay(0.1, 10, 0.9)))
    with pytest.raises(TypeError, match="follows a schedule"):
        fit(model, callback)
    assert model.optimizer.iterations == 0


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_each_epoch(tmp_path):
    model, keeping = network(), Keeping()
    history = fit(model, keeping, ModelCheckpoint(tmp_path / "{epoch:02d}-{val_loss:.4f}.npz")).history
    names = [f"{k + 1:02d}-{x:.4f}.npz" for k, x in enumerate(history["val_loss"])]
    assert sorted(file.name for file in tmp_path.iterdir()) == names
    again = network()
    again.load(tmp_path / names[1])
    assert same(again.get_weights(), keeping.weights[1]) and again.optimizer.iterations == 6


def test_the_best_checkpoint_alone(tmp_path):
    model, keeping = network(nn.optimizers.Adam(0.05)), Keeping()
    path = tmp_path / "best.npz"
    checkpoint = ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    losses = fit(model, keeping, checkpoint, epochs=40).history["val_loss"]
    model.load_weights(path)
    assert same(model.get_weights(), keeping.weights[int(np.argmin(losses))]) and np.argmin(losses) < 39


def test_a_name_that_cannot_be_made_says_what_there_is(tmp_path):
    with pytest.raises(ValueError, match=r"no 'val_acc' .* there are epoch, loss, val_loss"):
        fit(network(), ModelCheckpoint(tmp_path / "{val_acc:.2f}.npz"))


def test_a_table_of_the_epochs(tmp_path):
    path = tmp_path / "log.csv"
    history = fit(network(metrics=["mae"]), CSVLogger(path), validation_freq=2)
    fit(network(metrics=["mae"]), CSVLogger(path, append=True), epochs=1)
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "loss", "mae", "val_loss", "val_mae"]
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "0"]
    assert [float(row["loss"]) for row in rows[:3]] == history.history["loss"]
    assert [row["val_loss"] for row in rows[:3]] == ["", str(history.history["val_loss"][0]), ""]


def test_the_table_is_there_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        fit(network(), CSVLogger(tmp_path / "log.csv", separator=";"), Breaking(KeyboardInterrupt()))
    assert [line.split(";")[0] for line in (tmp_path / "log.csv").read_text().splitlines()] == ["epoch", "0", "1"]


# -- NaN -------------------------------------------------------------------------------------------------------------


def test_nan_terminates():
    model = network(nn.optimizers.SGD(1e30))
    with pytest.warns(UserWarning, match=r"Batch \d: the loss is (nan|inf), so training stops"), np.errstate(all="ignore"):
        history = fit(model, TerminateOnNaN(), epochs=5)
    assert history.epoch == [0] and model.optimizer.iterations < 4


# -- what is shown ---------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_one_line_a_run(monkeypatch, capsys):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    network().fit(X, Y, batch_size=8, epochs=20)
    assert capsys.readouterr().out == "" and screen.getvalue().count("\n") == 1
    last = screen.getvalue().split("\r")[-1]
    assert "epoch 20/20" in last and "60/60" in last and "loss=" in last


def test_the_line_ends_when_training_is_interrupted(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with pytest.raises(KeyboardInterrupt):
        network().fit(X, Y, batch_size=8, epochs=20, callbacks=[Breaking(KeyboardInterrupt())])
    assert screen.getvalue().endswith("\n") and screen.getvalue().count("\n") == 1


def test_a_log_has_a_line_an_epoch_but_not_too_often(capsys, monkeypatch):
    clock = iter(np.arange(1000.0, 2000.0, 0.2))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    network(metrics=["mae"]).fit(X, Y, epochs=30)
    lines = capsys.readouterr().out.splitlines()
    shown = [int(line.split("/")[0].removeprefix("epoch ")) for line in lines]
    assert shown[0] == 1 and shown[-1] == 30 and 4 <= len(shown) <= 12
    assert lines[0].startswith("epoch 1/30  loss 1.8") and "  mae " in lines[0]
    assert sys.stderr.getvalue() == ""


def test_the_last_line_of_a_run_that_stops_early_is_shown(capsys):
    model = network()
    fit_verbosely = dict(epochs=30, verbose=2, callbacks=[LambdaCallback(on_epoch_end=lambda epoch, logs: stop(epoch))])

    def stop(epoch):
        model.stop_training = epoch == 6

    model.fit(X, Y, **fit_verbosely)
    assert capsys.readouterr().out.splitlines()[-1].startswith("epoch 7/30")


def test_silence(capfd):
    model = network()
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y)
    model.predict(X)
    assert capfd.readouterr() == ("", "")


def test_a_notebook_without_widgets_gets_the_plain_bar_and_no_warning(monkeypatch):
    class Loud(types.ModuleType):
        def __getattr__(self, name):
            warnings.warn("IProgress not found", stacklevel=1)
            return tqdm.tqdm

    monkeypatch.setitem(sys.modules, "tqdm.auto", Loud("tqdm.auto"))
    shown = progress.Progress()
    shown.lines, shown.params = False, {"epochs": 1, "initial_epoch": 0, "steps": 1}
    shown.on_train_begin()
    assert isinstance(shown.bar, tqdm.tqdm)
    shown.on_train_end()
