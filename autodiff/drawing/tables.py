"""How large the tables are of which a program reads some numbers: a list of lists of Values."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autodiff.drawing.graph import Node
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.outline import INDEX, is_element


def tell_tables(nodes: Iterable[Node], around: Namespace) -> None:
    """Note at each leaf that is an element of a table how large that is, if the program has one table of that name."""
    elements: dict[str, list[Node]] = {}
    for node in nodes:
        if node.op is None and is_element(node) and type(node.value) is float:
            elements.setdefault(INDEX.sub("", node.name or ""), []).append(node)
    known: dict[str, set[str]] = {}
    for name, thing in around.things() if elements else ():
        if name in elements and isinstance(thing, (list, tuple, np.ndarray)):
            known.setdefault(name, set()).add("×".join(map(str, shape_of_lists(thing))))
    for name, shapes in known.items():
        for node in elements[name] if len(shapes) == 1 else ():
            node.table = next(iter(shapes))


def shape_of_lists(thing: object) -> tuple[int, ...]:
    """The shape of lists in one another whose lengths agree; as far as they do."""
    if isinstance(thing, np.ndarray):
        return tuple(map(int, thing.shape))
    if not isinstance(thing, (list, tuple)):
        return ()
    inner = {shape_of_lists(part) for part in thing}
    return (len(thing), *(inner.pop() if len(inner) == 1 else ()))
