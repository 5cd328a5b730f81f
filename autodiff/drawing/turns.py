"""What the turns of a loop are called: by the values of its variable, if these tell them apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from autodiff.drawing.namespace import singular
from autodiff.drawing.source_text import last_name
from autodiff.failures.stack import Site, Turn
from autodiff.failures.syntax import called_name

COUNTERS = ("i", "j", "k", "n", "_", "idx", "index")  # variables that say less than what they count


def turn_label(turn: Turn) -> str:
    """`head 0`, `step 3`: the loop's variable with its value, or with the number of the turn; `encoder` for a text; `task 0`
    where `for x, y in tasks` takes a task apart, as `x 0` would be read as an element of x."""
    apart = taken_apart(turn.loop.node)
    if turn.value is None and stores_several(turn.loop.node) and not apart:
        return f"step {turn.count}"
    names = [name for name in turn.loop.targets if name not in COUNTERS and not name.startswith("_")]
    counted = turn.variable in COUNTERS or turn.variable.startswith("_") or not turn.variable
    whole = apart if counted or turn.value is None else ""
    if counted or whole:
        word = whole or (names[0] if names and names[0] not in turn.numbers else turn.variable.strip("_") or "step")
        return f"{word} {turn.count if turn.value is None or isinstance(turn.value, str) else turn.value}"
    if isinstance(turn.value, str) and len(turn.value) > 1:
        return turn.value
    return f"{turn.variable} {turn.count if turn.value is None else turn.value}"


def stores_several(loop: ast.AST) -> bool:
    """Whether a loop stores in several variables at once, as `for x, y in zip(xs, ys)` does: none of them names its turns."""
    return isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension)) and isinstance(loop.target, ast.Tuple)


def taken_apart(loop: ast.AST) -> str:
    """`task` for the loops `for x, y in tasks` and `for k, (x, y) in enumerate(tasks)`; "" for others."""
    if not isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension)):
        return ""
    target, things = loop.target, loop.iter
    if isinstance(things, ast.Call) and called_name(things) == "enumerate" and things.args and isinstance(target, ast.Tuple):
        target, things = target.elts[-1], things.args[0]
    if isinstance(things, ast.Subscript) and isinstance(things.slice, ast.Slice) and things.slice.lower is None:
        things = things.value  # the first of them
    name = last_name(things) or ""
    return singular(name) if isinstance(target, ast.Tuple) and singular(name) != name else ""


def places_of(sites: Iterable[Site]) -> list[tuple[int, tuple[Turn, ...]]]:
    """The turns of loops in which the program was at some site, each time with the id of the call."""
    found: dict[tuple[int, int], tuple[Turn, ...]] = {}
    for site in sites:
        here: Site | None = site
        while here is not None and (place := (id(here.call), id(here.turns))) not in found:
            found[place] = here.turns
            here = here.call.caller
    return [(call, turns) for (call, _), turns in found.items()]


def unclear_loops(places: Iterable[tuple[int, tuple[Turn, ...]]]) -> set[int]:
    """The loops, by the ids of their nodes, whose variables do not tell the turns of each of their runs apart."""
    runs: dict[tuple[int, int], dict[Turn, int | str | None]] = {}
    for call, turns in places:
        for around, turn in zip((call, *map(id, turns)), turns, strict=False):
            runs.setdefault((around, id(turn.loop.node)), {})[turn] = turn.value
    return {loop for (_, loop), run in runs.items() if len(values := set(run.values())) < len(run) and values != {None}}
