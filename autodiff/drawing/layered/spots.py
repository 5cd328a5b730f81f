"""Spots for texts that nothing else passes: a frame's title along its upper edge or elsewhere in it, a label along its arrow.

A layout gives each text a place. What is free there stays. Anything else takes the nearest spot that is free.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.text import width_of

Box = tuple[float, float, float, float]  # left, top, right, bottom
CELL = 96.0  # the side of a cell of the index
FINE = 3.0  # the side of the cells in which points are counted
STEP = 2.5  # between the points of an arrow that are looked at
CLEAR = 1.25  # between a text and anything: half a STEP, so that no arrow slips through
ASIDE = 1.0  # more than that between a title and anything, where there is room
BESIDE = 2.0  # between a label and its arrow, more than that
NEARER = 1.0  # another arrow that is nearer to a label by that seems to be the one that it belongs to
CLEARLY = 8.0  # one that is farther by that seems not to
FARTHEST = 400.0  # from where a label was meant to be
HEADLINE = 12.0  # the size of the text in which a frame's title is set, at most
INDENT, BASE = 9.0, 16.0  # where a title begins, from the top left of its frame
FOOT = 6.0  # how far above the lower edge of its frame a title stands that has no room at the upper one
OVER = 4.0  # how far above its frame a title stands that has no room in it
NUDGE = 6.0  # from one spot for a title to the next
SHORTER = (20, 16, 13, 10, 7)  # characters of the name in a title that is cut short
TELLING = 0.7  # so much of a name
GOES_ON = ("{} (continued)", "… {}")  # the title of a later part of a frame, and that of a narrow one


def find_spots(layout: Layout) -> list[str]:
    """Give each title and each label a spot that nothing else passes. Returns the arrows whose label has none: it stays."""
    sizes = layout.width, layout.height
    page = Occupied([around(place, layout.sizes[key]) for key, place in layout.blocks.items()], layout.curves, sizes)
    labels = {key: around(place, layout.rooms[key]) for key, place in layout.labels.items()}
    for key, box in labels.items():
        page.add(key, box)
    place_titles(page, layout)
    edges = [edge for cluster in layout.clusters for edge in edges_of(cluster)]
    for edge in edges:
        page.add("", edge)
    crowded = without_spot(page, layout, labels)
    for edge in edges:  # the edge of a frame through a label is better than no label
        page.remove("", edge)
    crowded = without_spot(page, layout, {key: labels[key] for key in crowded})
    return [key for key in crowded if not (page.holds(labels[key]) and page.is_free(labels[key], key))]


def place_titles(page: Occupied, layout: Layout) -> None:
    """Give each frame its title. Of the parts of one frame those after the first that has a title are said to go on: else they
    were read as several calls. A title without a free spot is cut short; a part in which that has none either has no title, if
    another part has one. It rather stands in no frame within its own."""
    titled: set[str] = set()
    for k, cluster in enumerate(layout.clusters):
        later = cluster.path in titled
        forms = GOES_ON if later else ("{}",)
        cut = {most: (shortened(cluster, most, later),) for most in SHORTER}
        told = [form for most, form in cut.items() if most >= TELLING * len(cluster.title)]
        tries = [(forms, True), *((form, True) for form in told), (forms, False)]
        tries += [(form, top) for top in (True, False) for form in cut.values()]
        others = later or any(other.path == cluster.path for other in layout.clusters[k + 1 :])
        inner = [box_of(other) for other in layout.clusters if other.path.startswith(f"{cluster.path}/")]
        spots = ((spot, wide, apart) for apart in (True, False) for wide in (ASIDE, 0.0) for form, top in dict.fromkeys(tries)
                 for spot in title_spots(cluster, form, top))  # fmt: skip
        found = next((spot for spot, wide, apart in spots if page.is_free(grown(spot[1], wide))
                      and not (apart and any(meet(spot[1], frame) for frame in inner))), None)  # fmt: skip
        if found is None and not others:
            found = next(title_spots(cluster, ("{}",), True))
        if found is None:
            layout.clusters[k] = replace(cluster, form="")
            continue
        titled.add(cluster.path)
        form, box = found
        layout.clusters[k] = replace(cluster, form=form, at=(round(box[0], 1), round(box[3] - 0.2 * HEADLINE, 1)))
        page.add("", box)


def box_of(cluster: Cluster) -> Box:
    return cluster.left, cluster.top, cluster.left + cluster.width, cluster.top + cluster.height


def meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def grown(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def shortened(cluster: Cluster, most: int, later: bool) -> str:
    """The form of a title of so many characters of the name."""
    name = replace(cluster, form="{}").title
    short = name if len(name) <= most else f"{name[: most - 1].rstrip('_ (')}…"
    if len(name) > most > name.find("(") + 2 > 2:
        short = f"{name[: most - 2].rstrip('_')}…)"  # `linear (out…)`
    return ("… " if later else "") + short.replace("{", "{{").replace("}", "}}")


def without_spot(page: Occupied, layout: Layout, labels: Mapping[str, Box]) -> list[str]:
    """Move each of these labels that is in the way of something, nearer to another arrow, or over the edge of the page to a
    spot of its own. Returns the arrows for whose label there is none."""
    found = []
    for key, box in labels.items():
        if not (page.holds(box) and page.is_free(box, key) and page.is_nearest(box, key)):
            spot = page.spot(key, layout.labels[key], layout.rooms[key])
            if spot is None:
                found.append(key)
            else:
                layout.labels[key] = round(spot[0], 1), round(spot[1], 1)
                page.remove(key, box)
                page.add(key, around(spot, layout.rooms[key]))
    return found


def edges_of(cluster: Cluster) -> list[Box]:
    """The four edges of a frame, as rectangles."""
    left, top, right, bottom = cluster.left, cluster.top, cluster.left + cluster.width, cluster.top + cluster.height
    return [(left, top, right, top), (left, bottom, right, bottom), (left, top, left, bottom), (right, top, right, bottom)]


def title_spots(cluster: Cluster, forms: Sequence[str], at_top: bool) -> Iterator[tuple[str, Box]]:
    """Where a title can stand, and in which of these forms: in the corner of its frame or farther to the right; or else along
    the lower edge, then between; at last above its frame. Only the last form may be wider than its frame."""
    foot = cluster.top + cluster.height - FOOT
    between = [cluster.top + BASE + HEADLINE * k for k in range(1, int((cluster.height - BASE - FOOT) // HEADLINE))]
    over = [cluster.top - OVER] if cluster.top > OVER + HEADLINE else []
    widths = {form: width_of(replace(cluster, form=form).title, HEADLINE) for form in forms}
    for base in (cluster.top + BASE,) if at_top else (foot, *between, *over):
        for form, width in widths.items():
            beyond = cluster.width - width - 2 * INDENT
            for step in range(int(beyond // NUDGE) + 1 if beyond >= 0.0 else form == forms[-1]):
                left = cluster.left + INDENT + NUDGE * step
                yield form, (left, base - 0.8 * HEADLINE, left + width, base + 0.2 * HEADLINE)


class Occupied:
    """What a page has on it, found by its place: rectangles, and points of arrows."""

    def __init__(self, boxes: list[Box], curves: dict[str, list[Point]], size: Point = (math.inf, math.inf)) -> None:
        self.curves, self.size = curves, size
        self.boxes: dict[tuple[int, int], list[tuple[str, Box]]] = {}
        for box in boxes:
            self.add("", box)

    @cached_property
    def ways(self) -> dict[str, NDArray[np.float64]]:
        """The points of each arrow."""
        if not self.curves:
            return {}
        pieces = [[curve[k : k + 4] for k in range(0, len(curve) - 1, 3)] for curve in self.curves.values()]
        points, ends = points_of([piece for parts in pieces for piece in parts])
        last = np.cumsum([len(parts) for parts in pieces]) - 1
        return dict(zip(self.curves, np.split(points, ends[last[:-1]]), strict=True))

    @cached_property
    def points(self) -> dict[tuple[int, int], tuple[NDArray[np.float64], list[str]]]:
        """The points in each cell, and to which arrow each belongs. (They are arrays, as the arrows of a long graph have
        hundreds of thousands.)"""
        if not self.ways:
            return {}
        points = np.concatenate(list(self.ways.values()))
        owners = np.repeat(np.arange(len(self.ways)), [len(way) for way in self.ways.values()])
        places = (points // CELL).astype(int)
        order = np.lexsort((places[:, 1], places[:, 0]))
        places, names = places[order], list(self.ways)
        ends = np.flatnonzero(np.any(places[1:] != places[:-1], axis=1)) + 1
        found = {}
        for begin, end in pairwise([0, *ends.tolist(), len(order)]):
            run = order[begin:end]
            found[int(places[begin, 0]), int(places[begin, 1])] = points[run], [names[k] for k in owners[run].tolist()]
        return found

    def passing(self, box: Box) -> Iterator[str]:
        """The arrows with a point in a rectangle, some of them repeatedly."""
        left, top, right, bottom = box
        for cell in cells(box):
            if cell in self.points:
                points, owners = self.points[cell]
                x, y = points[:, 0], points[:, 1]
                inside = (x > left) & (x < right) & (y > top) & (y < bottom)
                for k in inside.nonzero()[0].tolist():
                    yield owners[k]

    def add(self, name: str, box: Box) -> None:
        for cell in cells(box):
            self.boxes.setdefault(cell, []).append((name, box))

    def remove(self, name: str, box: Box) -> None:
        for cell in cells(box):
            self.boxes[cell].remove((name, box))

    def holds(self, box: Box) -> bool:
        """Whether a rectangle is within the page."""
        return box[0] >= 0.0 and box[1] >= 0.0 and box[2] <= self.size[0] and box[3] <= self.size[1]

    def is_free(self, box: Box, name: str = "") -> bool:
        """Whether nothing but the text of that name is in a rectangle, and a little around it."""
        left, top, right, bottom = box[0] - CLEAR, box[1] - CLEAR, box[2] + CLEAR, box[3] + CLEAR
        for cell in cells((left, top, right, bottom)):
            for other, (x0, y0, x1, y1) in self.boxes.get(cell, ()):
                if x0 < right and left < x1 and y0 < bottom and top < y1 and (not name or other != name):
                    return False
        return not any(self.passing((left, top, right, bottom)))

    @cached_property
    def counts(self) -> NDArray[np.int_]:
        """How many points lie above and to the left of each corner of a fine grid."""
        points = np.concatenate(list(self.ways.values()))
        places = np.maximum((points // FINE).astype(int), -1) + 2  # in row 1 is what lies beyond the page
        found = np.zeros(places.max(axis=0) + 1, dtype=int)
        np.add.at(found, tuple(places.T), 1)
        return found.cumsum(axis=0).cumsum(axis=1)

    def passed(self, centres: NDArray[np.float64], room: Point) -> NDArray[np.bool_]:
        """Of which of these places it is known from a glance that an arrow passes a text of that room there."""
        counts, half = self.counts, np.array(room) / 2
        low = np.ceil((centres - half) / FINE).astype(int) + 1
        high = np.floor((centres + half) / FINE).astype(int) + 1
        low, high = (np.clip(ends, 1, np.array(counts.shape) - 1) for ends in (low, np.maximum(low, high)))
        (a, b), (c, d) = low.T, high.T
        return np.asarray(counts[c, d] - counts[a, d] - counts[c, b] + counts[a, b] > 0)

    def is_nearest(self, box: Box, key: str, farther: float = -NEARER) -> bool:
        """Whether no other arrow is nearer to a label than its own, or only that much farther."""
        near = away(self.ways[key], box).min() + farther
        for cell in cells((box[0] - near, box[1] - near, box[2] + near, box[3] + near)) if near > 0.0 else ():
            points, owners = self.points.get(cell, (np.empty((0, 2)), []))
            if any(owners[k] != key for k in np.flatnonzero(away(points, box) < near)):
                return False
        return True

    def is_alone(self, point: Point, key: str) -> bool:
        """Whether no other arrow passes there."""
        return all(other == key for other in self.passing(around(point, (2 * STEP, 2 * STEP))))

    def spot(self, key: str, wanted: Point, room: Point) -> Point | None:
        """The free spot beside an arrow that is nearest to a point, for a text of that room; if there is one, where the others
        are clearly farther. Where arrows share their way there is none."""
        way = self.ways[key]
        step = np.diff(way, axis=0)
        length = np.hypot(*step.T)
        near = (length > 0.0) & (np.hypot(*(way[:-1] - wanted).T) < FARTHEST)
        at, across = way[:-1][near], (step[near] / length[near, None])[:, ::-1] * (-1.0, 1.0)
        aside = across * (np.abs(across) @ room / 2 + BESIDE)[:, None]
        centres = np.concatenate([at + aside, at - aside])
        nearest = np.argsort(np.hypot(*(centres - wanted).T), kind="stable")
        found: Point | None = None
        for k in nearest[~self.passed(centres[nearest], room)].tolist():
            centre, before = tuple(centres[k].tolist()), tuple(at[k % len(at)].tolist())
            box = around(centre, room)
            if self.holds(box) and self.is_free(box, key) and self.is_alone(before, key) and self.is_nearest(box, key):
                if self.is_nearest(box, key, CLEARLY):
                    return centre
                found = found or centre
        return found


def cells(box: Box) -> Iterator[tuple[int, int]]:
    for k in range(int(box[0] // CELL), int(box[2] // CELL) + 1):
        for m in range(int(box[1] // CELL), int(box[3] // CELL) + 1):
            yield k, m


def around(centre: Point, room: Point) -> Box:
    return centre[0] - room[0] / 2, centre[1] - room[1] / 2, centre[0] + room[0] / 2, centre[1] + room[1] / 2


def away(points: NDArray[np.float64], box: Box) -> NDArray[np.float64]:
    """How far each of these points is from a rectangle."""
    beyond = np.maximum(np.maximum(box[:2] - points, points - box[2:]), 0.0)
    return np.asarray(np.hypot(*beyond.T))


def points_of(pieces: list[list[Point]]) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Points of pieces of Bézier curves, or of straight tips, at most a STEP apart; and where those of each piece end."""
    reaches = [sum(math.hypot(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(piece)) for piece in pieces]
    counts = np.array([max(1, math.ceil(reach / STEP)) for reach in reaches])
    ends = np.cumsum(counts + 1)
    t = ((np.arange(ends[-1]) - np.repeat(ends - counts - 1, counts + 1)) / np.repeat(counts, counts + 1))[:, None]
    corners = np.array([piece if len(piece) == 4 else (piece[0], piece[0], piece[-1], piece[-1]) for piece in pieces])
    a, b, c, d = np.repeat(corners, counts + 1, axis=0).transpose(1, 0, 2)
    p, q, r, s = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3
    return a * p + b * q + c * r + d * s, ends
