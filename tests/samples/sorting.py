"""Samples: sorting."""

import numpy as np

from samples.fourier import parts_of
from samples.table import any_, sample

for axis in (-1, 0, None):
    sample(np.sort, any_(3, 4), axis=axis)
    sample(np.partition, any_(3, 4), 2, axis=axis)
sample(parts_of(np.sort_complex), any_(2, 4))
