"""The wrong inputs of every op: where numpy raises we raise alike and name the function, where it answers we answer the same,
or say that it has no derivative."""

import copy
import os
from operator import getitem

import numpy as np
import pytest
from samples import SAMPLES, WRONG, called
from together import each
from variants import arrays, differentiated, outcome, wrong_error, wrong_outputs
from wrong_inputs import wrong_inputs

import autodiff as ad
from autodiff.core.box import first_box

EVERY = "EVERY_SAMPLE" in os.environ  # else the first sample of each function, and the last
BY_HAND = {row.id for rows in WRONG.values() for row in rows}
FUNCTIONS = {f"{called(rows[0].function)} {k}": function for k, (function, rows) in enumerate(SAMPLES.items())}


def boxed(x):
    """The argument with every plain array of numbers as a box."""
    if isinstance(x, (list, tuple)):
        return type(x)(map(boxed, x))
    if type(x) is not np.ndarray or x.dtype.kind not in "fiub":
        return x
    return ad.Tensor(x)


def calls(function):
    rows = SAMPLES[function]
    return wrong_inputs(function, rows if EVERY else rows[:1] + rows[1:][-1:])


def wrong(function, args, keywords):
    """(what is wrong with a call, whether numpy refuses it)."""
    foreign = any(isinstance(x, np.ndarray) and type(x) is not np.ndarray for x in arrays(args))
    want = TypeError("foreign") if foreign else outcome(function, *copy.deepcopy((args, keywords)))
    refused = isinstance(want, Exception)
    mine = boxed(args)
    if first_box(mine) is None or (function is getitem and not isinstance(mine[0], ad.Tensor)):
        return "", refused
    got = outcome(differentiated, (function, mine, keywords), {})
    if isinstance(got, Exception):
        return wrong_error(got, want, function), refused
    ys, grads = got
    if refused:
        return f"numpy raises {want!r}, ours gives {ys}", refused
    if isinstance(grads, Exception):
        return wrong_error(grads, None, function), refused
    return wrong_outputs(function, ys, want), refused


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.filterwarnings("ignore")
@each("sampled", FUNCTIONS)
def test_wrong_inputs_are_refused_as_numpy_refuses_them(sampled):
    found, count = [], 0
    for what, function, args, keywords in calls(sampled):
        fault, refused = wrong(function, args, keywords)
        found += [f"{what}: {fault}"] if fault else []
        found += [] if refused or what not in BY_HAND else [f"{what}: numpy takes it"]
        count += refused
    assert not found, "\n".join(found)
    assert count > 0  # at least one of them is wrong indeed
