"""How far a fold is opened: as far as its budget of blocks allows, from the outside inwards."""

from __future__ import annotations

from collections.abc import Hashable

from autodiff.drawing.alike import alike
from autodiff.drawing.cycles import rounds
from autodiff.drawing.outline import leaf_role, stem_of, titles
from autodiff.drawing.parts import Fold, Part, closed, together


def opened(fold: Fold, budget: int, plain: bool = False) -> None:
    """Open the groups of a fold, from the outside inwards, as long as the blocks are within the budget. `plain`: also those in
    which there is but one statement to be seen."""
    while opened_wider(fold, budget, plain):
        pass


def opened_wider(fold: Fold, budget: int, plain: bool) -> bool:
    """Open the outermost of the closed groups that can be opened: of those that hold nothing but nodes, all or none."""
    before = fold.parts
    closed_now = [part for part in fold.parts if part.groups and (plain or not all(group.is_plain for group in part.groups))]
    for depth in sorted({part.depth for part in closed_now}):
        here = sorted([part for part in closed_now if part.depth == depth], key=lambda part: -part.size)
        for part in here:
            if any(group.children for group in part.groups):
                replaced(fold, part, inner(fold, part), budget)
        kept = fold.parts
        for part in here:
            if not any(group.children for group in part.groups):
                replaced(fold, part, inner(fold, part), len(fold.outline.atoms))
        if len(drawn(fold)) > budget:
            fold.parts = kept
        if fold.parts is not before:
            return True
    return False


def inner(fold: Fold, part: Part) -> list[Part]:
    """What a closed part holds. If an arrow goes back between its groups, as in what is done again and again to one state, they
    are taken one by one."""
    found = fold.contents(part, [other for other in fold.parts if other is not part])
    if found or len(part.groups) == 1:
        return found
    classes = part.classes if len(part.classes) > 1 else [[group] for group in part.groups]
    return [closed([each], part.within) for each in classes]


def replaced(fold: Fold, part: Part, pieces: list[Part], budget: int) -> bool:
    """Put the pieces in the place of a part, if there are any, no arrow goes back, and the blocks are within the budget."""
    before = fold.parts
    if not pieces or not fold.sound(trial := [*(other for other in before if other is not part), *pieces]):
        return False
    fold.parts = trial
    if len(drawn(fold)) > budget:
        fold.parts = before
        return False
    return True


def drawn(fold: Fold, absorb: bool = False) -> list[Part]:
    """The parts, where leaves outside all groups are one if they have one name but for numbers and the same users. `absorb`:
    those that one closed group alone uses are within it."""
    users: dict[int, list[int]] = {}
    for source, into in fold.between(fold.parts):
        users.setdefault(source, []).append(into)
    found: list[Part] = []
    leaves: dict[Hashable, list[Part]] = {}
    inside: dict[Part, list[Part]] = {}
    for k, part in enumerate(fold.parts):
        to = users.get(k, [])
        if not part.is_leaf or part.within:
            found.append(part)
        elif absorb and len(to) == 1 and fold.parts[to[0]].groups:
            inside.setdefault(fold.parts[to[0]], []).append(part)
        else:
            node = part.atoms[0].members[0]
            leaves.setdefault((node.kind, node.target, stem_of(str(leaf_role(node))), tuple(to)), []).append(part)
    found += [together(parts) for parts in leaves.values()]
    return [with_leaves(part, inside[part]) if part in inside else part for part in found]


def with_leaves(part: Part, leaves: list[Part]) -> Part:
    return Part([*part.atoms, *(atom for leaf in leaves for atom in leaf.atoms)], part.groups, part.within, part.classes)


def coarser(fold: Fold, parts: list[Part], budget: int) -> list[Part]:
    """Parts that are alike as one each, in as many kinds as the budget allows; what lies on one round then as one too."""
    kinds: list[Hashable] = []
    for rough in (kind_of, op_of, sort_of):
        kinds = [rough(part) for part in parts]
        if len(set(kinds)) <= budget:
            break
    arrows = fold.between(parts)
    colours = alike(kinds, arrows, budget)
    component = rounds(max(colours) + 1, {(colours[a], colours[b]) for a, b in arrows})
    gathered: dict[int, list[Part]] = {}
    for part, colour in zip(parts, colours, strict=True):
        gathered.setdefault(component[colour], []).append(part)
    return [mixed(each) for each in gathered.values()]


def kind_of(part: Part) -> Hashable:
    node = part.atoms[0].members[0]
    if part.groups:
        ops = titles(node for atom in part.atoms for node in atom.members)
        return "group", stem_of(part.within), part.groups[0].stem, tuple(ops)
    return node.kind, tuple(titles([node])), stem_of(part.within), stem_of(node.name), node.target, node.failed


def op_of(part: Part) -> Hashable:
    node = part.atoms[0].members[0]
    return "group" if part.groups else node.kind, tuple(titles([node])), node.target, node.failed


def sort_of(part: Part) -> Hashable:
    return "group" if part.groups else part.atoms[0].members[0].kind, part.atoms[0].members[0].failed


def mixed(parts: list[Part]) -> Part:
    """Parts that were rolled up, of one kind or of several."""
    first = parts[0]
    if len(parts) == 1:
        return first
    within = first.within if len({part.within for part in parts}) == 1 else ""
    atoms = [atom for part in parts for atom in part.atoms]
    if len({part.groups[0].stem if part.groups else "" for part in parts}) == 1 and len({op_of(part) for part in parts}) == 1:
        groups = [group for part in parts for group in part.groups]
        return Part(atoms, groups, within, [[group] for group in groups])
    return Part(atoms, within=within, mixed=parts)
