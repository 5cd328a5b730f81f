"""Samples: reductions."""

import numpy as np

import autodiff as ad
from samples.table import any_, sample, wrong

for f in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, ad.logsumexp):
    for axis in (None, 0, -1, (0, 2), (-1, 0), (0, 1, 2)):
        sample(f, any_(2, 3, 4), axis=axis)
        sample(f, any_(2, 3, 4), axis=axis, keepdims=True)
for f in (np.sum, np.mean, np.max, np.min, np.prod):
    sample(f, any_())
    sample(f, any_(1, 3), axis=0)
    sample(f, any_(2, 3), axis=())
for f in (np.var, np.std):
    sample(f, any_(3, 4), ddof=1, axis=0)
sample(np.prod, np.array([0.0, 2.0, 3.0]))
sample(np.prod, np.array([[0.0, 2.0, 0.0], [0.5, -1.0, 3.0]]), axis=1)
for axis in (0, -1):
    sample(ad.softmax, any_(3, 4), axis=axis)
    sample(ad.log_softmax, any_(3, 4), axis=axis)
for axis in (None, 0, 1):
    sample(np.cumsum, any_(3, 4), axis=axis, id=f"again-{axis}")

for f in (np.sum, np.mean, np.prod, np.var, np.std):
    sample(f, any_(3, 4), axis=1, where=np.arange(4) != 2)
    sample(f, any_(3, 4), where=np.arange(12).reshape(3, 4) % 5 != 2)
    sample(f, any_(3, 4), axis=0, keepdims=True, where=np.arange(12).reshape(3, 4) % 5 != 2)
for f in (np.max, np.min):
    sample(f, any_(3, 4), axis=1, initial=0.1)
    sample(f, any_(3, 4), axis=1, initial=0.1, where=np.arange(4) != 2)
sample(np.sum, any_(3, 4), axis=1, initial=2.0)
sample(np.prod, any_(3, 4), axis=1, initial=2.0)
sample(np.sum, any_(3, 4), 0)
sample(np.var, any_(3, 4), 0, None, None, 1)
sample(np.std, any_(3, 4), correction=1)
for f in (getattr(np, "cumulative_sum", ad.cumulative_sum), getattr(np, "cumulative_prod", ad.cumulative_prod)):
    sample(f, any_(4), include_initial=True)
    sample(f, any_(3, 4), axis=1)
    sample(f, any_(3, 4), axis=0, include_initial=True)
for f in (np.cumprod, np.cumsum):
    for axis in (None, 0, 1, -1):
        sample(f, any_(3, 4), axis=axis)
sample(np.cumprod, np.array([[2.0, 0.0, 3.0, 0.0, 1.0], [1.0, -2.0, 3.0, 4.0, 0.0]]), axis=1)
for options in ({}, {"axis": 0}, {"axis": (0, 1), "keepdims": True}):
    sample(np.ptp, any_(3, 4), **options)

wrong(np.max, any_(0))
wrong(np.min, any_(2, 0), axis=1)
wrong(np.sum, any_(2, 3), axis=(0, -2))
