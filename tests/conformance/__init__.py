"""TensorFlow's behaviour, one sentence after another, each with small programs in TensorFlow's names that show it.

`says` writes down what TensorFlow 2.21 (with Keras 3.15 and numpy 2.4) does; the cases below it test that. A case is a
function of `tf`. It is run with `nn.tf` (with arrays, and again with Values in place of scalar Variables) and, in tf_oracle,
with TensorFlow itself where that is installed. `gives` is the result here. Where we differ on purpose, `tensorflow` is the
result there, and the case says why.
"""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

MODULES = ["recording", "watching", "gradients", "orders", "forward", "variables", "conventions"]
SENTENCES, CASES = [], []


@dataclass
class raises:
    """The outcome that is an error: its type, and what the message says."""

    error: type
    match: str = ""


@dataclass
class Case:
    sentence: str
    program: Any
    gives: Any
    tensorflow: Any

    def __str__(self):
        return f"{self.program.__module__.split('.')[-1]}-{self.program.__name__}"

    def check(self, tf, expected):
        try:
            if isinstance(expected, raises):
                with pytest.raises(expected.error, match=expected.match):
                    self.program(tf)
            else:
                same(plain(self.program(tf)), expected)
        except BaseException as error:  # of which a missing exception is one
            error.add_note(f"TensorFlow: {self.sentence}")
            raise


def says(sentence):
    """What TensorFlow does: the cases that follow test it."""
    SENTENCES.append(sentence)


def case(gives, tensorflow="the same"):
    """Enter a program: what it gives here, and in TensorFlow: the same, or this, or (...) nothing to rely on."""

    def enter(program):
        CASES.append(Case(SENTENCES[-1], program, gives, gives if tensorflow == "the same" else tensorflow))
        return program

    return enter


def cases():
    for module in MODULES:
        importlib.import_module(f"conformance.{module}")
    return CASES


def plain(x):
    """The result as Python numbers, lists, tuples and dicts."""
    if isinstance(x, dict):
        return {key: plain(part) for key, part in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(plain(part) for part in x)
    if x is None or isinstance(x, (str, bool, int, float, raises)):
        return x
    return np.asarray(x).tolist()


def same(got, expected):
    """Equal to float32's precision, and of the same structure; nan equals nan."""
    assert type(got) is type(expected) or {type(got), type(expected)} <= {int, float}, f"{got!r} is not {expected!r}"
    if isinstance(expected, dict):
        assert got.keys() == expected.keys()
        same(list(got.values()), list(expected.values()))
    elif isinstance(expected, (list, tuple)):
        assert len(got) == len(expected), f"{got!r} is not {expected!r}"
        for g, e in zip(got, expected, strict=True):
            same(g, e)
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=3e-6, nan_ok=True)
    else:
        assert got == expected
