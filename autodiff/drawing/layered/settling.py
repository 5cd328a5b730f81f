"""The last touch across the arrows: what is straight moves to its neighbours as a whole, and frames close around it.

This is the priority method of K. Sugiyama, S. Tagawa, M. Toda (1981) without its priorities: no move makes a distance smaller
than it may be, so nothing is ever pushed.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from autodiff.drawing.layered.headlines import Spans
from autodiff.drawing.layered.places import distance, firmness
from autodiff.drawing.layered.vertices import Frame, Layered, Vertex

ROUNDS = 6
FAR = 1e9


def settle(graph: Layered, spans: Spans) -> None:
    """Move lines of vertices towards their neighbours as far as there is room, and close the frames around what they hold."""
    lines = straight_lines(graph)
    sides: dict[Vertex, list[tuple[Vertex, float]]] = {}  # that a vertex stays away from, as a title stands between
    for frame, held in spans.items():
        for vertex, gap in held:
            sides.setdefault(vertex, []).append((frame.sides[0][0], gap))
    for k in range(ROUNDS):
        for frame in graph.frames[1:]:
            loosen(graph, frame)
        lines.sort(key=lambda line: line[0].place, reverse=bool(k % 2))
        for line in lines:
            low, high = room(graph, line)
            low = max([low, *(side.place + gap for vertex in line for side, gap in sides.get(vertex, ()))])
            wanted = middle_of_neighbours(line)
            if wanted is not None and low <= high:
                move(line, min(max(wanted, low), high))
        for frame in reversed(graph.frames[1:]):
            tighten(graph, frame, spans.get(frame, []))


def straight_lines(graph: Layered) -> list[list[Vertex]]:
    """The vertices that stand in one straight line with a neighbour, together. The sides of frames are left out."""
    root: dict[Vertex, Vertex] = {}
    lines: dict[Vertex, list[Vertex]] = {}
    for layer in graph.layers:
        for vertex in layer:
            if not vertex.side:
                level = [v for v in vertex.up if abs(v.place - vertex.place) < 0.5]
                best = max(level, key=lambda v: firmness(v, vertex), default=None)
                root[vertex] = root[best] if best else vertex
                lines.setdefault(root[vertex], []).append(vertex)
    return list(lines.values())


def room(graph: Layered, line: list[Vertex]) -> tuple[float, float]:
    """From where to where a line can move."""
    low, high = -FAR, FAR
    for vertex in line:
        layer, k = graph.layers[vertex.layer], vertex.position
        if k:
            low = max(low, layer[k - 1].place + distance(layer[k - 1], vertex))
        if k + 1 < len(layer):
            high = min(high, layer[k + 1].place - distance(vertex, layer[k + 1]))
    return low, high


def middle_of_neighbours(line: list[Vertex]) -> float | None:
    """The weighted median of the places of a line's neighbours."""
    near = []
    for vertex in line:
        near += [(v.place, firmness(v, vertex)) for v in vertex.up if v.place != vertex.place]
        near += [(v.place, firmness(vertex, v)) for v in vertex.down if v.place != vertex.place]
    if not near:
        return None
    near.sort()
    passed = list(accumulate(weight for _, weight in near))
    k = bisect_left(passed, passed[-1] / 2)
    return near[k][0] if passed[k] > passed[-1] / 2 else (near[k][0] + near[k + 1][0]) / 2


def move(line: list[Vertex], place: float) -> None:
    for vertex in line:
        vertex.place = place


def loosen(graph: Layered, frame: Frame) -> None:
    first, last = [pair[0] for pair in frame.sides], [pair[1] for pair in frame.sides]
    low, high = room(graph, first)[0], room(graph, last)[1]
    move(first, low if low > -FAR else first[0].place - 500)
    move(last, high if high < FAR else last[0].place + 500)


def tighten(graph: Layered, frame: Frame, spans: list[tuple[Vertex, float]]) -> None:
    """Close a frame around its vertices, not narrower than its title."""
    first, last = [pair[0] for pair in frame.sides], [pair[1] for pair in frame.sides]
    low, high = room(graph, first)[1], room(graph, last)[0]
    width = max((gap for vertex, gap in spans if vertex.side), default=0.0)
    low = min([low, *(max(first[0].place, vertex.place - gap) for vertex, gap in spans if not vertex.side)])
    spare = max(0.0, width - (high - low))
    left = min(spare, low - first[0].place)  # what there is room for
    move(first, low - left)
    move(last, high + spare - left)
