"""Sweeps: what the table holds, that it is the same wherever the trials ran, and that an interrupted one goes on."""

import json
import math
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import autodiff as ad
import nn
from nn.tuning import sweep

sys.path.insert(0, str(Path(__file__).parents[1]))
from external import strict

X = np.linspace(-1.0, 1.0, 48)[:, None]
Y = np.sin(3 * X)
RATES = {"learning_rate": [0.01, 0.1]}


def build(learning_rate, units=4):
    model = nn.Sequential([nn.Dense(units, "tanh"), nn.Dropout(0.2), nn.Dense(1)])
    model.compile(nn.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return model


def without_seconds(table):
    assert all(row["seconds"] >= 0 for row in table)
    return [{name: x for name, x in row.items() if name != "seconds"} for row in table]


def configs(table):
    return [{name: x for name, x in row.items() if name not in ("seed", "loss", "seconds")} for row in table]


# -- where the trials run --------------------------------------------------------------------------------------------

BACKENDS = {
    "threading": dict(backend="threading", n_jobs=2),
    "loky": dict(backend="loky", n_jobs=2),
    "loky by default": dict(n_jobs=2),
    "multiprocessing, in rounds": dict(backend="multiprocessing", n_jobs=2),
    "that of the block": dict(n_jobs=-1),
}


@pytest.fixture
def double():
    before = nn.floatx()
    nn.set_floatx("float64")  # which another process does not know
    yield
    nn.set_floatx(before)


@pytest.fixture
def training():
    return dict(grid={**RATES, "units": [3, 4]}, x=X, y=Y, seeds=2, epochs=2, validation_split=0.25, verbose=0)


@pytest.mark.parametrize("where", BACKENDS)
def test_the_numbers_do_not_depend_on_where_trials_run(where, double, training):
    joblib = pytest.importorskip("joblib")
    here = without_seconds(sweep(build, **training))
    assert len(here) == 8 and len({row["loss"] for row in here}) == 8
    with joblib.parallel_config("sequential") if where == "that of the block" else nullcontext():
        assert without_seconds(sweep(build, **training, **BACKENDS[where])) == here


def test_on_dask(double, training):
    pytest.importorskip("joblib")
    distributed = pytest.importorskip("distributed")
    here = without_seconds(sweep(build, **training))
    with distributed.Client(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=None):
        assert without_seconds(sweep(build, **training, backend="dask")) == here


@pytest.mark.parametrize("where", ["one after another", "threads", "processes"])
def test_trials_are_where_the_array_module_is(where):
    """Other threads and processes trained on the host."""
    options = {"one after another": {}, "threads": dict(backend="threading", n_jobs=2), "processes": dict(n_jobs=2)}[where]
    if options:
        pytest.importorskip("joblib")

    def libraries(units):
        model = nn.Sequential([nn.Dense(units)])
        model(np.ones((1, 2)))
        return {"is_external": float(ad.array_library(model.variables[0]) == "external")}

    with nn.use_array_module(strict):
        assert [row["is_external"] for row in sweep(libraries, {"units": [2, 3]}, verbose=0, **options)] == [1.0, 1.0]
    assert [row["is_external"] for row in sweep(libraries, {"units": [2]}, verbose=0, **options)] == [0.0]


def test_rays_backend_says_how_it_is_registered():
    pytest.importorskip("joblib")
    with pytest.raises(ValueError, match=r"from ray.util.joblib import register_ray; register_ray\(\)"):
        sweep(build, RATES, X, Y, backend="ray", verbose=0)


def test_a_seed_begins_all_configurations_alike_and_leaves_nns_generator_alone():
    drawn = lambda a: nn.generator().random()
    nn.set_random_seed(5)
    table = sweep(drawn, {"a": [1, 2]}, seeds=[7, 8], verbose=0)
    after = nn.generator().random()
    losses = [row["loss"] for row in table]
    assert losses == [np.random.default_rng(seed).random() for seed in (7, 8)] * 2
    assert after == np.random.default_rng(5).random()


def test_trials_share_neither_a_model_nor_the_state_of_a_callback():
    model = build(0.1)
    stopping = nn.callbacks.EarlyStopping("loss", patience=1, min_delta=1e9)
    table = sweep(lambda a: model, {"a": [1, 2]}, X, Y, epochs=5, callbacks=[stopping], verbose=0)
    assert table[0]["loss"] == table[1]["loss"] and not model.built
    assert "stopped_epoch" not in vars(stopping) or not stopping.stopped_epoch


# -- grids and results -----------------------------------------------------------------------------------------------

GRIDS = {
    "all combinations": ({"a": [1, 2], "b": ["x", "y"]}, [(1, "x"), (1, "y"), (2, "x"), (2, "y")]),
    "configurations": ([{"a": 1, "b": [2, 3]}, {"a": 4, "b": None}], [(1, [2, 3]), (4, None)]),
    "numbers of numpy's": ({"a": np.logspace(-1, 0, 2), "b": np.arange(1)}, [(0.1, 0), (1.0, 0)]),
    "an iterator": (({"a": k, "b": -k} for k in range(2)), [(0, 0), (1, -1)]),
}


@pytest.mark.parametrize("what", GRIDS)
def test_grids(what):
    grid, expected = GRIDS[what]
    assert configs(sweep(lambda a, b: 0.0, grid, verbose=0)) == [{"a": a, "b": b} for a, b in expected]


def test_the_grids_of_scikit_learn():
    search = pytest.importorskip("sklearn.model_selection")
    assert len(sweep(lambda a, b: a, search.ParameterGrid({"a": [1, 2], "b": [3]}), verbose=0)) == 2
    drawn = search.ParameterSampler({"a": range(100), "b": [3]}, 5, random_state=0)
    assert configs(sweep(lambda a, b: a, drawn, verbose=0)) == list(drawn)


def test_a_grid_of_nothing_is_one_configuration():
    assert [row["seed"] for row in sweep(lambda: 1.0, {}, seeds=3, verbose=0)] == [0, 1, 2]


def test_numbers_of_numpys_become_pythons():
    (row,) = sweep(lambda a: np.float32(a), {"a": np.array([2])}, verbose=0)
    assert (type(row["a"]), type(row["loss"])) == (int, float)


HISTORY = nn.callbacks.History()
HISTORY.history = {"loss": [3.0, 2.0], "val_loss": [4.0, 5.0], "learning_rate": [0.1, 0.05]}
RESULTS = {
    "a number": (1, {"loss": 1.0}),
    "a Value": (ad.Value(2.0), {"loss": 2.0}),
    "a Tensor": (ad.constant(3.0), {"loss": 3.0}),
    "a dict": ({"loss": 1.0, "accuracy": np.float32(0.5)}, {"loss": 1.0, "accuracy": 0.5}),
    "lists": ({"loss": [2.0, 1.0]}, {"loss": 1.0}),
    "a History": (HISTORY, {"loss": 2.0, "val_loss": 5.0}),
    "infinity": (math.inf, {"loss": math.inf}),
}


@pytest.mark.parametrize("what", RESULTS)
def test_results(what):
    given, expected = RESULTS[what]
    assert without_seconds(sweep(lambda learning_rate: given, [{"learning_rate": 1}], verbose=0)) == [
        {"learning_rate": 1, "seed": 0, **expected}
    ]


def test_a_model_has_the_numbers_of_its_fit():
    (row,) = sweep(build, {"learning_rate": [0.1]}, X, Y, seeds=[3], epochs=3, batch_size=8, validation_data=(X, Y), verbose=0)
    nn.set_random_seed(3)
    history = build(0.1).fit(X, Y, epochs=3, batch_size=8, validation_data=(X, Y), verbose=0).history
    assert list(row) == ["learning_rate", "seed", "loss", "mae", "val_loss", "val_mae", "seconds"]
    assert {name: curve[-1] for name, curve in history.items()} == {name: row[name] for name in history}


def test_a_training_that_diverges_is_stopped():
    (row,) = sweep(build, {"learning_rate": [1e20]}, X, Y, epochs=10**6, verbose=0)
    assert not math.isfinite(row["loss"]) and "error" not in row


# -- what goes wrong -------------------------------------------------------------------------------------------------

REFUSED = {
    "no function": (lambda: sweep(3, RATES), "build is a function"),
    "no grid": (lambda: sweep(build, 3), "grid is a dict"),
    "text as values": (lambda: sweep(build, {"learning_rate": "adam"}), r"grid\['learning_rate'\] is a list of values"),
    "no values": (lambda: sweep(build, {"learning_rate": []}), "needs a configuration and a seed, but got 0 and 1"),
    "no seeds": (lambda: sweep(build, RATES, seeds=[]), "but got 2 and 0"),
    "bad seeds": (lambda: sweep(build, RATES, seeds=[-1]), "A seed is a whole number, 0 or more"),
    "a seed in the grid": (lambda: sweep(build, {"seed": [1]}), "none of seed, seconds, error, but got 'seed'"),
    "a number as a name": (lambda: sweep(build, {1: [1]}), "A parameter has a name"),
    "an unknown parameter": (lambda: sweep(build, {"rate": [1]}), "build does not take the configuration {'rate': 1}"),
    "an unknown option": (lambda: sweep(build, RATES, X, Y, epoch=1), "those of fit: .*'epoch'"),
    "text as verbose": (lambda: sweep(build, RATES, verbose="yes"), "verbose is True or False"),
    "a list as a file": (lambda: sweep(build, RATES, file=[]), "file is the path of a file"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    call, message = REFUSED[what]
    with pytest.raises(ValueError, match=message):
        call()


FAILING = {
    "raises": (lambda a: 1 / 0, {}, "ZeroDivisionError: division by zero"),
    "returns None": (lambda a: None, {}, "ValueError: The result 'loss' is a number, for build returns a compiled model"),
    "returns text": (lambda a: {"loss": "0.5"}, {}, "ValueError: The result 'loss' is a number"),
    "names a parameter": (lambda a: {"a": 1.0}, {}, "ValueError: A result has a name that is no parameter"),
    "has no data": (lambda a: build(0.1), {}, "ValueError: build returned a model, but no data"),
    "has data for no model": (lambda a: 1.0, {"x": X}, "ValueError: x, y and the options of fit are for a model"),
    "has options for no model": (lambda a: 1.0, {"epochs": 2}, "ValueError: x, y and the options of fit are for a model"),
    "is not compiled": (lambda a: nn.Sequential([nn.Dense(1)]), {"x": X, "y": Y}, "ValueError: You must call `compile"),
}


@pytest.mark.parametrize("what", FAILING)
def test_a_trial_that_fails_says_so_in_its_row(what):
    function, options, message = FAILING[what]
    with pytest.warns(RuntimeWarning, match="1 of 1 trials failed"):
        (row,) = sweep(function, {"a": [1]}, verbose=0, **options)
    assert row["error"].startswith(message) and math.isnan(row["loss"])
    with pytest.raises((ValueError, ZeroDivisionError), match=message.partition(": ")[2]):
        sweep(function, {"a": [1]}, verbose=0, raise_errors=True, **options)


def odd_ones_fail(a):
    if a % 2:
        raise ValueError(f"odd: {a}")
    return {"loss": a, "accuracy": 1.0}


def test_other_trials_go_on():
    with pytest.warns(RuntimeWarning, match="2 of 4 trials failed; .* The first: ValueError: odd: 1") as heard:
        table = sweep(odd_ones_fail, {"a": range(4)}, verbose=0)
    assert heard[0].filename == __file__
    assert [row["loss"] for row in table if "error" not in row] == [0, 2]
    assert all(math.isnan(row["accuracy"]) for row in table if "error" in row)


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_errors_of_other_threads_and_processes(backend):
    pytest.importorskip("joblib")
    with pytest.warns(RuntimeWarning, match="2 of 4"):
        assert sweep(odd_ones_fail, {"a": range(4)}, backend=backend, n_jobs=2, verbose=0)[3]["error"] == "ValueError: odd: 3"
    if backend != "loky":  # whose processes would end, and start again for the next test
        with pytest.raises(ValueError, match="odd: "):
            sweep(odd_ones_fail, {"a": range(4)}, backend=backend, n_jobs=2, verbose=0, raise_errors=True)


# -- the file --------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sweep.jsonl"


@pytest.fixture
def tried():
    """A list of what `square` has been called with."""
    return []


@pytest.fixture
def square(tried):
    return lambda a: tried.append(a) or a**2


def lines(file):
    return file.read_text().splitlines()


def test_what_is_done_is_not_done_again(file, square, tried):
    first = sweep(square, {"a": [1, 2]}, file=file, verbose=0)
    assert sweep(square, {"a": [1, 2]}, file=file, verbose=0) == first and tried == [1, 2]
    assert [row["loss"] for row in sweep(square, {"a": [3, 2, 1]}, file=file, verbose=0)] == [9, 4, 1] and tried == [1, 2, 3]
    assert len(sweep(square, {"a": [2]}, seeds=2, file=file, verbose=0)) == 2 and tried == [1, 2, 3, 2]
    assert sweep(square, [{"a": 2.0}], file=file, verbose=0)[0]["loss"] == 4 and len(lines(file)) == 5
    assert json.loads(lines(file)[0]) == {
        "config": {"a": 1}, "seed": 0, "settings": {"dtype": "float32"}, "result": {"loss": 1.0},
        "seconds": first[0]["seconds"], "error": None,
    }  # fmt: skip


@pytest.mark.parametrize("cut", range(1, 140, 20))
def test_a_line_that_was_being_written_is_forgotten(file, square, tried, cut):
    whole = sweep(square, {"a": [1, 2]}, file=file, verbose=0)
    file.write_bytes(file.read_bytes()[:-cut])
    assert without_seconds(sweep(square, {"a": [1, 2]}, file=file, verbose=0)) == without_seconds(whole)
    assert tried in ([1, 2, 2], [1, 2, 1, 2]) and len(lines(file)) == 2
    assert all(json.loads(line) for line in lines(file))


def test_a_finished_trial_is_written_before_the_next_begins(file):
    table = sweep(lambda a: len(lines(file)), {"a": [1, 2, 3]}, file=file, verbose=0)
    assert [row["loss"] for row in table] == [0, 1, 2]


@pytest.mark.parametrize("backend", ["sequential", "threading"])
def test_an_interrupt_leaves_what_is_finished(file, backend):
    pytest.importorskip("joblib")

    def interrupted(a):
        if a == 3:
            raise KeyboardInterrupt
        return a

    with pytest.raises(KeyboardInterrupt):
        sweep(interrupted, {"a": [1, 2, 3, 4]}, file=file, backend=backend, n_jobs=1, verbose=0)
    assert [json.loads(line)["config"]["a"] for line in lines(file)] == [1, 2]
    assert len(sweep(lambda a: a, {"a": [1, 2, 3, 4]}, file=file, verbose=0)) == len(lines(file)) == 4


def test_what_failed_is_tried_again(file):
    for _ in range(2):
        with pytest.warns(RuntimeWarning, match="1 of 2"):
            sweep(odd_ones_fail, {"a": [1, 2]}, file=file, verbose=0)
    assert len(lines(file)) == 3
    assert [row["loss"] for row in sweep(lambda a: -a, {"a": [1, 2]}, file=file, verbose=0)] == [-1, 2]
    assert len(sweep(lambda a: -a, {"a": [1, 2]}, file=file, verbose=0)) == 2 and len(lines(file)) == 4


def test_other_options_and_dtypes_are_other_trials(file, double):
    options = dict(x=X, y=Y, file=file, verbose=0, callbacks=[], validation_data=(X, Y))
    losses = {epochs: sweep(build, {"learning_rate": [0.1]}, epochs=epochs, **options)[0]["loss"] for epochs in (1, 2)}
    assert losses[1] != losses[2]
    nn.set_floatx("float32")
    assert sweep(build, {"learning_rate": [0.1]}, epochs=np.int64(1), **options)[0]["loss"] != losses[1]
    settings = [json.loads(line)["settings"] for line in lines(file)]
    assert settings == [{"dtype": dtype, "epochs": n} for dtype, n in (("float64", 1), ("float64", 2), ("float32", 1))]


def test_nan_and_infinity_are_kept(file):
    grid = {"a": [math.inf, math.nan]}
    for _ in range(2):
        assert [str(row["loss"]) for row in sweep(lambda a: -a, grid, file=file, verbose=0)] == ["-inf", "nan"]
    assert len(lines(file)) == 2


@pytest.mark.parametrize("text", ["a line\n", "the end", "{}\n", '{"config": 1}\n', "\n", '{"configs"', "\xff\n"])
def test_a_file_of_something_else_stays_as_it_is(file, text):
    file.write_text(text)
    with pytest.raises(ValueError, match=r"sweep\.jsonl:1 is no trial of a sweep, but"):
        sweep(lambda a: a, {"a": [1]}, file=file)
    assert file.read_text() == text


def test_parameters_that_a_file_cannot_hold(file):
    assert sweep(lambda a: 1.0, {"a": [np.tanh]}, verbose=0)[0]["a"] is np.tanh
    with pytest.raises(ValueError, match="With file=, parameters are numbers, text"):
        sweep(lambda a: 1.0, {"a": [np.tanh]}, file=file)


def test_a_folder_that_is_not_there(tmp_path, tried, square):
    with pytest.raises(FileNotFoundError):
        sweep(square, {"a": [1]}, file=tmp_path / "none" / "sweep.jsonl")
    assert tried == []


# -- what is shown ---------------------------------------------------------------------------------------------------


def test_a_log_has_few_lines(capsys):
    with pytest.warns(RuntimeWarning):
        sweep(odd_ones_fail, {"a": range(10)})
    first, *others, last = capsys.readouterr().out.splitlines()
    assert first == "trial 1/10  a 0  seed 0  loss 0  accuracy 1" and len(others) < 8
    assert last == "trial 10/10  a 9  seed 0  loss nan  ValueError: odd: 9"


def test_a_terminal_has_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("nn.tuning.sweeps.in_log", lambda: False)
    sweep(lambda a: a, {"a": range(10)})
    assert "10/10" in capsys.readouterr().err
    sweep(lambda a: a, {"a": range(10)}, verbose=0)
    assert capsys.readouterr() == ("", "")
