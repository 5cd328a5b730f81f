"""Which operations ran inside a layer of nn, by their call sites: the paths of variables do not say where a layer ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import common, has_path
from autodiff.failures.stack import Owners, Site

Groups = Mapping[int, set[str]]  # by the id of a layer


def settle_layers(graph: Graph, sites: Mapping[int, object]) -> None:
    """What a layer of nn computes is in the group of its variables, from the padding of its input to its activation. All else
    is in no such group: what the user's own code computes, a loss, a layer without variables."""
    known = {node: site for node in graph.nodes if node.kind == "op" and isinstance(site := sites.get(node.index), Site)}
    read = {node: {edge.source.group for edge in node.inputs if is_variable(edge.source)} for node in known}
    own: dict[int, set[str]] = defaultdict(set)  # the groups of the variables that a layer reads
    inside: dict[int, set[str]] = defaultdict(set)  # and of those that the layers inside it read
    for node, site in known.items():
        for owner in site.owners:
            inside[id(owner)] |= read[node]
        if site.owners:
            own[id(site.owners[0])] |= read[node]
    library = set().union(*own.values())
    for node, site in known.items():
        if site.owners and not read[node]:
            node.group = group_of(site.owners, own, inside)
        elif not site.layer and node.group in library:
            node.group = ""


def is_variable(node: Node) -> bool:
    return node.kind != "op" and has_path(node)


def group_of(owners: Owners, own: Groups, inside: Groups) -> str:
    """The group of what a layer computes, of those that run the innermost. A layer that reads no variable, but has layers that
    do, as an LSTM has its cell, is in their group; one without any, as the activation of a Dense, in that of the layer around
    it that does."""
    around = (own[id(owner)] for owner in owners[1:])
    return common(list(next(filter(None, (own[id(owners[0])], inside[id(owners[0])], *around)), ())))
