"""The frames of a layout that is broken into rows: in each row a part of a frame, no higher than what stands there demands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.layered.spots import Box, around, box_of
from autodiff.drawing.layered.vertices import MARGIN, TITLE
from autodiff.drawing.squeezing import level_runs

SHORTEST = 32.0  # a shorter part of a frame is not drawn
NEAR = 16.0  # so far before a box the room for the title of a frame ends that goes on
INSET = 5.0  # between the ends of frames in one another that go on in the next row
BESIDE = 6.0  # between an arrow and the frame that holds it
UNDER = MARGIN + TITLE  # between its upper edge and an arrow: there is its title


class Span(Protocol):
    """What of a row has to be known: where it begins and ends in the layout."""

    left: float
    right: float


def parts_of_frames(
    layout: Layout, row: Span, starts: Mapping[int, float], pieces: Sequence[tuple[list[Point], list[Point]]], down: bool
) -> list[Cluster]:
    """The parts of the frames in a row, where they were in the layout. `starts`: where those begin that go on there. `pieces`:
    each arrow, and what of it lies in the row. `down`: the page has columns, whose frames have no title at the upper edge."""
    boxes = [(place, around(place, layout.sizes[key])) for key, place in layout.blocks.items()]
    head = row.left - max(starts.values(), default=row.left)
    found: list[tuple[int, Cluster]] = []
    for k, cluster in reversed(list(enumerate(layout.clusters))):  # inner ones first
        around_it = [other for other in layout.clusters[:k] if holds(other, (cluster.left, cluster.top))]
        cut = sum(other.left + other.width > row.right for other in around_it)  # frames that end there with it
        stop = min(cluster.left + cluster.width, row.right - INSET * cut)
        held = [box for place, box in boxes if holds(cluster, place)]
        here = [box for place, box in boxes if holds(cluster, place) and row.left <= place[0] < row.right]
        if stop - max(cluster.left, row.left) <= SHORTEST or not here:
            continue
        inner = {j: other for j, other in enumerate(layout.clusters) if j > k and holds(cluster, (other.left, other.top))}
        whole = [*held, *map(box_of, inner.values())]
        present = [*here, *(box_of(part) for j, part in found if j in inner)]
        start = cluster.left
        if start < row.left:  # it goes on there, close before what it holds
            parts = [part for j, part in found if j in inner]
            start = max(starts.get(k, row.left), beginning(layout, row, cluster, here, parts) - head)
        above = min(box[1] for box in whole) - cluster.top
        below = cluster.top + cluster.height - max(box[3] for box in whole)
        level = [y for _, piece in pieces for (x0, y), (x1, _) in level_runs(piece) if x0 < stop and start < x1]
        inside = [y for curve, piece in pieces if holds(cluster, curve[0]) and holds(cluster, curve[-1]) for _, y in piece]
        top = max(cluster.top, min([min(box[1] for box in present) - above, *(y - BESIDE for y in inside)]))
        bottom = max([max(box[3] for box in present) + below, *(y + BESIDE for y in inside)])
        bottom = min(cluster.top + cluster.height, bottom)
        top, bottom = -outside(-top, [-y for y in level], BESIDE if down else UNDER), outside(bottom, level, BESIDE)
        found.append((k, replace(cluster, left=start, top=top, width=stop - start, height=bottom - top)))
    return [part for _, part in reversed(found)]


def outside(edge: float, level: Iterable[float], room: float) -> float:
    """Where the lower edge of a frame is drawn, so that it keeps away from the arrows that run along it: farther out. They are
    so far inside then."""
    for y in sorted(level):
        if edge - room < y < edge + BESIDE:
            edge = y + room
    return edge


def beginning(layout: Layout, row: Span, cluster: Cluster, boxes: list[Box], parts: list[Cluster]) -> float:
    """Where in a row that begins which a frame holds: its boxes, parts of frames in it, labels of arrows to its boxes."""
    inside = {key for key, place in layout.blocks.items() if holds(cluster, place)}
    labels = [around(at, layout.rooms[key]) for key, at in layout.labels.items()
              if layout.ends[key][1] in inside and row.left <= at[0] < row.right]  # fmt: skip
    return min([*(box[0] - NEAR for box in boxes), *(box[0] for box in labels), *(part.left for part in parts)])


def holds(cluster: Cluster, point: Point) -> bool:
    left, top, right, bottom = box_of(cluster)
    return left <= point[0] <= right and top <= point[1] <= bottom


def going_on(layout: Layout, row: Span, head: float) -> dict[int, float]:
    """The clusters that go on in a row, by their numbers, and where each begins there: `head` before the row and the others
    that are nested in it."""
    found: dict[int, int] = {}
    for k, cluster in reversed(list(enumerate(layout.clusters))):  # inner ones first
        if cluster.left < row.left < cluster.left + cluster.width - SHORTEST:
            inner = [layout.clusters[j] for j in found]
            held = [found[j] for j, c in zip(found, inner, strict=True) if cluster.top <= c.top <= cluster.top + cluster.height]
            found[k] = 1 + max(held, default=0)
    return {k: row.left - head * depth for k, depth in found.items()}
