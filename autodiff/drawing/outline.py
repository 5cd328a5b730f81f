"""The outline of a graph: its groups as a tree, and in each group the parts that its own nodes play.

An atom is what is never parted: the nodes of one group that play the same part. A picture's blocks are made of whole atoms. A
graph of 76,000 nodes has a few thousand.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from autodiff.drawing.alike import alike
from autodiff.drawing.anonymous import weight_of
from autodiff.drawing.blocks import DIGITS
from autodiff.drawing.convex import split_paths
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import common

INDEX = re.compile(r"(\[[^\]]*\])+$")  # `w[3, 5]`, `w[3][5]`
NEURON = re.compile(r"\d+: ")
COUNTED = re.compile(r"_#$")  # `dense`, `dense_1`
LATER = re.compile(r" \(\d+\)$")
TOLD = re.compile(r" \(([^()]*)\)$")  # `linear (2)`, `linear (q)`: what tells calls of one function apart


@dataclass(slots=True, eq=False, repr=False)
class Atom:
    """Nodes of one group that play the same part. `role`: what two atoms of like groups have in common if they correspond."""

    number: int
    role: Hashable
    members: list[Node] = field(default_factory=list)
    times: int = 0  # how many ops, where the additions of a sum count as one


@dataclass(slots=True, eq=False, repr=False)
class Group:
    """A call, a step of a loop, a layer. In its parent it is number `place` of the `run`-th run of groups of its stem."""

    path: str
    stem: str
    parent: Group | None
    run: int = -1
    place: int = 0
    children: list[Group] = field(default_factory=list)
    atoms: dict[Hashable, Atom] = field(default_factory=dict)  # of its own nodes, by role
    runs: int = 0  # how many runs of groups have begun in it
    places: int = 0  # how many groups have begun in the last of them
    last: str = ""  # the stem of those

    @property
    def depth(self) -> int:
        return self.path.count("/") + 1

    def begin(self) -> None:
        """Note in the groups around it that something happens here now."""
        group = self
        while group.parent is not None:
            parent = group.parent
            if parent.last != group.stem:
                parent.last = group.stem
                parent.runs += 1
                parent.places = 0
            if group.run < 0:
                group.run, group.place = parent.runs, parent.places
                parent.places += 1
                parent.children.append(group)
            group = parent

    @property
    def is_plain(self) -> bool:
        """Whether nothing is to be seen in it but one statement, or the turns of one loop of which each is one."""
        inner = self.children
        if self.atoms:
            return not inner and len(self.atoms) == 1
        return len({child.stem for child in inner}) == 1 and all(child.is_plain for child in inner)

    def inwards(self) -> list[Group]:
        """It and all groups in it."""
        found = [self]
        for group in found:  # it grows meanwhile
            found += group.children
        return found

    def whole(self) -> list[Atom]:
        """The atoms of its own and of the groups in it."""
        return [atom for group in self.inwards() for atom in group.atoms.values()]


@dataclass(slots=True)
class Outline:
    """The tree of groups from its `root`, the atoms, and which of them give to which."""

    root: Group
    atoms: list[Atom]
    arrows: list[tuple[int, int]]


def outline(nodes: Sequence[Node], budget: int, path: str = "") -> Outline:
    """The outline of these nodes of the group `path`; constants that are not drawn are left out. Where parts follow on one
    another in circles, as without names, nodes are told apart by their neighbours, into as many parts as the budget allows."""
    inside = set(nodes)
    paths = {**split_paths(nodes), **matrices(nodes), **{node: path for node in nodes if node.failed}}
    heads = joined(nodes, paths)
    weights = {heads[node]: of_neurons(leaf_name(weight)) for node in heads if (weight := weight_of(node)) is not None}
    groups = tree({path, *(paths.get(node, node.group) for node in nodes)})
    groups[path].parent = None
    at: dict[Node, Group] = {}
    roles: dict[Node, Hashable] = {}
    before: Group | None = None
    for node in nodes:
        group = at[node] = groups[paths.get(node, node.group)]
        if not node.inputs:
            users = frozenset(paths.get(edge.into, edge.into.group) for edge in node.users)
            roles[node] = ("leaf", node.kind, node.target, () if is_element(node) else users, leaf_name(node))
            continue
        if group is not before:
            group.begin()
            before = group
        if node not in heads:
            here = () if node.line else (group.runs, group.places)
            name = weights.get(node) or stem_of(node.name)
            roles[node] = (here, node.op, node.output, node.line, name, node.target, node.failed)
    for node in nodes:
        if at[node].run < 0:  # a group of leaves alone
            at[node].begin()
    pairs = [(heads.get(edge.source, edge.source), heads.get(node, node)) for node in nodes for edge in node.inputs
             if edge.source in inside]  # fmt: skip
    dissolve(at, roles, pairs)
    told_apart(roles, at, pairs, budget)
    return in_atoms(nodes, groups[path], at, heads, roles, pairs)


def joined(nodes: Sequence[Node], paths: dict[Node, str]) -> dict[Node, Node]:
    """The op in whose block each of these ops stands: an addition in the sum that it is a term of; and what has no name in the
    op of the same source line that has one, if it goes there alone."""
    heads: dict[Node, Node] = {}
    for node in reversed(nodes):
        if node.op is None or node.target or node.failed or not node.users:
            continue
        first = node.users[0].into
        head = heads.get(first, first)
        if paths.get(head, head.group) != paths.get(node, node.group):
            continue
        if len(node.users) == 1 and is_addition(first) and weight_of(node) is not None:
            joins = True  # a term of a linear form
        elif len(node.users) == 1 and is_addition(node) and is_addition(first):
            joins = node.name is None or stem_of(node.name) == stem_of(head.name)
        else:
            joins = is_nameless_part(node, head) and all(heads.get(edge.into, edge.into) is head for edge in node.users)
        if joins:
            heads[node] = head
    return heads


def is_nameless_part(node: Node, head: Node) -> bool:
    """Whether a node has no name of its own, and stands on the line of one that has."""
    return node.name is None and bool(head.name and node.line) and node.line == head.line


def dissolve(at: dict[Node, Group], roles: dict[Node, Hashable], pairs: list[tuple[Node, Node]]) -> None:
    """Put the nodes of a turn that is one statement into the group around it, as `[a * b for a, b in ...]` reads. Turns that
    give to one another stay."""
    kinds: dict[Group, set[Hashable]] = {}
    for node, role in roles.items():
        if node.inputs:
            kinds.setdefault(at[node], set()).add(role)
    chained = {(at[into].parent, at[into].stem) for source, into in pairs
               if at[source] is not at[into] and at[source].parent is at[into].parent and at[source].stem == at[into].stem}
    gone: dict[Group, Group] = {}
    for group in sorted(kinds, key=lambda group: -group.depth):
        single = len(kinds[group]) == 1 and not group.children and group.stem.endswith(" #")
        if single and group.parent is not None and (group.parent, group.stem) not in chained:
            gone[group] = group.parent
            group.parent.children.remove(group)
            kinds.setdefault(group.parent, set()).update(kinds[group])
    for node, group in at.items():
        while group in gone:
            group = at[node] = gone[group]


def matrices(nodes: Sequence[Node]) -> dict[Node, str]:
    """For the elements of each structure of leaves, `w[0, 0]` and `w[3, 5]`, the group that holds the users of all of them."""
    found: dict[Hashable, list[Node]] = {}
    for node in nodes:
        if not node.inputs and is_element(node):
            found.setdefault((node.kind, leaf_name(node)), []).append(node)
    paths = {role: common(list({node.group for node in each})) for role, each in found.items()}
    return {node: paths[role] for role, each in found.items() for node in each}


def is_addition(node: Node) -> bool:
    return node.op is not None and node.op.symbol == "+"


def stem_of(name: str | None) -> str:
    """A name without its numbers: those of `x[3] (2)` are an element's and that of a later result of the same name."""
    return DIGITS.sub("#", LATER.sub("", name)) if name else ""


def is_element(node: Node) -> bool:
    return bool(node.name and node.name.endswith("]"))


def of_neurons(name: str) -> str:
    """The weights of all neurons of a layer: `layer 0, neuron #: w`."""
    return NEURON.sub("#: ", name)


def leaf_name(node: Node) -> str:
    """A matrix is one: `w[0, 0]` and `w[3, 5]` are both `w`. So are `w0` and `w7`."""
    return INDEX.sub("", node.name or "") if is_element(node) else stem_of(node.name)


def tree(paths: Iterable[str]) -> dict[str, Group]:
    """The groups by path, with all those around them."""
    groups = {"": Group("", "", None)}
    for path in paths:
        steps = path.split("/") if path else []
        for k in range(1, len(steps) + 1):
            here = "/".join(steps[:k])
            if here not in groups:
                stem = COUNTED.sub("", stem_of(TOLD.sub("", steps[k - 1])))
                groups[here] = Group(here, stem, groups["/".join(steps[: k - 1])])
    return groups


def told_apart(
    roles: dict[Node, Hashable], at: dict[Node, Group], pairs: list[tuple[Node, Node]], budget: int
) -> None:
    """Where the roles within like groups follow on one another in circles, add to each role what tells its nodes apart."""
    stems: dict[Group, str] = {}
    inner: dict[str, list[tuple[Node, Node]]] = {}
    for source, into in pairs:
        group = at[into]
        if at[source] is group and source is not into:
            if group not in stems:
                stems[group] = stem_of(group.path)
            inner.setdefault(stems[group], []).append((source, into))
    for arrows in inner.values():
        numbers: dict[Hashable, int] = {}
        of = {node: numbers.setdefault(loose(roles[node]), len(numbers)) for arrow in arrows for node in arrow}
        between = {(of[source], of[into]) for source, into in arrows if of[source] != of[into]}
        if not acyclic(len(numbers), between):
            part(roles, arrows, of, budget)


def loose(role: Hashable) -> Hashable:
    """A role without the numbers in the name of a leaf."""
    return (*role[:3], stem_of(role[-1])) if isinstance(role, tuple) and role[0] == "leaf" else role


def part(roles: dict[Node, Hashable], arrows: list[tuple[Node, Node]], kinds: dict[Node, int], budget: int) -> None:
    """Roles by the neighbours too. Where that is too fine, as on a long chain, what is on one round is one part."""
    nodes = list(kinds)
    place = {node: k for k, node in enumerate(nodes)}
    colours = alike(list(kinds.values()), [(place[source], place[into]) for source, into in arrows], budget)
    between = {(colours[place[source]], colours[place[into]]) for source, into in arrows}
    components = rounds(max(colours) + 1, between)
    for node, colour in zip(nodes, colours, strict=True):
        alone = components.count(components[colour]) == 1
        roles[node] = (loose(roles[node]), colour) if alone else ("round", components[colour])


def in_atoms(
    nodes: Sequence[Node], root: Group, at: dict[Node, Group], heads: dict[Node, Node],
    roles: dict[Node, Hashable], pairs: list[tuple[Node, Node]],
) -> Outline:  # fmt: skip
    """The atoms, and the arrows between them."""
    atoms: list[Atom] = []
    home: dict[Node, int] = {}
    for node in nodes:
        head = heads.get(node, node)
        group, role = at[head], roles[head]
        atom = group.atoms.get(role)
        if atom is None:
            atom = group.atoms[role] = Atom(len(atoms), role)
            atoms.append(atom)
        atom.members.append(node)
        atom.times += head is node
        home[node] = atom.number
    found = {(home[source], home[into]) for source, into in pairs}
    return Outline(root, atoms, sorted(arrow for arrow in found if arrow[0] != arrow[1]))


def is_round(atom: Atom) -> bool:
    """Whether its nodes play several parts, which follow on one another in a circle."""
    return isinstance(atom.role, tuple) and atom.role[0] == "round"


def titles(members: Iterable[Node]) -> list[str]:
    """The names of the ops, each once."""
    return list(dict.fromkeys(title(node) for node in members if node.op is not None))
