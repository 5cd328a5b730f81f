"""The text of a block that stands for many nodes: a closed group, what was rolled up, what is outside."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from autodiff.drawing.anonymous import formula_of, is_softmax, weight_of
from autodiff.drawing.blocks import Block, pattern
from autodiff.drawing.clipping import clipped
from autodiff.drawing.figures import number, row, shape, size_of
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import short, within
from autodiff.drawing.outline import INDEX, LATER, titles
from autodiff.drawing.parts import heading_of
from autodiff.drawing.terms import formula, program_text

FEW = 4  # so many names are all in a label
PAIR, CAPTION = 2, 12  # results that stand in rows of their own; characters of their names
TURN = re.compile(r" at [^\[\]]*$")  # `h at step 2`
NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Label:
    """The text of one block: a heading, a remark beside it, and rows of a caption and its text, such as ("grad", "0.5")."""

    heading: str
    remark: str
    rows: tuple[tuple[str, str], ...]
    whole: str = ""  # everything, for a tooltip


def summary(block: Block, printed: bool = True) -> Label:
    key = "label in print" if printed else "label"
    if key not in block.found:
        known = {"group": group_label, "outside": outside_label}.get(block.kind)
        block.found[key] = rolled_label(block, printed) if known is None else known(block)
    label: Label = block.found[key]
    return label


def group_label(block: Block) -> Label:
    """A closed group: its sizes or its ops in brief, its leaves and how large their gradients are, and what it puts out: of one
    that the heading names that alone, of two each."""
    ops = [node for node in block.members if node.op is not None]
    read = [node for node in block.members if node.kind in ("parameter", "input")]
    count = sum(1 if type(node.value) is float else int(np.size(node.value)) for node in read)
    leaves = "weights" if all(node.kind == "parameter" for node in read) else "inputs"
    heading = block.title.rpartition("/")[2]
    given = results(block)
    given = [node for node in given if is_said(short(node), heading)] or given
    scalar = all(isinstance(node.value, float) for node in given)
    rows = [
        ("ops", f"{len(ops):,}" if not read and (scalar or len(ops) > FEW) else ""),
        (leaves, f"{count:,}, grad {length(read)}" if read else ""),
        *rows_of(given, block.times),
    ]
    remark = sizes(block, given) if scalar else ""
    if block.times > 1 and follow_on(block):
        remark += ", one after another" if remark else "one after another"
    name = result_name(given, heading, block.title)
    remark = remark or (f"→ {name}" if name else computed_by(in_turn(ops)))
    shapes = {shape(node.value) for node in given}
    remark = ", ".join(part for part in (clipped(remark), shapes.pop() if len(shapes) == 1 else "") if part)
    return Label(clipped(heading), remark, tuple(row for row in rows if row[1]), block.title)


def rows_of(given: Sequence[Node], times: int) -> list[tuple[str, str]]:
    """What a closed group puts out, and the gradient of that: of two results with names each by itself."""
    names = [TURN.sub("", short(node) or "") for node in given]
    if times == 1 and len(given) == PAIR == len(set(names)) and all(0 < len(name) <= CAPTION for name in names):
        pairs = zip(names, given, strict=True)
        return [row for name, node in pairs for row in ((name, ranges([node.value])), ("grad", ranges([node.gradient])))]
    return [("value", ranges(node.value for node in given)), ("grad", ranges(node.gradient for node in given))]


def result_name(given: Sequence[Node], heading: str, group: str) -> str:
    """The names of the results of a group, by which formulas call them; of one without a name its formula. "" if the heading
    says it, and if they have none."""
    name = common_name(given, group)
    if not name and len(given) == 1 and "·" not in (how := formula(given[0], True)):
        return how
    return "" if is_said(name, heading) else name


def is_said(name: str | None, heading: str) -> bool:
    """Whether a name is a word of a heading."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name or '')}(?!\w)", heading) is not None


def follow_on(block: Block) -> bool:
    """Whether groups that were rolled up give to one another, as the steps of a loop do."""
    paths = set(block.paths)
    known = {group: path_in(group, paths) for group in {node.group for node in block.members}}
    home = {node: path for node in block.members if (path := known[node.group])}
    return any(home.get(edge.source, path) != path for node, path in home.items() for edge in node.inputs)


def path_in(group: str, paths: set[str]) -> str:
    """Which of these paths is that of a group or of one around it; "" for none."""
    while group and group not in paths:
        group = group.rpartition("/")[0]
    return group


def sizes(block: Block, given: Sequence[Node]) -> str:
    """Of a group of numbers: `16×4` for a matrix of so many weights, else how many numbers go in and come out; those that it
    has `given` do. Of groups rolled up those of the last."""
    members = block.members
    if block.times > 1:
        last = {group for group in {node.group for node in members} if within(group, block.paths[-1] if block.paths else "")}
        members = [node for node in members if node.group in last]
        given = used_outside(members)
    inside = set(members)
    sources = {edge.source for node in members for edge in node.inputs}
    before = sum(source not in inside and source.op is not None for source in sources)
    before += sum(source.kind == "input" for source in sources)
    weights = sum(source.kind == "parameter" for source in sources)
    after = sum(node.op is not None for node in given)
    if weights and before * after and weights in (before * after, before * after + after):
        return f"{after}×{before}"
    return f"{before} → {after}" if before and after else ""


def in_turn(ops: Sequence[Node]) -> list[str]:
    """The names of ops, each once; with `…` behind if some come again after others."""
    once, again = titles(ops), [name for name, _ in groupby(map(title, ops))]
    return once if len(once) >= len(again) or len(once) > FEW else [*once, "…"]


def computed_by(ops: Collection[str]) -> str:
    """The remark beside a name that says by which ops it is computed: `= multiply, add`."""
    return f"= {listed(ops)}" if ops else ""


def listed(names: Iterable[str]) -> str:
    """Names, the first few of many."""
    known = list(names)
    return ", ".join(known[:FEW]) + (", …" if len(known) > FEW else "")


def length(nodes: list[Node]) -> str:
    """The Euclidean length of all these gradients together."""
    known = [node.gradient for node in nodes if node.gradient is not None]
    if not all(math.isfinite(g) if isinstance(g, float) else np.all(np.isfinite(g)) for g in known):
        return "not finite"
    return number(math.hypot(*map(size_of, known))) if known else "–"


def rolled_label(block: Block, printed: bool) -> Label:
    """Many nodes in one block: their name, how many, and the range of their values and gradients."""
    kept = results(block) or block.members
    ops = titles(block.members)
    named = [node for node in (block.members if block.times > 1 else kept) if node.name]
    kept = named if len(named) == block.times > 1 and block.kind == "sum" else kept
    name = common_name(named if block.kind == "sum" else block.members, block.group)
    listed_all = name.count(", ") == block.times - 1  # as `W, b`
    said, about = text_of_all(kept, printed), ""
    many = f"  ×{block.times:,}" if block.times > 1 and not listed_all else ""
    if block.kind == "parameter" and (matrix := shape_of(block.members)):
        many, about = "", matrix
    elif is_sum(block):
        about = f"= sum {terms(block)}".rstrip() if name else terms(block)
        name = name or "sum"
    elif name:
        about = f"= {said}" if said else clipped(computed_by(ops))
    elif ops:
        name, about = computed(block.members)
        name, about = (said, "") if said and (not name or "·" in name) else (name, about)
    heading = name or listed(ops) or f"{block.kind}s"
    shapes = {shape(member.value) for member in kept}
    remark = ", ".join(part for part in (about, chain(block), shapes.pop() if len(shapes) == 1 else "") if part)
    rows = [("value", ranges(member.value for member in kept))]
    if block.look != "constant":
        rows.append(("grad", ranges(member.gradient for member in kept)))
    return Label(clipped(heading) + many, remark, tuple(rows), heading)


def text_of_all(nodes: Sequence[Node], printed: bool) -> str:
    """The program's text for the one expression that all these nodes are results of; "" if it is not one."""
    sites = [node.site for node in nodes]  # the instruction of one call changes as Python adapts it, its expression does not
    expressions = {site and site.call.tree.node(site.instruction) for site in sites}
    return program_text(nodes[0], printed) if len(expressions) == 1 else ""


def is_sum(block: Block) -> bool:
    """Whether a block is a chain of nothing but additions."""
    return block.kind == "sum" and titles(block.members) == ["add"]


def computed(members: Sequence[Node]) -> tuple[str, str]:
    """What nodes without a name compute, by the names of the weights or of the inputs, and a remark; "" for nothing."""
    weights = [weight for node in members if (weight := weight_of(node)) is not None]
    if len(members) > len(weights) > 0:
        each = list(dict.fromkeys(weights))
        return f"linear {common_name(each)}", shape_of(each) if len(each) == len(weights) else ""
    if any(node.op is not members[0].op for node in members):
        return "", ""
    if all(map(is_softmax, members)):
        return "softmax", ""
    slots = zip(*([edge.source for edge in node.inputs] for node in members))
    names = [common_name(sources) if all(source.name for source in sources) else "" for sources in slots]
    return formula_of(members, names), ""


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
    count = sum(source not in inside and source.kind != "constant" for source in sources)
    if count % block.times or count <= block.times:  # a term that is a number of the program is none of these
        return "of many terms" if count > block.times else ""
    return f"of {count // block.times} terms"


def results(block: Block) -> list[Node]:
    """The nodes of a block that somebody outside it uses, or that are targets."""
    return used_outside(block.members)


def used_outside(members: Sequence[Node]) -> list[Node]:
    """Those of these nodes that another one uses, or that are targets."""
    inside = set(members)
    found: list[Node] = []
    for node in members:  # spelt out, this takes a third of the time of any()
        if node.target:
            found.append(node)
            continue
        for edge in node.users:
            if edge.into not in inside:
                found.append(node)
                break
    return found


def common_name(nodes: Sequence[Node], within_path: str = "") -> str:
    """`w0–2` for w0, w1, w2; `x` for x[0] and x[1]; `x (2)` for x[0] (2) and x[1] (2); the first names of a few; "" if one has
    none. Which step of a loop they are of is left out where they are of several, or in the frame of that step."""
    full = [short(node) or node.origin for node in nodes]
    turns = {found[0] if (found := TURN.search(name)) else "" for name in full}
    turn = turns.pop() if len(turns) == 1 else ""
    turn = "" if turn.removeprefix(" at ") in within_path.split("/") else turn
    whole = [TURN.sub("", name) for name in full]
    names = list(dict.fromkeys(LATER.sub("", name) for name in whole))
    if not names or not all(names):
        return ""
    bases = list(dict.fromkeys(INDEX.sub("", name) for name in names))
    later = {found[0] if (found := LATER.search(name)) else "" for name in whole}
    if len(bases) == 1:
        return bases[0] + (later.pop() if len(later) == 1 else "") + turn
    return heading_of(bases) if pattern(bases) else listed(bases)


def shape_of(nodes: Sequence[Node]) -> str:
    """`16×16` for the elements of one matrix, all of them."""
    if any(shape(node.value) for node in nodes):
        return ""
    found = [INDEX.search(node.name or "") for node in nodes]
    indices = [tuple(map(int, NUMBERS.findall(mark[0]))) for mark in found if mark is not None]
    if len(indices) < len(nodes) or len({len(index) for index in indices}) != 1:
        return ""
    extent = [max(column) + 1 for column in zip(*indices)]
    return "×".join(map(str, extent)) if math.prod(extent) == len(nodes) else ""


def outside_label(block: Block) -> Label:
    """What gives to a group or takes from it: its name, how many numbers, and their range."""
    many = f"×{len(block.members):,}" if len(block.members) > 1 else shape(block.members[0].value)
    return Label(clipped(block.title), many, (("value", ranges(node.value for node in block.members)),), block.title)


def ranges(raws: Iterable[Any]) -> str:
    """The least and largest element of them all."""
    known = [raw for raw in raws if raw is not None]
    if not known:
        return "–"
    if all(type(raw) is float for raw in known):
        whole = np.array(known)
    else:
        whole = np.concatenate([np.ravel(raw) for raw in known])
    return row(whole[0] if whole.size == 1 else whole)
