"""The order of the vertices in each layer, so that few arrows cross: barycentres, layer by layer, and then exchanges.

Sources: K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures", IEEE Trans.
SMC 11(2), 1981, for barycentres; E. R. Gansner, E. Koutsofios, S. C. North, K.-P. Vo, "A technique for drawing directed
graphs", IEEE Trans. Software Eng. 19(3), 1993, for the exchanges; G. Sander, "Layout of compound directed graphs", Saarbrücken
1996, for frames: each has one place in the order of its neighbours, the same in all layers, so that it can be a rectangle.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from autodiff.drawing.layered.vertices import Frame, Layered, Vertex

FAR = 1e9
GAP = 10.0  # between neighbours, while only their order is wanted
SWEEPS, PATIENCE = 24, 6  # at most so many from each start; and so many in vain
EFFORT = 80_000  # in large graphs, sweeps times vertices


class Ordering:
    """The vertices of each layer by their frames, and the sweeps that sort them."""

    def __init__(self, graph: Layered) -> None:
        self.graph = graph
        self.members: list[dict[Frame, list[Vertex]]] = []
        self.frames: list[dict[Frame, list[Frame]]] = [{} for _ in graph.layers]
        for layer in graph.layers:
            of: dict[Frame, list[Vertex]] = {}
            for vertex in layer:
                of.setdefault(vertex.frame, []).append(vertex)
            self.members.append(of)
        for frame in graph.frames[1:]:
            assert frame.parent is not None
            for k in range(frame.first, frame.last + 1):
                self.frames[k].setdefault(frame.parent, []).append(frame)
        self.beside = {frame: self.groups_beside(frame) for frame in graph.frames[1:]}
        self.limits: dict[Vertex, tuple[float, float]] = {}

    def groups_beside(self, frame: Frame) -> list[list[Vertex]]:
        """The vertices beside a frame, in groups that arrows connect there: each should be on one side of it."""
        root: dict[Vertex, Vertex] = {}

        def find(vertex: Vertex) -> Vertex:
            while root[vertex] is not vertex:
                root[vertex] = vertex = root[root[vertex]]
            return vertex

        for k in range(frame.first, frame.last + 1):
            for vertex in self.members[k].get(frame.parent, ()) if frame.parent else ():
                root[vertex] = vertex
                for near in vertex.up:
                    if near in root:
                        root[find(near)] = find(vertex)
        groups: dict[Vertex, list[Vertex]] = {}
        for vertex in root:
            groups.setdefault(find(vertex), []).append(vertex)
        return list(groups.values())

    def begin(self, vertices: list[Vertex]) -> None:
        """Places in this order, and the layers sorted by them."""
        for k, vertex in enumerate(vertices):
            vertex.place, vertex.position = float(k), k
        self.place_frames()
        for k, members in enumerate(self.members):
            self.sort(k, {vertex: vertex.place for found in members.values() for vertex in found})

    def sort(self, k: int, keys: dict[Vertex, float]) -> None:
        """Sort a layer by its vertices' keys and the frames' places, within each frame."""
        found: list[Vertex] = []
        self.enter(self.graph.frames[0], k, keys, found)
        end, off = 0.0, 0.0
        for position, vertex in enumerate(found):
            vertex.position = position
            vertex.place = end + vertex.before
            end = vertex.place + vertex.after + GAP
            off += keys.get(vertex, vertex.place) - vertex.place
        for vertex in found:
            vertex.place += off / len(found)
        self.graph.layers[k] = found

    def enter(self, frame: Frame, k: int, keys: dict[Vertex, float], found: list[Vertex]) -> None:
        things: list[tuple[float, int, int, Vertex | Frame]] = [
            (keys[vertex], 0, vertex.position, vertex) for vertex in self.members[k].get(frame, ())
        ]
        things += [(inner.place, 1, inner.number, inner) for inner in self.frames[k].get(frame, ())]
        things.sort(key=lambda thing: thing[:3])
        for *_, thing in things:
            if isinstance(thing, Vertex):
                found.append(thing)
            else:
                first, last = thing.sides[k - thing.first]
                found.append(first)
                self.enter(thing, k, keys, found)
                found.append(last)

    def sweep(self, down: bool) -> None:
        """Sort each layer by the barycentres of its neighbours in the one before, or after."""
        layers = range(len(self.graph.layers))
        for k in layers if down else reversed(layers):
            keys = {}
            for members in self.members[k].values():
                for vertex in members:
                    near = vertex.up if down else vertex.down
                    place = sum(v.place for v in near) / len(near) if near else vertex.place
                    low, high = self.limits.get(vertex, (-FAR, FAR))
                    keys[vertex] = min(max(place, low), high)
            self.sort(k, keys)
        self.place_frames()

    def place_frames(self) -> None:
        """The place of a frame is the mean of its vertices' places, with those of the frames in it. What is beside it stays on
        one side of that."""
        sums = {frame: [0.0, 0] for frame in self.graph.frames}
        for members in self.members:
            for frame, vertices in members.items():
                sums[frame][0] += sum(vertex.place for vertex in vertices)
                sums[frame][1] += len(vertices)
        for frame in reversed(self.graph.frames[1:]):
            assert frame.parent is not None
            total, count = sums[frame]
            frame.place = total / count
            sums[frame.parent][0] += total
            sums[frame.parent][1] += count
        self.limits = {}
        for frame in self.graph.frames[1:]:
            for group in self.beside[frame]:
                left = sum(vertex.place for vertex in group) / len(group) < frame.place
                for vertex in group:
                    low, high = self.limits.get(vertex, (-FAR, FAR))
                    self.limits[vertex] = (low, min(high, frame.place)) if left else (max(low, frame.place), high)


def order(graph: Layered) -> None:
    """Sort the layers of a graph. Of all sweeps, from several starts, the order with the fewest crossings is kept."""
    ordering = Ordering(graph)
    best: list[list[Vertex]] = []
    fewest = 1 << 60
    left = max(4, EFFORT // sum(len(layer) for layer in graph.layers))
    recorded = [vertex for layer in graph.layers for vertex in layer]
    for start in (from_ends(graph), from_leaves(graph), recorded):
        ordering.begin(start)
        waited = 0
        for k in range(min(SWEEPS, left)):
            left -= 1
            ordering.sweep(down=k % 2 == 0)
            exchange(graph)
            count = crossings(graph)
            waited += 1
            if count < fewest:
                best, fewest, waited = [list(layer) for layer in graph.layers], count, 0
            if not fewest or waited == PATIENCE:
                break
        if not fewest or left <= 0:
            break
    graph.layers[:] = best
    number(graph)


def from_ends(graph: Layered) -> list[Vertex]:
    """As a walk from the ends back through the inputs meets the vertices: a tree has no crossing so."""
    return walk([v for layer in graph.layers for v in layer if v.block is not None and not v.down], up=True)


def from_leaves(graph: Layered) -> list[Vertex]:
    """As a walk from the leaves on through the users meets the vertices."""
    return walk([v for layer in graph.layers for v in layer if v.block is not None and not v.up], up=False)


def walk(ends: list[Vertex], up: bool) -> list[Vertex]:
    seen: dict[Vertex, None] = {}
    waiting = ends[::-1]
    while waiting:
        vertex = waiting.pop()
        if vertex not in seen:
            seen[vertex] = None
            waiting += reversed(vertex.up if up else vertex.down)
    return [vertex for vertex in seen if not vertex.side]


def number(graph: Layered) -> None:
    for layer in graph.layers:
        for position, vertex in enumerate(layer):
            vertex.position = position


def crossings(graph: Layered) -> int:
    """How many pairs of arrows cross between the layers; the sides of frames count as arrows."""
    count = 0
    for layer in graph.layers[1:]:
        ends: list[int] = []
        for vertex in layer:
            starts = sorted(v.position for v in vertex.up)
            for position in starts:
                count += len(ends) - bisect_left(ends, position + 1)
            for position in starts:
                insort(ends, position)
    return count


def exchange(graph: Layered) -> None:
    """Exchange neighbours of one frame as long as that removes crossings."""
    busy = set(range(len(graph.layers)))
    for _ in range(10):
        changed = {k for k in sorted(busy) if exchange_in(graph.layers[k])}
        busy = {near for k in changed for near in (k - 1, k, k + 1) if 0 <= near < len(graph.layers)}
        if not busy:
            break


def exchange_in(layer: list[Vertex]) -> bool:
    """One pass over a layer. A vertex also changes places with a whole frame beside it; two frames don't."""
    changed = False
    k = 0
    while k < len(layer):
        first = part_at(layer, k)
        second = part_at(layer, k + len(first)) if first else []
        together = first and second and parent_of(first[0]) is parent_of(second[0]) and 1 in (len(first), len(second))
        if together and gain_of_exchange(first, second) > 0:
            places = [vertex.place for vertex in first + second]
            layer[k : k + len(places)] = second + first
            for position, place in enumerate(places, k):
                layer[position].position, layer[position].place = position, place
            changed = True
        k += 1
    return changed


def part_at(layer: list[Vertex], k: int) -> list[Vertex]:
    """The vertex there, or all of the frame that begins there; nothing where a frame ends."""
    if k >= len(layer) or layer[k].side == 1:
        return []
    if not layer[k].side:
        return [layer[k]]
    frame = layer[k].frame
    end = next(j for j in range(k, len(layer)) if layer[j].side == 1 and layer[j].frame is frame)
    return layer[k : end + 1]


def parent_of(vertex: Vertex) -> Frame | None:
    return vertex.frame.parent if vertex.side else vertex.frame


def gain_of_exchange(first: list[Vertex], second: list[Vertex]) -> int:
    """How many crossings fewer there are if these change places."""
    gain = 0
    for a in first:
        for b in second:
            for near_a, near_b in ((a.up, b.up), (a.down, b.down)):
                for v in near_a:
                    for w in near_b:
                        gain += (v.position > w.position) - (v.position < w.position)
    return gain
