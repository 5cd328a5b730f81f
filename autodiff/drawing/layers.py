"""Which layer each node belongs to, from the paths that variables carry as names: `mlp/dense_1/kernel`."""

from __future__ import annotations

import re

import numpy as np

from autodiff.drawing.graph import Graph, Node

LONGEST_PATH = 1_000
PATH = re.compile(r"[\w.: -]+(/[\w.: -]+)*/[^/]*")  # "∂L/∂θ" is no path, it is a name


def assign_layers(graph: Graph) -> None:
    """A variable belongs to the path before its last `/`. An op belongs to the layer whose variable it reads; so does the
    activation after it, and whatever lies between two ops of one layer and reads nothing else."""
    candidates: dict[Node, str] = {}
    for node in graph.nodes:
        if node.kind != "op":
            if node.name and len(node.name) <= LONGEST_PATH and PATH.fullmatch(node.name):
                node.layer = node.name.rpartition("/")[0]
            continue
        sources = [edge.source for edge in node.inputs if edge.source.kind != "constant"]
        own = [source.layer for source in sources if source.kind != "op" and source.layer]
        before = [source.layer or candidates.get(source, "") for source in sources]
        if own:
            node.layer = own[-1]
        elif len(sources) == 1 and node.op is not None and node.op.activation:
            node.layer = sources[0].layer
        elif sources:
            candidates[node] = common(before)
    for node in reversed(graph.nodes):
        candidate = candidates.get(node)
        if candidate and any(within(edge.into.layer, candidate) for edge in node.users):
            node.layer = candidate
    for node in graph.nodes:
        if node.kind == "constant" and node.name is None and np.ndim(node.value) == 0:
            node.layer = common([edge.into.layer for edge in node.users])


def common(paths: list[str]) -> str:
    """The path of the innermost layer that holds all of these."""
    steps = [path.split("/") for path in paths]
    shared: list[str] = []
    for level in zip(*steps):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def within(path: str, layer: str) -> bool:
    """Whether a path is that layer's, or lies inside it."""
    return path == layer or path.startswith(layer + "/")


def short(node: Node) -> str | None:
    """A node's name within its layer."""
    if node.name and node.layer and node.name.startswith(node.layer + "/"):
        return node.name[len(node.layer) + 1 :]
    return node.name
