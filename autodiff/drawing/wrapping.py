"""A layout in one direction, broken like a text: rows from left to right, or columns from top to bottom.

A row ends in a gap between two ranks of boxes. An arrow that crosses the gap leaves its row at the right, runs below the row to
the left, and enters the next row. The arrows are in such an order that they cross nowhere on this way. Columns are rows of the
layout with its two coordinates exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

import numpy as np

from autodiff.drawing.framing import going_on, parts_of_frames
from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.layered.spots import Box, around
from autodiff.drawing.splitting import by_source, leaving
from autodiff.drawing.squeezing import Band, empty_bands, squeezed, taken_by_frames, taken_by_lines
from autodiff.drawing.ways import ROUND, levelled, returns, rounded, split

HEAD, TITLE = 10.0, 20.0  # so much longer is the rest of a frame at the beginning of a row; of a column, for its title
LANE = 6.0  # between arrows that run side by side
BEFORE_TIP = 16.0  # so far before the next boxes a row is cut, so that the tips of arrows are whole
EDGE = 4.0  # above and below the rows
GAP = 26.0  # a gap between ranks is at least so wide
MOST = 10  # arrows from row to row
DEAR = 30.0  # what leads from one box to the next row costs as much as so much width
TORN = 150.0  # so does a frame that goes on in the next row, if it can be helped: a step of a loop is read in one piece
FREE = 200.0  # so much a cut is worth before leaves that stand just before their reader for its sake
FEW = 16  # gaps that are tried, all along
ASIDE = 5.0  # between a label and its arrow where that was made level


@dataclass(slots=True)
class Row:
    """What lies between two cuts, and where it goes."""

    left: float
    right: float
    top: float = 0.0
    bottom: float = 0.0
    dx: float = 0.0
    dy: float = 0.0
    head: float = 0.0  # the room for the beginnings of frames that go on in it
    frames: list[Cluster] = field(default_factory=list)  # as they were before
    leaving: list[float] = field(default_factory=list)  # where arrows cross its right end, from the top
    lanes: dict[str, int] = field(default_factory=dict)  # which of them each arrow takes
    bands: list[Band] = field(default_factory=list)  # where nothing stands in it

    def leave(self, crossed: Mapping[str, float], sources: Mapping[str, str]) -> None:
        """Give the arrows that cross its right end at these heights their lanes, those from one box the same."""
        ways = sorted(by_source(crossed, sources).values(), key=lambda keys: crossed[keys[0]])
        self.leaving = [crossed[keys[0]] for keys in ways]
        self.lanes = {key: lane for lane, keys in enumerate(ways) for key in keys}

    def moved(self, point: Point) -> Point:
        return round(point[0] + self.dx, 1), round(squeezed(point[1], self.bands) + self.dy, 1)


def wrapped(layout: Layout, parts: int, down: bool = False, dear: float = TORN) -> Layout | None:
    """A layout in so many rows or, where its arrows go down, columns; None where it can't be broken so, or only across many
    arrows. `dear`: what a frame costs that goes on in the next row."""
    found = in_rows(transposed(layout), parts, dear, True) if down else in_rows(layout, parts, dear, False)
    if found is None:
        return None
    return transposed(found) if down else found


def transposed(layout: Layout) -> Layout:
    """The layout with its two coordinates exchanged."""
    points = [{key: (y, x) for key, (x, y) in places.items()}
              for places in (layout.blocks, layout.sizes, layout.labels, layout.rooms)]  # fmt: skip
    curves = {key: [(y, x) for x, y in curve] for key, curve in layout.curves.items()}
    clusters = [replace(c, left=c.top, top=c.left, width=c.height, height=c.width) for c in layout.clusters]
    turned = Layout(layout.height, layout.width, points[0], points[1], curves, points[2], points[3], clusters)
    turned = replace(turned, ends=layout.ends, carried=layout.carried, pieces=layout.pieces)
    return replace(turned, late=layout.late, astray=layout.astray)


def in_rows(layout: Layout, rows: int, dear: float, down: bool) -> Layout | None:
    boxes = {key: around(place, layout.sizes[key]) for key, place in layout.blocks.items()}
    cuts = cuts_of(layout, boxes, rows, dear) if boxes else None
    if cuts is None or any(returns(curve, cut) for curve in layout.curves.values() for cut in cuts):
        return None
    made = [Row(left, right) for left, right in pairwise([0.0, *cuts, layout.width])]
    pieces = {key: split(curve, cuts) for key, curve in layout.curves.items()}
    layout = replace(layout, labels=dict(layout.labels))
    sources = {key: layout.carried.get(key, source) for key, (source, _) in layout.ends.items()}
    for k, row in enumerate(made[:-1]):
        reach = max(box[2] for box in boxes.values() if box[2] <= row.right)
        heights, level = leaving(pieces, sources, k, reach)
        row.leave(heights, sources)
        for key in heights.keys() & layout.labels.keys():
            x, high = layout.labels[key][0], layout.rooms[key][1] / 2 + ASIDE
            if x <= row.right and list(row.lanes.values()).count(row.lanes[key]) > 1:  # where it is alone
                layout.labels[key] = row.right + ASIDE, pieces[key][k + 1][0][1] - high
            elif reach < x <= row.right and level:
                layout.labels[key] = x, heights[key] - high
    if any(len(row.leaving) > MOST for row in made):
        return None
    for k, row in enumerate(made):
        starts = going_on(layout, row, TITLE if down else HEAD)
        row.head = max(0.0, row.left - min(starts.values(), default=row.left) - LANE)
        there = [(layout.curves[key], parts[k]) for key, parts in pieces.items() if k < len(parts)]
        row.frames = parts_of_frames(layout, row, starts, there, down)
    found = Layout(*arrange(made, layout, boxes, pieces, down), sizes=layout.sizes, rooms=layout.rooms, ends=layout.ends,
                   carried=layout.carried, astray=astray(layout, made))  # fmt: skip
    for key, point in layout.blocks.items():
        found.blocks[key] = row_of(made, point[0]).moved(point)
    for key, point in layout.labels.items():
        found.labels[key] = row_of(made, point[0]).moved(point)
    for key, parts in pieces.items():
        found.curves[key] = joined(key, parts, made)
    for row in made:
        for frame in row.frames:
            (left, top), (_, bottom) = row.moved((frame.left, frame.top)), row.moved((0.0, frame.top + frame.height))
            found.clusters.append(replace(frame, left=left, top=top, height=bottom - top))
    return replace(found, pieces=rows + len(found.clusters) - len(layout.clusters))


def cuts_of(layout: Layout, boxes: dict[str, Box], rows: int, dear: float) -> list[float] | None:
    """Where to break: near equal parts, where few arrows cross, between frames, and before leaves in ranks of their own."""
    firsts, reach = {}, min(box[0] for box in boxes.values())
    start = reach
    for key, (left, _, right, _) in sorted(boxes.items(), key=lambda item: item[1]):
        if left - reach > GAP:
            firsts[cut_between(layout, reach, left)] = key
        reach = max(reach, right)
    costs = {gap: DEAR * crossings(layout, gap) + dear * torn(layout, gap) - FREE * (key in layout.late)
             for gap, key in firsts.items()}  # fmt: skip
    bins: dict[int, list[float]] = {}
    for gap in costs:
        bins.setdefault(int(FEW * (gap - start) / (reach - start)), []).append(gap)
    gaps = [min(found, key=costs.__getitem__) for found in bins.values()]
    tries = np.array(list(combinations(range(len(gaps)), rows - 1)), dtype=int)  # tens of thousands
    if not len(tries):
        return None
    ends = np.pad(np.array(gaps)[tries], ((0, 0), (1, 1)), constant_values=((0.0, 0.0), (start, reach)))
    cost = np.diff(ends, axis=1).max(axis=1) + np.array([costs[gap] for gap in gaps])[tries].sum(axis=1)
    return [gaps[k] for k in tries[cost.argmin()].tolist()]


def cut_between(layout: Layout, end: float, start: float) -> float:
    """Where to break between two ranks: before the frames that begin there, and behind those that end there."""
    for cluster in layout.clusters:
        if end < cluster.left < start:
            start = cluster.left
    for cluster in layout.clusters:
        if end < cluster.left + cluster.width < start:
            end = cluster.left + cluster.width
    return max(start - BEFORE_TIP, (end + start) / 2)


def crossings(layout: Layout, cut: float) -> int:
    """How many boxes an arrow leads from across a cut."""
    return len({layout.ends[key][0] for key, curve in layout.curves.items() if curve[0][0] < cut < curve[-1][0]})


def torn(layout: Layout, cut: float) -> int:
    return sum(cluster.left < cut < cluster.left + cluster.width for cluster in layout.clusters)


def astray(layout: Layout, rows: list[Row]) -> frozenset[str]:
    """The leaves all of whose readers stand in later rows: their arrows lead along the whole page."""
    home = {key: rows.index(row_of(rows, x)) for key, (x, _) in layout.blocks.items()}
    near = {source for source, into in layout.ends.values() if home[source] >= home[into]}
    return frozenset({source for source, _ in layout.ends.values()} - near - {into for _, into in layout.ends.values()})


def row_of(rows: list[Row], x: float) -> Row:
    return next((row for row in rows if x < row.right), rows[-1])


def arrange(
    rows: list[Row], layout: Layout, boxes: dict[str, Box], pieces: dict[str, list[list[Point]]], down: bool
) -> Point:
    """Put the rows below one another, with room for the arrows between them. Where nothing stands in a row, it is less high.
    Returns the width and height of all."""
    y, width = EDGE, 0.0
    for k, row in enumerate(rows):
        entering = len(rows[k - 1].leaving) if k else -2
        ways = [parts[k] for parts in pieces.values() if k < len(parts)]
        entered = [pieces[key][k][0][1] for key in rows[k - 1].lanes] if k else []
        inside = [box for box in boxes.values() if row_of(rows, (box[0] + box[2]) / 2) is row]
        inside += [around(at, layout.rooms[key]) for key, at in layout.labels.items() if row_of(rows, at[0]) is row]
        taken = [(top, bottom) for _, top, _, bottom in inside]
        taken += [(y - ROUND, y + ROUND) for y in [*row.leaving, *entered]]
        taken += taken_by_frames(row.frames, down)
        heights = [*taken, *((y, y) for way in ways for _, y in way)]
        row.bands = empty_bands([*taken, *taken_by_lines(ways)])
        row.top, row.bottom = min(top for top, _ in heights), max(bottom for _, bottom in heights)
        row.dx, row.dy = (entering + 2) * LANE + row.head - row.left, y - squeezed(row.top, row.bands)
        y = row.moved((0.0, row.bottom))[1] + (len(row.leaving) + 1) * LANE + 6.0
        width = max(width, row.right + row.dx + (len(row.leaving) + 2) * LANE * bool(row.leaving))
    return round(width, 1), round(y - LANE - 6.0 + EDGE, 1)


# -- arrows ---------------------------------------------------------------------------------------------------------------


def joined(key: str, parts: list[list[Point]], rows: list[Row]) -> list[Point]:
    """An arrow's parts in their rows, with the way around from each row to the next."""
    found: list[Point] = []
    for k, part in enumerate(parts):
        if not part:
            continue
        here = [rows[k].moved(point) for point in part]
        found = [*found, *way_round(key, found[-2:], here[:2], rows[k - 1], rows[k]), *here[1:]] if found else here
    return found


def way_round(key: str, leave: list[Point], enter: list[Point], row: Row, following: Row) -> list[Point]:
    """From the right end of a row to the left end of the next: out, down, back, down, in. The first arrow from the top takes
    the outermost lane on the right and the lowest below the row, and the innermost on the left. `leave` is the last Bézier
    points before, `enter` the first after."""
    order, many = row.lanes[key], len(row.leaving)
    right = row.right + row.dx + (many - order + 1) * LANE
    below = row.moved((0.0, row.bottom))[1] + 3.0 + (many - order) * LANE
    left = following.left + following.dx - following.head - (order + 2) * LANE
    out, back = levelled(leave[1], leave[0], LANE), levelled(enter[0], enter[1], -LANE)
    way = rounded([out[-1], (right, out[-1][1]), (right, below), (left, below), (left, back[-1][1]), back[-1]])
    return [*out, *way, back[1], back[0], enter[0]]
