"""Variable: an array that training changes."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np

from autodiff.boxes import protocols
from autodiff.boxes.tensor import NO_PARAMS, Tensor
from autodiff.core.box import ASKED, Array
from autodiff.core.door import apply
from autodiff.core.native import mypyc_attr
from autodiff.core.op import carries_gradient
from autodiff.core.plumbing import IDENTITY

_serial = itertools.count()
IN_PLACE = (
    "`variable {op} value` is ambiguous: use `variable.{method}` to change the variable, "
    "or `new = variable ...` for a new result."
)


@mypyc_attr(acyclic=True)
class Variable(Tensor):
    """A mutable array leaf, watched by every tape that sees it used unless `trainable=False`.

    initial_value: array-like; copied. dtype: of the array, its own by default (Python numbers give float64). The shape
    and dtype never change. TypeError for integers in a trainable variable: they have no gradient.

    >>> from autodiff import Variable
    >>> v = Variable([1.0, 2.0], name="v")
    >>> v.assign_sub([0.5, 0.5])
    Variable([0.5, 1.5], name='v')
    """

    __slots__ = ("created",)

    def __init__(self, initial_value: Any, trainable: bool = True, name: str | None = None, dtype: Any = None) -> None:
        data = protocols.numbers(initial_value, dtype, "initial_value")
        if trainable and not carries_gradient(data):
            raise TypeError(
                f"A trainable Variable holds floats, but got dtype {data.dtype}: integers have no gradient. "
                "Write 3.0 instead of 3, pass dtype=float, or say trainable=False."
            )
        super().__init__(data, name)
        self.trainable = trainable
        self.created: int = next(_serial)  # tapes list their variables in this order

    def assign(self, value: Any) -> Variable:
        """This variable, now holding a copy of `value` (same shape; ValueError otherwise)."""
        data = np.array(protocols.strip(value), dtype=self.data.dtype)
        self._check(data)
        return self._set(data)

    def assign_add(self, delta: Any) -> Variable:
        """This variable, now larger by `delta` (same shape; ValueError otherwise)."""
        return self._change(np.add, delta)

    def assign_sub(self, delta: Any) -> Variable:
        """This variable, now smaller by `delta` (same shape; ValueError otherwise)."""
        return self._change(np.subtract, delta)

    def _change(self, function: Any, delta: Any) -> Variable:
        step = delta.data if isinstance(delta, Array) else np.asarray(protocols.strip(delta))
        self._check(step)
        dtype = self.data.dtype
        if step.dtype is not dtype:
            step = step.astype(dtype)
        # A tape may still hold the old array, so the new numbers go to a new one - unless nobody else refers to it (the
        # two counted are this object and the call itself): that saves large models a third of an update's time.
        if sys.getrefcount(self.data) == 2:
            function(self.data, step, out=self.data)
            return self._set(self.data)
        return self._set(np.asarray(function(self.data, step)))

    def _check(self, data: Any) -> None:
        if data.shape != self.data.shape:
            raise ValueError(
                f"Variable {self.name or ''} has shape {self.data.shape}, so it can't be assigned shape {data.shape}; "
                "assignment does not broadcast. Make a new Variable to change the shape."
            )

    def _set(self, data: Any) -> Variable:
        self.data = data
        if self.place >= 0:
            self.token = ASKED  # tapes keep what was read before: from now on this is another leaf
        return self

    def value(self) -> Any:
        """The present value as a Tensor, which open tapes record as read from this variable."""
        return apply(IDENTITY, self, (self,), NO_PARAMS)

    def read_value(self) -> Any:
        """The same as `value()`, by TensorFlow's other name."""
        return self.value()

    def _again(self, data: Any) -> Any:
        return Variable(data, self.trainable, self.name)

    def __iadd__(self, other: Any) -> Any:
        raise RuntimeError(IN_PLACE.format(op="+=", method="assign_add(value)"))

    def __isub__(self, other: Any) -> Any:
        raise RuntimeError(IN_PLACE.format(op="-=", method="assign_sub(value)"))

    def __imul__(self, other: Any) -> Any:
        raise RuntimeError(IN_PLACE.format(op="*=", method="assign(variable * value)"))

    def __itruediv__(self, other: Any) -> Any:
        raise RuntimeError(IN_PLACE.format(op="/=", method="assign(variable / value)"))

    def __ipow__(self, other: Any) -> Any:
        raise RuntimeError(IN_PLACE.format(op="**=", method="assign(variable ** value)"))

    def __reduce__(self) -> Any:
        return Variable, (self.data, self.trainable, self.name)
