"""Whether arrows go round, and what lies on one round: for graphs whose nodes are numbered from 0."""

from __future__ import annotations

from collections.abc import Iterable

Arrows = Iterable[tuple[int, int]]


def followers(count: int, arrows: Arrows) -> list[list[int]]:
    """For each node those to which its arrows go."""
    found: list[list[int]] = [[] for _ in range(count)]
    for source, into in arrows:
        found[source].append(into)
    return found


def acyclic(count: int, arrows: Arrows) -> bool:
    """Whether no way along the arrows comes back to where it began. (Kahn, 1962: take away what nothing leads to.)"""
    after = followers(count, arrows)
    waiting = [0] * count
    for ends in after:
        for end in ends:
            waiting[end] += 1
    ready = [node for node in range(count) if not waiting[node]]
    for node in ready:  # it grows meanwhile
        for end in after[node]:
            waiting[end] -= 1
            if not waiting[end]:
                ready.append(end)
    return len(ready) == count


def rounds(count: int, arrows: Arrows) -> list[int]:
    """A number for each node, the same for two nodes that lie on one round: its strongly connected component (Tarjan, 1972,
    without recursion)."""
    after = followers(count, arrows)
    order, low, component = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    seen = 0
    for root in range(count):
        if order[root] >= 0:
            continue
        path = [(root, iter(after[root]))]
        order[root] = low[root] = seen
        seen += 1
        stack.append(root)
        while path:
            node, ends = path[-1]
            fresh = next((end for end in ends if order[end] < 0 or component[end] < 0), None)
            if fresh is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[node])
                if low[node] == order[node]:
                    while component[node] < 0:
                        component[stack.pop()] = node
            elif order[fresh] < 0:
                order[fresh] = low[fresh] = seen
                seen += 1
                stack.append(fresh)
                path.append((fresh, iter(after[fresh])))
            else:
                low[node] = min(low[node], order[fresh])
    return component
