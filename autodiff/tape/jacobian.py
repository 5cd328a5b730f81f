"""Jacobians: the backward walk of many cotangents at once, each an example of a batch, or in chunks for large arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.batched import OF_BATCH, Batched
from autodiff.core.box import Array
from autodiff.core.dtypes import is_complex
from autodiff.core.levels import batch_level
from autodiff.core.span import Span
from autodiff.core.transfer import new_zeros
from autodiff.scalar.value import Value
from autodiff.tape.gradients import gradients

CHUNK = 2**13  # numbers in the largest array of a batch: 64 kB, beyond which it leaves the cache


def rows(span: Span, target: Any, sources: list[Any]) -> list[Any]:
    """For each source the gradients of every element of `target`, of shape target.shape + source.shape."""
    refuse_complex([target, *sources])
    if isinstance(target, Value):
        return gradients(span, [target], [None], sources)
    shape = target.shape
    seeds = np.eye(target.size, dtype=target.dtype).reshape(target.size, *shape)
    found = of_each(span, target, seeds, sources)
    return [None if g is None else np.reshape(g, shape + np.shape(g)[1:]) for g in found]


def batch(span: Span, target: Any, source: Any) -> Any:
    """For each row of `target` the jacobian with respect to the same row of `source`: shape (b, y..., x...)."""
    refuse_complex([target, source])
    n, *shape = target.shape
    size = int(np.prod(shape, dtype=int))
    seeds = np.repeat(np.eye(size, dtype=target.dtype)[:, np.newaxis], n, axis=1)
    (found,) = of_each(span, target, seeds.reshape(size, n, *shape), [source])
    return None if found is None else np.reshape(np.swapaxes(found, 0, 1), (n, *shape, *source.shape[1:]))


def refuse_complex(boxes: list[Any]) -> None:
    if any(is_complex(box) for box in boxes):
        raise TypeError(
            "A jacobian of complex numbers is refused: their derivative is linear over the real numbers, and takes two complex "
            "matrices. Take the jacobian of the parts, np.real(z) and np.imag(z), or tape.gradient of a real number."
        )


def of_each(span: Span, target: Any, seeds: Any, sources: list[Any]) -> list[Any]:
    """For each source the gradients that each of the seeds sends it, stacked; None where nothing arrives."""
    if not len(seeds):
        return [new_zeros(source._raw(), (0, *np.shape(source._raw())), source.dtype) for source in sources]
    step = chunk_size(span)
    table = []
    for k in range(0, len(seeds), step):
        chunk = seeds[k : k + step]
        if len(chunk) == 1:
            found = gradients(span, [target], [chunk[0]], sources)
            table.append([None if g is None else np.expand_dims(g, 0) for g in found])
            continue
        with batch_level(len(chunk)) as level:
            found = gradients(span, [target], [Batched(chunk, level)], sources)
            table.append([None if g is None else OF_BATCH((g,), {"level": level}) for g in found])
    if len(table) == 1:
        return table[0]
    return [None if column[0] is None else np.concatenate(column) for column in zip(*table, strict=True)]


def chunk_size(span: Span) -> int:
    """How many cotangents make a good batch; 1 where there are Values, which take one at a time."""
    boxes: list[Any] = [span.graph.holder(index) for index in range(span.start, span.stop)]
    if not all(isinstance(box, Array) for box in boxes):
        return 1
    return max(1, CHUNK // max([box.size for box in boxes], default=1))
