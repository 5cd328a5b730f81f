"""Which Values are held so that no long chain of them is freed by recursion.

A LinkedValue refers to what it was computed from. Compiled, the last reference to the end of a chain frees it all, each Value
inside of the freeing of the next one. So of every chain a Value is held here that is DEEPEST steps above another.
"""

from __future__ import annotations

import sys
from typing import Any, Final

DEEPEST: Final = 200
HELD: Final[list[Any]] = []
KNOWN: Final = [0]  # how many of them were left when they were looked at last
COUNTS_REFERENCES: Final = hasattr(sys, "getrefcount")


def hold(x: object) -> None:
    """Hold a Value below which there are as many as may be freed in one go."""
    if COUNTS_REFERENCES:
        HELD.append(x)
        if len(HELD) > 16 + 2 * KNOWN[0]:
            let_go()


def let_go() -> None:
    """Free those of HELD to which nothing else refers, the last first, as the others may be what these were computed from."""
    HELD.append(object())  # it shows how many references that is
    kept: list[Any] = []
    alone = 0
    while HELD:
        x = HELD.pop()
        count = sys.getrefcount(x)
        if alone == 0:
            alone = count
        elif count > alone:
            kept.append(x)
    kept.reverse()
    HELD.extend(kept)
    KNOWN[0] = len(HELD)


def let_go_of_new_ones() -> None:
    """The same if there are some since the last time."""
    if len(HELD) > KNOWN[0]:
        let_go()
