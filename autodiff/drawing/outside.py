"""The neighbours of a group, seen from inside."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autodiff.drawing.blocks import DIGITS, Block
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.data import is_drawn
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import common, short
from autodiff.drawing.labels import headings
from autodiff.drawing.outline import INDEX
from autodiff.drawing.parts import heading_of

MOST = 6  # neighbours on each side


def outside(inside: Sequence[Node], path: str) -> tuple[list[Block], list[Block]]:
    """What gives to these nodes, and what takes from them: a block for each neighbour."""
    known = set(inside)
    giving = {edge.source: None for node in inside for edge in node.inputs
              if edge.source not in known and is_drawn(edge.source)}  # fmt: skip
    taking = {edge.into: None for node in inside for edge in node.users if edge.into not in known and edge.into not in giving}
    return neighbours(giving, path), neighbours(taking, path)


def neighbours(nodes: dict[Node, None], path: str) -> list[Block]:
    """Nodes by the group beside `path` that they belong to, groups that differ in their numbers as one; by their names or
    operations where they belong to none. Of many kinds the last are one."""
    found: dict[Hashable, dict[Node, str]] = {}
    for node in nodes:
        name = name_beside(node, path)
        found.setdefault((node.op is None, DIGITS.sub("#", name)), {})[node] = name
    kinds = list(found.values())
    if len(kinds) > MOST:
        kinds[MOST - 1 :] = [{node: name for each in kinds[MOST - 1 :] for node, name in each.items()}]
    return [Block("outside", list(each), title=title_of(each)) for each in kinds]


def title_of(nodes: dict[Node, str]) -> str:
    """What nodes are called that have these names; a node alone by its formula, if it has no name."""
    node = next(iter(nodes))
    alone = len(nodes) == 1 and node.op is not None and nodes[node] == title(node)
    return headings(node, PRINT)[0] if alone else heading_of(list(dict.fromkeys(nodes.values())))


def name_beside(node: Node, path: str) -> str:
    """The name of the outermost group around it that is not around `path`; else the node's own, or that of its operation."""
    around = common([node.group, path])
    rest = node.group[len(around) :].strip("/") if around else node.group
    own = rest.split("/")[0] if rest else INDEX.sub("", short(node) or "")
    return own or (title(node) if node.op is not None and not node.origin else headings(node, PRINT)[0])
