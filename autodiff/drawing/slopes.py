"""What an arrow into a box of several operations stands for: the derivative of the box, and what the gradient sends back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autodiff.core.interrupts import quiet
from autodiff.drawing.blocks import Block, Link
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.results import results


def derivative(link: Link) -> float | None:
    """The derivative of a box's only result by the only number that an arrow comes from, through the box. None where there are
    several, or an array is on the way."""
    source = link.edges[0].source
    if any(edge.source is not source or (edge.local is None and not edge.cut) for edge in link.edges):
        return None
    if "slopes" not in link.into.found:
        link.into.found["slopes"] = slopes(link.into)
    found: dict[Node, float | None] = {}
    for edge in link.edges:
        add_way(found, edge, link.into.found["slopes"])
    return found.get(source)


def slopes(block: Block) -> dict[Node, float | None]:
    """The derivative of a block's only result by each of its nodes on a way to it, summed over the ways. None where an array is
    on a way; nothing for a block of several results."""
    given = results(block) if len(block.members) > 1 else block.members
    found: dict[Node, float | None] = dict.fromkeys(given, 1.0) if len(given) == 1 else {}
    inside = set(block.members)
    for node in sorted(inside, key=lambda node: -node.index) if found else ():
        for edge in node.inputs:
            if edge.source in inside:
                add_way(found, edge, found)
    return found


def add_way(found: dict[Node, float | None], edge: Edge, onwards: dict[Node, float | None]) -> None:
    """Add the way along an edge to the derivative by its source: the local derivative times the one from there `onwards`."""
    if edge.cut or edge.into not in onwards:
        return
    slope, before = onwards[edge.into], found.get(edge.source, 0.0)
    if slope is None or before is None or edge.local is None:
        found[edge.source] = None
    else:
        found[edge.source] = before + (slope * edge.local if slope else 0.0)  # as the backward walk: 0 is not handed on to inf


def contributions(edges: Iterable[Edge]) -> list[object]:
    """What the gradient sends along these edges to each of the nodes that they come from."""
    found: dict[Node, Any] = {}
    with quiet():
        for edge in edges:
            part = edge.part
            if part is not None:
                before = found.get(edge.source)
                found[edge.source] = part if before is None else before + part
    return list(found.values())
