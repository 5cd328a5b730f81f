"""The views that a page holds: the whole graph from folded to open, and the inside of its groups, opened breadth first."""

from __future__ import annotations

import json
from collections import deque

from autodiff.drawing.blocks import Block, Sketch
from autodiff.drawing.dot import prefixes
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.player.levels import inside_of
from autodiff.drawing.player.sentences import closing, opening, target_of
from autodiff.drawing.player.shapes import fits, shapes_of
from autodiff.drawing.player.texts import Data, Names
from autodiff.drawing.player.timeline import timeline

MOST, BYTES = 40, 1_900_000  # views in a page, and their size
INSIDE = 16  # boxes of the inside of a group


class Views:
    """Collects the views of a page, and which box opens which."""

    def __init__(self, graph: Graph, rankdir: str | None) -> None:
        self.graph, self.rankdir = graph, rankdir
        self.names = Names(graph)
        self.groups = by_group(graph)
        self.views: list[Data] = []
        self.at: dict[str, int] = {}  # views by the path of their group
        self.size, self.full = 0, False
        self.left = 0  # groups that have no view, for want of room

    def add(self, sketch: Sketch, title: str, times: int = 1) -> bool:
        """Whether there was room for one more view, which is one of `times` that are alike."""
        view = view_data(sketch, self.names, self.rankdir) | {"title": title, "note": sketch.note, "times": times}
        size = len(json.dumps(view, separators=(",", ":")))
        if self.views and self.size + size > BYTES:
            self.full = True
            return False
        self.size += size
        self.views.append(view)
        return True

    def open_groups(self, sketches: list[Sketch]) -> None:
        """Views of the groups that these sketches show closed, then of those that are closed in them, and so on."""
        waiting: deque[tuple[Sketch, Data]] = deque(zip(sketches, self.views, strict=True))
        while waiting:
            sketch, view = waiting.popleft()
            for block, data in zip(sketch.blocks, view["nodes"], strict=True):
                path = path_of(block)
                if path and path not in self.at and len(self.views) < MOST and not self.full:
                    inside = inside_of(self.graph, self.groups[path], path, INSIDE)
                    if self.add(inside, path.rpartition("/")[2], block.times):
                        self.at[path] = len(self.views) - 1
                        waiting.append((inside, self.views[-1]))
                if path in self.at:
                    data["opens"] = self.at[path]
                elif path:
                    self.left += 1


def by_group(graph: Graph) -> dict[str, list[Node]]:
    """The nodes of each group, with those of the groups in it."""
    found: dict[str, list[Node]] = {}
    steps: dict[str, list[str]] = {}
    for node in graph.nodes:
        if node.group not in steps:
            steps[node.group] = prefixes(node.group)
        for path in steps[node.group]:
            found.setdefault(path, []).append(node)
    return found


def view_data(sketch: Sketch, names: Names, rankdir: str | None) -> Data:
    """One view: its boxes, arrows and steps, and where they stand."""
    view = timeline(sketch, names)
    return view | {"shapes": shapes_of(sketch, view, rankdir)}


def path_of(block: Block) -> str:
    """The group that a box opens, "" for none: of several rolled up the last, as the first step of a loop often starts from
    zeros."""
    return block.paths[-1] if block.paths else ""


def page_of(graph: Graph, sketches: list[Sketch], budget: int, rankdir: str | None) -> Data:
    """Everything that a page shows. It opens with the whole graph if that is within the budget. A folded one is opened as far
    as it can be read in a usual window."""
    views = Views(graph, rankdir)
    target = target_of(graph, views.names) or "nothing"
    kept = [sketch for sketch in sketches if views.add(sketch, target)]
    views.open_groups(kept)
    within = [k for k, sketch in enumerate(kept) if len(sketch.blocks) <= budget] or [0]
    seen = [k for k in within if fits(views.views[k]["shapes"])]
    return {
        "target": target, "opening": opening(graph, views.names), "closing": closing(graph, views.names),
        "levels": len(kept), "start": (seen or within[:1])[-1] if kept[within[-1]].note else within[-1],
        "views": views.views, "left": views.left,
    }  # fmt: skip
