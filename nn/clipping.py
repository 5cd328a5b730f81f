"""Clipping: functions from a list of gradients to a list of shorter ones. A gradient of None stays None."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

import autodiff as ad
from nn.arguments import array, brief, items, positive
from nn.arrays import is_external, is_lazy, near
from nn.typing import Array, Variable

__all__ = ["by_global_norm", "by_norm", "by_value", "global_norm"]
Gradient: TypeAlias = Array | float
HALF = np.dtype("float16")


def by_value(gradients: Sequence[Gradient | None], limit: float) -> list[Gradient | None]:
    """Each number of each gradient, clipped to [-limit, limit]."""
    limit = positive("limit", limit)
    return [g if g is None else np.clip(g, -limit, limit) for g in _given(gradients)]


def by_norm(gradients: Sequence[Gradient | None], limit: float) -> list[Gradient | None]:
    """Each gradient, scaled down to the Euclidean norm `limit` if its norm is larger."""
    limit = positive("limit", limit)
    return [g if g is None else _scaled(g, limit, global_norm([g])) for g in _given(gradients)]


def by_global_norm(gradients: Sequence[Gradient | None], limit: float) -> list[Gradient | None]:
    """All gradients, scaled down by one factor such that the norm of all their numbers is at most `limit`.

    >>> by_global_norm([np.array([3.0]), None, np.array([4.0])], 1.0)
    [array([0.6]), None, array([0.8])]
    """
    limit, gradients = positive("limit", limit), _given(gradients)
    norm = global_norm(gradients)
    return [g if g is None else _scaled(g, limit, norm) for g in gradients]


def global_norm(gradients: Iterable[Gradient | None]) -> Any:
    """The Euclidean norm of all numbers of all gradients."""
    doubles = [g.astype(float) if hasattr(g, "astype") else float(g) for g in _given(gradients) if g is not None]
    return np.sqrt(sum([np.vdot(g, g) for g in doubles], start=0.0))


def _given(gradients: Iterable[Any]) -> list[Any]:
    """The gradients: None, boxes and arrays. Raises ValueError for what is no list of these."""
    several = items("gradients", gradients)
    return [g if g is None or isinstance(g, (ad.Tensor, ad.Value)) else array("gradients", g) for g in several]


def _scaled(g: Gradient, limit: float, norm: Any) -> Gradient:
    return g * (limit / np.fmax(norm, limit)).astype(getattr(g, "dtype", float))


def unboxed(g: Any, v: Variable, traced: bool = False) -> Any:
    """A gradient as a number or array without its box (with it in a trace), in the dtype of the variable's steps."""
    if traced and isinstance(g, ad.Tensor):
        refuse_lazy(g, v)
        return wide(g if g.dtype == v.dtype else g.astype(v.dtype))
    g = g.data if isinstance(g, (ad.Tensor, ad.Value)) else g
    if type(g) is np.ndarray and type(v.data) is not np.ndarray:
        g = near(v, g)
    right = type(g) is float or (type(g) is np.ndarray and g.dtype is v.dtype)
    if right:
        return wide(g)
    refuse_lazy(g, v)
    if is_external(g) and not is_external(v):
        library = ad.array_library(g)
        raise TypeError(
            f"The gradient of {v.name or 'a variable'} is an array of {library}, and the variable one of numpy. Make the model "
            f'after nn.set_array_module("{library}"), or call it first on data of {library}: then its weights are there.'
        )
    return wide(array("A gradient", g).astype(v.dtype, copy=False))


def refuse_lazy(g: Any, v: Variable) -> None:
    if is_lazy(g) and not is_lazy(v):
        raise TypeError("A gradient is not computed yet: dask.compute(*gradients) computes all of them together.")


def wide(x: Any) -> Any:
    """x, or float32 for half precision: there the square of a gradient below 1e-4 is 0, and an epsilon of 1e-8 too. So the
    steps of float16 variables, and the slots of an optimizer, are those of float32; the variable takes the step rounded."""
    return x.astype(np.float32) if getattr(x, "dtype", None) == HALF else x


def checked(pairs: Any) -> list[tuple[Any, Any]]:
    """The pairs as a list. Raises ValueError for anything that is no pair of a gradient and a variable."""
    pairs = list(pairs) if isinstance(pairs, Iterable) else [pairs]
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"apply_gradients takes pairs (gradient, variable), as zip makes them, but got {brief(pair)}.")
        if not isinstance(pair[1], (ad.Variable, ad.Value)):
            raise ValueError(f"An optimizer changes Variables and Values in place, but got a {type(pair[1]).__name__}.")
    return pairs
