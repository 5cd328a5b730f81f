"""What holds for all of nn: the default dtype, the random stream, and whether the layers are in training."""

from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

_floatx = np.dtype("float32")


def floatx():
    """The dtype of layers that are not given one: float32, unless `set_floatx` said otherwise."""
    return _floatx


def set_floatx(dtype):
    """Let layers made from now on be of this dtype. ValueError for what is no float."""
    global _floatx
    _floatx = floating(dtype)


def floating(dtype):
    """The numpy dtype, if it is one of floats; else ValueError."""
    if np.dtype(dtype).kind != "f":
        raise ValueError(f"Weights are floats, but got dtype {np.dtype(dtype)}; say 'float32' or 'float64'.")
    return np.dtype(dtype)


# -- randomness ------------------------------------------------------------------------------------------------------

_stream = np.random.default_rng()
_borrowed = ContextVar("the random stream of one computation", default=None)


def set_random_seed(seed):
    """Begin the one random stream of nn anew: the same seed gives the same weights, batches and masks, to the last bit."""
    global _stream
    _stream = np.random.default_rng(seed)


def generator(seed=None):
    """The random stream that nn draws from; for a seed, a stream of its own."""
    return (_borrowed.get() or _stream) if seed is None else np.random.default_rng(seed)


@contextmanager
def use_generator(stream):
    """Inside this block nn draws from `stream`, a numpy Generator; other threads, and the world after it, notice nothing."""
    token = _borrowed.set(stream)
    try:
        yield stream
    finally:
        _borrowed.reset(token)


# -- training --------------------------------------------------------------------------------------------------------

_training = ContextVar("whether layers are in training", default=False)
is_training = _training.get


@contextmanager
def training(on=True):
    """Inside this block layers are in training: Dropout drops, BatchNormalization uses the batch. `fit` sees to it itself.

    >>> import numpy as np, nn
    >>> with nn.training():
    ...     y = nn.Dropout(1.0)(np.ones((1, 2)))
    >>> y.tolist()
    [[0.0, 0.0]]
    """
    token = _training.set(bool(on))
    try:
        yield
    finally:
        _training.reset(token)
