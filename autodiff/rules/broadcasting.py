"""Broadcasting undone: what was stretched is summed. (Compiled, as the walk back does this for every contribution.)"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from autodiff.core.batch_kinds import on_axes
from autodiff.core.batched import Batched
from autodiff.core.dtypes import FLOAT32, FLOAT64
from autodiff.core.external import External
from autodiff.core.registry import rule

NDARRAY: Final = np.ndarray
RAW: Final = (np.ndarray, External)
ADD_REDUCE: Final = np.add.reduce
MANY: Final = 1024
ONES: Final[dict[Any, Any]] = {dtype: np.ones(MANY, dtype) for dtype in (FLOAT32, FLOAT64)}


def _sum_of_rows(x: Any, axis: Any = 0) -> Any:
    """np.sum(x, axis=0); of a plain matrix of floats as a product with ones. That takes a quarter of the time, and rounds less
    where numpy adds row after row. (It adds long columns that are contiguous pairwise, which rounds less still.) Over several
    leading axes, as of the bias of images, it takes a twentieth."""
    if type(x) is NDARRAY and x.ndim == 2 and axis == 0:
        ones, n = ONES.get(x.dtype), len(x)
        if ones is not None and n <= MANY:
            return ones[:n].dot(x)
        if ones is not None and x.flags.c_contiguous and x.shape[1] > 1:
            return np.ones(n, x.dtype).dot(x)
    elif _as_rows(x, axis):
        return _sum_of_rows(x.reshape(-1, x.shape[-1]))
    return ADD_REDUCE(x, axis=axis)


def _as_rows(x: Any, axis: Any) -> bool:
    """Whether the axes are all but the last of an array, which may be seen as a matrix."""
    known = type(x) is NDARRAY and isinstance(axis, tuple) and axis == tuple(range(x.ndim - 1))
    return known and x.flags.c_contiguous and x.size > 0


def _sum_of_rows_into(out: Any, x: Any, *, scratch: Any, axis: Any = 0) -> Any:
    if _as_rows(x, axis):
        return _sum_of_rows_into(out, x.reshape(-1, x.shape[-1]), scratch=scratch)
    ones = ONES.get(x.dtype) if type(x) is NDARRAY and x.ndim == 2 and axis == 0 else None
    if ones is None or x.dtype != out.dtype:
        return None
    n = len(x)
    if n <= MANY or (x.flags.c_contiguous and x.shape[1] > 1):
        return [(np.dot, (ones[:n] if n <= MANY else np.ones(n, x.dtype), x, out))]
    return [(ADD_REDUCE, (x, axis, None, out))]


def _sum_of_rows_vjp(g: Any, y: Any, x: Any, axis: Any = 0) -> Any:
    return np.broadcast_to(np.expand_dims(g, axis), np.shape(x))


def _sum_of_scalars(x: Any, axis: Any = 0) -> Any:
    return np.sum(x, axis=axis)


SUM_OF_ROWS: Final[Any] = rule(
    _sum_of_rows, _sum_of_rows_vjp, linear=True, label="sum", internal=True, batch=on_axes(default=0),
    definition=_sum_of_scalars, into=_sum_of_rows_into,
)  # fmt: skip


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """`g` summed over the axes that broadcasting had added to `shape` or stretched; stretched itself where it is short."""
    if type(g) is Batched:
        n, extra = g.data.shape[0], g.ndim - len(shape)
        data = np.reshape(g.data, (n, *(1,) * -extra, *g.shape)) if extra < 0 else g.data
        return Batched(np.reshape(unbroadcast(data, (n, *(1,) * extra, *shape)), (n, *shape)), g.level)
    extra = g.ndim - len(shape)
    if extra < 0:
        return np.broadcast_to(g, shape)
    if g.shape[extra:] == shape:
        if extra == 1:
            return _sum_of_rows(g) if type(g) in RAW else SUM_OF_ROWS(g)
        leading = tuple(range(extra))
        return _sum_of_rows(g, leading) if type(g) in RAW else SUM_OF_ROWS(g, axis=leading)
    axes = tuple(range(extra)) + tuple(k for k, n in enumerate(shape, extra) if n == 1 != g.shape[k])
    if axes:
        kept = tuple(1 if k in axes else n for k, n in enumerate(g.shape))[extra:]
        g = np.reshape(ADD_REDUCE(g, axis=axes), kept)
    return g if g.shape == shape else np.broadcast_to(g, shape)
