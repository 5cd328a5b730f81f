"""Elements of Dask's arrays at places along one axis, which need not be computed yet, as a label of each row, or the order of a
sort: the axis is gathered, and the others stay in blocks."""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np

from autodiff.core.libraries import Missing
from autodiff.core.matrices import gathered


def places_along(shape: tuple[int, ...], key: tuple[Any, ...]) -> tuple[int, Any, bool]:
    """(The axis, the places as np.take_along_axis has them, whether the axis goes) of a key that names places along one axis.
    Of the other axes it names all: by slices, as np.take does; by numbers in order, as np.take_along_axis does; or, of a
    matrix, a place for each row, or for each column. Missing for any other."""
    parts = [*key, *[slice(None)] * (len(shape) - len(key))]
    arrays = [k for k, part in enumerate(parts) if not (isinstance(part, slice) and part == slice(None))]
    chosen = [k for k in arrays if hasattr(parts[k], "chunks")] or arrays
    if len(chosen) == 1 and len(parts) == len(shape) and getattr(parts[chosen[0]], "dtype", np.dtype(bool)).kind in "iu":
        axis, places = chosen[0], parts[chosen[0]]
        others = {k: np.asarray(parts[k]) for k in arrays if k != axis}
        rows = bool(others) and places.ndim == 1 and len(shape) == 2
        if rows:
            others = {k: np.expand_dims(part, axis) for k, part in others.items()}
        if rows or (not others and places.ndim == 1):
            places = np.reshape(places, tuple([-1 if (k == axis) != rows else 1 for k in range(len(shape))]))
        whole = {k: tuple([n if d == k else 1 for d in range(len(shape))]) for k, n in enumerate(shape)}
        if places.ndim == len(shape) and len(others) in (0, len(shape) - 1) and all(
            part.shape == whole[k] and np.array_equal(np.ravel(part), np.arange(shape[k])) for k, part in others.items()
        ):  # fmt: skip
            return axis, places, rows
    raise Missing("the places are not known yet")


def taken(x: Any, key: tuple[Any, ...]) -> Any:
    """x at such a key."""
    axis, places, goes = places_along(x.shape, key)
    y = taken_along(x, places, axis)
    return np.squeeze(y, axis) if goes else y


def taken_along(x: Any, places: Any, axis: int = -1) -> Any:
    """What np.take_along_axis does."""
    return _in_blocks(_taken, "(n),(k)->(k)", x, places, axis, x.dtype)


def added(total: Any, key: tuple[Any, ...], g: Any) -> Any:
    """total, with g added at such a key."""
    axis, places, goes = places_along(total.shape, key)
    n = total.shape[axis]
    g = np.expand_dims(g, axis) if goes else g
    return total + _in_blocks(functools.partial(_scattered, n), "(k),(k)->(n)", g, places, axis, g.dtype, {"n": n})


def _in_blocks(function: Any, signature: str, x: Any, places: Any, axis: int, dtype: Any, sizes: Any = None) -> Any:
    da: Any = sys.modules["dask.array"]
    own = [gathered(np.moveaxis(da.asarray(a), axis, -1), 1) for a in (x, places)]
    y = da.apply_gufunc(function, signature, *own, output_dtypes=dtype, output_sizes=sizes, allow_rechunk=True)
    return np.moveaxis(y, -1, axis)


def _taken(x: Any, places: Any) -> Any:
    shape = np.broadcast_shapes(x.shape[:-1], places.shape[:-1])
    x, places = (np.broadcast_to(a, (*shape, a.shape[-1])) for a in (x, places))
    return np.take_along_axis(x, places, axis=-1)


def _scattered(n: int, g: Any, places: Any) -> Any:
    """n numbers along the last axis, with g added at the places."""
    y = np.zeros((*g.shape[:-1], n), g.dtype)
    np.add.at(y, (*np.ogrid[tuple([slice(m) for m in g.shape])][:-1], np.broadcast_to(places, g.shape)), g)
    return y
