"""The last way to fewer blocks: parts that are alike become one, whatever groups they are in."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autodiff.drawing.alike import alike
from autodiff.drawing.cycles import rounds
from autodiff.drawing.outline import stem_of, titles
from autodiff.drawing.parts import Fold, Part, mixed


def coarser(fold: Fold, parts: Sequence[Part], budget: int) -> list[Part]:
    """Parts that are alike as one each, in as many kinds as the budget allows; what lies on one round then as one too."""
    kinds: list[Hashable] = []
    for rough in (kind_of, op_of, sort_of):
        kinds = [rough(part) for part in parts]
        if len(set(kinds)) <= budget:
            break
    arrows = fold.between(parts)
    colours = alike(kinds, arrows, budget)
    component = rounds(max(colours) + 1, {(colours[source], colours[into]) for source, into in arrows})
    gathered: dict[int, list[Part]] = {}
    for part, colour in zip(parts, colours, strict=True):
        gathered.setdefault(component[colour], []).append(part)
    return [mixed(each) for each in gathered.values()]


def kind_of(part: Part) -> Hashable:
    """What two parts must share to be rolled up: their op, group and name, numbers aside."""
    node = part.atoms[0].members[0]
    within = stem_of(part.within)
    if part.groups:
        return "group", within, part.groups[0].stem, tuple(titles(part.members))
    return node.kind, tuple(titles([node])), within, stem_of(node.name), node.target, node.failed


def op_of(part: Part) -> Hashable:
    node = part.atoms[0].members[0]
    return "group" if part.groups else node.kind, tuple(titles([node])), node.target, node.failed


def sort_of(part: Part) -> Hashable:
    return "group" if part.groups else part.atoms[0].members[0].kind, part.atoms[0].members[0].failed
