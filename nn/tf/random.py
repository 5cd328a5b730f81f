"""tf.random: numbers from the random generator of nn. One seed determines them, the weights, the batches and the masks."""

import numpy as _np

import autodiff as _ad
from nn.arguments import array as _array
from nn.arguments import wrong as _wrong
from nn.settings import dtype_of as _dtype_of
from nn.settings import generator as _generator
from nn.settings import set_random_seed as set_seed
from nn.tf import _adapters as _tf
from nn.tf._missing import lacks as _lacks


def normal(shape, mean=0.0, stddev=1.0, dtype=_tf.FLOAT, seed=None, name=None):
    return _ad.constant(_generator(seed).normal(_tf.raw(mean), _tf.raw(stddev), _tf.plain(shape)), dtype)


def uniform(shape, minval=0, maxval=None, dtype=_tf.FLOAT, seed=None, name=None):
    if _dtype_of(dtype).kind == "i":
        return _ad.constant(_generator(seed).integers(_tf.raw(minval), _tf.raw(maxval), _tf.plain(shape)), dtype)
    low, high = _array("minval", minval), _array("maxval", 1.0 if maxval is None else maxval)
    if not _np.isfinite(high - low).all():
        raise _wrong("maxval", "a finite number, not less than minval", maxval)
    return _ad.constant(_generator(seed).uniform(low, high, _tf.plain(shape)), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=_tf.FLOAT, seed=None, name=None):
    draw = _generator(seed)
    z = draw.normal(size=_tf.plain(shape))
    while _np.any(far := _np.abs(z) > 2):  # as in TensorFlow, numbers beyond two standard deviations are drawn again
        z = _np.where(far, draw.normal(size=z.shape), z)
    return _ad.constant(mean + stddev * z, dtype)


def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Classes drawn by their logits: (rows, num_samples) for logits (rows, classes)."""
    logits = _tf.with_axes("logits", _tf.T(logits), 2).numpy()
    if logits.ndim != 2:
        raise _wrong("logits", "an array (rows, classes)", logits)
    noise = _generator(seed).gumbel(size=(len(logits), _tf.plain(num_samples), logits.shape[1]))
    return _ad.constant(_np.argmax(logits[:, None] + noise, axis=2), "int64" if dtype is None else dtype)


def shuffle(value, seed=None, name=None):
    rows = _tf.with_axes("value", _tf.T(value), 1)
    return rows[_generator(seed).permutation(len(rows))]


__getattr__ = _lacks(__name__)
