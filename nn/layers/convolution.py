"""Convolution: of images, with the axes (batch, height, width, channels), and of sequences (batch, steps, channels)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import activations, arguments, initializers, lookup, regularizers
from nn.arguments import count, flag, wrong
from nn.layers.base import ArrayLayer
from nn.layers.dense import known
from nn.typing import Array, Function, Shape


def padded(x: Array, size: tuple[int, ...], strides: tuple[int, ...], fill: float) -> Array:
    """x with a border. It has ceil(height / stride) by ceil(width / stride) windows, as for Keras's padding="same"."""
    missing = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in zip(x.shape[1:3], size, strides)]
    border = [(0, 0), *((n // 2, n - n // 2) for n in missing), (0, 0)]
    return ad.pad(x, border, constant_values=fill) if any(missing) else x


def sizes(what: str, n: Any, axes: int) -> tuple[int, ...]:
    """A size for each of the axes. One number stands for all of them."""
    kind = "a whole number, or two" if axes == 2 else "a whole number"
    several = [n] * axes if arguments.index(n) is not None else arguments.items(what, n, kind)
    if len(several) != axes:
        raise wrong(what, "a height and a width" if axes == 2 else "one number", n)
    return tuple([count(what, k) for k in several])


def check_axes(layer: Any, shape: Shape) -> None:
    """Raise ValueError unless this is the shape of images or, for a layer of one axis, of sequences."""
    if len(shape) != layer.axes + 2:
        kind = "images (batch, height, width, channels)" if layer.axes == 2 else "sequences (batch, steps, channels)"
        raise ValueError(f"{layer.name} takes {kind}, but got shape {shape}.")


def spread(x: Any, rates: tuple[int, ...], first: int = 0) -> Any:
    """x with zeros behind each number of two axes, from `first` on, so that they are so many times as long."""
    shape, (down, right) = x.shape, rates
    x = ad.reshape(x, (*shape[: first + 1], 1, shape[first + 1], 1, *shape[first + 2 :]))
    border = [(0, 0)] * x.ndim
    border[first + 1], border[first + 3] = (0, down - 1), (0, right - 1)
    return ad.reshape(ad.pad(x, border), (*shape[:first], shape[first] * down, shape[first + 1] * right, *shape[first + 2 :]))


class Windowed(ArrayLayer):
    """A layer that computes from windows of images, or of sequences."""

    axes = 2  # 1 for sequences
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(self, size: Any, strides: Any, padding: str, **options: Any) -> None:
        super().__init__(**options)
        self.size, self.strides = sizes("A window's size", size, self.axes), sizes("strides", strides, self.axes)
        self.padding = lookup.one_of("padding", padding, self.paddings)
        flat = (1,) * (2 - self.axes)  # a sequence is an image that is one number wide
        self.window, self.steps = self.size + flat, self.strides + flat

    def images(self, x: Array, fill: float = 0.0) -> Any:
        """x as images, with a border if the padding says so. Raises ValueError unless a window fits in."""
        check_axes(self, x.shape)
        x = x[:, :, None] if self.axes == 1 else x
        if self.padding == "same":
            x = padded(x, self.window, self.steps, fill)
        elif self.padding == "causal":
            x = ad.pad(x, [(0, 0), (self.window[0] - 1, 0), (0, 0), (0, 0)])
        if x.shape[1] < self.window[0] or x.shape[2] < self.window[1]:
            window, given = (self.window, x.shape[1:3]) if self.axes == 2 else (self.window[0], f"{x.shape[1]} steps long")
            raise ValueError(f"{self.name} looks through windows of {window}, but its input is {given}.")
        return x

    def back(self, y: Any) -> Any:
        """Images as what the layer was given: images or sequences."""
        return ad.convert_to_tensor(y[:, :, 0] if self.axes == 1 else y)


class Convolution(Windowed):
    """activation(windows of x times kernel + bias). The kernel has the shape (*window, channels, filters).

    dilation_rate: the numbers of a window stand so far from each other. groups: so many groups of channels have filters of
    their own, and the kernel the channels of one group.
    """

    def __init__(self, filters: int, kernel_size: int | Sequence[int], strides: int | Sequence[int] = 1,
                 padding: str = "valid", activation: str | Function | None = None, use_bias: bool = True,
                 kernel_initializer: str | Function = "glorot_uniform", bias_initializer: str | Function = "zeros",
                 kernel_regularizer: str | Function | None = None, bias_regularizer: str | Function | None = None,
                 dilation_rate: int | Sequence[int] = 1, groups: int = 1, **options: Any) -> None:  # fmt: skip
        super().__init__(kernel_size, strides, padding, **options)
        self.filters, self.groups = count("filters", filters), count("groups", groups)
        self.dilation_rate = sizes("dilation_rate", dilation_rate, self.axes)
        self.window = tuple([(n - 1) * d + 1 for n, d in zip(self.window, (*self.dilation_rate, 1))])
        if self.filters % self.groups or (max(self.dilation_rate) > 1 and max(self.strides) > 1):
            raise ValueError(
                f"{self.name} divides its filters among the groups, and has either strides or a dilation_rate, but got "
                f"{filters} filters, groups={groups}, strides={strides}, dilation_rate={dilation_rate}."
            )
        self.activation = activations.get(activation)
        self.use_bias = flag("use_bias", use_bias)
        self.kernel_initializer, self.bias_initializer = map(initializers.get, (kernel_initializer, bias_initializer))
        self.kernel_regularizer, self.bias_regularizer = map(regularizers.get, (kernel_regularizer, bias_regularizer))

    def build(self, input_shape: Shape) -> None:
        input_shape = arguments.shape("input_shape", input_shape)
        check_axes(self, input_shape)
        self.channels = known(self, input_shape[-1])
        if self.channels % self.groups:
            raise ValueError(f"{self.name} makes {self.groups} groups of channels, but there are {self.channels}.")
        shape = (*self.size, *self.ends(self.channels, self.filters))
        self.kernel = self.add_weight(shape, self.kernel_initializer, self.kernel_regularizer, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight((self.filters,), self.bias_initializer, self.bias_regularizer, name="bias")

    def ends(self, channels: int, filters: int) -> tuple[int, int]:
        """The last two sizes of the kernel."""
        return channels // self.groups, filters

    def call(self, x: Any) -> Any:
        if x.ndim == self.axes + 2 and x.shape[-1] != self.channels:
            raise ValueError(f"{self.name} was built for {self.channels} channels, but got an input of shape {x.shape}.")
        z = self.convolved(x)
        return self.activation(ad.bias_add(z, self.bias) if self.use_bias else z)

    def convolved(self, x: Any) -> Any:
        kernel = self.kernel if self.axes == 2 else self.kernel[:, None]
        if self.groups > 1:  # a kernel of all channels, which is 0 between the groups
            own = np.eye(self.groups, dtype=self.dtype)[:, None, :, None]
            height, width, channels, filters = kernel.shape
            kernel = ad.reshape(kernel, (height, width, 1, channels, self.groups, filters // self.groups)) * own
            kernel = ad.reshape(kernel, (height, width, channels * self.groups, filters))
        if max(self.dilation_rate) > 1:
            kernel = spread(kernel, (*self.dilation_rate, 1)[:2])[: self.window[0], : self.window[1]]
        return self.back(ad.conv2d(self.images(x), kernel, self.steps))


class Conv2D(Convolution):
    """activation(windows of x times kernel + bias). The kernel has the shape (height, width, channels, filters).

    Images (batch, height, width, channels) become (batch, rows, columns, filters). padding: "valid" or "same".

    >>> import numpy as np
    >>> Conv2D(8, 3, activation="relu")(np.zeros((1, 28, 28, 3))).shape
    (1, 26, 26, 8)
    """


class Conv1D(Convolution):
    """Conv2D for sequences (batch, steps, channels). The kernel has the shape (steps, channels, filters).

    padding: "valid", "same", or "causal": each result comes from its own step and those before it.

    >>> import numpy as np
    >>> Conv1D(8, 3, padding="causal")(np.zeros((1, 20, 4))).shape
    (1, 20, 8)
    """

    axes = 1
    paddings = ("valid", "same", "causal")


class Conv2DTranspose(Convolution):
    """What the gradient of a Conv2D with respect to its images computes: each number of x adds its multiple of the kernel.

    With strides the images grow: n rows become n stride ("same"), or n stride + max(0, size - stride) ("valid"). The kernel has
    the shape (height, width, filters, channels).

    >>> import numpy as np
    >>> Conv2DTranspose(8, 3, strides=2, padding="same")(np.zeros((1, 7, 7, 4))).shape
    (1, 14, 14, 8)
    """

    def ends(self, channels: int, filters: int) -> tuple[int, int]:
        return filters, channels

    def convolved(self, x: Any) -> Any:
        check_axes(self, x.shape)
        (h, w), (down, right) = self.size, self.strides
        if self.groups > 1 or max(self.dilation_rate) > 1:
            raise ValueError(f"{self.name} has neither groups nor a dilation_rate: those are of Conv1D and Conv2D.")
        if down > 1 or right > 1:
            x = spread(x, self.strides, 1)
        border = []
        for k, s in ((h, down), (w, right)):
            more = max(k - s, 0)  # rows that the windows reach beyond n * s
            before, after = (more // 2, more - more // 2) if self.padding == "same" else (0, 0)
            border.append((k - 1 - before, more - after))
        x = ad.pad(x, [(0, 0), *border, (0, 0)])
        return ad.conv2d(x, ad.transpose(self.kernel[::-1, ::-1], (0, 1, 3, 2)))
