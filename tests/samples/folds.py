"""Samples: the methods of numpy's functions of two arguments."""

import numpy as np

from samples.table import any_, positive, sample, standing_for, wrong


def method(ufunc, name):
    """The method, named with its function."""
    function = getattr(ufunc, name)
    form = standing_for(function, lambda *args, **keywords: function(*args, **keywords))
    form.__name__ = f"{ufunc.__name__}.{name}"
    return form


FOLDED = (np.subtract, np.divide, np.hypot, np.logaddexp2, np.copysign)
for ufunc in FOLDED:
    for name in ("reduce", "accumulate"):
        sample(method(ufunc, name), positive(4))
        sample(method(ufunc, name), positive(3, 4), axis=1)
    sample(method(ufunc, "reduceat"), positive(5), [0, 2, 4])
    sample(method(ufunc, "reduceat"), positive(5, 2), [0, 3, 1])
for ufunc in (np.float_power, np.remainder, np.fmod):
    for name in ("reduce", "accumulate"):
        sample(method(ufunc, name), np.array([2.3, 1.7, 0.9]))
    sample(method(ufunc, "reduceat"), np.array([2.3, 1.7, 0.9]), [0, 1])
sample(method(np.hypot, "reduce"), any_(3, 4), axis=(0, 1))
sample(method(np.hypot, "reduce"), any_(3, 4), axis=None, keepdims=True)
sample(method(np.hypot, "reduceat"), -positive(5), [0, 2, 4])  # a number alone keeps its sign
sample(method(np.logaddexp2, "reduce"), any_(3, 4), axis=1, keepdims=True)
sample(method(np.power, "accumulate"), positive(4))
sample(method(np.arctan2, "accumulate"), positive(3, 4), axis=1)
sample(method(np.logaddexp, "accumulate"), any_(4))
sample(method(np.logaddexp, "accumulate"), any_(3, 4), axis=-1)
for ufunc in (np.add, np.multiply, np.maximum, np.minimum, np.fmax, np.fmin, np.logaddexp):
    sample(method(ufunc, "reduceat"), any_(6), [0, 2, 5])
    sample(method(ufunc, "reduceat"), any_(6), [3, 1, 1, 4])
    sample(method(ufunc, "reduceat"), any_(2, 6), [0, 4], axis=1)
for ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    sample(method(ufunc, "accumulate"), any_(6))
    sample(method(ufunc, "accumulate"), any_(4, 3))
    sample(method(ufunc, "accumulate"), any_(3, 4), axis=-1)
for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.hypot, np.arctan2, np.logaddexp):
    sample(method(ufunc, "outer"), positive(2), positive(3))
    sample(method(ufunc, "outer"), positive(2, 2), positive(2))

wrong(method(np.subtract, "reduce"), any_(3, 4), axis=2)
wrong(method(np.subtract, "reduce"), any_(3, 4), axis=(0, 1))
wrong(method(np.subtract, "reduce"), any_(0))
wrong(method(np.maximum, "accumulate"), any_(3), axis=1)
wrong(method(np.add, "reduceat"), any_(3), [0, 3])
wrong(method(np.add, "reduceat"), any_(3), [-1])
MASK = np.array([[True, False, True, True], [False, True, False, True], [True, True, False, False]])
for ufunc in (np.hypot, np.logaddexp, np.logaddexp2):
    sample(method(ufunc, "reduce"), any_(3, 4), axis=1, where=MASK)
    sample(method(ufunc, "reduce"), any_(3, 4), axis=None, where=MASK, initial=0.5, keepdims=True)
for ufunc in (np.subtract, np.divide, np.copysign):
    sample(method(ufunc, "reduce"), positive(3, 4), axis=1, where=MASK, initial=2.0)
    sample(method(ufunc, "reduce"), positive(4), initial=1.5)
wrong(method(np.subtract, "reduce"), any_(3, 4), where=MASK)
