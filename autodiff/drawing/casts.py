"""Steps that change but the dtype: a layer computes in its own, and casts what it is given. The program has no such step."""

from __future__ import annotations

from collections.abc import Mapping

from autodiff.core.graph import Graph as Recorded
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.layers import Around, is_inside_a_layer
from autodiff.failures.stack import Site


def leave_out_casts(graph: Graph, recorded: Recorded, scopes: Mapping[Node, Around]) -> None:
    """Join what reads the cast of a layer or loss to what was cast, so that it has no box and is in no formula."""
    results = {index for *_, found in recorded.derived for index in found}
    left_out = set()
    for node in graph.nodes:
        if node.op is None or node.op.name != "astype" or not is_passed_on(node):
            continue
        site = recorded.call_sites.get(node.index)
        own = bool(site.layer) if isinstance(site, Site) else is_inside_a_layer(scopes.get(node, ()))
        if own and node.index not in results:
            (before,) = node.inputs
            before.source.users.remove(before)
            for edge in node.users:
                edge.source, edge.cut = before.source, edge.cut or before.cut
            before.source.users += node.users
            left_out.add(node)
    if left_out:
        graph.nodes = [node for node in graph.nodes if node not in left_out]


def is_passed_on(node: Node) -> bool:
    """Whether something reads a node, as it is no result of the program."""
    return bool(node.users) and not (node.target or node.failed or node.name)
