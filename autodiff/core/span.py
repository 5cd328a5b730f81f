"""A span: the part of a graph that one tape heard."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.core.box import Box
from autodiff.core.graph import Graph
from autodiff.core.native import mypyc_attr
from autodiff.core.node import Node
from autodiff.core.recorder import Watcher

if TYPE_CHECKING:
    from mypy_extensions import i32


@mypyc_attr(acyclic=True)
class Span:
    """What a tape has heard so far: the indices from `start` to `stop`, and which of them are active.

    An index is active if what stands there was computed from something that the tape watches. Where only one tape ever
    recorded that is everything from `start` on, and is not worked out. Without a watcher the span is the whole graph.
    """

    __slots__ = ("at", "graph", "mask", "start", "stop", "watcher")

    def __init__(self, graph: Graph, watcher: Watcher | None) -> None:
        self.graph = graph
        self.watcher = watcher
        self.at = -1  # the index that a walk is at
        self.start = watcher._covered[0][0] if watcher is not None and watcher._covered else 0
        end = watcher._covered[-1][1] if watcher is not None and watcher._covered else -1
        self.stop = len(graph.nodes) if end < 0 else end
        self.mask = self._find_active(watcher) if watcher is not None and graph.nested else None

    def _find_active(self, watcher: Watcher) -> list[bool]:
        """The mask, which the watcher keeps: a later span goes on where this one ends."""
        graph, start, sources, found = self.graph, self.start, watcher._sources, watcher._active
        known = start + len(found)
        more = [False] * (self.stop - known)
        for source in reversed(sources):
            if source < known:
                break
            more[source - known] = True
        first = len(watcher._covered)
        while first and not 0 <= watcher._covered[first - 1][1] <= known:
            first -= 1
        for begin, end in watcher._covered[first:]:
            for index in range(max(begin, known), self.stop if end < 0 else end):
                entry = graph.nodes[index]
                for p in entry.parents if isinstance(entry, Node) else entry._parents(graph, index):
                    if p >= start and (found[p - start] if p < known else more[p - known]):
                        more[index - known] = True
                        break
        found[known - start : self.stop - start] = more  # in one go: another thread may be asking, and finds the same
        return found

    def active(self, index: i32) -> bool:
        """Whether a gradient may flow to this index."""
        return self.start <= index < self.stop and (self.mask is None or self.mask[index - self.start])

    def index_of(self, box: Box) -> i32:
        """Where a box first stands in this span, -1 if nowhere."""
        index: i32 = box._index
        if self.mask is None and index >= 0 and box._epoch is self.graph.epoch:
            entry = self.graph.nodes[index]
            if isinstance(entry, Box) and entry._is_leaf():
                return index if self.start <= index < self.stop else -1  # the usual leaf, which was read once
        leaf = self.graph.leaves.get(id(box))
        first: i32 = self.graph.find(box) if leaf is None else leaf.first
        if self.active(first):
            return first
        return -1 if leaf is None or self.mask is None else (self.entries_of(box) or [-1])[0]

    def entries_of(self, box: Box) -> list[int]:
        """Where a box enters this span. A leaf that was read again hands what flows to its later indices on to its first; if
        that is before the span, each of them is an entry."""
        leaf = self.graph.leaves.get(id(box))
        if leaf is None or self.mask is None or self.active(leaf.first):
            index = int(self.index_of(box))
            return [index] if index >= 0 else []
        known = leaf.later
        return [index for index in known[bisect_left(known, self.start) :] if self.active(index)]

    def indices_of(self, boxes: list[Any]) -> list[int]:
        """Where the boxes stand. ValueError for one that stands nowhere."""
        indices = [int(self.index_of(box)) for box in boxes]
        for box, index in zip(boxes, indices):
            if index < 0:
                raise ValueError(
                    f"The target {box!r:.80} was not recorded by this tape: compute it inside `with Tape() as tape:`, from a "
                    "Value, from a trainable Variable, or from what the tape was asked to watch."
                )
        return indices

    def ancestors(self, indices: list[int]) -> bytearray:
        """For each index from `start` to the last of `indices`, whether one of them was computed from it, or is it."""
        needed = bytearray(max(indices, default=self.start - 1) + 1 - self.start)
        for index in indices:
            needed[index - self.start] = 1
        graph, nodes, start = self.graph, self.graph.nodes, self.start
        for index in range(start + len(needed) - 1, start - 1, -1):
            if needed[index - start]:
                entry = nodes[index]
                for p in entry.parents if isinstance(entry, Node) else entry._parents(graph, index):
                    if p >= start:
                        needed[p - start] = 1
        return needed

    def nodes(self) -> Iterator[tuple[int, Node]]:
        """Every index of the span with its node, in execution order."""
        return ((index, self.graph.node(index)) for index in range(self.start, self.stop))


def find_graph(box: Box, others: Sequence[Any] = ()) -> Graph | None:
    """The graph in which a box stands; None for none that a tape keeps. One that boxes hold themselves has the `others` too."""
    anchor = None if box._epoch.graph is None else box._epoch.graph()
    graph: Graph | None = box._own_graph([box, *others]) if anchor is None else anchor.graph
    return graph
