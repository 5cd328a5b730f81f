"""Regularizers: what large weights cost, added to the loss that `fit` minimizes."""

import autodiff as ad
from nn import lookup


class L1L2:
    """l1 sum(|w|) + l2 sum(w^2)."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = l1, l2

    def __call__(self, w):
        absolute = [self.l1 * ad.sum(ad.abs(w))] if self.l1 else []
        squares = [self.l2 * ad.sum(ad.square(w))] if self.l2 else []
        return sum(absolute + squares)


class L1(L1L2):
    """l1 sum(|w|)."""

    def __init__(self, l1=0.01):
        super().__init__(l1=l1)


class L2(L1L2):
    """l2 sum(w^2)."""

    def __init__(self, l2=0.01):
        super().__init__(l2=l2)


NAMES = lookup.table(L1, L2, L1L2, l1_l2=L1L2)
__all__ = ["L1", "L1L2", "L2"]


def get(regularizer):
    """The regularizer of that name; a function of a variable, or None, stands for itself. ValueError for an unknown name."""
    return None if regularizer is None else lookup.resolve("regularizer", regularizer, NAMES)
