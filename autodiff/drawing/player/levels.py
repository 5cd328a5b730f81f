"""The whole graph, from folded to open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autodiff.drawing.fold import Sketch, sketch
from autodiff.drawing.graph import Graph, Node

FOLDED = (12, 30)  # boxes of levels that are folded further than the opening one
OPEN = (150, 600)  # and of those that are more open


def levels(graph: Graph, budgets: list[int]) -> list[Sketch]:  # TEMPORARY, until fold has it
    return [sketch(graph, budget, True, None) for budget in budgets]


def view_of(graph: Graph, path: str, budget: int) -> Sketch:  # TEMPORARY
    return sketch(graph, budget, True, False)


def levels_of(graph: Graph, budget: int) -> tuple[list[Sketch], int]:
    """The whole graph from folded to open, and the number of the one that the page opens with: within the budget."""
    budgets = sorted({*(size for size in FOLDED if size < budget), budget, *(size for size in OPEN if size > budget)})
    found = [without_figures(sketch) for sketch in levels(graph, budgets)]
    distinct = [found[0]]
    for more in found[1:]:
        if len(more.blocks) > len(distinct[-1].blocks):
            distinct.append(more)
    within = [k for k, sketch in enumerate(distinct) if len(sketch.blocks) <= budget]
    return distinct, max(within, default=0)


def without_figures(sketch: Sketch) -> Sketch:
    """The sketch without the boxes of numbers that the program wrote out: they stand in the formulas."""
    kept = [block for block in sketch.blocks if not (block.users and all(map(is_figure, block.members)))]
    shown = set(kept)
    for block in kept:
        block.inputs = [link for link in block.inputs if link.source in shown]
    return replace(sketch, blocks=kept, links=[link for link in sketch.links if link.source in shown])


def is_figure(node: Node) -> bool:
    return node.kind == "constant" and node.name is None and np.ndim(node.value) == 0
