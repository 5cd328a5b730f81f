"""How many operations of another library a training step takes: on a GPU each costs a launch, which decides the time of a small
network."""

from types import SimpleNamespace

import numpy as np
import pytest

import autodiff as ad
from autodiff.core.external import held
from autodiff.core.finite import all_finite
from benchmarks.subjects import steps
from external import strict

VIEWS = {"reshape", "transpose", "broadcast_to"}  # nothing is launched for them


def launched(build):
    """The operations of a step, once it runs as it will go on to."""
    step = build(((784, 128, 10), 128), SimpleNamespace(asarray=strict.array, tanh=np.tanh, mean=np.mean))
    for _ in range(2):
        step()
    strict.CALLED.clear(), strict.COPIED.clear()
    loss = step()
    called = [name for name in strict.CALLED if name not in VIEWS]
    assert len(strict.COPIED) == 0 and np.isfinite(ad.to_numpy(loss))
    return called


@pytest.mark.parametrize("build, most", [(steps.autodiff, 34), (steps.autodiff_function, 21)])
def test_a_step_of_a_small_network_takes_few_launches(build, most):
    called = launched(build)
    assert len(called) <= most, called
    assert len(launched(steps.by_hand)) == 25


@pytest.mark.parametrize("size", [3, 2**18])  # laid end to end for one look, or looked at one by one
@pytest.mark.parametrize("bad", [None, np.nan, np.inf])
@pytest.mark.parametrize("where", range(3))
def test_the_numbers_of_several_arrays_are_looked_at(size, bad, where):
    arrays = [np.full(size, 2.0, dtype) for dtype in ("f4", "f8", "f2")]
    if bad is not None:
        arrays[where][-1] = bad
    assert all_finite([held(strict.array(a)) for a in arrays]) is (bad is None)
    assert all_finite([None, *arrays]) is (bad is None)
