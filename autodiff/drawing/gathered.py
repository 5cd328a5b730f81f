"""Parts that the program has no name for, each drawn in one that it has a name for: of a graph without call sites."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from autodiff.drawing.anonymous import is_softmax, weight_of
from autodiff.drawing.graph import Node
from autodiff.drawing.outline import leaf_name
from autodiff.drawing.parts import Fold, Part, mixed


def gathered(fold: Fold, parts: Sequence[Part]) -> list[Part]:
    """The parts, where those of one name are one as far as no arrow goes back, and each that has no name is in the only part
    that reads it, or else in the only one that it reads: no arrow goes back by that either."""
    known = of_one_name(fold, parts)
    before: dict[int, set[int]] = {k: set() for k in range(len(known))}
    after: dict[int, set[int]] = {k: set() for k in range(len(known))}
    for source, into in fold.between(known):
        after[source].add(into)
        before[into].add(source)
    held = {k: [part] for k, part in enumerate(known)}
    nameless = [k for k, part in enumerate(known) if computes(part) and not is_named(part)]
    while nameless:
        moves = ((k, home) for k in nameless if (home := home_of(k, known, before, after)) is not None)
        k, home = next(moves, (-1, -1))
        if k < 0:
            break
        nameless.remove(k)
        held[home] += held.pop(k)
        for one, other in ((before, after), (after, before)):
            one[home] |= one[k]
            for neighbour in one.pop(k):
                other[neighbour] -= {k}
                other[neighbour] |= {home}
        before[home] -= {home, k}
        after[home] -= {home, k}
    return [mixed(each) for each in held.values()]


def home_of(k: int, parts: Sequence[Part], before: dict[int, set[int]], after: dict[int, set[int]]) -> int | None:
    """The part in which a part without a name is drawn: an activation in the one that it reads."""
    read = [source for source in before[k] if computes(parts[source])]
    op = first_node(parts[k]).op
    if len(read) == 1 and (len(after[k]) != 1 or (op is not None and op.activation)):
        return read[0]
    user = next(iter(after[k]), k)
    return user if len(after[k]) == 1 and computes(parts[user]) else None


def of_one_name(fold: Fold, parts: Sequence[Part]) -> list[Part]:
    """The parts, where those that compute the same by their names are one, if no arrow goes back by that."""
    families: dict[Hashable, list[Part]] = {}
    for k, part in enumerate(parts):
        node = first_node(part)
        weight = weight_of(node)
        name = leaf_name(weight) if weight is not None else leaf_name(node) if part.is_leaf and node.name else None
        families.setdefault(k if name is None or part.groups else (node.kind, node.op, part.within, name), []).append(part)
    found = list(parts)
    for family in families.values():
        if len(family) > 1:
            trial = [part for part in found if part not in family]
            trial.append(mixed(family))
            found = trial if fold.sound(trial) else found
    return found


def first_node(part: Part) -> Node:
    return part.atoms[0].members[0]


def computes(part: Part) -> bool:
    """Whether a part is no leaf, and nothing that came back where a gradient is cut."""
    return bool(part.groups) or first_node(part).op is not None


def is_named(part: Part) -> bool:
    """Whether the program has a name for what a part computes: its own, or that of what it reads."""
    node = first_node(part)
    if part.groups or node.name or node.target or weight_of(node) is not None or is_softmax(node):
        return True
    return any(edge.source.kind != "op" and edge.source.name for edge in node.inputs)
