"""Which layer each node belongs to, from the paths that variables carry as names: `mlp/dense_1/kernel`.

Layers whose names are equal are told apart by the order in which their variables come: `dense (1)`, `dense (2)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Set

import numpy as np

from autodiff.drawing.graph import Graph, Node

LONGEST_PATH = 1_000
NUMBERED = re.compile(r" \(\d+\)$")
PATH = re.compile(r"[\w.: -]+(/[\w.: -]+)*/[^/]*")  # "∂L/∂θ" is no path, it is a name


def assign_groups(graph: Graph) -> None:
    """A variable belongs to the path before its last `/`. An op belongs to the layer whose variable it reads; so does the
    activation after it, and whatever lies between two ops of one layer and reads nothing else."""
    candidates: dict[Node, str] = {}
    variables = [node for node in graph.nodes if node.kind != "op" and has_path(node)]
    assign_variables(variables)
    if not variables:
        return
    for node in graph.nodes:
        if node.kind != "op":
            continue
        sources = [edge.source for edge in node.inputs if edge.source.kind != "constant"]
        own = [source.group for source in sources if source.kind != "op" and source.group]
        before = [source.group or candidates.get(source, "") for source in sources]
        if own:
            node.group = own[-1]
        elif len(sources) == 1 and node.op is not None and node.op.activation:
            node.group = sources[0].group
        elif sources:
            candidates[node] = common(before)
    for node in reversed(graph.nodes):
        candidate = candidates.get(node)
        if candidate and any(within(edge.into.group, candidate) for edge in node.users):
            node.group = candidate
    for node in graph.nodes:
        if node.kind == "constant" and node.name is None and is_number(node):
            node.group = common([edge.into.group for edge in node.users])


def add_calls(graph: Graph, paths: dict[Node, str], derived: Set[Node], scoped: Set[Node]) -> None:
    """Put the layers into the parts of the program in which they were called; `paths` has that of each operation. A parameter
    belongs where all of its users are that are `scoped`, in layers: a penalty reads what a layer read; or else all but those
    that are `derived`: a derivative reads what its function read. The arguments of the function that is drawn are outside."""
    copies: dict[tuple[str, str], list[str]] = {}  # of the layers of one name in one part
    met = dict.fromkeys((path, node.group) for node, path in paths.items())
    for path, group in met:
        copies.setdefault((path, NUMBERED.sub("", group)), []).append(group)
    inner: dict[tuple[str, str], str] = {}
    for path, group in met:
        layer = NUMBERED.sub("", group)
        known = copies[path, layer]
        number = f" ({known.index(group) + 1})" if len(known) > 1 else ""
        inner[path, group] = "/".join(filter(None, (path, layer))) + number
    for node, path in paths.items():
        node.group = inner[path, node.group]
    for node in graph.nodes:
        inside = node.kind == "parameter" and not node.argument
        if inside or (node.kind == "constant" and node.name is None and is_number(node)):
            users = {edge.into for edge in node.users}
            loose = node.kind == "parameter" and not has_path(node)  # held by no layer
            sure = users & scoped or (users if loose else users - derived) or users
            own = has_path(node) or not paths.keys() & sure  # else it is read by a layer, and none of its weights
            node.group = common({user.group if own else paths.get(user, user.group) for user in sure})


def is_number(node: Node) -> bool:
    return type(node.value) is float or np.ndim(node.value) == 0  # of a float numpy makes an array first


def has_path(node: Node) -> bool:
    return bool(node.name and len(node.name) <= LONGEST_PATH and PATH.fullmatch(node.name))


def assign_variables(variables: list[Node]) -> None:
    """Give each variable its layer. A second variable of one name is of another layer of that path, and so is what follows."""
    copies: dict[str, list[dict[str, Node]]] = {}  # by path, the variables of each layer of that path
    for node in variables:
        path, _, name = str(node.name).rpartition("/")
        known = copies.setdefault(path, [{}])
        if name in known[-1]:
            known.append({})
        known[-1][name] = node
    for path, known in copies.items():
        for k, layer in enumerate(known, 1):
            for node in layer.values():
                node.group = f"{path} ({k})" if len(known) > 1 else path


def numbered(path: str, layers: list[str]) -> list[str]:
    """What a path names: the layers `path (1)`, `path (2)`, where there are several of that name, and else the path itself."""
    return [layer for layer in layers if NUMBERED.search(layer) and NUMBERED.sub("", layer) == path] or [path]


def common(paths: Collection[str]) -> str:
    """The path of the innermost layer that holds all of these."""
    steps = [path.split("/") for path in {*paths}]
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
    steps = node.group.split("/") if node.name and "/" in node.name else []
    for k in range(len(steps)):
        for layer in ("/".join(steps[k:]), NUMBERED.sub("", "/".join(steps[k:]))):
            if node.name and node.name.startswith(layer + "/"):
                return node.name[len(layer) + 1 :]
    return node.name
