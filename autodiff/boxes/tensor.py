"""Tensor: an immutable array that tapes can follow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.boxes.array import ArrayBox
from autodiff.core import dispatch
from autodiff.core.array_names import name_array
from autodiff.core.box import UNTRACKED, Box, first_box, raw_of, strip
from autodiff.core.dispatch import NDARRAY, apply
from autodiff.core.duck import Duck
from autodiff.core.escapes import checked_name
from autodiff.core.external import as_array
from autodiff.core.native import mypyc_attr
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op
from autodiff.core.plain_calls import TENSOR
from autodiff.core.registry import REGISTRY, parts_of
from autodiff.core.structural import IDENTITY
from autodiff.core.transfer import agreeing
from autodiff.core.types import ArrayLike, Key, Text
from autodiff.failures.foreign import unmasked
from autodiff.rules import arithmetic, elementary, indexing, products, reductions, shapes

if TYPE_CHECKING:
    from mypy_extensions import i32

assert arithmetic and elementary and indexing and products and reductions and shapes  # the registry is full from here on


def op_of(function: Any) -> Op:
    entry = REGISTRY[function]
    assert isinstance(entry, Op)
    return entry


ADD: Final = op_of(np.add)
SUBTRACT: Final = op_of(np.subtract)
MULTIPLY: Final = op_of(np.multiply)
DIVIDE: Final = op_of(np.divide)
POWER: Final = op_of(np.power)
MATMUL: Final = op_of(np.matmul)
EQUAL: Final = op_of(np.equal)
NOT_EQUAL: Final = op_of(np.not_equal)
LESS: Final = op_of(np.less)
LESS_EQUAL: Final = op_of(np.less_equal)
GREATER: Final = op_of(np.greater)
GREATER_EQUAL: Final = op_of(np.greater_equal)
GETITEM_BY_BOXES: Final[Any] = indexing.getitem_by_boxes
NO_PARAMS: Final[dict[str, Any]] = {}


@mypyc_attr(acyclic=True, allow_interpreted_subclasses=True)
class Tensor(ArrayBox):
    """An immutable array: what operations on arrays return. A tape follows a Tensor that was computed from something it
    watches, or that it was asked to `watch`.

    Parameters
    ----------
    data : array_like
        An array is wrapped without a copy; `constant` copies.
    name : str, optional
        For pictures and error messages.

    Examples
    --------
    >>> import numpy as np
    >>> from autodiff import Tape, constant
    >>> x = constant([1.0, 2.0])
    >>> with Tape() as tape:
    ...     tape.watch(x)
    ...     y = np.sum(x**2)
    >>> tape.gradient(y, x)
    Tensor([2., 4.])
    """

    __slots__ = ()

    def __init__(self, data: ArrayLike, name: Text | None = None) -> None:
        if type(data) is not NDARRAY and not isinstance(data, Duck):
            dispatch.escape_of((data,), "Tensor")
            data = as_array(strip(unmasked(data)))
        self._held = data
        self._epoch = UNTRACKED
        self._index = -1
        self._reached = False
        self.name = name if name is None else checked_name(name)
        if name is not None:
            name_array(data, name)
        self.trainable = False

    # -- what the engine asks of a box -----------------------------------------------------------------------------------

    def _wrap(self, y: Any) -> Box:
        return Tensor(y)

    def _standing_twin(self) -> Box:
        twin = Tensor(self._held, self.name)
        twin._index, twin._epoch = self._index, self._epoch
        return twin

    def _leaf_entry(self, previous: i32, value: i32) -> Any:
        snapshot = Tensor(self._held, self.name)
        if value >= 0:
            return ArrayNode(shapes.ASSIGNED, (self._held, self._held), previous, value, None, NO_PARAMS, snapshot, -1)
        return snapshot if previous < 0 else ArrayNode(IDENTITY, (self._held,), previous, -1, None, NO_PARAMS, snapshot, -1)

    def _node(self, graph: Any, index: int) -> Any:
        return ArrayNode(None, (), -1, -1, None, NO_PARAMS, self, -1)

    def _call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        known: Op = op
        if known.bind is not None or len(args) != known.arity:
            args, kwargs = known.split(args, kwargs)
        return apply(known, self, args, known.known(kwargs) if kwargs else kwargs)

    def _fresh(self) -> Any:
        from autodiff.boxes.mutable import MutableTensor  # which is a Tensor

        return MutableTensor(self)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            op = REGISTRY.get(function)
            if isinstance(op, Op) and op.bind is None:
                return apply(op, self, inputs, NO_PARAMS)
        return dispatch.ufunc(self, function, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return dispatch.array_function(self, function, args, kwargs)

    # -- operators ---------------------------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        return apply(ADD, self, (self, other), NO_PARAMS)

    def __radd__(self, other: Any) -> Any:
        return apply(ADD, self, (other, self), NO_PARAMS)

    def __sub__(self, other: Any) -> Any:
        return apply(SUBTRACT, self, (self, other), NO_PARAMS)

    def __rsub__(self, other: Any) -> Any:
        return apply(SUBTRACT, self, (other, self), NO_PARAMS)

    def __mul__(self, other: Any) -> Any:
        return apply(MULTIPLY, self, (self, other), NO_PARAMS)

    def __rmul__(self, other: Any) -> Any:
        return apply(MULTIPLY, self, (other, self), NO_PARAMS)

    def __truediv__(self, other: Any) -> Any:
        return apply(DIVIDE, self, (self, other), NO_PARAMS)

    def __rtruediv__(self, other: Any) -> Any:
        return apply(DIVIDE, self, (other, self), NO_PARAMS)

    def __pow__(self, other: Any) -> Any:
        return apply(POWER, self, (self, other), NO_PARAMS)

    def __rpow__(self, other: Any) -> Any:
        return apply(POWER, self, (other, self), NO_PARAMS)

    def __matmul__(self, other: Any) -> Any:
        return apply(MATMUL, self, (self, other), NO_PARAMS)

    def __rmatmul__(self, other: Any) -> Any:
        return apply(MATMUL, self, (other, self), NO_PARAMS)

    def __neg__(self) -> Any:
        return arithmetic.negative(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return arithmetic.absolute(self)

    def __mod__(self, other: Any) -> Any:
        return np.mod(self, other)

    def __rmod__(self, other: Any) -> Any:
        return np.mod(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return np.floor_divide(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return np.floor_divide(other, self)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __eq__(self, other: Any) -> Any:
        return apply(EQUAL, self, (self, other), NO_PARAMS)

    def __ne__(self, other: Any) -> Any:
        return apply(NOT_EQUAL, self, (self, other), NO_PARAMS)

    def __lt__(self, other: Any) -> Any:
        return apply(LESS, self, (self, other), NO_PARAMS)

    def __le__(self, other: Any) -> Any:
        return apply(LESS_EQUAL, self, (self, other), NO_PARAMS)

    def __gt__(self, other: Any) -> Any:
        return apply(GREATER, self, (self, other), NO_PARAMS)

    def __ge__(self, other: Any) -> Any:
        return apply(GREATER_EQUAL, self, (self, other), NO_PARAMS)

    def __and__(self, other: Any) -> Any:
        return np.bitwise_and(self, other)

    def __rand__(self, other: Any) -> Any:
        return np.bitwise_and(other, self)

    def __or__(self, other: Any) -> Any:
        return np.bitwise_or(self, other)

    def __ror__(self, other: Any) -> Any:
        return np.bitwise_or(other, self)

    def __xor__(self, other: Any) -> Any:
        return np.bitwise_xor(self, other)

    def __rxor__(self, other: Any) -> Any:
        return np.bitwise_xor(other, self)

    def __invert__(self) -> Any:
        return np.invert(self)

    def __hash__(self) -> int:  # a class with __eq__ has no other
        return id(self) >> 4

    # -- a container of numbers ------------------------------------------------------------------------------------------

    def __getitem__(self, key: Key) -> Any:
        if first_box((key,)) is None:
            return apply(indexing.GETITEM, self, (self,), {"key": key})
        if type(self._held) is NDARRAY:
            agreeing("index", (self._held, *map(raw_of, parts_of(key))))
        return GETITEM_BY_BOXES(self, key)

    def __iter__(self) -> Iterator[Any]:
        if self._held.ndim == 0:
            raise TypeError(f"iteration over a 0-d {type(self).__name__}")
        return iter([self[i] for i in range(len(self._held))])

    def __copy__(self) -> Any:
        return self._twin(False)

    def __deepcopy__(self, memo: Any) -> Any:
        return self._twin(True)

    def _twin(self, deep: bool) -> Any:
        """A copy, which stays on the tape."""
        twin = apply(IDENTITY, self, (self,), NO_PARAMS)
        if deep:
            twin._held = self._held.copy()
        twin.name = self.name
        return twin

    def __reduce__(self) -> Any:
        dispatch.escape(self, "pickle")
        return type(self), (self._held, self.name)


TENSOR.append(Tensor)
