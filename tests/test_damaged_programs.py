"""Files of functions whose sum is right and whose content is not: a ValueError when they are loaded, or a program of ours."""

import copy
import hashlib
import json
import random

import numpy as np
import pytest

import autodiff as ad

X = np.ones((3, 2))
WRONG = [None, -1, 0, 99, 10**12, "x", [], {}, True, 1.5, {"float": "nan"}, {"array": ["<f8", [10**11], "C", ""]}, [[]], "|O"]


@pytest.fixture
def saved(tmp_path):
    v = ad.Variable([[1.0, 2.0], [3.0, 4.0]], name="v")

    @ad.function
    def step(x, rate):
        with ad.Tape() as tape:
            loss = np.sum((np.tanh(x @ v)[:, ::-1] * 2.0).reshape(-1) ** 2)
        v.assign_sub(rate * tape.gradient(loss, v))
        return {"loss": loss, "two": [2.0 * v, 3]}

    step(X, 0.1)
    step.save(tmp_path / "step.json")
    return tmp_path / "step.json"


def write(path, program):
    """Write the program with the sum that it has."""
    file = json.loads(path.read_text())
    digest = hashlib.sha256(json.dumps(program).encode()).hexdigest()
    path.write_text(json.dumps(file | {"program": program, "sha256": digest}))


def places(x, before=()):
    """Where something stands in a program, as the keys that lead there."""
    if before:
        yield before
    for key in x if isinstance(x, dict) else range(len(x)) if isinstance(x, list) else ():
        yield from places(x[key], (*before, key))


def test_something_else_stands_in_it(saved):
    good, rng, refused = json.loads(saved.read_text())["program"], random.Random(0), 0
    every = list(places(good))
    for _ in range(400):
        program, (*before, last) = copy.deepcopy(good), rng.choice(every)
        inside = program
        for key in before:
            inside = inside[key]
        inside[last] = rng.choice(WRONG)
        write(saved, program)
        try:
            loaded = ad.load_function(saved)
        except ValueError:
            refused += 1
        else:
            assert loaded.program().instructions is not None
    assert refused > 250


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"format": NaN}', "1e999", "9" * 5000, "\x00", "null"])
def test_text_that_is_no_program(saved, text):
    saved.write_text(text)
    with pytest.raises(ValueError, match="not a file of a function"):
        ad.load_function(saved)


def test_bytes_that_are_no_text(saved):
    saved.write_bytes(b"\xff\xfe{}")
    with pytest.raises(ValueError, match="not a file of a function"):
        ad.load_function(saved)
