"""Rules that look at the numbers, while a computation is recorded to be replayed with others."""

from __future__ import annotations

import functools
import inspect

from autodiff.core.box import first_array, first_box
from autodiff.core.graph import active
from autodiff.core.op import Op, everything_recorded


def only_replayed() -> bool:
    """Whether what happens now is recorded to be replayed, and nobody differentiates it."""
    graph = active() if everything_recorded.get() else None
    return graph is not None and all(getattr(watcher, "replayed", False) for watcher in graph.watchers)


def looking(vjp):
    """A rule that looks at numbers: where it is only replayed, it is one operation, which looks anew each time."""

    def forward(*args, **params):
        token = everything_recorded.set(False)  # it may look
        try:
            return vjp(*args, **params)
        finally:
            everything_recorded.reset(token)

    names = tuple(inspect.signature(vjp).parameters)
    whole = Op(vjp.__name__, vjp, forward, 0, (None,), params=names, bind=lambda *args, **params: (args, params), internal=True)

    @functools.wraps(vjp)
    def rule(g, y, *inputs, **params):
        box = first_box((g, y, *inputs)) if only_replayed() else None
        if box is None:
            return vjp(g, y, *inputs, **params)
        return first_array((g, y, *inputs), box)._call(whole, (g, y, *inputs), params)

    return rule
