"""Losses and metrics whose results are tensors and numbers as TensorFlow's are: they have a numpy()."""

import functools

import numpy as np

from nn import losses, metrics
from nn.tf._arguments import T


class Loss(losses.Loss):
    """A loss that is a tensor, whatever it is computed from. Subclasses define call(y_true, y_pred)."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return T(super().__call__(y_true, y_pred, sample_weight))


class Number(float):
    """What a metric says: a float that can be asked for its numpy()."""

    def numpy(self):
        return np.float32(self)


class Metric(metrics.Metric):
    """A metric whose result is a Number, or a tensor if it has several numbers."""

    def result(self):
        found = super().result()
        return Number(found) if isinstance(found, float) else T(found)


def adapted(module, things, kind):
    """{name: thing}: the classes with `kind` before them, and the functions with a tensor as result."""
    kind.__module__, kind.__qualname__ = module, kind.__name__
    return {name: _class(module, name, x, kind) if isinstance(x, type) else _function(module, x) for name, x in things.items()}


def _class(module, name, base, kind):
    doc = (base.__doc__ or "").partition(">>>")[0].rstrip()
    own = {"__module__": module, "__qualname__": name, "__doc__": doc}
    return kind if issubclass(kind, base) else type(name, (kind, base), own)


def _function(module, function):
    @functools.wraps(function)
    def with_tensor(*args, **options):
        return T(function(*args, **options))

    with_tensor.__module__ = module
    return with_tensor
