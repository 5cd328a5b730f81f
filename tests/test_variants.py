"""Every sample in every form of tests/variants.py: numpy and ours both raise or both agree, the gradient of another layout is
that of the plain sample, that of another float has its dtype, and nothing that was given is changed."""

import numpy as np
import pytest
from samples import EVERY, leaves, over, planted
from variants import (
    FLOATS,
    LAYOUTS,
    REORDERED,
    arrays,
    bits,
    differentiated,
    forms,
    native,
    near,
    outcome,
    wrong_error,
    wrong_outputs,
)

import autodiff as ad

ILL_CONDITIONED = {ad.standardize}  # of two numbers it is -1 and 1 whatever they are: the gradient is a rounded 0
ROUGH = {"half": 64, "single": 4096}  # roundings, of the largest number in the gradient


def gradients(row, args, keywords):
    """The gradients by the arrays themselves, which a Tensor does not copy."""
    return differentiated(row.function, planted(args, iter([ad.Tensor(x) for x in leaves(args)])), keywords)


def faults(row):
    _, plain = gradients(row, row.args, row.keywords)
    for name, args, keywords in forms(row):
        given = arrays((args, *keywords.values()))
        before = [bits(x) for x in given]
        want, got = outcome(row.function, args, keywords), outcome(gradients, (row, args, keywords), {})
        yield name, wrong(row, name, args, want, got, plain)
        if [bits(x) for x in given] != before:
            yield name, "an argument is changed"


def wrong(row, name, args, want, got, plain):
    """What is wrong with a form of a sample, whose own gradients are `plain`."""
    if isinstance(got, Exception) or isinstance(want, Exception):
        if not isinstance(got, Exception):
            return f"numpy raises {want!r}, ours gives {got[0]}"
        return wrong_error(got, want, row.function)
    ys, grads = got
    if isinstance(grads, Exception):
        return wrong_error(grads, None, row.function)
    return wrong_outputs(row.function, ys, want, given=FLOATS.get(name)) or wrong_gradients(row, name, args, ys, grads, plain)


def wrong_gradients(row, name, args, ys, grads, plain):
    xs = leaves(args)
    grads = [g.numpy() for g in grads]
    for x, g in zip(xs, grads):
        if (g.shape, native(g.dtype)) != (x.shape, native(x.dtype)):
            return f"a gradient has shape {g.shape} and {g.dtype}, its source {x.shape} and {x.dtype}"
        if all(np.all(np.isfinite(part)) for part in (*xs, *ys)) and not np.all(np.isfinite(g)):
            return f"the gradient is {g}, from {x}"
    if name in FLOATS:  # next to the gradient at the numbers that are left
        _, plain = gradients(row, planted(row.args, iter([x.astype(float) for x in xs])), row.keywords)
    if name not in LAYOUTS and (name not in FLOATS or row.function in ILL_CONDITIONED):
        return ""
    for g, other in zip(grads, [g.numpy() for g in plain], strict=True):
        rough = name in REORDERED or name in FLOATS
        if not (near(g, other, ROUGH.get(name, 16)) if rough else bits(g) == bits(other)):
            return f"the gradient is {g}, that of the plain sample {other}"
    return ""


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.filterwarnings("ignore")
@over(EVERY)
def test_every_form_of_a_sample(row):
    found = [f"{name}: {fault}" for name, fault in faults(row) if fault]
    assert not found, "\n".join(found)
