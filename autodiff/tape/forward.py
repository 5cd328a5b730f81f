"""The forward walk: through a span in execution order, with one entry for each index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.core.node import Node
from autodiff.core.span import Span
from autodiff.core.structural import IDENTITY

Evaluate = Callable[[Node, list[Any]], Any]


def forward(span: Span, entries: dict[int, Any], evaluate: Evaluate, needed: bytearray | None = None) -> dict[int, Any]:
    """Fill in `entries`, from the index of a node to whatever the walk computes for it, and return them.

    At each node with an op, `evaluate(node, inputs)` is given for each input the entry of its parent, or None where the input
    is a constant or its parent has no entry; it returns the entry of the node (a tuple for an op of several outputs), or
    None if it has none. What is in `entries` already stays. `needed` marks the indices to visit, from the span's start, as
    `span.ancestors` does: none after its end; None: all.
    """
    for index, node in span.nodes():
        if needed is not None and index - span.start >= len(needed):
            break
        if node.op is None or index in entries or (needed is not None and not needed[index - span.start]):
            continue
        found = evaluate(node, [entries.get(p) if p >= 0 else None for p in node.parents])
        if found is None:
            continue
        if node.first < 0:
            entries[index] = found
        else:
            entries.update({node.first + k: part for k, part in enumerate(found)})
    return entries


def replay(span: Span, leaves: dict[int, Any]) -> dict[int, Any]:
    """What the same operations compute from other leaves: raw data by index, given for the leaves that differ."""
    entries = {index: node.value for index, node in span.nodes() if node.op is None} | leaves

    def evaluate(node: Node, inputs: list[Any]) -> Any:
        assert node.op is not None
        if node.op is IDENTITY and not _same(node.value, span.graph.box(node.parents[0])._raw()):
            return node.value  # a leaf that was assigned anew before it was read again
        constants = node.inputs
        raw = [constants[k] if p < 0 else inputs[k] for k, p in enumerate(node.parents)]
        return node.op.forward(*raw, **node.params)

    return forward(span, entries, evaluate)


def _same(x: Any, y: Any) -> bool:
    return x is y or (isinstance(x, float) and x == y)
