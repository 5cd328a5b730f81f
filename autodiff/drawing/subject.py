"""What to draw: a loss, a tape, a tape and its loss, or a function and its arguments; and the span behind it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box
from autodiff.core.dtypes import is_inexact
from autodiff.core.span import Span, find_graph
from autodiff.drawing.failed import Ending, ending_of, mark_failure
from autodiff.drawing.graph import Graph, Node, fill_in_gradients, read
from autodiff.drawing.groups import assign_groups
from autodiff.drawing.lines import Lines
from autodiff.failures.errors import explain_rule, failure_of
from autodiff.failures.nesting import brief
from autodiff.scalar.value import Value
from autodiff.tape import nested
from autodiff.tape.arguments import boxes_in
from autodiff.tape.tape import Tape

DEPTH = 3  # so many lists or dicts deep, names are looked for


def graph_of(
    what: Any, args: tuple[Any, ...], names: Mapping[str, Any] | None, gradients: bool, partial: bool = False
) -> Graph:
    """The graph of a subject, differentiated unless `gradients` is False or the targets are several ends of a tape. With
    `partial` that of a program that raised is what there was."""
    lines: Lines | None = None
    ending: Ending | None = None
    chosen: list[Any]
    named = dict(named_things(names or {}))
    if isinstance(what, Tape):
        tape: Tape | None = what
        chosen = boxes_in("target", list(args)) if args else []
        if partial and not args and what._failure is not None:
            ending = Ending(what._failure.message, what._failure)
    elif callable(what) and not isinstance(what, Box):
        tape, lines, chosen, own, ending = run(what, args, partial)
        named = {**own, **named}
    else:
        if args:
            raise TypeError(f"Arguments are for a function, but the first thing given is a {type(what).__name__}.")
        chosen = boxes_in("target", what)
        tape = None
    span = span_of(tape, chosen)
    if span is None:
        alone = [Node(leaf_kind(box), box._raw(), name=named.get(id(box), box.name), target=True) for box in chosen]
        return Graph(alone, list(alone))
    named |= {id(span.graph.box(k)): named[id(box)] for box in chosen if (k := span.graph.find(box)) >= 0 and id(box) in named}
    graph = read(span, chosen, named)
    if gradients and ending is None and (chosen or len(graph.targets) == 1):
        ending = differentiated(graph, span, partial)
    if ending is not None:
        mark_failure(graph, span, ending, named)
    assign_groups(graph)
    if lines is not None:
        lines.write_to(graph)
    return graph


def differentiated(graph: Graph, span: Span, partial: bool) -> Ending | None:
    """Fill in the gradients. What a rule raises ends the picture there if that may be `partial`."""
    try:
        fill_in_gradients(graph, span)
    except Exception as error:
        explain_rule(error, span)
        if not partial:
            raise
        return ending_of(error)
    return None


def span_of(tape: Tape | None, targets: list[Any]) -> Span | None:
    """What the tape heard, or the whole graph in which the targets stand; None for leaves that stand in none. The targets of
    the last gradient keep the graph of a tape that is used up."""
    if tape is not None and (tape._anchor is not None or not any(map(find_graph, targets))):
        return tape.span
    graphs = [find_graph(box) for box in targets]
    for graph in graphs:
        if graph is not None:
            return Span(graph, None)
    for box in targets:
        if not is_leaf(box):
            raise RuntimeError(
                f"No tape remembers how {box!r:.80} was computed. Compute it inside `with Tape() as tape:`. After "
                "tape.gradient draw it before the next tape begins, or use Tape(persistent=True), or give the function: "
                "draw(f, *arguments)."
            )
    return None


def is_leaf(box: Any) -> bool:
    """Whether the user made a box, rather than an op that a tape recorded."""
    return bool(box.trainable or box._index < 0)


def leaf_kind(box: Any) -> str:
    return "parameter" if box.trainable else "constant"


# -- a function, run for the picture ------------------------------------------------------------------------------------


def run(
    function: Callable[..., Any], args: tuple[Any, ...], partial: bool
) -> tuple[Tape, Lines, list[Any], dict[int, str], Ending | None]:
    """The function's own tape, its source lines, its results, its parameters' names, and how it ended if it raised
    and that may be `partial`. Floats become Values, arrays of floats watched Tensors, also in structures; everything else is
    passed on as it is.
    """
    labels = parameter_names(function, args)
    boxed = [as_boxes(x, label) for x, label in zip(args, labels, strict=True)]
    names = dict(named_things(dict(zip(labels, boxed, strict=True))))
    lines = Lines()
    with Tape(persistent=True) as tape:
        tape.watch([x for x in nested.leaves(boxed) if isinstance(x, Tensor) and not x.trainable and is_inexact(x)])
        try:
            with lines:
                result = function(*boxed)
        except Exception as error:
            if partial and (failure_of(error) is not None or any(node.op is not None for _, node in tape.span.nodes())):
                return tape, lines, [], names, ending_of(error)
            raise
    try:
        targets = boxes_in("target", result)
        tape.span.indices_of(targets)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{getattr(function, '__name__', 'the function')} returned {brief(result)}, through which no gradient flows: it "
            "should return what it computes from its float arguments (2.0, not 2), or from Values and Variables."
        ) from error
    return tape, lines, targets, names, None


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


def as_boxes(x: Any, name: str) -> Any:
    """An argument with boxes in place of its floats and arrays. As in `grad`, a list of nothing but numbers is the array that
    it writes out; one of whole numbers stays as it is, for they may be sizes."""
    if isinstance(x, (float, np.floating)):
        return Value(float(x), name=name)
    if isinstance(x, np.ndarray) and is_inexact(x):
        return Tensor(x, name)
    if not nested.is_structure(x) or not any(isinstance(part, (float, np.floating, np.ndarray)) for part in nested.leaves(x)):
        return x
    array = nested.whole(x)
    return nested.map_tree(lambda part: as_boxes(part, ""), x) if array is x else as_boxes(array, name)


def named_things(names: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """(id, name) of every box and array in a namespace such as `locals()`, the first name of each; also in structures, so that
    `w[0]`, `p['w']` and `p.w` are names. Names that begin with an underscore are left out: a shell makes them."""
    if not isinstance(names, Mapping):
        raise TypeError(f"names is a dictionary from names to boxes, such as locals(), but got {brief(names)}.")
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
            elif depth < DEPTH:
                deeper += [(name + way, part, depth + 1) for way, part in parts_by_way(thing)]
        waiting = deeper


def parts_by_way(thing: object) -> Iterator[tuple[str, object]]:
    """The parts of a structure, each with the way to it as one writes it in Python: `[0]`, `['w']`, `.w`."""
    if isinstance(thing, dict):
        yield from ((f"[{key!r}]", part) for key, part in thing.items())
    elif isinstance(thing, (list, tuple)):
        fields = getattr(thing, "_fields", None)
        yield from ((f"[{k}]" if fields is None else f".{fields[k]}", part) for k, part in enumerate(thing))
    elif nested.is_node(thing):
        names: Iterable[str] = getattr(type(thing), "__dataclass_fields__", None) or getattr(thing, "__dict__", {})
        yield from ((f".{name}", getattr(thing, name)) for name in names)
