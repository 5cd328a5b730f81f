"""The text of a block that stands for many nodes: a closed group, what was rolled up, what is outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.drawing.anonymous import formula_of, is_softmax, weight_of
from autodiff.drawing.blocks import Block, Label
from autodiff.drawing.clipping import PRINT, Style, clipped, in_lines
from autodiff.drawing.closed_label import group_label
from autodiff.drawing.figures import number, shape
from autodiff.drawing.formula import expression
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import is_element, titles
from autodiff.drawing.results import call_of, common_name, computed_by, listed, ranges, results, shape_of
from autodiff.drawing.terms import is_one_expression, text_of_all, text_of_each


def summary(block: Block, style: Style = PRINT) -> Label:
    key = f"label {style}"
    if key not in block.found:
        known = {"group": group_label, "outside": outside_label}.get(block.kind)
        block.found[key] = rolled_label(block, style) if known is None else known(block, style)
    label: Label = block.found[key]
    return label


class Rolled(NamedTuple):
    """What many nodes in one block are, in whatever style that is written."""

    kept: Sequence[Node]  # those of which values are shown
    ops: list[str]
    name: str
    chain: str
    shape: str
    rows: tuple[tuple[str, str], ...]


def rolled(block: Block) -> Rolled:
    kept = results(block) or block.members
    named = [node for node in (block.members if block.times > 1 else kept) if node.name]
    kept = named if len(named) == block.times > 1 and block.kind in ("sum", "op") else kept
    name = common_name(named if block.kind == "sum" else block.members, block.group)
    shapes = {shape(member.value) for member in kept}
    alike = shapes.pop() if len(shapes) == 1 else ""
    return Rolled(kept, titles(block.members), name, chain(block), alike, rows_of(block, kept))


def rolled_label(block: Block, style: Style) -> Label:
    """Many nodes in one block: their name, how many, and the range of their values and gradients."""
    if "rolled" not in block.found:
        block.found["rolled"] = rolled(block)
    facts: Rolled = block.found["rolled"]
    kept, ops, name = facts.kept, facts.ops, facts.name
    listed_all = name.count(", ") == block.times - 1  # as `W, b`
    said, about, by = text_of_all(kept, style), "", ""
    if said and all(node.op is not None and node.op.symbol == "[]" and is_element(node) for node in kept):
        name = said  # the name of elements is that of what they are taken from
    many = f"  ×{block.times:,}" if block.times > 1 and not listed_all else ""
    if block.kind == "parameter" and (matrix := shape_of(block.members)):
        many, about = "", matrix
    elif is_sum(block):
        whole = said if block.times == 1 and "·" not in said and is_one_expression(block.members) else ""
        about = f"= {whole or f'sum {terms(block)}'.rstrip()}" if name else terms(block)
        name = name or "sum"
    elif name:
        about = "" if name == said else f"= {said}" if said else ""
        by = "" if said else clipped(computed_by(ops), style.longest)
    elif ops:
        if "computed" not in block.found:
            block.found["computed"] = computed(block.members)
        name, about = block.found["computed"]
        told = (said or text_of_each(kept, style)) if not name or "·" in name else ""
        name, about = (told, "") if told else (name, about)
        if not any(map(str.isalpha, name)) and len(ops) == 1:
            name = by_kinds(block.members) or name
    heading = name or listed(ops) or f"{block.kind}s"
    remark = ", ".join(filter(None, [about, facts.chain, facts.shape, by]))
    heading_lines = in_lines(clipped(heading, style.longest), style) + many
    return Label(heading_lines, in_lines(remark, style, len(heading)), facts.rows, heading)


def rows_of(block: Block, kept: Sequence[Node]) -> tuple[tuple[str, str], ...]:
    """The range of the values of these nodes, and that of their gradients."""
    rows = [("value", ranges(member.value for member in kept))]
    if block.look != "constant":
        rows.append(("grad", ranges(member.gradient for member in kept)))
    return tuple(rows)


def is_sum(block: Block) -> bool:
    """Whether a block is a chain of nothing but additions."""
    return block.kind == "sum" and titles(block.members) == ["add"]


def computed(members: Sequence[Node]) -> tuple[str, str]:
    """What nodes without a name compute, by the names of the weights or of the inputs, and a remark; "" for nothing."""
    weights = [weight for node in members if (weight := weight_of(node)) is not None]
    if len(members) > len(weights) > 0:
        each = list(dict.fromkeys(weights))
        added = ", add" * has_more_terms(members)
        return f"linear {common_name(each)}{added}", shape_of(each) if len(each) == len(weights) else ""
    if any(node.op is not members[0].op for node in members):
        return "", ""
    if all(map(is_softmax, members)):
        return "softmax", ""
    slots = zip(*([edge.source for edge in node.inputs] for node in members))
    names = [argument_of(sources) if all(source.name for source in sources) else "" for sources in slots]
    return formula_of(members, names), ""


def argument_of(sources: Sequence[Node]) -> str:
    """What nodes are called that several others read, one each, in the formula of all of these: `w1, …` for many names."""
    names = list(dict.fromkeys(call_of(source) or common_name([source]) for source in sources))
    name = names[0] if len(names) == 1 else common_name(sources)
    return f"{names[0]}, …" if name.startswith(f"{names[0]}, ") else name


def by_kinds(members: Sequence[Node]) -> str:
    """The formula of nodes that one op computed from what has no name, by what that is: `softmax × sum`; "" if it is of several
    kinds."""
    slots = zip(*([edge.source for edge in node.inputs] for node in members))
    found = ["sum" if text.startswith("· + ·") else text for text in map(kind_of_all, slots)]
    return formula_of(members, [text if text != "·" else "" for text in found])


def kind_of_all(sources: Sequence[Node]) -> str:
    """What several nodes are of which each is read by another: a name, `parameter`, or the op that computed them, `tanh(·)`."""
    first = sources[0]
    if all(source.name for source in sources):
        return argument_of(sources)
    if any((source.kind, source.op, source.output) != (first.kind, first.op, first.output) for source in sources):
        return "·"
    if first.kind == "constant":
        same = type(first.value) is float and all(source.value == first.value for source in sources)
        return number(first.value).replace("-", "−") if same else "·"
    if first.op is None:
        return first.kind
    if all(map(is_softmax, sources)):
        return "softmax"
    return "·" if first.op.symbol == "[]" else expression(first, ["·"] * len(first.inputs), printed=True)


def has_more_terms(members: Sequence[Node]) -> bool:
    """Whether these sums of products have terms that other operations computed, as where a residual is added."""
    inside = set(members)
    added = (edge.source for node in members if node.op is not None and node.op.symbol == "+" for edge in node.inputs)
    return any(source.op is not None and source not in inside for source in added)


def chain(block: Block) -> str:
    """Whether ops that were rolled up, or statements of one result each, give to one another."""
    if block.times == 1:
        return ""
    inside = set(block.members)
    ends = inside
    if block.kind == "sum":
        ends = {node for node in block.members if node.name}
        ends = ends if len(ends) == block.times else set()
    return "one after another" if any(edge.into in inside for node in ends for edge in node.users) else ""


def terms(block: Block) -> str:
    """How many terms each of these sums has, if they agree."""
    inside = set(block.members)
    sources = [edge.source for node in block.members for edge in node.inputs]
    count = sum(source not in inside and (source.kind != "constant" or bool(source.name)) for source in sources)
    if count % block.times or count <= block.times:  # the 0 with which a sum begins is none of these
        return "of many terms" if count > block.times else ""
    return f"of {count // block.times} terms"


def outside_label(block: Block, style: Style) -> Label:
    """What gives to a group or takes from it: its name, how many numbers, and their range."""
    many = f"×{len(block.members):,}" if len(block.members) > 1 else shape(block.members[0].value)
    return Label(clipped(block.title), many, (("value", ranges(node.value for node in block.members)),), block.title)
