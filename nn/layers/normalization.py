"""Normalization: layers that scale their input to mean 0 and variance 1, and then by a learned factor and offset."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn.layers.base import Layer
from nn.layers.dense import known
from nn.typing import Array, Axis, Shape


class Normalization(Layer):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta. Subclasses compute the mean and the variance."""

    def __init__(self, axis: Axis = -1, epsilon: float = 1e-3, center: bool = True, scale: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale

    def build(self, input_shape: Shape) -> None:
        self.rank = len(input_shape)
        axes = (self.axis,) if isinstance(self.axis, (int, np.integer)) else tuple(self.axis)
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

    def normalized(self, x: Array, mean: Array, variance: Array) -> Any:
        """x with this mean and variance removed, times gamma plus beta."""
        aligned = [x.shape[axis] if axis in self.own else 1 for axis in range(self.rank)]
        scale = 1.0 / ad.sqrt(variance + self.epsilon)
        y = (x - mean) * (scale * ad.reshape(self.gamma, aligned) if self.scale else scale)
        return y + ad.reshape(self.beta, aligned) if self.center else y


class BatchNormalization(Normalization):
    """Mean and variance over the batch, for each index along `axis` (Ioffe and Szegedy, 2015).

    In training they are those of the batch, and update the moving averages:
    average <- momentum average + (1 - momentum) batch's. Outside training the moving averages are used.

    >>> import nn
    >>> with nn.training():
    ...     BatchNormalization(epsilon=0, dtype="float64")([[1.0], [3.0]]).tolist()
    [[-1.0], [1.0]]
    """

    def __init__(self, axis: Axis = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True,
                 scale: bool = True, **options: Any) -> None:  # fmt: skip
        super().__init__(axis, epsilon, center, scale, **options)
        self.momentum = momentum

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.moving_mean = self.add_weight(self.shape, "zeros", trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(self.shape, "ones", trainable=False, name="moving_variance")

    def call(self, x: Any, training: bool = False) -> Any:
        self.check(x)
        aligned = [x.shape[axis] if axis in self.own else 1 for axis in range(self.rank)]
        if not (training and self.trainable):
            return self.normalized(x, self.moving_mean.numpy().reshape(aligned), self.moving_variance.numpy().reshape(aligned))
        others = tuple(axis for axis in range(self.rank) if axis not in self.own)
        mean, variance = ad.mean(x, axis=others, keepdims=True), ad.var(x, axis=others, keepdims=True)
        for average, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            present = np.reshape(ad.to_numpy(batch), self.shape)
            average.assign(self.momentum * average.numpy() + (1 - self.momentum) * present)
        return self.normalized(x, mean, variance)


class LayerNormalization(Normalization):
    """Mean and variance along `axis`, for each example separately (Ba et al., 2016).

    >>> LayerNormalization(epsilon=0, dtype="float64")([[1.0, 3.0]]).tolist()
    [[-1.0, 1.0]]
    """

    def call(self, x: Any) -> Any:
        self.check(x)
        return self.normalized(x, ad.mean(x, axis=self.own, keepdims=True), ad.var(x, axis=self.own, keepdims=True))
