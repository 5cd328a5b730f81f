"""Nodes that names do not tell apart are told apart by their neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

import numpy as np

from autodiff.drawing.alike import alike
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import Atom, Group, stem_of


def told_apart(
    nodes: Sequence[Node], home: Mapping[Node, Atom], heads: Mapping[Node, Node], at: Mapping[Atom, Group],
    arrows: Iterable[tuple[Atom, Atom]], budget: int,
) -> dict[Node, Hashable]:  # fmt: skip
    """Where the roles within like groups follow on one another in circles, the roles that tell their nodes apart. `home`: the
    atom of each node so far, `at`: the group of each atom, `arrows`: those between the atoms."""
    inner: dict[str, list[tuple[Atom, Atom]]] = {}
    stems: dict[Group, str] = {}
    for source, into in arrows:
        group = at[into]
        if at[source] is group:
            if group not in stems:
                stems[group] = stem_of(group.path)
            inner.setdefault(stems[group], []).append((source, into))
    found: dict[Node, Hashable] = {}
    for pairs in inner.values():
        numbers: dict[Hashable, int] = {}
        of = {atom: numbers.setdefault(loose(atom.role), len(numbers)) for pair in pairs for atom in pair}
        between = {(of[source], of[into]) for source, into in pairs if of[source] != of[into]}
        if not acyclic(len(numbers), between):
            found.update(by_neighbours([node for node in nodes if home[node] in of], home, heads, at, of, budget))
    return found


def loose(role: Hashable) -> Hashable:
    """A role without the numbers in the name of a leaf."""
    return (*role[:3], stem_of(role[-1])) if isinstance(role, tuple) and role[0] == "leaf" else role


def by_neighbours(
    nodes: Collection[Node], home: Mapping[Node, Atom], heads: Mapping[Node, Node], at: Mapping[Atom, Group],
    kinds: Mapping[Atom, int], budget: int,
) -> dict[Node, Hashable]:  # fmt: skip
    """Roles by the neighbours too. Where that is too fine, as on a long chain, what is on one round is one part."""
    place: dict[Node, int] = {}
    sources: list[int] = []
    intos: list[int] = []
    for node in nodes:
        into, group = heads.get(node, node), at[home[node]]
        for edge in node.inputs:
            source = heads.get(edge.source, edge.source)
            if source is not into and source in home and at[home[source]] is group:
                sources.append(place.setdefault(source, len(place)))
                intos.append(place.setdefault(into, len(place)))
    colours = alike([kinds[home[node]] for node in place], np.array([sources, intos]).T, budget)
    between = {(colours[source], colours[into]) for source, into in zip(sources, intos, strict=True)}
    component = rounds(max(colours) + 1, between)
    size = Counter(component)
    role_of: dict[tuple[int, int], Hashable] = {}
    found: dict[Node, Hashable] = {}
    for node, colour in zip(place, colours, strict=True):
        kind = kinds[home[node]]
        if (kind, colour) not in role_of:
            rolled = size[component[colour]] > 1
            role_of[kind, colour] = ("round", component[colour]) if rolled else (loose(home[node].role), colour)
        found[node] = role_of[kind, colour]
    return found
