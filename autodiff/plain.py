"""The plain arrays of boxes: to read them, and to compute for a while with copies of higher precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.boxes.variable import Variable
from autodiff.core.box import Box, strip
from autodiff.core.dispatch import escape_of
from autodiff.core.dtypes import is_inexact
from autodiff.core.external import External, held
from autodiff.core.listening import current
from autodiff.core.transfer import on_host
from autodiff.core.types import DType, Tree
from autodiff.failures.errors import worded
from autodiff.failures.foreign import unmasked

__all__ = ["array_library", "float64_copies", "to_numpy"]


def to_numpy(value: Tree, dtype: DType = None) -> Any:
    """The plain numbers of a box, an array, or a list of these, as numpy's array: what is computed from them is a constant to
    every tape. This says so, where `np.asarray(x)` of what a tape follows is an error.

    Parameters
    ----------
    value : array_like
    dtype : dtype, optional
        Of the array; its own by default.

    Returns
    -------
    array
        Not a copy if there is an array of that dtype already.

    Examples
    --------
    >>> from autodiff import Tape, Variable, to_numpy
    >>> w = Variable([1.0, 2.0])
    >>> with Tape() as tape:
    ...     y = w * to_numpy(w).max()
    >>> tape.gradient(y, w)
    Tensor([2., 2.])
    """
    escape_of((value,), "to_numpy")
    try:
        return np.asarray(_on_host(strip(unmasked(value))), dtype)
    except Exception as error:
        raise worded(error, "to_numpy")  # noqa: B904 - it has its cause


def _on_host(x: Any) -> Any:
    if isinstance(x, (list, tuple)) and any(isinstance(part, (External, list, tuple)) for part in map(held, x)):
        return [*map(_on_host, x)]
    return on_host(held(x))


def array_library(x: object) -> str:
    """The name of the library whose array x is, or holds: "cupy", "dask.array", and "numpy" for its arrays and all that becomes
    one of them.

    >>> array_library(Variable([1.0, 2.0]))
    'numpy'
    """
    data = held(x._raw() if isinstance(x, Box) else x)
    return data.library.name if type(data) is External else "numpy"


@contextmanager
def float64_copies(variables: Iterable[Any]) -> Iterator[None]:
    """Inside this block the variables hold float64 copies of their arrays, which are given up at its end."""
    kept = [(v, v._held) for v in variables if isinstance(v, Variable) and is_inexact(v._held)]
    try:
        for v, data in kept:
            v._set(data.astype(np.result_type(data, np.float64)), current())
        yield
    finally:
        for v, data in kept:
            v._set(data, current())
