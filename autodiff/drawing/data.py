"""Data: arrays that operations read as constants. Each that the program has a name for is a box, numbers need none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np

from autodiff.core.dtypes import is_real
from autodiff.drawing.arrangements import rearranged
from autodiff.drawing.blocks import Block
from autodiff.drawing.copies import numbers
from autodiff.drawing.graph import Node


def is_named_data(node: Node) -> bool:
    """Whether a constant is an array that the program has a name for."""
    return node.kind == "constant" and node.name is not None and np.ndim(node.value) > 0 and not node.origin


def is_drawn(node: Node) -> bool:
    """Whether a node is a box of its own where constants are written into the ops that read them."""
    return node.kind != "constant" or not node.users or bool(node.origin) or is_named_data(node)


def array_of(node: Node) -> tuple[Hashable, Hashable]:
    """What tells apart the arrays that data are: their name and numbers, which a copy in another dtype or shape has too. Arrays
    of one number, such as first states of 0, may be several."""
    whole = rearranged(node.value)
    if np.all(whole == whole[:1]):
        return node.name, id(whole)
    return node.name, numbers(whole, np.dtype(np.float32) if is_real(whole) else whole.dtype)


def is_inside(node: Node) -> bool:
    """Whether a constant is one that a call of a library made, the steps of which are one box, or the rules of a derivative."""
    users = [edge.into for edge in node.users]
    return node.kind == "constant" and not is_drawn(node) and all(user.whole is not None or user.step for user in users)


def one_by_one(nodes: Iterable[Node]) -> list[Block]:
    """A block for each node; for the copies of data, and for the steps of a call of a library, one."""
    blocks: dict[Hashable, Block] = {}
    for node in nodes:
        key = array_of(node) if is_named_data(node) else node.whole or node
        block = blocks.get(key) or Block("sum" if node.whole else node.kind, [], node.group)
        block.members.append(node)
        if key is node.whole:  # the block stands where its last step does, behind what any of them reads
            blocks.pop(key, None)
        blocks[key] = block
    return list(blocks.values())
