"""The first and the last sentences of the player: what is seen, and what the gradients are for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from autodiff.core.dtypes import is_real
from autodiff.drawing.clipping import clipped
from autodiff.drawing.figures import largest, number
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import short
from autodiff.drawing.outline import leaf_name
from autodiff.drawing.player.names import Names
from autodiff.drawing.player.texts import Data, is_trained

SHOWN = 3  # names in a list
COLOURS = {"parameter": "blue", "input": "green"}  # of leaves, by their kind
PATH = 40  # characters of a name with its layer


def opening(graph: Graph, names: Names, views: Sequence[Data]) -> Data:
    """What is seen before the first step, and what will happen; and `more`, which is needed now and then."""
    boxes = [box for view in views for box in view["nodes"]]
    parts = {edge["part"].partition(" ")[0] for view in views for edge in view["edges"]}
    target, failed = target_of(graph, names), next((node for node in graph.nodes if node.failed), None)
    end = f", up to {names[failed]}, which failed (red)." if failed else f", up to {target} (yellow)." if target else "."
    lines = [f"Each box is a number or array of your program. Arrows lead to what uses it{end}"]
    more = []
    if any("·" in box["name"] + box["how"] for box in boxes):
        more.append("In the formula of a box, · stands for a part that has no name, or that is too long to be written there.")
    if graph.message:
        lines.append("The forward pass fills in the values. There is no backward pass, because the program raised an error.")
        return {"title": "A program that raised an error", "lines": [*lines, *about_leaves(graph, names)], "more": more}
    if graph.differentiated:
        lines.append(f"The forward pass fills in values. The backward pass goes back from {target} and finds the gradient "
                     f"of each box: how fast {target} changes with it.")  # fmt: skip
        if len(graph.targets) > 1:
            lines.append(f"The program has {len(graph.targets)} results. Their gradient is that of their sum.")
        if parts & {"|g|", "|Σg|"}:
            more.append("Beside an arrow, |g| ≤ 0.5 says that the numbers that go back along it lie between −0.5 and 0.5.")
        if parts & {"|Σg|", "Σg"}:
            more.append("Several arrows are drawn as one. Σg is the sum of what goes back along those from one number.")
    elif graph.nodes:
        lines.append("The forward pass fills in the values. There is no backward pass, because the program has several ends: "
                     "choose one with ad.play(tape, loss).")  # fmt: skip
    title = f"Backprop of {target}" if target else "An empty graph"
    return {"title": title, "lines": [*lines, *about_leaves(graph, names)], "more": more}


def about_leaves(graph: Graph, names: Names) -> list[str]:
    """Which parameters there are, and which other leaves: of those it is not known whether training changes them."""
    leaves = [node for node in graph.nodes if node.kind in COLOURS]
    trained = list(filter(is_trained, leaves))
    others = [node for node in leaves if node not in trained]
    lines = []
    if trained:
        one, many = "A parameter, which training changes, is blue", "Parameters, which training changes, are blue"
        lines.append(f"{one if len(trained) == 1 else many}: {several(trained, names)}.")
    if others:
        colours = " and ".join(dict.fromkeys(COLOURS[node.kind] for node in others))
        asked = "its gradient is asked" if len(others) == 1 else "their gradients are asked"
        start = f"The program starts from {several(others, names)} ({colours})"
        lines.append(f"{start}, and {asked}." if graph.differentiated else f"{start}.")
    return lines


def several(nodes: list[Node], names: Names) -> str:
    """`w, b ×2 and 7 more`. The elements of a matrix `w` are one of them."""
    unique = told_apart(nodes, names)
    matrices = Counter(leaf_name(node) for node in nodes)
    in_matrix = {node for node in nodes if node.name and matrices[leaf_name(node)] > 1 and "[" in node.name}
    every = {leaf_name(node) if node in in_matrix else node: leaf_name(node) if node in in_matrix else unique[node]
             for node in nodes}  # fmt: skip
    counts = Counter(every.values())
    known = [name if count == 1 else f"{name} ×{count}" for name, count in list(counts.items())[:SHOWN]]
    rest = len(every) - sum(list(counts.values())[:SHOWN])
    return f"{', '.join(known)}{f' and {rest:,} more' if rest else ''}"


def told_apart(nodes: list[Node], names: Names) -> dict[Node, str]:
    """A name for each of these nodes. Where two are called `kernel`, they are `dense/kernel` and `dense_1/kernel`."""
    counts = Counter(names[node] for node in nodes)
    return {node: names[node] if counts[names[node]] == 1 or not node.group
            else clipped(f"{node.group}/{short(node) or names[node]}", PATH) for node in nodes}  # fmt: skip


def target_of(graph: Graph, names: Names) -> str:
    """What the program computes; of one that raised an error it is not known."""
    return "" if graph.message else " + ".join(names[node] for node in graph.targets)


def closing(graph: Graph, names: Names) -> Data | None:
    """What the gradients are for: which way one parameter of this graph should move; None without a gradient. Of a program
    that raised, how it ended."""
    if graph.message:
        where = next((f"It failed at {names[node]} (red). " for node in graph.nodes if node.failed), "")
        lines = [f"{where}There is no backward pass, and no gradient.", graph.message]
        return {"title": "How the program ended", "lines": lines}
    target = target_of(graph, names)
    leaves = [node for node in graph.nodes if node.kind in COLOURS]
    trained = list(filter(is_trained, leaves))
    moved = trained if any(map(steep, trained)) else leaves
    if not graph.differentiated or not any(map(steep, moved)):
        return None
    steepest = max(filter(steep, moved), key=lambda node: largest(node.gradient))
    where, slope = steepest_element(steepest)
    called = told_apart([node for node in graph.nodes if node.kind == steepest.kind], names)[steepest]
    name = called + where
    way, change = ("smaller", "grows") if slope > 0 else ("larger", "falls")
    figure = number(slope)
    lines = [
        f"The gradient of {name} is {figure}: if {name} grows a little, {target} {change} {number(abs(slope))} times as much.",
        f"To make {target} smaller, {name} must move against its gradient: it should become {way}.",
        f"One step of gradient descent: new {name} = {name} − learning rate × {f'({figure})' if slope < 0 else figure}.",
    ]
    count = sum(int(np.size(node.value)) for node in moved)
    if count > 1:
        which = "in the parameters" if moved is trained else "that the program starts from"
        lines.append(f"Each of the {count:,} numbers {which} can be moved in this way, against its own gradient.")
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
