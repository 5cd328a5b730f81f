"""The first and the last sentences of the player: what is seen, and what the gradients are for."""

from __future__ import annotations

from collections import Counter

import numpy as np

from autodiff.core.dtypes import is_real
from autodiff.drawing.clipping import clipped
from autodiff.drawing.figures import largest, number
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import short
from autodiff.drawing.outline import leaf_name
from autodiff.drawing.player.texts import Data, Names

SHOWN = 3  # names in a list
PATH = 40  # characters of a name with its layer


def opening(graph: Graph, names: Names) -> Data:
    """What is seen before the first step, and what will happen."""
    target = target_of(graph, names)
    lines = ["Each box is a number or an array of your program. Arrows lead to what was computed from it"
             + (f", up to {target} (yellow)." if target else ".")]  # fmt: skip
    lines += [several(nodes, names, one, many) for kind, one, many in (
        ("parameter", "A parameter, which training changes, is blue", "Parameters, which training changes, are blue"),
        ("input", "An input is green", "Inputs are green"))
        if (nodes := [node for node in graph.nodes if node.kind == kind])]  # fmt: skip
    if graph.differentiated:
        lines.append(f"The forward pass fills in the values. Then the backward pass goes back from {target} and finds the "
                     f"gradient of each box: how fast {target} changes when that box changes.")  # fmt: skip
        if len(graph.targets) > 1:
            lines.append(f"The program has {len(graph.targets)} results. Their gradient is that of their sum.")
        if any(np.ndim(edge.part) for edge in graph.order):
            lines.append("Beside an arrow, |g| ≤ 0.5 says that the numbers that go back along it lie between −0.5 and 0.5.")
    elif graph.nodes:
        lines.append("The forward pass fills in the values. There is no backward pass, because the program has several ends: "
                     "choose one with ad.play(tape, loss).")  # fmt: skip
    return {"title": f"Backprop of {target}" if target else "An empty graph", "lines": lines}


def several(nodes: list[Node], names: Names, one: str, many: str) -> str:
    """`Parameters are blue: w, b and 7 more.` The elements of a matrix `w` are one of them."""
    unique = told_apart(nodes, names)
    matrices = Counter(leaf_name(node) for node in nodes)
    every = list(dict.fromkeys(leaf_name(node) if node.name and matrices[leaf_name(node)] > 1 and "[" in node.name
                               else unique[node] for node in nodes))  # fmt: skip
    known = every[:SHOWN]
    rest = len(every) - len(known)
    return f"{one if len(nodes) == 1 else many}: {', '.join(known)}{f' and {rest:,} more' if rest else ''}."


def told_apart(nodes: list[Node], names: Names) -> dict[Node, str]:
    """A name for each of these nodes. Where two are called `kernel`, they are `dense/kernel` and `dense_1/kernel`."""
    counts = Counter(names[node] for node in nodes)
    return {node: names[node] if counts[names[node]] == 1 or not node.group
            else clipped(f"{node.group}/{short(node) or names[node]}", PATH) for node in nodes}  # fmt: skip


def target_of(graph: Graph, names: Names) -> str:
    return " + ".join(names[node] for node in graph.targets)


def closing(graph: Graph, names: Names) -> Data | None:
    """What the gradients are for: which way one parameter of this graph should move; None without a gradient."""
    target = target_of(graph, names)
    parameters = [node for node in graph.nodes if node.kind == "parameter" and steep(node)]
    leaves = parameters or [node for node in graph.nodes if node.kind == "input" and steep(node)]
    if not graph.differentiated or not leaves:
        return None
    steepest = max(leaves, key=lambda node: largest(node.gradient))
    where, slope = steepest_element(steepest)
    called = told_apart([node for node in graph.nodes if node.kind == steepest.kind], names)[steepest]
    name = called + where
    way, change = ("smaller", "grows") if slope > 0 else ("larger", "falls")
    figure = number(slope)
    lines = [
        f"The gradient of {name} is {figure}: if {name} grows a little, {target} {change} {number(abs(slope))} times as much.",
        f"To make {target} smaller, {name} must move against its gradient: it should become {way}.",
        f"One step of training: new {name} = {name} − learning rate × {f'({figure})' if slope < 0 else figure}."
        if parameters else f"{called} is an input. A parameter would move so: parameter − learning rate × gradient.",
    ]  # fmt: skip
    count = sum(int(np.size(node.value)) for node in graph.nodes if node.kind == "parameter")
    if parameters and count > 1:
        lines.append(f"Each of the {count:,} numbers in the parameters moves in this way, against its own gradient.")
    return {"title": "What the gradients are for", "lines": lines}


def steep(node: Node) -> bool:
    """Whether a node has a real, finite gradient somewhere other than zero."""
    g = node.gradient
    return g is not None and is_real(np.asarray(g)) and np.size(g) > 0 and largest(g) > 0.0 and bool(np.all(np.isfinite(g)))


def steepest_element(node: Node) -> tuple[str, float]:
    """Where in a node's gradient the largest slope is, as `[0, 1]`, and that slope."""
    array = np.asarray(node.gradient)
    at = np.unravel_index(int(np.argmax(np.abs(array))), array.shape)
    return f"[{', '.join(str(int(k)) for k in at)}]" if at else "", float(array[at])
