"""Several variables are assigned together, or none of them is."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack

from nn.arrays import plain
from nn.typing import ArrayLike, Variable


def assign_all(pairs: Iterable[tuple[Variable, ArrayLike]]) -> None:
    """Assign to each variable its array; if one can't take its array, or an interrupt comes, all are as they were."""
    with ExitStack() as undo:
        assign_each(pairs, undo)
        undo.pop_all()


def assign_each(pairs: Iterable[tuple[Variable, ArrayLike]], undo: ExitStack) -> None:
    """Assign to each variable its array. `undo` gets what assigns the present ones again."""
    for v, array in pairs:
        undo.callback(v.assign, plain(v))
        v.assign(array)
