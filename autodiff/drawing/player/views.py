"""The views that a page holds: the whole graph from folded to open, and the inside of its groups, opened breadth first."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Hashable

from autodiff.drawing.blocks import Block, Sketch
from autodiff.drawing.convex import AGAIN
from autodiff.drawing.dot import prefixes
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.player.levels import inside_of
from autodiff.drawing.player.names import Names
from autodiff.drawing.player.sentences import closing, opening, target_of
from autodiff.drawing.player.shapes import fits, shapes_of
from autodiff.drawing.player.texts import Data
from autodiff.drawing.player.timeline import timeline

MOST, BYTES = 40, 1_900_000  # views in a page, and their size
OF_BOX, OF_ARROW = 250, 350  # bytes that the places of a box and of an arrow take, in all layouts of a view
FEW = 25  # boxes of a graph that may be larger than the window when the page opens
INSIDE = 16  # boxes of the inside of a group
USES = re.compile(rf"{AGAIN}( \d+)?")  # what is added to the path of a group that is left and entered again
TEXTS = ("name", "how", "shape", "value", "sum")  # of a box


class Views:
    """Collects the views of a page, and which box opens which."""

    def __init__(self, graph: Graph, rankdir: str | None) -> None:
        self.graph, self.rankdir = graph, rankdir
        self.names = Names(graph)
        self.groups = by_group(graph)
        self.views: list[Data] = []
        self.sketches: list[Sketch] = []
        self.at: dict[str, int] = {}  # views by the path of their group
        self.size, self.full = 0, False
        self.left = 0  # groups that have no view, for want of room

    def add(self, sketch: Sketch, title: str, times: int = 1) -> bool:
        """Whether there was room for one more view, which is one of `times` that are alike."""
        view = timeline(sketch, self.names) | {"title": title, "note": sketch.note, "times": times}
        size = len(json.dumps(view, separators=(",", ":"))) + len(sketch.blocks) * OF_BOX + len(sketch.links) * OF_ARROW
        if self.views and self.size + size > BYTES:
            self.full = True
            return False
        self.size += size
        self.views.append(view)
        self.sketches.append(sketch)
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

    def lay_out(self) -> list[list[Data]]:
        """Give each view the number of its layouts, which views that are alike share; and these."""
        alike: dict[Hashable, list[int]] = {}
        for k, (view, sketch) in enumerate(zip(self.views, self.sketches, strict=True)):
            alike.setdefault(form_of(view, sketch), []).append(k)
        found = []
        for same in alike.values():
            found.append(shapes_of(self.sketches[same[0]], widest([self.views[k] for k in same]), self.rankdir))
            for k in same:
                self.views[k]["layout"] = len(found) - 1
        return found


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


def form_of(view: Data, sketch: Sketch) -> Hashable:
    """What views have in common that differ in their figures and names alone, as the steps of a loop do."""
    boxes = [(data["kind"], bool(data["how"]), bool(data["shape"]), data.get("many"), block.group)
             for data, block in zip(view["nodes"], sketch.blocks, strict=True)]  # fmt: skip
    return tuple(boxes), tuple((edge["from"], edge["to"], edge["kind"]) for edge in view["edges"])


def widest(views: list[Data]) -> Data:
    """The boxes and arrows of views that are alike, each with the longest of the texts that stand there."""
    return {part: [each[0] | {key: max((one[key] for one in each), key=len) for key in keys}
                   for each in zip(*(view[part] for view in views), strict=True)]
            for part, keys in (("nodes", TEXTS), ("edges", ("local", "part")))}  # fmt: skip


def path_of(block: Block) -> str:
    """The group that a box opens, "" for none: of several rolled up the last, as the first step of a loop often starts from
    zeros; of a layer that is used twice all uses."""
    return USES.sub("", block.paths[-1]) if block.paths else ""


def page_of(graph: Graph, sketches: list[Sketch], budget: int, rankdir: str | None) -> Data:
    """Everything that a page shows. It opens with the graph as far open as the budget allows and as it can be read in a usual
    window, or in a few boxes, which can be followed."""
    views = Views(graph, rankdir)
    target = target_of(graph, views.names) or "nothing"
    kept = [sketch for sketch in sketches if views.add(sketch, target)]
    views.open_groups(kept)
    layouts = views.lay_out()
    within = [k for k, sketch in enumerate(kept) if len(sketch.blocks) <= budget] or [0]
    seen = [k for k in within if len(kept[k].blocks) <= FEW or fits(layouts[views.views[k]["layout"]])]
    boxes = [data for view in views.views for data in view["nodes"]]
    return {
        "target": target, "opening": opening(graph, views.names, boxes), "closing": closing(graph, views.names),
        "levels": len(kept), "start": (seen or within[:1])[-1],
        "views": views.views, "layouts": layouts, "left": views.left,
    }  # fmt: skip
