"""The whole graph from folded to open, as the player shows it: folded as pictures are."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from autodiff.drawing.blocks import Block, Sketch, finished
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.data import is_drawn, one_by_one
from autodiff.drawing.fold import of_parts, parts_within
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.opening import opened
from autodiff.drawing.outlined import outline
from autodiff.drawing.parts import Fold
from autodiff.drawing.player.names import is_single
from autodiff.failures.nesting import brief

FOLDED = (12, 25)  # boxes of levels that are folded further than the opening one
OPEN = 80  # and of one that is more open: to see inside its groups they are opened one by one
WHOLE = 150  # up to so many nodes, the last level is the whole graph
OUTLINED = 60  # for so many blocks at least an outline is made, as for a picture
LEAST = 10


@without_collector()
def levels_of(graph: Graph, budget: int) -> list[Sketch]:
    """The whole graph from folded to open; the budget is one of the steps."""
    if budget < LEAST:
        raise ValueError(f"The player needs a budget of at least {LEAST} nodes, but got {brief(budget)}.")
    nodes = list(filter(is_drawn, graph.nodes))
    grouped = any(node.group for node in nodes) or len(nodes) > budget
    last = max(budget, WHOLE if len(nodes) <= WHOLE else OPEN)
    budgets = [*(size for size in FOLDED if grouped and size < budget), budget, *([last] if last > budget else [])]
    outlined = cache(partial(outline, nodes))
    apart = budget if any(node.line for node in nodes) else last  # what has no names is told apart as far as there is room
    found: list[Sketch] = []
    for size in budgets:
        if len(nodes) <= size:
            sketch = finished(graph, one_by_one(nodes), [])
        else:
            fold = Fold(outlined(max(min(size, apart), OUTLINED)))
            if size > budget:
                opened(fold, size, plain=True)  # also the steps of a loop that share their weights, one by one
            sketch = of_parts(graph, fold, parts_within(fold, size, size), [])
        if not found or len(sketch.blocks) > len(found[-1].blocks):
            found.append(with_data(sketch, max(size, FOLDED[-1]) if len(nodes) <= size else size))
    return found


def with_data(sketch: Sketch, budget: int) -> Sketch:
    """The sketch with boxes for the constant arrays that its nodes read, if there is room; a number stands in the formula."""
    known = {node for block in sketch.blocks for node in block.members}
    read: dict[Node, Block] = {}
    for block in sketch.blocks:
        if is_single(block):
            for edge in block.members[0].inputs:
                if edge.source not in known and is_operand(edge.source):
                    read.setdefault(edge.source, block)
    if not read or len(sketch.blocks) + len(read) > budget:
        return sketch
    before: dict[Block, list[Block]] = {}
    for node, user in read.items():
        before.setdefault(user, []).append(Block("constant", [node], user.group))
    whole = finished(sketch.graph, [one for block in sketch.blocks for one in (*before.get(block, ()), block)], [])
    whole.note = sketch.note
    return whole


def is_operand(node: Node) -> bool:
    """Whether a constant is more than a number in a formula."""
    return node.kind == "constant" and bool(node.name or np.ndim(node.value))
