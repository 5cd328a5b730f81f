"""Dense, and the layers that are used with it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import autodiff as ad
from nn import activations, arguments, initializers, regularizers, settings
from nn.arguments import array, at_least_0, count, flag, fraction
from nn.arrays import is_lazy, passed_later
from nn.data import is_traced
from nn.layers.base import ArrayLayer
from nn.symbols import Symbol, Symbolic
from nn.typing import ArrayLike, Function, Shape


class Dense(ArrayLayer):
    """activation(x @ kernel + bias) on the last axis of x, of shape (..., inputs); the result has shape (..., units).

    In the letters of MIT 6.S191, lecture 1: z_j = w_0j + sum_i x_i w_ij, with the kernel w and the bias w_0. Initializers and
    regularizers are names or functions. Raises ValueError for an x without a batch axis, or with another number of inputs than
    at the first call.

    >>> Dense(2)([[1.0, 2.0, 3.0]]).shape
    (1, 2)
    """

    supports_masking = True

    def __init__(self, units: int, activation: str | Function | None = None, use_bias: bool = True,
                 kernel_initializer: str | Function = "glorot_uniform", bias_initializer: str | Function = "zeros",
                 kernel_regularizer: str | Function | None = None, bias_regularizer: str | Function | None = None,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.units = count("units", units)
        self.activation = activations.get(activation)
        self.use_bias = flag("use_bias", use_bias)
        self.kernel_initializer, self.bias_initializer = map(initializers.get, (kernel_initializer, bias_initializer))
        self.kernel_regularizer, self.bias_regularizer = map(regularizers.get, (kernel_regularizer, bias_regularizer))

    def build(self, input_shape: Shape) -> None:
        input_shape = arguments.shape("input_shape", input_shape)
        if len(input_shape) < 2:
            raise ValueError(
                f"{self.name} takes a batch of shape (batch, features), but got shape {input_shape}; "
                "give one example as x[None, :]."
            )
        n = known(self, input_shape[-1])
        self.kernel = self.add_weight((n, self.units), self.kernel_initializer, self.kernel_regularizer, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight((self.units,), self.bias_initializer, self.bias_regularizer, name="bias")

    def call(self, x: Any) -> Any:
        if x.ndim < 2 or x.shape[-1] != self.kernel.shape[0]:
            n = self.kernel.shape[0]
            raise ValueError(f"{self.name} was built for {n} features, so its input is (batch, {n}), but got shape {x.shape}.")
        z = x @ self.kernel
        return self.activation(z + self.bias if self.use_bias else z)


class Perceptron(Dense):
    """The perceptron of MIT 6.S191, lecture 1: ŷ = g(w_0 + xᵀw) for each row x of a batch; the result has shape (batch, 1).

    >>> perceptron = Perceptron("sigmoid", dtype="float64")
    >>> perceptron.build((None, 2))
    >>> perceptron.set_weights([[[3.0], [-2.0]], [1.0]])  # the lecture's w = (3, -2) and w_0 = 1
    >>> round(perceptron([[-1.0, 2.0]]).item(), 3)  # g(1 + 3(-1) - 2(2)) = g(-6)
    0.002
    """

    def __init__(self, activation: str | Function | None = "sigmoid", **options: Any) -> None:
        super().__init__(1, activation, **options)


class Activation(ArrayLayer):
    """An activation as a layer. It is given by name or as a function."""

    supports_masking = True

    def __init__(self, activation: str | Function | None, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, x: Any) -> Any:
        return self.activation(x)


class Flatten(ArrayLayer):
    """Each example as one row: (batch, ...) becomes (batch, n)."""

    def call(self, x: Any) -> Any:
        if not x.ndim:
            raise ValueError(f"{self.name} takes a batch of shape (batch, ...), but got a number without axes.")
        return ad.reshape(x, (x.shape[0], -1 if x.size else int(np.prod(x.shape[1:]))))


class Dropout(ArrayLayer):
    """In training, each number becomes 0 with probability `rate`, and else is multiplied by 1 / (1 - rate). Otherwise x.

    noise_shape: the shape of the mask, which is then broadcast; None in it is the size of x. seed: use a random generator of
    its own, not that of nn. `p` is the name of the rate in MIT 6.S191, lecture 1. Raises ValueError for a rate outside [0, 1].

    >>> Dropout(0.5)([[1.0, 2.0]]).tolist()
    [[1.0, 2.0]]
    """

    supports_masking = True
    shared: Shape | None = None  # the usual noise_shape

    def __init__(self, rate: float = 0.5, noise_shape: Shape | None = None, seed: int | None = None,
                 p: float | None = None, **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.rate = fraction("A dropout rate", rate if p is None else p)
        self.noise_shape = None if noise_shape is None else arguments.shape("noise_shape", noise_shape)
        self.seed, self.stream = seed, None if seed is None else settings.seeded(seed)

    def call(self, x: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return x
        stream = self.stream or settings.generator()
        shape = [n or size for n, size in zip(self.noise_shape or self.shared or x.shape, x.shape)]
        kept = ad.random_draw(stream.random, shape, dtype=np.float32) >= self.rate
        return x * ad.named((kept * (1 / (1 - self.rate) if self.rate < 1 else 0.0)).astype(x.dtype), "mask")


class SpatialDropout1D(Dropout):
    """Dropout of whole channels of sequences (batch, steps, channels)."""

    shared = (None, 1, None)


class SpatialDropout2D(Dropout):
    """Dropout of whole channels of images (batch, height, width, channels)."""

    shared = (None, 1, 1, None)


class GaussianNoise(ArrayLayer):
    """In training, x plus normal numbers of mean 0 and standard deviation `stddev`. Otherwise x. seed: as of Dropout.

    >>> GaussianNoise(0.1)([[1.0, 2.0]]).tolist()
    [[1.0, 2.0]]
    """

    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.stddev, self.seed = at_least_0("stddev", stddev), seed
        self.stream = None if seed is None else settings.seeded(seed)

    def call(self, x: Any, training: bool = False) -> Any:
        if not training or self.stddev == 0:
            return x
        stream = self.stream or settings.generator()
        noise = self.stddev * ad.random_draw(stream.standard_normal, x.shape, dtype=np.float32).astype(x.dtype)
        return x + ad.named(noise, "noise")


class Embedding(ArrayLayer):
    """A row of `embeddings`, of shape (input_dim, output_dim), for each integer in x. Raises ValueError outside [0, input_dim).

    mask_zero: 0 stands for a step that is not there. The layers behind are told so by a mask.

    >>> Embedding(10, 4)([[1, 2, 3]]).shape
    (1, 3, 4)
    """

    def __init__(self, input_dim: int, output_dim: int, embeddings_initializer: str | Function = "random_uniform",
                 embeddings_regularizer: str | Function | None = None, mask_zero: bool = False,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.mask_zero = self._makes_mask = self.supports_masking = flag("mask_zero", mask_zero)
        self.input_dim, self.output_dim = count("input_dim", input_dim), count("output_dim", output_dim)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)

    def build(self, input_shape: Shape) -> None:
        shape = (self.input_dim, self.output_dim)
        self.embeddings = self.add_weight(shape, self.embeddings_initializer, self.embeddings_regularizer, name="embeddings")

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return np.not_equal(ad.convert_to_tensor(x), 0) if self.mask_zero else None

    def cast(self, x: Any) -> Any:
        if isinstance(x, Symbol):
            raise Symbolic
        check = functools.partial(places, self.name, self.input_dim)
        if not is_lazy(x):
            return ad.py_function(check, x)
        dtype = x.dtype if x.dtype.kind in "iu" else int
        return x.astype(dtype) if is_traced(x) else passed_later(check, x, dtype)

    def call(self, x: Any) -> Any:
        return self.embeddings[ad.convert_to_tensor(x)]  # by a box in each case, so that a trace rounds as the rest does


def places(name: str, rows: int, x: ArrayLike) -> np.ndarray:
    """x as numbers of rows. Raises ValueError for others."""
    x = array("x", x)
    if x.dtype.kind not in "iu":
        whole = x.astype(int) if x.dtype.kind == "f" and np.isfinite(x).all() else None
        if whole is None or not np.array_equal(whole, x):
            raise ValueError(f"{name} looks up rows by whole numbers, but got {x.dtype}, with fractions or NaN.")
        x = whole
    if x.size and not 0 <= x.min() <= x.max() < rows:
        raise ValueError(f"{name} has rows [0, {rows}), but was asked for {x.min().item()} to {x.max().item()}.")
    return x


def known(layer: ArrayLayer, size: int | None) -> int:
    """A size that `build` was given. Raises ValueError if it is None."""
    if size is None:
        raise ValueError(f"{layer.name} needs to know the last size of its input to be built, but was told None.")
    return count(f"The last size of the input of {layer.name}", size)
