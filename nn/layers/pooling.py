"""Pooling: one number for each window of images or sequences, or for all of it; and layers that change the size of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import lookup
from nn.arguments import count, flag, index, items, wrong
from nn.layers.base import ArrayLayer
from nn.layers.convolution import Windowed, check_axes, sizes
from nn.masks import aligned
from nn.typing import Array


class Pooling(Windowed):
    """One number for each window and channel. strides: by default pool_size."""

    def __init__(self, pool_size: int | Sequence[int] = 2, strides: int | Sequence[int] | None = None,
                 padding: str = "valid", **options: Any) -> None:  # fmt: skip
        super().__init__(pool_size, pool_size if strides is None else strides, padding, **options)


class MaxPool2D(Pooling):
    """The largest number of each window, for each channel. Equal numbers share the gradient. strides: by default pool_size.

    >>> import numpy as np
    >>> MaxPool2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).numpy().squeeze().tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    def call(self, x: Any) -> Any:
        return self.back(ad.max_pool2d(self.images(x, -np.inf), self.window, self.steps))


class MaxPool1D(MaxPool2D):
    """MaxPool2D for sequences (batch, steps, channels)."""

    axes = 1


class AveragePooling2D(Pooling):
    """The mean of each window, for each channel; of a window that reaches beyond the image, that of what is inside.

    >>> import numpy as np
    >>> AveragePooling2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).numpy().squeeze().tolist()
    [[2.5, 4.5], [10.5, 12.5]]
    """

    def call(self, x: Any) -> Any:
        many = self.sums(self.images(np.ones((1, *x.shape[1:-1], 1), self.dtype)))
        return self.back(self.sums(self.images(x)) * (1.0 / many))

    def sums(self, x: Array) -> Any:
        """The sums of the windows: along columns, then along rows."""
        for axis, size, stride in zip((1, 2), self.window, self.steps):
            last = x.shape[axis] - size + 1
            x = sum([x[(slice(None),) * axis + (slice(k, k + last, stride),)] for k in range(size)])
        return x


class AveragePooling1D(AveragePooling2D):
    """AveragePooling2D for sequences (batch, steps, channels)."""

    axes = 1


class GlobalPooling(ArrayLayer):
    """One number for each channel of images or sequences. keepdims: the other axes stay, with one number."""

    axes = 2

    def __init__(self, keepdims: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.keepdims = flag("keepdims", keepdims)

    def over(self, x: Array) -> dict[str, Any]:
        check_axes(self, x.shape)
        return dict(axis=tuple(range(1, 1 + self.axes)), keepdims=self.keepdims)


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel of images."""

    def call(self, x: Any) -> Any:
        return ad.convert_to_tensor(ad.mean(x, **self.over(x)))


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel of images."""

    def call(self, x: Any) -> Any:
        return ad.convert_to_tensor(ad.max(x, **self.over(x)))


class GlobalMaxPooling1D(GlobalMaxPooling2D):
    """The largest number of each channel of sequences."""

    axes = 1


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel of sequences, over the steps that are there; 0 if there are none.

    >>> GlobalAveragePooling1D()([[[1.0], [3.0], [9.0]]], mask=[[True, True, False]]).tolist()
    [[2.0]]
    """

    axes = 1

    def call(self, x: Any, mask: Any = None) -> Any:
        over = self.over(x)
        if mask is None:
            return ad.convert_to_tensor(ad.mean(x, **over))
        there = aligned(mask, 3).astype(bool).astype(self.dtype)
        many = ad.sum(there, **over)
        return ad.sum(x * there, **over) / (many + np.equal(many, 0))

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return None


class UpSampling2D(ArrayLayer):
    """Each row and column of images so many times. interpolation: "nearest"; no other is here."""

    def __init__(self, size: int | Sequence[int] = (2, 2), interpolation: str = "nearest", **options: Any) -> None:
        super().__init__(**options)
        self.size, self.interpolation = sizes("size", size, 2), lookup.one_of("interpolation", interpolation, ("nearest",))

    axes = 2

    def call(self, x: Any) -> Any:
        check_axes(self, x.shape)
        return ad.repeat(ad.repeat(x, self.size[0], axis=1), self.size[1], axis=2)


class ZeroPadding2D(ArrayLayer):
    """Images with a border of zeros: of this width, of (height, width), or of ((top, bottom), (left, right))."""

    def __init__(self, padding: Any = (1, 1), **options: Any) -> None:
        super().__init__(**options)
        sides = [padding, padding] if index(padding) is not None else items("padding", padding)
        self.padding = [(n, n) if index(n) is not None else tuple(items("padding", n)) for n in sides]
        if [len(pair) for pair in self.padding] != [2, 2]:
            raise wrong("padding", "a width, (height, width) or ((top, bottom), (left, right))", padding)
        for n in (*self.padding[0], *self.padding[1]):
            count("padding", n, 0)

    axes = 2

    def call(self, x: Any) -> Any:
        check_axes(self, x.shape)
        return ad.pad(x, [(0, 0), *self.padding, (0, 0)])


MaxPooling1D, MaxPooling2D = MaxPool1D, MaxPool2D  # Keras has both names
