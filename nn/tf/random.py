"""tf.random: numbers from the random generator of nn. One seed determines them, the weights, the batches and the masks."""

import numpy as _np

import autodiff as _ad
from nn.settings import generator as _generator
from nn.settings import set_random_seed as set_seed
from nn.tf import _adapters as _tf
from nn.tf._missing import lacks as _lacks


def normal(shape, mean=0.0, stddev=1.0, dtype=_tf.FLOAT, seed=None, name=None):
    return _ad.constant(_generator(seed).normal(_tf.raw(mean), _tf.raw(stddev), _tf.plain(shape)), dtype)


def uniform(shape, minval=0, maxval=None, dtype=_tf.FLOAT, seed=None, name=None):
    if _np.dtype(dtype).kind == "i":
        return _ad.constant(_generator(seed).integers(_tf.raw(minval), _tf.raw(maxval), _tf.plain(shape)), dtype)
    maxval = 1.0 if maxval is None else _tf.raw(maxval)
    return _ad.constant(_generator(seed).uniform(_tf.raw(minval), maxval, _tf.plain(shape)), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=_tf.FLOAT, seed=None, name=None):
    draw = _generator(seed)
    z = draw.normal(size=_tf.plain(shape))
    while _np.any(far := _np.abs(z) > 2):  # as in TensorFlow, numbers beyond two standard deviations are drawn again
        z = _np.where(far, draw.normal(size=z.shape), z)
    return _ad.constant(mean + stddev * z, dtype)


def shuffle(value, seed=None, name=None):
    rows = _tf.with_axes("value", _tf.T(value), 1)
    return rows[_generator(seed).permutation(len(rows))]


__getattr__ = _lacks(__name__)
