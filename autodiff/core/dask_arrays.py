"""Dask's arrays: lazy, in chunks."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autodiff.core.libraries import Library, Missing, plainest
from autodiff.core.matrices import FOURIER, SIGNATURES, in_blocks, is_small, transformed


class Dask(Library):
    """dask.array: lazy, in chunks."""

    lazy = True

    def to_host(self, x: Any) -> Any:
        return np.array(x.compute())

    def getitem(self, x: Any, key: Any) -> Any:
        """Dask takes one list of places; several at once it takes under another name, and for their axes another order."""
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, (bool, np.bool_)) for part in parts):
            raise Missing("it has no truth values as keys")
        lists = [part for part in parts if np.ndim(part) or isinstance(part, list)]
        if any(hasattr(part, "chunks") for part in parts):
            raise Missing("the places are not known yet")
        if not lists or (len(lists) == 1 and len(lists) + sum(not isinstance(part, (int, np.integer)) for part in parts) - 1
                         == len(parts) and np.ndim(lists[0]) == 1):  # fmt: skip
            return x[key]
        return by_several(x, expanded(parts, x.ndim))

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        y = self._call(function, args, kwargs, like)
        for part in y if isinstance(y, (list, tuple)) else (y,):
            if any(n != n for n in getattr(part, "shape", ())):
                raise Missing("the shape of the result depends on the numbers")
        return y

    def _call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        if function in SIGNATURES or function in FOURIER:
            args, kwargs = plainest(function, args, kwargs)
            if function in FOURIER:
                return transformed(function, *args, **kwargs)
            if is_small(args[0]):
                return in_blocks(function, SIGNATURES[function], args, kwargs)
        if function is np.einsum and takes_diagonals(args[0]):  # Dask 2026.8 takes them of each chunk
            raise Missing("it has no diagonals in np.einsum")
        if function is np.reshape and len(args) > 1 and isinstance(args[1], int):
            args = (args[0], (args[1],), *args[2:])
        if function is np.tensordot:
            return super().call(function, from_the_front(*args, **kwargs), {}, like)
        if function is np.searchsorted and not np.ndim(args[1]):  # which Dask 2026.8 takes for one of an array
            return super().call(function, (args[0], np.reshape(args[1], (1,)), *args[2:]), kwargs, like)[0]
        return super().call(function, args, kwargs, like)

    def has(self, function: Any) -> bool:
        """Where Dask has no function, it would compute the array and call numpy's."""
        if isinstance(function, np.ufunc):
            return True
        there: Any = sys.modules["dask.array"]
        for part in function.__module__.split(".")[1:]:
            there = getattr(there, part, None)
        found = getattr(there, function.__name__, None)
        return found is not None and found is not function


def takes_diagonals(subscripts: Any) -> bool:
    """Whether an operand of np.einsum has an axis letter twice, or is given in another way than by letters."""
    operands = subscripts.partition("->")[0].split(",") if isinstance(subscripts, str) else ["ii"]
    return any(len(set(letters)) < len(letters) for letters in ("".join(filter(str.isalpha, part)) for part in operands))


def from_the_front(a: Any, b: Any, axes: Any = 2) -> tuple[Any, ...]:
    """The arguments of np.tensordot, with axes counted from the front: Dask 2026.8 drops numbers where one is negative."""
    if isinstance(axes, (int, np.integer)):
        return a, b, axes
    return a, b, [[int(k) % x.ndim for k in np.atleast_1d(own)] for x, own in zip((a, b), axes)]


def expanded(parts: Any, ndim: int) -> list[Any]:
    """The parts of a key for all axes: masks as the places that they name, and slices for the rest."""
    full: list[Any] = []
    for part in parts:
        whole = np.asarray(part) if isinstance(part, list) else part
        full += np.nonzero(whole) if isinstance(whole, np.ndarray) and whole.dtype.kind == "b" else [whole]
    rest = [slice(None)] * (ndim - sum(part is not None and part is not ... for part in full))
    k = next((k for k, part in enumerate(full) if part is ...), None)
    return [*full, *rest] if k is None else [*full[:k], *rest, *full[k + 1 :]]


def by_several(x: Any, parts: list[Any]) -> Any:
    """x at several arrays of places, by Dask's `vindex`, with their axes where numpy puts them."""
    chosen = [part is not None and not isinstance(part, slice) for part in parts]
    y = x[tuple([slice(None) if is_chosen else part for part, is_chosen in zip(parts, chosen)])]
    places = np.broadcast_arrays(*[part for part, is_chosen in zip(parts, chosen) if is_chosen])
    rest = iter(places)
    y = y.vindex[tuple([next(rest) if is_chosen else slice(None) for is_chosen in chosen])]
    first, ndim = chosen.index(True), places[0].ndim
    if not all(chosen[first : first + len(places)]):
        return y
    return np.moveaxis(y, range(ndim), range(first, first + ndim))
