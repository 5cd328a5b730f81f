"""What a page has room for: closed groups are opened, one kind after another, as long as it can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from autodiff.drawing.groups import has_path
from autodiff.drawing.opening import is_plain, openings
from autodiff.drawing.outline import TURN, stem_of
from autodiff.drawing.parts import Fold, Part, together

Kind = tuple[str, str]  # the group around the turns of a loop; the stem


def widen(fold: Fold, fits: Callable[[list[Part]], bool]) -> None:
    """Open the closed groups of a fold that `fits` then: of each kind, outer and large ones first, all; or the first."""
    tried: set[Kind] = set()
    while (kind := next((kind for kind in kinds_of(fold) if kind not in tried), None)) is not None:
        tried.add(kind)
        fold.parts = next((parts for parts in wider(fold, kinds_of(fold)[kind]) if fits(parts)), fold.parts)


def kinds_of(fold: Fold) -> dict[Kind, list[Part]]:
    """The closed groups of the program in which there is more to be seen than one statement, by what they have in common: calls
    of one function, the turns of one loop."""
    kinds: dict[Kind, list[Part]] = {}
    for part in sorted(fold.parts, key=lambda part: part.depth if part.groups else 0):
        if part.groups and (len(part.classes) > 1 or not is_plain(part)) and not is_layer(part):
            stem = part.groups[0].stem
            kinds.setdefault((stem_of(part.within) if stem.endswith(TURN) else "", stem), []).append(part)
    return dict(sorted(kinds.items(), key=lambda item: (item[1][0].depth, -sum(part.size for part in item[1]))))


def is_layer(part: Part) -> bool:
    """Whether these are layers, whose names say what they do: with weights of their own."""
    atoms = (atom for group in part.groups for atom in group.atoms.values())
    return any(has_path(node) for atom in atoms for node in atom.members if not node.inputs)


def wider(fold: Fold, alike: list[Part]) -> Iterator[list[Part]]:
    """The parts of a fold with all of these open, which are alike; or with the first; or, of the turns of a loop, with the
    first and the others as one."""
    held = fold.parts
    for part in alike:
        fold.parts = next(openings(fold, part), fold.parts)
    every, fold.parts = fold.parts, held
    if every is not held:
        yield every
    first, *others = alike
    of_loop = first.groups[0].stem.endswith(TURN)
    if others and not (of_loop and first.groups[0].place):
        for parts in openings(fold, first):
            yield parts
            rest = [*(part for part in parts if part not in others), together(others)]
            if of_loop and len({part.within for part in others}) == 1 and fold.sound(rest):
                yield rest
            break
