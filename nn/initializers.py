"""Initializers: functions of (shape, dtype) that return the first numbers of a weight.

All draw from the random generator of nn (`nn.set_random_seed`). An initializer with a seed has a generator of its own, which
goes on from call to call.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from nn import arguments, lookup, settings
from nn.arguments import array, number, one, positive
from nn.reprs import described
from nn.settings import generator
from nn.typing import ArrayLike, DType, Function

CUT = 0.87962566103423978  # the standard deviation of a standard normal variable cut off at 2


class Initializer:
    """A function of (shape, dtype). Subclasses return the numbers, in float64, from `draw(stream, shape)`."""

    def __init__(self, seed: int | None = None) -> None:
        self.stream = None if seed is None else settings.seeded(seed)

    __repr__ = described

    def __call__(self, shape: Sequence[int], dtype: DType = None) -> np.ndarray:
        stream = generator() if self.stream is None else self.stream
        sizes = arguments.shape("shape", shape, unknown=False)
        return np.asarray(self.draw(stream, sizes), settings.floatx() if dtype is None else settings.dtype_of(dtype))

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        raise NotImplementedError(f"{type(self).__name__} does not say what it draws: define draw(self, stream, shape).")


class Constant(Initializer):
    """`value` everywhere."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = array("value", value)

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        return np.full(shape, self.value)


class Zeros(Constant):
    """0 everywhere."""

    def __init__(self) -> None:
        super().__init__(0.0)


class Ones(Constant):
    """1 everywhere."""

    def __init__(self) -> None:
        super().__init__(1.0)


class RandomUniform(Initializer):
    """Uniform in [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = number("minval", minval), number("maxval", maxval)
        number("maxval - minval", self.maxval - self.minval, 0.0, sys.float_info.max, "a finite number, 0 or more")

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        return stream.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normal with this mean and standard deviation."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = number("mean", mean), number("stddev", stddev)

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        return self.mean + self.stddev * stream.standard_normal(shape)


class TruncatedNormal(RandomNormal):
    """Normal. Numbers beyond two standard deviations are drawn again."""

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        z = np.asarray(stream.standard_normal(shape))
        while np.any(far := np.abs(z) > 2):
            z[far] = stream.standard_normal(np.count_nonzero(far))
        return self.mean + self.stddev * z


class VarianceScaling(Initializer):
    """Numbers of mean 0 and variance scale / n.

    mode: what n is. "fan_in" is the number of inputs of a unit, "fan_out" that of its outputs, "fan_avg" their mean.
    distribution: "uniform", "untruncated_normal", or "truncated_normal", which is cut at two standard deviations.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.scale = positive("scale", scale)
        self.mode = lookup.one_of("mode", mode, ("fan_in", "fan_out", "fan_avg"))
        kinds = ("truncated_normal", "untruncated_normal", "uniform")
        self.distribution = lookup.one_of("distribution", distribution, kinds)

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        n_in, n_out = fans(shape)
        n = {"fan_in": n_in, "fan_out": n_out, "fan_avg": (n_in + n_out) / 2}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, n))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * deviation
            return stream.uniform(-limit, limit, shape)
        if self.distribution == "truncated_normal":
            return TruncatedNormal(0.0, deviation / CUT).draw(stream, shape)
        return RandomNormal(0.0, deviation).draw(stream, shape)


class Orthogonal(Initializer):
    """`gain` times a matrix with orthonormal columns, or orthonormal rows if there are fewer rows (Saxe et al., 2014).

    All axes but the last count as one. The matrix is the Q of a matrix of normal numbers, with the signs that make every such
    matrix equally likely.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number("gain", gain)

    def draw(self, stream: np.random.Generator, shape: tuple[int, ...]) -> ArrayLike:
        if len(shape) < 2:
            raise ValueError(f"A matrix is orthogonal, but the shape to fill is {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(stream.standard_normal((max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """(the inputs of a unit, its outputs) for a kernel of shape (..., inputs, outputs)."""
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class GlorotUniform(VarianceScaling):
    """VarianceScaling(1.0, "fan_avg", "uniform") (Glorot and Bengio, 2010)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """VarianceScaling(1.0, "fan_avg", "truncated_normal") (Glorot and Bengio, 2010)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """VarianceScaling(2.0, "fan_in", "uniform") (He et al., 2015)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """VarianceScaling(2.0, "fan_in", "truncated_normal") (He et al., 2015)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """VarianceScaling(1.0, "fan_in", "uniform") (LeCun et al., 1998)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """VarianceScaling(1.0, "fan_in", "truncated_normal") (LeCun et al., 1998)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


NAMES = lookup.table(
    Constant, Zeros, Ones, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling, GlorotUniform, GlorotNormal,
    HeUniform, HeNormal, LecunUniform, LecunNormal, Orthogonal, uniform=RandomUniform, normal=RandomNormal,
)  # fmt: skip
__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Initializer", "LecunNormal", "LecunUniform", "Ones",
    "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros",
]  # fmt: skip


def first_numbers(shape_or_name: Any, initializer: Any, name: str | None, shape: Any, dtype: DType,
                  usual: str) -> tuple[Any, str | None]:  # fmt: skip
    """(The first numbers of a weight, its name). The shape stands first, as in Keras 3, or the name and then the shape, as in
    Keras 2: (3, 2), "zeros" or "kernel", (3, 2). usual: the initializer where none is given."""
    if isinstance(shape_or_name, str):
        if shape is None and not isinstance(initializer, str) and not callable(initializer):
            shape, initializer = initializer, usual
        shape_or_name, name = (), shape_or_name if name is None else name
    size = arguments.shape("shape", shape_or_name if shape is None else shape, unknown=False)
    return settings.placed(get(initializer)(size, dtype)), None if name is None else one("name", name, "text", str)


def get(initializer: str | Function) -> Function:
    """The initializer of that name. A function of (shape, dtype) stays as it is. Raises ValueError for an unknown name."""
    return lookup.resolve("initializer", initializer, NAMES)
