"""Where arrays are: in numpy's memory or in that of another library, such as CuPy's on a GPU. nn computes where its arrays are:
numpy's functions go on to their library, and what is made here is sent there. Nothing comes to the host but single numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad


def is_external(x: Any) -> bool:
    """Whether x is an array of another library than numpy, or a box that holds one."""
    return type(x) is not np.ndarray and ad.array_library(x) != "numpy"


def is_lazy(x: Any) -> bool:
    """Whether x is an array of a library that computes later, as Dask does."""
    return type(x) is not np.ndarray and ad.array_library(x) == "dask.array"


def computed(several: Sequence[Any]) -> list[Any]:
    """The same, with those that are Dask's in memory: they are computed together, so what they share is computed once."""
    if not any(map(is_lazy, several)):
        return list(several)
    import dask

    return list(dask.compute(*several))


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
