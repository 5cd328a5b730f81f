"""Groups that are closed because the caller says so, and no others."""

from __future__ import annotations

from collections.abc import Collection

from autodiff.drawing.blocks import Block
from autodiff.drawing.convex import AGAIN, split_paths
from autodiff.drawing.data import one_by_one
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import numbered, within
from autodiff.drawing.parts import Fold, Part, closed
from autodiff.failures.nesting import brief


def groups_to_close(nodes: list[Node], collapse: bool | Collection[str]) -> list[str]:
    """The paths of the groups that are to be one block each: True means the innermost."""
    paths = sorted({node.group for node in nodes if node.group})
    if isinstance(collapse, bool):
        return innermost(paths) if collapse else []
    refuse_unknown(collapse, paths)
    return [group for path in collapse for group in numbered(path, paths)]


def refuse_unknown(collapse: Collection[str], paths: list[str]) -> None:
    for path in collapse:
        if not any(within(known, layer) for known in paths for layer in numbered(path, paths)):
            known = ", ".join(paths[:8]) or "none: name variables like 'dense_1/kernel'"
            raise ValueError(f"There is no group {brief(path)} to collapse; the groups are {known}.")


def innermost(paths: list[str]) -> list[str]:
    """The groups that hold no other group."""
    around = {outer for path in paths for outer in outwards(path)[1:]}
    return [path for path in paths if path not in around]


def outwards(path: str) -> list[str]:
    """The path and those of all groups around it: a/b/c, a/b, a."""
    steps = path.split("/")
    return ["/".join(steps[:k]) for k in range(len(steps), 0, -1)]


def close_groups(nodes: list[Node], paths: Collection[str]) -> list[Block]:
    """One block for each closed group, in the place of its last node, and those of the others one by one. A group that is left
    and entered again is two."""
    parted = split_paths(nodes)
    known = {path: closed_path(path, set(paths)) for path in {parted.get(node, node.group) for node in nodes}}
    homes = {node: "" if node.failed else known[parted.get(node, node.group)] for node in nodes}
    members: dict[str, list[Node]] = {}
    for node in nodes:
        members.setdefault(homes[node], []).append(node)
    alone = {block.members[0]: block for block in one_by_one(node for node in nodes if not homes[node])}
    found: list[Block] = []
    for node in nodes:
        path = homes[node]
        if node in alone:
            found.append(alone[node])
        elif path and members[path][-1] is node:
            found.append(Block("group", members[path], path.rpartition("/")[0], title=path, paths=[path]))
    return found


def closed_path(path: str, closed_paths: Collection[str]) -> str:
    """Which of the closed groups holds that path; "" for none."""
    return next((outer for outer in outwards(path) if outer.partition(AGAIN)[0] in closed_paths), "") if path else ""


def parts_closed(fold: Fold, paths: Collection[str]) -> list[Part]:
    """The same as parts of a fold: each of these groups, and the nodes of all others by what they do."""
    found: list[Part] = []
    waiting = [fold.outline.root]
    while waiting:
        group = waiting.pop()
        if closed_path(group.path, paths):
            found.append(closed([[group]], group.path.rpartition("/")[0]))
        else:
            found += [Part([atom], within=group.path) for atom in group.atoms.values()]
            waiting += group.children
    return found
