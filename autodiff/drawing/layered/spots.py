"""Spots for texts that nothing else passes: a frame's title along its upper edge or elsewhere in it, a label along its arrow.

A layout gives each text a place. What is free there stays. Anything else takes the nearest spot that is free.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.text import width_of

Box = tuple[float, float, float, float]  # left, top, right, bottom
CELL = 48.0  # the side of a cell of the index
STEP = 2.5  # between the points of an arrow that are looked at
CLEAR = 1.25  # between a text and anything: half a STEP, so that no arrow slips through
BESIDE = 2.0  # between a label and its arrow, more than that
FARTHEST = 400.0  # from where a label was meant to be
HEADLINE = 12.0  # the size of the text in which a frame's title is set, at most
INDENT, BASE = 9.0, 16.0  # where a title begins, from the top left of its frame
FOOT = 6.0  # how far above the lower edge of its frame a title stands that has no room at the upper one
OVER = 4.0  # how far above its frame a title stands that has no room in it
NUDGE = 6.0  # from one spot for a title to the next


def find_spots(layout: Layout) -> list[str]:
    """Give each title and each label a spot that nothing else passes. Returns the arrows whose label has none: it stays. A
    title that has none is left out, if another frame has it too."""
    page = Occupied([around(place, layout.sizes[key]) for key, place in layout.blocks.items()], layout.curves)
    labels = {key: around(place, layout.rooms[key]) for key, place in layout.labels.items()}
    for key, box in labels.items():
        page.add(key, box)
    for k, cluster in enumerate(layout.clusters):
        spots = list(title_spots(cluster))
        free = next(filter(page.is_free, spots), None)
        if free is None and any(other.title == cluster.title for j, other in enumerate(layout.clusters) if j != k):
            layout.clusters[k] = replace(cluster, title="")  # it stands in another part of the frame
            continue
        box = free or spots[0]
        layout.clusters[k] = replace(cluster, at=(round(box[0], 1), round(box[3] - 0.2 * HEADLINE, 1)))
        page.add("", box)
    crowded = []
    for key, box in labels.items():
        if not page.is_free(box, key):
            spot = page.spot(key, layout.labels[key], layout.rooms[key])
            if spot is None:
                crowded.append(key)
            else:
                layout.labels[key] = round(spot[0], 1), round(spot[1], 1)
                page.move(key, box, around(spot, layout.rooms[key]))
    return [key for key in crowded if not page.is_free(labels[key], key)]


def title_spots(cluster: Cluster) -> Iterator[Box]:
    """Where a title can stand: in the corner of its frame or farther to the right, then along the lower edge, then between; at
    last above its frame."""
    width, foot = width_of(cluster.title, HEADLINE), cluster.top + cluster.height - FOOT
    between = [cluster.top + BASE + HEADLINE * k for k in range(1, int((cluster.height - BASE - FOOT) // HEADLINE))]
    over = [cluster.top - OVER] if cluster.top > OVER + HEADLINE else []
    for base in (cluster.top + BASE, foot, *between, *over):
        for step in range(max(0, int((cluster.width - width - 2 * INDENT) // NUDGE)) + 1):
            left = cluster.left + INDENT + NUDGE * step
            yield left, base - 0.8 * HEADLINE, left + width, base + 0.2 * HEADLINE


class Occupied:
    """What a page has on it, found by its place: rectangles, and points of arrows."""

    def __init__(self, boxes: list[Box], curves: dict[str, list[Point]]) -> None:
        self.curves = curves
        self.boxes: dict[tuple[int, int], list[tuple[str, Box]]] = {}
        for box in boxes:
            self.add("", box)

    @cached_property
    def ways(self) -> dict[str, list[Point]]:
        """The points of each arrow."""
        pieces = {key: [curve[k : k + 4] for k in range(0, len(curve) - 1, 3)] for key, curve in self.curves.items()}
        return {key: [point for part in parts for point in points_of(part)] for key, parts in pieces.items()}

    @cached_property
    def points(self) -> dict[tuple[int, int], dict[str, list[Point]]]:
        """The points in each cell, by their arrow."""
        found: dict[tuple[int, int], dict[str, list[Point]]] = {}
        for key, way in self.ways.items():
            for x, y in way:
                found.setdefault((int(x // CELL), int(y // CELL)), {}).setdefault(key, []).append((x, y))
        return found

    def passing(self, box: Box) -> Iterator[str]:
        """The arrows with a point in a rectangle, some of them repeatedly."""
        left, top, right, bottom = box
        for cell in cells(box):
            for key, points in self.points.get(cell, {}).items():
                if any(left < x < right and top < y < bottom for x, y in points):
                    yield key

    def add(self, name: str, box: Box) -> None:
        for cell in cells(box):
            self.boxes.setdefault(cell, []).append((name, box))

    def move(self, name: str, old: Box, new: Box) -> None:
        """Take a rectangle to another place."""
        for cell in cells(old):
            self.boxes[cell].remove((name, old))
        self.add(name, new)

    def is_free(self, box: Box, name: str = "") -> bool:
        """Whether nothing but the text of that name is in a rectangle, and a little around it."""
        left, top, right, bottom = box[0] - CLEAR, box[1] - CLEAR, box[2] + CLEAR, box[3] + CLEAR
        for cell in cells((left, top, right, bottom)):
            for other, (x0, y0, x1, y1) in self.boxes.get(cell, ()):
                if x0 < right and left < x1 and y0 < bottom and top < y1 and (not name or other != name):
                    return False
        return not any(self.passing((left, top, right, bottom)))

    def is_alone(self, point: Point, key: str) -> bool:
        """Whether no other arrow passes there."""
        return all(other == key for other in self.passing(around(point, (2 * STEP, 2 * STEP))))

    def spot(self, key: str, wanted: Point, room: Point) -> Point | None:
        """The free spot beside an arrow that is nearest to a point, for a text of that room. Where arrows share their way there
        is none."""
        tries = []
        for before, after in pairwise(self.ways[key]):
            dx, dy = after[0] - before[0], after[1] - before[1]
            length = math.hypot(dx, dy)
            if length and math.hypot(before[0] - wanted[0], before[1] - wanted[1]) < FARTHEST:
                x, y = -dy / length, dx / length
                aside = abs(x) * room[0] / 2 + abs(y) * room[1] / 2 + BESIDE
                for side in (aside, -aside):
                    centre = before[0] + x * side, before[1] + y * side
                    tries.append((math.hypot(centre[0] - wanted[0], centre[1] - wanted[1]), centre, before))
        for _, centre, at in sorted(tries):
            if self.is_free(around(centre, room), key) and self.is_alone(at, key):
                return centre
        return None


def cells(box: Box) -> Iterator[tuple[int, int]]:
    for k in range(int(box[0] // CELL), int(box[2] // CELL) + 1):
        for m in range(int(box[1] // CELL), int(box[3] // CELL) + 1):
            yield k, m


def around(centre: Point, room: Point) -> Box:
    return centre[0] - room[0] / 2, centre[1] - room[1] / 2, centre[0] + room[0] / 2, centre[1] + room[1] / 2


def points_of(piece: list[Point]) -> list[Point]:
    """Points of a piece of a Bézier curve, or of a straight tip, at most a STEP apart."""
    reach = sum(math.hypot(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(piece))
    count = max(1, math.ceil(reach / STEP))
    a, b, c, d = piece if len(piece) == 4 else (piece[0], piece[0], piece[-1], piece[-1])
    found = []
    for j in range(count + 1):
        t = j / count
        p, q, r, s = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
        found.append((a[0] * p + b[0] * q + c[0] * r + d[0] * s, a[1] * p + b[1] * q + c[1] * r + d[1] * s))
    return found
