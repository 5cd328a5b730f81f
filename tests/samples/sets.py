"""Samples: sets."""

import numpy as np

from samples.table import any_, positive, sample, standing_for, wrong

PAIRS = np.array([0, 1, 0, 2, 1])


def repeated(function):
    """The function of an array in which numbers stand twice."""

    return standing_for(function, lambda x, *args, **keywords: function(x[PAIRS], *args, **keywords))


def with_itself(function, **options):
    """The function of an array and of a part of it."""
    return standing_for(function, lambda x, *args, **keywords: function(x, x[::2], *args, **options, **keywords))


sample(np.unique, any_(5))
sample(np.unique, any_(3, 4))
sample(np.unique, any_(3, 4), axis=0)
sample(np.unique, any_(3, 4), axis=1)
sample(repeated(np.unique), any_(3), id="repeated")
sample(np.unique, any_(5), True)
sample(np.unique, any_(5), False, True)
sample(np.unique, any_(5), return_counts=True)
sample(np.unique, any_(5), True, True, True)
sample(np.unique, any_(0))
for f in (np.unique_values, np.unique_all, np.unique_counts, np.unique_inverse):
    sample(f, any_(5))
    sample(repeated(f), any_(3), id="repeated")
sample(np.union1d, any_(4), any_(3))
sample(np.union1d, any_(2, 2), any_(3))
sample(np.union1d, any_(3), [7.0, 8.0])
sample(with_itself(np.intersect1d), any_(5))
sample(with_itself(np.intersect1d, assume_unique=True), any_(5), id="unique")
sample(with_itself(np.intersect1d, return_indices=True), any_(4), id="indices")
for f in (np.setdiff1d, np.setxor1d):
    sample(f, any_(4), any_(3))
    sample(f, any_(4), [0.5, 2.0])
    sample(f, any_(4), any_(3), True)
    sample(with_itself(f), any_(5))


def bordered(function):
    """The function of an array with zeros around it."""
    return standing_for(function, lambda x, *args, **keywords: function(np.pad(x, 2), *args, **keywords))


for trim in ("fb", "f", "b"):
    sample(bordered(np.trim_zeros), positive(3), trim)
sample(np.trim_zeros, positive(4))

wrong(np.unique, any_(3), axis=1)
wrong(np.trim_zeros, any_(3), "x")
wrong(np.union1d, any_(3), any_(2), any_(2))
wrong(np.setdiff1d, any_(3))
