"""The samples on arrays of other libraries: each row is right there, or refused in a sentence that names the library."""

import functools

import numpy as np
import pytest
from samples import over

import autodiff as ad
from autodiff.core import transfer
from autodiff.core.external import held
from external.right_or_refused import Kind, differentiated, verdict

ROWS = {row.id: row for row in differentiated()}
FIRST = {row.function: row for row in reversed(ROWS.values())}  # one row for each function
ON_DASK = [  # each takes Dask a tenth of a second and more: `right_or_refused.py dask` goes over all
    *list(FIRST.values())[::8], *differentiated(["roots(f2)", "interp(f0.7", "polar(f4"]),  # the last were wrong once
]  # fmt: skip


@pytest.fixture(autouse=True)
def constants_of_numpy(monkeypatch):
    """Some rows add constants of numpy's, which a user's program would have to bring over."""
    monkeypatch.setattr(transfer, "called_by_user", lambda: False)


@functools.cache
def on_strict(row_id):
    return verdict(ROWS[row_id], Kind("strict"))


def check(answer, row, library):
    what, why, error = answer
    assert what != "wrong", why
    if what == "refused":
        text = " ".join([str(error), *getattr(error, "__notes__", ())])
        name = getattr(row.function, "stands_for", row.function).__name__
        if not (isinstance(error, transfer.Refusal) and library in text and name in text):
            raise AssertionError(f"This refusal does not name {name} and {library}: {text}") from error


@over(ROWS.values())
def test_a_sample_where_nothing_may_come_to_the_host(row):
    check(on_strict(row.id), row, "external")


def test_most_samples_are_right_where_nothing_may_come_to_the_host():
    found = [on_strict(row_id)[0] for row_id in ROWS]
    assert found.count("right") >= 0.9 * len(found)
    assert "wrong" not in found


def refuse_to_compute(*args, **kwargs):
    raise AssertionError("The engine computed a lazy array.")


@pytest.fixture(scope="module")
def dask():
    pytest.importorskip("dask.array")
    import dask

    with dask.config.set(scheduler=refuse_to_compute):
        yield Kind("dask")


@pytest.mark.filterwarnings("ignore:the rational private module")  # pickle looks into every module, mpmath's old ones too
@over(ON_DASK)
def test_a_sample_on_dask(row, dask):
    check(verdict(row, dask), row, "dask.array")


def test_numbers_written_into_an_array_of_numpy_are_not_lost():
    """numpy would hand the array on as a copy, and stay as it was."""
    x = held(Kind("strict").there(np.ones(3)))
    with pytest.raises(TypeError, match="can't be written"):
        np.add(x, x, out=np.zeros(3))
    with pytest.raises(TypeError, match="can't be written"):
        np.copyto(np.zeros(3), x)


def test_a_whole_array_that_is_too_large_for_a_chunk_is_refused(dask):
    import dask as library

    x = ad.constant(dask.there(np.arange(8.0)))
    with library.config.set({"array.chunk-size": "32B"}), pytest.raises(transfer.Refusal, match=r"array\.chunk-size"):
        np.unwrap(x)


def test_several_lists_of_places_on_dask(dask):
    x, i = np.arange(60.0).reshape(3, 4, 5), np.array([2, 0, 2])
    for key in [(i, i), (slice(1, None), i, i), (i, slice(None), i), (0, slice(None), i), (i, 1), (..., i, i), (x > 30,)]:
        with ad.Tape() as tape:
            y = (t := ad.Variable(dask.there(x)))[key] ** 2.0
        assert np.array_equal(dask.back(y.data), x[key] ** 2.0), key
        expected = np.zeros_like(x)
        np.add.at(expected, key, 2.0 * x[key])
        assert np.allclose(dask.back(tape.gradient(y, t).data), expected), key
