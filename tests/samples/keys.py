"""Samples: keys of every kind, and functions that take elements."""

from operator import getitem

import numpy as np

from samples.table import any_, sample, wrong

EVERY = slice(None)
BACK = slice(None, None, -1)
for key in (
    ((0, 0), (1, 1)), ((0, 0), EVERY), (EVERY, (1, 1)), [(0, 0), (1, 1)], (range(2), range(2)), range(2), (1, (3, 3)),
    np.array([2, 2], np.uint8), (np.array([2, 2], np.int8), np.array([1, 1], np.uint16)), (BACK, [-1, -1, 3]),
    ([0, 0], None, [1, 1]), (None, EVERY, None, 1), (..., [0, 0]), ([1, 1], ...), (np.array(1), EVERY),
    (np.array(1), np.array(2)), (EVERY, np.array([True, False, True, False])),
    (np.array([True, False, True]), np.array([True, False, True, False])), np.ix_([0, 0, 2], [1, 1]),
    np.ix_([True, False, True], [3, 0]), (np.array([[0], [2]]), np.array([1, 1, 3])), [[0, 0], [1, 1]],
    (slice(2, None, -2), slice(3, 0, -1)), (slice(5, 9), EVERY), False, (True, [0, 0]), np.array(True), (np.int8(-1), -1),
    (slice(None, -1), slice(-2, None)),
):  # fmt: skip
    sample(getitem, any_(3, 4), key, id=f"key-{str(key).replace(chr(10), '')}")
CUBE_MASK = np.arange(24).reshape(2, 3, 4) % 3 == 0
for key in (
    (0, EVERY, [1, 1]), ([0, 1], EVERY, [1, 1]), (EVERY, [0, 0], [1, 2]), ([[0], [1]], [0, 2], BACK), (1, ..., [0, 0]),
    (None, [0, 0], 1), CUBE_MASK, (CUBE_MASK[..., 0], [0, 1]), (EVERY, CUBE_MASK[0]), (0, CUBE_MASK[0]), (..., None, [0, 0]),
    (EVERY, None, [2, 2], None, 1), ([1, 1], [0, 2], [3, 3]), ((0, 0), EVERY, (1, 1)), (..., BACK),
    np.ix_([1, 0], [2, 2], [0, 3]),
):  # fmt: skip
    sample(getitem, any_(2, 3, 4), key, id=f"cube-{str(key).replace(chr(10), '')}")

for mode in ("raise", "wrap", "clip"):
    sample(np.take, any_(3, 4), [2, -1, 2], axis=0, mode=mode)
    sample(np.take, any_(3, 4), [[0, 2], [2, -1]], axis=1, mode=mode)
    sample(np.take, any_(3, 4), np.array([5, 5, 11], np.uint8), mode=mode)
for mode in ("wrap", "clip"):
    sample(np.take, any_(3, 4), [13, -14, 5], mode=mode)
    sample(np.take, any_(3, 4), 7, axis=-1, mode=mode)
    sample(np.choose, np.array([0, 5, -3]), [any_(3), any_(3), any_()], mode=mode)
sample(np.take, any_(3, 4), (1, 1), axis=1)
sample(np.take, any_(3, 4), [True, False, True])
sample(np.take, any_(3, 4), [])
sample(np.take_along_axis, any_(3, 4), np.array([[0, 0, -1, -1]]), axis=0)
sample(np.take_along_axis, any_(3, 4), np.array([[0, 1], [3, 3], [1, 0]], np.uint8), axis=-1)
sample(np.take_along_axis, any_(2, 3, 2), np.array([[[0, 1]], [[1, 0]]]), axis=1)
sample(np.compress, [0, 1], any_(3, 4), axis=1)
sample(np.compress, [True, True, False], any_(3, 4), axis=-2)
sample(np.extract, [1, 0, 1], any_(3))
sample(np.select, [np.arange(3) < 1], [any_(3)])
sample(np.select, [np.arange(3) < 1, True], [any_(3), any_(2, 3)], 1.5)
for offset in (-1, 0, 2, 5):
    sample(np.diagonal, any_(2, 3, 4), offset, 1, 2)
    sample(np.trace, any_(2, 3, 4), offset=offset, axis1=2, axis2=1)

wrong(getitem, any_(3, 4), ((0, 0), (1, 4)))
wrong(getitem, any_(3, 4), ([0, 0], [1, 1, 1]))
wrong(getitem, any_(3, 4), np.ix_([0, 3], [1]))
wrong(np.take, any_(3, 4), np.array([0.0, 2.0]))
wrong(np.take, any_(3, 4), [1], mode="some")
