"""The arrows as smooth curves, which pass between the boxes."""

from __future__ import annotations

import math
from itertools import pairwise

from autodiff.drawing.fold import Link
from autodiff.drawing.layered.extents import TIP, Extents
from autodiff.drawing.layered.headlines import HEADS, ROOM
from autodiff.drawing.layered.vertices import Layered, Vertex

Point = tuple[float, float]
TAILS = 0.0  # the distance between the arrows that begin at one box
ASCENT = 5.0  # from the edge of a frame to its title
ACROSS = 8.0  # an arrow needs so much room to go aside


def ports(graph: Layered) -> dict[tuple[Vertex, Vertex], float]:
    """Where the arrows begin and end on the sides of boxes, by box and neighbour: as straight as there is room, in the order of
    the neighbours, and the heads apart."""
    back = {way[1] for link, way in graph.routes.items() if way[0].block is link.into}
    found: dict[tuple[Vertex, Vertex], float] = {}
    for layer in graph.layers[::2]:
        for vertex in layer:
            for near, heads in ((vertex.up, True), (vertex.down, any(v in back for v in vertex.down))):
                near = sorted(near, key=lambda v: v.position)
                apart = HEADS if heads else TAILS
                for v, offset in zip(near, spread([v.place - vertex.place for v in near], vertex.after, apart), strict=True):
                    found[vertex, v] = vertex.place + offset
    return found


def spread(wanted: list[float], half: float, apart: float) -> list[float]:
    """Rising offsets from the middle of a side: those that are wanted if there is room."""
    if len(wanted) < 2:
        return [0.0] * len(wanted)
    band = min(ROOM * half, HEADS * (len(wanted) - 1))
    step = min(apart, 2 * band / (len(wanted) - 1))
    offsets: list[float] = []
    for k, x in enumerate(wanted):
        x = min(max(x, -band), band)
        offsets.append(max(x, offsets[-1] + step) if k else x)
    limit = band
    for k in range(len(offsets) - 1, -1, -1):
        offsets[k] = min(offsets[k], limit)
        limit = offsets[k] - step
    return offsets


def curve(graph: Layered, link: Link, extents: Extents, port: dict[tuple[Vertex, Vertex], float]) -> list[Point]:
    """The Bézier points of an arrow, of which the last is its tip. Beside boxes it runs straight; between the layers it goes
    up or down and does not overshoot."""
    way = graph.routes[link]
    start, end = port[way[0], way[1]], port[way[-1], way[-2]]
    points = [(extents.middle(way[0]) + way[0].length / 2, start), (extents.layers[way[0].layer][1], start)]
    for vertex in way[1:-1]:
        if vertex.layer % 2:
            points.append((extents.middle(vertex), vertex.place))
        else:
            enter(points, vertex.layer, vertex.place, extents)
            points.append((extents.layers[vertex.layer][1], vertex.place))
    enter(points, way[-1].layer, end, extents)
    points.append((extents.middle(way[-1]) - way[-1].length / 2, end))
    bent = smooth(without_repeats(points))
    return with_tip(bent[::-1] if way[0].block is link.into else bent)


def enter(points: list[Point], layer: int, place: float, extents: Extents) -> None:
    """Go on to the beginning of a layer; where the title of a frame that begins there is in the way, first across, above the
    frame, and then straight."""
    u, v = points[-1]
    end = extents.layers[layer][0]
    for start, low, high in extents.headlines.get(layer, ()):
        passing = v + (place - v) * (start + ASCENT - u) / (end - u)
        if start - u > ACROSS and (place <= low < passing or passing < high <= place):
            points.append((start, place))
            break
    points.append((end, place))


def with_tip(curve: list[Point]) -> list[Point]:
    """A curve that ends where its arrowhead begins, and then the tip."""
    tip, before = curve[-1], curve[-2]
    length = math.hypot(tip[0] - before[0], tip[1] - before[1])
    share = TIP / length
    neck = tip[0] - (tip[0] - before[0]) * share, tip[1] - (tip[1] - before[1]) * share
    turn = neck[0] - tip[0], neck[1] - tip[1]
    return [*curve[:-2], (before[0] + turn[0], before[1] + turn[1]), neck, tip]


def without_repeats(points: list[Point]) -> list[Point]:
    """Without points that coincide, and those in the middle of a straight piece."""
    kept = points[:1]
    for k in range(1, len(points)):
        point = points[k]
        if point[0] - kept[-1][0] < 0.01:
            continue
        if k + 1 < len(points) and abs(kept[-1][1] - point[1]) < 0.01 and abs(points[k + 1][1] - point[1]) < 0.01:
            continue
        kept.append(point)
    return kept


def smooth(points: list[Point]) -> list[Point]:
    """The Bézier points of a curve through these, which rise along the arrow. Source: F. N. Fritsch, R. E. Carlson, "Monotone
    piecewise cubic interpolation", SIAM J. Numer. Anal. 17(2), 1980."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points)]
    inner = [2 * s * t / (s + t) if s * t > 0 else 0.0 for s, t in pairwise(slopes)]
    tangents = [min(max(slopes[0], -1.0), 1.0), *inner, min(max(slopes[-1], -1.0), 1.0)]
    found = points[:1]
    for k, (a, b) in enumerate(pairwise(points)):
        reach = (b[0] - a[0]) / 3
        found += [(a[0] + reach, a[1] + tangents[k] * reach), (b[0] - reach, b[1] - tangents[k + 1] * reach), b]
    return found
