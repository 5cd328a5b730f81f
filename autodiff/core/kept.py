"""The graph of the last gradient, which is kept for pictures while a target of it lives.

A tape that gave its one gradient lets go of its graph. From then on the targets hold it. In the graph twins stand in their
place, so that nothing refers to itself and the memory goes with the last target. It also goes when the next tape begins or
takes its gradient, and when a large Variable is to be changed in place: so a training loop takes no more memory than before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autodiff.core.box import Array, Box, Epoch
from autodiff.core.node import ArrayNode

if TYPE_CHECKING:
    from autodiff.core.graph import Anchor, Graph

LAST: Final[list[Any]] = [None]  # a weak reference to what the targets hold
LARGE: Final = 2**16  # bytes of an array that is changed in place rather than kept


def keep(anchor: Anchor, targets: list[Box]) -> None:
    """Let the targets of a gradient hold its graph, unless it is another tape's too."""
    graph: Graph = anchor.graph
    if graph.recorders or graph.nested:
        return
    epoch = Epoch(graph.ref)
    for target in targets:
        index = graph.find(target)
        entry = graph.nodes[index] if index >= 0 and id(target) not in graph.leaves else None
        if isinstance(entry, Box):
            graph.nodes[index] = entry._standing_twin()
        elif isinstance(entry, ArrayNode) and isinstance(entry.out, Array):
            entry.out = entry.out._standing_twin()
        else:  # a leaf, or one of several outputs
            continue
        epoch.kept = anchor
        target._epoch = epoch
    LAST[0] = graph.ref


def forget() -> bool:
    """Give up what is kept. Whether there was something."""
    last = LAST[0]
    if last is None:
        return False
    LAST[0] = None
    anchor = last()
    if anchor is not None:
        anchor.graph = None
    return anchor is not None
