"""Jacobians: the gradients of every element of the target; or of every element of one row of it, for all rows at once,
where each row depends on its own row of the source alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.value import Value
from autodiff.core.log import Listener, Log, active
from autodiff.tape.gradients import gradients
from autodiff.tape.stacked import at_once


def rows(log: Log, listener: Listener, target: Any, sources: list[Any]) -> list[Any]:
    """For each source the gradients of every element of `target`, of shape target.shape + source.shape."""
    if isinstance(target, Value):
        return gradients(log, listener, [target], [None], sources)
    shape = target.shape
    seeds = np.eye(target.size, dtype=target.dtype).reshape(target.size, *shape)
    found = of_each(log, listener, target, seeds, sources)
    return [None if g is None else np.reshape(g, shape + np.shape(g)[1:]) for g in found]


def batch(log: Log, listener: Listener, target: Any, source: Any) -> Any:
    """For each row of `target` the jacobian with respect to the same row of `source`: shape (b, y..., x...)."""
    n, *shape = target.shape
    size = int(np.prod(shape, dtype=int))
    seeds = np.repeat(np.eye(size, dtype=target.dtype)[:, np.newaxis], n, axis=1)
    (found,) = of_each(log, listener, target, seeds.reshape(size, n, *shape), [source])
    return None if found is None else np.reshape(np.swapaxes(found, 0, 1), (n, *shape, *source.shape[1:]))


def of_each(log: Log, listener: Listener, target: Any, seeds: Any, sources: list[Any]) -> list[Any]:
    """For each source the gradients that each of the seeds sends it, stacked; None where nothing arrives."""
    if not len(seeds):
        return [np.zeros((0, *np.shape(source.raw())), source.dtype) for source in sources]
    step = at_once(log, listener.stretches[0][0]) if active() is None else 1
    if step == 1:
        table = [gradients(log, listener, [target], [seed], sources) for seed in seeds]
        return [None if column[0] is None else np.stack(column) for column in zip(*table, strict=True)]
    parts = [seeds[k : k + step] for k in range(0, len(seeds), step)]
    table = [gradients(log, listener, [target], [part], sources, stacked=True) for part in parts]
    return [None if column[0] is None else np.concatenate(column) for column in zip(*table, strict=True)]
