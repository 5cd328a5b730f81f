"""Ctrl-C at any moment leaves everything consistent: a KeyboardInterrupt is raised at each line that the engine runs, the last
time that it runs. (A compiled module has no lines, so a compiled engine is interrupted between its functions.)"""

import contextlib
import functools
import gc
import linecache
import signal
import sys
import time
from pathlib import Path

import faults
import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.core.levels import levels
from autodiff.core.listening import current, deaf
from autodiff.core.op import everything_recorded

HERE = {str(Path(package.__file__).parent) for package in (ad, nn)}


@functools.cache
def is_ours(code):
    inside = any(code.co_filename.startswith(folder) for folder in HERE)
    return inside and code.co_name not in ("<genexpr>", "batches")  # an exception is lost where a generator is closed


@functools.cache
def puts_back(file, number):
    """Whether the line is the first one of a `finally` that puts something back. No signal comes before it: Python looks for
    signals where functions begin, loops jump back, and calls return."""
    line = linecache.getline(file, number)
    return any(part in line for part in (".set(before)", ".set(self.before)", "if opened:", "if not late"))


def is_place(code, event, number):
    return event in ("call", "line") and not puts_back(code.co_filename, number)


def forward(w, _):
    with ad.Tape():
        np.sum(np.tanh(w * w) @ np.ones(2))


def gradient(w, _):
    with ad.Tape() as tape:
        loss = np.sum(np.log(w * w))
    tape.gradient(loss, w)


def nested(w, _):
    with ad.Tape() as outer:
        with ad.Tape() as inner:
            loss = np.sum(w**3)
        slope = np.sum(inner.gradient(loss, w))
        with outer.stop_recording():
            np.sum(w)
    outer.gradient(slope, w)


def of_values(w, _):
    v = ad.Value(2.0)
    with ad.Tape(debug=True) as tape:
        y = ad.dot([v, v], [v, 3.0]).tanh()
    tape.gradient(y, v)


def assign(w, _):
    w.assign(w.numpy())
    w.assign_add([0.0, 0.0])


def fit(_, model):
    x = np.linspace(-1.0, 1.0, 12).reshape(4, 3)
    model.fit(x, x[:, :1], epochs=1, batch_size=2, verbose=0)


def jacobian(w, _):
    ad.jacobian(lambda x: np.tanh(x) * x)(np.array([1.0, 2.0]))


def watched(w, _):
    with ad.debug(), ad.ForwardAccumulator(w, np.array([1.0, 0.0])) as forward:
        y = np.sum(w * w)
    forward.jvp(y)


PROGRAMS = [forward, gradient, nested, of_values, assign, jacobian, watched, fit]


def small_model():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(2), nn.Dropout(0.5), nn.Dense(1)])
    model.compile(nn.optimizers.SGD(0.0), "mse")  # a rate of 0: no step changes the weights
    model(np.ones((1, 3)))
    return model


def check(w, model):
    """Nothing is left open, marked, or switched: the lecture's loop learns as ever."""
    assert not nn.settings.is_training() and not nn.settings.targets_checked()
    w.assign([1.0, 2.0])
    v = w
    for k in range(2):
        with ad.Tape() as tape:
            loss = np.sum(v * v)
        assert len(tape.span.graph.recorders) == 0 and current() is None
        g = tape.gradient(loss, v)
        assert g is not None and g.numpy().tolist() == (2 * v.numpy()).tolist(), k
        v = v - 0.25 * g
    assert np.geterr() == NORMAL and deaf() == 0 and not everything_recorded.get() and not levels()
    before = [x.numpy() for x in model.weights]
    model(np.ones((1, 3)))
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, model.weights)) and np.all(np.isfinite(before[0]))


NORMAL = np.geterr()


@pytest.fixture
def uncollected():
    """What is closed must not wait for the collector of cycles."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_an_interrupt_at_any_line(program):
    w, model = ad.Variable([1.0, 2.0]), small_model()
    program(w, model)  # what is made once is made
    every = 4 if program is fit else 1
    for _ in faults.interrupted(lambda: program(w, model), is_ours, is_place, turns=[-1], every=every):
        check(w, model)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer that interrupts")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # one in a callback of the collector
@pytest.mark.parametrize("program", [nested, of_values, fit], ids=lambda f: f.__name__)
def test_real_signals(program):
    w, model = ad.Variable([1.0, 2.0]), small_model()
    start = time.perf_counter()
    program(w, model)
    program(w, model)
    usual = (time.perf_counter() - start) / 2
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    rng, caught = np.random.default_rng(0), 0
    try:
        for _ in range(60):
            try:
                signal.setitimer(signal.ITIMER_REAL, max(rng.uniform(0, usual), 1e-5))
                program(w, model)
                time.sleep(2 * usual)
            except KeyboardInterrupt:
                caught += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            check(w, model)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert caught > 20


def test_an_interrupted_exit_whose_traceback_is_kept(monkeypatch):
    """As the interactive Python does: there the frame that held the tape lives on."""
    w = ad.Variable([1.0, 2.0])
    seen = []

    def interrupted(frame, event, _):
        if frame.f_code.co_name == "__exit__" and frame.f_code.co_filename.endswith("recording.py"):
            seen.append(True)
            sys.settrace(None)
            raise KeyboardInterrupt

    before = sys.gettrace()
    try:
        sys.settrace(interrupted)
        with ad.Tape() as tape:
            loss = np.sum(w * w)
    except KeyboardInterrupt as error:
        monkeypatch.setattr(sys, "last_traceback", error.__traceback__, raising=False)
    finally:
        sys.settrace(before)
    if not seen:
        pytest.skip("a compiled tape is left in one go")
    assert current() is not None and loss is not None and tape.recording
    check(w, small_model())


def test_a_tape_that_is_held_goes_on():
    """What is open counts, however it was opened."""
    w = ad.Variable([1.0, 2.0])

    def opened():
        return 0 if current() is None else len(current().recorders)

    def generator():
        with ad.Tape():
            yield w * w

    with ad.Tape(), ad.Tape(), ad.debug(), ad.Tape():
        assert opened() == 4
    with contextlib.ExitStack() as stack:
        stack.enter_context(ad.Tape())
        with ad.Tape():
            assert opened() == 2
    tape, values = ad.Tape(), generator()
    tape.__enter__()
    next(values)
    with ad.Tape():
        assert opened() == 3
    values.close()
    tape.__exit__(None, None, None)
    ad.Tape().__enter__()  # nobody can close this one
    with ad.Tape():
        assert opened() == 1
    assert opened() == 0
