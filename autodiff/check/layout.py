"""Arrays as one vector of real numbers, and back: a complex number is two of them, its real and its imaginary part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from autodiff.check.differences import Vector
from autodiff.core.box import raw_of
from autodiff.core.dtypes import is_complex
from autodiff.core.external import held
from autodiff.core.transfer import on_host
from autodiff.core.types import ArrayLike


class Part(NamedTuple):
    """The place of one array in such a vector."""

    shape: tuple[int, ...]
    is_complex: bool

    @property
    def size(self) -> int:
        return math.prod(self.shape) * (2 if self.is_complex else 1)

    @property
    def is_square(self) -> bool:
        """Whether it is a matrix of at least 2 x 2 with as many rows as columns, or a stack of such."""
        return len(self.shape) > 1 and self.shape[-1] == self.shape[-2] > 1 and 0 not in self.shape

    def array(self, numbers: Vector) -> Any:
        """The array of these numbers."""
        return (numbers.view(np.complex128) if self.is_complex else numbers).reshape(self.shape)

    def place(self, k: int) -> str:
        """Where number k of it stands, in words.

        >>> Part((2, 2), True).place(3)
        ' at [0, 1], imaginary part'
        """
        k, half = divmod(k, 2) if self.is_complex else (k, 0)
        where = f" at {[int(i) for i in np.unravel_index(k, self.shape)]}" if self.shape else ""
        return where + (f", {('real', 'imaginary')[half]} part" if self.is_complex else "")


def part_of(x: ArrayLike) -> Part:
    """How an array, a number or a box stands in a vector."""
    raw = raw_of(x)
    return Part(np.shape(raw), is_complex(raw))


def flat(arrays: Sequence[ArrayLike]) -> Vector:
    """All numbers of several arrays as one float64 vector."""
    return np.concatenate([np.zeros(0), *[numbers_of(x) for x in arrays]])


def numbers_of(x: ArrayLike) -> Vector:
    raw = on_host(held(raw_of(x)))
    if is_complex(raw):
        return np.ascontiguousarray(raw, dtype=np.complex128).ravel().view(np.float64)
    return np.asarray(raw, dtype=np.float64).ravel()


def unflat(vector: Vector, parts: Sequence[Part]) -> list[Any]:
    """The arrays whose numbers stand in the vector, one after the other."""
    found, start = list[Any](), 0
    for part in parts:
        stop = start + part.size
        found.append(part.array(vector[start:stop]))
        start = stop
    return found
