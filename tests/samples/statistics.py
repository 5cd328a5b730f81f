"""Samples: statistics."""

import numpy as np

import autodiff as ad
from samples.table import any_, holes, positive, sample, wrong

for f in (np.median, np.average):
    for options in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}):
        sample(f, any_(3, 4, 5), **options)
sample(np.average, any_(3, 4), 1, positive(4))
sample(np.average, any_(3, 4), None, positive(3, 4))
sample(np.average, any_(3, 4), 0, positive(3))
sample(np.average, any_(2, 3, 4), (2, 0), positive(4, 2))
sample(np.average, any_(3, 4), 0, positive(3), True)
for q in (0.3, [0.0, 0.25, 1.0], [[0.1, 0.9]]):
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"axis": (0, 2)}, {"keepdims": True}):
        sample(np.quantile, any_(3, 4, 5), q, **options)
for method in ("lower", "higher", "nearest", "midpoint", "hazen", "weibull", "median_unbiased"):
    sample(np.quantile, any_(7), [0.2, 0.6], method=method)
sample(np.percentile, any_(3, 4), 30, axis=1)
sample(np.percentile, any_(3, 4), [30, 60])
for f in (np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd, np.nanmedian):
    for options in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
        sample(f, holes(4, 5), **options)
for f in (np.nancumsum, np.nancumprod):
    sample(f, holes(4, 5))
    sample(f, holes(4, 5), axis=1)
for q in (0.3, [0.25, 0.75]):
    sample(np.nanquantile, holes(4, 5), q, axis=0)
    sample(np.nanpercentile, holes(4, 5), (25, 75) if np.ndim(q) else 30, keepdims=True)
for f in (np.cov, np.corrcoef):
    sample(f, any_(3, 5))
    sample(f, any_(3, 5), any_(5))
    sample(f, any_(5, 3), rowvar=False)
    sample(f, any_(4))
sample(np.cov, any_(3, 5), bias=True)
sample(np.cov, any_(3, 5), any_(2, 5), ddof=2)

for options in ({}, {"axis": 0}, {"axis": (0, 2), "epsilon": 0.1}):
    sample(ad.standardize, any_(3, 4, 2), **options)

for q in (np.asarray(0.37), np.array([0.21, 0.77]), np.array([[0.1], [0.55]])):
    sample(np.quantile, any_(7), q)
    sample(np.quantile, any_(3, 4), q, axis=0)
    sample(np.percentile, any_(3, 5), q * 100, axis=1, keepdims=True)
sample(np.quantile, [3.0, 1.0, 2.0, 5.0], np.asarray(0.4))
for method in ("hazen", "interpolated_inverted_cdf", "median_unbiased", "normal_unbiased", "weibull"):
    sample(np.quantile, any_(3, 7), np.array([0.22, 0.63]), axis=1, method=method)

wrong(np.quantile, any_(3), 1.5)
wrong(np.quantile, any_(3), np.asarray(-0.5))
wrong(np.quantile, any_(3), 0.5, method="middle")
wrong(np.average, any_(3), weights=np.zeros(3))
wrong(np.average, any_(3, 4), weights=any_(4))
wrong(np.cov, any_(2, 3), any_(4))
