"""How weights begin. One generator for the whole of nn, so that one seed fixes everything."""

import math

import numpy as np

_generator = np.random.default_rng()


def set_random_seed(seed):
    """Begin the one random stream of nn anew: the same seed gives the same weights, batches and masks."""
    global _generator
    _generator = np.random.default_rng(seed)


def generator():
    """The random generator that nn draws from."""
    return _generator


def glorot_uniform(shape, dtype):
    """Uniform within sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    limit = math.sqrt(6.0 / (shape[0] + shape[-1]))
    return _generator.uniform(-limit, limit, shape).astype(dtype)


def zeros(shape, dtype):
    return np.zeros(shape, dtype)
