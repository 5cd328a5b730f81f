"""The picture of a program that raised: what there was, and the op that failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autodiff.core.box import Box
from autodiff.core.span import Span
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.failures.errors import Failure, failure_of, in_a_line
from autodiff.failures.nesting import deeper
from autodiff.failures.operands import Operand, raw


@dataclass(frozen=True)
class Ending:
    """How a program ended that raised: with what message, in which op (None: in no op), and, if it ran for the picture, with
    what error."""

    message: str
    failure: Failure | None
    error: Exception | None = None


def ending_of(error: Exception) -> Ending:
    return Ending(in_a_line(error), failure_of(error), error)


def mark_failure(graph: Graph, span: Span, ending: Ending, names: Mapping[int, str]) -> None:
    """Note in the graph how the program ended, and which op failed: one that stands in the graph, or one that is added,
    because it never had an output."""
    graph.message, graph.error, failure = ending.message, ending.error, ending.failure
    if failure is None:
        return
    at = {node.index: node for node in graph.nodes if node.index >= 0}
    node = at.get(failure.index)
    if node is None:
        op: Any = failure.op
        node = Node("op", None, op=op, params=failure.params)
        for slot, x in enumerate(flat(failure.inputs)):
            source = at.get(place_of(span, x))
            if source is None:
                source = Node("constant", raw(x), name=getattr(x, "name", None) or names.get(id(x)))
                graph.nodes.append(source)
            edge = Edge(source, node, slot)
            node.inputs.append(edge)
            source.users.append(edge)
        graph.nodes.append(node)
    for other in graph.targets:
        other.target = False
    node.failed = True
    graph.targets = [node]


def place_of(span: Span, x: Operand) -> int:
    """Where an operand stands, at its last reading; -1 for a constant."""
    if not isinstance(x, Box):
        return -1
    leaf = span.graph.leaves.get(id(x))
    return span.graph.find(x) if leaf is None else leaf.last()


def flat(inputs: Iterable[Operand], depth: int = 0) -> Iterator[Operand]:
    """The operands, also those in lists."""
    for x in inputs:
        if isinstance(x, (list, tuple)):
            yield from flat(x, deeper(depth))
        else:
            yield x
