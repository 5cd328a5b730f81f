"""Samples: indexing."""

from operator import getitem

import numpy as np

from samples.table import any_, sample, wrong

for key in (1, -1, (1, 2), slice(None, None, -2), (slice(None), slice(1, None)), ..., (..., None, 1), [0, 0, 2],
            np.array([[0, 1], [2, 0]]), (np.array([0, 2, 0]), [1, 1, 1]), (slice(None), [0, 0]), (2, [1, 1]),
            np.array([True, False, True]), (np.array([True, False, True]), [1, 1]), (None, [0, 0], None),
            np.arange(12).reshape(3, 4) % 2 == 0, (), np.int64(1), [True, False, True], True, [], None):  # fmt: skip
    sample(getitem, any_(3, 4), key)

sample(np.take, any_(3, 4), [0, 5, 5])
sample(np.take, any_(3, 4), [[0, 2], [2, 2]], axis=0)
sample(np.take, any_(3, 4), 1, axis=-1)
sample(np.take, any_(3, 4), [7, -2], axis=1, mode="wrap")
sample(np.take_along_axis, any_(3, 4), np.array([[0, 0], [1, 3], [2, 1]]), axis=1)
sample(np.take_along_axis, any_(3, 4), np.array([[2, 0, 1, 1]]), axis=0)
sample(np.take_along_axis, any_(1, 4), np.array([[0, 0], [1, 3], [2, 1]]), axis=1)
sample(np.take_along_axis, any_(3, 4), np.array([3, 1]), axis=None)
sample(np.compress, [True, False, True], any_(3, 4), axis=0)
sample(np.compress, [True, False, True], any_(3, 4))
sample(np.extract, np.arange(12).reshape(3, 4) % 3 == 0, any_(3, 4))
sample(np.choose, np.array([0, 2, 1, 0]), [any_(4), any_(), any_(4)])
sample(np.choose, np.array([0, 3, -1]), [any_(3), any_(3)], mode="clip")
sample(np.select, [np.arange(4) < 1, np.arange(4) > 2], [any_(4), any_()], 7.0)
sample(np.select, [np.arange(4) < 1, np.arange(4) < 3], [any_(4), any_(4)], any_(4))
for k in (-2, 0, 1):
    for f in (np.diag, np.tril, np.triu, np.diagonal, np.trace):
        sample(f, any_(3, 4), k)
    sample(np.diag, any_(3), k)
    sample(np.diagflat, any_(2, 2), k)
    sample(np.linalg.diagonal, any_(2, 3, 4), offset=k)
    sample(np.linalg.trace, any_(2, 3, 4), offset=k)
for f in (np.diagonal, np.trace):
    sample(f, any_(2, 3, 4), 1, 2, 0)
sample(np.triu, any_(2, 3, 3))

for key in (3, (0, 0, 0), slice(None, None, 0), [0, -4], "a", 1.5, [True, False]):
    wrong(getitem, any_(3, 4), key)
wrong(np.take, any_(3, 4), 12)
wrong(np.take, any_(3, 4), [0, -4], axis=0)
wrong(np.take_along_axis, any_(3, 4), np.array([0, 1]), axis=0)
wrong(np.choose, np.array([0, 2]), [any_(2), any_(2)])
wrong(np.compress, [True] * 5, any_(3), axis=0)
wrong(np.select, [np.arange(3) > 1], [any_(3), any_(3)])
