"""Numbers of all processes, summed and averaged: many arrays in few messages, one for each dtype."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

import autodiff as ad
from nn.distributed.world import DistributedError, World
from nn.typing import Function

Spec: TypeAlias = tuple[tuple[str, tuple[int, ...], str | None], ...]  # (name, shape, dtype) of each; None where none is
HALF = np.dtype("float16")  # which MPI does not know


class Layout:
    """Where arrays lie end to end in one flat array for each dtype."""

    def __init__(self, spec: Spec, average: bool) -> None:
        self.spec = spec
        self.places: list[Any] = []  # of each array: (number of the flat array, slice, shape, dtype of the result)
        self.flat: dict[np.dtype[Any], int] = {}  # {dtype: how many numbers}
        for _, shape, name in spec:
            if name is None:
                self.places.append(None)
                continue
            given = np.dtype(name)
            carrier = carried(given, average)
            start = self.flat.setdefault(carrier, 0)
            self.flat[carrier] = start + int(np.prod(shape))
            place = slice(start, self.flat[carrier])
            self.places.append((list(self.flat).index(carrier), place, shape, given if given.kind in "fc" else carrier))

    def join(self, arrays: Sequence[Any]) -> list[Any]:
        """The flat arrays. An array that is not there counts as zeros."""
        parts: list[list[Any]] = [[] for _ in self.flat]
        carriers = list(self.flat)
        for a, place in zip(arrays, self.places):
            if place is not None:
                k, where, _, _ = place
                absent = a is None
                flat = np.zeros(where.stop - where.start) if absent else ad.reshape(a, (-1,))
                parts[k].append(flat if flat.dtype == carriers[k] else flat.astype(carriers[k]))
        return [several[0] if len(several) == 1 else ad.concatenate(several) for several in parts]

    def split(self, flats: Sequence[Any]) -> list[Any]:
        """The arrays of flat ones, None for each that no process has."""
        found: list[Any] = []
        for place in self.places:
            if place is None:
                found.append(None)
                continue
            k, where, shape, dtype = place
            part = ad.reshape(flats[k][where], shape)
            found.append(part if part.dtype == dtype else part.astype(dtype))
        return found


layout_of = functools.lru_cache(256)(Layout)


def carried(dtype: np.dtype[Any], average: bool) -> np.dtype[Any]:
    """The dtype in which numbers are sent: that of the result, but float32 for half precision."""
    if dtype.kind in "fc":
        return np.dtype("float32") if dtype == HALF else dtype.newbyteorder("=")
    return np.dtype("float64" if average else "uint64" if dtype.kind == "u" else "int64")


def spec_of(names: Sequence[str], arrays: Sequence[Any], shapes: Sequence[Any] | None = None) -> Spec:
    """The description of arrays that processes have to agree on. shapes: for those that are not there."""
    shapes = [np.shape(a) for a in arrays] if shapes is None else shapes
    return tuple(
        (name, tuple(shape), None if a is None else str(getattr(a, "dtype", None) or np.asarray(a).dtype))
        for name, a, shape in zip(names, arrays, shapes)
    )


def reduce(world: World, about: Function, spec: Spec, arrays: Sequence[Any], average: bool = True,
           once: Function = operator.call) -> list[Any]:  # fmt: skip
    """The sums of arrays over all processes, or their weighted means. about(): what they are, and the weight of this process.

    An array that is None counts as zeros; it stays None if it is so in every process. once(function, *args): calls it, or
    returns what it gave before, if a step is taken again. Raises DistributedError for arrays of different number, shape or
    dtype.
    """
    if not ad.is_tracing():
        try:
            return sent(world, about, layout_of(spec, average), arrays, average, once)
        except DistributedError as error:
            spec = in_any(error)  # the same one in all processes
    return sent(world, about, layout_of(spec, average), arrays, average, once)


def sent(world: World, about: Function, layout: Layout, arrays: Sequence[Any], average: bool, once: Function) -> list[Any]:
    """The same for arrays of which it is known which are None in all processes."""

    def agree() -> np.ndarray:
        what, weight = about()
        return world.agree(what, layout.spec, weight)

    def exchange(flat: np.ndarray) -> np.ndarray:
        weights = agree()
        if average and not weights.sum() > 0:
            raise DistributedError(f"The mean over the processes is undefined: their weights are {weights.tolist()}.")
        return world.sum(flat * flat.dtype.type(weights[world.rank] / weights.sum()) if average else flat)

    flats = layout.join(arrays)
    if not flats:
        ad.py_function(lambda: float(once(agree)[0]))
    return layout.split([ad.py_function(functools.partial(once, exchange), flat) for flat in flats])


def in_any(error: DistributedError) -> Spec:
    """The description of the arrays that any process has, if they differ only in which are None. Raises the error otherwise."""
    specs: list[Spec] = error.specs or []
    if not specs or len({len(spec) for spec in specs}) > 1:
        raise error
    united = []
    for entries in zip(*specs):
        there = {entry for entry in entries if entry[2] is not None}
        if len({entry[:2] for entry in entries}) > 1 or len(there) > 1:
            raise error
        united.append(there.pop() if there else entries[0])
    return tuple(united)
