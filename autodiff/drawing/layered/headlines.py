"""The titles of frames whose arrows go down: where they stand, so that arrows into a frame leave them free."""

from __future__ import annotations

from collections.abc import Mapping

from autodiff.drawing.layered.vertices import MARGIN, Frame, Layered, Vertex

BESIDE = 3.0  # between a title and an arrow
HEADS, ROOM = 11.0, 0.76  # the distance between the arrows that end at one box; the part of its side that arrows go to
Spans = dict[Frame, list[tuple[Vertex, float]]]  # from the first side of a frame to a vertex in it there is so much, at least


def spans_of(widths: Mapping[Frame, float]) -> Spans:
    """Each frame is at least as wide as its title, with its margins."""
    return {frame: [(frame.sides[0][1], width)] for frame, width in widths.items()}


def cramped(graph: Layered, widths: Mapping[Frame, float]) -> Spans:
    """For each frame whose title has no room between the arrows that enter it: room before the first of them."""
    found: Spans = {}
    for frame, width in widths.items():
        first, last = frame.sides[0]
        inside = graph.layers[frame.first][first.position + 1 : last.position]
        entered = [vertex for vertex in inside if vertex.up and not vertex.side]
        start, text = first.place + MARGIN, width - 2 * MARGIN
        for vertex in entered:
            if vertex.place - half(vertex) - start >= text:
                break
            start = max(start, vertex.place + half(vertex))
        else:
            if entered and last.place - MARGIN - start < text:
                found[frame] = [(entered[0], MARGIN + text + half(entered[0]))]
    return found


def half(vertex: Vertex) -> float:
    """How far from its middle the arrows that end there are, at most, with room for a text beside them."""
    spread = min(ROOM * vertex.after, HEADS * (len(vertex.up) - 1)) if vertex.block is not None else 0.0
    return spread + BESIDE
