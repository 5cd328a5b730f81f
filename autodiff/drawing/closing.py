"""Groups closed because the caller names them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable

from autodiff.drawing.blocks import Block, Sketch, finished
from autodiff.drawing.graph import Graph, Node
from autodiff.drawing.groups import numbered, within
from autodiff.failures.nesting import brief


def closed_by_hand(
    graph: Graph, shown: list[Node], budget: int, collapse: bool | Collection[str], folds: list[str]
) -> Sketch:
    """The sketch in which these groups (True: the innermost) are one block each."""
    blocks = [Block(node.kind, [node], node.group) for node in shown]
    closed = groups_to_close(blocks, collapse)
    if closed:
        blocks = close_groups(blocks, closed)
        folds.append(f"{len(closed)} layers closed" if len(closed) > 1 else f"layer {closed[0]} closed")
    return finished(graph, blocks, folds)


def groups_to_close(blocks: list[Block], collapse: bool | Collection[str]) -> list[str]:
    """The paths of the groups that are to be one block each."""
    paths = sorted({block.group for block in blocks if block.group})
    if isinstance(collapse, bool):
        return innermost(paths) if collapse else []
    refuse_unknown(collapse, paths)
    return [layer for path in collapse for layer in numbered(path, paths)]


def refuse_unknown(collapse: Collection[str], paths: list[str]) -> None:
    for path in collapse:
        if not any(within(known, layer) for known in paths for layer in numbered(path, paths)):
            known = ", ".join(paths[:8]) or "none: name variables like 'dense_1/kernel'"
            raise ValueError(f"There is no layer {brief(path)} to collapse; the layers are {known}.")


def innermost(paths: list[str]) -> list[str]:
    """The groups that hold no other group."""
    return [path for path in paths if not any(other != path and within(other, path) for other in paths)]


def close_groups(blocks: list[Block], closed: Collection[str]) -> list[Block]:
    """One block for each closed layer, in the place of its last node, so that what it needs comes before it."""
    def closed_path(block: Block) -> str:
        return next((path for path in closed if block.group and within(block.group, path) and not block.failed), "")

    return merged(blocks, lambda block: closed_path(block) or id(block), as_group)


def as_group(parts: list[Block], key: Hashable) -> Block:
    members = [node for part in parts for node in part.members]
    assert isinstance(key, str)
    return Block("group", members, key.rpartition("/")[0], title=key, paths=[key])


def merged(
    blocks: list[Block], key_of: Callable[[Block], Hashable], make: Callable[[list[Block], Hashable], Block]
) -> list[Block]:
    """Blocks of the same key as one, in the place of the last of them."""
    groups: dict[Hashable, list[Block]] = {}
    for block in blocks:
        groups.setdefault(key_of(block), []).append(block)
    last = {id(parts[-1]): key for key, parts in groups.items()}
    found = []
    for block in blocks:
        if id(block) in last:
            key = last[id(block)]
            parts = groups[key]
            found.append(parts[0] if len(parts) == 1 and not isinstance(key, str) else make(parts, key))
    return found
