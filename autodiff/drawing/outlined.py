"""How an outline is found: each node's group and role, and then the nodes of one group and one role as an atom.

A graph of 76,000 nodes has a few thousand pairs of a group and a role. What can be said of these is not asked of each node.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from autodiff.drawing.apart import told_apart
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
    home, at = first_atoms(nodes, paths, heads, weights, groups)
    edges = edges_between(nodes, home)
    dissolve(at, edges)
    apart = told_apart(nodes, home, heads, at, edges, budget)
    return in_atoms(nodes, groups[path], home, heads, at, apart, edges)


def first_atoms(
    nodes: Sequence[Node], paths: Mapping[Node, str], heads: Mapping[Node, Node], weights: Mapping[Node, Node],
    groups: Mapping[str, Group],
) -> tuple[dict[Node, Atom], dict[Atom, Group]]:  # fmt: skip
    """The atom of each node by its role alone, and the group of each atom."""
    known: dict[tuple[Group, Hashable], Atom] = {}
    home: dict[Node, Atom] = {}
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
                continue
            here = () if node.line else (group.runs, group.places)
            name = of_neurons(leaf_name(weights[node])) if node in weights else stem_of(node.name) if node.name else ""
            role = (here, node.op, node.output, node.line, name, node.target, node.failed)
        atom = known.get((group, role))
        if atom is None:
            atom = known[group, role] = Atom(-1, role)
        home[node] = atom
    at = {atom: group for (group, _), atom in known.items()}
    for group in at.values():
        if group.run < 0:  # a group of leaves alone
            group.begin()
    home.update((node, home[head]) for node, head in heads.items())
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


def edges_between(nodes: Sequence[Node], home: Mapping[Node, Atom]) -> dict[tuple[Atom, Atom], list[Edge]]:
    """The edges from each atom to each, in the order of recording. Of constants that are not drawn there are none."""
    found: dict[tuple[Atom, Atom], list[Edge]] = {}
    for node in nodes:
        into = home[node]
        for edge in node.inputs:
            source = home.get(edge.source)
            if source is not None:
                each = found.get((source, into))
                if each is None:
                    found[source, into] = [edge]
                else:
                    each.append(edge)
    return found


def in_atoms(
    nodes: Sequence[Node], root: Group, home: Mapping[Node, Atom], heads: Mapping[Node, Node], at: Mapping[Atom, Group],
    apart: Mapping[Node, Hashable], edges: Mapping[tuple[Atom, Atom], list[Edge]],
) -> Outline:  # fmt: skip
    """The atoms by group and role as they are at last, and the edges between them."""
    atoms: list[Atom] = []

    def final(first: Atom, role: Hashable) -> Atom:
        group = at[first]
        atom = group.atoms.get(role)
        if atom is None:
            atom = group.atoms[role] = Atom(len(atoms), role)
            atoms.append(atom)
        return atom

    last: dict[Atom, Atom] = {}
    if apart:
        roles = ((node, apart.get(heads.get(node, node))) for node in nodes)
        home = {node: final(home[node], role or home[node].role) for node, role in roles}
        edges = edges_between(nodes, home)
        last = {atom: atom for atom in atoms}
    for node in nodes:
        first = home[node]
        if first not in last:
            last[first] = final(first, first.role)
        last[first].members.append(node)
    for atom in atoms:
        atom.times = len(atom.members)
    for node in heads:
        last[home[node]].times -= 1
    joined_edges: dict[tuple[int, int], list[Edge]] = {}
    for (source, into), each in edges.items():
        key = (last[source].number, last[into].number)
        if key[0] != key[1]:
            joined_edges[key] = joined_edges[key] + each if key in joined_edges else each
    return Outline(root, atoms, joined_edges)
