"""The views that a page holds: the whole graph from folded to open, and the inside of its boxes, down to single nodes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from typing import NamedTuple

from autodiff.drawing.blocks import DIGITS, Block, Sketch
from autodiff.drawing.clipping import clipped
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.player.inside import inside_of, ones_of
from autodiff.drawing.player.names import Names, is_single
from autodiff.drawing.player.sentences import closing, opening, target_of
from autodiff.drawing.player.shapes import fits, shapes_of
from autodiff.drawing.player.texts import Data
from autodiff.drawing.player.timeline import timeline

MOST, BYTES = 40, 1_900_000  # views in a page, and their size
OF_BOX, OF_ARROW = 250, 350  # bytes that the places of a box and of an arrow take, in all layouts of a view
TITLE = 60  # characters of what is said at the top
FEW = 25  # boxes of a graph that may be larger than the window when the page opens
TEXTS = ("name", "how", "shape", "value", "sum")  # of a box
FIRST, LEAVES, LAST = -1, 100, 101  # turns of boxes: the first of its kind; by depth; those of leaves; more that are alike
CHOICE, SOON = 9, 3  # so many of those that are alike have a view, so many before boxes that are deeper in the graph


class Turn(NamedTuple):
    """That a box waits for a view of what it holds. Boxes that wait for the same turn come in their order."""

    turn: int
    number: int
    block: Block
    data: Data
    depth: int
    left: tuple[tuple[str, list[Node]], ...] = ()  # of those that are alike in it the titles and nodes of more


class Views:
    """Collects the views of a page, and which box opens which."""

    def __init__(self, graph: Graph, rankdir: str | None) -> None:
        self.graph, self.rankdir = graph, rankdir
        self.levels = 0  # how many of the views are the whole graph
        self.names = Names(graph)
        self.views: list[Data] = []
        self.sketches: list[Sketch] = []
        self.at: dict[frozenset[Node], int] = {}  # views by the nodes that they show
        self.opened: dict[frozenset[Node], list[int]] = {}  # what boxes open, by their nodes
        self.kinds: set[Hashable] = set()  # of boxes of which one has a view
        self.waiting: list[Turn] = []
        self.turns = 0
        self.size, self.full = 0, False

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

    def open_boxes(self, order: Iterable[int]) -> int:
        """Views of what the boxes of these views hold, and those in them: first of one box of each kind, down to single nodes,
        then of the boxes that are seen first. How many boxes have none, for want of room."""
        self.levels = len(self.views)
        for depth, k in enumerate(order):
            self.wait_in(k, depth)
        while self.waiting and len(self.views) < MOST and not self.full:
            self.open(heappop(self.waiting))
        closed = [box for box in self.waiting if "opens" not in box.data]
        for box in closed:  # another box may have had a view of the same
            key = frozenset(box.block.members)
            if known := self.opened.get(key) or ([self.at[key]] if key in self.at else None):
                box.data["opens"] = known
        return sum("opens" not in box.data for box in closed)

    def wait_in(self, k: int, depth: int) -> None:
        """All boxes of a view wait; of those of one kind the later ones longer, but where all are seen at once."""
        later = k < self.levels and depth > 0  # a level that the page does not open with
        seen: Counter[Hashable] = Counter()
        for block, data in zip(self.sketches[k].blocks, self.views[k]["nodes"], strict=True):
            if holds_several(block):
                kind = kind_of(block)
                self.wait(LEAVES if is_leaf(block) else depth if later else FIRST, block, data, depth + seen[kind])
                seen[kind] += k >= self.levels

    def wait(self, turn: int, block: Block, data: Data, depth: int, left: tuple[tuple[str, list[Node]], ...] = ()) -> None:
        self.turns += 1
        heappush(self.waiting, Turn(turn, self.turns, block, data, depth, left))

    def open(self, box: Turn) -> None:
        """A box has its turn: it has a view of what it holds, or of the next of those that are alike in it, or waits again."""
        kind = kind_of(box.block)
        if box.turn == FIRST and kind in self.kinds:
            return self.wait(box.depth, box.block, box.data, box.depth)
        self.kinds.add(kind)
        opens: list[int] = box.data.get("opens", [])
        (title, nodes), *left = box.left or self.ones_of(box.block)
        key = frozenset(nodes)
        if key not in self.at:
            if not self.add(inside_of(self.graph, nodes, title), title, len(opens) + 1 + len(left)):
                return
            self.at[key] = len(self.views) - 1
            self.wait_in(self.at[key], box.depth + 1)
        opens = box.data["opens"] = [*opens, self.at[key]]
        self.opened[frozenset(box.block.members)] = opens
        if left and len(opens) < CHOICE:
            soon = box.block.kind in ("group", "sum") and len(opens) < SOON
            self.wait(box.depth + 2 if soon else LAST, box.block, box.data, box.depth, tuple(left))

    def ones_of(self, block: Block) -> list[tuple[str, list[Node]]]:
        name = self.names.of(block)
        return ones_of(block, name.rpartition(" ×")[0] or name)

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


def holds_several(block: Block) -> bool:
    """Whether a box opens: not what is outside, nor copies of data."""
    return not is_single(block) and len(block.members) > 1 and block.kind not in ("outside", "constant")


def is_leaf(block: Block) -> bool:
    return not any(node.inputs for node in block.members)


def kind_of(block: Block) -> Hashable:
    """What boxes have in common that show the same when they are opened, but for names and numbers: calls of one function,
    results of the same operations."""
    stem = DIGITS.sub("#", block.title.rpartition("/")[2].partition(" (")[0].partition(" ×")[0]) if block.paths else ""
    return block.kind, stem, frozenset(node.op for node in block.members)


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


def page_of(graph: Graph, sketches: list[Sketch], budget: int, legible: bool, rankdir: str | None) -> Data:
    """Everything that a page shows. It opens with the graph as far open as the budget allows; to be `legible`, only as far as
    it can be read in a usual window, or in a few boxes, which can be followed."""
    views = Views(graph, rankdir)
    target = clipped(target_of(graph, views.names), TITLE)
    target = target or ("a program that raised an error" if graph.message else "nothing")
    kept = [sketch for sketch in sketches if views.add(sketch, target)]
    left = views.open_boxes(sorted(range(len(kept)), key=lambda k: (len(kept[k].blocks) > FEW, -len(kept[k].blocks))))
    layouts = views.lay_out()
    within = [k for k, sketch in enumerate(kept) if len(sketch.blocks) <= budget] or [0]
    seen = [k for k in within if not legible or len(kept[k].blocks) <= FEW or fits(layouts[views.views[k]["layout"]])]
    return {
        "target": target, "opening": opening(graph, views.names, views.views), "closing": closing(graph, views.names),
        "levels": len(kept), "start": (seen or within[:1])[-1],
        "views": views.views, "layouts": layouts, "left": left,
    }  # fmt: skip
