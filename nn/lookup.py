"""Names in place of things: "relu", "adam", "mse"."""

import difflib
import inspect
import re


def snake(name):
    """A class's name as Keras spells it in lower case.

    >>> snake("GlorotUniform"), snake("Conv2D"), snake("R2Score")
    ('glorot_uniform', 'conv2d', 'r2_score')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name).lower()


def table(*things, **others):
    """{name: thing}, each under its own name and in lower case."""
    return {name: thing for thing in things for name in (thing.__name__, snake(thing.__name__))} | others


def resolve(kind, what, things):
    """The thing that `what` names; a class is called without arguments, and what is no name stands for itself.

    ValueError for an unknown name, with the near ones.
    """
    if isinstance(what, str):
        what = things[one_of(kind, what, things)]
    if inspect.isclass(what):
        return what()
    if not callable(what):
        raise ValueError(f"A {kind} is a name, a function or an object, but got {what!r}.")
    return what


def one_of(kind, name, names):
    """The name, if it is one of these; else ValueError with the near ones."""
    if name in names:
        return name
    near = difflib.get_close_matches(str(name), names, n=3)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the known ones are {', '.join(sorted(names))}."
    raise ValueError(f"Unknown {kind} {name!r}; {hint}")
