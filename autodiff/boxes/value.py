"""Value: one Python float that remembers how it came to be.

A Value is its own record: `op`, where its one or two inputs stand on the log (`a`, `b`), and the derivative with respect
to each (`da`, `db`). Every rule is linear in the cotangent, so these two numbers are the rule at g = 1, and the sweep over
Values is two multiply-adds. The derivative of a constant is never asked for; its place keeps the constant itself.

The five arithmetic operators write their derivatives out, as going through the table doubles the cost of an operation;
a test holds them equal to the rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.boxes import protocols
from autodiff.boxes.tensor import Tensor
from autodiff.core.box import ASKED, NOWHERE, Box, Token
from autodiff.core.door import apply, first_array
from autodiff.core.log import active
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.core.ops import OPS
from autodiff.core.plumbing import IDENTITY, TO_VALUE
from autodiff.rules import elementary

if TYPE_CHECKING:
    from mypy_extensions import i32

ADD: Final[Op] = OPS[np.add]
SUBTRACT: Final[Op] = OPS[np.subtract]
MULTIPLY: Final[Op] = OPS[np.multiply]
DIVIDE: Final[Op] = OPS[np.divide]
NEGATIVE: Final[Op] = OPS[np.negative]
POWER: Final[Op] = OPS[np.power]
BLANK: Final = object()  # makes a Value that no tape watches unasked
RELU: Final[Op] = OPS[elementary.relu]


@mypyc_attr(acyclic=True)
class Value(Box):
    """One float, watched by every tape that sees it used.

    x: a number (int, float, numpy scalar or 0-d array); TypeError for anything else.

    >>> from autodiff import Tape, Value
    >>> w = Value(3.0, name="w")
    >>> with Tape() as tape:
    ...     y = w * w
    >>> tape.gradient(y, w)
    Value(6.0)
    """

    __slots__ = ("a", "b", "da", "data", "db", "g", "op")

    def __init__(self, x: object, name: str | None = None) -> None:
        self.data: float = 0.0 if x is BLANK else number(x)
        self.token = NOWHERE
        self.name = name
        self.place = -1
        self.trainable = x is not BLANK
        self.reached = False
        self.op: Op | None = None
        self.da: float = 0.0
        self.db: float = 0.0
        self.g: float = 0.0  # the sweep's running sum of what arrived here
        self.a: i32 = -1
        self.b: i32 = -1

    # -- what the engine asks of a box -------------------------------------------------------------------------------

    def raw(self) -> Any:
        return self.data

    def is_number(self) -> bool:
        return True

    def wrap(self, y: Any) -> Box:
        return Tensor(y) if isinstance(y, np.ndarray) and y.ndim else result(float(y))

    def stand_in(self, place: int, token: Token, earlier: int) -> Any:
        node = result(self.data)
        node.name = self.name
        node.place = place
        node.token = token
        if earlier >= 0:
            node.op = IDENTITY
            node.a = earlier
            node.da = 1.0
        return node

    def sources(self) -> list[int]:
        return [self.a, self.b]

    def call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        inputs, params = op.split(args, kwargs)
        params = op.known(params)
        if not params and op.elementwise and op.arity <= 2 and all(isinstance(x, (Value, float, int)) for x in inputs):
            return lean(op, inputs[0], inputs[1] if len(inputs) == 2 else None)
        return apply(op, first_array(inputs, self), inputs, params)

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return protocols.ufunc(first_array(inputs, self), function, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return protocols.array_function(first_array(args, self), function, args, kwargs)

    # -- arithmetic, written out -------------------------------------------------------------------------------------

    def __add__(self, other: object) -> Any:
        if isinstance(other, Value):
            return record(ADD, self.data + other.data, self, other, 1.0, 1.0)
        if isinstance(other, (float, int)):
            k = float(other)
            return record(ADD, self.data + k, self, None, 1.0, k)
        return NotImplemented

    def __radd__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = float(other)
            return record(ADD, k + self.data, None, self, k, 1.0)
        return NotImplemented

    def __sub__(self, other: object) -> Any:
        if isinstance(other, Value):
            return record(SUBTRACT, self.data - other.data, self, other, 1.0, -1.0)
        if isinstance(other, (float, int)):
            k = float(other)
            return record(SUBTRACT, self.data - k, self, None, 1.0, k)
        return NotImplemented

    def __rsub__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = float(other)
            return record(SUBTRACT, k - self.data, None, self, k, -1.0)
        return NotImplemented

    def __mul__(self, other: object) -> Any:
        if isinstance(other, Value):
            return record(MULTIPLY, self.data * other.data, self, other, other.data, self.data)
        if isinstance(other, (float, int)):
            k = float(other)
            return record(MULTIPLY, self.data * k, self, None, k, k)
        return NotImplemented

    def __rmul__(self, other: object) -> Any:
        if isinstance(other, (float, int)):
            k = float(other)
            return record(MULTIPLY, k * self.data, None, self, k, k)
        return NotImplemented

    def __truediv__(self, other: object) -> Any:
        if isinstance(other, (Value, float, int)):
            return lean(DIVIDE, self, other)
        return NotImplemented

    def __rtruediv__(self, other: object) -> Any:
        return lean(DIVIDE, other, self) if isinstance(other, (float, int)) else NotImplemented

    def __pow__(self, other: object) -> Any:
        return lean(POWER, self, other) if isinstance(other, (Value, float, int)) else NotImplemented

    def __rpow__(self, other: object) -> Any:
        return lean(POWER, other, self) if isinstance(other, (float, int)) else NotImplemented

    def __neg__(self) -> Value:
        return record(NEGATIVE, -self.data, self, None, -1.0, 0.0)

    def __pos__(self) -> Value:
        return self

    def __abs__(self) -> Value:
        return lean(OPS[np.absolute], self, None)

    def __mod__(self, other: object) -> Any:
        return lean(OPS[np.mod], self, other) if isinstance(other, (Value, float, int)) else NotImplemented

    def __rmod__(self, other: object) -> Any:
        return lean(OPS[np.mod], other, self) if isinstance(other, (float, int)) else NotImplemented

    def __floordiv__(self, other: object) -> Any:
        return np.floor_divide(self, other) if isinstance(other, (Value, float, int)) else NotImplemented

    def __rfloordiv__(self, other: object) -> Any:
        return np.floor_divide(other, self) if isinstance(other, (float, int)) else NotImplemented

    def __divmod__(self, other: object) -> Any:
        return self // other, self % other

    # -- elementary functions ----------------------------------------------------------------------------------------

    def relu(self) -> Value:
        y = self.data if not self.data <= 0.0 else 0.0
        return record(RELU, y, self, None, 1.0 if y > 0.0 else 0.0, 0.0)

    def exp(self) -> Value:
        return lean(OPS[np.exp], self, None)

    def expm1(self) -> Value:
        return lean(OPS[np.expm1], self, None)

    def log(self) -> Value:
        return lean(OPS[np.log], self, None)

    def log1p(self) -> Value:
        return lean(OPS[np.log1p], self, None)

    def sqrt(self) -> Value:
        return lean(OPS[np.sqrt], self, None)

    def sin(self) -> Value:
        return lean(OPS[np.sin], self, None)

    def cos(self) -> Value:
        return lean(OPS[np.cos], self, None)

    def tan(self) -> Value:
        return lean(OPS[np.tan], self, None)

    def tanh(self) -> Value:
        return lean(OPS[np.tanh], self, None)

    def arctan(self) -> Value:
        return lean(OPS[np.arctan], self, None)

    def sigmoid(self) -> Value:
        return lean(OPS[elementary.sigmoid], self, None)

    def softplus(self) -> Value:
        return lean(OPS[elementary.softplus], self, None)

    # -- a number ----------------------------------------------------------------------------------------------------

    def __lt__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data < k

    def __le__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data <= k

    def __gt__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data > k

    def __ge__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data >= k

    def __eq__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data == k

    def __ne__(self, other: object) -> Any:
        k = plain(other)
        return NotImplemented if k is None else self.data != k

    def __hash__(self) -> int:
        return id(self) >> 4

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> float:
        return self.data

    def __int__(self) -> int:
        return int(self.data)

    def __round__(self, digits: Any = None) -> Any:
        return round(self.data, digits)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.data, dtype=dtype)

    def __repr__(self) -> str:
        return f"Value({self.data!r})" if self.name is None else f"Value({self.data!r}, name={self.name!r})"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec)

    def __copy__(self) -> Value:
        return _restored(self.data, self.name, self.trainable)

    def __deepcopy__(self, memo: Any) -> Value:
        return _restored(self.data, self.name, self.trainable)

    def __reduce__(self) -> Any:
        return _restored, (self.data, self.name, self.trainable)

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def ndim(self) -> int:
        return 0

    @property
    def size(self) -> int:
        return 1

    @property
    def dtype(self) -> Any:
        return np.dtype(np.float64)

    def numpy(self) -> float:
        return self.data

    def item(self) -> float:
        return self.data

    # -- a leaf that training changes --------------------------------------------------------------------------------

    def assign(self, value: object) -> Value:
        """This Value, now holding `value`. Tapes keep what they read before."""
        self.data = number(value)
        if self.place >= 0:
            self.token = ASKED
        return self

    def assign_add(self, delta: object) -> Value:
        """This Value, now larger by `delta`."""
        return self.assign(self.data + number(delta))

    def assign_sub(self, delta: object) -> Value:
        """This Value, now smaller by `delta`."""
        return self.assign(self.data - number(delta))


def record(op: Op, y: float, a: Value | None, b: Value | None, da: float, db: float) -> Value:
    """The Value `y = op(a, b)` with its local derivatives; None for a constant, whose derivative's place keeps it."""
    out = Value(BLANK)
    out.data = y
    log = active()
    if log is not None:
        token = log.token
        i: i32 = -1
        j: i32 = -1
        if a is not None:
            i = a.place  # read before the token: `enter` writes them in the other order
            if a.token is not token:
                i = log.locate(a)
        if b is not None:
            j = b.place
            if b.token is not token:
                j = log.locate(b)
        if i >= 0 or j >= 0:
            out.op = op
            out.a = i
            out.b = j
            out.da = da if a is None or i >= 0 else a.data
            out.db = db if b is None or j >= 0 else b.data
            nodes = log.nodes
            out.place = len(nodes)
            out.token = token
            nodes.append(out)
    elif (a is not None and a.trainable) or (b is not None and b.trainable):
        out.trainable = True  # the lecture's `w = w - lr * gradient`, outside every tape: a new leaf
    return out


def result(y: float) -> Value:
    """A new Value that no tape watches unasked."""
    out = Value(BLANK)  # and not Value(y), which compiled would make a Python object of y first
    out.data = y
    return out


def lean(op: Op, a: Any, b: Any) -> Value:
    """`op(a, b)` of Values and numbers through the table: its rule at g = 1 gives the local derivatives."""
    forward, vjps = op.scalar or op.forward, op.vjps
    x = a.data if isinstance(a, Value) else float(a)
    if op.arity == 1:
        y = evaluated(forward, op.forward, (x,))
        return record(op, y, a, None, evaluated(vjps[0], vjps[0], (1.0, y, x)), 0.0)
    z = b.data if isinstance(b, Value) else float(b)
    y = evaluated(forward, op.forward, (x, z))
    left = a if isinstance(a, Value) else None
    right = b if isinstance(b, Value) else None
    da = x if left is None else evaluated(vjps[0], vjps[0], (1.0, y, x, z))
    db = z if right is None else evaluated(vjps[1], vjps[1], (1.0, y, x, z))
    return record(op, y, left, right, da, db)


def evaluated(function: Any, exact: Any, numbers: tuple[float, ...]) -> float:
    """The function as a plain float; where Python's raises (1/0, log(0), exp(1000)), what numpy's `exact` one says."""
    try:
        return float(function(*numbers))
    except (ArithmeticError, ValueError, TypeError):  # TypeError: a complex number, from a negative base
        with np.errstate(all="ignore"):
            return float(exact(*map(np.float64, numbers)))


def as_value(x: Any) -> Value:
    """A number or a 0-d Tensor as a Value, recorded."""
    if isinstance(x, Value):
        return x
    if isinstance(x, Tensor):
        out = apply(TO_VALUE, result(0.0), (x,), {})
        assert isinstance(out, Value)
        return out
    return result(float(x))


def number(x: object) -> float:
    """x as a plain float; TypeError if it is not one number."""
    if isinstance(x, (float, int)):
        return float(x)
    if isinstance(x, (Box, np.ndarray, np.generic)) and np.size(x.raw() if isinstance(x, Box) else x) == 1:
        return float(np.asarray(x).item())
    raise TypeError(f"A Value holds one number, but got {x!r} of type {type(x).__name__}; for an array use Variable.")


def plain(x: object) -> float | None:
    """x as a plain float if it is a Value or a number, else None."""
    if isinstance(x, Value):
        return x.data
    return float(x) if isinstance(x, (float, int)) else None


def _restored(x: float, name: str | None, trainable: bool) -> Value:
    out = Value(x, name)
    out.trainable = trainable
    return out
