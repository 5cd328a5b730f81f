"""Results have the dtypes that numpy's have, also of half precision, and gradients those of their sources."""

import warnings

import numpy as np
import pytest
from samples import EVERY, leaves, over, planted
from together import each

import autodiff as ad


def of_dtype(x, dtype):
    return planted(x, iter([leaf.astype(dtype) for leaf in leaves(x)]))


def boxed(x):
    return planted(x, iter([ad.constant(leaf) for leaf in leaves(x)]))


def parts(y):
    return [part for z in y for part in parts(z)] if isinstance(y, (list, tuple)) else [y]


@over(EVERY)
def test_half_precision(row):
    args, keywords = of_dtype(list(row.args), np.float16), {k: of_dtype(x, np.float16) for k, x in row.keywords.items()}
    with warnings.catch_warnings():  # most of these numbers are too large or too small for it
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            right = parts(row.function(*args, **keywords))
        except (TypeError, NotImplementedError):
            pytest.skip("numpy has no half precision here")
        boxes = boxed(args)
        sources = [x for x in parts(boxes) if isinstance(x, ad.Tensor)]
        with ad.Tape() as tape:
            tape.watch(sources)
            ys = parts(row.function(*boxes, **{k: boxed(x) for k, x in keywords.items()}))
        gradients = tape.gradient([y for y in ys if getattr(y, "dtype", np.dtype(int)).kind == "f"], sources)
    assert [getattr(y, "dtype", None) for y in ys] == [getattr(y, "dtype", None) for y in right]
    assert {g.dtype for g in gradients if g is not None} <= {np.dtype(np.float16)}


X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)


QS = [0.5, 1, np.float64(0.5), np.float32(0.5), np.float16(0.5), np.array([0.2, 0.7], "f4"), [0.2, 0.7], (1,), []]


@each("q", {repr(q): q for q in QS})
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "u1"])
@pytest.mark.parametrize("function", [np.quantile, np.nanquantile, np.percentile, np.nanpercentile])
def test_quantiles(function, dtype, q):
    x = (X * 3).astype(dtype) if dtype != "u1" else np.abs(X * 3).astype(dtype)
    found, right = function(ad.constant(x), q, axis=1), function(x, q, axis=1)
    assert found.dtype == right.dtype
    half = np.float16 in (x.dtype, getattr(q, "dtype", None))
    np.testing.assert_allclose(found.numpy(), right, rtol=1e-3 if half else 1e-6)


@pytest.mark.parametrize("method", ["lower", "higher", "nearest", "midpoint", "hazen"])
def test_methods_of_quantiles(method):
    x = X.astype("f4")
    for q in (0.3, [0.3, 0.6]):
        assert np.quantile(ad.constant(x), q, method=method).dtype == np.quantile(x, q, method=method).dtype


def test_einsum_multiplies_and_adds_in_the_dtype_that_is_asked_for():
    x = ad.constant(X, dtype=np.float32)
    with ad.Tape() as tape:
        tape.watch(x)
        y = np.einsum("ij,ij->i", x, x, dtype=np.float64)
    right = np.einsum("ij,ij->i", x.numpy(), x.numpy(), dtype=np.float64)
    assert y.dtype == np.float64 and np.array_equal(y.numpy(), right)
    g = tape.gradient(y, x)
    assert g.dtype == np.float32 and np.array_equal(g.numpy(), 2.0 * x.numpy())
    assert np.einsum("ij->j", ad.constant(X), dtype="f4", casting="same_kind").dtype == np.float32
    with pytest.raises(TypeError, match=r"float64.*float32.*'safe'"):
        np.einsum("ij->j", ad.constant(X), dtype="f4")
