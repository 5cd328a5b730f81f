"""Which library an array is of."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autodiff.core.cupy_arrays import CuPy
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
    found = LIBRARIES.get(kind)
    if found is None:
        root = kind.__module__.partition(".")[0]
        found = LIBRARIES[kind] = made() if (made := MADE.get(root)) else Library(root)
    return found


MADE: Final[dict[str, Callable[[], Library]]] = {  # who has an array of CuPy has imported it
    "cupy": lambda: CuPy("cupy", sys.modules["cupy"], "cupyx.scipy.special", importlib.import_module("cupyx").errstate),
    "dask": lambda: Dask("dask.array"),
}
LIBRARIES: Final[dict[type, Library]] = {}  # of the kinds of arrays that there have been; empty where all are numpy's
