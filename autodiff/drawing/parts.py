"""The parts of a folded picture: closed groups, and nodes that play the same part; and how a part is opened or unrolled.

A fold is a list of parts that holds every atom of an outline once, and in which no arrow goes back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff.drawing.apart import pairs
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import TOLD, Atom, Group, Outline

LONGEST_FAMILY = 64  # of more that cannot be rolled up together, none are
NUMBER = re.compile(r"(\d+)")
FEW = 4  # so many names are all in a heading


@dataclass(slots=True, eq=False, repr=False)
class Part:
    """One block to be. With `groups` it is these groups, closed; without, it is nodes."""

    atoms: list[Atom]
    groups: list[Group] = field(default_factory=list)
    within: str = ""  # the path of the cluster that it is drawn in
    classes: list[list[Group]] = field(default_factory=list)  # of groups rolled up: those that can be drawn one by one
    mixed: list[Part] = field(default_factory=list)  # of parts of several kinds: what it was made of

    @property
    def depth(self) -> int:
        return self.groups[0].depth

    @property
    def is_leaf(self) -> bool:
        return not self.groups and not any(node.inputs for atom in self.atoms for node in atom.members[:1])

    @property
    def members(self) -> list[Node]:
        return [node for atom in self.atoms for node in atom.members]

    @property
    def size(self) -> int:
        return sum(len(atom.members) for atom in self.atoms)


def closed(classes: list[list[Group]], within: str) -> Part:
    """Groups as one part."""
    groups = [group for each in classes for group in each]
    return Part([atom for group in groups for atom in group.whole()], groups, within, classes)


def together(parts: Sequence[Part]) -> Part:
    """Parts of one family as one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if first.groups:
        return closed([each for part in parts for each in part.classes], first.within)
    return Part([atom for part in parts for atom in part.atoms], within=first.within)


class Fold:
    """The parts of an outline as they are now."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.by_turns = False  # whether groups that follow on one another are drawn one by one though they could be rolled up
        self.arrows = np.array(list(outline.edges), dtype=np.int64).reshape(-1, 2)
        self.parts = self.contents(Part([], [outline.root]), [])
        if not self.parts:  # groups that give to one another to and fro are not drawn
            nodes = [Part([atom]) for group in outline.root.inwards() for atom in group.atoms.values()]
            self.parts = untangled(nodes, self.between(nodes))

    def between(self, parts: Sequence[Part]) -> list[tuple[int, int]]:
        """The arrows between parts, by their numbers in the list."""
        home = np.empty(len(self.outline.atoms), dtype=np.int64)
        for k, part in enumerate(parts):
            home[[atom.number for atom in part.atoms]] = k
        return [(source, into) for source, into in pairs(home[self.arrows.T], len(parts)) if source != into]

    def sound(self, parts: Sequence[Part]) -> bool:
        """Whether no arrow between these parts goes back."""
        return acyclic(len(parts), self.between(parts))

    def _ends(self, groups: list[list[Group]], inside: Sequence[Atom]) -> Any:
        """Of each arrow, in which of these lists of groups its ends are, as far as they are in atoms `inside`; -1 for none."""
        home = np.full(len(self.outline.atoms), -1, dtype=np.int64)
        known = {atom.number for atom in inside}
        for k, each in enumerate(groups):
            home[[atom.number for group in each for atom in group.whole() if atom.number in known]] = k
        return home[self.arrows]

    def _any_between(self, groups: list[list[Group]], inside: Sequence[Atom]) -> bool:
        """Whether an arrow goes from one of these lists of groups to another, as far as they are in atoms `inside`."""
        ends = self._ends(groups, inside)
        return bool(np.any((ends[:, 0] >= 0) & (ends[:, 1] >= 0) & (ends[:, 0] != ends[:, 1])))

    def hands_on(self, piece: Part, part: Part, others: list[Part]) -> bool:
        """Whether groups in a piece of a part give to those of another of the part's groups, so that they would be drawn as one
        box though they follow on one another, however far the piece is opened beside `others`."""
        if not piece.groups or len(part.groups) == 1:
            return False
        if not self._any_between([[group] for group in part.groups], piece.atoms):
            return False
        inside = self.contents(piece, others)
        return not inside or any(
            self.hands_on(each, part, [*others, *(other for other in inside if other is not each)]) for each in inside
        )

    def follow_on(self, part: Part) -> bool:
        """Whether groups that were rolled up, and can be drawn one by one, give to one another."""
        return self._any_between(part.classes, part.atoms)

    def most_users(self, part: Part) -> int:
        """How many of the groups rolled up read the leaf that most of them read."""
        ends = self._ends(part.classes, part.atoms)
        found = ends[:, 1] >= 0
        pairs = set(zip(self.arrows[found, 0].tolist(), ends[found, 1].tolist(), strict=True))
        counts = Counter(source for source, _ in pairs if not self.outline.atoms[source].members[0].inputs)
        return max(counts.values(), default=0)

    def contents(self, part: Part, others: list[Part]) -> list[Part]:
        """What a closed part holds, to stand beside `others`: its own nodes and the groups in it, rolled up where they
        correspond, as far as no arrow goes back. Nothing, if one goes back however little is rolled up."""
        within = "/".join(filter(None, [part.within, heading(part.groups)]))
        families: dict[Hashable, dict[tuple[int, ...], Part]] = {}
        for group in part.groups:
            for atom in group.atoms.values():
                role, place = family(atom.role)
                families.setdefault(role, {}).setdefault(place, Part([], within=within)).atoms.append(atom)
            for child in group.children:
                places = families.setdefault(("group", child.stem), {})
                places.setdefault((child.run, child.place), closed([[]], within)).classes[0].append(child)
        for places in families.values():
            for place, found in places.items():
                if found.classes:
                    places[place] = closed(found.classes, within)
        return self.rolled([dict(sorted(places.items())) for places in families.values()], others)

    def rolled(self, families: list[dict[tuple[int, ...], Part]], others: list[Part]) -> list[Part]:
        """Each family, whose parts stand by their run and place in it, as few parts as can be with no arrow that goes back."""
        best = [[together(list(places.values()))] for places in families]
        if self.sound([*others, *flat(best)]):
            return flat(best)
        best = [list(places.values()) for places in families]
        if not self.sound([*others, *flat(best)]):
            return []
        for k, places in enumerate(families):
            runs: dict[int, list[Part]] = {}
            for place, part in places.items():
                runs.setdefault(place[0] if place else 0, []).append(part)
            whole = [part for parts in runs.values() for part in parts]
            for trial in ([together(whole)], [together(parts) for parts in runs.values()]):
                if len(trial) < len(best[k]) and self.sound([*others, *flat(best[:k]), *trial, *flat(best[k + 1 :])]):
                    best[k] = trial
                    break
            if 1 < len(best[k]) <= LONGEST_FAMILY:
                best[k] = self.neighbours(best[k], k, best, others)
        return flat(best)

    def neighbours(self, parts: list[Part], k: int, best: list[list[Part]], others: list[Part]) -> list[Part]:
        """One family with neighbours rolled up where they can be."""
        found = [[part] for part in parts]
        j = 1
        while j < len(found):
            trial = [*found[: j - 1], found[j - 1] + found[j], *found[j + 1 :]]
            others_of_it = [*flat(best[:k]), *flat(best[k + 1 :])]
            if self.sound([*others, *others_of_it, *map(together, trial)]):
                found = trial
            else:
                j += 1
        return [together(each) for each in found]


def untangled(parts: Sequence[Part], arrows: Sequence[tuple[int, int]]) -> list[Part]:
    """What lies on one round as one part."""
    gathered: dict[int, list[Part]] = {}
    for part, component in zip(parts, rounds(len(parts), arrows), strict=True):
        gathered.setdefault(component, []).append(part)
    return [mixed(each) for each in gathered.values()]


def mixed(parts: Sequence[Part]) -> Part:
    """Parts as one, of one kind or of several."""
    if len(parts) == 1:
        return parts[0]
    within = parts[0].within if len({part.within for part in parts}) == 1 else ""
    atoms = [atom for part in parts for atom in part.atoms]
    if parts[0].groups and len({part.groups[0].stem if part.groups else "" for part in parts}) == 1:
        groups = [group for part in parts for group in part.groups]
        return Part(atoms, groups, within, [groups])
    one = len({kind_of_nodes(part) for part in parts}) == 1
    return Part(atoms, within=within, mixed=[] if one else list(parts))


def kind_of_nodes(part: Part) -> Hashable:
    node = part.atoms[0].members[0]
    return "group" if part.groups else (node.kind, node.op, node.output, node.target, node.failed)


def flat(families: Sequence[list[Part]]) -> list[Part]:
    return [part for parts in families for part in parts]


def family(role: Hashable) -> tuple[Hashable, tuple[int, ...]]:
    """What the roles of atoms that may be rolled up have in common, and where they stand: nodes between groups of one run may
    be."""
    if isinstance(role, tuple) and isinstance(role[0], tuple) and len(role) == 2:
        inner, place = family(role[0])
        return (inner, role[1]), place
    if isinstance(role, tuple) and isinstance(role[0], tuple):
        return role[1:], role[0]
    return role, ()


def heading(groups: Sequence[Group]) -> str:
    """The name of a group within the one around it; of several with the range of their numbers, and how many they are.

    >>> heading([Group("gpt/head 0", "head #", None), Group("gpt/head 3", "head #", None)])
    'head 0, 3 ×2'
    """
    many = f" ×{len(groups):,}" if len(groups) > 1 else ""
    return heading_of(list(dict.fromkeys(group.name for group in groups))) + many


def heading_of(names: Sequence[str]) -> str:
    """One name for names that differ in their numbers, or in what stands in brackets at their end.

    >>> heading_of(["step 0", "step 1", "step 9"]), heading_of(["linear (q)", "linear (k)"]), heading_of(["norm", "norm (2)"])
    ('step 0, 1, 9', 'linear (q, k)', 'norm (1–2)')
    """
    told = [found[1] if (found := TOLD.search(name)) else "1" for name in names]
    if len(names) > 1 and len({TOLD.sub("", name) for name in names}) == 1:
        least = sorted(told, key=lambda text: (len(text), text))
        if all(text.isdecimal() for text in told):
            inside = in_brief(least)
        else:
            inside = ", ".join(told) if len(told) <= FEW else f"{told[0]}, …, {told[-1]}"
        return f"{TOLD.sub('', names[0])} ({inside})"
    if len(names) > 1 and len({TOLD.sub("", name).count(" ") for name in names}) == 1 and all(map(TOLD.search, names)):
        return heading_of(list(dict.fromkeys(TOLD.sub("", name) for name in names)))
    pieces = [NUMBER.split(name) for name in names]
    if len({tuple(each[::2]) for each in pieces}) > 1:
        return ", ".join(names) if len(names) <= FEW else f"{names[0]}, …, {names[-1]}"
    text = ""
    for each in zip(*pieces):
        known = sorted(set(each), key=lambda step: (len(step), step))
        text += in_brief(known)
    return text


def in_brief(numbers: Sequence[str]) -> str:
    """Ascending numbers: the first and the last of a row, `0–3`, or all of a few.

    >>> in_brief(["0", "1", "2"]), in_brief(["7", "9"]), in_brief(["1", "2", "4", "8", "16"])
    ('0–2', '7, 9', '1, …, 16')
    """
    if len(numbers) == 1:
        return numbers[0]
    if int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(numbers) if len(numbers) <= FEW else f"{numbers[0]}, …, {numbers[-1]}"
