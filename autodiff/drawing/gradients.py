"""The gradients in a graph that is drawn: at every node, and along every edge."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autodiff.core.cotangents import Cotangents
from autodiff.core.dtypes import conjugate
from autodiff.core.interrupts import quiet
from autodiff.core.listening import unheard
from autodiff.core.span import Span
from autodiff.drawing.graph import Graph, Node, all_numbers
from autodiff.tape.backward import EVERYWHERE, backward
from autodiff.tape.gradients import ones_of
from autodiff.tape.trace_steps import contribution, differentiate

LARGE = 2_000  # in a graph of more nodes the gradients between arrays are not noted edge by edge


def fill_in_gradients(graph: Graph, span: Span) -> None:
    """Fill in the gradient of the sum of the targets, as a tape returns it: at every node, and along every edge (in a large
    graph along those between numbers). The tape is left as it was."""
    if len(graph.nodes) > LARGE:
        fill_in_large(graph, span)
        return
    joined = {(edge.into.index, edge.slot): edge for edge in graph.edges()}
    cotangents, edges = differentiate(span, [node.index for node in graph.targets])
    for first, slot, p, upstream, whole in edges:
        for index, part in _by_output(span, cotangents, first, slot, p, upstream, whole):
            edge = joined.get((index, slot))
            if edge is not None:
                edge.sent = conjugate(all_numbers(part))
    known = dict(enumerate(cotangents, span.start))
    for node, entries in entries_of(graph, span):
        node.gradient = conjugate(all_numbers(_total(map(known.get, entries))))
    graph.differentiated = True


def entries_of(graph: Graph, span: Span) -> Iterator[tuple[Node, list[int]]]:
    """The nodes of the span, each with the indices at which its gradient arrives: several for a leaf that an inner tape watched
    first, and that then entered again and again for the tape that is drawn."""
    owners = span.graph.owners() if span.mask is not None else {}
    for node in graph.nodes:
        if node.index >= 0:
            yield node, span.entries_of(owners[node.index]) if node.op is None and node.index in owners else [node.index]


def _total(parts: Iterable[Any]) -> Any:
    """The sum of what arrived; None for nothing."""
    arrived = [part for part in parts if part is not None]
    return functools.reduce(operator.add, arrived) if arrived else None


def fill_in_large(graph: Graph, span: Span) -> None:
    """The same by a walk that nobody hears: between numbers an edge can say itself what was sent along it."""
    top = max(node.index for node in graph.targets)
    cotangents = Cotangents(span.start, top)
    cotangents.keep.update(range(span.start, top + 1))
    for node in graph.targets:
        cotangents.put(node.index, ones_of(span.graph.box(node.index)))
    with quiet(), unheard():
        backward(span, cotangents, careful=EVERYWHERE)
    for node, entries in entries_of(graph, span):
        g = cotangents.get(entries[0]) if len(entries) == 1 else _total(map(cotangents.get, entries))
        node.gradient = g if type(g) is float else conjugate(all_numbers(g))
    graph.differentiated = True


def _by_output(
    span: Span, cotangents: list[Any], index: int, slot: int, p: int, upstream: Any, part: Any
) -> list[tuple[int, Any]]:
    """The part of a contribution that comes from each output of an op, by the outputs' indices. The parts add up to `part`,
    because a rule is linear in the cotangent."""
    node = span.graph.node(index)
    if node.first < 0:
        return [(index, part)]
    stop = min(len(node.out), span.start + len(cotangents) - node.first)
    arrived = [k for k in range(stop) if cotangents[node.first + k - span.start] is not None]
    if len(arrived) == 1:
        return [(node.first + arrived[0], part)]
    found = []
    for k in arrived:
        alone = tuple(g if j == k else np.zeros_like(g) for j, g in enumerate(upstream))
        found.append((node.first + k, contribution(span, node, slot, p, alone)))
    return found
