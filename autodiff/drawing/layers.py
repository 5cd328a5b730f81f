"""Which operations ran inside a layer of nn, by their call sites: the paths of variables do not say where a layer ends."""

from __future__ import annotations

from collections.abc import Mapping

from autodiff.drawing.graph import Graph
from autodiff.failures.stack import Site


def settle_layers(graph: Graph, sites: Mapping[int, object]) -> None:
    """What the user's own code computes is in no layer of nn, such as the relu after a BatchNormalization. What a layer
    computes before it reads its variables is in the layer, such as the padding of a convolution."""
    if not any(isinstance(site, Site) and site.layer for site in sites.values()):
        return
    known = {node: site for node in graph.nodes if node.kind == "op" and isinstance(site := sites.get(node.index), Site)}
    library = {node.group for node, site in known.items() if site.layer}
    for node, site in known.items():
        if not site.layer and node.group in library:
            node.group = ""
    for node in reversed(known):
        if not node.group and known[node].layer:
            users = {edge.into.group if is_one_call(known[node], known.get(edge.into)) else "" for edge in node.users}
            node.group = users.pop() if len(users) == 1 else ""


def is_one_call(site: Site, other: Site | None) -> bool:
    """Whether two operations ran in one call that the user wrote, inside layers of one module of nn."""
    return other is not None and place_of(site) == place_of(other)


def place_of(site: Site) -> tuple[object, ...]:
    return id(site.call), site.instruction, id(site.turns), site.layer.split(".")[:3]
