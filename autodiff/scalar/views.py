"""Values' entries in a graph as every reader of the graph sees them: views, made when somebody asks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from autodiff.core.box import raw_of
from autodiff.core.dispatch import apply
from autodiff.core.duck import Duck
from autodiff.core.graph import Graph
from autodiff.core.native import mypyc_attr
from autodiff.core.node import Node
from autodiff.core.op import Op
from autodiff.rules.looking import only_replayed
from autodiff.rules.silence import silenced
from autodiff.scalar.node import IN_PAIRS, Number, Pair, evaluated

if TYPE_CHECKING:
    from mypy_extensions import i32


@mypyc_attr(acyclic=True)
class ScalarNode(Node):
    """The node of a Value."""

    __slots__ = ("_graph", "_index", "_value")

    def __init__(self, value: Number, graph: Graph, index: i32) -> None:
        self.op = value._made_by
        self.params = {}
        self.out = value
        self.first = -1
        self._value = value
        self._graph = graph
        self._index: i32 = index

    @property
    def parents(self) -> list[int]:
        return self._value._parents(self._graph, int(self._index))

    @property
    def inputs(self) -> tuple[Any, ...]:
        return tuple([self._graph.box(p)._raw() if p >= 0 else self.local(k) for k, p in enumerate(self.parents)])

    def vjp(self, graph: Graph, k: int, g: Any, create_graph: bool) -> Any:
        if not create_graph:
            if isinstance(g, Duck):  # one number for each example of a batch
                part: Any = g
                return silenced(part, part * self.local(k))
            return g * (self.local(k) if g != 0.0 else 0.0)  # nothing in, nothing out, also at an infinite slope
        assert self.op is not None
        args = (g, self.out, *graph.boxes_of(self))
        if only_replayed() and not isinstance(raw_of(g), Duck):
            return apply(replayed_slope(self.op, k), self.out, args, {})
        return self.op.vjp(k)(*args)

    def local(self, k: int) -> float:
        """The derivative with respect to input k; of a constant, the constant itself."""
        if self._value._a == IN_PAIRS:
            pair: Pair = self._graph.pairs[int(self._index)][k // 2]
            return pair.da if k % 2 == 0 else pair.db
        return self._value._da if k == 0 else self._value._db


def read_number(value: Number) -> tuple[Op | None, i32, i32, float, float]:
    """What a ScalarNode says of one or two inputs, in a quarter of its time: the op, where the inputs stand, and their local
    derivatives. For more inputs it is no op."""
    return None if value._a == IN_PAIRS else value._made_by, value._a, value._b, value._da, value._db


@functools.cache
def replayed_slope(op: Op, k: int) -> Op:
    """What a Value's node hands to input k, as one operation: for a trace that is only replayed, to the last bit."""
    rule = op.vjp(k)

    def forward(g: float, y: float, *numbers: float) -> float:
        return g * (evaluated(rule, rule, (1.0, y, *numbers)) if g != 0.0 else 0.0)

    return Op(f"slope of {op.name}", op.function, forward, 0, (None,), internal=True)
