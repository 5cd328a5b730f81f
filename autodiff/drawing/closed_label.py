"""The text of a closed group: its sizes or its ops, its weights, and what it puts out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from autodiff.drawing.blocks import Block, Label
from autodiff.drawing.clipping import Style, clipped, in_lines
from autodiff.drawing.figures import figures, number, shape
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import has_path, short, within
from autodiff.drawing.outline import LATER, titles
from autodiff.drawing.results import FEW, TURN, common_name, computed_by, ranges, results, used_outside
from autodiff.drawing.terms import formula, text_of_all, text_of_each

MARKS, INSIDE = re.compile(r"[\[ ]"), 36  # what follows the name of a variable in that of a result; characters of several
BRIEF = 2  # digits of a gradient beside a number of weights
PAIR, CAPTION = 2, 12  # results that stand in rows of their own; characters of their names


@dataclass(frozen=True, slots=True)
class Facts:
    """What a closed group is, in whatever style that is written."""

    given: list[Node]  # what it puts out: of one that the heading names that alone; of steps what each hands on
    steps: bool  # whether it is groups that give to one another
    name: str | None  # of what it puts out, "" if that has none; None where it is not said
    sizes: str
    ops: str
    rows: tuple[tuple[str, str], ...]


def group_label(block: Block, style: Style) -> Label:
    """A closed group: its sizes or its ops in brief, its leaves and how large their gradients are, and what it puts out."""
    facts = facts_of(block)
    how = whole_formula(facts.given, block.times, style)
    if not how and block.times == 1 and are_steps(facts.given):
        how = text_of_each(facts.given, style)
    name = how if facts.name == "" and block.times == 1 else facts.name
    sizes = facts.sizes if "×" in facts.sizes and not facts.sizes.startswith("1×") else ""  # of a matrix: more than a name
    remark = sizes or (f"→ {name}" if name else "" if how else facts.sizes)
    remark = ", ".join(filter(None, [remark, "one after another" * facts.steps])) or (f"= {how}" if how else "")
    shapes = {shape(node.value) for node in facts.given}
    alike = shapes.pop() if len(shapes) == 1 else ""
    remark = ", ".join(filter(None, [clipped(remark, style.longest), alike, "" if remark else facts.ops]))
    name, many, times = heading_in(block).rpartition(" ×")
    heading = clipped(name or times) + (many + times if name else "")
    return Label(heading, in_lines(remark, style, len(heading)), facts.rows, block.title)


def heading_in(block: Block) -> str:
    return block.title.rpartition("/")[2]


def facts_of(block: Block) -> Facts:
    if "facts" not in block.found:
        block.found["facts"] = facts_in(block, heading_in(block))
    found: Facts = block.found["facts"]
    return found


def facts_in(block: Block, heading: str) -> Facts:
    ops = [node for node in block.members if node.op is not None]
    steps = handed_on(block) if block.times > 1 else []
    given = steps or results(block)
    given = [node for node in given if node.op is not None] or given  # and no weight that something else reads too
    given = [node for node in given if block.times == 1 and is_said(LATER.sub("", short(node) or ""), heading)] or given
    scalar = all(isinstance(node.value, float) for node in given)
    named = [node for node in given if short(node)]
    name = common_name(given, block.title) or (f"{common_name(named, block.title)}, …" if named and block.times == 1 else "")
    name = TURN.sub("", name) if block.times > 1 else name
    said = is_said(name, heading) or (bool(steps) and ", " in name)
    rows = [*rows_inside(block, ops, given, scalar), *rows_of(given, block.times)]
    in_brief = computed_by(in_turn(ops, block.times))
    if ops and all(node.step for node in ops):  # of rules: how is no news, but what is read of a derivative may be
        in_brief = computed_by(titles(given)) if are_steps(given) else ""
    return Facts(given, bool(steps), None if said else name, sizes(block, given) if scalar else "", in_brief, tuple(rows))


def rows_inside(block: Block, ops: Sequence[Node], given: Sequence[Node], scalar: bool) -> list[tuple[str, str]]:
    """The weights of a closed group, or its other leaves; of one without, what it computes on the way to its results, by the
    names of that; if none has a name, in how many operations, unless these are named."""
    read = [node for node in block.members if node.kind in ("parameter", "input")]
    if read:
        count = sum(1 if type(node.value) is float else int(np.size(node.value)) for node in read)
        return [(caption_of(read), f"{count:,}, grad {figures(read[0].gradient) if count == 1 else spread_of(read)}")]
    if not scalar and len(ops) <= FEW:
        return []
    names = variables(ops, set(given))
    return [("inside", names) if names else ("ops", f"{len(ops):,}")]


def caption_of(leaves: Sequence[Node]) -> str:
    """`bias`, if all leaves in a group have that name, for others that it reads may be outside; else what they are, and `b1, t`
    for what are not all weights, if the names are short."""
    names = list(dict.fromkeys(MARKS.split(re.split("[/:.] ?", node.name or "")[-1], maxsplit=1)[0] for node in leaves))
    text = ", ".join(names)
    weights = all(node.kind == "parameter" for node in leaves)
    of_layers = len(names) > 1 and any(map(has_path, leaves))
    if all(names) and len(text) <= CAPTION and text not in ("value", "grad") and not of_layers:
        return text
    return "weights" if weights else "inputs"


def variables(ops: Sequence[Node], given: Collection[Node]) -> str:
    """The variables in which a program has these results, but for those that are `given` away, and for what is but picked from
    one; the first of many."""
    inner = dict.fromkeys(node.name for node in ops if node.name and node not in given and not is_element_of_another(node))
    known = dict.fromkeys(MARKS.split(name.rpartition("/")[2], 1)[0] for name in inner)
    names = [name for name in known if name.isidentifier()]
    text = ", ".join(names)
    while len(text) > INSIDE:
        names.pop()
        text = ", ".join([*names, "…"])
    return text


def is_element_of_another(node: Node) -> bool:
    """Whether a result has but the name of an element, `x[2]`, of what it was picked from."""
    picked = node.op is not None and node.op.symbol == "[]"
    return picked and (node.name or "").startswith(f"{node.inputs[0].source.name}[")


def rows_of(given: Sequence[Node], times: int) -> list[tuple[str, str]]:
    """What a closed group puts out, and the gradient of that: of two results with names each by itself. Of others there is one
    range, which says of how many."""
    names = [TURN.sub("", short(node) or "") for node in given]
    if times == 1 and len(given) == PAIR == len(set(names)) and all(0 < len(name) <= CAPTION for name in names):
        pairs = zip(names, given, strict=True)
        return [row for name, node in pairs for row in ((name, ranges([node.value])), ("grad", ranges([node.gradient])))]
    parts = f"{len(given)} parts" if times == 1 and len(given) > 1 else "a part" if are_steps(given) else "value"
    return [(parts, ranges(node.value for node in given)), ("grad", ranges(node.gradient for node in given))]


def are_steps(given: Sequence[Node]) -> bool:
    """Whether these are but steps of a derivative, which is itself not read."""
    return bool(given) and all(node.step > 0 for node in given)


def whole_formula(given: Sequence[Node], times: int, style: Style) -> str:
    """The formula of the one result of each of so many groups, if nothing is left out in it; "" else."""
    one = len(given) == times
    how = formula(given[0], style) if one and times == 1 else text_of_all(given, style) if one else ""
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
    products = sum(node.op is not None and node.op.symbol == "*" for node in members)  # of a linear form one for each weight
    if weights and before * after == products and weights in (products, products + after):
        return f"{after}×{before}"
    return f"{before} → {after}" if before and after else ""


def in_turn(ops: Sequence[Node], times: int) -> list[str]:
    """The names of ops, each once; with `…` behind if some come again after others, in a group that was not rolled up."""
    once, again = titles(ops), [name for name, _ in groupby(map(title, ops))]
    return once if times > 1 or len(once) >= len(again) or len(once) > FEW else [*once, "…"]


def spread_of(nodes: Sequence[Node]) -> str:
    """The least and the largest of all these gradients, to two digits."""
    known = [np.ravel(node.gradient) for node in nodes if node.gradient is not None]
    whole = np.concatenate(known) if known else np.zeros(0)
    if not whole.size or not np.all(np.isfinite(whole)):
        return "not finite" if whole.size else "–"
    low, high = (number(x, BRIEF) for x in (whole.min(), whole.max()))
    return f"{low} … {high}" if low != high else f"all {low}"
