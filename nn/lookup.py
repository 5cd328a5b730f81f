"""Names in place of objects: "relu", "adam", "mse"."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Any


def snake(name: str) -> str:
    """A class's name as Keras spells it in lower case.

    >>> snake("GlorotUniform"), snake("Conv2D"), snake("R2Score")
    ('glorot_uniform', 'conv2d', 'r2_score')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()


def table(*things: Any, **others: Any) -> dict[str, Any]:
    """{name: thing}. Each thing is listed under its own name and under that name in lower case."""
    return {name: thing for thing in things for name in (thing.__name__, snake(thing.__name__))} | others


def resolve(kind: str, what: Any, things: Mapping[str, Any]) -> Any:
    """The thing that `what` names. A class is called without arguments. Anything callable but a name is returned as it is.

    Raises ValueError for an unknown name, and lists similar ones.
    """
    if isinstance(what, str):
        what = things[one_of(kind, what, things)]
    if inspect.isclass(what):
        return what()
    if not callable(what):
        raise ValueError(f"A {kind} is a name, a function or an object, but got {brief(what)}.")
    return what


def one_of(kind: str, name: str, names: Collection[str]) -> str:
    """The name, if it is one of `names`. Raises ValueError otherwise, and lists similar ones."""
    if name in names:
        return name
    import difflib

    near = difflib.get_close_matches(str(name), names, n=3)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the known ones are {', '.join(sorted(names))}."
    raise ValueError(f"Unknown {kind} {name!r}; {hint}")


def fraction(what: str, x: float) -> float:
    """x as a float. Raises ValueError unless it is from 0 to 1."""
    if not 0 <= x <= 1:
        raise ValueError(f"{what} is a number from 0 to 1, but got {brief(x)}.")
    return float(x)


def brief(x: object) -> str:
    """What a user gave, in an error: its repr, cut short; that of its type where it has none, as it is nested too deeply."""
    try:
        text = repr(x)
    except Exception:
        text = object.__repr__(x)
    return text if len(text) <= 80 else text[:76] + " ..."
