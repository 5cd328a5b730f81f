"""The reverse sweep: the chain rule, written once.

From the targets back through the log, every node hands its cotangent to its inputs, each through its op's rule. Nothing
recurses and nothing is sorted: the order of recording is already topological.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value, as_value
from autodiff.core.log import Log, Record


def sweep(log: Log, low: int, grads: dict[int, Any], wanted: set[int], reach: bytearray | None, live: bool) -> None:
    """Extend `grads`, from place to cotangent, from the targets down to place `low`.

    `wanted` places keep their cotangent, others are freed once handed on. Nothing flows to a place outside `reach` (None:
    every place from `low` is within). A live sweep calls the rules on boxes, so that other tapes record the derivative.
    """
    nodes = log.nodes
    for place in range(max(grads, default=-1), low - 1, -1):
        if place not in grads:
            continue
        g = grads[place] if place in wanted else grads.pop(place)
        node = nodes[place]
        if isinstance(node, Value):
            if node.op is None:
                continue
            op, places, params = node.op, [node.a, node.b][: node.op.arity], {}
            inputs: Any = live_numbers(log, node) if live else None
            y: Any = node
        else:
            if node.op is None:
                continue
            op, places, params = node.op, node.places, node.params
            inputs = live_inputs(log, node) if live else node.inputs
            y = node.out if live else raw_of(node.out)
        for k, p in enumerate(places):
            if p < low or (reach is not None and not reach[p - low]) or not op.differentiable(k):
                continue
            if inputs is None:  # a Value carries its local derivatives
                d = node.da if k == 0 else node.db
                part: Any = g * d if g != 0.0 else 0.0  # a constant 0 times an infinite slope is 0
            else:
                part = fit(op.vjp(k, g, y, inputs, params), nodes[p], live)
            grads[p] = part if p not in grads else added(grads[p], part)


def sweep_values(nodes: list[Any], high: int, low: int) -> None:
    """The same over a log of nothing but Values, its running sums kept in the nodes: six times as fast compiled."""
    place = high
    while place >= low:
        node: Value = nodes[place]
        place -= 1
        if not node.reached:
            continue
        g = node.g
        if node.a >= low:
            source: Value = nodes[node.a]
            part = g * node.da if g != 0.0 else 0.0
            source.g = source.g + part if source.reached else part
            source.reached = True
        if node.b >= low:
            source = nodes[node.b]
            part = g * node.db if g != 0.0 else 0.0
            source.g = source.g + part if source.reached else part
            source.reached = True


def live_numbers(log: Log, node: Value) -> list[Any]:
    """The inputs of a Value as boxes; a constant from the place of its derivative."""
    left = log.box(node.a) if node.a >= 0 else node.da
    return [left, log.box(node.b) if node.b >= 0 else node.db]


def live_inputs(log: Log, node: Record) -> list[Any]:
    """The inputs of a record as boxes, constants as they are."""
    return [log.box(p) if p >= 0 else x for p, x in zip(node.places, node.inputs, strict=True)]


def raw_of(out: Any) -> Any:
    """The data of an output, which is a box or a tuple of boxes."""
    return tuple(box.raw() for box in out) if isinstance(out, tuple) else out.raw()


def added(old: Any, new: Any) -> Any:
    """The sum of two cotangents."""
    if isinstance(old, tuple):
        return tuple(a + b for a, b in zip(old, new, strict=True))
    return old + new


def fit(g: Any, node: Any, live: bool) -> Any:
    """A contribution in the shape and dtype of the node that it flows to: what was broadcast is summed again."""
    if isinstance(node, Value):
        total = np.sum(g) if np.ndim(g) else g
        return as_value(total) if live else float(total)
    out = node.out
    if isinstance(out, (tuple, Value)):
        return g if isinstance(out, tuple) else fit(g, out, live)
    x = out.data
    if not isinstance(g, (np.ndarray, Tensor)):
        g = np.broadcast_to(g, x.shape)
    if g.shape != x.shape:
        g = unbroadcast(g, x.shape)
    if g.dtype != x.dtype:
        g = g.astype(x.dtype)
    return g


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """`g` summed over the axes that broadcasting had added to `shape` or stretched; stretched itself where it is short."""
    if g.ndim < len(shape):
        return np.broadcast_to(g, shape)
    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(k for k, n in enumerate(shape, extra) if n == 1 != g.shape[k])
    if axes:
        kept = tuple(1 if k in axes else n for k, n in enumerate(g.shape))[extra:]
        g = np.reshape(np.sum(g, axis=axes), kept)
    return g if g.shape == shape else np.broadcast_to(g, shape)
