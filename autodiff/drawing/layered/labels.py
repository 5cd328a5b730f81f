"""Where the labels of arrows stand, and so where the arrows pass the layers between the blocks."""

from __future__ import annotations

from itertools import pairwise

from autodiff.drawing.layered.crossings import gain_of_exchange
from autodiff.drawing.layered.extents import GAP, Extents
from autodiff.drawing.layered.places import distance, firmness
from autodiff.drawing.layered.settling import FAR
from autodiff.drawing.layered.vertices import SIDE, SLANT, Layered, Vertex

WEIGHTS = {1: 1, 2: 6, 3: 40}  # by firmness: what is straight stays so, and what is beside it makes way


def lay_labels(graph: Layered, extents: Extents) -> None:
    """Move the vertices between the layers of blocks onto the straight lines between their neighbours, as far as their
    distances allow: by isotonic regression, in each run of vertices that no frame parts."""
    for layer in graph.layers[1::2]:
        first: Vertex | None = None
        run: list[Vertex] = []
        for vertex in layer:
            if vertex.side:
                lay_run(first, run, vertex, extents)
                first, run = vertex, []
            else:
                run.append(vertex)
        lay_run(first, run, None, extents)


def lay_run(first: Vertex | None, run: list[Vertex], last: Vertex | None, extents: Extents) -> None:
    """Sort the vertices between two sides of frames where that costs no crossing, and move them."""
    if not run:
        return
    wanted = {vertex: wanted_place(vertex, extents) for vertex in run}
    for end in range(len(run) - 1, 0, -1):
        for k in range(end):
            a, b = run[k], run[k + 1]
            if wanted[a] > wanted[b] and gain_of_exchange([a], [b]) >= 0:
                run[k], run[k + 1] = b, a
                a.position, b.position = b.position, a.position
    offsets = [0.0]
    for a, b in pairwise(run):
        offsets.append(offsets[-1] + distance(a, b))
    low = first.place + distance(first, run[0]) if first else -FAR
    high = last.place - distance(run[-1], last) - offsets[-1] if last else FAR
    pools: list[tuple[float, int, int]] = []  # of those that move together: the weighted sum, the weight, the count
    for vertex, offset in zip(run, offsets, strict=True):
        weight = WEIGHTS[min(firmness(vertex.up[0], vertex), firmness(vertex, vertex.down[0]))]
        total, count = (wanted[vertex] - offset) * weight, 1
        while pools and pools[-1][0] / pools[-1][1] > total / weight:
            more, heavy, others = pools.pop()
            total, weight, count = total + more, weight + heavy, count + others
        pools.append((total, weight, count))
    shifts = [max(min(total / weight, high), low) for total, weight, count in pools for _ in range(count)]
    for vertex, offset, shift in zip(run, offsets, shifts, strict=True):
        vertex.place = offset + shift


def wanted_place(vertex: Vertex, extents: Extents) -> float:
    """Where the straight line between its neighbours passes its layer."""
    u, v = vertex.up[0], vertex.down[0]
    start = extents.middle(u) + u.length / 2 if u.block else extents.layers[u.layer][1]
    end = extents.middle(v) - v.length / 2 if v.block else extents.layers[v.layer][0]
    share = (extents.middle(vertex) - start) / (end - start)
    ends = [w.place for w in vertex.down]
    ahead = min(max(u.place, min(ends)), max(ends))  # where arrows part on both sides of it, straight on
    return u.place + share * (ahead - u.place)


def label_at(vertex: Vertex, extents: Extents, flat: bool) -> tuple[float, float]:
    """Where the middle of a label is, along the arrows and across: beside its arrow, and a little before or behind the middle
    where the arrow rises or falls, so that it passes a corner."""
    u, v = vertex.up[0], vertex.down[0]
    slope = (v.place - u.place) / (extents.layers[v.layer][0] - extents.layers[u.layer][1])
    length = vertex.length - SLANT if flat else vertex.length
    aside = min(length / 2 * min(1.0, abs(slope) / 0.35), (vertex.length - length) / 2 + GAP - 3)
    across = vertex.place - (vertex.before + SIDE) / 2 if flat else vertex.place + (vertex.after + SIDE) / 2
    sign = (slope > 0) - (slope < 0)
    return extents.middle(vertex) + aside * (sign if flat else -sign), across
