"""The text in each block and beside each link: a heading, the value, the gradient; and how strong a gradient is."""

from __future__ import annotations

import math
import os

import numpy as np

from autodiff.drawing.blocks import Block, Label, Link, Sketch
from autodiff.drawing.clipping import PRINT, Style, clipped, in_lines, printable
from autodiff.drawing.convex import AGAIN
from autodiff.drawing.figures import figures, number, row, shape, size_of
from autodiff.drawing.formula import in_print, symbol, title
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.groups import common, has_path, short
from autodiff.drawing.outline import LATER
from autodiff.drawing.results import call_of, results
from autodiff.drawing.rounding import is_rounding
from autodiff.drawing.slopes import contributions, derivative
from autodiff.drawing.source_text import text_at
from autodiff.drawing.summary import is_sum, summary
from autodiff.drawing.terms import formula, is_whole, program_text, statement

__all__ = ["Label", "clipped", "edge_label", "label_of", "printable", "scaled", "strengths"]

STEPS = 8  # of a statement that is one box: a formula of more is too long
DECADES = 4  # gradients this many powers of ten below the largest are drawn as thin as none


def label_of(block: Block, style: Style = PRINT) -> Label:
    """The text of a block."""
    if block.kind == "cut":
        return marker_label(block)
    if block.kind in ("group", "outside") or block.times > 1 or len(block.members) > 1:
        return statement_label(block, style) or summary(block, style)
    node = block.members[0]
    if node.origin:
        return node_label(node, style, block.group)
    if node.failed:
        return failed_label(node, style)
    if node.kind == "constant":
        text = figures(node.value)
        name = short(node) or node.key or ("data" if "…" in text else "")  # a range alone would be no name
        heading = name or text
        if style.printed:
            heading = in_print(name) if name else text.replace("-", "−")
        heading = in_lines(clipped(heading, style.longest), style)
        return Label(heading, shape(node.value), (("value", row(node.value)),) if name else (), name or text)
    return node_label(node, style, block.group)


def marker_label(block: Block) -> Label:
    """Where numbers were taken out that nothing in the graph was computed with: how, and at which line."""
    node = block.members[0]
    called = "" if node.marks is None or block.times > 1 else text_at(node.marks.site)
    heading = clipped(called or node.name or "") + (f" ×{block.times:,}" if block.times > 1 else "")
    place = node.line.partition("  ")[0]
    return Label(heading, "no gradient comes back", (("at", os.path.basename(place)),), node.line)


def node_label(node: Node, style: Style, group: str, how: str | None = None) -> Label:
    """The text of an op's result or of a leaf in the frame of a group; `how` is its formula, if it is known."""
    heading, remark = headings(node, style, how)
    frame, own = (path.partition(AGAIN)[0] for path in (group, node.group))
    if own != frame and has_path(node) and heading != node.name:
        heading = f"{own.removeprefix(common([frame, own])).strip('/')}/{heading}"  # in a frame of several layers
    heading = call_of(node) or heading if heading == node.name else heading
    remark = ", ".join(part for part in (remark, shape(node.value)) if part)
    rows = (("value", row(node.value)), ("grad", "≈0" if is_rounding(node) else row(node.gradient)))
    heading = in_lines(clipped(heading, style.longest), style)
    return Label(heading, in_lines(remark, style, len(heading)), rows, whole_of(node))


def statement_label(block: Block, style: Style) -> Label | None:
    """The text of steps of one statement that have one result, if its formula names all of them or the program's text is known;
    None else."""
    ends = results(block) if block.kind in ("op", "sum") and block.times == 1 and not is_sum(block) else []
    if len(ends) != 1:
        return None
    named = any(edge.source.name for node in block.members for edge in node.inputs)
    how = statement(ends[0], style, set(block.members)) if named and len(block.members) <= STEPS else ""
    if not how or not is_whole(how) or len(how) > style.longest:
        how = program_text(ends[0], style) or how
    return node_label(ends[0], style, block.group, how) if how and len(how) <= style.longest else None


def failed_label(node: Node, style: Style) -> Label:
    """An op that raised: its operands' names and shapes. In the terminal, where there is one column, that it failed."""
    heading = headings(node, style)[0] or title(node)
    if not style.printed:
        return Label(clipped(heading), "", (("value", "failed"), ("grad", "–")))
    operands = [edge.source for edge in node.inputs]
    rows = [(f"operand {k}", f"{short(x) or ''} {np.shape(x.value) or figures(x.value)}".strip())
            for k, x in enumerate(operands)]  # fmt: skip
    value = [] if node.value is None else [("value", row(node.value))]
    return Label(clipped(heading), "failed", (*rows, *value), whole_of(node))


def headings(node: Node, style: Style, how: str | None = None) -> tuple[str, str]:
    """A node's name, and the formula that computed it (`how`, if it is known); without a name the formula; or its op's sign and
    name, where no name and no number is in the formula."""
    name, how = short(node), node.origin or (formula(node, style) if how is None else how)
    if style.printed:
        name, how = name and in_print(name), in_print(how) if node.origin else how
    if name is not None:
        how = how or title(node)
        said = how == name or (name.endswith(")") and not LATER.search(name))  # a call is its own formula
        return name, f"= {clipped(how, style.longest)}" if how and not said else ""
    if how or node.op is None:
        return how or node.kind, ""
    sign, op = symbol(node) if style.printed else title(node), title(node)
    return sign, op if sign != op else ""


def edge_label(link: Link) -> str:
    """The derivative of a box by the number that an arrow comes from; of an array the shape; how many edges in one arrow."""
    slope = derivative(link)
    if slope is not None:
        return number(slope)
    if len(link.edges) > 1:
        return f"×{len(link.edges):,}"
    source = link.edges[0].source
    return "" if source.kind == "constant" else shape_beside(source)


def shape_beside(source: Node) -> str:
    """The shape of what comes along an arrow, `[5]` for 5: a number alone is read as a derivative."""
    text = shape(source.value)
    return f"[{text}]" if text.isdigit() else text


def strengths(sketch: Sketch) -> dict[Link, float | None]:
    """For each arrow how much gradient flows along it, from 0 to 1 on a scale of decades; None where none does, or none was
    computed."""
    sizes: dict[Link, float | None] = {}
    for link in sketch.links:
        parts = list(map(size_of, contributions(link.edges)))
        if parts and not any(parts):  # what flows along several edges of an arrow may add up to nothing
            parts = [size_of(edge.part) for edge in link.edges if edge.part is not None]
        if not parts:  # between the arrays of a large graph contributions are not noted
            parts = [size_of(edge.source.gradient) for edge in link.edges if may_carry(edge)]
        sizes[link] = max(parts) if parts else None
    top = max((size for size in sizes.values() if size), default=0.0)
    return {link: None if size is None else scaled(size, top) for link, size in sizes.items()}


def may_carry(edge: Edge) -> bool:
    """Whether a gradient that was computed may have come along an edge: it arrived behind it and before it."""
    return not edge.cut and edge.into.gradient is not None and edge.source.gradient is not None


def scaled(size: float, top: float) -> float:
    """`size` as a part of `top`, on a logarithmic scale."""
    if not size or not top:
        return 0.0
    return min(1.0, max(0.0, 1.0 + (math.log10(size) - math.log10(top)) / DECADES))


def whole_of(node: Node) -> str:
    """Everything about a node in a few lines."""
    name = node.name or title(node) or node.kind
    parts = [name, f"value {figures(node.value)}", f"gradient {figures(node.gradient)}", node.line]
    return "\n".join(part for part in parts if part)
