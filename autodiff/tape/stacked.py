"""The reverse sweep of many cotangents at once: each stands in a stack of arrays, along a new first axis.

Rules of elementwise functions, and of matmul, take a stack as it is, for numpy broadcasts along the first axis. Other rules
are called for one cotangent after the other, which still saves a loop over the sweep its way through the log.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Array
from autodiff.core.log import Log, Record
from autodiff.tape.sweep import add_to, fit, unbroadcast

CHUNK = 2**13  # numbers in the largest stack: 64 kB; beyond the cache a stack is slower than one after the other


def at_once(log: Log, low: int) -> int:
    """How many cotangents make a good stack; 1 where a stack is no gain, or there are Values, or ops of several outputs."""
    outs = [node.out if isinstance(node, Record) else node for node in log.nodes[low:]]
    if not all(isinstance(out, Array) for out in outs):
        return 1
    return max(1, CHUNK // max([out.data.size for out in outs], default=1))


def sweep_stacked(log: Log, low: int, pending: list[Any], keep: bytearray, reach: bytearray | None) -> None:
    """As `sweep`, for stacks of cotangents."""
    for slot in range(len(pending) - 1, -1, -1):
        node, g = log.nodes[low + slot], pending[slot]
        if g is None or not isinstance(node, Record):
            continue
        if not keep[slot]:
            pending[slot] = None
        for k, p in enumerate(node.places):
            rule = node.op.vjps[k]
            if rule is not None and p >= low and (reach is None or reach[p - low]):
                add_to(pending, p - low, handed_on(node, rule, g, log.nodes[p]))


def handed_on(node: Record, rule: Any, g: Any, source: Any) -> Any:
    """The stack of contributions that a record hands to a source, in the source's shape and dtype."""
    y, inputs, params = node.out.data, node.inputs, node.params
    if not takes_stacks(node):
        return np.stack([fit(rule(one, y, *inputs, **params), source, False) for one in g])
    x = (source.out if isinstance(source, Record) else source).data
    part = rule(g, y, *inputs, **params)
    if part.shape[1:] != x.shape:
        added = (1,) * (part.ndim - 1 - x.ndim)
        part = unbroadcast(part, part.shape[:1] + added + x.shape).reshape(part.shape[:1] + x.shape)
    return part.astype(x.dtype, copy=False)


def takes_stacks(node: Record) -> bool:
    if node.op.function is np.matmul:
        return any(np.ndim(x) > 1 for x in node.inputs)
    return bool(node.op.elementwise)
