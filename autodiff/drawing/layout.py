"""Where everything in a picture stands: the layers of `layered`, turned into the direction of the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from autodiff.drawing.fold import Block, Link, Sketch
from autodiff.drawing.layered.crossings import order
from autodiff.drawing.layered.curves import curve, ports
from autodiff.drawing.layered.extents import Extents
from autodiff.drawing.layered.headlines import cramped, spans_of
from autodiff.drawing.layered.labels import label_at, lay_labels
from autodiff.drawing.layered.page import Cluster, Layout, Point
from autodiff.drawing.layered.places import assign_places
from autodiff.drawing.layered.settling import settle
from autodiff.drawing.layered.spots import HEADLINE
from autodiff.drawing.layered.vertices import MARGIN, Frame, Layered, layered
from autodiff.drawing.text import width_of

PAD = 4.0  # around everything


def laid_out(
    sketch: Sketch, sizes: dict[Block, Point], label_size: Point | dict[Link, Point], rankdir: str,
    late: frozenset[str] = frozenset(),
) -> Layout:  # fmt: skip
    """The layout of a sketch whose boxes have these sizes. `label_size` is that of each label, or of all; those of constants
    have none then. `late`: the keys of leaves that stand just before their first reader, in a rank of their own. An arrow from
    a block to itself is not drawn."""
    if not sketch.blocks:
        return Layout(2 * PAD, 2 * PAD)
    labels = label_size if isinstance(label_size, dict) else {
        link: (0.0, 0.0) if all(edge.source.kind == "constant" for edge in link.edges) else label_size
        for link in sketch.links
    }  # fmt: skip
    graph = layered(sketch.blocks, sketch.links, sizes, labels, rankdir, late)
    titles = {frame: width_of(frame.title, HEADLINE) + 2 * MARGIN for frame in graph.frames[1:]}
    widths = {} if rankdir in ("LR", "RL") else titles
    order(graph)
    place(graph, widths, titles if rankdir == "TB" else {})
    extents = Extents(graph, rankdir, titles)
    lay_labels(graph, extents)
    layout = replace(drawn(graph, extents, rankdir), late=late)
    layout.sizes.update((block.key, size) for block, size in sizes.items())
    layout.rooms.update((link.key, labels[link]) for link in sketch.links)
    layout.ends.update((link.key, (link.source.key, link.into.key)) for link in graph.routes)
    layout.carried.update((link.key, carried(link)) for link in graph.routes)
    return layout


def carried(link: Link) -> str:
    """What comes along an arrow: what its box puts out; or one result of a closed group that may have several."""
    if link.source.kind != "group" or link.source.times > 1:
        return link.source.key
    results = {edge.source.index for edge in link.edges}
    return f"{link.source.key}: {results}" if len(results) == 1 else link.source.key


def place(graph: Layered, widths: dict[Frame, float], above: dict[Frame, float]) -> None:
    """Give each vertex its place across the arrows. Where arrows come in from above and leave no room for the title of a frame
    between them, once more with room for it."""
    spans = spans_of(widths)
    assign_places(graph, spans)
    settle(graph, spans)
    tight = cramped(graph, above)
    if tight:
        spans = {frame: [*held, *tight.get(frame, ())] for frame, held in spans.items()}
        assign_places(graph, spans)
        settle(graph, spans)


def drawn(graph: Layered, extents: Extents, rankdir: str) -> Layout:
    """A layered graph whose vertices have their places, on the page."""
    flat = rankdir in ("LR", "RL")
    everything = [vertex for layer in graph.layers for vertex in layer]
    first = min(vertex.place - vertex.before for vertex in everything)
    across = max(vertex.place + vertex.after for vertex in everything) - first + 2 * PAD
    along = max([extents.layers[-1][1], *(end for _, end in extents.frames.values())]) + 2 * PAD
    turn = turned(rankdir, along)

    def point(u: float, v: float) -> Point:
        x, y = turn(u + PAD, v - first + PAD)
        return round(x, 1), round(y, 1)

    layout = Layout(along if flat else across, across if flat else along)
    for vertex in everything:
        if vertex.block is not None:
            layout.blocks[vertex.block.key] = point(extents.middle(vertex), vertex.place)
        elif vertex.length and vertex.link is not None:
            layout.labels[vertex.link.key] = point(*label_at(vertex, extents, flat))
    port = ports(graph)
    for link in graph.routes:
        layout.curves[link.key] = [point(u, v) for u, v in curve(graph, link, extents, port)]
    for frame in graph.frames[1:]:
        start, end = extents.frames[frame]
        (x0, y0), (x1, y1) = point(start, frame.sides[0][0].place), point(end, frame.sides[0][1].place)
        layout.clusters.append(Cluster(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0), frame.path))
    return layout


def turned(rankdir: str, length: float) -> Callable[[float, float], Point]:
    """From a place along the arrows and one across them to a point on the page."""
    return {
        "LR": lambda along, across: (along, across), "RL": lambda along, across: (length - along, across),
        "TB": lambda along, across: (across, along), "BT": lambda along, across: (across, length - along),
    }[rankdir]  # fmt: skip
