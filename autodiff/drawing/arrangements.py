"""Arrays that are others in another arrangement: a program names `X`, and an operation reads `X.T`."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autodiff.drawing.namespace import Namespace


def rearranged(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The array of which another is an arrangement, as after a reshape, but not in reverse; else that array."""
    base = array.base
    if not isinstance(base, np.ndarray) or not base.ndim or base.size != array.size:
        return array
    return base if min(array.strides, default=0) >= 0 else array


class Arrangements:
    """The arrays that a namespace has names for, by those whose numbers they show: of a view numpy knows no more."""

    def __init__(self, names: Namespace) -> None:
        self.names = names

    @cached_property
    def views(self) -> dict[int, tuple[str, NDArray[np.generic]]]:
        """By the ids of those arrays: the name, and the view that has it."""
        named = ((name, array, rearranged(array)) for name, array in self.names.arrays())
        return {id(whole): (name, array) for name, array, whole in named if whole is not array}

    def of(self, array: NDArray[np.generic]) -> tuple[str, NDArray[np.generic]] | None:
        """The name of the array of which another is an arrangement, and that array; None for none."""
        whole = rearranged(array)
        if whole is array:
            return None
        name = self.names.get(id(whole))
        return self.views.get(id(whole)) if name is None else (name, whole)


def is_transposed(array: NDArray[np.generic], whole: NDArray[np.generic]) -> bool:
    """Whether of two arrays of the same numbers one is the other with its last two axes exchanged."""
    if array is whole or whole.ndim < 2:
        return False
    turned = np.swapaxes(whole, -1, -2)
    return array.shape == turned.shape and array.strides == turned.strides
