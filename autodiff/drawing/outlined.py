"""How an outline is found: each node's group and role, and then the nodes of one group and one role as an atom.

A graph of 76,000 nodes has a few thousand pairs of a group and a role. What can be said of these is not asked of each node.
Here nodes have numbers, their places in the list, and so have atoms: what is asked of every edge is then numpy's to answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from autodiff.drawing.apart import Numbers, pairs, told_apart
from autodiff.drawing.convex import split_paths
from autodiff.drawing.data import is_named_data
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.groups import common
from autodiff.drawing.joining import joined
from autodiff.drawing.outline import TURN, Atom, Group, Outline, is_element, leaf_name, of_neurons, stem_of, tree


def outline(nodes: Sequence[Node], budget: int, path: str = "") -> Outline:
    """The outline of these nodes of the group `path`; constants that are not drawn are left out. Where parts follow on one
    another in circles, as without names, nodes are told apart by their neighbours, into as many parts as the budget allows."""
    of_ops = {**split_paths(nodes), **{node: path for node in nodes if node.failed}}
    heads, weights = joined(nodes, of_ops)
    paths = {**matrices(nodes), **of_ops}
    groups = tree({path, *paths.values(), *{node.group for node in nodes}})
    groups[path].parent = None
    place = {node: k for k, node in enumerate(nodes)}
    head = np.array([place[heads[node]] if node in heads else k for node, k in place.items()], dtype=np.int64)
    edges, ends = numbered(nodes, place)
    first, at = first_atoms(nodes, paths, heads, weights, groups)
    home = np.array(first, dtype=np.int64)[head]
    atoms = list(at)
    arrows = [(atoms[source], atoms[into]) for source, into in pairs(home[ends], len(atoms))]
    dissolve(at, arrows)
    apart, roles = told_apart(home, head[ends], at, arrows, budget)
    atoms, home = last_atoms(home, apart[head], at, roles)
    fill(atoms, nodes, home, head)
    return Outline(groups[path], atoms, edges_between(edges, home[ends], len(atoms)))


def numbered(nodes: Sequence[Node], place: Mapping[Node, int]) -> tuple[list[Edge], Numbers]:
    """The edges between the nodes, in the order of recording, and the numbers of the nodes at their ends."""
    edges: list[Edge] = []
    sources: list[int] = []
    intos: list[int] = []
    for into, node in enumerate(nodes):
        for edge in node.inputs:
            source = place.get(edge.source)
            if source is not None:
                edges.append(edge)
                sources.append(source)
                intos.append(into)
    return edges, np.array([sources, intos], dtype=np.int64)


def first_atoms(
    nodes: Sequence[Node], paths: Mapping[Node, str], heads: Mapping[Node, Node], weights: Mapping[Node, Node],
    groups: Mapping[str, Group],
) -> tuple[list[int], dict[Atom, Group]]:  # fmt: skip
    """The number of each node's atom by its role alone (of one that stands in the block of another -1), and the group of each
    atom."""
    known: dict[tuple[Group, Hashable], Atom] = {}
    home: list[int] = []
    before: Group | None = None
    for node in nodes:
        group = groups[paths.get(node, node.group)]
        role: Hashable
        if not node.inputs:
            whole = is_element(node) or is_named_data(node)
            users = () if whole else frozenset(paths.get(edge.into, edge.into.group) for edge in node.users)
            role = ("leaf", node.kind, node.target, users, leaf_name(node))
        else:
            if group is not before:
                group.begin()
                before = group
            if node in heads:
                home.append(-1)
                continue
            here = () if node.line else (group.runs, group.places)
            name = of_neurons(leaf_name(weights[node])) if node in weights else stem_of(node.name) if node.name else ""
            role = (here, node.op, node.output, node.line, node.step, name, node.target, node.failed)
        atom = known.get((group, role))
        if atom is None:
            atom = known[group, role] = Atom(len(known), role)
        home.append(atom.number)
    at = {atom: group for (group, _), atom in known.items()}
    for group in at.values():
        if group.run < 0:  # a group of leaves alone
            group.begin()
    return home, at


def dissolve(at: dict[Atom, Group], arrows: Iterable[tuple[Atom, Atom]]) -> None:
    """Put the nodes of a turn that is one statement into the group around it, as `[a * b for a, b in ...]` reads. Turns that
    give to one another stay."""
    kinds: dict[Group, set[Hashable]] = {}
    for atom, group in at.items():
        if not is_leaf(atom):
            kinds.setdefault(group, set()).add(atom.role)
    chained = {(at[into].parent, at[into].stem) for source, into in arrows
               if at[source] is not at[into] and at[source].parent is at[into].parent and at[source].stem == at[into].stem}
    gone: dict[Group, Group] = {}
    for group in sorted(kinds, key=lambda group: -group.depth):
        single = len(kinds[group]) == 1 and not group.children and group.stem.endswith(TURN)
        if single and group.parent is not None and (group.parent, group.stem) not in chained:
            gone[group] = group.parent
            group.parent.children.remove(group)
            kinds.setdefault(group.parent, set()).update(kinds[group])
    for atom, group in at.items():
        while group in gone:
            group = at[atom] = gone[group]


def is_leaf(atom: Atom) -> bool:
    return isinstance(atom.role, tuple) and atom.role[0] == "leaf"


def matrices(nodes: Sequence[Node]) -> dict[Node, str]:
    """For the elements of each structure of leaves, `w[0, 0]` and `w[3, 5]`, and for data of one name, the group that holds the
    users of all of them."""
    found: dict[Hashable, list[Node]] = {}
    for node in nodes:
        if not node.inputs and (is_element(node) or is_named_data(node)):
            found.setdefault((node.kind, leaf_name(node)), []).append(node)
    paths = {role: common(list({node.group for node in each})) for role, each in found.items()}
    return {node: paths[role] for role, each in found.items() for node in each}


def last_atoms(
    home: Numbers, apart: Numbers, at: Mapping[Atom, Group], roles: Sequence[Hashable]
) -> tuple[list[Atom], Numbers]:
    """The atoms by group and role as they are at last, and the number of each node's. `apart`: of its role, -1 for that of its
    first atom."""
    before = list(at)
    found: list[Atom] = []
    codes, places, which = np.unique(home * (len(roles) + 1) + apart + 1, return_index=True, return_inverse=True)
    numbers = np.empty(len(codes), dtype=np.int64)
    for k in np.argsort(places).tolist():
        number, chosen = divmod(int(codes[k]), len(roles) + 1)
        role = roles[chosen - 1] if chosen else before[number].role
        known = at[before[number]].atoms
        if role not in known:
            known[role] = Atom(len(found), role)
            found.append(known[role])
        numbers[k] = known[role].number
    return found, numbers[which]


def fill(atoms: Sequence[Atom], nodes: Sequence[Node], home: Numbers, head: Numbers) -> None:
    """Put the nodes into their atoms. Those that stand in the block of another do not count."""
    beside = np.bincount(home[head != np.arange(len(head))], minlength=len(atoms)).tolist()
    for atom, places, fewer in zip(atoms, places_by(home), beside, strict=True):
        atom.members = [nodes[k] for k in places]
        atom.times = len(places) - fewer


def edges_between(edges: Sequence[Edge], ends: Numbers, count: int) -> dict[tuple[int, int], list[Edge]]:
    """The edges from each of so many atoms to each other one, in the order of recording. `ends`: the atoms of their ends."""
    source, into = ends
    across = np.flatnonzero(source != into)
    found: dict[tuple[int, int], list[Edge]] = {}
    for places in places_by((source * count + into)[across]):
        each = across[places].tolist()
        found[int(source[each[0]]), int(into[each[0]])] = [edges[k] for k in each]
    return found


def places_by(keys: Numbers) -> list[list[int]]:
    """The places at which each key stands, in the order in which the keys come first."""
    order = np.argsort(keys, kind="stable")
    places = order.tolist()
    cuts = [0, *(np.flatnonzero(np.diff(keys[order])) + 1).tolist(), len(places)]
    return sorted(places[start:stop] for start, stop in pairwise(cuts) if start < stop)
