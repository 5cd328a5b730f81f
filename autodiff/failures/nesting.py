"""How deep lists, tuples and dicts may be nested. Every walk over a user's structure counts its levels here: a structure that
contains itself, or one of many thousand levels, would else end the process where the walk is compiled."""

from __future__ import annotations

from typing import Final

DEEPEST: Final = 100
LONGEST: Final = 80


def deeper(depth: int) -> int:
    """The level below `depth`. ValueError if that is too deep."""
    if depth >= DEEPEST:
        raise ValueError(
            f"A list, tuple or dict that was given contains itself, or is nested more than {DEEPEST} levels deep: "
            "pass an array, or a structure of fewer levels."
        )
    return depth + 1


def brief(x: object) -> str:
    """What a user gave, in an error: its repr, cut short. The repr of what is nested too deeply is that of its type."""
    try:
        text = repr(x)
    except Exception:  # also that of the user's own class
        text = object.__repr__(x)
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."
