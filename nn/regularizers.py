"""Regularizers: functions of a variable that penalize large weights. `fit` adds the penalties to the loss."""

from __future__ import annotations

from typing import Any

import autodiff as ad
from nn import lookup
from nn.arguments import number
from nn.reprs import described
from nn.typing import Array, Function


class L1L2:
    """l1 sum(|w|) + l2 sum(w^2)."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = number("l1", l1), number("l2", l2)

    __repr__ = described

    def __call__(self, w: Array) -> Any:
        absolute = [self.l1 * ad.sum(ad.abs(w))] if self.l1 else []
        squares = [self.l2 * ad.sum(ad.square(w))] if self.l2 else []
        return sum(absolute + squares)


class L1(L1L2):
    """l1 sum(|w|)."""

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """l2 sum(w^2)."""

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


NAMES = lookup.table(L1, L2, L1L2, l1_l2=L1L2)
__all__ = ["L1", "L1L2", "L2"]


def get(regularizer: str | Function | None) -> Function | None:
    """The regularizer of that name. A function, or None, stays as it is. Raises ValueError for an unknown name."""
    return None if regularizer is None else lookup.resolve("regularizer", regularizer, NAMES)
