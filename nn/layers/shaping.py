"""Layers without variables: other shapes, functions of one's own, and functions of each number."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from nn import activations, arguments, initializers, regularizers
from nn.arguments import array, count, number, wrong
from nn.layers.base import ArrayLayer, Layer
from nn.layers.dense import known
from nn.masks import aligned
from nn.typing import Array, ArrayLike, Axis, Function, Shape


class Reshape(ArrayLayer):
    """Each example in another shape. One of the sizes may be -1, or None: what is left over.

    >>> Reshape((2, -1))([[1.0, 2.0, 3.0, 4.0]]).tolist()
    [[[1.0, 2.0], [3.0, 4.0]]]
    """

    def __init__(self, target_shape: int | Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        sizes = [target_shape] if arguments.index(target_shape) is not None else arguments.items("target_shape", target_shape)
        self.target_shape = tuple([-1 if n is None or n == -1 else count("target_shape", n) for n in sizes])

    def call(self, x: Any) -> Any:
        known, size = math.prod(n for n in self.target_shape if n > 0), math.prod(x.shape[1:])
        if self.target_shape.count(-1) > 1 or (size % known if -1 in self.target_shape else size != known):
            raise ValueError(f"{self.name} makes {self.target_shape} of each example, but these have shape {x.shape[1:]}.")
        return ad.reshape(x, (len(x), *[size // known if n < 0 else n for n in self.target_shape]))


class Permute(ArrayLayer):
    """The axes of each example in another order. Its first one is 1: Permute((2, 1)) turns matrices.

    >>> Permute((2, 1))([[[1.0, 2.0]]]).shape
    (1, 2, 1)
    """

    def __init__(self, dims: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(arguments.items("dims", dims))
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise wrong("dims", "the axes of an example in an order, such as (2, 1)", dims)

    def call(self, x: Any) -> Any:
        if x.ndim != len(self.dims) + 1:
            raise ValueError(f"{self.name} is for {len(self.dims)} axes after the batch, but its input has shape {x.shape}.")
        return ad.transpose(x, (0, *self.dims))


class RepeatVector(ArrayLayer):
    """Each vector n times, as a sequence: (batch, units) becomes (batch, n, units)."""

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = count("n", n)

    def call(self, x: Any) -> Any:
        if x.ndim != 2:
            raise ValueError(f"{self.name} takes vectors (batch, units), but got shape {x.shape}.")
        return ad.repeat(x[:, None], self.n, axis=1)


class Rescaling(ArrayLayer):
    """x * scale + offset.

    >>> Rescaling(1 / 127.5, offset=-1)([[0.0, 255.0]]).tolist()
    [[-1.0, 1.0]]
    """

    supports_masking = True

    def __init__(self, scale: ArrayLike, offset: ArrayLike = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.offset = array("scale", scale).astype(self.dtype), array("offset", offset).astype(self.dtype)

    def call(self, x: Any) -> Any:
        return x * self.scale + self.offset


class Lambda(Layer):
    """A function as a layer: of an array, or of several. arguments: {name: value} for it.

    mask: the mask of the output, or a function (inputs, mask) that computes it. A function that has an argument `mask` gets
    that of the inputs.

    >>> Lambda(lambda x: x**2)([[3.0]]).tolist()
    [[9.0]]
    """

    def __init__(self, function: Function, output_shape: Shape | None = None, mask: Any = None,
                 arguments: Mapping[str, Any] | None = None, **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        if not callable(function):
            raise wrong("function", "a function of an array", function)
        self.function, self.sizes, self.mask, self.arguments = function, output_shape, mask, dict(arguments or {})
        try:
            self.wants_mask = "mask" in inspect.signature(function).parameters
        except (TypeError, ValueError):
            self.wants_mask = False
        self.supports_masking = self._makes_mask = mask is not None

    def call(self, x: Any, mask: Any = None) -> Any:
        return self.function(x, **self.arguments, **({"mask": mask} if self.wants_mask else {}))

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return self.mask(x, mask) if callable(self.mask) else self.mask


class Masking(ArrayLayer):
    """Steps whose numbers are all `mask_value` are not there: they become 0, and the layers behind are told by a mask.

    >>> from nn.masks import mask_of
    >>> mask_of(Masking()([[[1.0, 0.0], [0.0, 0.0]]])).tolist()
    [[True, False]]
    """

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = number("mask_value", mask_value)

    def call(self, x: Any) -> Any:
        return x * self.compute_mask(x)[..., None].astype(self.dtype)

    def compute_mask(self, x: Any, mask: Any = None) -> Any:
        return np.any(np.not_equal(self.cast(x), np.asarray(self.mask_value, self.dtype)), axis=-1)


class ReLU(ArrayLayer):
    """max(0, x); more generally negative_slope (x - threshold) up to the threshold, then x, and at most max_value."""

    supports_masking = True

    def __init__(self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0,
                 **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.max_value = None if max_value is None else number("max_value", max_value, 0.0, None, "None, or a number from 0 on")
        self.negative_slope, self.threshold = number("negative_slope", negative_slope), number("threshold", threshold)

    def call(self, x: Any) -> Any:
        y = activations.relu(x)
        if self.negative_slope or self.threshold:
            y = ad.where(np.greater(x, self.threshold), x, self.negative_slope * (x - self.threshold))
        return y if self.max_value is None else ad.minimum(y, self.max_value)


class LeakyReLU(ArrayLayer):
    """x for x > 0, else negative_slope x. (The function's own default is 0.2, in Keras too.)"""

    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.negative_slope = number("negative_slope", negative_slope)

    def call(self, x: Any) -> Any:
        return activations.leaky_relu(x, self.negative_slope)


class ELU(ArrayLayer):
    """x for x > 0, else alpha (e^x - 1)."""

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = number("alpha", alpha)

    def call(self, x: Any) -> Any:
        return activations.elu(x, self.alpha)


class PReLU(ArrayLayer):
    """x for x > 0, else alpha x, where alpha is learned: of the shape of an example, with 1 for the axes in shared_axes, of
    which the first one after the batch is 1 (He et al., 2015)."""

    supports_masking = True
    known_as = "p_re_lu"

    def __init__(self, alpha_initializer: str | Function = "zeros", alpha_regularizer: str | Function | None = None,
                 shared_axes: Axis | None = None, **options: Any) -> None:  # fmt: skip
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        axes = () if shared_axes is None else arguments.axes("shared_axes", shared_axes)
        self.shared_axes = (axes,) if isinstance(axes, int) else axes

    def build(self, input_shape: Shape) -> None:
        sizes = [1 if axis in self.shared_axes else known(self, n) for axis, n in enumerate(input_shape)]
        self.alpha = self.add_weight(sizes[1:], self.alpha_initializer, self.alpha_regularizer, name="alpha")

    def call(self, x: Any) -> Any:
        return activations.relu(x) - self.alpha * activations.relu(-x)


class Softmax(ArrayLayer):
    """e^x / sum(e^x) along `axis`. mask: what has no part in it, and becomes 0, is False there.

    >>> Softmax()([[0.0, 0.0, 5.0]], mask=[[True, True, False]]).tolist()
    [[0.5, 0.5, 0.0]]
    """

    supports_masking = True

    def __init__(self, axis: Axis = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis, self.activation = arguments.axes("axis", axis), activations.softmax

    def call(self, x: Any, mask: Any = None) -> Any:
        return masked_softmax(x, None if mask is None else ad.convert_to_tensor(mask), self.axis)


def masked_softmax(x: Array, mask: Array | None, axis: Axis) -> Any:
    """The softmax of those numbers where the mask is true, and 0 elsewhere; 0 everywhere if it is true nowhere."""
    if mask is None:
        return ad.softmax(x, axis=axis)
    there = mask if mask.dtype == bool else np.greater(mask, 0.5)
    try:
        there = ad.named(ad.broadcast_to(aligned(there, there.ndim), x.shape), "mask")
    except ValueError:
        raise ValueError(f"A mask of shape {mask.shape} does not fit numbers of shape {x.shape}.") from None
    kept = ad.where(there, x, -1e9 if x.dtype.itemsize > 2 else -3e4)
    return ad.softmax(kept, axis=axis) * ad.named(there.astype(x.dtype), "mask")
