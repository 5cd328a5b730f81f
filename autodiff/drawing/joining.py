"""Which op stands in whose block: an addition in the sum that it is a term of, a part of a statement in its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from autodiff.drawing.anonymous import weight_of
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import stem_of

STEPS = 3  # so many ops on arrays that have no name are one block: a formula says them


def joined(nodes: Sequence[Node], paths: Mapping[Node, str]) -> tuple[dict[Node, Node], dict[Node, Node]]:
    """The op in whose block each of these ops stands: an addition in the sum that it is a term of; and what has no name in the
    op of the same source line that has one, or of a few that have none, if it goes there alone. And a weight of each linear
    form. `paths`: of the ops whose path is not their group's."""
    heads: dict[Node, Node] = {}
    weights: dict[Node, Node] = {}
    sizes: Counter[Node] = Counter()  # how many ops stand in the block of each besides itself
    for node in reversed(nodes):
        users = node.users
        if node.op is None or node.target or node.failed or not users:
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
        else:
            nameless = node.name is None and bool(node.line) and node.line == head.line  # a part of a statement
            said = head.name is not None or (sizes[head] < STEPS - 1 and type(node.value) is not float)
            joins = nameless and said and (alone or all(heads.get(edge.into, edge.into) is head for edge in users))
        if joins:
            heads[node] = head
            sizes[head] += 1
    return heads, weights
