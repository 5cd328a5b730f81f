"""How indexing works on a batch: the key of an example as a key of the batch.

The batch is the first axis, so a key goes behind a full slice. Only where slices part the index arrays of a key numpy puts
their axes first, before the batch. Indices that differ by example go behind the number of the example, one more index array.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from autodiff.core.batch_kinds import NotBatchable, again, widened
from autodiff.core.duck import Duck
from autodiff.core.op import Params

EVERY: Final = slice(None)


def is_basic(part: Any) -> bool:
    return part is None or part is Ellipsis or isinstance(part, slice)


def fancy_axes(key: tuple[Any, ...]) -> tuple[int, bool]:
    """How many axes the index arrays of a key make together, and whether slices part them."""
    places = [k for k, part in enumerate(key) if not is_basic(part)]
    arrays = [np.asarray(key[k]) for k in places]
    rank = max([1 if a.dtype == bool else a.ndim for a in arrays], default=0)
    return rank, rank > 0 and places[-1] - places[0] >= len(places)


def behind_batch(key: Any) -> tuple[tuple[Any, ...], int]:
    """A key for each example as a key of the batch, and the axis where the batch then is."""
    parts = key if isinstance(key, tuple) else (key,)
    rank, parted = fancy_axes(parts)
    return (EVERY, *parts), rank if parted else 0


def indexed(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of x[key]."""
    key, axis = behind_batch(params["key"])
    y = again(op, inputs, {"key": key})
    return np.moveaxis(y, axis, 0) if axis else y


def scattered(op: Any, inputs: list[Any], flags: list[bool], params: Params) -> Any:
    """Of zeros of a shape with g added at a key."""
    g, (key, axis), shape = inputs[0], behind_batch(params["key"]), params["shape"]
    whole = (g.shape[0], *(shape if isinstance(shape, tuple) else (shape,)))
    return again(op, [np.moveaxis(g, 0, axis) if axis else g], {"key": key, "shape": whole})


def by_example(parts: list[Any], flags: list[bool], n: int, ndim: int) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """A key whose flagged parts differ by example as a key of a batch of n arrays of `ndim` axes; the axes that the index
    arrays make then; and those where an example has them."""
    if any(isinstance(x, Duck) or (flag and x.dtype == bool) for x, flag in zip(parts, flags)):
        raise NotBatchable  # a mask takes another number of elements from each example
    shapes = [np.empty(x.shape[1:], int) if flag else x if is_basic(x) else np.asarray(x) for x, flag in zip(parts, flags)]
    rank, parted = fancy_axes(tuple(shapes))
    key = (np.reshape(np.arange(n), (n, *(1,) * rank)), *[widened(x, rank) if flag else x for x, flag in zip(parts, flags)])
    first = 0 if parted else next(k for k, x in enumerate(shapes) if not is_basic(x))
    taken = sum([1 if isinstance(x, slice) else 0 if is_basic(x) else x.ndim if x.dtype == bool else 1 for x in shapes])
    before = sum([ndim - taken if x is Ellipsis else 1 for x in shapes[:first]])
    return key, tuple(range(1, 1 + rank)), tuple(range(1 + before, 1 + before + rank))
