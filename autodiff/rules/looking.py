"""Rules and functions that look at the numbers, while a computation is recorded to be replayed with others."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from autodiff.core.box import Box, first_array, first_box
from autodiff.core.dispatch import apply, escape
from autodiff.core.external import External, as_array
from autodiff.core.listening import active
from autodiff.core.op import Function, Op, Params, everything_recorded
from autodiff.core.recorder import Watcher
from autodiff.core.registry import REGISTRY, zero_derivative


def only_replayed() -> bool:
    """Whether what happens now is recorded to be replayed, and nobody differentiates it."""
    graph = active() if everything_recorded.get() else None
    return graph is not None and all(getattr(watcher, "replayed", False) for watcher in graph.watchers)


def open_trace() -> Watcher | None:
    """The recorder whose program what happens now becomes a part of; None if there is none."""
    graph = active() if everything_recorded.get() else None
    return None if graph is None else next((watcher for watcher in graph.watchers if getattr(watcher, "replayed", False)), None)


def looked_at(x):
    """x as raw data of the engine, where it is, for a rule that looks at it. Who listens hears of it."""
    if not isinstance(x, Box) or type(x._raw()) is not External:
        return as_array(x)
    escape(x, "__array__")
    return x._raw()


def constant_op(function: Function | None = None, *, batch: object = None) -> Function:
    """An op of ours of derivative zero, which says what the numbers choose (an order, places): a replay asks it anew."""
    if function is None:
        return functools.partial(constant_op, batch=batch)
    zero_derivative(function, batch=batch)
    entry: Any = REGISTRY[function]
    return functools.wraps(function)(lambda *args, **params: entry(args, params))


def looking(vjp, params=None):
    """A rule that looks at numbers: where it is only replayed, it is one operation, which looks anew each time."""

    def forward(*args, **params):
        token = everything_recorded.set(False)  # it may look
        try:
            return vjp(*args, **params)
        finally:
            everything_recorded.reset(token)

    names = tuple(inspect.signature(vjp).parameters) if params is None else params
    whole = Op(vjp.__name__, vjp, forward, 0, (None,), params=names, bind=lambda *args, **params: (args, params),
               takes_complex=True, internal=True)  # fmt: skip

    @functools.wraps(vjp)
    def rule(g, y, *inputs, **params):
        box = first_box((g, y, *inputs)) if only_replayed() else None
        if box is None:
            return vjp(g, y, *inputs, **params)
        return first_array((g, y, *inputs), box)._call(whole, (g, y, *inputs), params)

    rule.whole = whole  # type: ignore[attr-defined]
    return rule


def replayed_addition(op: Op, total: object, g: object, box: Box, params: Params) -> object:
    """What `op.add_into` makes of what has arrived at a box, as one operation: for a walk that is only replayed. Numbers are
    added in the order of a walk that nobody listens to."""
    raw = box._raw()
    return apply(addition_of(op), box, (np.zeros(raw.shape, raw.dtype) if total is None else total, g), params)


@functools.cache
def addition_of(op: Op) -> Op:
    """`op.add_into` as an operation."""

    def forward(total, g, **params):
        total = np.array(total)
        op.add_into(total, g, **params)
        return total

    return Op(f"add {op.label}", op.function, forward, 2, (None, None), takes_complex=True, internal=True)
