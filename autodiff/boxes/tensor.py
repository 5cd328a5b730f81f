"""Tensor: an immutable numpy array that tapes can follow; and Variable, whose array can be assigned anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from autodiff.boxes import protocols
from autodiff.core.box import NOWHERE, Array, Box, Token
from autodiff.core.door import apply
from autodiff.core.log import Record
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.core.ops import OPS
from autodiff.core.plumbing import IDENTITY
from autodiff.rules import arithmetic, elementary, indexing, products, reductions, shapes

assert arithmetic and elementary and indexing and products and reductions and shapes  # the table is full from here on

ADD: Final[Op] = OPS[np.add]
SUBTRACT: Final[Op] = OPS[np.subtract]
MULTIPLY: Final[Op] = OPS[np.multiply]
DIVIDE: Final[Op] = OPS[np.divide]
POWER: Final[Op] = OPS[np.power]
MATMUL: Final[Op] = OPS[np.matmul]
NO_PARAMS: Final[dict[str, Any]] = {}


@mypyc_attr(acyclic=True)
class Tensor(Array):
    """An immutable array: what operations on arrays return. `Tensor(a)` wraps the array `a` without copying it;
    `constant(a)` copies. A tape follows a Tensor computed from something it watches, or one it was asked to `watch`.

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

    def __init__(self, data: Any, name: str | None = None) -> None:
        self.data = data if type(data) is np.ndarray else np.asarray(protocols.strip(data))
        self.token = NOWHERE
        self.name = name
        self.place = -1
        self.trainable = False
        self.reached = False

    # -- what the engine asks of a box -------------------------------------------------------------------------------

    def wrap(self, y: Any) -> Box:
        return Tensor(y)

    def stand_in(self, place: int, token: Token, earlier: int) -> Any:
        box = Tensor(self.data, self.name)
        box.place = place
        box.token = token
        return box if earlier < 0 else Record(IDENTITY, [self.data], [earlier], NO_PARAMS, box)

    def call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs, params = (args, kwargs) if op.adapt is None and len(args) == op.arity else op.split(args, kwargs)
        if params:
            params = op.known(params)
        return apply(op, self, inputs, params)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            op = OPS.get(function)
            if op is not None and op.adapt is None:
                return apply(op, self, inputs, NO_PARAMS)
        return protocols.ufunc(self, function, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return protocols.array_function(self, function, args, kwargs)

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

    def __eq__(self, other: Any) -> Any:
        return np.equal(self, other)

    def __ne__(self, other: Any) -> Any:
        return np.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return np.less(self, other)

    def __le__(self, other: Any) -> Any:
        return np.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return np.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return np.greater_equal(self, other)

    def __and__(self, other: Any) -> Any:
        return np.bitwise_and(self, other)

    def __or__(self, other: Any) -> Any:
        return np.bitwise_or(self, other)

    def __invert__(self) -> Any:
        return np.invert(self)

    def __hash__(self) -> int:
        return id(self) >> 4

    # -- a container of numbers --------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        return apply(indexing.GETITEM, self, (self,), {"key": protocols.strip(key)})

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            f"{type(self).__name__} does not support item assignment: a tape may need the old numbers. Build a new array "
            "with np.where, np.concatenate or np.stack, or assign a whole Variable with v.assign(...)."
        )

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        if self.data.ndim == 0:
            raise TypeError(f"iteration over a 0-d {type(self).__name__}")
        return iter([self[i] for i in range(len(self.data))])

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __int__(self) -> int:
        return int(self.data)

    def __index__(self) -> int:
        return int(self.data.__index__())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if copy or (dtype is not None and self.data.dtype != dtype):
            return self.data.astype(dtype or self.data.dtype)
        view = self.data.view()
        view.flags.writeable = False
        return view

    def __repr__(self) -> str:
        numbers = np.array2string(self.data, separator=", ", prefix=type(self).__name__ + "(")
        kind = "" if self.data.dtype == np.float64 else f", dtype={self.data.dtype}"
        label = "" if self.name is None else f", name={self.name!r}"
        return f"{type(self).__name__}({numbers}{kind}{label})"

    def __format__(self, spec: str) -> str:
        return format(self.data[()], spec) if self.data.ndim == 0 else format(str(self), spec)

    def __copy__(self) -> Any:
        return self._again(self.data)

    def __deepcopy__(self, memo: Any) -> Any:
        return self._again(self.data.copy())

    def __reduce__(self) -> Any:
        return type(self), (self.data, self.name)

    def _again(self, data: Any) -> Any:
        return Tensor(data, self.name)

    # -- numpy's names -----------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.data.shape
        return shape

    @property
    def ndim(self) -> int:
        return int(self.data.ndim)

    @property
    def size(self) -> int:
        return int(self.data.size)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def T(self) -> Any:
        return shapes.transpose(self)

    def numpy(self) -> Any:
        """A copy of the array."""
        return self.data.copy()

    def item(self) -> Any:
        return self.data.item()

    def tolist(self) -> Any:
        return self.data.tolist()

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        return apply(shapes.ASTYPE, self, (self,), {"dtype": dtype})

    def reshape(self, *shape: Any) -> Any:
        return shapes.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        return shapes.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def squeeze(self, axis: Any = None) -> Any:
        return shapes.squeeze(self, axis=axis)

    def ravel(self) -> Any:
        return shapes.reshape(self, -1)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        return reductions.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        return reductions.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Any:
        return reductions.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Any:
        return reductions.min(self, axis=axis, keepdims=keepdims)

    def dot(self, other: Any) -> Any:
        return products.dot(self, other)

    def argmax(self, axis: Any = None) -> Any:
        return np.argmax(self, axis=axis)
