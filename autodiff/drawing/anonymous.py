"""What nodes without a name compute, by the names of what they read: `linear w`, `softmax`, `wte + wpe`."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.drawing.formula import expression
from autodiff.drawing.graph import Node

LONGEST = 60  # characters of a formula that is a heading, of which a box shows the beginning
DEEPEST = 4_000  # additions of one sum


def weight_of(node: Node) -> Node | None:
    """The parameter with a name that a product has as one factor, if the other was computed or is data; else None."""
    if node.op is None or node.op.symbol != "*" or node.name or node.line:
        return None
    if len(node.inputs) != 2:
        return None
    one, other = node.inputs[0].source, node.inputs[1].source
    weight, factor = (one, other) if one.kind == "parameter" else (other, one)
    return weight if weight.kind == "parameter" and weight.name and factor.kind in ("op", "input") else None


def is_softmax(node: Node) -> bool:
    """Whether a node is exp(x) divided by a sum that has it as a term."""
    if node.op is None or node.op.symbol != "/" or len(node.inputs) != 2:
        return False
    part, total = (edge.source for edge in node.inputs)
    if part.op is None or part.op.name != "exp":
        return False
    for _ in range(DEEPEST):
        above = next((edge.into for edge in part.users if edge.into.op is not None and edge.into.op.symbol == "+"), None)
        if above is None or above is total:
            return above is total
        part = above
    return False


def formula_of(members: Sequence[Node], names: Sequence[str]) -> str:
    """The formula of nodes that one op computed, by the `names` of its inputs, "" for those without one; "" if none has one."""
    if not any(names):
        return ""
    arguments = [name or "·" for name in names]
    text = expression(members[0], arguments, printed=True)
    picks = members[0].op is not None and members[0].op.symbol == "[]"  # each another element, it may be
    same = not picks or all(expression(node, arguments, printed=True) == text for node in members)
    return text if len(text) <= LONGEST and same else ""
