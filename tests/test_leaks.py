"""The checker of leaks (leaks.py, conftest.py) finds leaks that are planted."""

import gc
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import leaks
import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.core.levels import batch_level
from autodiff.core.op import everything_recorded
from autodiff.scalar import value

HERE = Path(__file__).resolve().parent


def entered(context):
    """Plant: enter a context; take it away again."""
    return context.__enter__, lambda: context.__exit__(None, None, None)


def a_thread():
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    return thread.start, lambda: (end.set(), thread.join())


PLANTS = {
    "the open recorders": lambda: entered(ad.Tape()),
    "the graph that hears operations": lambda: entered(ad.Tape()),
    "whether a trace records everything": lambda: [lambda on=on: everything_recorded.set(on) for on in (True, False)],
    "the batches under way": lambda: entered(batch_level(3)),
    "whether layers are in training": lambda: entered(nn.settings.training()),
    "whether targets are checked": lambda: entered(nn.settings.checked_targets()),
    "the borrowed generator": lambda: entered(nn.settings.use_generator(np.random.default_rng(0))),
    "the dtype of layers": lambda: (lambda: nn.set_floatx("float64"), lambda: nn.set_floatx("float32")),
    "numpy's error state": lambda: entered(np.errstate(over="ignore", divide="raise")),
    "the threads": a_thread,
}


@pytest.mark.parametrize("what", PLANTS)
def test_a_state_that_is_left_on(what):
    plant, take_away = PLANTS[what]()
    before = leaks.state()
    plant()
    try:
        found = leaks.differences(before, leaks.state())
    finally:
        take_away()
    assert any(line.startswith(what) for line in found), found
    assert not leaks.differences(before, leaks.state())


KEPT = {"a box": lambda: ad.Variable([1.0]), "a tape": ad.Tape, "a box in a list in a dict": lambda: {"a": [ad.Value(1.0)]}}


@pytest.mark.parametrize("what", KEPT)
def test_something_that_the_engine_keeps(what, monkeypatch):
    monkeypatch.setattr(value, "CACHE", KEPT[what](), raising=False)
    assert len(leaks.kept()) == 1
    monkeypatch.undo()
    assert not leaks.kept()


def test_a_node_that_is_marked():
    v = ad.Value(2.0)
    with ad.Tape() as tape:
        y = v * v
    assert not leaks.marked()
    y._reached = True
    assert len(leaks.marked()) == 1 and tape.gradient(y, v) == 4.0
    gc.collect()


PROGRAM = """
import autodiff as ad
from autodiff.scalar import value

def test_right(): ad.Tape()
def test_open(): ad.Tape().__enter__()
def test_kept(): value.CACHE = ad.Value(1.0)
"""


def test_a_test_that_leaves_something_behind_fails(tmp_path):
    for name in ("conftest.py", "leaks.py"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "test_it.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, "--leaks", tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(Path(ad.__file__).parents[1])}
    found = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert "3 passed, 2 errors" in found.stdout and "the open recorders" in found.stdout, found.stdout + found.stderr
    assert "the engine keeps Value" in found.stdout
