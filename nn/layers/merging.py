"""Layers of several arrays: sums, products, and arrays side by side. Each is also a function of the arrays: add([x, y])."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import arguments
from nn.arguments import flag, wrong
from nn.layers.base import Layer
from nn.masks import aligned
from nn.typing import Axis, Function


class Merge(Layer):
    """A layer of several arrays, given in a list. Of arrays with fewer axes the batch stays the first one."""

    function: Function  # of two arrays
    of_two = False  # takes two arrays, and not more

    def cast(self, x: Any) -> Any:
        if isinstance(x, (list, tuple)):
            return [super(Merge, self).cast(part) for part in x]
        return super().cast(x)

    def cast_several(self, x: Any) -> Any:
        raise wrong(f"The input of {self.name}", "a list of arrays", x)

    def call(self, several: Any) -> Any:
        several = self.checked(several)
        axes = max(x.ndim for x in several)
        parts = [ad.reshape(x, (x.shape[0], *[1] * (axes - x.ndim), *x.shape[1:])) if x.ndim < axes else x for x in several]
        return functools.reduce(type(self).function, parts)

    def checked(self, several: Any) -> list[Any]:
        """The arrays. Raises ValueError unless they are a list of arrays with a batch axis."""
        if not isinstance(several, list) or not all(x.ndim for x in several):
            raise wrong(f"The input of {self.name}", "a list of arrays, each with a row for each example", several)
        if self.of_two and len(several) != 2:
            raise ValueError(f"{self.name} takes two arrays, but got {len(several)}.")
        return several

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """A step is there if it is there in one of the arrays; None if one of them has no mask."""
        return None if mask is None or any(m is None for m in mask) else functools.reduce(np.logical_or, mask)


class Add(Merge):
    """The sum of arrays.

    >>> Add()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
    [[11.0, 22.0]]
    """

    function = staticmethod(ad.add)


class Subtract(Merge):
    """The first of two arrays minus the second."""

    function = staticmethod(ad.subtract)
    of_two = True


class Multiply(Merge):
    """The product of arrays, number by number."""

    function = staticmethod(ad.multiply)


class Average(Merge):
    """The mean of arrays, number by number."""

    function = staticmethod(ad.add)

    def call(self, several: Any) -> Any:
        return super().call(several) / len(several)


class Maximum(Merge):
    """The larger of the numbers of arrays."""

    function = staticmethod(ad.maximum)


class Minimum(Merge):
    """The smaller of the numbers of arrays."""

    function = staticmethod(ad.minimum)


class Concatenate(Merge):
    """Arrays one behind the other along `axis`.

    >>> Concatenate()([[[1.0, 2.0]], [[3.0]]]).tolist()
    [[1.0, 2.0, 3.0]]
    """

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = arguments.count("axis", axis, -arguments.LARGEST)

    def call(self, several: Any) -> Any:
        return ad.concatenate(self.checked(several), axis=self.axis)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        """A step is there if one of its numbers is; the steps of an array without a mask are."""
        if mask is None:
            return None
        parts = [ad.broadcast_to(True if m is None else aligned(m, np.ndim(a)), np.shape(a)) for a, m in zip(x, mask)]
        return np.any(ad.concatenate(parts, axis=self.axis), axis=-1)


class Dot(Merge):
    """The products of two arrays, summed over an axis of each, for each example. axes: one number for both, or two.

    normalize: of vectors of length 1, so that the result is the cosine of their angle.

    >>> Dot(1)([[[1.0, 2.0]], [[3.0, 4.0]]]).tolist()
    [[11.0]]
    """

    of_two = True

    def __init__(self, axes: Axis, normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.axes, self.normalize = arguments.axes("axes", axes), flag("normalize", normalize)

    def call(self, several: Any) -> Any:
        x, y = self.checked(several)
        a, b = ((self.axes, self.axes) if isinstance(self.axes, int) else self.axes)
        a, b = a % x.ndim, b % y.ndim
        if not (a and b) or x.shape[a] != y.shape[b]:
            raise ValueError(f"{self.name} sums over the axes {self.axes}, but its arrays have shapes {x.shape} and {y.shape}.")
        if self.normalize:
            x, y = (z / np.sqrt(np.maximum(ad.sum(z * z, axis=n, keepdims=True), 1e-12)) for z, n in ((x, a), (y, b)))
        first, second = [*range(1, x.ndim)], [*range(x.ndim, x.ndim + y.ndim - 1)]
        second[b - 1] = a
        kept = [n for n in (*first, *second) if n != a]
        z = ad.einsum(x, [0, *first], y, [0, *second], [0, *kept])
        return z[:, None] if z.ndim == 1 else z

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None


def add(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Add()(inputs)."""
    return Add(name=name)(inputs)


def subtract(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Subtract()(inputs)."""
    return Subtract(name=name)(inputs)


def multiply(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Multiply()(inputs)."""
    return Multiply(name=name)(inputs)


def average(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Average()(inputs)."""
    return Average(name=name)(inputs)


def maximum(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Maximum()(inputs)."""
    return Maximum(name=name)(inputs)


def minimum(inputs: Sequence[Any], name: str | None = None) -> Any:
    """Minimum()(inputs)."""
    return Minimum(name=name)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, name: str | None = None) -> Any:
    """Concatenate(axis)(inputs)."""
    return Concatenate(axis, name=name)(inputs)


def dot(inputs: Sequence[Any], axes: Axis, normalize: bool = False, name: str | None = None) -> Any:
    """Dot(axes, normalize)(inputs)."""
    return Dot(axes, normalize, name=name)(inputs)
