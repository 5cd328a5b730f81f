"""What the player shows at each step of the forward and of the backward pass, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff.drawing.figures import figures, number, shape, size_of
from autodiff.drawing.fold import Sketch
from autodiff.drawing.formula import expression, grouped, title
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.groups import short
from autodiff.drawing.labels import clipped, scaled

if TYPE_CHECKING:
    from autodiff.drawing.layout import Layout  # it loads what renders

Data = dict[str, Any]


def labelled(graph: Graph) -> dict[Node, str]:
    """A short name for every node: its own, or `v1`, `v2`, ... for what ops computed, `p1` for parameters, `x1` for inputs,
    and the figures of a constant."""
    counts: dict[str, int] = {}
    names: dict[Node, str] = {}
    for node in graph.nodes:
        letter = {"parameter": "p", "input": "x"}.get(node.kind, "v")
        if node.name:
            names[node] = clipped(short(node) or node.name, 18)
        elif node.kind == "constant":
            names[node] = figures(node.value) if np.size(node.value) <= 3 else f"data {shape(node.value)}"
        else:
            counts[letter] = counts.get(letter, 0) + 1
            names[node] = f"{letter}{counts[letter]}"
    return names


def timeline(sketch: Sketch, layout: Layout) -> Data:
    """Everything that the page shows: nodes and edges with their places, and the steps."""
    graph = sketch.graph
    names = labelled(graph)
    blocks = {block.members[0]: block for block in sketch.blocks}
    index = {node: k for k, node in enumerate(blocks)}
    links = {edge: k for k, link in enumerate(sketch.links) for edge in link.edges}
    top = max((size_of(edge.part) for edge in graph.order), default=0.0)
    nodes = [node_data(node, names) | place(layout, blocks[node].key) for node in blocks]
    edges = [
        edge_data(link.edges[0], top) | {"from": index[link.edges[0].source], "to": index[link.edges[0].into]}
        | {"curve": layout.curves[link.key], "label": layout.labels.get(link.key)}
        for link in sketch.links
    ]  # fmt: skip
    return {
        "width": layout.width, "height": layout.height, "clusters": layout.clusters, "nodes": nodes, "edges": edges,
        "steps": [*forward(graph, names, index), *backward(graph, names, index, links)],
        "target": " + ".join(names[node] for node in graph.targets),
    }  # fmt: skip


def place(layout: Layout, key: str) -> Data:
    x, y = layout.blocks[key]
    return {"x": x, "y": y}


def node_data(node: Node, names: dict[Node, str]) -> Data:
    """A node's texts: what stands in its box, and what the panel says of it."""
    how = formula(node, names)
    return {
        "kind": "target" if node.target else node.kind, "name": names[node], "how": clipped(how, 24) if how else "",
        "shape": shape(node.value), "value": figures(node.value), "gradient": figures(node.gradient),
        "whole": {
            "name": node.name or names[node], "op": title(node) or node.kind,
            "formula": how, "numbers": in_numbers(node), "value": in_full(node.value),
            "gradient": in_full(node.gradient), "layer": node.group, "line": node.line,
        },
    }  # fmt: skip


def formula(node: Node, names: dict[Node, str]) -> str:
    """How a node is computed, by the names of its inputs."""
    return expression(node, [names[edge.source] for edge in node.inputs], printed=True)


def in_numbers(node: Node) -> str:
    """The same by the values of its inputs; of arrays the shapes."""
    if node.op is None:
        return ""
    arguments = [f"[{shape(x)}]" if np.ndim(x) else number(x) for x in (edge.source.value for edge in node.inputs)]
    result = f"[{shape(node.value)}]" if shape(node.value) else figures(node.value)
    return f"{expression(node, arguments, printed=True)} = {result}"


def in_full(raw: Any) -> str:
    """Every digit of a number; an array by its shape and range, a small one element by element."""
    if raw is None:
        return "–"
    if np.ndim(raw):
        text = figures(raw)
        if 4 < np.size(raw) <= 16:
            text = np.array2string(raw, precision=4, suppress_small=True, separator=", ")
        return f"[{shape(raw)}]  {text}"
    return repr(raw.item() if isinstance(raw, (np.ndarray, np.generic)) else raw)


def edge_data(edge: Edge, top: float) -> Data:
    local = number(edge.local) if edge.local is not None else ""
    part = "" if edge.part is None else figures(edge.part) if not np.ndim(edge.part) else f"|g| {number(size_of(edge.part))}"
    return {
        "kind": "constant" if edge.source.kind == "constant" else "cut" if edge.cut else "",
        "local": local or (shape(edge.source.value) if edge.source.kind != "constant" else ""),
        "factor": bool(local), "part": part, "strength": round(scaled(size_of(edge.part), top), 3),
    }  # fmt: skip


def forward(graph: Graph, names: dict[Node, str], index: dict[Node, int]) -> list[Data]:
    """Leaves are there from the start; each op then fills in its value."""
    return [
        {"pass": "forward", "node": index[node], "title": f"{names[node]} = {formula(node, names)}",
         "lines": [in_numbers(node)]}
        for node in graph.nodes if node.op is not None
    ]  # fmt: skip


def backward(
    graph: Graph, names: dict[Node, str], index: dict[Node, int], links: dict[Edge, int]
) -> list[Data]:
    """First the target's own gradient, then along each edge upstream times local, added to what was there."""
    if not graph.differentiated:
        return []
    goal = "+".join(names[node] for node in graph.targets)
    goal = grouped(goal) if "+" not in goal else f"({goal})"
    totals: dict[Node, Any] = {}
    steps: list[Data] = []
    for node in graph.targets:
        totals[node] = 1.0 if isinstance(node.value, float) else np.ones_like(node.value)
        steps.append({"pass": "backward", "node": index[node], "title": f"∂{goal}/∂{names[node]} = 1", "total": "1",
                      "lines": ["the target's gradient with respect to itself"]})  # fmt: skip
    for edge in graph.order:
        before = totals.get(edge.source)
        totals[edge.source] = total = edge.part if before is None else before + edge.part
        here, there = names[edge.source], names[edge.into]
        steps.append({
            "pass": "backward", "node": index[edge.source], "edge": links[edge], "total": figures(total),
            "title": f"∂{goal}/∂{here} {'=' if before is None else '+='} ∂{goal}/∂{there} · ∂{there}/∂{here}",
            "lines": arithmetic(edge, before, total),
        })  # fmt: skip
    return steps


def arithmetic(edge: Edge, before: Any, total: Any) -> list[str]:
    """upstream × local = contribution, and the running sum, in figures."""
    if edge.local is not None and not np.ndim(edge.part):
        lines = [f"{braced(figures(edge.into.gradient))} × {braced(number(edge.local))} = {figures(edge.part)}"]
    else:
        op = title(edge.into)
        lines = [f"through the rule of {op}, from [{shape(edge.into.value) or 'number'}] to "
                 f"[{shape(edge.source.value) or 'number'}]", f"contribution: {figures(edge.part)}"]  # fmt: skip
    if before is not None:
        lines.append(f"running sum: {figures(before)} + {braced(figures(edge.part))} = {figures(total)}"
                     if not np.ndim(total) else f"running sum: {figures(total)}")  # fmt: skip
    return lines


def braced(text: str) -> str:
    return f"({text})" if text.startswith("-") else text

