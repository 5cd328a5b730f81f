"""What many nodes have in common: their results, their name, the range of their numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from autodiff.drawing.blocks import Block, pattern
from autodiff.drawing.figures import row, shape
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import short
from autodiff.drawing.outline import INDEX, LATER, TOLD
from autodiff.drawing.parts import heading_of

FEW, PAIR = 4, 2  # so many names are all in a label; of no more they are if they differ in their numbers alone
TURN = re.compile(r" at [^\[\]()]*(?=\)*$)")  # `h at step 2`, `stop_gradient(h at step 2)`
PICKED = re.compile(r"\[[^\]]*[A-Za-z_:][^\]]*\]$")  # by what has a name, by a key, a slice
NUMBERS = re.compile(r"\d+")


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


def call_of(node: Node) -> str:
    """What the frame of a call says, `critic (fake)`, for a result that has but the name of the function; "" for another."""
    call = node.group.rpartition("/")[2]
    return call if node.op is not None and node.name != call and TOLD.sub("", call) == node.name else ""


def base_of(name: str) -> str:
    """The variable of a result: `x` for `x[3] (2) at step 1`."""
    return INDEX.sub("", LATER.sub("", TURN.sub("", name)))


def number_in(name: str) -> str:
    """That of a later result, ` (2)`; "" for the first."""
    found = LATER.search(TURN.sub("", name))
    return found[0] if found else ""


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
    picked = len(names) == 1 and PICKED.search(names[0]) is not None  # the same in all turns: `table[rows]`, `v[:2]`
    bases = names if picked else list(dict.fromkeys(INDEX.sub("", name) for name in names))
    later = set(map(number_in, whole))
    if len(bases) == 1:
        return bases[0] + (later.pop() if len(later) == 1 else "") + turn
    if pattern(bases) and len(bases) > PAIR:
        return heading_of(bases)
    return listed(dict.fromkeys(base_of(name) + number_in(name) for name in whole) if len(bases) <= PAIR else bases)


def shape_of(nodes: Sequence[Node]) -> str:
    """`16×16` for the elements of one matrix, all of them; `7×16 of 27×16` for some of its rows."""
    if any(shape(node.value) for node in nodes):
        return ""
    found = [INDEX.search(node.name or "") for node in nodes]
    indices = [tuple(map(int, NUMBERS.findall(mark[0]))) for mark in found if mark is not None]
    if len(indices) < len(nodes) or len({len(index) for index in indices}) != 1:
        return ""
    columns = [set(column) for column in zip(*indices)]
    table = nodes[0].table
    counts = [len(column) if table else max(column) + 1 for column in columns]
    shown = "×".join(map(str, counts)) if math.prod(counts) == len(nodes) else ""
    return f"{shown} of {table}" if shown and table not in ("", shown) else shown


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


def listed(names: Iterable[str]) -> str:
    """Names, the first few of many."""
    known = list(names)
    return ", ".join(known[:FEW]) + (", …" if len(known) > FEW else "")


def computed_by(ops: Collection[str]) -> str:
    """The remark beside a name that says by which ops it is computed: `by multiply, add`."""
    return f"by {listed(ops)}" if ops else ""
