"""The layered graph: a vertex for each block, and one for each layer that an arrow passes on its way.

Blocks stand in the even layers. The layers between them have the labels. An arrow has at least one vertex of its own, which
has room for its label: the last before the block that it points to. Until there, the arrows from one block share their way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from autodiff.drawing.fold import Block, Link
from autodiff.drawing.layered.ranks import ranked

Size = tuple[float, float]
SIDE = 4.0  # between an arrow and its label
SLANT = 10.0  # how much longer than its label a layer is, so that labels can make way for arrows that go up or down
MARGIN = 9.0  # around what stands in a frame
TITLE = 14.0  # the height of a frame's title


@dataclass(slots=True, eq=False)
class Vertex:
    """A block, a bend of arrows, or in one layer the side of a frame. `place` is where it stands across the direction of the
    arrows. It takes up the room from `place - before` to `place + after`, and `length` along the arrows."""

    layer: int
    frame: Frame
    before: float = 0.0
    after: float = 0.0
    length: float = 0.0
    block: Block | None = None
    source: Block | None = None  # of a bend: where its arrows come from
    link: Link | None = None  # of a bend that belongs to one arrow
    side: int = 0  # of a side: -1 for the first, 1 for the last
    place: float = 0.0
    position: int = 0  # in its layer
    up: list[Vertex] = field(default_factory=list)  # its neighbours in the layer before
    down: list[Vertex] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Frame:
    """The frame of a group of blocks, in the layers from `first` to `last`. The outermost stands for the whole picture."""

    path: str
    parent: Frame | None
    first: int = 1 << 30
    last: int = -1
    place: float = 0.0
    number: int = 0
    frames: list[Frame] = field(default_factory=list)
    sides: list[tuple[Vertex, Vertex]] = field(default_factory=list)  # in each of its layers

    @property
    def title(self) -> str:
        return self.path.rpartition("/")[2]

    def outwards(self) -> Iterator[Frame]:
        """The frame and all that hold it, but the outermost."""
        frame = self
        while frame.parent is not None:
            yield frame
            frame = frame.parent


@dataclass(slots=True)
class Layered:
    """The layers, the frames (outer ones first), and for each link its way from the earlier block to the later one."""

    layers: list[list[Vertex]]
    frames: list[Frame]
    routes: dict[Link, list[Vertex]] = field(default_factory=dict)


def layered(
    blocks: list[Block], links: list[Link], sizes: dict[Block, Size], labels: dict[Link, Size], rankdir: str,
    late: Collection[str] = (),
) -> Layered:  # fmt: skip
    """The layered graph of a sketch whose boxes and labels have these sizes. `late`: leaves in ranks of their own."""
    flat = rankdir in ("LR", "RL")
    ranks = ranked(blocks, links, late)
    frames = framed(blocks, ranks)
    graph = Layered([[] for _ in range(2 * max(ranks.values(), default=0) + 1)], list(frames.values()))
    vertices: dict[Block, Vertex] = {}
    for block in blocks:
        length, across = sizes[block] if flat else sizes[block][::-1]
        vertices[block] = add(graph, Vertex(2 * ranks[block], frames[block.group], across / 2, across / 2, length, block))
    shared: dict[tuple[Block, int, Frame], Vertex] = {}
    for link in links:
        if link.source is not link.into:
            graph.routes[link] = route(graph, link, vertices, shared, labels[link], flat)
    add_sides(graph, MARGIN + TITLE if flat else MARGIN)
    return graph


def framed(blocks: list[Block], ranks: dict[Block, int]) -> dict[str, Frame]:
    """The frames by their paths, outer ones first, each with the layers that its blocks are in."""
    frames = {"": Frame("", None)}
    for block in blocks:
        path, layer = block.group, 2 * ranks[block]
        steps = path.split("/") if path else []
        for k in range(len(steps) + 1):
            inner = "/".join(steps[:k])
            if inner not in frames:
                parent = frames["/".join(steps[: k - 1])]
                frames[inner] = Frame(inner, parent, number=len(frames))
                parent.frames.append(frames[inner])
            frame = frames[inner]
            frame.first, frame.last = min(frame.first, layer), max(frame.last, layer)
    return frames


def add(graph: Layered, vertex: Vertex) -> Vertex:
    graph.layers[vertex.layer].append(vertex)
    return vertex


def route(
    graph: Layered, link: Link, vertices: dict[Block, Vertex], shared: dict[tuple[Block, int, Frame], Vertex], label: Size,
    flat: bool,
) -> list[Vertex]:  # fmt: skip
    """The vertices of an arrow, of which those that are new enter the graph."""
    ends = vertices[link.source], vertices[link.into]
    back = ends[0].layer > ends[1].layer
    upper, lower = ends[::-1] if back else ends
    way = [upper]
    own = upper.layer + 1 if back else lower.layer - 1
    for layer in range(upper.layer + 1, lower.layer):
        frame = frame_at(layer, upper, lower, last=layer == own and not back)
        if layer == own:
            vertex = add(graph, with_label(Vertex(layer, frame, source=link.source, link=link), label, flat))
        elif back:
            vertex = add(graph, Vertex(layer, frame, source=link.source, link=link))
        else:
            vertex = shared.get((link.source, layer, frame)) or add(graph, Vertex(layer, frame, source=link.source))
            shared[link.source, layer, frame] = vertex
        way.append(vertex)
    way.append(lower)
    for a, b in pairwise(way):
        if b not in a.down:
            a.down.append(b)
            b.up.append(a)
    return way


def with_label(vertex: Vertex, label: Size, flat: bool) -> Vertex:
    """A label stands over an arrow that goes across the page, and to the right of one that goes down it."""
    width, height = label
    if not width:
        return vertex
    vertex.before, vertex.after = (height + SIDE, SIDE) if flat else (SIDE, width + SIDE)
    vertex.length = width + SLANT if flat else height
    return vertex


def frame_at(layer: int, upper: Vertex, lower: Vertex, last: bool) -> Frame:
    """The frame that an arrow passes a layer in. It leaves a frame through its end and enters one through its beginning if
    the layers allow it, and else through its side; there as late as it can, but so that its label is inside."""
    around = set(upper.frame.outwards())
    entered = [frame for frame in lower.frame.outwards() if frame not in around and frame.first <= layer]
    around = set(lower.frame.outwards())
    for frame in [] if last and entered else upper.frame.outwards():
        if frame in around:
            return frame
        if layer <= frame.last < lower.layer:
            return frame
    for frame in entered:
        if last or upper.layer < frame.first:
            return frame
    return next((frame for frame in upper.frame.outwards() if frame in around), outermost(upper.frame))


def outermost(frame: Frame) -> Frame:
    while frame.parent is not None:
        frame = frame.parent
    return frame


def add_sides(graph: Layered, before: float) -> None:
    """The two sides of each frame, a pair in each of its layers. Inside of them is a margin, on top with room for the title."""
    for frame in graph.frames[1:]:
        for layer in range(frame.first, frame.last + 1):
            pair = Vertex(layer, frame, after=before, side=-1), Vertex(layer, frame, before=MARGIN, side=1)
            if frame.sides:
                for old, new in zip(frame.sides[-1], pair):
                    old.down.append(new)
                    new.up.append(old)
            frame.sides.append(pair)
