"""The text of a closed group: its sizes or its ops, its weights, and what it puts out."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from autodiff.drawing.blocks import Block, Label
from autodiff.drawing.clipping import Style, clipped, in_lines
from autodiff.drawing.figures import number, shape, size_of
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import short, within
from autodiff.drawing.outline import titles
from autodiff.drawing.results import FEW, TURN, common_name, computed_by, ranges, results, used_outside
from autodiff.drawing.terms import formula

PAIR, CAPTION = 2, 12  # results that stand in rows of their own; characters of their names


def group_label(block: Block, style: Style) -> Label:
    """A closed group: its sizes or its ops in brief, its leaves and how large their gradients are, and what it puts out: of one
    that the heading names that alone, of two each."""
    ops = [node for node in block.members if node.op is not None]
    read = [node for node in block.members if node.kind in ("parameter", "input")]
    count = sum(1 if type(node.value) is float else int(np.size(node.value)) for node in read)
    leaves = "weights" if all(node.kind == "parameter" for node in read) else "inputs"
    heading = block.title.rpartition("/")[2]
    steps = handed_on(block) if block.times > 1 else []
    given = steps or results(block)
    given = [node for node in given if is_said(short(node), heading)] or given
    scalar = all(isinstance(node.value, float) for node in given)
    rows = [
        ("ops", f"{len(ops):,}" if not read and (scalar or len(ops) > FEW) else ""),
        (leaves, f"{count:,}, grad {length(read)}" if read else ""),
        *rows_of(given, block.times),
    ]
    name = "" if steps else result_name(given, heading, block.title, style)
    name = TURN.sub("", name) if block.times > 1 else name
    remark = sizes(block, given) if scalar else ""
    remark = f"→ {name}" if name and ("×" not in remark or remark == "1×1") else remark
    if steps:
        remark += ", one after another" if remark else "one after another"
    how = "" if remark else whole_formula(given, block.times, style)
    remark = remark or (f"= {how}" if how else computed_by(in_turn(ops, block.times)))
    shapes = {shape(node.value) for node in given}
    remark = ", ".join(part for part in (clipped(remark, style.longest), shapes.pop() if len(shapes) == 1 else "") if part)
    return Label(clipped(heading), in_lines(remark, style, len(heading)), tuple(row for row in rows if row[1]), block.title)


def rows_of(given: Sequence[Node], times: int) -> list[tuple[str, str]]:
    """What a closed group puts out, and the gradient of that: of two results with names each by itself. Of others there is one
    range, which says of how many."""
    names = [TURN.sub("", short(node) or "") for node in given]
    if times == 1 and len(given) == PAIR == len(set(names)) and all(0 < len(name) <= CAPTION for name in names):
        pairs = zip(names, given, strict=True)
        return [row for name, node in pairs for row in ((name, ranges([node.value])), ("grad", ranges([node.gradient])))]
    parts = f"{len(given)} parts" if times == 1 and len(given) > 1 else "value"
    return [(parts, ranges(node.value for node in given)), ("grad", ranges(node.gradient for node in given))]


def result_name(given: Sequence[Node], heading: str, group: str, style: Style) -> str:
    """The names of the results of a group, by which formulas call them; of one without a name its formula. "" if the heading
    says it, and if they have none."""
    name = common_name(given, group)
    if not name and (how := whole_formula(given, 1, style)):
        return how
    return "" if is_said(name, heading) else name


def whole_formula(given: Sequence[Node], times: int, style: Style) -> str:
    """The formula of the one result of a group, if nothing is left out in it; "" else."""
    how = formula(given[0], style) if len(given) == times == 1 else ""
    return "" if "·" in how or len(how) > style.longest else how


def is_said(name: str | None, heading: str) -> bool:
    """Whether a name is a word of a heading."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name or '')}(?!\w)", heading) is not None


def handed_on(block: Block) -> list[Node]:
    """What groups that were rolled up give to one another, as the steps of a loop do, and what the last of them puts out."""
    paths = set(block.paths)
    known = {group: path_in(group, paths) for group in {node.group for node in block.members}}
    home = {node: path for node in block.members if (path := known[node.group]) and node.op is not None}
    given = dict.fromkeys(n for n, path in home.items() if any(home.get(edge.into, path) != path for edge in n.users))
    return list(given | dict.fromkeys(results(block))) if given else []


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


def in_turn(ops: Sequence[Node], times: int) -> list[str]:
    """The names of ops, each once; with `…` behind if some come again after others, in a group that was not rolled up."""
    once, again = titles(ops), [name for name, _ in groupby(map(title, ops))]
    return once if times > 1 or len(once) >= len(again) or len(once) > FEW else [*once, "…"]


def length(nodes: list[Node]) -> str:
    """The Euclidean length of all these gradients together."""
    known = [node.gradient for node in nodes if node.gradient is not None]
    if not all(math.isfinite(g) if isinstance(g, float) else np.all(np.isfinite(g)) for g in known):
        return "not finite"
    return number(math.hypot(*map(size_of, known))) if known else "–"
