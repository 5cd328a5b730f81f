"""The neighbours of a group, seen from inside."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autodiff.drawing.blocks import DIGITS, Block
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import common, short
from autodiff.drawing.labels import headings
from autodiff.drawing.outline import INDEX
from autodiff.drawing.parts import heading_of


def outside(inside: Sequence[Node], path: str) -> tuple[list[Block], list[Block]]:
    """What gives to these nodes, and what takes from them: a block for each neighbour."""
    known = set(inside)
    giving = {edge.source: None for node in inside for edge in node.inputs
              if edge.source not in known and (edge.source.kind != "constant" or edge.source.name)}  # fmt: skip
    taking = {edge.into: None for node in inside for edge in node.users if edge.into not in known and edge.into not in giving}
    return neighbours(giving, path), neighbours(taking, path)


def neighbours(nodes: dict[Node, None], path: str) -> list[Block]:
    """Nodes by the group beside `path` that they belong to, groups that differ in their numbers as one; by themselves where
    they belong to none."""
    found: dict[Hashable, dict[Node, str]] = {}
    for node in nodes:
        name = name_beside(node, path)
        found.setdefault((node.op is None, DIGITS.sub("#", name)), {})[node] = name
    return [Block("outside", list(each), title=heading_of(list(dict.fromkeys(each.values())))) for each in found.values()]


def name_beside(node: Node, path: str) -> str:
    """The name of the outermost group around a node that is not around `path`; else the node's own."""
    around = common([node.group, path])
    rest = node.group[len(around) :].strip("/") if around else node.group
    return rest.split("/")[0] if rest else INDEX.sub("", short(node) or "") or headings(node, PRINT)[0]
