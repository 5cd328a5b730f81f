"""Examples in Dask's arrays, which may be more than memory holds: a chunk of them is computed when it is needed, and then given
up. Everything that takes examples takes them by `examples`."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autodiff import nest
from nn import settings
from nn.arguments import each
from nn.arrays import is_lazy
from nn.data import Batch, Examples
from nn.typing import DType, Function


def examples(x: Any, y: Any = None, w: Any = None, dtype: DType = None, check: bool = True) -> Examples:
    """The examples: in memory, or in chunks if some of the arrays are Dask's."""
    lazy = nest.flatten([each(is_lazy, several) for several in (x, y, w)])
    return (Chunks if any(lazy) else Examples)(x, y, w, dtype, check)


class Chunks(Examples):
    """Examples of which some arrays are Dask's. A chunk is what the first of these has in one block along its first axis.

    An epoch computes each chunk once, by the scheduler that the user has set, and takes its batches from it. Rows that do not
    fill a batch wait for the next chunk, so batches do not depend on the chunks where nothing is shuffled. Shuffled, the chunks
    come in a random order, and the rows of each in a random order. Raises ValueError for chunks of unknown sizes.
    """

    are_checked = False  # a chunk is checked when it is there

    def __init__(self, x: Any, y: Any = None, w: Any = None, dtype: DType = None, check: bool = True) -> None:
        self.class_weight: Mapping[int, float] | None = None
        self.dtype, self.check, self.in_memory_is_external = dtype, check, False
        if any(math.isnan(n) for a in lazy_of((x, y, w)) for n in a.chunks[0] if a.ndim):
            raise ValueError("The sizes of the chunks are not known, so there are no batches yet: x.compute_chunk_sizes().")
        super().__init__(x, y, w, dtype, check=False)

    @property
    def is_external(self) -> bool:
        return self.in_memory_is_external

    def weighted(self, class_weight: Mapping[int, float] | None, partial: bool = False) -> Examples:
        self.class_weight = class_weight
        return self

    def first(self, size: int) -> Batch:
        return settings.sent(self.computed(slice(size)).rows(slice(None)))

    def targets(self) -> Iterator[tuple[Any, Any]]:
        return iter(())

    def parts(self) -> list[slice]:
        """The rows of each chunk."""
        ends = list(itertools.accumulate(lazy_of((self.x, self.y, self.w))[0].chunks[0]))
        return [slice(start, end) for start, end in zip([0, *ends], ends) if start < end]

    def computed(self, rows: slice | np.ndarray) -> Examples:
        """These rows in memory."""
        import dask

        found = Examples(*dask.compute(*self.rows(rows)), self.dtype, self.check).weighted(self.class_weight, partial=True)
        self.in_memory_is_external = found.is_external
        return found

    def batches(self, size: int, shuffle: bool = False, part: Function = slice) -> Iterator[Batch]:
        parts, rest = self.parts(), None
        stream = settings.generator()
        for k in stream.permutation(len(parts)) if shuffle else range(len(parts)):
            chunk = self.computed(parts[k])
            order = stream.permutation(len(chunk)) if shuffle else np.arange(len(chunk))
            begun = 0 if rest is None else size - len(rest)
            if rest is not None:
                rest = joined(rest, chunk.part(order[:begun]))
                if len(rest) == size:
                    yield settings.sent(rest.rows(part(0, size)))
            full = begun + max(0, len(chunk) - begun) // size * size
            for start in range(begun, full, size):
                yield settings.sent(chunk.rows(order[part(start, start + size)]))
            if full <= len(chunk):
                rest = chunk.part(order[full:]) if full < len(chunk) else None
            del chunk  # before the next one is computed
        if rest is not None:
            yield settings.sent(rest.rows(part(0, len(rest))))


def joined(some: Examples, more: Examples) -> Examples:
    """Examples, and then more of them."""
    both = copy.copy(some)
    both.x, both.y, both.w = (
        None if a is None else nest.map_structure(lambda *parts: np.concatenate(parts), a, b)
        for a, b in zip((some.x, some.y, some.w), (more.x, more.y, more.w))
    )
    both.length = len(some) + len(more)
    return both


def lazy_of(several: Any) -> list[Any]:
    """Those of several arrays that are Dask's."""
    return [a for part in several for a in nest.flatten(each(lambda a: a if is_lazy(a) else None, part)) if a is not None]
