"""The whole graph from folded to open, and the inside of a group, as the player shows them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.drawing.blocks import Block, Sketch, finished
from autodiff.drawing.fold import levels, view_of
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import within
from autodiff.drawing.player.texts import is_single
from autodiff.failures.nesting import brief

FOLDED = (12, 25)  # boxes of levels that are folded further than the opening one
OPEN = (150, 600)  # and of those that are more open
LEAST = 10


def levels_of(graph: Graph, budget: int) -> list[Sketch]:
    """The whole graph from folded to open; the budget is one of the steps."""
    if budget < LEAST:
        raise ValueError(f"The player needs a budget of at least {LEAST} nodes, but got {brief(budget)}.")
    grouped = any(node.group for node in graph.nodes) or len(graph.nodes) > budget
    budgets = [*(size for size in FOLDED if grouped and size < budget), budget, *(size for size in OPEN if size > budget)]
    found: list[Sketch] = []
    for sketch in levels(graph, budgets):
        if not found or len(sketch.blocks) > len(found[-1].blocks):
            found.append(with_data(sketch, min((size for size in budgets if size >= len(sketch.blocks)), default=0)))
    return found


def inside_of(graph: Graph, nodes: list[Node], path: str, budget: int) -> Sketch:
    """What is inside the group of that path, which has these nodes."""
    sketch = view_of(replace(graph, nodes=nodes), path, budget)
    for block in sketch.blocks:  # the frames around the group say nothing here
        block.group = block.group[len(path) + 1 :] if within(block.group, path) else ""
    return with_data(sketch, budget)


def with_data(sketch: Sketch, budget: int) -> Sketch:
    """The sketch with boxes for the constant arrays that its nodes read, if there is room; a number stands in the formula."""
    known = {node for block in sketch.blocks for node in block.members}
    read: dict[Node, Block] = {}
    for block in sketch.blocks:
        if is_single(block):
            for edge in block.members[0].inputs:
                if edge.source not in known and is_data(edge.source):
                    read.setdefault(edge.source, block)
    if not read or len(sketch.blocks) + len(read) > budget:
        return sketch
    before: dict[Block, list[Block]] = {}
    for node, user in read.items():
        before.setdefault(user, []).append(Block("constant", [node], user.group))
    whole = finished(sketch.graph, [one for block in sketch.blocks for one in (*before.get(block, ()), block)], [])
    whole.note = sketch.note
    return whole


def is_data(node: Node) -> bool:
    return node.kind == "constant" and (node.name is not None or np.ndim(node.value) > 0)
