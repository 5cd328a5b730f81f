"""Constants that come back where the way of a gradient is cut: `stop_gradient(y)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from autodiff.drawing.clipping import PYTHON
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import common, short
from autodiff.drawing.labels import headings
from autodiff.drawing.results import call_of
from autodiff.drawing.source_text import text_at
from autodiff.drawing.variables import names_of
from autodiff.failures.stack import Site

STOP = "stop_gradient"


def tell_stopped(graph: Graph, sites: Mapping[int, object]) -> None:
    """Put each constant that came back at a cut, the same object as what was cut there, in the place of the node that marks the
    cut. Of numbers only a computed one is told: one that the program wrote may be the same object in several places. `sites`
    are those of operations, by their indices."""
    markers = [node for node in graph.nodes if node.kind == "cut"]
    markers.sort(key=lambda node: node.name != STOP)  # a number that was also printed came back at the other
    taken: dict[int, Node] = {}
    for marker in markers:
        source = marker.inputs[0].source
        if marker.value is not None:
            taken.setdefault(id(marker.value), marker)
        elif source.op is not None or np.ndim(source.value):
            taken.setdefault(id(source.value), marker)
    back: dict[Node, list[Node]] = {}
    for node in graph.nodes if taken else ():
        if node.kind == "constant" and node.users and (found := taken.get(id(node.value))) is not None:
            back.setdefault(found, []).append(node)
    place = {node: float(k) for k, node in enumerate(graph.nodes)} if back else {}
    for marker, constants in back.items():
        source = marker.inputs[0].source
        if not source.inputs and source is not constants[0]:  # it may be a leaf that was read before the tape met it
            place[source] = min(place[source], place[constants[0]] - 0.5)
        if place[source] < place[constants[0]]:
            same = [each for each in markers if each.inputs[0].source is source and each.name == marker.name]
            put_in_place(same, constants, sites)
            for node in (*same, *constants[1:]):
                del place[node]
    if back:
        graph.nodes = sorted(place, key=place.__getitem__)


def put_in_place(markers: list[Node], constants: list[Node], sites: Mapping[int, object]) -> None:
    """Make one node of these constants, at the end of the edge that is cut: in the group of what reads it first, or if a
    function or a layer was given it, in the one around what was cut and what reads it."""
    first, *others = constants
    edge = markers[0].inputs[0]
    for other in others:
        for use in other.users:
            use.source = first
            first.users.append(use)
    for marker in markers[1:]:
        edge.source.users.remove(marker.inputs[0])
    first.inputs, first.marks, edge.into = [edge], markers[0].marks, first
    reader, cut = first.users[0].into, markers[0].marks
    here = sites.get(reader.index)
    given = cut is not None and isinstance(here, Site) and (here.code is not cut.site.code or bool(here.layer))
    first.line, first.group = markers[0].line, common([edge.source.group, reader.group]) if given else reader.group
    how = (markers[0].name or "").removesuffix("()")
    first.origin = text_of_result(first, markers[0]) or f"{how}({headings(edge.source, PYTHON)[0]})"


def text_of_result(node: Node, marker: Node) -> str:
    """The program's text of what came back, in the words of the picture if its function has read it again; "" for none."""
    reader, cut = node.users[0].into.site, marker.marks
    if not marker.origin or reader is None or cut is None or reader.code is not cut.site.code:
        return marker.origin
    site = Site(reader.call, cut.site.instruction, cut.site.layer, reader.turns)
    name, variables = call_of(source := node.inputs[0].source) or short(source), variables_at(site)
    names = {variables[0]: ast.Name(name)} if name and len(variables) == 1 else {}
    return text_at(site, names=names_of(node, site, True) | names) or marker.origin


def variables_at(site: Site) -> list[str]:
    """The variables that an operation at a site reads as they are."""
    found = site.call.tree.node(site.instruction)
    parts = [] if found is None else found.args if isinstance(found, ast.Call) else list(ast.iter_child_nodes(found))
    return [part.id for part in parts if isinstance(part, ast.Name)]
