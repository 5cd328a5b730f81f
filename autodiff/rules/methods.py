"""How a function becomes a method: an array's method is the function of numpy's that has its name, with the array first.

The class `ArrayMethods`, in array_methods.py, lists them. The functions here make the entries of that list.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.registry import REGISTRY
from autodiff.failures.nesting import brief
from autodiff.rules import complex_numbers
from autodiff.rules.joining import copy as copied
from autodiff.rules.shapes import ASTYPE
from autodiff.rules.shapes import ravel as raveled
from autodiff.rules.shapes import reshape as reshaped
from autodiff.rules.shapes import transpose as transposed

Method = Callable[..., Any]
assert complex_numbers  # the registry is full from here on


def method(function: Any, place: int = 0) -> Method:
    """A registered function as a method; `place` is where it takes the array."""
    entry: Any = REGISTRY[function]

    def called(self, *args, **kwargs):
        return entry((*args[:place], self, *args[place:]), kwargs)

    return functools.update_wrapper(called, function)


def attribute(function: Any) -> Any:
    """A registered function of the array alone as an attribute."""
    return property(method(function))


def in_place(function: Any) -> Method:
    """A method that writes what the function makes of the array into the array, as the one of ndarray does."""

    def called(self, *args, **kwargs):
        y = function(self, *args, **kwargs)
        try:
            self[...] = y
        except TypeError as error:
            name = function.__name__
            raise TypeError(f"x.{name}() writes into x, so use the function, y = np.{name}(x): {error}") from None

    return functools.update_wrapper(called, function)


def fill(self, value):
    """Write one value everywhere."""
    self[...] = value


def put(self, indices, values, mode="raise"):
    """Write values at the places that they have in the flattened array; too few values are taken over and over."""
    places = np.ravel(np.take(np.arange(self.size), indices, mode=mode))
    if places.size:
        self[np.unravel_index(places, self.shape)] = np.resize(values, places.size)


def reshape(self, *shape, **options):
    """The same numbers in another shape, given as a tuple or as several numbers; `order=` and `copy=` are np.reshape's."""
    return reshaped(self, shape[0] if len(shape) == 1 else shape, **options)


def transpose(self, *axes):
    """The axes in another order, given as a tuple or as several numbers; without any, in reverse order."""
    return transposed(self, axes[0] if len(axes) == 1 else axes or None)


def flatten(self, order="C"):
    """A copy with one axis, which can be written into."""
    return copied(raveled(self, order=order))


def copy(self, order="C"):
    """A copy that can be written into, `y[i] = ...`; tapes follow what is written."""
    return copied(self, order=order)


def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    """The same numbers in another dtype; gradients go back in the dtype of this array."""
    if not np.can_cast(self.dtype, kind := _dtype(dtype), casting):
        raise TypeError(f"Cannot cast array from {self.dtype} to {kind} by the rule {casting!r}; casting='unsafe' does.")
    if not copy and self.dtype == kind:
        return self
    y = ASTYPE((self,), {"dtype": dtype})
    return y if order in ("K", None) else copied(y, order=order)


def _dtype(dtype):
    try:
        if not isinstance(dtype, (Box, np.ndarray)):  # numpy would take theirs
            return np.dtype(dtype)
    except (TypeError, ValueError):
        pass
    raise TypeError(f"astype takes a dtype, such as x.dtype, but got {brief(dtype)}.")


def rounded(self, digits=None):
    """Python's round: of one number without digits, an int."""
    return int(np.round(self)) if digits is None and self.ndim == 0 else np.round(self, operator.index(digits or 0))


def truncated(self):
    """math.trunc."""
    return int(self)
