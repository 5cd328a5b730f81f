"""Constants that come back where the way of a gradient is cut: `stop_gradient(y)`."""

from __future__ import annotations

import numpy as np

from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.labels import headings

STOP = "stop_gradient"


def tell_stopped(graph: Graph) -> None:
    """Put each constant that came back at a cut, the same object as what was cut there, in the place of the node that marks the
    cut. Of numbers only a computed one is told: one that the program wrote may be the same object in several places."""
    markers = [node for node in graph.nodes if node.kind == "cut"]
    markers.sort(key=lambda node: node.name != STOP)  # a number that was also printed came back at the other
    taken: dict[int, Node] = {}
    for marker in markers:
        source = marker.inputs[0].source
        if source.op is not None or np.ndim(source.value):
            taken.setdefault(id(source.value), marker)
    back: dict[Node, list[Node]] = {}
    for node in graph.nodes if taken else ():
        if node.kind == "constant" and node.users and (found := taken.get(id(node.value))) is not None:
            back.setdefault(found, []).append(node)
    for marker, constants in back.items():
        same = [each for each in markers if each.inputs[0].source is marker.inputs[0].source and each.name == marker.name]
        put_in_place(graph, same, constants)


def put_in_place(graph: Graph, markers: list[Node], constants: list[Node]) -> None:
    """Make one node of these constants, with an edge that is cut from what was read, and leave out the markers. It is in the
    group of what reads it first."""
    first, *others = constants
    edge = markers[0].inputs[0]
    source, place = edge.source, graph.nodes.index(first)
    if source in graph.nodes[place:]:
        if source.inputs or source is first:
            return
        graph.nodes.remove(source)  # a leaf, which was read before the tape met it
        graph.nodes.insert(place, source)
    for other in others:
        for use in other.users:
            use.source = first
            first.users.append(use)
    for marker in markers[1:]:
        source.users.remove(marker.inputs[0])
    first.inputs, edge.into = [edge], first
    first.line, first.group = markers[0].line, first.users[0].into.group
    how = (markers[0].name or "").removesuffix("()")
    first.origin = f"{how}({headings(source, printed=False)[0]})"
    gone = {*markers, *others}
    graph.nodes = [node for node in graph.nodes if node not in gone]
