"""What to draw: a loss, a tape, a tape and its loss, or a function and its arguments; and the span behind it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from types import CellType
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box
from autodiff.core.dtypes import is_inexact
from autodiff.core.span import Span, find_graph
from autodiff.debugging.places import Places
from autodiff.drawing.failed import Ending, ending_of, mark_failure
from autodiff.drawing.gradients import fill_in_gradients
from autodiff.drawing.graph import Graph, Node, read
from autodiff.drawing.groups import assign_groups
from autodiff.drawing.namespace import Namespace, around
from autodiff.drawing.program import add_program
from autodiff.failures.callsite import user_frame
from autodiff.failures.errors import explain_rule, failure_of
from autodiff.failures.nesting import brief
from autodiff.failures.stack import Site
from autodiff.scalar.value import Value
from autodiff.tape import nested
from autodiff.tape.arguments import boxes_in
from autodiff.tape.tape import Tape


def graph_of(
    what: Any, args: tuple[Any, ...], names: Mapping[str, Any] | None, gradients: bool, partial: bool = False
) -> Graph:
    """The graph of a subject, differentiated unless `gradients` is False or the targets are several ends of a tape. With
    `partial` that of a program that raised is what there was. Without `names` those of the caller's variables are taken."""
    ending: Ending | None = None
    own: dict[str, Any] = {}
    chosen: list[Any]
    named = around(user_frame()) if names is None else Namespace(names)
    if isinstance(what, Tape):
        tape: Tape | None = what
        chosen = boxes_in("target", list(args)) if args else []
        if partial and not args and what._failure is not None:
            ending = Ending(what._failure.message, what._failure)
    elif callable(what) and not isinstance(what, Box):
        tape, chosen, own, ending = run(what, args, partial, named)
        closed = Namespace(variables_around(what), otherwise=named)
        named = Namespace(own, otherwise=closed) if names is None else Namespace(names, otherwise=Namespace(own))
    else:
        if args:
            raise TypeError(f"Arguments are for a function, but the first thing given is a {type(what).__name__}.")
        chosen = boxes_in("target", what)
        tape = None
    span = span_of(tape, chosen)
    if span is None:
        alone = [Node(leaf_kind(box), box._raw(), name=box.name or named.get(id(box)), target=True) for box in chosen]
        return Graph(alone, list(alone))
    if names is None:
        named.add_modules(site.call.tree.module for site in span.graph.call_sites.values() if isinstance(site, Site))
    for box in chosen:
        if (k := span.graph.find(box)) >= 0:
            named.share(box, span.graph.box(k))
    graph = read(span, chosen, named)
    if gradients and ending is None and (chosen or len(graph.targets) == 1):
        ending = differentiated(graph, span, partial)
    if ending is not None:
        mark_failure(graph, span, ending, named)
    tell_leaves(graph, own)
    assign_groups(graph)
    add_program(graph, span.graph, named if names is None else None)
    return graph


def tell_leaves(graph: Graph, arguments: Collection[str]) -> None:
    """Which leaves are the arguments of the function that is drawn. Of the Values that are parameters by their kind, those
    without a name are data, if others have names."""
    for node in graph.nodes:
        node.argument = node.kind != "op" and node.name in arguments
    values = [node for node in graph.nodes if node.kind == "parameter" and isinstance(node.value, float)]
    if any(node.name for node in values):
        for node in values:
            node.kind = "parameter" if node.name else "input"


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
    if tape is not None and (tape._anchor is not None or not any(find_graph(box, []) for box in targets)):
        return tape.span
    for box in targets:
        if (graph := find_graph(box, targets)) is not None:
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
    function: Callable[..., Any], args: tuple[Any, ...], partial: bool, given: Mapping[int, str]
) -> tuple[Tape, list[Any], dict[str, Any], Ending | None]:
    """The function's own tape, its results, its arguments by name, and how it ended if it raised and that may be `partial`.
    Floats become Values, arrays of floats watched Tensors, also in structures; everything else is passed on as it is. What
    goes into `*args` has the name that is `given` for it, if there is one.
    """
    labels = [given.get(id(x), label) if "[" in label else label
              for x, label in zip(args, parameter_names(function, args), strict=True)]  # fmt: skip
    boxed = [as_boxes(x, label) for x, label in zip(args, labels, strict=True)]
    own = dict(zip(labels, boxed, strict=True))
    with Tape(persistent=True) as tape:
        tape.watch([x for x in nested.leaves(boxed) if isinstance(x, Tensor) and not x.trainable and is_inexact(x)])
        try:
            with Places(sys._getframe()):
                result = function(*boxed)
        except Exception as error:
            if partial and (failure_of(error) is not None or any(node.op is not None for _, node in tape.span.nodes())):
                return tape, [], own, ending_of(error)
            raise
    try:
        targets = boxes_in("target", result)
        tape.span.indices_of(targets)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"{getattr(function, '__name__', 'the function')} returned {brief(result)}, through which no gradient flows: it "
            "should return what it computes from its float arguments (2.0, not 2), or from Values and Variables."
        ) from error
    return tape, targets, own, None


def variables_around(function: Callable[..., object]) -> dict[str, object]:
    """The variables that a function reads from the functions around it."""
    code = getattr(function, "__code__", None)
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True)) if code is not None else {}
    return {name: cell.cell_contents for name, cell in cells.items() if cell != CellType()}  # which may be empty so far


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
        return Tensor(x)  # its own name would be that of the caller's array in later pictures: it has that of a variable
    if not nested.is_structure(x) or not any(isinstance(part, (float, np.floating, np.ndarray)) for part in nested.leaves(x)):
        return x
    array = nested.whole(x)
    return nested.map_tree(lambda part: as_boxes(part, ""), x) if array is x else as_boxes(array, name)
