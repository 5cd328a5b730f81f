"""What stands in each box and beside each arrow of the player, and what its panel says of them, as plain data."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from autodiff.drawing.blocks import Block, Link
from autodiff.drawing.clipping import Style, clipped, in_lines
from autodiff.drawing.closed_label import facts_of
from autodiff.drawing.figures import figures, largest, number, shape, size_of
from autodiff.drawing.formula import expression, title
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.labels import headings, label_of, scaled, shape_beside
from autodiff.drawing.player.names import Names, is_single, whole_formula
from autodiff.drawing.results import ranges, results
from autodiff.drawing.slopes import contributions, derivative

Data = dict[str, Any]
FORMULA = Style(True, 52, 26)  # below a name, in two lines
SIZE = 9  # characters beside it
LINES = 3


def outputs(block: Block) -> list[Node]:
    """The nodes of a block that somebody outside it uses, or that are targets; of nodes rolled up, all; of the steps of a loop
    what they give to one another too."""
    if block.kind == "group":
        return list(facts_of(block).given) or block.members[-1:]
    if is_single(block) or (block.times > 1 and block.kind != "sum"):
        return block.members
    if "outputs" not in block.found:
        block.found["outputs"] = results(block) or block.members[-1:]
    found: list[Node] = block.found["outputs"]
    return found


def block_data(block: Block, names: Names) -> Data:
    """A box's texts, and what the panel says of it."""
    found = node_data(block, names) if is_single(block) else closed_data(block, names)
    found["whole"] = {key: text for key, text in found["whole"].items() if text}
    return found


def node_data(block: Block, names: Names) -> Data:
    (node,) = block.members
    label, how = label_of(block), headings(node, FORMULA)[1]
    computed = how.startswith("= ")
    called = names[node] if not node.name and names[node] != label.heading and node.kind != "constant" else ""
    beside = shape(node.value) if label.rows else ""
    return {
        "kind": block.look, "name": label.heading, "how": in_lines(how[2:], FORMULA) if computed else "",
        "shape": " ".join(part for part in ("failed" if node.failed else "", called, beside) if part),
        "value": figures(node.value) if label.rows else label.remark, "gradient": figures(node.gradient),
        "whole": {
            "name": node.name or names[node], "op": title(node) or kind_of_leaf(node),
            "formula": one_step(node, names), "numbers": in_numbers(node), "value": in_full(node.value),
            "gradient": in_full(node.gradient), "group": node.group, "line": node.line,
        },
    }  # fmt: skip


def kind_of_leaf(node: Node) -> str:
    """What a node is that no op computed. Only a trainable array is a parameter for sure: a number may be anything."""
    if node.argument:
        return "argument of the function"
    if node.kind in ("parameter", "input"):
        return "parameter" if is_trained(node) else "leaf"
    return node.kind


def is_trained(node: Node) -> bool:
    """Whether a node is a trainable array that the function which is drawn was not given."""
    return node.kind == "parameter" and not node.argument and not isinstance(node.value, float)


def closed_data(block: Block, names: Names) -> Data:
    """Of a closed group, a sum, or nodes rolled up: what comes out of it, by its range, and what it is made of."""
    out = outputs(block)
    value, gradient = ranges(node.value for node in out), ranges(node.gradient for node in out)
    remark = label_of(block, FORMULA).remark
    beside = block.kind == "outside" or len(remark) <= SIZE
    part = {"part": True} if block.kind == "outside" and block.users else {}  # of its gradient only a part comes from here
    return part | {
        "kind": block.look, "name": names.of(block), "shape": remark if beside else "",
        "how": "" if beside else remark, "value": value, "gradient": gradient, "many": True,
        "whole": {
            "name": block.title or names.of(block), "op": made_of(block), "weights": weights(block),
            "value": value, "gradient": gradient, "group": block.group, "line": lines_of(block.members),
        },
    }  # fmt: skip


def lines_of(nodes: list[Node]) -> str:
    """The first source lines of some nodes."""
    found: dict[str, None] = {}
    for node in nodes:
        if node.line and len(found) < LINES:
            found[node.line] = None
    return "\n".join(found)


def made_of(block: Block) -> str:
    """What a block holds: `12 multiply, 8 add, tanh, 2 parameters`."""
    if block.kind == "outside":
        return "outside of this group"
    leaves = Counter(kind_of_leaf(node) for node in block.members if node.op is None and node.kind != "constant")
    inside = [kind if count == 1 else plural(kind, count) for kind, count in leaves.items()]
    return ", ".join(filter(None, [ops_of(block), *inside]))


def ops_of(block: Block) -> str:
    """By which ops a block is computed, those that it has most of first."""
    counts: Counter[str] = Counter()
    for op, count in Counter(node.op for node in block.members).items():
        if op is not None:
            counts[op.label or op.name] += count
    return ", ".join(f"{count:,} {name}" if count > 1 else name for name, count in counts.most_common(6))


def plural(kind: str, count: int) -> str:
    """`2 parameters`, `2 leaves`, `2 arguments of the function`."""
    word, space, rest = kind.partition(" ")
    return f"{count:,} {'leaves' if word == 'leaf' else word + 's'}{space}{rest}"


def weights(block: Block) -> str:
    """The parameters in a closed group: how many numbers, and the range of their gradients."""
    inside = [node for node in block.members if node.kind == "parameter"]
    count = sum(int(np.size(node.value)) for node in inside)
    return f"{count:,}, gradients {ranges(node.gradient for node in inside)}" if inside else ""


def one_step(node: Node, names: Names) -> str:
    """How a node is computed, by the names of its inputs."""
    return node.origin or expression(node, [names[edge.source] for edge in node.inputs], printed=True)


def equation(node: Node, names: Names) -> str:
    """`z = w × x`; of what is called by its formula the formula alone."""
    how = one_step(node, names)
    called = node.name or names[node] != clipped(whole_formula(node))
    return f"{names[node]} = {how}" if called and how != names[node] else how


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


# -- arrows -----------------------------------------------------------------------------------------------------------------


def link_data(link: Link, top: float) -> Data:
    """An arrow's texts: the derivative of the box or the shape; what the gradient sends along it; and how strong that is."""
    edges, slope, parts = link.edges, derivative(link), contributions(link.edges)
    strength = scaled(max(map(size_of, parts), default=0.0), top)
    kind = "constant" if link.is_constant else "cut" if link.is_cut else ""
    local = number(slope) if slope is not None else without_slope(edges, kind)
    added = slope is None and sum(edge.part is not None for edge in edges) > len(parts)
    return {"kind": kind, "local": local, "factor": slope is not None, "part": part_text(parts, added),
            "strength": round(strength, 3)}  # fmt: skip


def without_slope(edges: list[Edge], kind: str) -> str:
    if kind == "constant":
        return ""
    return f"{len(edges):,} arrows" if len(edges) > 1 else shape_beside(edges[0].source)


def part_text(parts: list[object], added: bool) -> str:
    """A contribution: a number by its figures, an array or several by the size of the largest number. `added`: it is the sum of
    what goes back along several arrows that are drawn as one."""
    if not parts:
        return ""
    if len(parts) == 1 and not shape(parts[0]):
        return f"Σg = {figures(parts[0])}" if added else figures(parts[0])
    top = max(map(largest, parts))
    return f"|{'Σ' * added}g| ≤ {number(top)}" if math.isfinite(top) else "not finite"
