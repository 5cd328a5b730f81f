"""What stands in each box and beside each arrow of the player, and what its panel says of them, as plain data."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np

from autodiff.drawing.blocks import Block, Link
from autodiff.drawing.clipping import clipped
from autodiff.drawing.figures import figures, largest, number, shape, size_of
from autodiff.drawing.formula import expression, title
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.groups import short
from autodiff.drawing.labels import scaled
from autodiff.drawing.slopes import contributions, derivative
from autodiff.drawing.summary import Label, ranges, results, summary

Data = dict[str, Any]
NAME, FORMULA, SIZE = 22, 26, 9  # characters
NESTED = 14  # characters of a formula with formulas in it that is a name
SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LINES = 3
MANY = 1_000  # nodes


class Names:
    """A short name for every node: its own, or a short formula, or its op, `exp`, `exp₂`; `p1` for parameters, `x1` for inputs,
    and the figures of a constant. The only target is `result`. And a heading for every block; and the largest gradient."""

    def __init__(self, graph: Graph) -> None:
        self.targets = graph.targets
        self.nodes: dict[Node, str] = {}
        self.blocks: dict[Block, Label] = {}
        self.counts: dict[str, int] = {}
        self.top = max((size_of(edge.part) for edge in graph.order), default=0.0)
        for node in graph.nodes if len(graph.nodes) <= MANY else []:  # of more, those that are shown are numbered
            self.name(node)

    def __getitem__(self, node: Node) -> str:
        return self.nodes.get(node) or self.name(node)

    def name(self, node: Node) -> str:
        """Give a node its name."""
        if node.name:
            found = clipped(short(node) or node.name, NAME)
        elif node.kind == "constant":
            data = f"data {shape(node.value)}" if np.ndim(node.value) else figures(node.value)
            found = clipped(node.origin, NAME) or data
        elif self.targets == [node]:
            found = "result"
        elif node.op is None:
            found = f"{'p' if node.kind == 'parameter' else 'x'}{self.count(node.kind)}"
        else:
            found = self.computed(node)
        self.nodes[node] = found
        return found

    def computed(self, node: Node) -> str:
        """How a node is computed, if that is short; else its op, with a number from the second on."""
        sources = [edge.source for edge in node.inputs]
        if all(source in self.nodes or source.name or source.op is None for source in sources):  # no way back through all nodes
            arguments = [self[source] for source in sources]
            text = expression(node, arguments, printed=True)
            if len(text) <= (NESTED if any(" " in argument for argument in arguments) else NAME):
                return text
        number = self.count(op := title(node))
        return op + str(number).translate(SMALL) if number > 1 else op

    def count(self, kind: str) -> int:
        """Which one of its kind comes now, from 1."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]

    def of(self, block: Block) -> str:
        """The heading of a block."""
        return self[block.members[0]] if is_single(block) else " ".join(self.label(block).heading.split())

    def label(self, block: Block) -> Label:
        """The label of a block of many nodes."""
        if block not in self.blocks:
            self.blocks[block] = summary(block)
        return self.blocks[block]


def is_single(block: Block) -> bool:
    """Whether a block is one node, and not a closed group of one."""
    return len(block.members) == 1 and block.kind not in ("group", "sum", "outside")


def outputs(block: Block) -> list[Node]:
    """The nodes of a block that somebody outside it uses, or that are targets; of nodes rolled up, all."""
    if is_single(block) or (block.times > 1 and block.kind not in ("group", "sum")):
        return block.members
    return results(block) or block.members[-1:]


def block_data(block: Block, names: Names) -> Data:
    """A box's texts, and what the panel says of it."""
    found = node_data(block.members[0], names) if is_single(block) else closed_data(block, names)
    found["whole"] = {key: text for key, text in found["whole"].items() if text}
    return found


def node_data(node: Node, names: Names) -> Data:
    how = formula(node, names)
    how = "" if how == names[node] else how
    return {
        "kind": "target" if node.target else node.kind, "name": names[node], "how": clipped(how, FORMULA) if how else "",
        "shape": shape(node.value), "value": figures(node.value), "gradient": figures(node.gradient),
        "whole": {
            "name": node.name or names[node], "op": title(node) or node.kind,
            "formula": formula(node, names), "numbers": in_numbers(node), "value": in_full(node.value),
            "gradient": in_full(node.gradient), "group": node.group, "line": node.line,
        },
    }  # fmt: skip


def closed_data(block: Block, names: Names) -> Data:
    """Of a closed group, a sum, or nodes rolled up: what comes out of it, by its range, and what it is made of."""
    out = outputs(block)
    value, gradient = ranges(node.value for node in out), ranges(node.gradient for node in out)
    remark = names.label(block).remark
    beside = block.kind == "outside" or len(remark) <= SIZE
    return {
        "kind": "target" if block.target else block.kind, "name": names.of(block), "shape": remark if beside else "",
        "how": "" if beside else clipped(remark, FORMULA), "value": value, "gradient": gradient, "many": True,
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
    """What a block holds: `12 multiply, 8 add, tanh`."""
    if block.kind == "outside":
        return "outside of this group"
    counts: Counter[str] = Counter()
    for (op, kind), count in Counter((node.op, node.kind) for node in block.members if node.kind != "constant").items():
        counts[kind if op is None else op.label or op.name] += count
    return ", ".join(f"{count:,} {name}" if count > 1 else name for name, count in counts.most_common(6))


def weights(block: Block) -> str:
    """The parameters in a closed group: how many numbers, and the range of their gradients."""
    inside = [node for node in block.members if node.kind == "parameter"]
    count = sum(int(np.size(node.value)) for node in inside)
    return f"{count:,}, gradients {ranges(node.gradient for node in inside)}" if inside else ""


def formula(node: Node, names: Names) -> str:
    """How a node is computed, by the names of its inputs."""
    return expression(node, [names[edge.source] for edge in node.inputs], printed=True)


def equation(node: Node, names: Names) -> str:
    """`z = w × x`; of what is called by its formula the formula alone."""
    how = formula(node, names)
    return how if how == names[node] else f"{names[node]} = {how}"


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
    if all(edge.source.kind == "constant" for edge in edges):
        kind = "constant"
    else:
        kind = "cut" if all(edge.cut for edge in edges) else ""
    local = number(slope) if slope is not None else without_slope(edges, kind)
    return {"kind": kind, "local": local, "factor": slope is not None, "part": part_text(parts),
            "strength": round(strength, 3)}  # fmt: skip


def without_slope(edges: list[Edge], kind: str) -> str:
    if kind == "constant":
        return ""
    return f"{len(edges):,} arrows" if len(edges) > 1 else shape(edges[0].source.value)


def part_text(parts: list[object]) -> str:
    """A contribution: a number by its figures, an array or several by the size of the largest number."""
    if not parts:
        return ""
    if len(parts) == 1 and not shape(parts[0]):
        return figures(parts[0])
    top = max(map(largest, parts))
    return f"|g| ≤ {number(top)}" if math.isfinite(top) else "not finite"
