"""Which library an array is of."""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np

from autodiff.core.dask_arrays import Dask
from autodiff.core.libraries import Library


def is_external(x: Any) -> bool:
    """Whether this is an array of another library, which speaks numpy's protocols."""
    kind = type(x)
    known = KNOWN.get(kind)
    if known is None:
        known = KNOWN[kind] = bool(
            hasattr(kind, "__array_function__") and hasattr(kind, "__array_ufunc__") and hasattr(kind, "dtype")
            and not issubclass(kind, (np.ndarray, np.generic)) and not kind.__module__.startswith("autodiff.")
            and not hasattr(kind, "toarray") and not hasattr(kind, "todense")
        )  # fmt: skip
    return known


KNOWN: Final[dict[type, bool]] = {}


def library_of(x: Any) -> Library:
    kind: Any = type(x)
    return _library_of(kind)


@functools.cache
def _library_of(kind: type) -> Library:
    root = kind.__module__.partition(".")[0]
    return Dask("dask.array") if root == "dask" else Library(root)


def are_known() -> bool:
    """Whether there have been arrays of other libraries in this process."""
    return _library_of.cache_info().currsize > 0
