"""A function whose derivative is checked, seen as one from a vector of numbers to a vector of results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autodiff.check.differences import Vector
from autodiff.check.layout import Part
from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import is_inexact, is_numeric
from autodiff.core.external import External, as_array, held
from autodiff.core.types import ArrayLike
from autodiff.failures.nesting import brief
from autodiff.tape import nested

DOUBLE = float(np.finfo(np.float64).eps)


class Mapping:
    """`results(point)` are the results at any numbers. `pullback(weights)` is what the derivative rules say: the gradient of
    the weighted sum of the results at `self.point`."""

    point: Vector  # where the derivative is checked
    parts: list[Part]  # the arrays that the point is made of
    eps: float  # the relative rounding error of the results

    def results(self, point: Vector) -> Vector:
        raise NotImplementedError

    def pullback(self, weights: Vector) -> Vector:
        raise NotImplementedError

    def largest(self) -> float:
        """The largest number that is computed on the way to the results."""
        raise NotImplementedError

    def rounding(self, weights: Vector) -> float:
        """What rounding on the way may do to the sum of the results with these weights."""
        return self.eps * float(np.sum(np.abs(weights * self.middle)))

    @cached_property
    def middle(self) -> Vector:
        return self.results(self.point)

    @property
    def step(self) -> float:
        """The usual step: there the errors of truncation and of rounding are about equal."""
        return float(self.eps ** (1 / 3))

    @cached_property
    def scale(self) -> Vector:
        """What a step is relative to; 0 for numbers that can't move."""
        return np.where(np.isfinite(self.point), np.maximum(np.abs(self.point), 1.0), 0.0)

    def drowns(self, slope: float, h: float) -> bool:
        """Whether rounding hides a step h along a line of this slope, where the results do not move: the step changes less
        than the last digits of the largest number on the way."""
        return abs(slope) * h <= 100 * self.eps * self.largest()

    def at(self, point: Vector) -> Vector:
        """The results at a moved point; NaN outside the domain, where the function raises or gives results of another size."""
        try:
            found = self.results(point)
        except (ValueError, ArithmeticError):  # LinAlgError is a ValueError
            return np.full(self.middle.shape, np.nan)
        return found if found.shape == self.middle.shape else np.full(self.middle.shape, np.nan)

    def places(self) -> Iterator[tuple[slice, Part]]:
        """For each array of the point where its numbers stand, and how."""
        start = 0
        for part in self.parts:
            yield slice(start, start + part.size), part
            start += part.size

    def random_direction(self, rng: np.random.Generator) -> Vector:
        """A direction that moves every number, by about its scale."""
        n = self.point.size
        return np.asarray(rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.0, n) * self.scale)

    def single(self, j: int) -> Vector:
        """The direction that moves number j alone, by its scale."""
        direction = np.zeros(self.point.size)
        direction[j] = self.scale[j]
        return direction

    def square_parts(self) -> list[tuple[slice, Part]]:
        """Where the numbers of each square matrix stand."""
        return [(where, part) for where, part in self.places() if part.is_square]

    def symmetric_parts(self) -> list[tuple[slice, Part]]:
        """Where the numbers of each symmetric or Hermitian matrix stand."""
        return [(where, part) for where, part in self.square_parts() if is_hermitian(part.array(self.point[where]))]

    def symmetrized(self, vector: Vector, square: list[tuple[slice, Part]]) -> Vector:
        """The vector with these parts, each of square matrices, made Hermitian."""
        found = vector.copy()
        for where, part in square:
            matrix = part.array(found[where])
            matrix[...] = (matrix + np.conj(np.matrix_transpose(matrix))) / 2
        return found

    def reads_one_triangle(self, square: list[tuple[slice, Part]]) -> bool:
        """Whether the results do not change with the upper triangle of these square matrices, or not with the lower one."""
        direction = 0.1 * self.random_direction(np.random.default_rng(2))
        for triangle, k in ((np.triu, 1), (np.tril, -1)):
            moved = np.zeros(self.point.size)
            for where, part in square:
                part.array(moved[where])[...] = triangle(part.array(direction[where]), k)
            if np.any(moved) and np.array_equal(self.at(self.point + moved), self.middle, equal_nan=True):
                return True
        return False


def is_hermitian(x: Any) -> bool:
    """Whether square matrices are, up to rounding."""
    other = np.conj(np.matrix_transpose(x))
    return bool(np.allclose(x, other, rtol=1e-13, atol=1e-14 * float(np.max(np.abs(x)))))


def outputs_in(result: object) -> list[Any]:
    """The numbers and arrays in what a function returned. TypeError if there is none, or something else."""
    found = [x for x in nested.leaves(result) if x is not None]
    for x in found:
        if not is_numeric(as_array(raw_of(x)).dtype):
            raise TypeError(f"The function returned {brief(x)} of type {type(x).__name__}, but check_gradients takes numbers.")
    if not found:
        raise TypeError(f"The function returned {brief(result)}, so there is nothing to differentiate: return its result.")
    return found


def coarsest(arrays: Sequence[ArrayLike]) -> float:
    """The relative rounding error of the coarsest floats among boxes and arrays."""
    dtypes = {x.dtype for x in map(as_array, map(raw_of, arrays)) if is_inexact(x)}
    return max([float(np.finfo(dtype).eps) for dtype in dtypes] + [DOUBLE])


def is_checked(x: object) -> bool:
    """Whether this is a number, an array or a box that has a derivative."""
    raw = held(raw_of(x))
    is_array = isinstance(x, Box) or isinstance(raw, (np.ndarray, np.generic, External))
    return isinstance(x, (float, complex)) or (is_array and is_inexact(as_array(raw)))
