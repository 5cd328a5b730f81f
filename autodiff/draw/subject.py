"""What to draw: a loss, a tape, a tape and its loss, or a function and its arguments; and the log behind it."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value
from autodiff.core.box import Box
from autodiff.core.log import Log
from autodiff.draw.graph import Graph, Node, differentiate, read
from autodiff.draw.layers import assign_layers
from autodiff.draw.lines import Lines
from autodiff.tape.arguments import boxes_in
from autodiff.tape.steps import stand
from autodiff.tape.tape import Tape, recording

DEPTH = 3  # so many lists or dicts deep, names are looked for


def graph_of(what: Any, args: tuple[Any, ...], names: Mapping[str, Any] | None, gradients: bool) -> Graph:
    """The graph of a subject, differentiated unless `gradients` is False or the targets are several ends of a tape."""
    lines: Lines | None = None
    chosen: list[Any]
    named = dict(named_things(names or {}))
    if isinstance(what, Tape):
        tape: Tape | None = what
        chosen = boxes_in("target", list(args)) if args else []
    elif callable(what) and not isinstance(what, Box):
        tape, lines, chosen, own = run(what, args)
        named = {**own, **named}
    else:
        if args:
            raise TypeError(f"Arguments are for a function, but the first thing given is a {type(what).__name__}.")
        chosen = boxes_in("target", what)
        tape = None
    log, low, reach = heard(tape, chosen)
    if log is None:
        return Graph(alone := [Node(leaf_kind(box), box.raw(), name=named.get(id(box), box.name), target=True)
                               for box in chosen], list(alone))  # fmt: skip
    if chosen:
        stand(log, low, reach, chosen)
    graph = read(log, low, reach, chosen, named)
    if gradients and (chosen or len(graph.targets) == 1):
        differentiate(graph, log, low, reach)
    assign_layers(graph)
    if lines is not None:
        lines.write_to(graph)
    return graph


def heard(tape: Tape | None, targets: list[Any]) -> tuple[Log | None, int, bytearray | None]:
    """The log, where on it the subject begins, and what of it is connected; no log for leaves that no tape knows."""
    if tape is not None:
        log = recording(tape)
        low = tape.stretches[0][0]
        return log, low, tape.reach(log, len(log.nodes) - 1)
    for box in targets:
        found = living_log(box)
        if found is not None:
            return found, 0, None
    if all(is_leaf(box) for box in targets):
        return None, 0, None
    lost = next(box for box in targets if not is_leaf(box))
    raise RuntimeError(
        f"No tape remembers how {lost!r:.80} was computed. Compute it inside `with Tape() as tape:` and draw it before "
        "tape.gradient(...) frees the records, or use Tape(persistent=True), or give the function: draw(f, *arguments)."
    )


def living_log(box: Any) -> Log | None:
    """The log on which a box stands. Tapes are looked for among all living objects: that takes a moment here, where a list
    of tapes would cost every training step."""
    if box.token.log < 0:
        return None
    for thing in gc.get_objects():
        if isinstance(thing, Tape) and thing._log is not None and thing._log.serial == box.token.log:
            return thing._log
    return None


def is_leaf(box: Any) -> bool:
    """Whether a box was made by the user rather than computed."""
    return box.trainable or (box.place < 0 and not (isinstance(box, Value) and box.op is not None))


def leaf_kind(box: Any) -> str:
    return "parameter" if box.trainable else "constant"


# -- a function, run for the picture ------------------------------------------------------------------------------------


def run(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Tape, Lines, list[Any], dict[int, str]]:
    """The function's own tape, its source lines, its results, and its parameters' names. Floats become Values, arrays of
    floats watched Tensors; everything else is passed on as it is."""
    labels = parameter_names(function, args)
    boxed = [as_box(x, label) for x, label in zip(args, labels, strict=True)]
    names = dict(named_things(dict(zip(labels, boxed, strict=True))))
    lines = Lines()
    with Tape(persistent=True) as tape:
        tape.watch([x for x in boxed if isinstance(x, Tensor) and not x.trainable and x.dtype.kind in "fc"])
        log = recording(tape)
        with lines.following(log):
            result = function(*boxed)
    try:
        targets = boxes_in("target", result)
        stand(log, tape.stretches[0][0], None, targets)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{getattr(function, '__name__', 'the function')} returned {result!r:.80}, through which no gradient flows: it "
            "should return what it computes from its float arguments, or from Values and Variables."
        ) from error
    return tape, lines, targets, names


def parameter_names(function: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """The names under which the function takes its arguments."""
    try:
        bound = inspect.signature(function).bind(*args)
    except (TypeError, ValueError) as error:
        if isinstance(error, TypeError):
            raise
        return [f"x{k}" for k in range(len(args))]  # a builtin without a signature
    labels: list[str] = []
    for name, value in bound.arguments.items():
        if bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            labels += [f"{name}[{k}]" for k in range(len(value))]
        else:
            labels.append(name)
    return labels


def as_box(x: Any, name: str) -> Any:
    if isinstance(x, (float, np.floating)):
        return Value(float(x), name=name)
    if isinstance(x, np.ndarray) and x.dtype.kind in "fc":
        return Tensor(x, name)
    return x


def named_things(names: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(id, name) of every box and array in a namespace such as `locals()`, the first name of each; lists and dicts are
    looked into, so that `w[0]` is a name. Names that begin with an underscore are the shell's own."""
    waiting = [(name, thing, 0) for name, thing in names.items() if not name.startswith("_")]
    seen: set[int] = set()
    while waiting:
        deeper: list[tuple[str, Any, int]] = []
        for name, thing, depth in waiting:
            if id(thing) in seen:
                continue
            if isinstance(thing, (Box, np.ndarray)):
                seen.add(id(thing))
                yield id(thing), name
            elif isinstance(thing, (list, tuple)) and depth < DEPTH and type(thing) in (list, tuple):
                deeper += [(f"{name}[{k}]", part, depth + 1) for k, part in enumerate(thing)]
            elif type(thing) is dict and depth < DEPTH:
                deeper += [(f"{name}[{key!r}]", part, depth + 1) for key, part in thing.items()]
        waiting = deeper
