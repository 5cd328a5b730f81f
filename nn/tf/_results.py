"""Losses and metrics whose results are tensors and numbers as TensorFlow's are: they have a numpy()."""

import functools
import inspect

import numpy as np

from nn import losses, metrics
from nn.reprs import parameters
from nn.tf._arguments import T


class WithDtype:
    """What is made with Keras's `dtype`, which changes nothing: numbers have the dtype of the predictions."""

    def __init__(self, *given, dtype=None, **options):
        super().__init__(*given, **options)

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            shown = sorted(parameters(cls).values(), key=lambda parameter: (parameter.kind, parameter.name == "dtype"))
            cls.__signature__ = inspect.Signature(shown)


class Loss(WithDtype, losses.Loss):
    """A loss that is a tensor, whatever it is computed from. Subclasses define call(y_true, y_pred)."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return T(super().__call__(y_true, y_pred, sample_weight))


class Number(float):
    """What a metric says: a float that can be asked for its numpy()."""

    def numpy(self):
        return np.float32(self)


class Metric(WithDtype, metrics.Metric):
    """A metric whose result is a Number, or a tensor if it has several numbers."""

    def result(self):
        found = super().result()
        return Number(found) if isinstance(found, float) else T(found)


def adapted(module, things, kind=None):
    """{name: thing}: the classes with `kind` before them, and the functions with a tensor as result."""
    if kind is not None:
        kind.__module__, kind.__qualname__, kind.__signature__ = module, kind.__name__, _with_dtype(kind.__mro__[2])
    return {name: _class(module, name, x, kind) if isinstance(x, type) else _function(module, x) for name, x in things.items()}


def _class(module, name, base, kind):
    doc = (base.__doc__ or "").partition(">>>")[0].rstrip()
    own = {"__module__": module, "__qualname__": name, "__doc__": doc, "__signature__": _with_dtype(base)}
    return kind if issubclass(kind, base) else type(name, (kind, base), own)


def _with_dtype(base):
    shown = inspect.signature(base)
    dtype = inspect.Parameter("dtype", inspect.Parameter.KEYWORD_ONLY, default=None)
    return shown.replace(parameters=[*shown.parameters.values(), dtype])


def _function(module, function):
    @functools.wraps(function)
    def with_tensor(*args, **options):
        return T(function(*args, **options))

    with_tensor.__module__ = module
    return with_tensor
