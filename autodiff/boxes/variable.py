"""Variable: an array that training changes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from autodiff.boxes import protocols
from autodiff.boxes.tensor import NO_PARAMS, Tensor
from autodiff.core.box import ASKED
from autodiff.core.door import apply
from autodiff.core.native import mypyc_attr
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
        data = np.array(protocols.strip(initial_value), dtype=dtype)
        if trainable and data.dtype.kind not in "fc":
            raise TypeError(
                f"A trainable Variable holds floats, but got dtype {data.dtype}: integers have no gradient. "
                "Write 3.0 instead of 3, pass dtype=float, or say trainable=False."
            )
        super().__init__(data, name)
        self.trainable = trainable
        self.created: int = next(_serial)  # tapes list their variables in this order

    def assign(self, value: Any) -> Variable:
        """This variable, now holding a copy of `value` (same shape; ValueError otherwise)."""
        return self._set(np.array(protocols.strip(value), dtype=self.data.dtype))

    def assign_add(self, delta: Any) -> Variable:
        """This variable, now larger by `delta`."""
        return self._set(self.data + np.asarray(protocols.strip(delta), dtype=self.data.dtype))

    def assign_sub(self, delta: Any) -> Variable:
        """This variable, now smaller by `delta`."""
        return self._set(self.data - np.asarray(protocols.strip(delta), dtype=self.data.dtype))

    def _set(self, data: Any) -> Variable:
        if data.shape != self.data.shape:
            raise ValueError(
                f"Variable {self.name or ''} has shape {self.data.shape}, so it can't be assigned shape {data.shape}; "
                "assignment does not broadcast. Make a new Variable to change the shape."
            )
        self.data = data  # a new array, never a write into the old one: tapes keep what was read
        if self.place >= 0:
            self.token = ASKED
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
