"""tf.keras.random: numbers from the random generator of nn, or from one of a seed."""

from nn.settings import generator as _generator
from nn.tf import random as _random
from nn.tf._missing import lacks as _lacks


class SeedGenerator:
    """A seed that gives other numbers at each draw: seed=SeedGenerator(1) in a layer. Without a seed it is nn's generator."""

    def __init__(self, seed=None, name=None):
        self.draws = None if seed is None else _generator(seed)

    def next(self):
        """The seed of the next draw."""
        return int((_generator() if self.draws is None else self.draws).integers(2**31))


def _seed(seed):
    return seed.next() if isinstance(seed, SeedGenerator) else seed


def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    return _random.normal(shape, mean, stddev, dtype, _seed(seed))


def uniform(shape, minval=0.0, maxval=1.0, dtype="float32", seed=None):
    return _random.uniform(shape, minval, maxval, dtype, _seed(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    return _random.truncated_normal(shape, mean, stddev, dtype, _seed(seed))


def categorical(logits, num_samples, dtype="int32", seed=None):
    return _random.categorical(logits, num_samples, dtype, _seed(seed))


def shuffle(x, axis=0, seed=None):
    if axis != 0:
        raise ValueError(f"shuffle draws an order of the rows, axis 0, but got axis {axis}: transpose x before and after.")
    return _random.shuffle(x, _seed(seed))


__getattr__ = _lacks(__name__)
