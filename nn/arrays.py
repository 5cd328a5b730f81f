"""Where arrays are: in numpy's memory or in that of another library, such as CuPy's on a GPU. nn computes where its arrays are:
numpy's functions go on to their library, and what is made here is sent there. Nothing comes to the host but single numbers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff import nest


def is_external(x: Any) -> bool:
    """Whether x is an array of another library than numpy, or a box that holds one."""
    return type(x) is not np.ndarray and ad.array_library(x) != "numpy"


def is_lazy(x: Any) -> bool:
    """Whether x is an array of a library that computes later, as Dask does."""
    return type(x) is not np.ndarray and ad.array_library(x) == "dask.array"


def computed(several: Sequence[Any]) -> list[Any]:
    """The same, with Dask's arrays in memory, also those in lists, tuples and dicts. They are computed together, so what they
    share is computed once."""
    if not any(map(is_lazy, nest.flatten(several))):
        return list(several)
    import dask

    return list(dask.compute(*several))


def passed_later(check: Any, x: Any, dtype: Any = None) -> Any:
    """A lazy array x, of whose blocks check(block) raises an error as they are computed. dtype: check returns the block, in
    this dtype. In a trace x would be a constant."""

    def in_blocks(x: Any) -> Any:
        a = plain(x)
        kind = a.dtype if dtype is None else np.dtype(dtype)
        return a.map_blocks(functools.partial(passed, check), dtype=kind, meta=np.empty((0,) * a.ndim, kind))

    if not isinstance(x, ad.Tensor):
        return in_blocks(x)
    return ad.custom_gradient(lambda x: (ad.Tensor(in_blocks(x)), lambda g: g))(x)


def passed(check: Any, block: Any) -> Any:
    """A block that check has looked at, or what it makes of it."""
    found = check(block)
    return block if found is None else found


def plain(x: Any) -> Any:
    """The numbers of x where they are: an array of numpy's or of another library's. No tape minds: they become constants."""
    if not is_external(x):
        return ad.to_numpy(x)
    return ad.stop_gradient(x).data if isinstance(x, ad.Tensor) else x


def near(place: Any, a: Any) -> Any:
    """The plain array a where the array `place` is. Arrays of other libraries are not copied to the host: they stay."""
    if type(place) is np.ndarray or not is_external(place) or is_external(a):
        return a
    return np.asarray(a, like=plain(place))


def copied(x: Any) -> Any:
    """A copy of the numbers of a variable, where they are."""
    return x.data.copy() if is_external(x) else np.array(x.numpy())
