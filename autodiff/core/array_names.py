"""The names of arrays, for pictures: an operation reads the array that a named box holds, and the box is not there any more."""

from __future__ import annotations

import weakref
from functools import partial
from typing import Any

import numpy as np

_known: dict[int, tuple[Any, str]] = {}  # by id, for as long as the array lives


def name_array(array: object, name: str) -> None:
    """Note the name of an array."""
    if isinstance(array, np.ndarray):
        forget = partial(_known.pop, id(array))  # in C alone: an interrupt that came in a callback in Python would be lost
        _known[id(array)] = weakref.ref(array, forget), name


def name_of_array(array: object) -> str | None:
    """The name that was noted for an array; None for none."""
    known = _known.get(id(array))
    return None if known is None or known[0]() is not array else known[1]
