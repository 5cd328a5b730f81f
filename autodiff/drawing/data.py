"""Data: arrays that operations read as constants. Each that the program has a name for is a box, numbers need none."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from autodiff.drawing.blocks import Block
from autodiff.drawing.graph import Node, rearranged


def is_named_data(node: Node) -> bool:
    """Whether a constant is an array that the program has a name for."""
    return node.kind == "constant" and node.name is not None and np.ndim(node.value) > 0 and not node.origin


def is_drawn(node: Node) -> bool:
    """Whether a node is a box of its own where constants are written into the ops that read them."""
    return node.kind != "constant" or not node.users or bool(node.origin) or is_named_data(node)


def is_copied(nodes: Sequence[Node]) -> bool:
    """Whether data of one name are one array, of which a layer made copies, or which was arranged in several shapes. Arrays
    of one number, such as first states of 0, may be several."""
    arrays = list({id(whole): whole for whole in (rearranged(node.value) for node in nodes)}.values())
    first = arrays[0]
    return len(arrays) == 1 or (bool(np.any(first != first.flat[0])) and all(np.array_equal(first, each) for each in arrays))


def times_of(nodes: Sequence[Node]) -> int:
    """How many arrays data are, of which each may have copies."""
    named: dict[str | None, list[Node]] = {}
    for node in nodes:
        named.setdefault(node.name, []).append(node)
    return sum(1 if is_copied(each) else len(each) for each in named.values())


def is_inside(node: Node) -> bool:
    """Whether a constant is one that a call of a library made, the steps of which are one box."""
    return node.kind == "constant" and not is_drawn(node) and all(edge.into.whole is not None for edge in node.users)


def one_by_one(nodes: Iterable[Node]) -> list[Block]:
    """A block for each node; for the copies of data, and for the steps of a call of a library, one."""
    blocks: dict[Hashable, Block] = {}
    named: dict[str | None, list[Node]] = {}  # by name, the first of the copies of each array
    for node in nodes:
        key: Hashable = node.whole or node
        if is_named_data(node):
            known = named.setdefault(node.name, [])
            key = next((first for first in known if is_copied([first, node])), node)
            known += [node] if key is node else []
        block = blocks.get(key) or Block("sum" if node.whole else node.kind, [], node.group)
        block.members.append(node)
        if key is node.whole:  # the block stands where its last step does, behind what any of them reads
            blocks.pop(key, None)
        blocks[key] = block
    return list(blocks.values())
