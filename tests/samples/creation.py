"""Samples: new arrays."""

import numpy as np

import autodiff as ad
from samples.table import any_, positive, sample, wrong

sample(ad.array, [any_(3), any_(3)])
sample(ad.array, [any_(), any_(), 2.0])
sample(ad.array, any_(2, 3))
sample(ad.array, [[any_(2), any_(2)], [any_(2), any_(2)]])
sample(ad.array, any_(3), ndmin=3)
sample(ad.array, (any_(), any_()))
sample(ad.astype, any_(3, 4), np.float64)
for shape in (3, (2, 3), ()):
    sample(ad.full, shape, any_())
sample(ad.full, (2, 3), any_(3))
sample(ad.full, (2, 3), any_(2, 1))
sample(np.full_like, any_(2, 3), any_())
sample(np.full_like, any_(2, 3), any_(), shape=(2,))
for num in (1, 2, 5):
    sample(np.linspace, any_(), any_(), num, id=f"of {num}")
    sample(np.logspace, any_(), any_(), num)
    sample(np.geomspace, positive(), positive(), num)
for endpoint in (True, False):
    sample(np.logspace, any_(2), any_(2), 4, endpoint)
    sample(np.geomspace, positive(2), positive(2), 4, endpoint)
sample(np.logspace, any_(), 2.0, 4)
sample(np.logspace, 0.0, any_(), 4)
sample(np.logspace, any_(), any_(), 4, True, 2.0)
sample(np.logspace, any_(), any_(), 4, True, positive())
sample(np.logspace, any_(2), any_(2), 3, True, positive(2))
sample(np.logspace, 0.0, 2.0, 3, True, positive(3))
sample(np.logspace, any_(2), any_(3, 2), 4, axis=-1)
sample(np.geomspace, positive(), 8.0, 4)
sample(np.geomspace, 1.0, positive(), 4)
sample(np.geomspace, -positive(2), -positive(2), 4)
sample(np.geomspace, positive(2), positive(3, 2), 4, axis=1)

wrong(ad.array, [any_(2), any_(3)])
wrong(ad.full, (2, 3), any_(2))
wrong(ad.full, -1, any_())
wrong(np.logspace, any_(), any_(), -1)
wrong(np.logspace, any_(2), any_(3))
wrong(np.geomspace, positive(), 0.0)
wrong(np.geomspace, positive(), positive(), -1)
