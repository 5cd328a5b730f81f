"""Which op stands in whose block: an addition in the sum that it is a term of, a part of a statement in its result."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from autodiff.drawing.anonymous import weight_of
from autodiff.drawing.clipping import PYTHON
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import stem_of
from autodiff.drawing.results import used_outside
from autodiff.drawing.terms import formula
from autodiff.failures.stack import Site
from autodiff.failures.syntax import CALLERS, called_name

STEPS = 3  # so many ops on arrays that have no name are one block: a formula says them


def join_steps(expressions: Iterable[tuple[Site, list[Node]]], derived: Collection[Node]) -> None:
    """Tell the steps of each call of a library that stand in the box of its result. Those of a loss do if one of them has no
    name, and no formula that is complete; a layer has a frame."""
    for site, parts in expressions:
        call = site.call.tree.node(site.instruction) if len(parts) > 1 and parts[0] not in derived else None
        if not isinstance(call, ast.Call) or called_name(call) in CALLERS:
            continue
        if site.layer and not (site.layer.startswith("nn.losses.") and any(map(is_anonymous, parts))):
            continue
        ends = used_outside(parts)
        for node in parts if len(ends) == 1 else ():
            node.whole = ends[0]


def is_anonymous(node: Node) -> bool:
    return node.name is None and "·" in (formula(node, PYTHON) or "·")


def joined(nodes: Sequence[Node], paths: Mapping[Node, str]) -> tuple[dict[Node, Node], dict[Node, Node]]:
    """The op in whose block each of these ops stands: an addition in the sum that it is a term of; and what has no name in the
    op of the same source line that has one, or of a few that have none, if it goes there alone; and a step of a library's call
    in its result. And a weight of each linear form. `paths`: of the ops whose path is not their group's."""
    known = set(nodes)
    heads: dict[Node, Node] = {}
    weights: dict[Node, Node] = {}
    sizes: Counter[Node] = Counter()  # how many ops stand in the block of each besides itself
    for node in reversed(nodes):
        users = node.users
        if node.op is None or node.target or node.failed or not users or users[0].into not in known:
            continue
        first = users[0].into
        head = heads.get(first, first)
        if head.op is None:
            continue  # what is cut there is no part of the cut
        if head.group != node.group if not paths else paths.get(head, head.group) != paths.get(node, node.group):
            continue
        alone = len(users) == 1
        adds = alone and first.op is not None and first.op.symbol == "+"
        if adds and node.op.symbol == "+":
            joins = node.name is None or stem_of(node.name) == stem_of(head.name)
        elif adds and (weight := weight_of(node)) is not None:
            joins = True  # a term of a linear form
            weights[head] = weight
        elif node.whole not in (None, node):
            joins = head is heads.get(node.whole, node.whole)
        else:
            part = bool(node.line) and node.line == head.line and not node.step  # of a statement
            nameless = node.name is None and part
            said = head.name is not None or (sizes[head] < STEPS - 1 and type(node.value) is not float)
            joins = nameless and said and (alone or all(heads.get(edge.into, edge.into) is head for edge in users))
        if joins:
            heads[node] = head
            sizes[head] += 1
    return heads, weights
