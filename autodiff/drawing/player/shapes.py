"""How large the boxes of the player are, and where they stand: a few layouts, of which the page takes the one that its window
shows largest."""

from __future__ import annotations

from autodiff.drawing.blocks import Block, Sketch
from autodiff.drawing.layout import Layout, Point, laid_out
from autodiff.drawing.player.texts import Data
from autodiff.drawing.player.wrapping import wrapped

NAME, SMALL, FIGURE = 8.8, 7.2, 7.8  # the width of a character of a node's name, of what is small, of figures, in points
PADDING, CAPTION, LEAST = 18.0, 40.0, 86.0
LINE, HEAD, FOOT, LOW = 17.0, 27.0, 7.0, 30.0  # heights: of a row, what is above and below the rows, of a constant
LONG = 12  # characters of figures, over which they are set in two lines; graph.js knows it too
WINDOWS = ((948.0, 600.0), (608.0, 440.0), (358.0, 420.0))  # the stage at 1280 x 720, in a notebook's frame, on a phone
ROWS = (2, 3, 4)
MANY = 80  # boxes; more are laid out once


def box_of(data: Data) -> Data:
    """A box's width, height, and in how many lines its value and its gradient stand. Page and layout take them from here."""
    heading = len(data["name"]) * NAME + (len(data["shape"]) + 1) * SMALL * bool(data["shape"])
    if data["kind"] in ("constant", "cut"):
        beside = data["value"] if data["value"] not in ("–", data["name"]) else ""
        width = len(data["name"]) * NAME + (len(beside) + 1) * SMALL * bool(beside) + PADDING
        return {"width": round(width, 1), "height": LOW, "beside": beside}
    texts = [data["value"], data["gradient"]]
    rows = [2 if len(halves(text)) > 1 else 1 for text in texts]
    widest = max(len(line) for text in texts for line in halves(text)) * FIGURE + CAPTION
    inside = max(heading, widest, LEAST)
    how = (len(data["how"]) + 2) * SMALL
    beside = bool(data["how"]) and heading + how + SMALL <= inside  # the formula stands beside the name, or below it
    height = HEAD + LINE * (sum(rows) + (bool(data["how"]) and not beside)) + FOOT
    width = max(inside, how * bool(data["how"])) + PADDING
    return {"width": round(width, 1), "height": height, "rows": rows, "beside": beside}


def halves(text: str) -> list[str]:
    """A long text in two lines, broken at the space nearest its middle."""
    spaces = [k for k, c in enumerate(text) if c == " "]
    if len(text) <= LONG or not spaces:
        return [text]
    at = min(spaces, key=lambda k: abs(2 * k - len(text)))
    return [text[:at], text[at + 1 :]]


def room_of(edges: list[Data]) -> Point:
    """The room for the labels of arrows: two lines."""
    widest = max((len(text) for edge in edges for text in (f"×{edge['local']}", edge["part"])), default=0)
    return min(widest, 12) * SMALL + 6.0, 32.0


def shapes_of(sketch: Sketch, timeline: Data, rankdir: str | None) -> list[Data]:
    """The layouts of which the page chooses, as data: for each window the one that it shows largest."""
    boxes = dict(zip(sketch.blocks, timeline["nodes"], strict=True))
    sizes: dict[Block, Point] = {block: (data["width"], data["height"]) for block, data in boxes.items()}
    room = room_of(timeline["edges"])
    by_key = {block.key: size for block, size in sizes.items()}
    found: list[Layout] = []
    for direction in directions(sketch, rankdir):
        layout = laid_out(sketch, sizes, room, direction)
        found.append(layout)
        if direction == "LR" and len(sketch.blocks) <= MANY:
            found += [again for rows in ROWS if (again := wrapped(layout, by_key, rows)) is not None]
    best = dict.fromkeys(max(range(len(found)), key=lambda k: scale(found[k], window)) for window in WINDOWS)
    return [as_data(found[k], sketch) for k in sorted(best)]


def directions(sketch: Sketch, rankdir: str | None) -> tuple[str, ...]:
    if rankdir:
        return (rankdir,)
    return ("LR", "TB") if len(sketch.blocks) <= MANY else ("TB",)


def scale(layout: Layout, window: Point) -> float:
    return min(window[0] / max(layout.width, 1.0), window[1] / max(layout.height, 1.0))


def as_data(layout: Layout, sketch: Sketch) -> Data:
    """Places by the numbers of boxes and arrows, in whole points where that is enough."""
    return {
        "width": layout.width, "height": layout.height,
        "clusters": [[*map(round, cluster[:4]), cluster[4]] for cluster in layout.clusters],
        "nodes": [layout.blocks[block.key] for block in sketch.blocks],
        "curves": [flat(layout.curves[link.key]) for link in sketch.links],
        "labels": [layout.labels.get(link.key) for link in sketch.links],
    }  # fmt: skip


def flat(points: list[Point]) -> list[float]:
    return [coordinate for point in points for coordinate in point]
