"""The text in each block and beside each link: a heading, the value, the gradient; and how strong a gradient is."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.drawing.blocks import Block, Link, Sketch, pattern
from autodiff.drawing.figures import figures, number, shape, size_of
from autodiff.drawing.formula import expression, symbol, title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import short

LONGEST = 30  # characters of a name in a picture; tooltips have it whole
FAR_TOO_LONG = 2_000
DECADES = 4  # gradients this many powers of ten below the largest are drawn as thin as none


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one block: a heading, a remark beside it, and rows of a caption and its text, such as ("grad", "0.5")."""

    heading: str
    remark: str
    rows: tuple[tuple[str, str], ...]
    whole: str = ""  # everything, for a tooltip


def label_of(block: Block, drawn: set[Node], printed: bool = True) -> Label:
    """The text of a block; constants that are not among the nodes `drawn` are written into its op. `printed`: with the signs
    of print, × and ÷, instead of Python's."""
    if block.kind == "group":
        return group_label(block)
    if block.kind == "outside":
        return outside_label(block)
    if block.times > 1 or len(block.members) > 1:
        return rolled_label(block)
    node = block.members[0]
    if node.failed:
        return failed_label(node, drawn, printed)
    if node.kind == "constant":
        text = figures(node.value)
        heading = short(node) or text
        return Label(clipped(heading), shape(node.value), () if heading == text else (("value", text),), node.name or text)
    if node.kind == "cut":
        place = node.line.partition("  ")[0]
        return Label(clipped(node.name or ""), "no gradient comes back", (("at", os.path.basename(place)),), node.line)
    heading, remark = headings(node, drawn, printed)
    remark = "  ".join(part for part in (remark, shape(node.value)) if part)
    rows = (("value", figures(node.value)), ("grad", figures(node.gradient)))
    return Label(clipped(heading), remark, rows, whole_of(node))


def failed_label(node: Node, drawn: set[Node], printed: bool) -> Label:
    """An op that raised: its operands' names and shapes. In the terminal, where there is one column, that it failed."""
    heading = headings(node, drawn, printed)[0] or title(node)
    if not printed:
        return Label(clipped(heading), "", (("value", "failed"), ("grad", "–")))
    operands = [edge.source for edge in node.inputs]
    rows = [(f"operand {k}", f"{short(x) or ''} {np.shape(x.value) or figures(x.value)}".strip())
            for k, x in enumerate(operands)]  # fmt: skip
    value = [] if node.value is None else [("value", figures(node.value))]
    return Label(clipped(heading), "failed", (*rows, *value), whole_of(node))


def headings(node: Node, drawn: set[Node], printed: bool) -> tuple[str, str]:
    """A node's name and the formula that computed it; without a name, its op."""
    name = short(node)
    if name is None:
        heading, remark = computed(node, drawn, printed)
        return heading or node.kind, remark
    return name, f"= {clipped(formula(node, printed))}" if node.op else ""


def formula(node: Node, printed: bool) -> str:
    """How a node was computed, by the names of its inputs, `·` for those without one; if none has, the op's name."""
    arguments = [argument(edge.source) for edge in node.inputs]
    if set(arguments) == {"·"} and not node.params:
        return title(node)
    return expression(node, arguments, printed)


def computed(node: Node, drawn: set[Node], printed: bool) -> tuple[str, str]:
    """The op as a heading, and a remark: its sign and its name, or the expression with the constants in it."""
    if node.op is None:
        return "", ""
    hidden = {edge.slot for edge in node.inputs if edge.source not in drawn}
    if hidden or node.op.symbol == "[]":
        arguments = [argument(edge.source) if edge.slot in hidden else "·" for edge in node.inputs]
        return expression(node, arguments, printed), ""
    extra = [f"{k}={v}" for k, v in node.params.items() if v is not None and np.ndim(v) == 0 and k != "keepdims"]
    sign, name = symbol(node) if printed else title(node), title(node)
    return sign, " ".join([*([name] if sign != name else []), *map(clipped, extra)])


def argument(node: Node) -> str:
    """A node as an argument of an op: its name; a constant without one by its number or its shape."""
    if node.name:
        return clipped(short(node) or "", 16)
    if node.kind != "constant":
        return "·"
    return figures(node.value) if np.size(node.value) <= 3 else f"[{shape(node.value)}]"


def group_label(block: Block) -> Label:
    """A closed group: its ops in brief, its parameters, what it puts out, and the size of its parameters' gradient."""
    ops = [node for node in block.members if node.op is not None]
    parameters = [node for node in block.members if node.kind == "parameter"]
    count = sum(int(np.size(node.value)) for node in parameters)
    names = list(dict.fromkeys(title(node) for node in ops))
    remark = " ".join(names[:4]) + (" …" if len(names) > 4 else "")
    out = shape(ops[-1].value) if ops else ""
    rows = (("weights", f"{count:,}"), ("out", out), ("grad", lengths(parameters or ops)))
    heading = block.title.rpartition("/")[2]
    return Label(clipped(heading), clipped(remark), tuple(row for row in rows if row[1]), block.title)


def outside_label(block: Block) -> Label:
    """What gives to a group or takes from it: its name, how many numbers, and their range."""
    many = f"×{len(block.members):,}" if len(block.members) > 1 else shape(block.members[0].value)
    return Label(clipped(block.title), many, (("value", ranges([node.value for node in block.members])),), block.title)


def lengths(nodes: list[Node]) -> str:
    """The Euclidean length of all these gradients together."""
    known = [node.gradient for node in nodes if node.gradient is not None]
    if not all(np.all(np.isfinite(g)) for g in known):
        return "not finite"
    return f"length {number(math.hypot(*map(size_of, known)))}" if known else "–"


def rolled_label(block: Block) -> Label:
    """Many nodes in one block: how many, and the range of their values and gradients."""
    chain = "one after another" if any(link.source is block for link in block.inputs) else ""
    sizes = {shape(member.value) for member in block.members}
    if block.kind == "sum":
        heading, chain = "sum", terms(block)
    elif block.kind == "op":
        heading = title(block.members[0])
    else:
        heading = common_name(block.members) or f"{block.kind}s"
    many = f"  ×{block.times:,}" if block.times > 1 else ""
    remark = "  ".join(part for part in (chain, sizes.pop() if len(sizes) == 1 else "") if part)
    kept = results(block) if block.kind == "sum" else block.members
    rows = [("value", ranges([member.value for member in kept]))]
    if block.kind != "constant":
        rows.append(("grad", ranges([member.gradient for member in kept])))
    return Label(clipped(heading) + many, remark, tuple(rows), heading)


def terms(block: Block) -> str:
    """How many terms each of these sums has, if they agree."""
    inside = set(block.members)
    sources = [edge.source for node in block.members for edge in node.inputs]
    count = sum(source not in inside and source.kind != "constant" for source in sources)
    return f"of {count // block.times} terms" if count % block.times == 0 else "of many terms"


def results(block: Block) -> list[Node]:
    """The nodes of a sum that somebody outside it uses, or that are targets."""
    inside = set(block.members)
    return [node for node in block.members if node.target or any(edge.into not in inside for edge in node.users)]


def common_name(nodes: list[Node]) -> str:
    """`w#` for w0, w1, w2."""
    return pattern([short(node) or "" for node in nodes])


def ranges(raws: list[Any]) -> str:
    """The least and largest element of them all."""
    known = [np.ravel(raw) for raw in raws if raw is not None]
    whole = np.concatenate(known) if known else np.zeros(0)
    return figures(whole[0] if whole.size == 1 else whole) if known else "–"


def edge_label(link: Link) -> str:
    """The local derivative of a scalar edge, the shape of an array edge, how many edges in one arrow."""
    if len(link.edges) > 1:
        return f"×{len(link.edges):,}"
    edge = link.edges[0]
    if edge.source.kind == "constant":
        return ""
    if edge.local is not None:
        return number(edge.local)
    return shape(edge.source.value)


def strengths(sketch: Sketch) -> dict[Link, float | None]:
    """For each arrow how much gradient flows along it, from 0 to 1 on a scale of decades; None where none was computed."""
    sizes: dict[Link, float | None] = {}
    for link in sketch.links:
        parts = [size_of(edge.part) for edge in link.edges if edge.part is not None]
        sizes[link] = max(parts) if parts else None
    top = max((size for size in sizes.values() if size), default=0.0)
    return {link: None if size is None else scaled(size, top) for link, size in sizes.items()}


def scaled(size: float, top: float) -> float:
    """`size` as a part of `top`, on a logarithmic scale."""
    if not size or not top:
        return 0.0
    return min(1.0, max(0.0, 1.0 + (math.log10(size) - math.log10(top)) / DECADES))


def clipped(text: str, longest: int = LONGEST) -> str:
    """Long text without its middle."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[: longest - 1 - half]}…{text[-half:]}"


def whole_of(node: Node) -> str:
    """Everything about a node in a few lines."""
    name = node.name or title(node) or node.kind
    parts = [name, f"value {figures(node.value)}", f"gradient {figures(node.gradient)}", node.line]
    return "\n".join(part for part in parts if part)


def printable(text: str) -> str:
    """Control characters and lone surrogates, which no picture can hold, as a replacement mark; newlines stay. Graphviz reads
    no text of more than 16,384 bytes, so a text that is far too long to be read loses its middle."""
    text = clipped(text, FAR_TOO_LONG)
    return "".join(c if c == "\n" or (c.isprintable() and not 0xD800 <= ord(c) < 0xE000) else "\ufffd" for c in text)
