"""numpy's functions on Dask's arrays, in whatever way their arguments are written: none gathers the whole array in one task."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.core import lazy

da = pytest.importorskip("dask.array")
V, X = np.array([3.0, 1.0, 5.0, 2.0, 4.0]), np.arange(12.0).reshape(3, 4)
CALLS = {
    "reshape(x, shape=-1)": lambda v, x: np.reshape(x, shape=-1),
    "reshape(x, -1)": lambda v, x: np.reshape(x, -1),
    "reshape(x, shape=(4, 3))": lambda v, x: np.reshape(x, shape=(4, 3)),
    "reshape(x, shape=np.int64)": lambda v, x: np.reshape(x, shape=np.int64(12)),
    "reshape(x, order=F)": lambda v, x: np.reshape(x, (2, -1), order="F"),
    "reshape(x, copy=True)": lambda v, x: np.reshape(x, (12,), copy=True),
    "searchsorted(v, v=2.5)": lambda v, x: np.searchsorted(np.cumsum(v), v=2.5, side="right") + 0.0 * np.sum(v),
    "searchsorted(a=v, v=[])": lambda v, x: np.searchsorted(a=np.cumsum(v), v=np.array([2.5, 1.0])) + 0.0 * np.sum(v),
    "tensordot(a=x, b=x)": lambda v, x: np.tensordot(a=x, b=x, axes=([-1], [-1])),
    "einsum(optimize=)": lambda v, x: np.einsum("ij->i", x, optimize=True),
    "fft(a=v)": lambda v, x: np.fft.fft(a=v, n=8),
    "svd(a=x)": lambda v, x: np.linalg.svd(a=x, full_matrices=False)[1],
    "convolve(v, v=)": lambda v, x: np.convolve(v, v=v[:2], mode="same"),
    "argsort(a=, axis=None)": lambda v, x: np.argsort(a=-x, axis=None, kind="stable") + 0.0 * np.sum(v),
    "argsort(x, 0)": lambda v, x: np.argsort(x, 0) + 0.0 * np.sum(v),
    "argpartition(x, kth=)": lambda v, x: np.argpartition(-x, kth=1, axis=1) + 0.0 * np.sum(v),
}


@pytest.mark.filterwarnings("ignore::dask.array.core.PerformanceWarning")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_call_written_with_keywords_is_the_same_call(call, monkeypatch):
    def whole(*args):
        raise AssertionError("the whole array is gathered in one task")

    monkeypatch.setattr(lazy, "as_one_task", whole)
    y = call(*[ad.constant(da.from_array(x, chunks=2)) for x in (V, X)])
    np.testing.assert_allclose(y.data.compute(scheduler="synchronous"), call(V, X), rtol=1e-12)


def test_numbers_are_ordered_along_an_axis_of_which_no_block_is_too_large():
    """All of them together are more than a block may have, and were refused."""
    import dask

    with dask.config.set({"array.chunk-size": "64B"}):
        x = ad.constant(da.from_array(X, chunks=2))
        y = ad.stop_gradient(np.argsort(-x, axis=1))
    np.testing.assert_array_equal(y.data.compute(scheduler="synchronous"), np.argsort(-X, axis=1))


@pytest.mark.parametrize("function", [np.quantile, np.nanquantile])
def test_a_quantile_of_dask_which_drops_weights_is_not_taken(function):
    options = {"axis": 1, "weights": np.tile([1.0, 3.0, 2.0, 1.0], (3, 1)), "method": "inverted_cdf"}
    y = function(ad.constant(da.from_array(X, chunks=2)), 0.35, **options)
    expected = function(X, 0.35, **options)
    np.testing.assert_array_equal(y.data.compute(scheduler="synchronous"), expected)


@pytest.mark.parametrize("function", [np.emath.sqrt, np.emath.log, np.emath.arccos])
def test_what_may_be_complex_is_complex(function):
    x = np.array([-0.5, 0.25, 2.0])
    y = function(ad.constant(da.from_array(x, chunks=2)))
    assert y.dtype == np.complex128
    np.testing.assert_allclose(y.data.compute(scheduler="synchronous"), function(x), rtol=1e-14)


@pytest.mark.parametrize("call", [np.unique, np.unique_counts, lambda x: np.unique(x, axis=0), lambda x: np.intersect1d(x, x)])
def test_a_set_is_refused_as_nobody_knows_its_size(call):
    with pytest.raises(TypeError, match=r"array of dask\.array: the shape of the result depends on the numbers"):
        call(ad.constant(da.from_array(X, chunks=2)))


def test_another_function_that_dask_lacks_is_named():
    with pytest.raises(TypeError, match=r"it has no np\.lexsort"):
        np.lexsort(ad.constant(da.from_array(X, chunks=2)))


def test_a_place_in_an_axis_of_one():
    x, places = (ad.constant(da.from_array(np.array(x), chunks=1)) for x in ([[7.0], [8.0]], [0, 0]))
    np.testing.assert_array_equal(x[np.arange(2), places].data.compute(scheduler="synchronous"), [7.0, 8.0])


def test_a_sort_that_a_library_lacks_does_not_ask_for_itself():
    from autodiff.core.external import held

    y = np.sort(held(da.from_array(X, chunks=2)), axis=0, kind="stable")
    np.testing.assert_array_equal(y.data.compute(scheduler="synchronous"), X)


PLACES = np.array([1, 2, 0])
BY_BLOCKS = {
    "sort": lambda x, places: np.sort(x, axis=0),
    "median": lambda x, places: np.median(x, axis=1),
    "quantile": lambda x, places: np.quantile(x, 0.3, axis=1),
    "partition": lambda x, places: np.partition(x, 2, axis=1),
    "take_along_axis": lambda x, places: np.take_along_axis(x, np.argmax(x, axis=1)[:, None], 1),
    "a label of each row": lambda x, places: ad.log_softmax(x)[np.arange(3), places],
    "a row of each column": lambda x, places: x[:, :3][places, np.arange(3)],
    "rows again": lambda x, places: x[np.array([0, 0, -1])],
    "columns again": lambda x, places: x[:, [1, 1]],
    "rows that are not known": lambda x, places: np.take(x, places, axis=0),
}


@pytest.mark.parametrize("function", BY_BLOCKS.values(), ids=BY_BLOCKS)
def test_places_along_an_axis_gather_that_axis_alone(function):
    """All of the array is more than a block may have, so that one task for it would be refused."""
    import dask

    def of(there):
        x = ad.constant(there(np.cos(X * 7.0)))
        with ad.Tape() as tape:
            tape.watch(x)
            y = function(x, ad.constant(there(PLACES)))
        return y, tape.gradient(y, x)

    with dask.config.set({"array.chunk-size": "64B"}):
        found = of(lambda a: da.from_array(a, chunks=2))
    for a, b in zip(found, of(np.asarray)):
        np.testing.assert_allclose(a.data.compute(scheduler="synchronous"), b.numpy(), atol=1e-14)


@pytest.mark.parametrize("key", [(0, PLACES), (PLACES, PLACES), (slice(0, 2), PLACES), (np.array([1, 0, 2]), PLACES)])
def test_other_places_that_are_not_known_are_right_or_refused(key):
    x, lazy_places = np.cos(X * 7.0), ad.constant(da.from_array(PLACES, chunks=2))
    lazy_key = tuple(lazy_places if part is PLACES else part for part in key)
    y = ad.constant(da.from_array(x, chunks=2))[lazy_key]
    np.testing.assert_array_equal(y.data.compute(scheduler="synchronous"), x[key])


def test_a_careful_gradient_of_more_than_memory_is_written_without_its_numbers():
    x = ad.constant(da.zeros((10**8, 100), chunks=(10**7, 100)))
    with ad.Tape() as tape:
        tape.watch(x)
        loss = ad.mean(np.where(x > 1, ad.softmax(x), 0.0))
    assert tape.gradient(loss, x).shape == (10**8, 100)


def test_a_careful_gradient_in_blocks_is_numpys():
    x = np.cos(X * 7.0)
    x[1, 2] = x[2, 0] = np.inf
    highest = lambda x: np.max(np.where(x > 0.5, np.sqrt(np.abs(x)), x), axis=1, keepdims=True)
    loss = lambda x: np.sum(np.where(np.isfinite(x), highest(x), 0.0))
    with np.errstate(all="ignore"):
        found = ad.grad(loss)(da.from_array(x, chunks=2)).compute(scheduler="synchronous")
        np.testing.assert_allclose(found, ad.grad(loss)(x), atol=1e-14)
