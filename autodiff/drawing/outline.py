"""What an outline of a graph is: its groups as a tree, and in each group the parts that its own nodes play.

An atom is what is never parted: the nodes of one group that play the same part. A picture's blocks are made of whole atoms. A
graph of 76,000 nodes has a few thousand.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from autodiff.drawing.blocks import DIGITS, Block
from autodiff.drawing.formula import title
from autodiff.drawing.graph import Edge, Graph, Node

INDEX = re.compile(r"(\[[^\]]*\])+$")  # `w[3, 5]`, `w[3][5]`
NEURON = re.compile(r"\d+: ")
COUNTED = re.compile(r"_#$")  # `dense`, `dense_1`
LATER = re.compile(r" \(\d+\)(?=$| at )")  # of `x (2)` and `x (2) at step 1`
TURN = " #"  # the stem of a loop's turns, `step 0`, `step 1`, ends so
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

    @property
    def name(self) -> str:
        """Its name within the group around it."""
        return self.path.rpartition("/")[2]

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
    """The tree of groups from its `root`, the atoms, and the edges from one to another, by the numbers of both."""

    root: Group
    atoms: list[Atom]
    edges: dict[tuple[int, int], list[Edge]]  # in the order of recording
    blocks: dict[Hashable, Block] = field(default_factory=dict)  # that were made of it
    places: dict[Node, int] = field(default_factory=dict)

    def place(self, graph: Graph) -> dict[Node, int]:
        """Where each node stands in its graph."""
        if not self.places:
            self.places = {node: k for k, node in enumerate(graph.nodes)}
        return self.places


def stem_of(name: str | None) -> str:
    """A name without its numbers: those of `x[3] (2)` are an element's and that of a later result of the same name."""
    return DIGITS.sub("#", LATER.sub("", name)) if name else ""


def is_element(node: Node) -> bool:
    return bool(node.name and node.name.endswith("]"))


def of_neurons(name: str) -> str:
    """The weights of all neurons of a layer: `layer 0, neuron #: w`."""
    return NEURON.sub("#: ", name)


def leaf_name(node: Node) -> str:
    """A matrix is one: `w[0, 0]` and `w[3, 5]` are both `w`. So are the numbers `w0` and `w7`."""
    if is_element(node):
        return INDEX.sub("", node.name or "")
    return stem_of(node.name) if type(node.value) is float else node.name or ""


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


def is_round(atom: Atom) -> bool:
    """Whether its nodes play several parts, which follow on one another in a circle."""
    return isinstance(atom.role, tuple) and atom.role[0] == "round"


def titles(members: Iterable[Node]) -> list[str]:
    """The names of the ops, each once."""
    outputs = {(node.op, node.output): node for node in members if node.op is not None}
    return list(dict.fromkeys(map(title, outputs.values())))
