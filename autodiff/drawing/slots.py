"""Which part of the result of an expression a node is: an output of an operation, or what was taken from one thing."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.core.graph import Graph as Recorded
from autodiff.core.node import Node as Entry
from autodiff.drawing.graph import Node


def ends_of(parts: Sequence[Node]) -> list[Node]:
    """The nodes in which an expression ends: those that no other part of it uses."""
    inside = set(parts)
    found: list[Node] = []
    for node in parts:  # spelt out, this takes a third of the time of any()
        for edge in node.users:
            if edge.into in inside:
                break
        else:
            found.append(node)
    return found


def slots_of(ends: Sequence[Node], recorded: Recorded) -> list[int | None]:
    """The number of the part that each of the nodes in which an expression ends is, None for the whole; none where that is not
    known. The parts are the outputs of one operation, or what was taken from one thing one after another, as np.split does."""
    entries = [recorded.node(node.index) for node in ends]
    if all(node.output for node in ends) and len({node.op for node in ends}) == 1:
        return [node.index - entry.first for node, entry in zip(ends, entries, strict=True)]
    first = ends[0].index

    def is_taken(index: int) -> bool:
        sites = recorded.call_sites
        return sites.get(index) is sites[first] and is_from_one(recorded.node(index), entries[0])

    if ends[0].op is None or ends[0].op.symbol != "[]" or not (is_taken(first - 1) or is_taken(first + 1)):
        return [None] if len(ends) == 1 else []
    if not all(is_from_one(entry, entries[0]) for entry in entries):
        return []
    while is_taken(first - 1):  # parts that nothing was computed from are not drawn
        first -= 1
    return [node.index - first for node in ends]


def is_from_one(entry: Entry, other: Entry) -> bool:
    """Whether the same operation was done with the same thing."""
    return entry.op is other.op and entry.parents == other.parents
