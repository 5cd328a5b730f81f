"""Where each vertex stands across the direction of the arrows: most arrows straight, nothing too close, frames upright.

Source: U. Brandes, B. Köpf, "Fast and simple horizontal coordinate assignment", Graph Drawing 2001 (LNCS 2265). Each vertex is
aligned with its median neighbour, in four ways: with the layer before or after, ties to the left or to the right. Each way is
packed, and the mean of the two middle places is taken. Whatever distances all four keep, this keeps too. That holds for the
sides of frames as for vertices, so a frame is a rectangle that holds its blocks and nobody else's.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import pairwise

from autodiff.drawing.layered.headlines import Spans
from autodiff.drawing.layered.vertices import Layered, Vertex

BOXES, LINES = 14.0, 9.0  # the distance between two boxes or frames; between an arrow and anything
LONG = 3  # the firmness of what is within a long arrow
WIDER = 1.5
Segment = tuple[Vertex, Vertex]
Gap = tuple[Vertex, Vertex, float]
Roots = dict[Vertex, Vertex]


def assign_places(graph: Layered, spans: Spans) -> None:
    """Set the place of every vertex. A frame is at least as wide as `spans` says. Straight lines that don't fit beside one
    another make a picture wide. Where they make it too wide, only long arrows are straight."""
    straight = straight_segments(graph.layers)
    long = {segment for segment in straight if firmness(*segment) >= LONG}
    gaps = gaps_of(graph, spans)
    found = balanced(graph, straight, gaps)
    narrow = balanced(graph, long, gaps)
    if extent(found) > WIDER * extent(narrow):
        found = narrow
    for vertex, place in found.items():
        vertex.place = place


def gaps_of(graph: Layered, spans: Spans) -> list[Gap]:
    """(a, b, how far b is behind a, at least) for all neighbours of a layer, and for the sides of frames."""
    gaps = [(a, b, distance(a, b)) for layer in graph.layers for a, b in pairwise(layer)]
    return gaps + [(frame.sides[0][0], vertex, gap) for frame, held in spans.items() for vertex, gap in held]


def balanced(graph: Layered, straight: set[Segment], gaps: list[Gap]) -> dict[Vertex, float]:
    """The mean of the two middle ones of four places, when the four pictures are moved to the sides of the narrowest."""
    ways = [
        packed(aligned(graph.layers, down, leftmost, straight), leftmost, gaps)
        for down in (True, False) for leftmost in (True, False)
    ]  # fmt: skip
    narrow = min(ways, key=extent)
    sides = min(narrow.values()), max(narrow.values())
    offsets = [sides[k % 2] - (max if k % 2 else min)(way.values()) for k, way in enumerate(ways)]
    found = {}
    for vertex in narrow:
        places = sorted(way[vertex] + offset for way, offset in zip(ways, offsets, strict=True))
        found[vertex] = (places[1] + places[2]) / 2
    return found


def extent(places: dict[Vertex, float]) -> float:
    return max(places.values()) - min(places.values())


def is_bend(vertex: Vertex) -> bool:
    return vertex.block is None and not vertex.side and not vertex.length


def firmness(a: Vertex, b: Vertex) -> int:
    """How much the segment between two vertices should be straight: the side of a frame, what is within a long arrow, an
    arrow from something computed, an arrow from a leaf or the beginning of a long one."""
    if a.side:
        return 4
    if is_bend(a) and is_bend(b):
        return 3
    source = b.source if a.block is not None else a.source
    assert source is not None
    return 1 if not source.inputs or (a.block is not None and is_bend(b)) else 2


def straight_segments(layers: list[list[Vertex]]) -> set[Segment]:
    """The segments that may be straight: the firmest at both of their ends that don't cross the side of a frame or what is
    within a long arrow."""
    found: set[Segment] = set()
    for layer in layers[1:]:
        kept: list[tuple[int, int]] = []  # the ends of those that may not be crossed; sorted, and they don't cross one another
        segments = [(-max(2, firmness(a, b)), a.position, b.position, a, b) for b in layer for a in b.up]
        segments.sort(key=lambda segment: segment[:3])
        for rank, start, end, a, b in segments:
            k = bisect_left(kept, (start, end))
            before = next((e for s, e in reversed(kept[:k]) if s < start), -1)
            after = next((e for s, e in kept[k:] if s > start), 1 << 30)
            if before <= end <= after:
                if rank < -2:
                    insort(kept, (start, end))
                firm = firmness(a, b)
                if all(firmness(v, b) <= firm for v in b.up) and all(firmness(a, v) <= firm for v in a.down):
                    found.add((a, b))
    return found


def aligned(layers: list[list[Vertex]], down: bool, leftmost: bool, straight: set[Segment]) -> Roots:
    """For each vertex the first of those that stand in one line with it."""
    roots = {vertex: vertex for layer in layers for vertex in layer}
    for layer in layers[1:] if down else layers[-2::-1]:
        taken: set[Vertex] = set()
        limit = -1 if leftmost else 1 << 30
        for vertex in layer if leftmost else reversed(layer):
            near = [(v, vertex) for v in vertex.up] if down else [(vertex, v) for v in vertex.down]
            best = sorted((segment[not down].position, segment[not down]) for segment in near if segment in straight)
            for k in sorted({(len(best) - 1) // 2, len(best) // 2} if best else (), reverse=not leftmost):
                position, v = best[k]
                if v not in taken and (position > limit if leftmost else position < limit):
                    roots[vertex], limit = roots[v], position
                    taken.add(v)
                    break
    return roots


def packed(roots: Roots, leftmost: bool, gaps: list[Gap]) -> dict[Vertex, float]:
    """Places as far to one side as the distances allow; then each line is drawn to those that hold it off, so that nothing
    is left behind."""
    after: dict[Vertex, dict[Vertex, float]] = {root: {} for root in roots.values()}
    for a, b, gap in gaps:
        first, second = (roots[a], roots[b]) if leftmost else (roots[b], roots[a])
        after[first][second] = max(gap, after[first].get(second, 0.0))
    lines = sorted_lines(after)
    place = dict.fromkeys(lines, 0.0)
    for line in lines:
        for other, gap in after[line].items():
            place[other] = max(place[other], place[line] + gap)
    outer = 1 if leftmost else -1
    for line in reversed(lines):
        if after[line] and line.side != outer:
            place[line] = max(place[line], min(place[other] - gap for other, gap in after[line].items()))
    sign = 1.0 if leftmost else -1.0
    return {vertex: sign * place[root] for vertex, root in roots.items()}


def sorted_lines(after: dict[Vertex, dict[Vertex, float]]) -> list[Vertex]:
    """Each line before those that are after it."""
    waiting = dict.fromkeys(after, 0)
    for others in after.values():
        for other in others:
            waiting[other] += 1
    free = [line for line, count in waiting.items() if not count]
    for line in free:
        for other in after[line]:
            waiting[other] -= 1
            if not waiting[other]:
                free.append(other)
    assert len(free) == len(after)
    return free


def distance(a: Vertex, b: Vertex) -> float:
    """Between the places of two neighbours of a layer, at least."""
    if a.side == -1 or b.side == 1:  # the margin inside a frame
        return a.after + b.before
    return a.after + b.before + (BOXES if is_wide(a) and is_wide(b) else LINES)


def is_wide(vertex: Vertex) -> bool:
    return vertex.block is not None or bool(vertex.side)
