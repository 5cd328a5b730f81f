"""The engine's own ops: a leaf read again, one of several outputs, an array become a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.ops import rule


def _identity(x: Any) -> Any:
    return x


def pick(outputs: Any, index: int) -> Any:
    return outputs[index]


def _unpick(g: Any, y: Any, outputs: Any, index: int) -> Any:
    """The cotangent of a tuple: `g` in its place, zeros elsewhere."""
    return tuple(g if k == index else np.zeros_like(out) for k, out in enumerate(outputs))


def to_value(x: Any) -> float:
    return float(x)


identity = rule(_identity, lambda g, y, x: g, scalar=_identity)  # a fresh box of the same data
IDENTITY = identity.op
PICK = rule(pick, _unpick).op
TO_VALUE = rule(to_value, lambda g, y, x: g).op
