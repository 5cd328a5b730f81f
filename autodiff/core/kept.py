"""The graph of the last gradient, which is kept for pictures while a target of it lives.

A tape that gave its one gradient lets go of its graph. From then on the targets hold it. In the graph twins stand in their
place, so that nothing refers to itself and the memory goes with the last target. It also goes when the next tape begins or
takes its gradient, and when a large Variable is to be changed in place: so a training loop takes no more memory than before.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

from autodiff.core.box import Array, Box, Epoch
from autodiff.core.native import mypyc_attr
from autodiff.core.node import ArrayNode

if TYPE_CHECKING:
    from autodiff.core.graph import Anchor, Graph

LAST: Final[list[Any]] = [None]  # a weak reference to what the targets hold
LARGE: Final = 2**16  # bytes of an array that is changed in place rather than kept


@mypyc_attr(native_class=False)
class Kept:
    """What the targets hold of a graph, until it is forgotten. Other tapes may hold the same graph."""

    __slots__ = ("__weakref__", "anchor")

    def __init__(self, anchor: Anchor) -> None:
        self.anchor: Anchor | None = anchor


def keep(anchor: Anchor, targets: list[Box]) -> None:
    """Let the targets of a gradient hold its graph, unless a tape still records there."""
    graph: Graph = anchor.graph
    if graph.recorders:
        return
    epoch, kept = Epoch(graph.ref), Kept(anchor)
    for target in targets:
        index = graph.find(target)
        entry = graph.nodes[index] if index >= 0 and id(target) not in graph.leaves else None
        if isinstance(entry, Box):
            graph.nodes[index] = entry._standing_twin()
        elif isinstance(entry, ArrayNode) and isinstance(entry.out, Array):
            entry.out = entry.out._standing_twin()
        else:  # a leaf, or one of several outputs
            continue
        epoch.kept = kept
        target._epoch = epoch
    LAST[0] = weakref.ref(kept)


def forget() -> None:
    """Give up what is kept."""
    last = LAST[0]
    if last is not None:
        LAST[0] = None
        kept = last()
        if kept is not None:
            kept.anchor = None
