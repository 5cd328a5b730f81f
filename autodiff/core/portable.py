"""Forwards and rules in tasks that go to other processes, where they are found again by their op: many are lambdas."""

from __future__ import annotations

import sys
from dataclasses import fields
from importlib import import_module
from typing import Any

from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY

FORWARD = "forward"


class Portable:
    """A function of an op: its forward, the rule of input `part`, or, for -1, of all inputs."""

    __slots__ = ("function", "op", "part")

    def __init__(self, function: Any, op: Op, part: Any) -> None:
        self.function, self.op, self.part = function, op, part

    def __call__(self, *args: Any, **params: Any) -> Any:
        return self.function(*args, **params)

    def __reduce__(self) -> Any:
        known = REGISTRY.get(self.op.function)
        if known is not self.op:  # a user's own op goes with all its facts
            facts = {field.name: getattr(self.op, field.name) for field in fields(self.op)}
            return renewed, (self.function, facts, self.part)
        return found, (reference(self.op.function), self.part, getattr(self.function, "made_by", None))


def renewed(function: Any, facts: dict[str, Any], part: Any) -> Portable:
    """The same of a user's op, which is made anew. (Compiled, an Op can't be pickled: it is frozen.)"""
    return Portable(function, Op(**facts), part)


def reference(function: Any) -> Any:
    """A function of ours as the place where it stands: what stands there may have been decorated. Any other itself."""
    module = getattr(function, "__module__", None) or ""
    return (module, function.__qualname__) if module in sys.modules and module.startswith("autodiff.") else function


def found(place: Any, part: Any, made_by: Any) -> Portable:
    """The same function in another process."""
    key = getattr(import_module(place[0]), place[1]) if isinstance(place, tuple) else place
    op: Any = REGISTRY[key]
    if part == FORWARD:
        return Portable(op.forward, op, part)
    return Portable(made_by(op, part) if made_by else op.joint_vjp if part < 0 else op.vjp(part), op, part)
