"""Convolution and pooling of images, with the axes (batch, height, width, channels)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import activations, arguments, initializers, lookup, regularizers
from nn.arguments import count, flag
from nn.layers.base import ArrayLayer
from nn.layers.dense import known
from nn.typing import Array, Function, Shape


def padded(x: Array, size: tuple[int, ...], strides: tuple[int, ...], fill: float) -> Array:
    """x with a border. It has ceil(height / stride) by ceil(width / stride) windows, as for Keras's padding="same"."""
    missing = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in zip(x.shape[1:3], size, strides)]
    border = [(0, 0), *((n // 2, n - n // 2) for n in missing), (0, 0)]
    return ad.pad(x, border, constant_values=fill) if any(missing) else x


def pair(what: str, n: Any) -> tuple[int, ...]:
    """A size for each of the two axes. One number stands for both."""
    several = [n, n] if arguments.index(n) is not None else arguments.items(what, n, "a whole number, or two")
    return tuple(count(what, k) for k in several)


class Windowed(ArrayLayer):
    """A layer that computes from windows of images."""

    def __init__(self, size: Any, strides: Any, padding: str, **options: Any) -> None:
        super().__init__(**options)
        self.size, self.strides = pair("A window's size", size), pair("strides", strides)
        if len(self.size) != 2 or len(self.strides) != 2:
            raise ValueError(f"Windows and strides have a height and a width, but got {self.size} and {self.strides}.")
        self.padding = lookup.one_of("padding", padding, ("valid", "same"))

    def bordered(self, x: Array, fill: float = 0.0) -> Any:
        """x, with a border if padding="same". Raises ValueError unless x is images that a window fits in."""
        if x.ndim != 4:
            raise ValueError(f"{self.name} takes images (batch, height, width, channels), but got shape {x.shape}.")
        if self.padding == "same":
            x = padded(x, self.size, self.strides, fill)
        if x.shape[1] < self.size[0] or x.shape[2] < self.size[1]:
            raise ValueError(f"{self.name} looks through windows of {self.size}, but its images are {x.shape[1:3]}.")
        return x


class Conv2D(Windowed):
    """activation(windows of x times kernel + bias). The kernel has the shape (height, width, channels, filters).

    Images (batch, height, width, channels) become (batch, rows, columns, filters). padding: "valid" or "same".

    >>> import numpy as np
    >>> Conv2D(8, 3, activation="relu")(np.zeros((1, 28, 28, 3))).shape
    (1, 26, 26, 8)
    """

    def __init__(self, filters: int, kernel_size: int | Sequence[int], strides: int | Sequence[int] = (1, 1),
                 padding: str = "valid", activation: str | Function | None = None, use_bias: bool = True,
                 kernel_initializer: str | Function = "glorot_uniform", bias_initializer: str | Function = "zeros",
                 kernel_regularizer: str | Function | None = None, bias_regularizer: str | Function | None = None,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(kernel_size, strides, padding, **options)
        self.filters = count("filters", filters)
        self.activation = activations.get(activation)
        self.use_bias = flag("use_bias", use_bias)
        self.kernel_initializer, self.bias_initializer = map(initializers.get, (kernel_initializer, bias_initializer))
        self.kernel_regularizer, self.bias_regularizer = map(regularizers.get, (kernel_regularizer, bias_regularizer))

    def build(self, input_shape: Shape) -> None:
        input_shape = arguments.shape("input_shape", input_shape)
        if len(input_shape) != 4:
            raise ValueError(f"{self.name} takes images (batch, height, width, channels), but got shape {input_shape}.")
        shape = (*self.size, known(self, input_shape[-1]), self.filters)
        self.kernel = self.add_weight(shape, self.kernel_initializer, self.kernel_regularizer, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight((self.filters,), self.bias_initializer, self.bias_regularizer, name="bias")

    def call(self, x: Any) -> Any:
        if x.ndim == 4 and x.shape[-1] != self.kernel.shape[2]:
            raise ValueError(f"{self.name} was built for {self.kernel.shape[2]} channels, but got images of shape {x.shape}.")
        z = ad.conv2d(self.bordered(x), self.kernel, self.strides)
        return self.activation(ad.bias_add(z, self.bias) if self.use_bias else z)


class MaxPool2D(Windowed):
    """The largest number of each window, for each channel. Equal numbers share the gradient. strides: by default pool_size.

    >>> import numpy as np
    >>> MaxPool2D(2)(np.arange(16.0).reshape(1, 4, 4, 1)).numpy().squeeze().tolist()
    [[5.0, 7.0], [13.0, 15.0]]
    """

    def __init__(self, pool_size: int | Sequence[int] = (2, 2), strides: int | Sequence[int] | None = None,
                 padding: str = "valid", **options: Any) -> None:  # fmt: skip
        super().__init__(pool_size, pool_size if strides is None else strides, padding, **options)

    def call(self, x: Any) -> Any:
        return ad.convert_to_tensor(ad.max_pool2d(self.bordered(x, -np.inf), self.size, self.strides))


MaxPooling2D = MaxPool2D  # Keras has both names
