"""Variable: an array that training changes. And `constant`, an array that nothing changes."""

from __future__ import annotations

import _thread
import itertools
import sys
from typing import Any, Final

from autodiff.boxes.tensor import NO_PARAMS, Tensor
from autodiff.core.array_names import name_array
from autodiff.core.box import WATCHED, Array, Box, Epoch, first_box, strip
from autodiff.core.dispatch import ADD, NDARRAY, SUBTRACT, apply, assigned, escape, numbers
from autodiff.core.dtypes import carries_gradient
from autodiff.core.duck import Duck
from autodiff.core.escapes import note_assignment
from autodiff.core.external import as_array
from autodiff.core.graph import Graph
from autodiff.core.kept import LARGE, forget
from autodiff.core.listening import current
from autodiff.core.native import mypyc_attr
from autodiff.core.registry import stack_boxes
from autodiff.core.structural import IDENTITY
from autodiff.core.transfer import beside, copied_to, is_alone
from autodiff.core.types import ArrayLike, DType, Flag, Text, Tree
from autodiff.failures.foreign import unmasked
from autodiff.rules.shapes import ASTYPE

_serial = itertools.count()
REFERENCES: Final = sys.getrefcount
OTHER_THREADS: Final = _thread._count  # how many are running besides the first one
IN_PLACE = (
    "`variable {op} value` is ambiguous: use `variable.{method}` to change the variable, "
    "or `new = variable ...` for a new result."
)


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class Variable(Tensor):
    """A mutable array leaf, watched by every tape that sees it used unless `trainable=False`.

    Its shape and dtype never change.

    Parameters
    ----------
    initial_value : array_like
        Copied.
    trainable : bool
        Whether tapes watch it unasked.
    name : str, optional
        For pictures and error messages.
    dtype : dtype, optional
        Of the array; its own by default. Python numbers give float64.

    Raises
    ------
    TypeError
        For integers in a trainable variable: they have no gradient.

    Examples
    --------
    >>> from autodiff import Variable
    >>> v = Variable([1.0, 2.0], name="v")
    >>> v.assign_sub([0.5, 0.5])
    Variable([0.5, 1.5], name='v')
    """

    __slots__ = ("_created",)

    def __init__(self, initial_value: ArrayLike, trainable: Flag = True, name: Text | None = None, dtype: DType = None) -> None:
        data = numbers(initial_value, dtype, "initial_value")
        if trainable and not carries_gradient(data):
            given = "text" if data.dtype.kind == "U" else f"dtype {data.dtype}: integers have no gradient"
            way = "Write 3.0 instead of 3, pass dtype=float, or say trainable=False."
            raise TypeError(f"A trainable Variable holds floats, but got {given}. {way}")
        super().__init__(data, name)
        self.trainable = bool(trainable)
        self._created: int = next(_serial)  # tapes list their variables in this order

    def assign(self, value: ArrayLike) -> Variable:
        """This variable, now holding a copy of `value`. ValueError for another shape."""
        graph = current()
        if graph is not None:
            note_assignment(graph, value)
        data = copied_to(self._held, strip(unmasked(value)))
        if data.shape != self._held.shape:
            self._refuse(data)
        if graph is not None and graph.record_all:  # the new numbers are then an op's output
            return self._become(graph, apply(ASTYPE, self, (value,), {"dtype": data.dtype}))
        return self._set(data, graph)

    def assign_add(self, delta: ArrayLike) -> Variable:
        """This variable, now larger by `delta`. ValueError for another shape."""
        return self._change(ADD, delta)

    def assign_sub(self, delta: ArrayLike) -> Variable:
        """This variable, now smaller by `delta`. ValueError for another shape."""
        return self._change(SUBTRACT, delta)

    def _change(self, function: Any, delta: Any) -> Variable:
        graph = current()
        if graph is not None:
            note_assignment(graph, delta)
        step = delta._held if isinstance(delta, Array) else as_array(strip(unmasked(delta)))
        if step.shape != self._held.shape:
            self._refuse(step)
        dtype = self._held.dtype
        if step.dtype is not dtype:
            step = step.astype(dtype)
        if type(step) is not NDARRAY or type(self._held) is not NDARRAY:
            step = beside(self._held, step)
        if graph is not None and graph.record_all:
            return self._become(graph, function(self, apply(ASTYPE, self, (delta,), {"dtype": dtype})))
        # A tape may still hold the old array, and another thread may be reading it, so the new numbers go to a new one, unless
        # nobody else refers to it (the two counted are this object and the call itself) and this thread is the only one. That
        # saves large models a third of an update's time.
        alone = OTHER_THREADS() == 0
        if alone and REFERENCES(self._held) > 2 and self._held.nbytes >= LARGE:
            forget()  # the graph of the last gradient has it, for pictures
        if alone and REFERENCES(self._held) == 2 and (type(self._held) is NDARRAY or is_alone(self._held)):
            function(self._held, step, out=self._held)
            return self._set(self._held, graph)
        return self._set(as_array(function(self._held, step)), graph)

    def _refuse(self, data: Any) -> None:
        name = f"Variable {self.name}" if self.name else "This Variable"
        raise ValueError(
            f"{name} has shape {self._held.shape}, so it can't be assigned shape {data.shape}; "
            "assignment does not broadcast. Make a new Variable to change the shape."
        )

    def _set(self, data: Any, graph: Graph | None) -> Variable:
        """Hold other data from now on; `graph` is the present one."""
        self._held = data
        if self.name is not None and not self.trainable:  # which operations read as a constant
            name_array(data, self.name)
        if self._index >= 0:
            self._epoch = WATCHED  # tapes keep what was read before: from now on this is another leaf
        if graph is not None:
            assigned(graph, self, data)
        return self

    def _become(self, graph: Graph, value: Tensor) -> Variable:
        """Hold what was computed as `value`: a trace hangs the next reading on it."""
        graph.index_of(self)  # gradients go to a reading, and not to the value
        index = graph.index_of(value)
        self._set(value._held, graph)
        self._index, self._epoch = index, Epoch(graph.ref)
        return self

    def value(self) -> Any:
        """The present value as a Tensor, which open tapes record as read from this variable."""
        return apply(IDENTITY, self, (self,), NO_PARAMS)

    def read_value(self) -> Any:
        """The same as `value()`, by TensorFlow's other name."""
        return self.value()

    def _twin(self, deep: bool) -> Any:
        escape(self, "copy")
        return Variable(self._held, self.trainable, self.name)

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
        return Variable, (self._held, self.trainable, self.name)


def constant(value: ArrayLike, dtype: DType = None, name: Text | None = None) -> Tensor:
    """A Tensor that holds a copy of an array. Tapes follow it when asked to `watch` it.

    Parameters
    ----------
    value : array_like
        numpy's rules decide its dtype. TypeError for what is no number or array of numbers.
    dtype : dtype, optional
    name : str, optional

    Examples
    --------
    >>> from autodiff import constant
    >>> constant([1.0, 2.0], name="x")
    Tensor([1., 2.], name='x')
    """
    if isinstance(value, Array) and isinstance(value._held, Duck):  # inside vmap
        duck: Any = value._held
        return Tensor(duck if dtype is None else duck.astype(dtype), name)
    return Tensor(numbers(value, dtype, "value"), name)


def convert_to_tensor(value: Tree, dtype: DType = None) -> Any:
    """`value` as a box, which keeps its place on the tape if it has one. Boxes in a list are stacked."""
    box: Any = value
    if not isinstance(value, Box):
        box = constant(box) if first_box([box]) is None else stack_boxes(box)
    return box if dtype is None or box.dtype == dtype else ASTYPE((box,), {"dtype": dtype})
