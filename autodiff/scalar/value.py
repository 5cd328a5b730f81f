"""Value: one Python float that remembers how it came to be."""

from __future__ import annotations

from operator import add, mul, sub, truediv
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.boxes.tensor import ADD, DIVIDE, MULTIPLY, POWER, SUBTRACT, Tensor, op_of
from autodiff.core.box import Box, first_array
from autodiff.core.dispatch import NDARRAY, USUAL, apply, array_function, ufunc
from autodiff.core.listening import active_at_last
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.core.structural import IDENTITY
from autodiff.failures.operands import declined
from autodiff.rules import elementary, trigonometric
from autodiff.scalar.conversion import as_float, is_update
from autodiff.scalar.node import REAL, UNSET, Number, evaluated, is_number
from autodiff.scalar.views import ScalarNode

if TYPE_CHECKING:
    from mypy_extensions import i32

assert trigonometric  # the registry holds its ops from here on
NEGATIVE: Final = op_of(np.negative)
ABSOLUTE: Final = op_of(np.absolute)
MOD: Final = op_of(np.mod)
RELU: Final = op_of(elementary.relu)
EXP: Final = op_of(np.exp)
EXPM1: Final = op_of(np.expm1)
LOG: Final = op_of(np.log)
LOG1P: Final = op_of(np.log1p)
SQRT: Final = op_of(np.sqrt)
SIN: Final = op_of(np.sin)
COS: Final = op_of(np.cos)
TAN: Final = op_of(np.tan)
TANH: Final = op_of(np.tanh)
ARCTAN: Final = op_of(np.arctan)
SIGMOID: Final = op_of(elementary.sigmoid)
SOFTPLUS: Final = op_of(elementary.softplus)
ARITHMETIC: Final[Any] = {np.add: add, np.subtract: sub, np.multiply: mul, np.divide: truediv, np.power: pow}


@mypyc_attr(acyclic=True)
class Value(Number):
    """One float, watched by every tape that sees it used.

    Parameters
    ----------
    x : float
        A number: int, float, numpy scalar, or an array or box of one element. TypeError for anything else.
    name : str, optional
        For pictures and error messages.

    Examples
    --------
    >>> from autodiff import Tape, Value
    >>> w = Value(3.0, name="w")
    >>> with Tape() as tape:
    ...     y = w * w
    >>> tape.gradient(y, w)
    Value(6.0)
    """

    __slots__ = ()

    # -- what the engine asks of a box -----------------------------------------------------------------------------------

    def _wrap(self, y: Any) -> Box:
        return result(as_float(y)) if isinstance(y, USUAL) or (type(y) is NDARRAY and not y.ndim) else Tensor(y)

    def _leaf_entry(self, previous: i32, value: i32) -> Any:
        snapshot = result(self._held)
        snapshot.name = self.name
        if previous >= 0:
            snapshot._made_by = IDENTITY
            snapshot._a = previous
            snapshot._da = 1.0
        return snapshot

    def _node(self, graph: Any, index: int) -> Any:
        return ScalarNode(self, graph, index)

    def _call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs, params = op.split(args, kwargs)
        params = op.known(params)
        scalar = not params and op.vjps and None not in op.vjps and op.elementwise and op.arity <= 2
        if scalar and all(map(is_number, inputs)):
            return apply_scalar(op, inputs[0], inputs[1] if len(inputs) == 2 else None)
        return apply(op, first_array(inputs, self), inputs, params)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs and isinstance(inputs[0], REAL) and function in ARITHMETIC:
            return ARITHMETIC[function](float(inputs[0]), self)  # `np.int64(2) * value`, in a sixth of the time
        return ufunc(first_array(inputs, self), function, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return array_function(first_array(args, self), function, args, kwargs)

    # -- arithmetic, written out -------------------------------------------------------------------------------------

    def __add__(self, other: object) -> Any:
        if isinstance(other, Value):
            return scalar_node(ADD, self._held + other._held, self, other, 1.0, 1.0)
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(ADD, self._held + k, self, None, 1.0, k)
        return self.__add__(float(other)) if isinstance(other, REAL) else declined(other)

    def __radd__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(ADD, k + self._held, None, self, k, 1.0)
        return declined(other)

    def __sub__(self, other: object) -> Any:
        if isinstance(other, Value):
            return scalar_node(SUBTRACT, self._held - other._held, self, other, 1.0, -1.0)
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(SUBTRACT, self._held - k, self, None, 1.0, k)
        return self.__sub__(float(other)) if isinstance(other, REAL) else declined(other)

    def __rsub__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(SUBTRACT, k - self._held, None, self, k, -1.0)
        return declined(other)

    def __mul__(self, other: object) -> Any:
        if isinstance(other, Value):
            return scalar_node(MULTIPLY, self._held * other._held, self, other, other._held, self._held)
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(MULTIPLY, self._held * k, self, None, k, k)
        return self.__mul__(float(other)) if isinstance(other, REAL) else declined(other)

    def __rmul__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = as_float(other)
            return scalar_node(MULTIPLY, k * self._held, None, self, k, k)
        return declined(other)

    def __truediv__(self, other: object) -> Any:
        return apply_scalar(DIVIDE, self, other) if isinstance(other, NUMBER) else declined(other)

    def __rtruediv__(self, other: object) -> Any:
        return apply_scalar(DIVIDE, other, self) if isinstance(other, (float, int)) else declined(other)

    def __pow__(self, other: object) -> Any:
        return apply_scalar(POWER, self, other) if isinstance(other, NUMBER) else declined(other)

    def __rpow__(self, other: object) -> Any:
        return apply_scalar(POWER, other, self) if isinstance(other, (float, int)) else declined(other)

    def __neg__(self) -> Value:
        return scalar_node(NEGATIVE, -self._held, self, None, -1.0, 0.0)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return apply_scalar(ABSOLUTE, self, None)

    def __mod__(self, other: object) -> Any:
        return apply_scalar(MOD, self, other) if isinstance(other, (Value, float, int)) else declined(other)

    def __rmod__(self, other: object) -> Any:
        return apply_scalar(MOD, other, self) if isinstance(other, (float, int)) else declined(other)

    def __floordiv__(self, other: object) -> Any:
        return np.floor_divide(self, other) if isinstance(other, (Value, float, int)) else declined(other)

    def __rfloordiv__(self, other: object) -> Any:
        return np.floor_divide(as_float(other), self) if isinstance(other, (float, int)) else declined(other)

    def __divmod__(self, other: object) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: object) -> Any:
        return other // self, other % self

    # -- elementary functions ----------------------------------------------------------------------------------------

    def relu(self) -> Value:
        y = self._held if not self._held <= 0.0 else 0.0
        return scalar_node(RELU, y, self, None, 1.0 if y > 0.0 else 0.0, 0.0)

    def exp(self) -> Value:
        return apply_scalar(EXP, self, None)

    def expm1(self) -> Value:
        return apply_scalar(EXPM1, self, None)

    def log(self) -> Value:
        return apply_scalar(LOG, self, None)

    def log1p(self) -> Value:
        return apply_scalar(LOG1P, self, None)

    def sqrt(self) -> Value:
        return apply_scalar(SQRT, self, None)

    def sin(self) -> Value:
        return apply_scalar(SIN, self, None)

    def cos(self) -> Value:
        return apply_scalar(COS, self, None)

    def tan(self) -> Value:
        return apply_scalar(TAN, self, None)

    def tanh(self) -> Value:
        return apply_scalar(TANH, self, None)

    def arctan(self) -> Value:
        return apply_scalar(ARCTAN, self, None)

    def sigmoid(self) -> Value:
        return apply_scalar(SIGMOID, self, None)

    def softplus(self) -> Value:
        return apply_scalar(SOFTPLUS, self, None)


NUMBER: Final[Any] = (Value, float, int, *REAL)


def scalar_node(op: Op, y: float, a: Value | None, b: Value | None, da: float, db: float) -> Value:
    """The Value `y = op(a, b)` with its local derivatives. For a constant a or b is None, and da or db is the constant."""
    graph = active_at_last()
    if graph is None or not graph.heard or not graph.recorders:
        if (a is None or not a.trainable) and (b is None or not b.trainable):
            return result(y)
        return untaped(op, y, a, b, da, db)
    out = Value(UNSET)
    out._held = y
    epoch = graph.epoch
    i: i32 = -1
    j: i32 = -1
    if a is not None:
        i = a._index  # read before the epoch: `enter` writes them in the other order
        if a._epoch is not epoch:
            i = graph.locate(a)
    if b is not None:
        j = b._index
        if b._epoch is not epoch:
            j = graph.locate(b)
    if i >= 0 or j >= 0:
        out._made_by = op
        out._a = i
        out._b = j
        out._da = da if a is None or i >= 0 else a._held
        out._db = db if b is None or j >= 0 else b._held
        nodes = graph.nodes  # `graph.append(out, out)`, a call that would cost a twelfth of the whole operation
        out._index = len(nodes)
        out._epoch = epoch
        nodes.append(out)
    if graph.observers:
        if not graph.watchers:
            out = untaped(op, y, a, b, da, db)
        left, right = da if a is None else a, db if b is None else b
        graph.tell_op(op, (left, right)[: op.arity], {}, out)
    return out


def untaped(op: Op, y: float, a: Value | None, b: Value | None, da: float, db: float) -> Value:
    """The same where no tape listens to a leaf."""
    if a is not None and a.trainable and type(a) is not Value:
        return a._computed(op, y, a, b, da, db)  # type: ignore[no-any-return]
    if b is not None and b.trainable and type(b) is not Value:
        return b._computed(op, y, a, b, da, db)  # type: ignore[no-any-return]
    out = result(y)
    out.trainable = (op is SUBTRACT or op is ADD) and is_update(op, a, b)
    return out


def result(y: float) -> Value:
    """A new Value that no tape watches unasked."""
    out = Value(UNSET)  # and not Value(y), which compiled would make a Python object of y first
    out._held = y
    return out


def apply_scalar(op: Op, a: Any, b: Any) -> Value:
    """`op(a, b)` of Values and numbers through the registry: its rule at g = 1 gives the local derivatives."""
    forward, vjps = op.scalar or op.forward, op.vjps
    x = a._held if isinstance(a, Value) else as_float(a)
    if op.arity == 1:
        y = evaluated(forward, op.forward, (x,))
        return scalar_node(op, y, a, None, evaluated(vjps[0], vjps[0], (1.0, y, x)), 0.0)
    z = b._held if isinstance(b, Value) else as_float(b)
    y = evaluated(forward, op.forward, (x, z))
    left = a if isinstance(a, Value) else None
    right = b if isinstance(b, Value) else None
    da = x if left is None else evaluated(vjps[0], vjps[0], (1.0, y, x, z))
    db = z if right is None else evaluated(vjps[1], vjps[1], (1.0, y, x, z))
    return scalar_node(op, y, left, right, da, db)
