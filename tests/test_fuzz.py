"""Ten thousand calls of the fuzzer, in which nothing is wrong; and calls that once failed. `python -m tests.fuzz` makes as many
as one likes. (tests/test_numpys_edges.py has what else it found.)"""

import numpy as np
import pytest
from fuzz.calls import made, made_of_nn
from fuzz.judge import judged

import autodiff as ad

V, A = ad.Variable(np.arange(9.0).reshape(3, 3)), np.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize("first", range(0, 10_000, 1000))
def test_nothing_is_wrong_with_a_call(first):
    faults = []
    for seed in range(first, first + 1000):
        call = made(seed)
        fault = judged(call)
        if fault:
            faults.append(f"{seed}: {call.text}: {fault}")
    assert not faults


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_no_call_of_nn_goes_wrong(first, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faults = []
    for seed in range(first, first + 500):
        call = made_of_nn(seed)
        fault = judged(call)
        if fault:
            faults.append(f"{seed}: {call.text}: {fault}")
    assert not faults


REFUSED = {
    "an axis that is not there": lambda v: np.median(v, axis=5),
    "an axis of diff": lambda v: np.diff(v, axis=7),
    "an axis of take": lambda v: np.take(v, 0, axis=-4),
    "an axis of repeat": lambda v: np.repeat(v, 2, axis=3),
    "an axis of split": lambda v: np.split(v, 3, axis=5),
    "a power that is no whole number": lambda v: np.linalg.matrix_power(v, 1.5),
    "a condition of two axes": lambda v: np.compress(A > 3, v),
    "points of another number": lambda v: np.interp(v[0], [0.0, 1.0, 2.0], [1.0, 3.0, 2.0, 9.0]),
    "equal axes": lambda v: np.rot90(v, axes=(0, 0)),
    "one matrix": lambda v: np.linalg.multi_dot([v]),
    "an unknown mode": lambda v: np.convolve(v[0], v[0], mode=3),
    "a number without axes": lambda v: np.diff(v[0, 0]),
    "indexing": lambda v: np.meshgrid(v[0], v[1], indexing="no"),
}


@pytest.mark.parametrize("act", REFUSED.values(), ids=REFUSED)
def test_what_numpy_refuses_is_refused_alike(act):
    with pytest.raises((ValueError, TypeError, IndexError)) as numpys:
        act(A)
    for _ in range(2):  # it is asked again for what it refused
        with pytest.raises(numpys.type):
            act(V)


def test_numpys_order_of_arguments():
    for act in (
        lambda v: np.median(v, None, None, False, True),
        lambda v: np.take(v, [0, 7], 0, None, "clip"),
        lambda v: np.quantile(v, 0.3, 0, None, False, "lower", True),
        lambda v: np.ptp(v, 0, None, True),
    ):
        np.testing.assert_array_equal(act(V), act(A))


def test_nothing_is_overwritten():
    v = ad.Variable([3.0, 1.0, 2.0])
    assert float(np.median(v, overwrite_input=True)) == 2.0
    assert v.numpy().tolist() == [3.0, 1.0, 2.0]


def test_nan_stays_nan_and_complex_lengths_are_numpys():
    assert np.isnan(np.interp(ad.Variable([0.5, np.nan]), [0.0, 1.0], [0.0, 1.0]).tolist()[1])
    assert complex(np.linalg.norm(ad.Tensor(np.array([3 + 4j]))).item()) == 5
