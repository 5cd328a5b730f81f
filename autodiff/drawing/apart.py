"""Nodes that names do not tell apart are told apart by their neighbours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autodiff.drawing.alike import alike
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.outline import Atom, Group, stem_of

NAME = 5  # where the name is in the role of an op
Numbers: TypeAlias = NDArray[np.int64]


def told_apart(
    home: Numbers, ends: Numbers, at: Mapping[Atom, Group], arrows: Iterable[tuple[Atom, Atom]], budget: int
) -> tuple[Numbers, list[Hashable]]:
    """Where the roles within like groups follow on one another in circles, the roles that tell their nodes apart: for each node
    the number of its role, -1 for none, and these roles. `home`: the number of each node's atom so far, `ends`: the nodes that
    edges join, `at`: the group of each atom, `arrows`: those between the atoms."""
    inner: dict[str, list[tuple[Atom, Atom]]] = {}
    stems: dict[Group, str] = {}
    for source, into in arrows:
        group = at[into]
        if at[source] is group:
            if group not in stems:
                stems[group] = stem_of(group.path)
            inner.setdefault(stems[group], []).append((source, into))
    found = np.full(len(home), -1, dtype=np.int64)
    roles: list[Hashable] = []
    for each in inner.values():
        numbers: dict[Hashable, int] = {}
        of = {atom: numbers.setdefault(loose(atom.role), len(numbers)) for pair in each for atom in pair}
        between = {(of[source], of[into]) for source, into in each if of[source] != of[into]}
        if not acyclic(len(numbers), between):
            nodes, chosen, more = by_neighbours(home, ends, at, of, budget)
            found[nodes] = chosen + len(roles)
            roles += more
    return found, roles


def loose(role: Hashable) -> Hashable:
    """A role without the numbers in the name of a leaf."""
    return (*role[:3], stem_of(role[-1])) if isinstance(role, tuple) and role[0] == "leaf" else role


def op_of(role: Hashable) -> Hashable:
    """The op of the nodes of a role; of leaves what they are."""
    return role[1] if isinstance(role, tuple) else role


def by_neighbours(
    home: Numbers, ends: Numbers, at: Mapping[Atom, Group], kinds: Mapping[Atom, int], budget: int
) -> tuple[Numbers, Numbers, list[Hashable]]:
    """Nodes of atoms of these kinds, the numbers of their roles by the neighbours too, and these roles. Where that is too fine,
    as on a long chain, what is on one round is one part."""
    atoms, groups = list(at), {group: k for k, group in enumerate(at.values())}
    group = np.array([groups[group] for group in at.values()], dtype=np.int64)
    kind = np.array([kinds.get(atom, -1) for atom in atoms], dtype=np.int64)
    source, into = home[ends]
    joining = ends[:, (kind[into] >= 0) & (ends[0] != ends[1]) & (group[source] == group[into])]
    joins = np.zeros(len(home), dtype=bool)
    joins[joining] = True
    nodes, place = np.flatnonzero(joins), np.cumsum(joins) - 1
    known = kind[home[nodes]]
    colours = np.array(alike(known.tolist(), place[joining].T, budget), dtype=np.int64)
    count = int(colours.max()) + 1
    of_kind = {number: loose(atom.role) for atom, number in kinds.items()}
    of_colour = {colour: of_kind[number] for colour, number in zip(colours.tolist(), known.tolist(), strict=True)}
    arrows = pairs(colours[place[joining]], count)
    component = rounds(count, arrows)
    size = Counter(component)
    alone = {colour for colour in of_colour if size[component[colour]] == 1}
    colours = with_like_users(colours, of_colour, arrows, alone)
    roles: list[Hashable] = []
    _, first, chosen = np.unique(known * count + colours, return_index=True, return_inverse=True)
    for k in first.tolist():
        colour = int(colours[k])
        rolled = size[component[colour]] > 1
        roles.append(("round", component[colour]) if rolled else (loose(atoms[home[nodes[k]]].role), colour))
    return nodes, chosen, roles


def with_like_users(
    colours: Numbers, roles: Mapping[int, Hashable], arrows: Sequence[tuple[int, int]], alone: Set[int]
) -> Numbers:
    """The colours, where those of like roles and the same inputs are one if some are read by the same ops as others, or by some
    of these: as in a softmax of which one element is used, the exponentials. No arrow comes to go back by that. `roles`: of
    each colour; a name that one node alone has, as a variable after a loop, tells it apart from no nameless ones. `alone`: the
    colours that are on no round; the others stay as they are."""
    before, after = defaultdict[int, set[int]](set), defaultdict[int, set[int]](set)
    for source, into in arrows:
        before[into].add(source)
        after[source].add(into)
    sizes = np.bincount(colours)
    whole = np.arange(len(sizes))
    known: dict[Hashable, list[tuple[int, set[Hashable]]]] = {}
    missing = {colour: len(before[colour] & alone) for colour in alone}
    ready = [colour for colour, count in missing.items() if not count]
    for colour in ready:  # it grows meanwhile
        role = roles[colour]
        readers = {op_of(roles[into]) for into in after[colour]}
        if before[colour]:
            inputs = frozenset(whole[list(before[colour])].tolist())
            likely = known.setdefault((nameless(role) if sizes[colour] == 1 else role, inputs), [])
            one, others = next((each for each in likely if each[1] <= readers or readers <= each[1]), (colour, readers))
            whole[colour] = one
            others |= readers
            likely += [] if one != colour else [(colour, others)]
        for into in after[colour] & alone:
            missing[into] -= 1
            ready += [into] if not missing[into] else []
    return whole[colours]


def nameless(role: Hashable) -> Hashable:
    """The role of ops without their name."""
    return (*role[:NAME], "", *role[NAME + 1 :]) if isinstance(role, tuple) and role[0] != "leaf" else role


def pairs(ends: Numbers, count: int) -> list[tuple[int, int]]:
    """The pairs of numbers below `count` at which arrows begin and end, each once."""
    source, into = np.divmod(np.unique(ends[0] * count + ends[1]), count)
    return list(zip(source.tolist(), into.tolist(), strict=True))
