"""Dask's arrays: lazy, in chunks."""

from __future__ import annotations

import functools
import sys
from typing import Any, Final

import numpy as np

from autodiff.core.along import taken, taken_along
from autodiff.core.libraries import Library, Missing
from autodiff.core.matrices import FOURIER, ORDERS, SIGNATURES, in_blocks, is_small, ordered, transformed


class Dask(Library):
    """dask.array: lazy, in chunks."""

    lazy = True

    def ufunc(self, ufunc: Any) -> Any:
        return None

    def to_host(self, x: Any) -> Any:
        return np.array(x.compute())

    def getitem(self, x: Any, key: Any) -> Any:
        """Dask takes one list of places; several at once it takes under another name, and for their axes another order."""
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, (bool, np.bool_)) for part in parts):
            raise Missing("it has no truth values as keys")
        lists = [part for part in parts if np.ndim(part) or isinstance(part, list)]
        if any(hasattr(part, "chunks") for part in parts):
            return taken(x, parts)
        if not lists or (len(lists) == 1 and len(lists) + sum(not isinstance(part, (int, np.integer)) for part in parts) - 1
                         == len(parts) and np.ndim(lists[0]) == 1):  # fmt: skip
            return x[key]
        return by_several(x, expanded(parts, x.ndim))

    def run(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        usual = functools.partial(super().run, function, like=like)
        way = WAYS.get(function)
        y = usual(args, kwargs) if way is None else way(lambda *args, **kwargs: usual(args, kwargs), *args, **kwargs)
        for part in y if isinstance(y, (list, tuple)) else (y,):
            if any(n != n for n in getattr(part, "shape", ())):
                raise Missing("the shape of the result depends on the numbers")
        return y

    def has(self, function: Any) -> bool:
        """Where Dask has no function, it would compute the array and call numpy's."""
        if isinstance(function, np.ufunc):
            return True
        there: Any = sys.modules["dask.array"]
        for part in function.__module__.split(".")[1:]:
            there = getattr(there, part, None)
        found = getattr(there, function.__name__, None)
        return found is not None and found is not function


def _einsum(usual: Any, subscripts: Any, *operands: Any, **options: Any) -> Any:
    letters = subscripts.partition("->")[0].split(",") if isinstance(subscripts, str) else ["ii"]
    if any(len(set(own)) < len(own) for own in ("".join(filter(str.isalpha, part)) for part in letters)):
        raise Missing("it has no diagonals in np.einsum")  # Dask 2026.8 takes them of each chunk
    return usual(subscripts, *operands, **options)


def _tensordot(usual: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """With axes counted from the front: Dask 2026.8 drops numbers where one is negative."""
    if isinstance(axes, (int, np.integer)):
        return usual(a, b, axes)
    return usual(a, b, [[int(k) % x.ndim for k in np.atleast_1d(own)] for x, own in zip((a, b), axes)])


def _searchsorted(usual: Any, a: Any, v: Any, *rest: Any, **options: Any) -> Any:
    """Dask 2026.8 takes an array without axes for one of a number."""
    if np.ndim(v):
        return usual(a, v, *rest, **options)
    return usual(a, np.reshape(sys.modules["dask.array"].asarray(v), (1,)), *rest, **options)[0]


def _reshape(usual: Any, a: Any, shape: Any, order: str = "C", *, copy: bool | None = None) -> Any:
    """Dask has no order, and where axes are divided anew, no way but by one axis. Whether it copies makes no difference."""
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if order == "F":
        return _reshape(usual, np.transpose(a), shape[::-1]).T
    try:
        return usual(a, shape)
    except NotImplementedError:
        return usual(usual(a, (-1,)), shape)


def _lacks_quantiles(usual: Any, *args: Any, **options: Any) -> Any:
    raise Missing("its quantiles are estimates, and drop weights")


def _by(body: Any, function: Any) -> Any:
    return lambda usual, *args, **options: body(function, *args, **options)


def _of_matrices(function: Any) -> Any:
    def way(usual: Any, *args: Any, **options: Any) -> Any:
        return in_blocks(function, SIGNATURES[function], args, options) if is_small(args[0]) else usual(*args, **options)

    return way


# How functions are called that Dask's own function does not compute as numpy's: way(Dask's function, *args, **kwargs), of the
# plainest arguments.
WAYS: Final[dict[Any, Any]] = {
    np.einsum: _einsum, np.reshape: _reshape, np.searchsorted: _searchsorted, np.tensordot: _tensordot,
    np.take_along_axis: lambda usual, *args, **options: taken_along(*args, **options),
    **dict.fromkeys((np.quantile, np.nanquantile, np.percentile, np.nanpercentile), _lacks_quantiles),
    **{function: _by(transformed, function) for function in FOURIER},
    **{function: _by(ordered, function) for function in ORDERS},
    **{function: _of_matrices(function) for function in SIGNATURES},
}  # fmt: skip


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
