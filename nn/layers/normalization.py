"""Normalization: layers that scale their input to mean 0 and variance 1, and then by a learned factor and offset."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn import arguments, settings
from nn.arguments import flag, number
from nn.arrays import computed, is_lazy
from nn.layers.base import ArrayLayer
from nn.layers.dense import known
from nn.masks import aligned
from nn.typing import Array, ArrayLike, Axis, Shape


class Scaled(ArrayLayer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta. Subclasses compute the mean and the variance."""

    supports_masking = True

    def __init__(self, axis: Axis = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.axis, self.epsilon = arguments.axes("axis", axis), number("epsilon", epsilon)
        self.center, self.scale = flag("center", center), flag("scale", scale)

    def build(self, input_shape: Shape) -> None:
        input_shape = arguments.shape("input_shape", input_shape)
        self.rank = len(input_shape)
        axes = (self.axis,) if isinstance(self.axis, int) else self.axis
        if not all(-self.rank <= axis < self.rank and axis % self.rank for axis in axes):
            raise ValueError(f"{self.name} is for axis {self.axis} after the batch, but its input has shape {input_shape}.")
        self.own = tuple(sorted(axis % self.rank for axis in axes))  # the axes along which gamma and beta differ
        self.shape = tuple(known(self, input_shape[axis]) for axis in self.own)
        if self.scale:
            self.gamma = self.add_weight(self.shape, "ones", name="gamma")
        if self.center:
            self.beta = self.add_weight(self.shape, "zeros", name="beta")

    def check(self, x: Array) -> None:
        """Raise ValueError unless x has the number of axes, and the sizes, that the layer was built for."""
        if x.ndim != self.rank or tuple(x.shape[axis] for axis in self.own) != self.shape:
            raise ValueError(
                f"{self.name} was built for {self.rank} axes, with sizes {self.shape} along {self.own}, but got {x.shape}."
            )

    def scaled(self, y: Array) -> Any:
        """y times gamma plus beta."""
        y = y * self.aligned(self.gamma, y) if self.scale else y
        return y + self.aligned(self.beta, y) if self.center else y

    def aligned(self, numbers: Array, x: Array) -> Any:
        """The numbers, of the shape `self.shape`, so that they broadcast against x along the layer's own axes."""
        if self.own == tuple(range(self.rank - len(self.own), self.rank)):
            return numbers
        return ad.reshape(numbers, [x.shape[axis] if axis in self.own else 1 for axis in range(self.rank)])


class BatchNormalization(Scaled):
    """Mean and variance over the batch, for each index along `axis` (Ioffe and Szegedy, 2015).

    In training they are those of the batch, without the steps that a mask says are not there, and update the moving averages:
    average <- momentum average + (1 - momentum) batch's. Outside training the moving averages are used.

    >>> import nn
    >>> with nn.training():
    ...     BatchNormalization(epsilon=0, dtype="float64")([[1.0], [3.0]]).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(self, axis: Axis = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True,
                 scale: bool = True, **options: Any) -> None:  # fmt: skip
        super().__init__(axis, epsilon, center, scale, **options)
        self.momentum = number("momentum", momentum)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.moving_mean = self.add_weight(self.shape, "zeros", trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(self.shape, "ones", trainable=False, name="moving_variance")

    def call(self, x: Any, training: bool = False, mask: Any = None) -> Any:
        self.check(x)
        if not (training and self.trainable):
            mean, variance = (self.aligned(average, x) for average in (self.moving_mean, self.moving_variance))
            return self.scaled((x - mean) * (1.0 / np.sqrt(variance + self.epsilon)))
        others = tuple(axis for axis in range(self.rank) if axis not in self.own)
        if mask is None:
            numbers = ad.stop_gradient(x)
            self.update(ad.mean(numbers, axis=others), ad.var(numbers, axis=others))
            return self.scaled(ad.standardize(x, axis=others, epsilon=self.epsilon))
        there = ad.broadcast_to(aligned(mask, x.ndim).astype(bool).astype(self.dtype), x.shape)
        many = ad.sum(there, axis=others, keepdims=True) + 1e-7  # as in Keras, should there be none
        mean = ad.sum(x * there, axis=others, keepdims=True) / many
        variance = ad.sum((x - mean) * (x - mean) * there, axis=others, keepdims=True) / many
        self.update(*[ad.reshape(ad.stop_gradient(numbers), self.shape) for numbers in (mean, variance)])
        return self.scaled((x - mean) * (1.0 / np.sqrt(variance + self.epsilon)))

    def update(self, mean: Any, variance: Any) -> None:
        """Take the mean and variance of a batch into the moving averages. TypeError for a batch that is not computed yet."""
        if is_lazy(mean):
            raise TypeError(
                f"{self.name} keeps moving averages, which are numbers, and a batch of Dask's has none yet: model.fit computes "
                "a chunk at a time, and in a loop of your own x.compute() is the batch in memory."
            )
        for average, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(self.momentum * average + (1 - self.momentum) * batch)


class LayerNormalization(Scaled):
    """Mean and variance along `axis`, for each example separately (Ba et al., 2016).

    >>> LayerNormalization(epsilon=0, dtype="float64")([[1.0, 3.0]]).tolist()
    [[-1.0, 1.0]]
    """

    def call(self, x: Any) -> Any:
        self.check(x)
        return self.scaled(ad.standardize(x, axis=self.own, epsilon=self.epsilon))


class RMSNormalization(Scaled):
    """x / sqrt(mean(x^2) + epsilon) * scale, with the mean along `axis` (Zhang and Sennrich, 2019).

    >>> RMSNormalization(epsilon=0, dtype="float64")([[3.0, 3.0]]).tolist()
    [[1.0, 1.0]]
    """

    known_as = "rms_normalization"

    def __init__(self, axis: Axis = -1, epsilon: float = 1e-6, **options: Any) -> None:
        super().__init__(axis, epsilon, False, False, **options)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.scale = self.add_weight(self.shape, "ones", name="scale")

    def call(self, x: Any) -> Any:
        self.check(x)
        return x * (1.0 / np.sqrt(ad.mean(x * x, axis=self.own, keepdims=True) + self.epsilon)) * self.aligned(self.scale, x)


class GroupNormalization(Scaled):
    """Mean and variance of each group of neighbouring channels along `axis`, for each example (Wu and He, 2018).

    groups: how many groups there are; -1 is one for each channel.

    >>> GroupNormalization(2, epsilon=0, dtype="float64")([[1.0, 3.0, 10.0, 20.0]]).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    def __init__(self, groups: int = 32, axis: int = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(arguments.count("axis", axis, -arguments.LARGEST), epsilon, center, scale, **options)
        self.groups = -1 if groups == -1 else arguments.count("groups", groups)

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if self.shape[0] % self.groups:
            raise ValueError(f"{self.name} makes {self.groups} groups of channels, but there are {self.shape[0]}.")

    def call(self, x: Any) -> Any:
        self.check(x)
        (axis,), (channels,) = self.own, self.shape
        groups = channels if self.groups == -1 else self.groups
        z = ad.reshape(x, (*x.shape[:axis], groups, channels // groups, *x.shape[axis + 1 :]))
        others = tuple(k for k in range(1, z.ndim) if k != axis)
        return self.scaled(ad.reshape(ad.standardize(z, axis=others, epsilon=self.epsilon), x.shape))


class Normalization(Scaled):
    """(x - mean) / sqrt(variance) for each index along `axis`; `invert` undoes it.

    mean, variance: those of the data. Without them they are weights, 0 and 1 until `adapt(data)` computes them.

    >>> layer = Normalization(dtype="float64")
    >>> layer.adapt([[1.0], [3.0]])
    >>> layer([[5.0]]).tolist()
    [[3.0]]
    """

    def __init__(self, axis: Axis = -1, mean: ArrayLike | None = None, variance: ArrayLike | None = None, invert: bool = False,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(axis, 1e-7, False, False, **options)
        if (mean is None) != (variance is None):
            raise ValueError(f"{self.name} needs the mean and the variance, or none of them and adapt(data).")
        self.given, self.invert = (mean, variance), flag("invert", invert)

    def get_config(self) -> dict[str, Any]:
        mean, variance = self.given
        return {**super().get_config(), "axis": self.axis, "mean": mean, "variance": variance, "invert": self.invert}

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        for name, first, given in zip(("mean", "variance"), ("zeros", "ones"), self.given):
            if given is None:
                setattr(self, name, self.add_weight(self.shape, first, trainable=False, name=name))
            else:
                setattr(self, name, np.broadcast_to(arguments.array(name, given).astype(self.dtype), self.shape))

    def adapt(self, data: ArrayLike) -> None:
        """Take the mean and the variance of these data. Those of Dask's arrays are computed for it, a chunk at a time."""
        data = arguments.array("data", data)
        if not self.built:
            with settings.beside([data]):
                self.build(data.shape)
        self.check(data)
        others = tuple(axis for axis in range(self.rank) if axis not in self.own)
        moments = computed([function(data, axis=others, dtype=float) for function in (np.mean, np.var)])
        for variable, moment in zip((self.mean, self.variance), moments):
            variable.assign(moment)

    def call(self, x: Any) -> Any:
        self.check(x)
        mean, deviation = self.aligned(self.mean, x), np.maximum(np.sqrt(self.aligned(self.variance, x)), self.epsilon)
        return x * deviation + mean if self.invert else (x - mean) / deviation
