"""Names in place of objects: "relu", "adam", "mse"."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping
from typing import Any

from nn.arguments import brief, function, one


def snake(name: str) -> str:
    """A class's name as Keras spells it in lower case.

    >>> snake("GlorotUniform"), snake("Conv2D"), snake("R2Score")
    ('glorot_uniform', 'conv2d', 'r2_score')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()


def table(*things: Any, **others: Any) -> dict[str, Any]:
    """{name: thing}. Each thing is listed under its own name and under that name in lower case."""
    return {name: thing for thing in things for name in (thing.__name__, snake(thing.__name__))} | others


SHORT = {
    "mse": "MeanSquaredError", "mae": "MeanAbsoluteError", "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError", "bce": "BinaryCrossentropy", "kld": "KLDivergence",
}  # fmt: skip


def shortened(things: Collection[Any]) -> dict[str, Any]:
    """{short name: thing}, in small letters and in capitals, of losses or of metrics."""
    of_name = {thing.__name__: thing for thing in things}
    return {spelt: of_name[name] for short, name in SHORT.items() for spelt in (short, short.upper())}


def resolve(kind: str, what: Any, things: Mapping[str, Any]) -> Any:
    """The thing that `what` names. A class is called without arguments. Anything callable but a name is returned as it is.

    Raises ValueError for an unknown name, and lists similar ones.
    """
    named = isinstance(what, str)
    what = things[one_of(kind, what, things)] if named else what
    found = what() if inspect.isclass(what) else what
    return found if named else function(f"The {kind}", found, "a name, a function or an object")


def one_of(kind: str, name: str, names: Collection[str]) -> str:
    """The name, if it is one of `names`. Raises ValueError otherwise, and lists similar ones."""
    if isinstance(name, str) and name in names:
        return name
    known = [each for each in names if isinstance(each, str)]
    near = near_names(brief(name).strip("'"), known)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the known ones are {', '.join(sorted(known))}."
    raise ValueError(f"Unknown {kind} {brief(name)}; {hint}")


def near_names(name: str, known: Collection[str]) -> list[str]:
    """Up to three of the known names that are like this one, first those that differ in case and underscores alone."""
    import difflib

    same = [each for each in known if each.replace("_", "").lower() == name.replace("_", "").lower()]
    return list(dict.fromkeys([*same, *difflib.get_close_matches(name, known, n=3)]))[:3]


def name_of(thing: Any, name: str | None) -> str:
    """The name that an object is given, by default that of its class, or what the class is `known_as`."""
    if name is None:
        return getattr(type(thing), "known_as", snake(type(thing).__name__))
    return one("name", name, "text, or None for that of the class", str)
