"""Samples: numpy's keywords. A row for every form that a function takes."""

import numpy as np

from samples.table import any_, holes, positive, sample, wrong

MASK = np.arange(12).reshape(3, 4) % 5 != 2
ROWS = np.array([[True], [False], [True]])

# ufuncs
for f in (np.sin, np.tanh, np.negative, np.square):
    sample(f, any_(3, 4), order="F", subok=False)
    sample(f, any_(3, 4), where=True, casting="unsafe", dtype=None)
for f in (np.add, np.multiply, np.arctan2, np.maximum):
    sample(f, any_(3, 4), any_(4), order="C", out=None)
    sample(f, any_(3, 4), 0.5, casting="same_kind")
sample(np.divide, any_(3, 4), positive(3, 1), order="F", casting="safe")
sample(np.power, positive(3), any_(3), where=True, out=None)

# reductions
for f in (np.var, np.std):
    sample(f, any_(3, 4), mean=0.1)
    sample(f, any_(3, 4), axis=1, mean=0.1, ddof=1)
    sample(f, any_(3, 4), axis=0, mean=0.1, keepdims=True, where=MASK)
    sample(f, any_(3, 4), axis=0, correction=1, where=ROWS)
    sample(f, any_(2, 3, 4), axis=(0, -1), ddof=0.5, keepdims=True)
    sample(f, any_(3, 4), dtype=None, out=None)
for f in (np.nanvar, np.nanstd):
    sample(f, holes(4, 5), mean=0.1)
    sample(f, holes(4, 5), axis=1, mean=0.1, ddof=1, keepdims=True)
    sample(f, holes(4, 5), axis=1, ddof=1, where=np.arange(5) != 1)
    sample(f, holes(4, 5), correction=1)
for f in (np.nansum, np.nanmean, np.nanprod):
    sample(f, holes(4, 5), axis=1, where=np.arange(5) != 1)
    sample(f, holes(4, 5), axis=0, keepdims=True, where=np.arange(20).reshape(4, 5) % 6 != 1)
for f in (np.nansum, np.nanprod):
    sample(f, holes(4, 5), axis=1, initial=2.0)
for f in (np.nanmax, np.nanmin):
    sample(f, holes(4, 5), axis=1, initial=0.1, where=np.arange(5) != 1)
for f in (np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean):
    sample(f, holes(4, 5), keepdims=True)
    sample(f, holes(2, 3, 4), axis=(0, -1))
for f in (np.sum, np.prod):
    sample(f, any_(2, 3, 4), axis=(0, 2), initial=0.5, where=MASK, keepdims=True)
    sample(f, any_(3, 4), axis=(), initial=2.0)
for f in (np.max, np.min):
    sample(f, any_(2, 3, 4), axis=(0, 2), initial=0.1, where=MASK, keepdims=True)
    sample(f, any_(3, 4), initial=-0.1)
for f in (np.cumsum, np.cumprod):
    sample(f, any_(2, 3, 4), axis=-2, dtype=None, out=None)
sample(np.mean, any_(2, 3, 4), axis=(0, 2), where=MASK, keepdims=True)
sample(np.ptp, any_(3, 4), axis=-1, keepdims=True, out=None)
sample(np.trace, any_(3, 4), offset=1, dtype=None)
sample(np.linalg.trace, any_(2, 3, 4), offset=-1, dtype=None)

# statistics
METHODS = (
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull", "linear",
    "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest",
)  # fmt: skip
for method in METHODS:
    sample(np.quantile, any_(3, 4), 0.35, axis=1, method=method, keepdims=True)
    sample(np.nanquantile, holes(4, 5), [0.35, 0.8], axis=0, method=method)
for method in METHODS[3:6]:
    sample(np.percentile, any_(3, 4), [35, 80], axis=0, method=method)
    sample(np.nanpercentile, holes(4, 5), [[35], [80]], axis=1, method=method, keepdims=True)
by_weight = {"method": "inverted_cdf"}
for f, share in ((np.quantile, 1), (np.percentile, 100)):
    sample(f, any_(3, 4), 0.35 * share, weights=[[2, 1, 3, 1], [1, 2, 1, 2], [3, 1, 1, 1]], **by_weight)
    sample(f, any_(3, 4), [0.35 * share, 0.8 * share], axis=1, weights=[1.0, 3.0, 2.0, 1.0], **by_weight)
    sample(f, any_(2, 3, 4), 0.35 * share, axis=1, weights=np.arange(1, 4), keepdims=True, **by_weight)
for f, share in ((np.nanquantile, 1), (np.nanpercentile, 100)):
    sample(f, holes(4, 5), 0.35 * share, axis=1, weights=1 + np.arange(20).reshape(4, 5) % 3, **by_weight)
    sample(f, holes(2, 3), [0.35 * share, 0.8 * share], weights=[[1.0, 2.0, 2.0], [1.0, 3.0, 1.0]], keepdims=True, **by_weight)
for f in (np.median, np.nanmedian):
    sample(f, any_(3, 4, 2), axis=(0, -1), keepdims=True, overwrite_input=True)
    sample(f, any_(3, 3), axis=None, keepdims=True)
sample(np.cov, any_(3, 5), fweights=[1, 2, 1, 3, 1])
sample(np.cov, any_(3, 5), aweights=[0.5, 1.0, 2.0, 1.0, 0.7])
sample(np.cov, any_(3, 5), fweights=[1, 2, 1, 3, 1], aweights=[0.5, 1.0, 2.0, 1.0, 0.7])
sample(np.cov, any_(3, 5), fweights=[1, 2, 1, 3, 1], aweights=[0.5, 1.0, 2.0, 1.0, 0.7], ddof=0)
sample(np.cov, any_(5, 3), any_(5, 2), rowvar=False, aweights=[0.5, 1.0, 2.0, 1.0, 0.7], bias=True)
sample(np.cov, any_(5), any_(5), fweights=[1, 2, 1, 3, 1], ddof=2)
sample(np.cov, any_(3, 5), None, True, False, None, None, [0.5, 1.0, 2.0, 1.0, 0.7])
sample(np.corrcoef, any_(5, 3), any_(5, 2), rowvar=False, dtype=None)
sample(np.average, any_(3, 4), 1, positive(4), keepdims=True)
sample(np.average, any_(3, 4), axis=(0, 1), keepdims=True)

# joining, and sampled functions
for f in (np.concatenate, np.stack, np.hstack, np.vstack):
    sample(f, [any_(3, 4), any_(3, 4)], dtype=None, casting="unsafe")
sample(np.concatenate, [any_(3, 4), any_(3, 2)], axis=-1, out=None, casting="safe")
sample(np.stack, [any_(3), any_(3)], axis=1, out=None, casting="safe")
sample(np.full_like, any_(2, 3), any_(), shape=(4,), order="F", device="cpu")
sample(np.full_like, any_(2, 3), any_(4), shape=(2, 4), subok=False, dtype=None)
sample(np.linspace, any_(), any_(), 5, retstep=True)
sample(np.linspace, any_(2), any_(2), 4, endpoint=False, retstep=True, axis=-1)
sample(np.linspace, any_(2), any_(), num=3, dtype=None, device="cpu", axis=1)
sample(np.linspace, any_(2), any_(2), 1)
sample(np.linspace, any_(), any_(), num=0)
GRID = np.array([0.0, 0.4, 1.1, 1.5])
sample(np.interp, np.array([0.1, 0.5, 1.4, -1.1, 2.3]), GRID, any_(4), period=1.7)
sample(np.interp, np.array([[0.1, 2.0], [0.7, -0.9]]), np.array([1.1, 0.0, 1.5, 0.4]), any_(4), period=-1.7)
sample(np.interp, np.array([0.1, 0.5, 2.0]), GRID, any_(4), right=None, left=1.0)
sample(np.reshape, any_(3, 4), (2, 6), order="A", copy=True)
sample(np.reshape, any_(3, 4), (2, 6), copy=None)
for order in ("A", "C", "F", "K"):
    sample(np.ravel, any_(2, 3, 2), order=order)
    sample(np.copy, any_(2, 3), order=order, subok=False)
sample(np.broadcast_to, any_(3), (2, 3), subok=False)
sample(np.broadcast_arrays, any_(2, 1), any_(3), subok=False)

wrong(np.quantile, any_(3), 0.5, weights=[1.0, 2.0, 3.0])
wrong(np.quantile, any_(3), 0.5, weights=[1.0, 2.0], method="inverted_cdf")
wrong(np.nanquantile, any_(3), 0.5, method="middle")
wrong(np.cov, any_(2, 3), fweights=[1.5, 1.0, 1.0])
wrong(np.cov, any_(2, 3), aweights=[-1.0, 1.0, 1.0])
wrong(np.interp, any_(3), GRID, any_(4), period=0)
wrong(np.add, any_(3), any_(3), dtype=int)
wrong(np.add, any_(3), any_(3), casting="some")
wrong(np.concatenate, [any_(3), any_(3)], dtype=int)
