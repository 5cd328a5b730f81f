"""Backprop one edge at a time: what the walks do in one go, as events to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.core.cotangents import Cotangents
from autodiff.core.dtypes import conjugate, is_complex
from autodiff.core.duck import Duck
from autodiff.core.interrupts import quiet
from autodiff.core.listening import unheard
from autodiff.core.node import Node
from autodiff.core.op import Op
from autodiff.core.span import Span
from autodiff.scalar.views import ScalarNode
from autodiff.tape.backward import EVERYWHERE, backward, cast_like
from autodiff.tape.gradients import ones_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens while `target` is computed, or while its gradient is.

    phase "forward": `op` computed `node`, whose number or array is `value`. A leaf is there from the start; its `op` is None.
    phase "backward": `node` handed `contribution` to `source`, its input number `slot`, whose cotangent is now `total`.
    For scalars `contribution = upstream * local`; for arrays `local` is None, a matrix that nobody writes down. The first
    backward step is the target's own: it has no `source`, and its `total` is 1 (an array of ones).
    """

    phase: str
    op: Op | None
    node: Any
    value: Any
    source: Any = None
    slot: int = -1
    upstream: Any = None
    local: float | None = None
    contribution: Any = None
    total: Any = None

    def __str__(self) -> str:
        what = self.op.name if self.op else "leaf"
        if self.phase == "forward":
            return f"forward   {what} = {brief(self.value)}"
        if self.slot < 0:
            return f"backward  target: {brief(self.total)}"
        share = f"{brief(self.upstream)} * {brief(self.local)}" if self.local is not None else f"from {brief(self.upstream)}"
        return f"backward  {what} to input {self.slot}: {share} = {brief(self.contribution)}, total {brief(self.total)}"


def brief(x: Any) -> str:
    """A number to six digits."""
    return str(float(f"{x:.6g}") if isinstance(x, float) else x)


def trace_steps(span: Span, targets: list[int]) -> Iterator[Step]:
    """Every forward and backward step of the targets that stand at these indices, in the order of the engine."""
    graph, start = span.graph, span.start
    needed = span.ancestors(targets)
    for index in range(start, start + len(needed)):
        if needed[index - start]:
            box = graph.box(index)
            yield Step("forward", graph.node(index).op, box, box._raw())
    _, edges = differentiate(span, targets)
    for index in targets:
        box = graph.box(index)
        yield Step("backward", graph.node(index).op, box, box._raw(), contribution=ones_of(box), total=ones_of(box))
    totals: dict[int, Any] = {index: ones_of(graph.box(index)) for index in targets}
    for index, k, p, upstream, part in edges:
        arrived = tuple(map(conjugate, upstream)) if isinstance(upstream, tuple) else conjugate(upstream)
        part = conjugate(part)  # all as the tape returns them
        totals[p] = part if p not in totals else totals[p] + part
        box, local = graph.box(index), local_derivative(span, index, k, p)
        yield Step("backward", graph.node(index).op, box, box._raw(), graph.box(p), k, arrived, local, part, totals[p])


def differentiate(span: Span, targets: list[int]) -> tuple[list[Any], list[tuple[int, int, int, Any, Any]]]:
    """The cotangents of the targets' sum at every index of the span, and every edge of the walk, as `on_edge` has them. The
    tape is left as it was."""
    top = max(targets, default=span.start)
    cotangents = Cotangents(span.start, top)
    cotangents.keep.update(range(span.start, top + 1))
    for index in targets:
        cotangents.put(index, ones_of(span.graph.box(index)))
    edges: list[tuple[int, int, int, Any, Any]] = []
    with quiet(), unheard():
        backward(span, cotangents, on_edge=lambda *edge: edges.append(edge), careful=EVERYWHERE)
    return [cotangents.get(index) for index in range(span.start, top + 1)], edges


def local_derivative(span: Span, index: int, k: int, p: int) -> float | None:
    """d output / d input k for real numbers and arrays of one: the rule at g = 1. None for other arrays."""
    graph, node = span.graph, span.graph.node(index)
    if isinstance(node, ScalarNode):
        return node.local(k)
    if node.first >= 0 or np.size(node.value) != 1 or np.size(graph.box(p)._raw()) != 1:
        return None
    part = contribution(span, node, k, p, ones_of(node.out))
    return None if part is None or is_complex(part) or isinstance(part, Duck) else float(np.asarray(part).item())


def contribution(span: Span, node: Node, k: int, p: int, g: Any) -> Any:
    """What a node hands to its input k, which stands at p, when the cotangent g arrives; None if that is a constant of the
    op. For an op of several outputs, g is a tuple."""
    assert node.op is not None
    with quiet(), unheard():
        if node.op.joint_vjp is None:
            part = node.vjp(span.graph, k, g, False)
        else:
            part = node.op.joint_vjp(g, node.value, *node.inputs, **node.params)[k]
        return None if part is None else cast_like(part, span.graph.box(p), False)
