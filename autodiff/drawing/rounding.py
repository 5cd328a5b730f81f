"""Gradients that are nothing but rounding: what was added to them cancels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autodiff.core.dtypes import is_real
from autodiff.drawing.graph import Edge, Node

SUMS = ("+", "-")  # the signs of operations that send on what arrives, summed over what was broadcast
ROUNDINGS = 16.0  # so many times the precision of the numbers, of the sum of what was added without its signs


def is_rounding(node: Node) -> bool:
    """Whether a gradient is smaller than the rounding of what was added to it, as far as that is known; not one that is 0."""
    g = np.asarray(0.0 if node.gradient is None else node.gradient)
    if not g.any() or not is_real(g) or g.dtype.kind != "f" or node.target:
        return False
    added = np.zeros(())
    for edge in node.users:
        if not edge.cut:
            size = size_of_terms(edge, np.shape(node.value))
            if size is None:
                return False
            added = added + size
    return bool(np.all(np.abs(g) <= ROUNDINGS * np.finfo(g.dtype).eps * added))


def size_of_terms(edge: Edge, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """The sum of what came back along an edge, without its signs; None where that is not known."""
    part, arrived = edge.part, edge.into.gradient
    if edge.into.op is None or edge.into.op.symbol not in SUMS or arrived is None or np.shape(arrived) == shape:
        return None if part is None else np.abs(np.asarray(part))
    terms: NDArray[np.float64] = np.abs(np.asarray(arrived))
    terms = np.asarray(terms.sum(axis=tuple(range(terms.ndim - len(shape)))))
    return np.asarray(terms.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1 < terms.shape[k]), keepdims=True))
