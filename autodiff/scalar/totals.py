"""Totals of many Values, recorded as one node each: its inputs stand in the graph as pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autodiff.boxes.tensor import MULTIPLY
from autodiff.core.box import first_box
from autodiff.core.dispatch import apply
from autodiff.core.graph import Graph
from autodiff.core.listening import active
from autodiff.core.op import Op
from autodiff.core.registry import rule
from autodiff.rules.looking import only_replayed
from autodiff.rules.silence import silenced
from autodiff.scalar.conversion import as_float
from autodiff.scalar.linked import LinkedValue
from autodiff.scalar.node import IN_PAIRS, UNSET, Pair, is_number
from autodiff.scalar.order import linked
from autodiff.scalar.value import NUMBER, Value
from autodiff.scalar.views import replayed_slope

if TYPE_CHECKING:
    from mypy_extensions import i32, i64


def dot_of_numbers(*inputs: float) -> float:
    """w[0] x[0] + w[1] x[1] + ... of (w[0], x[0], w[1], x[1], ...), on top of the bias that may come last."""
    total = inputs[-1] if len(inputs) % 2 else 0.0
    for k in range(0, len(inputs) - 1, 2):
        total = total + inputs[k] * inputs[k + 1]
    return total


def sum_of_numbers(*inputs: float) -> float:
    """inputs[0] + inputs[1] + ..."""
    total = inputs[0]
    for x in inputs[1:]:
        total = total + x
    return total


def _dot_vjps(g: Any, y: Any, *inputs: Any) -> list[Any]:
    partners = [inputs[k ^ 1] if k ^ 1 < len(inputs) else None for k in range(len(inputs))]
    return [g if x is None else _part(g, x) for x in partners]


def _part(g: Any, x: Any) -> Any:
    box = first_box((g, x)) if only_replayed() else None
    return silenced(g, g * x) if box is None else apply(replayed_slope(MULTIPLY, 0), box, (g, g, x, x), {})


def _sum_vjps(g: Any, y: Any, *inputs: Any) -> list[Any]:
    return [g] * len(inputs)


DOT: Final[Op] = rule(dot_of_numbers, joint=_dot_vjps, label="dot", internal=True).op
SUM: Final[Op] = rule(sum_of_numbers, joint=_sum_vjps, label="sum", internal=True).op


def dot_of_values(ws: list[object], xs: list[object], bias: object) -> Value | None:
    """The dot product of two lists of numbers of equal length, on top of a bias; None if no Value is among them, or something
    other than numbers."""
    if not has_values(ws) and not has_values(xs) and not isinstance(bias, Value):
        return None
    if not only_numbers(ws) or not only_numbers(xs) or not only_numbers([0.0 if bias is None else bias]):
        return None
    graph = active()
    pairs: list[Pair] = []
    y: float = 0.0 if bias is None else held(bias)
    n: i64 = len(ws)
    k: i64 = 0
    while k < n:
        w, x = ws[k], xs[k]
        k += 1
        i: i32 = -1  # `pair_of` and `held` spelt out, for each of the two: that saves a fifth of the time
        j: i32 = -1
        if isinstance(w, Value):
            u = w._held
            if graph is not None:
                i = graph.index_of(w)
        else:
            u = held(w)
        if isinstance(x, Value):
            v = x._held
            if graph is not None:
                j = graph.index_of(x)
        else:
            v = held(x)
        y += u * v
        if graph is not None:
            pairs.append(Pair(i, j, v if i >= 0 else u, u if j >= 0 else v, False))
    if bias is not None and graph is not None:
        pairs.append(pair_of(graph, bias, None))
    inputs: list[object] = []
    if graph is None or graph.observers:
        inputs = [x for both in zip(ws, xs) for x in both] + ([] if bias is None else [bias])
    return recorded(DOT, y, pairs, graph, inputs)


def sum_of_values(values: list[object]) -> Value | None:
    """The sum of a list of numbers; None if no Value is among them, or something other than numbers."""
    if not has_values(values) or not only_numbers(values):
        return None
    graph = active()
    y = held(values[0])
    for k in range(1, len(values)):
        y += held(values[k])
    pairs: list[Pair] = []
    if graph is not None:
        for k in range(0, len(values), 2):
            pairs.append(pair_of(graph, values[k], values[k + 1] if k + 1 < len(values) else None))
    return recorded(SUM, y, pairs, graph, values)


def has_values(xs: list[object]) -> bool:
    return any(isinstance(x, Value) for x in xs)


def only_numbers(xs: list[object]) -> bool:
    for x in xs:
        if not isinstance(x, Value) and not isinstance(x, float) and not isinstance(x, NUMBER) and not is_number(x):
            return False
    return True


def held(x: object) -> float:
    return x._held if isinstance(x, Value) else as_float(x)


def pair_of(graph: Graph, a: object, b: object) -> Pair:
    """Two terms of a sum, or one (b is None)."""
    i = graph.index_of(a) if isinstance(a, Value) else -1
    j = graph.index_of(b) if isinstance(b, Value) else -1
    return Pair(i, j, 1.0 if i >= 0 else held(a), 1.0 if j >= 0 or b is None else held(b), b is None)


def recorded(op: Op, y: float, pairs: list[Pair], graph: Graph | None, inputs: list[object]) -> Value:
    """The Value y, with a node if one of the inputs is followed. `inputs` are for those who observe, and where no tape is."""
    if (graph is None or not graph.watchers) and any(isinstance(x, LinkedValue) for x in inputs):
        return linked(op, y, tuple(inputs), {})
    out = Value(UNSET)
    out._held = y
    if graph is not None:
        for pair in pairs:
            if pair.a >= 0 or pair.b >= 0:
                out._made_by = op
                out._a = IN_PAIRS
                graph.pairs[len(graph.nodes)] = pairs
                graph.append(out, out)
                break
        if graph.observers:
            graph.tell_op(op, tuple(inputs), {}, out)
    return out
