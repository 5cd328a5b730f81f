"""The whole graph from folded to open, and the inside of a group, as the player shows them: folded as pictures are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial

import numpy as np

from autodiff.drawing.blocks import Block, Sketch, finished
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.data import is_drawn, one_by_one
from autodiff.drawing.fold import blocks_of, of_parts, parts_within
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import within
from autodiff.drawing.opening import opened
from autodiff.drawing.outlined import outline
from autodiff.drawing.outside import outside
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


@without_collector()
def view_of(graph: Graph, path: str, budget: int = 60) -> Sketch:
    """What is inside the group of that path, and a block of kind "outside" for each neighbour that gives to it or takes from
    it. `path` may be that of one group among several that were rolled up, of `Block.paths`."""
    inside = [node for node in graph.nodes if within(node.group, path) and is_drawn(node)]
    if not inside:
        known = ", ".join(list(dict.fromkeys(node.group for node in graph.nodes if node.group))[:8]) or "none"
        raise ValueError(f"There is no group {brief(path)} to look into; the groups are {known}.")
    if len(inside) <= budget:
        blocks = one_by_one(inside)
    else:
        fold = Fold(outline(inside, budget, path))
        blocks, _ = blocks_of(graph, fold, parts_within(fold, budget, budget))
    before, after = outside(inside, path)
    found = finished(graph, [*before, *blocks, *after], [])
    found.note = f"Inside {path}: {len(inside):,} nodes" + (f" drawn as {len(blocks)}." if len(blocks) < len(inside) else ".")
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
