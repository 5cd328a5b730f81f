"""The part of a Value that computes nothing: its number, and its entry in the graph.

A Value is recorded with `op`, with the indices of its one or two inputs (`a`, `b`), and with the derivative with respect to
each (`da`, `db`). Every rule is linear in the cotangent, so these two numbers are the rule at g = 1. The derivative of a
constant is never asked for; its field keeps the constant itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from autodiff.core.box import UNTRACKED, WATCHED, Array, Box, Epoch
from autodiff.core.dispatch import apply, assigned, escape
from autodiff.core.dtypes import is_real
from autodiff.core.escapes import checked_name, note_assignment
from autodiff.core.graph import Graph
from autodiff.core.interrupts import quiet
from autodiff.core.listening import current
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Function, Op, everything_recorded
from autodiff.core.structural import IDENTITY, TO_VALUE
from autodiff.core.types import Flag, Text
from autodiff.scalar.conversion import as_float, number

if TYPE_CHECKING:
    from mypy_extensions import i32

UNSET: Final = object()  # makes a Value that no tape watches unasked, and whose number is set afterwards
REAL: Final[Any] = (np.integer, np.floating, np.bool_)
IN_PAIRS: Final = -2  # in place of the index of the first input: the inputs are the graph's `pairs`


@mypyc_attr(acyclic=True)
class Pair:
    """Two inputs of a Value that has many: where they stand (-1: a constant), and the derivative with respect to each.

    For a constant its derivative's field keeps, in a sum, the constant itself. The last input may be `alone`."""

    __slots__ = ("a", "alone", "b", "da", "db")

    def __init__(self, a: i32, b: i32, da: float, db: float, alone: bool = False) -> None:
        self.a: i32 = a
        self.b: i32 = b
        self.da: float = da
        self.db: float = db
        self.alone = alone


@mypyc_attr(acyclic=True)
class Number(Box):
    """One float, and how it was computed. Value adds the operators."""

    __slots__ = ("_a", "_b", "_da", "_db", "_g", "_held", "_made_by")

    @classmethod
    def __init_subclass__(cls, **options: Any) -> None:
        kind: Any = cls
        if kind.__module__.rpartition(".")[0] != "autodiff.scalar":
            raise TypeError("Value has no subclasses, as these are slow: write functions of it, or keep one in an attribute.")

    def __init__(self, x: object, name: Text | None = None) -> None:
        self._held: float = 0.0 if x is UNSET else _number_of(x)
        self._epoch = UNTRACKED
        self._index = -1
        self._reached = False
        self.name = name if name is None else checked_name(name)
        self.trainable = x is not UNSET
        self._made_by: Op | None = None
        self._da: float = 0.0
        self._db: float = 0.0
        self._g: float = 0.0  # the walk's running sum of what arrived here
        self._a: i32 = -1
        self._b: i32 = -1

    # -- what the engine asks of a box -----------------------------------------------------------------------------------

    def _raw(self) -> Any:
        return self._held

    def _is_number(self) -> bool:
        return True

    def _is_leaf(self) -> bool:
        return self._made_by is None

    def _standing_twin(self) -> Box:
        twin: Number = type(self)(UNSET, self.name)
        twin._held, twin._index, twin._epoch = self._held, self._index, self._epoch
        twin._made_by, twin._a, twin._b, twin._da, twin._db = self._made_by, self._a, self._b, self._da, self._db
        return twin

    def _parents(self, graph: Any, index: int) -> list[int]:
        if self._a == IN_PAIRS:
            return [p for pair in graph.pairs[index] for p in ([int(pair.a)] if pair.alone else [int(pair.a), int(pair.b)])]
        return [] if self._made_by is None else [int(self._a), int(self._b)][: self._made_by.arity]

    def _computed(self, op: Op, y: float, a: Any, b: Any, da: float, db: float) -> Any:
        """What is computed from this leaf where no tape listens, if that is not simply a Value."""
        raise NotImplementedError

    def __reduce__(self) -> Any:
        escape(self, "pickle")
        return restored, (type(self), self._held, self.name, self.trainable)

    def __copy__(self) -> Any:
        """A copy, which stays on the tape; of a leaf another leaf."""
        if self.trainable:
            return restored(type(self), self._held, self.name, True)
        twin = self._call(IDENTITY, (self,), {})
        twin.name = self.name
        return twin

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()

    # -- a number --------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number. Assigning to it is `assign`."""
        escape(self, "data")
        return self._held

    @data.setter
    def data(self, x: object) -> None:
        self.assign(x)

    def __lt__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():  # a plain bool would be frozen in the trace
            return np.less(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held < k

    def __le__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():
            return np.less_equal(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held <= k

    def __gt__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():
            return np.greater(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held > k

    def __ge__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():
            return np.greater_equal(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held >= k

    def __eq__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():
            return np.equal(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held == k

    def __ne__(self, other: object) -> Any:
        k = compared(other)
        if k is not None and everything_recorded.get():
            return np.not_equal(self, other)  # type: ignore[call-overload]
        return NotImplemented if k is None else self._held != k

    def __hash__(self) -> int:
        return id(self) >> 4

    def __bool__(self) -> bool:
        escape(self, "bool")
        return self._held != 0.0

    def __float__(self) -> float:
        escape(self, "float")
        return self._held

    def __int__(self) -> int:
        escape(self, "int")
        return int(self._held)

    def __round__(self, digits: Any = None) -> Any:
        escape(self, "round")
        return round(self._held, digits)

    real: ClassVar[Any] = property(lambda self: self)
    imag: ClassVar[Any] = property(lambda self: 0.0)
    conjugate: ClassVar[Any] = lambda self: self

    def __array__(self, dtype: Any = None, copy: Flag | None = None) -> Any:
        escape(self, "__array__")
        return np.array(self._held, dtype=dtype)

    def numpy(self) -> float:
        """The number as a plain float."""
        escape(self, "numpy")
        return self._held

    def item(self) -> float:
        """The number as a plain float."""
        escape(self, "item")
        return self._held

    def __repr__(self) -> str:
        return f"Value({self._held!r})" if self.name is None else f"Value({self._held!r}, name={self.name!r})"

    def __format__(self, spec: str) -> str:
        return format(self._held, spec)

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

    # -- a leaf that training changes ------------------------------------------------------------------------------------

    def assign(self, value: object) -> Any:
        """This Value, now holding `value`. Tapes keep what they read before."""
        graph = current()
        if graph is not None:
            note_assignment(graph, value)
            if graph.record_all:
                boxed = value if isinstance(value, Number) else self._wrap(0.0 if isinstance(value, Box) else number(value))
                return self._become(graph, apply(TO_VALUE, boxed, (value,), {}) if isinstance(value, Array) else boxed)
        self._held = number(value)
        if self._index >= 0:
            self._epoch = WATCHED
        if graph is not None:
            assigned(graph, self, self._held)
        return self

    def assign_add(self, delta: object) -> Any:
        """This Value, now larger by `delta`."""
        total: Any = self
        return self.assign(total + delta if everything_recorded.get() else self._held + number(delta))

    def assign_sub(self, delta: object) -> Any:
        """This Value, now smaller by `delta`."""
        total: Any = self
        return self.assign(total - delta if everything_recorded.get() else self._held - number(delta))

    def _become(self, graph: Graph, value: Any) -> Any:
        """Hold what was computed as `value`: a trace hangs the next reading on it."""
        graph.index_of(self)  # gradients go to a reading, and not to the value
        index = graph.index_of(value)
        self._held = value._held
        assigned(graph, self, self._held)
        self._index, self._epoch = index, Epoch(graph.ref)
        return self


def restored(kind: type[Number], x: float, name: str | None, trainable: bool) -> Number:
    """A Value from what a pickle keeps of it."""
    out = kind(x, name)
    out.trainable = trainable
    return out


def _number_of(x: object) -> float:
    """The number for a new leaf, which knows nothing of where it came from."""
    if isinstance(x, Box):
        escape(x, "Value")
    return number(x)


def is_number(x: Any) -> bool:
    """Whether x is one real number. One of numpy's is a float beside a Value, as beside a np.float64."""
    return isinstance(x, (Number, float, int, *REAL)) or (type(x) is np.ndarray and not x.ndim and is_real(x))


def compared(x: object) -> float | None:
    """What a Value is compared with as a plain float, None for what is no number."""
    if isinstance(x, Number):
        return x._held
    return as_float(x) if isinstance(x, (float, int)) else None


def evaluated(function: Function, exact: Function, numbers: tuple[float, ...]) -> float:
    """The function as a plain float; where Python's raises (1/0, log(0), exp(1000)), what numpy's `exact` one says."""
    try:
        if function is not exact or all(x - x == 0.0 for x in numbers):  # numpy would warn of an infinity and of NaN
            return float(function(*numbers))
    except (ArithmeticError, ValueError, TypeError):  # TypeError: a complex number, from a negative base
        pass
    with quiet():
        return float(exact(*map(np.float64, numbers)))
