"""The engine's own ops: a leaf read again, an array become a number."""

from __future__ import annotations

from typing import Any

from autodiff.core.batch_kinds import as_it_is
from autodiff.core.registry import rule


def _identity(x: Any) -> Any:
    return x


def to_value(x: Any) -> float:
    return float(x)


# a fresh box of the same data
identity = rule(_identity, lambda g, y, x: g, scalar=_identity, label="read", batch=as_it_is, internal=True)
IDENTITY = identity.op
TO_VALUE = rule(to_value, lambda g, y, x: g, label="number", definition=_identity, internal=True).op
