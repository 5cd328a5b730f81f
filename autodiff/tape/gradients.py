"""From targets to the cotangents of sources: where they stand in the graph, the walk between, and the pick-up."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from autodiff.core.box import Box, raw_of
from autodiff.core.cotangents import Cotangents
from autodiff.core.dtypes import FLOAT32, FLOAT64, conjugate
from autodiff.core.external import External, is_lazy
from autodiff.core.finite import all_finite
from autodiff.core.flags import ARE_RAISED, FLAGGING, FLAGS
from autodiff.core.graph import Graph
from autodiff.core.interrupts import ERROR_STATE, QUIET
from autodiff.core.listening import active, current, unheard
from autodiff.core.node import ArrayNode, Node
from autodiff.core.recorder import Recorder
from autodiff.core.span import Span
from autodiff.core.transfer import refusal
from autodiff.debugging.debugger import debugger_for
from autodiff.failures.errors import explain_rule
from autodiff.rules.looking import only_replayed, open_trace
from autodiff.rules.silence import record_look
from autodiff.scalar.backward import gradients_of_values
from autodiff.scalar.replay import GRADIENT, Gradient
from autodiff.scalar.value import Value, result
from autodiff.tape.backward import CARELESS, EVERYWHERE, WHERE_FLAGGED, backward


def gradients(span: Span, targets: list[Any], seeds: list[Any], sources: list[Any], release: bool = False) -> list[Any]:
    """For each source the cotangent that the targets' seeds (None: ones) send it, None where nothing arrives. They are raw
    numbers, or boxes when somebody listens to the walk. With `release` the nodes need not outlive it. numpy's warnings are off
    afterwards: the tape puts them back."""
    if current() is not None or (span.watcher is not None and span.watcher.debugger is not None):
        debugger = debugger_for(span)
        if debugger is not None:
            with debugger.walking(span, targets):
                return gradients(span, targets, seeds, sources)
    graph, create_graph = span.graph, active() is not None
    if release and graph.only_scalars:
        KEPT[:] = graph.nodes[: 1 << 20 : 1 << 12]
    plain = release and graph.only_scalars and not graph.nested and not create_graph and current() is None
    if plain and len(targets) == 1 and seeds[0] is None and isinstance(targets[0], Value):
        target = int(span.index_of(targets[0]))
        if target < 0:
            return [1.0 if source is targets[0] else None for source in sources]
        indices = [int(span.index_of(source)) for source in sources]
        return gradients_of_values(graph, target, span.start, indices)
    if create_graph and graph.only_scalars and targets and only_replayed() and _is_of_values(span, targets, seeds):
        return _as_one_node(span, targets, seeds, sources)
    if not create_graph:
        seeds = [raw_of(seed) for seed in seeds]
    first = len(graph.nodes)
    found = _of_anything(span, targets, seeds, sources, create_graph, release and not graph.nested)
    if create_graph:
        graph.derived.append((first, len(graph.nodes), [graph.find(g) if isinstance(g, Box) else -1 for g in found]))
    return found


def _is_of_values(span: Span, targets: list[Any], seeds: list[Any]) -> bool:
    plain = all(seed is None or isinstance(seed, (float, Value)) for seed in seeds)
    return plain and all(isinstance(target, Value) and span.index_of(target) >= 0 for target in targets)


def _as_one_node(span: Span, targets: list[Any], seeds: list[Any], sources: list[Any]) -> list[Any]:
    """The same in a trace of nothing but Values: a node says where the walk began and ended, so that a replay can repeat it."""
    graph = span.graph
    ERROR_STATE.set(QUIET)
    with unheard():
        found: list[Any] = _of_anything(span, targets, [raw_of(seed) for seed in seeds], sources, False, False)
    places = [int(span.index_of(target)) for target in targets]
    starts = [int(graph.index_of(seed)) if isinstance(seed, Box) else 1.0 if seed is None else seed for seed in seeds]
    ends = [span.entries_of(source) for source, g in zip(sources, found) if g is not None]
    parents = [*places, *[start for start in starts if isinstance(start, int)]]
    node = ArrayNode(GRADIENT, tuple([graph.box(p)._raw() for p in parents]), -1, -1, parents, {"gradient": Gradient(
        span.start, span.mask, places, starts, ends)}, (), len(graph.nodes))  # fmt: skip
    found = [None if g is None else result(g) for g in found]
    node.out = tuple([box for box in found if box is not None])
    for box in node.out:
        graph.append(node, box)
    return found


def _of_anything(
    span: Span, targets: list[Any], seeds: list[Any], sources: list[Any], create_graph: bool, release: bool
) -> list[Any]:
    """By the walk over any graph. Large arrays are freed on the way, so there it is careful from the start. Elsewhere it is
    taken again, carefully, if it ends in numbers that are not finite. It takes a look only where that can be: where numpy
    raised a flag, or where a NaN can have been hidden from the targets."""
    on_edge = heard_edges(span)
    release = release and span.graph.waiting is not None
    trace: Any = open_trace() if create_graph else None
    hidden = _may_hide(span.graph, targets, seeds, create_graph)
    lazy = any(is_lazy(raw_of(target)) for target in targets)
    careful = EVERYWHERE if on_edge is not None or (trace is not None and trace.careful) or (hidden and (
        release or lazy)) else WHERE_FLAGGED if release else CARELESS  # fmt: skip
    FLAGS.raised = False
    ERROR_STATE.set(FLAGGING)
    found = _walked(span, targets, seeds, sources, create_graph, release, on_edge, careful)
    if careful == CARELESS and (hidden or FLAGS.raised) and not all_finite(found):
        if trace is not None:
            trace.careful = True
        return _walked(span, targets, seeds, sources, create_graph, False, None, EVERYWHERE)
    if trace is not None and careful == CARELESS:
        record_look(trace.graph, found, hidden)
    return found


def _may_hide(graph: Graph, targets: list[Any], seeds: list[Any], create_graph: bool) -> bool:
    """Whether a gradient can be NaN where the targets are finite and numpy raised no flag."""
    if graph.hides or not ARE_RAISED or (create_graph and not only_replayed()):  # Values raise no flags when rules run on them
        return True
    for target, seed in zip(targets, seeds):
        raw = raw_of(target)
        if seed is not None or (type(raw) is External and not raw.is_lazy):  # another library raises none
            return True
    return False


def _walked(
    span: Span, targets: list[Any], seeds: list[Any], sources: list[Any], create_graph: bool, release: bool, on_edge: Any,
    careful: int,
) -> list[Any]:  # fmt: skip
    places = [int(span.index_of(target)) for target in targets]
    cotangents = Cotangents(span.start, max([-1, *places]))
    own: dict[int, Any] = {}  # the seeds of targets that stand nowhere on this tape: their own gradient
    for target, seed, index in zip(targets, seeds, places):
        g = ones_of(target) if seed is None else conjugate(seed)
        if index >= 0:
            cotangents.add(index, g)
        else:
            own[id(target)] = own[id(target)] + g if id(target) in own else g
    indices = [int(span.index_of(source)) for source in sources]
    cotangents.keep.update(indices)
    more: list[list[int]] = []  # where the graph is shared with other tapes, a leaf may enter this one's part several times
    if span.mask is not None:
        more = [span.entries_of(source)[1:] for source in sources]
        cotangents.keep.update([index for entries in more for index in entries])
    release = release and -1 not in indices  # the records can say what became of a source that is missing
    try:
        backward(span, cotangents, create_graph, release, on_edge, careful)
    except Exception as error:
        node = span.graph.node(span.at) if span.at >= 0 else None
        known = error if node is None or node.op is None else _refused(error, node)
        explain_rule(known, span)
        raise known  # noqa: B904 - it has its cause
    found = [own.get(id(source)) if index < 0 else cotangents.get(index) for source, index in zip(sources, indices)]
    for k, entries in enumerate(more):
        for part in [cotangents.get(index) for index in entries]:
            if part is not None:
                found[k] = part if found[k] is None else found[k] + part
    return [conjugate(g) for g in found]


def _refused(error: Exception, node: Node) -> Exception:
    """The error of a rule: as the op itself ran, it is a library's that lacks something, if one holds the arrays."""
    name = "" if node.op is None else node.op.name
    return refusal(error, f"the derivative of {name}", node.inputs, (Exception,))


# One Value in each half megabyte of the last tape's: while it lives, that memory is not given back to the system, and the next
# tape need not ask for it again. This saves 20 to 60 % of the time above 10,000 operations, and keeps at most 100 MB.
KEPT: Final[list[Any]] = []


def heard_edges(span: Span) -> Any:
    """A function that tells the open recorders of each edge of the walk; None if none of them listens to edges."""
    graph = current()
    recorders = [] if graph is None else [r for r in graph.recorders if type(r).on_edge is not Recorder.on_edge]
    if graph is None or not recorders:
        return None
    walked, listening = span.graph, graph

    def tell(index: int, k: int, source: int, upstream: Any, contribution: Any) -> None:
        edge = walked.node(index).op, k, walked.box(source), upstream, contribution
        listening.tell(recorders, "on_edge", *edge)

    return tell


def ones_of(box: Any) -> Any:
    """The cotangent of a target by itself: ones."""
    if isinstance(box, Value):
        return 1.0
    x = box._held
    kept = ONES.get(x.dtype) if x.ndim == 0 and type(x) is np.ndarray else None
    return np.ones_like(x) if kept is None else kept


ONES: Final[dict[Any, Any]] = {dtype: np.ones((), dtype) for dtype in (FLOAT32, FLOAT64)}  # np.ones_like takes 2 us
