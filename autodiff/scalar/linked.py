"""A Value that holds what it was computed from, as micrograd's does: no tape is opened, and its graph lives as long as it does.

Outside of tapes each operation on such Values makes one more, which refers to its inputs. `backward` puts what it was computed
from in order, and takes the walk of the tapes over it. In the block of a tape such a Value is a leaf like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff.boxes.tensor import ADD, MULTIPLY, POWER, SUBTRACT
from autodiff.core.box import UNTRACKED
from autodiff.core.escapes import checked_name
from autodiff.core.listening import active
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op
from autodiff.core.types import Flag
from autodiff.failures.nesting import brief
from autodiff.scalar.conversion import as_float, number
from autodiff.scalar.given import Given, stated_op, taken_out
from autodiff.scalar.held import DEEPEST, hold
from autodiff.scalar.node import UNSET, evaluated
from autodiff.scalar.value import NEGATIVE, RELU, Value

if TYPE_CHECKING:
    from mypy_extensions import i32

@mypyc_attr(acyclic=True)
class LinkedValue(Value):
    """A number that remembers what it was computed from, with micrograd's and microgpt's names: `nn.micrograd.engine.Value`.

    Parameters
    ----------
    data : float
        A number. An int stays one as long as nothing but whole numbers is computed with it.
    children : tuple of Values, optional
        What it was computed from.
    op : str or tuple of floats, optional
        A name for pictures, as in micrograd; or the derivative with respect to each of the children, as in microgpt.
    label : str, optional
        A name for pictures.

    Examples
    --------
    >>> from nn.micrograd.engine import Value
    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = (a * b + 10).relu()
    >>> c.backward()
    >>> a
    Value(data=2.0, grad=-3.0)
    """

    __slots__ = ("_depth", "_given", "_left", "_right", "_whole")

    def __init__(
        self, data: object, children: Iterable[object] = (), op: object = "", label: str = "",
        _children: Iterable[object] = (), _op: object = "", local_grads: object = "",
    ) -> None:  # fmt: skip
        self._epoch = UNTRACKED
        self._index = -1
        self._reached = False
        self.name = None
        self.trainable = True
        self._made_by = None
        self._held = 0.0
        self._da = 0.0
        self._db = 0.0
        self._g = 0.0
        self._a = -1
        self._b = -1
        self._left: LinkedValue | None = None
        self._right: LinkedValue | None = None
        self._given: Given | None = None  # what else it was computed from
        self._whole = False  # whether Python's number would be an int
        self._depth: i32 = 0
        if data is not UNSET:
            self._held = number(data)
            self._whole = isinstance(data, int)
            self.label = label
            if children or _children:
                self._link(tuple(children or _children), op or _op or local_grads)

    def _link(self, inputs: tuple[Any, ...], op: Any) -> None:
        """Note what it was computed from: Values, and the name of the op, or the derivatives with respect to them."""
        for x in inputs:
            if not isinstance(x, LinkedValue):
                raise TypeError(f"The children of a Value are Values, but got {brief(x)} of type {type(x).__name__}.")
        slopes = [0.0] * len(inputs) if isinstance(op, str) else [as_float(x) for x in op]
        if len(slopes) != len(inputs):
            raise ValueError(f"A Value has one derivative for each child, but got {len(slopes)} for {len(inputs)} children.")
        self._given = Given(inputs, slopes)
        self._made_by = stated_op(op if isinstance(op, str) else "", len(inputs))
        self._depth = 1 + max([int(x._depth) for x in inputs])
        if self._depth > DEEPEST:
            self._depth = 0
            hold(self)

    # -- what the engine asks of a Value -----------------------------------------------------------------------------------

    def _computed(self, op: Op, y: float, a: Any, b: Any, da: float, db: float) -> Any:
        out = LinkedValue(UNSET)
        out._held = y
        out._made_by = op
        out._da = da
        out._db = db
        depth: i32 = 0
        whole = op is ADD or op is MULTIPLY or op is SUBTRACT or op is NEGATIVE or op is RELU or op is POWER
        if isinstance(a, LinkedValue):
            out._left = a
            depth = a._depth
            whole = whole and a._whole
        elif isinstance(a, Value):
            out._da = a._held
        if isinstance(b, LinkedValue):
            out._right = b
            if b._depth > depth:
                depth = b._depth
            whole = whole and b._whole
        elif isinstance(b, Value):
            out._db = b._held
        out._whole = whole and y.is_integer() and out._da.is_integer() and out._db.is_integer()
        if depth < DEEPEST:
            out._depth = depth + 1
        else:
            hold(out)
        return out

    def _call(self, op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        out = super()._call(op, args, kwargs)
        if isinstance(out, Value) and not isinstance(out, LinkedValue) and active() is None:
            from autodiff.scalar.order import linked

            inputs, params = op.split(args, kwargs)
            return linked(op, out._held, inputs, op.known(params))
        return out

    def _own_graph(self, boxes: list[Any]) -> Any:
        from autodiff.scalar.order import graph_of

        return graph_of([box for box in boxes if isinstance(box, LinkedValue)])

    def __copy__(self) -> Any:
        out = LinkedValue(self._held, (), "", self.label) if self._made_by is None else LinkedValue(self._held, (self,), (1.0,))
        out._whole = self._whole
        return out

    def __reduce__(self) -> Any:
        return LinkedValue, (self.data, (), "", self.label)

    # -- a number, of which a program of micrograd's takes none out but by `data` ------------------------------------------

    @property
    def data(self) -> int | float:  # not float: compiled, an int would become one
        """The number. It may be assigned."""
        return int(self._held) if self._whole and self._held.is_integer() else self._held

    @data.setter
    def data(self, x: object) -> None:
        self.assign(x)
        self._whole = isinstance(x, int)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> Any:
        return self is other

    def __ne__(self, other: object) -> Any:
        return self is not other

    def __hash__(self) -> int:
        return id(self) >> 4

    def __repr__(self) -> str:
        return f"Value(data={self.data!r}, grad={self.grad!r})"

    def __float__(self) -> float:
        raise TypeError(taken_out("float(x), as math.exp(x) asks for it,", "x.exp()"))

    def __int__(self) -> int:
        raise TypeError(taken_out("int(x)", "x.data"))

    def __round__(self, digits: Any = None) -> Any:
        raise TypeError(taken_out("round(x)", "f'{x:.4f}'"))

    def __array__(self, dtype: Any = None, copy: Flag | None = None) -> Any:
        """An object among numpy's, so that np.sum and np.dot of lists of Values are Values."""
        out = np.empty((), object)
        out[()] = self
        return out if dtype is None else out.astype(dtype)

    @property
    def dtype(self) -> object:
        return np.dtype(object)

    # -- micrograd's and microgpt's names ----------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        """Its name in pictures."""
        return self.name or ""

    @label.setter
    def label(self, name: str) -> None:
        self.name = checked_name(name) or None

    @property
    def grad(self) -> int | float:
        """The sum of the gradients that have arrived, 0 at first. It may be assigned."""
        return self._g if self._reached else 0

    @grad.setter
    def grad(self, x: object) -> None:
        self._g = number(x)
        self._reached = not isinstance(x, int) or x != 0

    def backward(self) -> None:
        """Add to the `grad` of each Value that this one was computed from the derivative of this one.

        That of this one is 1. Each call does so anew: where two losses have a part in common, or one is asked twice, the
        gradients of both calls add up, as those of a sum would. Nothing recurses.

        Examples
        --------
        >>> from nn.micrograd.engine import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        from autodiff.scalar.order import add_gradients  # order.py imports this module

        add_gradients(self)

    @property
    def _backward(self) -> Any:
        """micrograd's step by hand: hands the gradient of this one on to what it was computed from directly."""
        return self._hand_on

    @_backward.setter
    def _backward(self, function: Any) -> None:
        raise AttributeError(
            "A Value of autodiff has no _backward to assign: give the derivative with respect to each child instead of the "
            "op's name, as in Value(t, (x,), (1 - t * t,)) for t = math.tanh(x.data)."
        )

    def _hand_on(self) -> None:
        for x, slope in zip(self._children, self._local_grads):
            x._g = slope * self._g + (x._g if x._reached else 0.0)
            x._reached = True

    @property
    def _children(self) -> tuple[Any, ...]:
        """What it was computed from. Constants are Values too, which are made when they are asked for."""
        op = self._made_by
        if self._given is not None:
            return self._given.inputs
        if op is None:
            return ()
        if self._left is None:
            self._left = self._constant(0)
        if self._right is None and op.arity == 2 and op is not POWER:
            self._right = self._constant(1)
        return (self._left,) if self._right is None else (self._left, self._right)

    def _constant(self, k: int) -> LinkedValue:
        """The constant that is input k, as a Value whose gradient is as if it had been one from the start."""
        a = self._da if self._left is None else self._left._held
        b = self._db if self._right is None else self._right._held
        rule: Any = None if self._made_by is None else self._made_by.vjps[k]
        slope = evaluated(rule, rule, (1.0, self._held, a, b))
        out = LinkedValue(a if k == 0 else b)
        out._g, out._reached = self._g * slope, self._reached
        self._da, self._db = (slope, self._db) if k == 0 else (self._da, slope)
        return out

    @property
    def _prev(self) -> set[Any]:
        """The children, as micrograd has them."""
        return set(self._children)

    @property
    def _local_grads(self) -> tuple[float, ...]:
        """The derivative with respect to each of the children, as microgpt has them."""
        n = len(self._children)
        return (self._da, self._db)[:n] if self._given is None else tuple(self._given.slopes)

    @property
    def _op(self) -> str:
        """The sign of the op that computed it: "+", "**2", "ReLU"; "" for none."""
        op, k = self._made_by, self._db
        if op is POWER and self._right is None:
            return f"**{int(k) if k.is_integer() else k}"
        return "" if op is None else "ReLU" if op is RELU else op.symbol or op.name
