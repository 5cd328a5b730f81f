"""Groups in which something else happens meanwhile are parted: a layer that is used twice is two groups."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from autodiff.drawing.graph import Node

AGAIN = ", again"


def split_paths(nodes: Sequence[Node]) -> dict[Node, str]:
    """Other paths for the nodes of groups that a way leaves and enters again: what lies behind it is in `dense, again`. A group
    whose ops were recorded in one go is never left and entered again."""
    found: dict[Node, str] = {}
    ops = [node for node in nodes if node.inputs]
    for path, first, last in interrupted(ops):
        for node, times in entered_again(ops[first : last + 1], path).items():
            rest = node.group[len(path) :]
            found.setdefault(node, f"{path}{AGAIN}{f' {times}' if times > 1 else ''}{rest}")
    return found


def interrupted(ops: Sequence[Node]) -> list[tuple[str, int, int]]:
    """The paths of the groups whose ops were not recorded in one go, the outermost first, with their first and last op."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    count: dict[str, int] = {}
    around: dict[str, list[str]] = {"": []}
    stop = 0
    for path, run in groupby(ops, attrgetter("group")):
        start, stop = stop, stop + sum(1 for _ in run)
        if path not in around:
            steps = path.split("/")
            around[path] = ["/".join(steps[:j]) for j in range(1, len(steps) + 1)]
        for outer in around[path]:
            if outer not in first:
                first[outer] = start
                count[outer] = 0
            last[outer] = stop - 1
            count[outer] += stop - start
    parted = [path for path in first if last[path] - first[path] >= count[path]]
    return [(path, first[path], last[path]) for path in sorted(parted, key=lambda path: path.count("/"))]


def entered_again(ops: Sequence[Node], path: str) -> dict[Node, int]:
    """For the group's nodes how often a way to them left the group and came back, where that is more than never."""
    inner = path + "/"
    times: dict[Node, int] = {}  # how often the group was left before, on the way with the most
    found: dict[Node, int] = {}
    member: dict[Node, bool] = {}
    for node in ops:
        inside = member[node] = node.group == path or node.group.startswith(inner)
        most = 0
        for edge in node.inputs:
            source = edge.source
            if source in member:
                most = max(most, times[source] + (member[source] and not inside))
        times[node] = most
        if inside and most:
            found[node] = most
    return found
