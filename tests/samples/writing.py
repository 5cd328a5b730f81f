"""Samples: functions that write into an array."""

import numpy as np

from samples.table import any_, sample, written, wrong

MASK = np.arange(12).reshape(3, 4) % 3 == 0

sample(written(np.put), any_(3, 4), [0, 5, -1], any_(3))
sample(written(np.put), any_(3, 4), [0, 5, 7, 9], any_(2))
sample(written(np.put), any_(5), 2, any_())
sample(written(np.put), any_(5), [1, 1, 3], any_(3))
sample(written(np.put), any_(3, 4), [[0, 20], [-30, 2]], any_(2, 2), mode="clip")
sample(written(np.put), any_(3), [0, 4], any_(2), mode="wrap")
sample(written(np.put), any_(4), [0, 2], 7.0)
sample(written(np.place), any_(3, 4), MASK, any_(4))
sample(written(np.place), any_(3, 4), MASK, any_(2))
sample(written(np.place), any_(3, 4), MASK, [1.0, 2.0, 3.0, 4.0, 5.0])
sample(written(np.place), any_(2), [False, False], any_(1))
sample(written(np.putmask), any_(3, 4), MASK, any_(3, 4))
sample(written(np.putmask), any_(3, 4), MASK, any_(5))
sample(written(np.putmask), any_(3, 4), MASK, any_())
sample(written(np.copyto), any_(3, 4), any_(3, 4))
sample(written(np.copyto), any_(3, 4), any_(4))
sample(written(np.copyto), any_(3, 4), any_(), where=MASK)
sample(written(np.copyto), any_(3, 4), any_(3, 1), where=MASK)
for shape in ((3, 3), (2, 4), (5, 2), (2, 2, 2)):
    sample(written(np.fill_diagonal), any_(*shape), any_())
sample(written(np.fill_diagonal), any_(5, 2), any_(2), wrap=True)
sample(written(np.fill_diagonal), any_(3, 4), any_(3))
sample(written(np.fill_diagonal), any_(4, 4), any_(2))
sample(written(np.fill_diagonal), any_(3, 3), 1.5)
sample(written(np.put_along_axis), any_(3, 4), np.array([[0, 2], [1, 3], [2, 1]]), any_(3, 2), axis=1)
sample(written(np.put_along_axis), any_(3, 4), np.array([[2, 0, 1, 1]]), any_(1, 4), axis=0)
sample(written(np.put_along_axis), any_(3, 4), np.array([[2, 0, 1, 1]]), any_(), axis=0)
sample(written(np.put_along_axis), any_(3, 4), np.array([3, 11]), any_(2), axis=None)
sample(written(np.put_along_axis), any_(3), np.array([1, -1]), 4.0, axis=-1)



def at(ufunc):
    form = written(ufunc.at)
    form.__name__ = f"{ufunc.__name__}.at"
    return form


for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum):
    sample(at(ufunc), any_(5), [0, 2, 2, 4], any_(4) + 2.5)
sample(at(np.add), any_(3, 4), (np.array([0, 2, 0]), np.array([1, 1, 1])), any_(3))
sample(at(np.add), any_(3, 4), slice(1, None), any_(4))
sample(at(np.add), any_(3, 4), [0, 0], any_(2, 4))
sample(at(np.multiply), any_(4), [1, 1, 1], any_())
sample(at(np.subtract), any_(3, 4), MASK, any_(4))
sample(at(np.negative), any_(5), [0, 2, 2])
sample(at(np.square), any_(5), [0, 2, 2])
sample(at(np.power), any_(4) + 2.5, [1, 1, 3], any_(3))
sample(at(np.exp), any_(5), [0, 3])

wrong(written(np.put), any_(3), [5], any_(1))
wrong(written(np.place), any_(3), [True, False], any_(1))
wrong(written(np.place), any_(2), [True, False], any_(0))
wrong(written(np.copyto), any_(3), any_(4))
wrong(written(np.fill_diagonal), any_(3), any_())
wrong(written(np.fill_diagonal), any_(2, 3, 2), any_())
wrong(written(np.put_along_axis), any_(3, 4), np.array([0, 1]), any_(2), axis=0)
