"""The batches that are under way: each `vmap`, and each jacobian, inside another is one level deeper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

import numpy as np

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.box import Box
from autodiff.core.duck import Duck
from autodiff.core.interrupts import held_at
from autodiff.failures.nesting import deeper


class Level:
    """One `vmap`, or one jacobian, that is under way."""

    def __init__(self, depth: int, size: int) -> None:
        self.depth, self.size = depth, size


_levels: Final[ContextVar[tuple[Level, ...]]] = ContextVar("the batches that are under way, the outermost first", default=())
levels: Final = _levels.get


@contextmanager
def batch_level(size: int) -> Iterator[Level]:
    """A new level, which is active inside the block."""
    level = Level(len(levels()), size)
    with held_at(_levels, (*levels(), level)):
        yield level


class Leveled(Duck):
    """Raw data that differ by example: `data` has the batch of a level as its first axis."""

    __slots__ = ("data", "level")

    def __init__(self, data: Any, level: Level) -> None:
        self.data, self.level = data, level


NUMBERS: Final = frozenset([float, int, bool, np.float64, np.float32])
WITHOUT_BATCH: Final = frozenset([*NUMBERS, str, type(None), slice, type(...), np.ndarray, np.dtype])


def deepest(args: Any) -> Level:
    """The innermost level among the arguments, also inside lists and boxes."""
    found = level_in(args)
    if found is None:
        raise NotBatchable("No batch among the arguments.")
    return found


def level_in(args: Any, depth: int = 0) -> Level | None:
    """The innermost level of the batches among the arguments; None if there is no batch."""
    found: Level | None = None
    for x in args:
        if type(x) in WITHOUT_BATCH:
            continue
        x = x._raw() if isinstance(x, Box) else x
        level: Level | None = None
        if isinstance(x, (list, tuple)):
            level = level_in(x, deeper(depth))
        elif isinstance(x, dict):
            level = level_in(x.values(), deeper(depth))
        elif isinstance(x, Leveled):
            level = x.level
        if level is not None and (found is None or level.depth > found.depth):
            found = level
    return found


def is_of(x: Any, level: Level) -> bool:
    """Whether x is a batch of this level, also inside a box."""
    x = x._raw() if isinstance(x, Box) else x
    return isinstance(x, Leveled) and x.level is level
