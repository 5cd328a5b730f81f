"""How large the boxes of the player are, and where they stand: a few layouts, of which the page takes the one that its window
shows largest."""

from __future__ import annotations

from dataclasses import replace

from autodiff.drawing.blocks import Block, Link, Sketch
from autodiff.drawing.layered.page import Layout, Point
from autodiff.drawing.layered.spots import Occupied, around, away, find_spots
from autodiff.drawing.layout import laid_out
from autodiff.drawing.player.texts import Data
from autodiff.drawing.wrapping import wrapped

NAME, SMALL, FIGURE = 8.8, 7.2, 7.8  # the width of a character of a node's name, of what is small, of figures, in points
PADDING, CAPTION, LEAST = 18.0, 40.0, 86.0
LINE, HEAD, FOOT, LOW = 16.0, 25.0, 5.0, 28.0  # heights: of a row, what is above and below the rows, of a constant
LABEL, MARGIN = 32.0, 3.0  # the height of a label, in two lines; how much wider than a text its room is on each side
LONGEST = (24, 12)  # characters of figures, over which they are set in two lines: low boxes, and narrow ones
WINDOWS = ((948.0, 570.0), (608.0, 440.0), (358.0, 420.0))  # the stage at 1280 x 720, in a notebook's frame, on a phone
READABLE = 11 / 12  # the scale at which the smallest text is 11 pixels high; camera.js knows these
COMFORTABLE, USEFUL = 1.15, 0.7  # scales
NARROW = 0.95  # boxes with figures in two lines are taken where that gains more than this
ROWS = (2, 3, 4)
MANY, SOME = 80, 20  # boxes; more are laid out once; more have boxes of one form


def box_of(data: Data, longest: int) -> Data:
    """A box's width, height, and in how many lines its value and its gradient stand. Page and layout take them from here."""
    heading = len(data["name"]) * NAME + (len(data["shape"]) + 1) * SMALL * bool(data["shape"])
    if data["kind"] in ("constant", "cut"):
        shown = data["value"] not in ("–", data["name"])
        width = len(data["name"]) * NAME + (len(data["value"]) + 1) * SMALL * shown + PADDING
        return {"width": round(width, 1), "height": LOW, "beside": shown}
    texts = [data["value"], data["sum"]]
    widest = max(len(line) for text in texts for line in lines_of(text, longest)) * FIGURE + CAPTION
    inside = max(heading + 16.0 * bool(data.get("many")), widest, LEAST)
    formula = data["how"].split("\n") if data["how"] else []
    how = (max(map(len, formula), default=0) + 2) * SMALL
    beside = len(formula) == 1 and heading + how + SMALL <= inside  # the formula stands beside the name, or below it
    width = max(inside, how * bool(formula)) + PADDING
    rows = [1 if len(text) * FIGURE + CAPTION <= width - PADDING else len(lines_of(text, longest)) for text in texts]
    height = HEAD + LINE * (sum(rows) + len(formula) * (not beside)) + FOOT
    return {"width": round(width, 1), "height": height, "rows": rows, "beside": beside}


def lines_of(text: str, longest: int) -> list[str]:
    """A long text in two lines, broken at the space nearest its middle."""
    spaces = [k for k, c in enumerate(text) if c == " "]
    if len(text) <= longest or not spaces:
        return [text]
    at = min(spaces, key=lambda k: abs(2 * k - len(text)))
    return [text[:at], text[at + 1 :]]


def rooms_of(sketch: Sketch, edges: list[Data]) -> dict[Link, Point]:
    """The room for the labels of arrows, of two lines each."""
    found = {}
    for link, edge in zip(sketch.links, edges, strict=True):
        widest = min(max(len(f"×{edge['local']}"), len(edge["part"])), 15)
        found[link] = (0.0, 0.0) if edge["kind"] == "constant" else (widest * SMALL + 2 * MARGIN, LABEL)
    return found


def shapes_of(sketch: Sketch, timeline: Data, rankdir: str | None) -> list[Data]:
    """The layouts of which the page chooses, as data: for each window the one that it shows largest."""
    rooms = rooms_of(sketch, timeline["edges"])
    found: list[tuple[Layout, list[Data], int]] = []  # a layout, its boxes, and its rows
    for boxes in boxes_of(timeline["nodes"]):
        sizes: dict[Block, Point] = {}
        for block, box in zip(sketch.blocks, boxes, strict=True):
            sizes[block] = box["width"], box["height"]
        for direction in directions(sketch, rankdir):
            layout = laid_out(sketch, sizes, rooms, direction)
            found.append((layout, boxes, 1))
            if direction == "LR" and len(sketch.blocks) <= MANY:
                found += [(again, boxes, rows) for rows in ROWS if (again := wrapped(layout, rows)) is not None]
    low = found[0][1]

    def worth(k: int, window: Point) -> float:
        layout, boxes, rows = found[k]
        return score(layout, rows, window) * (1.0 if boxes is low else NARROW)

    best = dict.fromkeys(max(range(len(found)), key=lambda k: worth(k, window)) for window in WINDOWS)
    return [as_data(settled(layout), boxes, rows, sketch) for layout, boxes, rows in (found[k] for k in sorted(best))]


def settled(layout: Layout) -> Layout:
    """The layout with each label in a spot that no box and no arrow passes. Where there is none for two lines, the label is one
    line. Where there is none for that either, it is left out: the panel tells it."""
    layout = replace(layout, rooms=dict(layout.rooms))  # rows share those of the layout that they were made of
    crowded = find_spots(layout)
    for key in crowded:
        layout.rooms[key] = layout.rooms[key][0], LINE
    for key in find_spots(layout) if crowded else ():
        del layout.labels[key]
    return layout


def boxes_of(nodes: list[Data]) -> list[list[Data]]:
    """The boxes of a view, low, and narrow where that is another thing."""
    tries = [[box_of(data, longest) for data in nodes] for longest in LONGEST]
    return tries[1:] if tries[0] == tries[1] or len(nodes) > SOME else tries


def directions(sketch: Sketch, rankdir: str | None) -> tuple[str, ...]:
    if rankdir:
        return (rankdir,)
    return ("LR", "TB") if len(sketch.blocks) <= MANY else ("TB",)


def score(layout: Layout, rows: int, window: Point) -> float:
    """How good a layout is for a window: the scale at which it fits. Rows are of no use where one sees a part only."""
    scale = min(window[0] / max(layout.width, 1.0), window[1] / max(layout.height, 1.0), COMFORTABLE)
    return scale if rows == 1 or scale >= USEFUL else scale / 4


def fits(shapes: list[Data]) -> bool:
    """Whether one of these layouts can be read as a whole in the largest window."""
    width, height = (length / READABLE for length in WINDOWS[0])
    return any(shape["width"] <= width and shape["height"] <= height for shape in shapes)


def as_data(layout: Layout, boxes: list[Data], rows: int, sketch: Sketch) -> Data:
    """Places by the numbers of boxes and arrows, in whole points where that is enough."""
    return {
        "boxes": boxes, "rows": rows,
        "width": layout.width, "height": layout.height,
        "clusters": [[*map(round, (c.left, c.top, c.width, c.height, *c.at)), c.title] for c in layout.clusters],
        "nodes": [layout.blocks[block.key] for block in sketch.blocks],
        "curves": [flat(layout.curves[link.key]) for link in sketch.links],
        "labels": [label_data(layout, link) for link in sketch.links],
    }  # fmt: skip


def label_data(layout: Layout, link: Link) -> tuple[float, float, bool, str] | None:
    """Where a label is, whether it is one line, and which end of its text is there: the one at its arrow, for the text may be
    shorter than its room; the middle, of a label above or below the arrow."""
    at = layout.labels.get(link.key)
    if at is None:
        return None
    width, height = layout.rooms[link.key]
    box = around(at, (width, height))
    way = Occupied([], {link.key: layout.curves[link.key]}).ways[link.key]
    distances, (left, right) = away(way, box), (box[0] + MARGIN, box[2] - MARGIN)
    x = way[distances <= distances.min() + MARGIN, 0]
    anchor = "start" if x.max() < left else "end" if x.min() > right else ""
    return round({"start": left, "end": right}.get(anchor, at[0]), 1), at[1], height < LABEL, anchor


def flat(points: list[Point]) -> list[float]:
    return [coordinate for point in points for coordinate in point]
