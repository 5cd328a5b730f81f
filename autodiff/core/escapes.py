"""Where gradients end: numbers that leave the engine, and operations whose derivative is zero. A tape's graph remembers both,
so that `tape.explain` can say why a gradient is None."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray

from autodiff.core.box import WATCHED, Box
from autodiff.core.dtypes import carries_gradient
from autodiff.core.graph import Graph
from autodiff.core.interrupts import held_at
from autodiff.core.listening import DEAF, current
from autodiff.core.span import Span
from autodiff.failures.callsite import CallSite, call_site
from autodiff.failures.nesting import brief

PAUSE = "stop_recording"
MOST, OF_A_LINE = 1000, 20  # so many are kept in all, and of one place in the program: a loop may make millions


def checked_name(name: object) -> str:
    """The name of a box. TypeError for what is no text."""
    if not isinstance(name, str):
        raise TypeError(f"The name of a box is a str, but got {brief(name)} of type {type(name).__name__}.")
    return str(name)


class Cut:
    """What stands at an index of the graph was read, or computed with, in a way that no gradient flows back through."""

    __slots__ = ("at", "how", "index", "leaf", "result", "site")

    def __init__(
        self, at: int, index: int, how: str, leaf: Box | None, site: CallSite,
        result: ReferenceType[NDArray[Any]] | None = None,
    ) -> None:  # fmt: skip
        self.at = at  # how many nodes the graph had then
        self.index = index  # -1 for a leaf that has not entered the graph, and for a pause
        self.how = how  # "numpy", "float", "stop_gradient", "assign", the name of an op of derivative zero, ...
        self.leaf = leaf  # that leaf
        self.site = site
        self.result = result  # of an op of derivative zero, as long as that lives


def cuts_of(span: Span) -> list[Cut]:
    """Those that happened while the span's tape listened, as far as the number of nodes tells."""
    return [cut for cut in span.graph.cuts if span.start <= cut.at <= span.stop]


def note_cut(graph: Graph, box: Box, how: str, out: object = None) -> None:
    """Remember it, unless nn did it for purposes of its own."""
    if len(graph.cuts) < MOST:
        site = call_site()
        known = graph.cut_counts.get((site.code, site.instruction), 0)
        if not site.layer and known < OF_A_LINE:
            graph.cut_counts[site.code, site.instruction] = known + 1
            index, leaf = (int(box._index), None) if has_entered(graph, box) else (-1, box)
            raw = out._raw() if isinstance(out, Box) else None
            result = ref(raw) if isinstance(raw, np.ndarray) else None
            graph.cuts.append(Cut(len(graph.nodes), index, how, leaf, site, result))


def note_zero_derivative(graph: Graph, name: str, inputs: tuple[object, ...], out: object) -> None:
    """Remember which of the inputs of an op of derivative zero are followed, and what came out."""
    for x in inputs:
        if isinstance(x, Box) and is_followed(graph, x):
            note_cut(graph, x, name, out)


def note_assignment(graph: Graph, value: object) -> None:
    """Remember that what is followed was assigned to a variable, which keeps the numbers alone."""
    if isinstance(value, Box) and graph.watchers and is_followed(graph, value):
        note_cut(graph, value, "assign")


def is_followed(graph: Graph, box: Box) -> bool:
    """Whether a box stands in the graph, or would be watched at its next use."""
    return (has_entered(graph, box) or box.trainable or box._epoch is WATCHED) and carries_gradient(box._raw())


def has_entered(graph: Graph, box: Box) -> bool:
    """Whether a box has an index in the graph."""
    return box._index >= 0 and box._epoch.graph is graph.ref


def note_pause(graph: Graph) -> None:
    """Remember that a tape does not listen from here on."""
    if len(graph.cuts) < MOST:
        graph.cuts.append(Cut(len(graph.nodes), -1, PAUSE, None, call_site()))


def is_replayed(graph: Graph) -> bool:
    """Whether a trace listens, whose replay needs every operation and no number."""
    return any(getattr(recorder, "replayed", False) for recorder in graph.recorders)


@contextmanager
def no_escape() -> Iterator[None]:
    """What is read inside this block is no escape to the recorders that are open now: somebody states its derivative. (To a
    trace it is one, as the numbers would be frozen.)"""
    graph = current()
    with held_at(DEAF, 0 if graph is None or is_replayed(graph) else len(graph.recorders)):
        yield
