"""A function whose derivative is checked, seen as one from a vector of numbers to a vector of results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from autodiff.check.differences import Vector
from autodiff.core.box import Box, raw_of
from autodiff.core.types import ArrayLike
from autodiff.failures.nesting import brief
from autodiff.tape import nested

DOUBLE = float(np.finfo(np.float64).eps)


class Mapping:
    """`results(point)` are the results at any numbers. `pullback(weights)` is what the derivative rules say: the gradient of
    the weighted sum of the results at `self.point`."""

    point: Vector  # where the derivative is checked
    shapes: list[tuple[int, ...]]  # of the arrays that the point is made of
    eps: float  # the relative rounding error of the results

    def results(self, point: Vector) -> Vector:
        raise NotImplementedError

    def pullback(self, weights: Vector) -> Vector:
        raise NotImplementedError

    def largest(self) -> float:
        """The largest number that is computed on the way to the results."""
        raise NotImplementedError

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

    def parts(self) -> Iterator[tuple[slice, tuple[int, ...]]]:
        """For each array of the point where its numbers stand, and its shape."""
        start = 0
        for shape in self.shapes:
            stop = start + int(np.prod(shape))
            yield slice(start, stop), shape
            start = stop

    def random_direction(self, rng: np.random.Generator) -> Vector:
        """A direction that moves every number, by about its scale."""
        n = self.point.size
        return np.asarray(rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.0, n) * self.scale)

    def single(self, j: int) -> Vector:
        """The direction that moves number j alone, by its scale."""
        direction = np.zeros(self.point.size)
        direction[j] = self.scale[j]
        return direction

    def symmetric_parts(self) -> list[slice]:
        """Where the numbers of each symmetric matrix stand."""
        return [where for where, shape in self.parts() if is_square(shape) and is_symmetric(self.point[where].reshape(shape))]

    def square_parts(self) -> list[slice]:
        """Where the numbers of each square matrix stand."""
        return [where for where, shape in self.parts() if is_square(shape)]

    def symmetrized(self, vector: Vector, where: list[slice]) -> Vector:
        """The vector with these parts, each of square matrices, made symmetric."""
        found, shapes = vector.copy(), {part.start: shape for part, shape in self.parts()}
        for part in where:
            matrix = found[part].reshape(shapes[part.start])
            found[part] = ((matrix + np.matrix_transpose(matrix)) / 2).ravel()
        return found

    def reads_one_triangle(self, where: list[slice]) -> bool:
        """Whether the results do not change with the upper triangle of these square matrices, or not with the lower one."""
        direction = 0.1 * self.random_direction(np.random.default_rng(2))
        shapes = {part.start: shape for part, shape in self.parts()}
        for triangle, k in ((np.triu, 1), (np.tril, -1)):
            moved = np.zeros(self.point.size)
            for part in where:
                moved[part] = triangle(direction[part].reshape(shapes[part.start]), k).ravel()
            if np.any(moved) and np.array_equal(self.at(self.point + moved), self.middle, equal_nan=True):
                return True
        return False


def is_square(shape: tuple[int, ...]) -> bool:
    """Whether an array is a matrix of at least 2 x 2 with as many rows as columns, or a stack of such."""
    return len(shape) > 1 and shape[-1] == shape[-2] > 1 and 0 not in shape


def is_symmetric(x: Vector) -> bool:
    """Whether square matrices are symmetric, up to rounding."""
    return bool(np.allclose(x, np.matrix_transpose(x), rtol=1e-13, atol=1e-14 * float(np.max(np.abs(x)))))


def flat(parts: Sequence[ArrayLike]) -> Vector:
    """All numbers of several arrays as one float64 vector."""
    return np.concatenate([np.zeros(0), *[np.asarray(raw_of(x), dtype=np.float64).ravel() for x in parts]])


def unflat(vector: Vector, shapes: list[tuple[int, ...]]) -> list[Vector]:
    """The vector in parts of these shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [vector[end - int(np.prod(shape)) : end].reshape(shape) for end, shape in zip(ends, shapes)]


def outputs_in(result: object) -> list[Any]:
    """The numbers and arrays in what a function returned. TypeError if there is none, or something else."""
    found = [x for x in nested.leaves(result) if x is not None]
    for x in found:
        kind = np.asarray(raw_of(x)).dtype.kind
        if kind == "c":
            raise TypeError(
                "The function returned complex numbers, which have no derivative here: return their real and imaginary parts."
            )
        if kind not in "fiub":
            raise TypeError(f"The function returned {brief(x)} of type {type(x).__name__}, but check_gradients takes numbers.")
    if not found:
        raise TypeError(f"The function returned {brief(result)}, so there is nothing to differentiate: return its result.")
    return found


def coarsest(arrays: Sequence[ArrayLike]) -> float:
    """The relative rounding error of the coarsest floats among boxes and arrays."""
    dtypes = {np.asarray(raw_of(x)).dtype for x in arrays}
    return max([float(np.finfo(d).eps) for d in dtypes if d.kind == "f"] + [DOUBLE])


def is_float(x: object) -> bool:
    is_array = isinstance(x, (Box, np.ndarray, np.generic))
    return isinstance(x, float) or (is_array and np.asarray(raw_of(x)).dtype.kind == "f")
