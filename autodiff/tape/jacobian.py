"""Jacobians: one sweep for each element of the target, or of one row of it where every row depends on its own alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.value import Value


def rows(gradients: Callable[[Any], list[Any]], target: Any, sources: list[Any]) -> list[Any]:
    """For each source the gradients of every element of `target`, stacked to target.shape + source.shape."""
    if isinstance(target, Value):
        return gradients(None)
    shape = target.shape
    if target.size == 0:
        return [np.zeros(shape + np.shape(source.raw()), source.dtype) for source in sources]
    table = []
    for k in range(target.size):
        seed = np.zeros(target.size, target.dtype)
        seed[k] = 1
        table.append(gradients(seed.reshape(shape)))
    return [_stacked(column, shape) for column in zip(*table, strict=True)]


def batch(gradients: Callable[[Any], list[Any]], target: Any, source: Any) -> Any:
    """For each row of `target` the jacobian with respect to the same row of `source`: shape (b, y..., x...)."""
    n, shape = target.shape[0], target.shape[1:]
    columns = []
    for k in range(int(np.prod(shape, dtype=int))):
        seed = np.zeros((n, int(np.prod(shape, dtype=int))), target.dtype)
        seed[:, k] = 1
        columns.append(gradients(seed.reshape(target.shape))[0])
    if not columns:
        return np.zeros(target.shape + source.shape[1:], source.dtype)
    if all(g is None for g in columns):
        return None
    whole = np.stack(columns, axis=1)
    return np.reshape(whole, (n, *shape, *source.shape[1:]))


def _stacked(column: Any, shape: tuple[int, ...]) -> Any:
    if all(g is None for g in column):
        return None
    whole = np.stack(column)
    return np.reshape(whole, shape + whole.shape[1:])
