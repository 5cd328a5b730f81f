"""Data: arrays that operations read as constants. Each that the program has a name for is a box, numbers need none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from autodiff.drawing.blocks import Block
from autodiff.drawing.graph import Node


def is_named_data(node: Node) -> bool:
    """Whether a constant is an array that the program has a name for."""
    return node.kind == "constant" and node.name is not None and np.ndim(node.value) > 0 and not node.origin


def is_drawn(node: Node) -> bool:
    """Whether a node is a box of its own where constants are written into the ops that read them."""
    return node.kind != "constant" or not node.users or bool(node.origin) or is_named_data(node)


def is_copied(nodes: Sequence[Node]) -> bool:
    """Whether data of one name are one array in several shapes, as a padded copy that a layer made has another."""
    if not all(map(is_named_data, nodes)):
        return False
    return len({node.name for node in nodes}) == 1 < len({np.shape(node.value) for node in nodes})


def one_by_one(nodes: Iterable[Node]) -> list[Block]:
    """A block for each node; for data of one name, one."""
    blocks: dict[Hashable, Block] = {}
    for node in nodes:
        key = node.name if is_named_data(node) else node
        if key in blocks:
            blocks[key].members.append(node)
        else:
            blocks[key] = Block(node.kind, [node], node.group)
    return list(blocks.values())
