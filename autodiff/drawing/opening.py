"""How far a fold is opened: as far as its budget of blocks allows, from the outside inwards."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from autodiff.drawing.graph import Node
from autodiff.drawing.groups import has_path
from autodiff.drawing.outline import TURN, Group, leaf_name, stem_of
from autodiff.drawing.parts import Fold, Part, closed, together

FEW_STEPS = 8  # of steps that share their weights, so many are drawn one by one
PAIRS = 20  # in a picture of no more boxes the weights that the same parts read are one
SHARED = 3  # leaves that so many parts read are drawn as one


def opened(fold: Fold, budget: int, plain: bool = False) -> None:
    """Open the groups of a fold, from the outside inwards, as long as the blocks are within the budget. `plain`: also those in
    which there is but one statement to be seen."""
    while opened_wider(fold, budget, plain):
        pass


def opened_wider(fold: Fold, budget: int, plain: bool) -> bool:
    """Open the outermost of the closed groups that can be opened. Groups of one kind are opened together, and so are all that
    hold nothing but nodes, if they fit."""
    before = fold.parts
    closed_now = [part for part in fold.parts if part.groups and (plain or len(part.classes) > 1 or not is_plain(part))]
    for depth in sorted({part.depth for part in closed_now}):
        kinds: dict[Hashable, list[Part]] = {}
        simple: dict[Hashable, list[Part]] = {}
        for part in closed_now:
            if part.depth == depth:
                holds_groups = len(part.classes) > 1 or any(group.children for group in part.groups)
                alike = kinds if holds_groups else simple
                alike.setdefault((part.within, part.groups[0].stem), []).append(part)
        for parts in sorted(kinds.values(), key=lambda parts: -sum(part.size for part in parts)):
            together_opened(fold, parts, budget, plain)
        held = fold.parts
        together_opened(fold, [part for parts in simple.values() for part in parts], budget, plain)
        for parts in simple.values() if fold.parts is held else ():
            together_opened(fold, parts, budget, plain)
        if fold.parts is not before:
            return True
    return False


def together_opened(fold: Fold, parts: list[Part], budget: int, plain: bool) -> None:
    """Open these parts, or if they do not fit none of them; but of the turns of a loop the first."""
    before = fold.parts
    for part in parts:
        possible = list(openings(fold, part, plain))
        fitting = [trial for trial in possible if len(drawn(fold, trial, budget)) <= budget]
        if possible and not fitting and len(parts) > 1:
            fold.parts = before
            for first in parts:
                if first.groups[0].stem.endswith(TURN) and first.groups[0].place == 0:
                    together_opened(fold, [first], budget, plain)
            return
        fold.parts = fitting[0] if fitting else fold.parts


def openings(fold: Fold, part: Part, plain: bool = False) -> Iterator[list[Part]]:
    """The parts of the fold with this one open, in each way in which no arrow goes back."""
    trials = (replaced(fold.parts, part, pieces) for pieces in ways_to_open(fold, part, plain) if pieces)
    return filter(fold.sound, trials)


def ways_to_open(fold: Fold, part: Part, plain: bool) -> list[list[Part]]:
    """Calls of one function from several places, each closed; or what the part holds; or, of groups that follow on one another,
    each of them closed. Where many of these share their weights a picture of each says no more than that of the first, and the
    others are one. (In a `plain` fold they are opened where they fit.)"""
    others = replaced(fold.parts, part, [])
    calls = by_name(part)
    if not plain and is_plain(part):
        return [calls, one_after_another(fold, part, others, plain)]
    inside = fold.contents(part, others)
    chained = any(fold.hands_on(piece, part, replaced([*others, *inside], piece, [])) for piece in inside)
    steps = one_after_another(fold, part, others, plain)
    if chained or (fold.by_turns and steps):
        return [calls, steps, inside] if are_few(fold, part, plain) else [calls, steps]
    return [calls, inside, steps]


def by_name(part: Part) -> list[Part]:
    """Of groups of several names, as calls of one function from several places are, those of each name. Nothing for the turns
    of a loop, which are told apart by their numbers alone."""
    names: dict[str, list[list[Group]]] = {}
    for each in part.classes:
        names.setdefault("" if each[0].stem.endswith(TURN) else each[0].name, []).append(each)
    return [closed(classes, part.within) for classes in names.values()] if len(names) > 1 else []


def one_after_another(fold: Fold, part: Part, others: list[Part], plain: bool) -> list[Part]:
    """Groups that follow on one another, each closed; or what the first holds, and all others closed. Nothing if they do not
    follow on one another, or if the first is drawn elsewhere."""
    if not fold.follow_on(part):
        return []
    if are_few(fold, part, plain):
        return [closed([each], part.within) for each in part.classes]
    first, rest = closed(part.classes[:1], part.within), closed(part.classes[1:], part.within)
    return [*(fold.contents(first, [*others, rest]) or [first]), rest] if first.groups[0].place == 0 else []


def are_few(fold: Fold, part: Part, plain: bool) -> bool:
    return plain or fold.most_users(part) <= FEW_STEPS


def is_plain(part: Part) -> bool:
    return all(group.is_plain for group in part.groups)


def replaced(parts: list[Part], part: Part, pieces: list[Part]) -> list[Part]:
    return [*(other for other in parts if other is not part), *pieces]


def drawn(fold: Fold, parts: list[Part], budget: int, absorb: bool = False) -> list[Part]:
    """The parts, where leaves outside all groups are one if they have one name but for numbers and the same users; in a small
    budget also the weights of the same users, as a kernel and a bias. `absorb`: those that one closed group alone uses
    are within it, but for data and the arguments of the function that is drawn."""
    users: dict[int, list[int]] = {}
    for source, into in fold.between(parts):
        users.setdefault(source, []).append(into)
    found: list[Part] = []
    leaves: dict[Hashable, list[Part]] = {}
    inside: dict[Part, list[Part]] = {}
    for k, part in enumerate(parts):
        to = users.get(k, [])
        node = part.atoms[0].members[0]
        pairs = budget <= PAIRS and is_weight(node)
        if not part.is_leaf:
            found.append(part)
            continue
        if absorb and len(to) == 1 and may_hold(parts[to[0]]) and not (node.argument or node.kind == "constant"):
            inside.setdefault(parts[to[0]], []).append(part)
        else:
            name = "" if pairs else stem_of(leaf_name(node))
            leaves.setdefault((part.within, node.kind, node.target, name, tuple(to)), []).append(part)
    found += [together(each) for each in leaves.values()]
    return [with_leaves(part, inside[part]) if part in inside else part for part in found]


def may_hold(part: Part) -> bool:
    """Whether leaves from outside may stand in a closed group: not in a layer, which has weights of its own."""
    leaves = (node for atom in part.atoms if not atom.members[0].inputs for node in atom.members)
    return bool(part.groups) and not any(map(has_path, leaves))


def is_weight(node: Node) -> bool:
    """Whether a leaf is an array that is trained or watched, and no argument of the function that is drawn, though it may be in
    a structure that is one."""
    return node.kind in ("parameter", "input") and type(node.value) is not float and not node.argument


def shared(fold: Fold, parts: list[Part]) -> list[Part]:
    """The parts, where leaves of one kind that the same three parts or more read, as the steps of a loop read their weights,
    are one: each of their arrows is then one of many that run side by side."""
    users: dict[int, list[int]] = {}
    for source, into in fold.between(parts):
        users.setdefault(source, []).append(into)
    alike: dict[Hashable, list[Part]] = {}
    for k, part in enumerate(parts):
        to = users.get(k, [])
        many = part.is_leaf and len(to) >= SHARED
        alike.setdefault((part.within, part.atoms[0].members[0].kind, tuple(to)) if many else k, []).append(part)
    return [together(each) for each in alike.values()]


def with_leaves(part: Part, leaves: list[Part]) -> Part:
    return Part([*part.atoms, *(atom for leaf in leaves for atom in leaf.atoms)], part.groups, part.within, part.classes)
