"""numpy's functions in terms of others, for arrays of a library that lacks the function, or one of its keywords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

IN_OTHER_WORDS: Final[dict[Any, Callable[..., Any]]] = {}  # of scipy's, which may not be installed, by name


def instead_of(*functions: Any) -> Callable[[Any], Any]:
    """Enter a body that stands for numpy's functions."""

    def enter(body: Any) -> Any:
        IN_OTHER_WORDS.update({function: body for function in functions if function is not None})
        return body

    return enter


# -- reductions ------------------------------------------------------------------------------------------------------------


def _reduction(function: Any, ufunc: Any, neutral: Any) -> None:
    """A reduction with numpy's `initial` and `where`: the ufunc joins what it starts from; what it leaves out is neutral."""

    @instead_of(function)
    def body(a: Any, axis: Any = None, *, initial: Any = np._NoValue, where: Any = True, **options: Any) -> Any:
        chosen = a if where is True else np.where(where, a, np.asarray(neutral(a.dtype), a.dtype))
        y = function(chosen, axis=axis, **_given(options))
        return y if initial is np._NoValue else ufunc(y, initial)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None and value is not np._NoValue}


def _lowest(dtype: Any) -> Any:
    return -np.inf if np.issubdtype(dtype, np.inexact) else np.iinfo(dtype).min


def _highest(dtype: Any) -> Any:
    return np.inf if np.issubdtype(dtype, np.inexact) else np.iinfo(dtype).max


for _sum in (np.sum, np.nansum):
    _reduction(_sum, np.add, lambda dtype: 0)
for _prod in (np.prod, np.nanprod):
    _reduction(_prod, np.multiply, lambda dtype: 1)
for _max in (np.max, np.nanmax):
    _reduction(_max, np.maximum, _lowest)
for _min in (np.min, np.nanmin):
    _reduction(_min, np.minimum, _highest)


@instead_of(np.mean)
def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    count = np.sum(np.broadcast_to(where, a.shape) * np.ones_like(a), axis=axis, keepdims=keepdims)
    return np.sum(np.where(where, a, 0.0), axis=axis, dtype=dtype, keepdims=keepdims) / count


@instead_of(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False, *, where: Any = True) -> Any:
    return np.mean(a, axis, dtype, keepdims=bool(keepdims), where=where & ~np.isnan(a))


def _deviation(function: Any, passes_nan: bool, is_root: bool) -> None:
    """var, std and their kin with `where`, `mean` and `correction`."""

    @instead_of(function)
    def body(
        a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: Any = False, *,
        where: Any = True, mean: Any = np._NoValue, correction: Any = np._NoValue,
    ) -> Any:  # fmt: skip
        taken = np.broadcast_to(where, a.shape) & ~np.isnan(a) if passes_nan else np.broadcast_to(where, a.shape)
        centre = np.mean(a, axis, keepdims=True, where=taken) if mean is np._NoValue or mean is None else mean
        squares = np.where(taken, np.abs(a - centre) ** 2, 0.0)
        n = np.sum(taken * np.ones_like(squares), axis, keepdims=bool(keepdims))
        y = np.sum(squares, axis, dtype, keepdims=bool(keepdims)) / np.maximum(
            n - (ddof if correction is np._NoValue else correction), 0
        )
        return np.sqrt(y) if is_root else y


for _function, _passes_nan, _is_root in (
    (np.var, False, False), (np.std, False, True), (np.nanvar, True, False), (np.nanstd, True, True),
):  # fmt: skip
    _deviation(_function, _passes_nan, _is_root)


def _running(ufunc: Any) -> None:
    """The running maximum and its kin: what stands 1, 2, 4, ... places before is joined."""

    @instead_of((ufunc, "accumulate"))
    def body(array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
        y, step = np.moveaxis(array, axis, -1), 1
        while step < y.shape[-1]:
            y = np.concatenate([y[..., :step], ufunc(y[..., step:], y[..., :-step])], -1)
            step *= 2
        return np.moveaxis(y, -1, axis)


for _ufunc in (np.maximum, np.minimum, np.fmax, np.fmin):
    _running(_ufunc)


@instead_of(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    if isinstance(bins, str):
        raise TypeError(f"how many bins {bins!r} makes depends on the numbers.")
    if np.ndim(bins):
        return bins
    if range is not None or not a.size:
        return np.histogram_bin_edges(np.empty(0, a.dtype), bins, range)
    low, high = np.min(a), np.max(a)
    alone = low == high
    low, high = np.where(alone, low - 0.5, low), np.where(alone, high + 0.5, high)
    steps = np.arange(int(bins) + 1, dtype=low.dtype)
    return np.where(steps == int(bins), high, steps * ((high - low) / int(bins)) + low)


@instead_of(np.copy)
def copy(a: Any, order: Any = "K", subok: bool = False) -> Any:
    return a.copy()


# -- linear algebra --------------------------------------------------------------------------------------------------------


@instead_of(np.linalg.svdvals)
def svdvals(x: Any) -> Any:
    return np.linalg.svd(x, compute_uv=False)


@instead_of(np.linalg.vector_norm)
def vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if axis is None:
        y = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(y, (1,) * x.ndim) if keepdims else y
    return np.linalg.norm(x, ord, axis, keepdims)


@instead_of(np.linalg.cholesky)
def cholesky(a: Any, *, upper: bool = False) -> Any:
    y = np.linalg.cholesky(np.conjugate(np.swapaxes(a, -1, -2)) if upper else a)
    return np.conjugate(np.swapaxes(y, -1, -2)) if upper else y


@instead_of(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    return np.linalg.pinv(a, *[limit for limit in (rcond, rtol) if limit is not None and limit is not np._NoValue])


# -- order -----------------------------------------------------------------------------------------------------------------


@instead_of(np.argsort)
def argsort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    return np.argsort(a, axis)


@instead_of(np.sort)
def sort(a: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    return np.sort(a, axis)


@instead_of(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)
