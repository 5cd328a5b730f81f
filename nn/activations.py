"""Activations and their derivatives. All are elementwise but softmax, log_softmax and glu, and exact far from zero too.

Each takes a number, a Value, a Tensor or an array, and returns what it was given.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autodiff as ad
from nn import lookup
from nn.arguments import array, count
from nn.typing import Function, Z


def plain(z: Z) -> Z:
    """z, of a subclass of array its numbers: np.matrix multiplies matrices. Raises ValueError for a masked array."""
    return array("z", z) if isinstance(z, np.ndarray) and type(z) is not np.ndarray else z


def where(condition: Any, yes: Any, no: Any) -> Any:
    """ad.where, and of numbers a number where numpy makes an array of no axes."""
    y = ad.where(condition, yes, no)
    return y[()] if type(y) is np.ndarray and y.ndim == 0 else y


def linear(z: Z) -> Z:
    """z itself; g'(z) = 1."""
    return z


def sigmoid(z: Z) -> Z:
    """g(z) = 1 / (1 + e^-z); g'(z) = g(z) (1 - g(z))."""
    return ad.sigmoid(z)


def tanh(z: Z) -> Z:
    """g(z) = (e^z - e^-z) / (e^z + e^-z); g'(z) = 1 - g(z)^2."""
    return ad.tanh(z)


def relu(z: Z, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Z:
    """g(z) = max(0, z); g'(z) = 1 for z > 0 and 0 otherwise. The derivative at 0 is 0.

    With Keras's options g(z) = z above the threshold, but at most max_value, and negative_slope (z - threshold) elsewhere.
    """
    if negative_slope == 0.0 and max_value is None and threshold == 0.0:
        return ad.relu(z)
    z = plain(z)
    y = where(np.greater(z, threshold), z, negative_slope * (z - threshold))
    return y if max_value is None else ad.minimum(y, max_value)


def relu6(z: Z) -> Z:
    """g(z) = min(max(0, z), 6) (Krizhevsky, 2010)."""
    return relu(z, max_value=6.0)


def leaky_relu(z: Z, negative_slope: float = 0.2) -> Z:
    """g(z) = z for z > 0, else negative_slope z. The derivative at 0 is negative_slope."""
    z = plain(z)
    return where(np.greater(z, 0), z, negative_slope * z)


def elu(z: Z, alpha: float = 1.0) -> Z:
    """g(z) = z for z > 0, else alpha (e^z - 1) (Clevert et al., 2016)."""
    z = plain(z)
    above = np.greater(z, 0)
    return where(above, z, alpha * ad.expm1(where(above, 0.0, z)))


def selu(z: Z) -> Z:
    """g(z) = 1.0507 elu(z, 1.6733): it keeps the mean 0 and the variance 1 of its inputs (Klambauer et al., 2017)."""
    return 1.0507009873554805 * elu(z, 1.6732632423543772)


def celu(z: Z, alpha: float = 1.0) -> Z:
    """g(z) = z for z > 0, else alpha (e^(z / alpha) - 1). Its slope has no jump, whatever alpha is (Barron, 2017)."""
    return alpha * elu(plain(z) / alpha)


def softplus(z: Z) -> Z:
    """g(z) = log(1 + e^z); g'(z) = sigmoid(z)."""
    return ad.softplus(z)


def squareplus(z: Z, b: float = 4.0) -> Z:
    """g(z) = (z + sqrt(z^2 + b)) / 2, of z < 0 as b / (2 (sqrt(z^2 + b) - z)), which does not cancel (Barron, 2021)."""
    z = plain(z)
    below, r = np.less(z, 0), ad.hypot(z, b**0.5)
    return where(below, 0.5 * b / (r - where(below, z, 0.0)), 0.5 * (r + z))


def softsign(z: Z) -> Z:
    """g(z) = z / (1 + |z|); g'(z) = 1 / (1 + |z|)^2."""
    z = plain(z)
    return z / (1.0 + ad.abs(z))


def exponential(z: Z) -> Z:
    """g(z) = e^z; g'(z) = g(z)."""
    return ad.exp(plain(z))


def log_sigmoid(z: Z) -> Z:
    """g(z) = log(sigmoid(z)) = -softplus(-z)."""
    return -ad.softplus(-plain(z))


def hard_sigmoid(z: Z) -> Z:
    """g(z) = z / 6 + 1 / 2, clipped to [0, 1]."""
    return ad.clip(plain(z) / 6.0 + 0.5, 0.0, 1.0)


def hard_silu(z: Z) -> Z:
    """g(z) = z hard_sigmoid(z), also called hard_swish (Howard et al., 2019)."""
    return plain(z) * hard_sigmoid(z)


def hard_tanh(z: Z) -> Z:
    """g(z) = z, clipped to [-1, 1]."""
    return ad.clip(plain(z), -1.0, 1.0)


def sparse_sigmoid(z: Z) -> Z:
    """g(z) = (z + 1) / 2, clipped to [0, 1]."""
    return 0.5 * hard_tanh(z) + 0.5


def sparse_plus(z: Z) -> Z:
    """g(z) = 0 up to -1, (z + 1)^2 / 4 up to 1, and z from there on."""
    return 0.25 * ad.square(hard_tanh(z) + 1.0) + ad.relu(plain(z) - 1.0)


def tanh_shrink(z: Z) -> Z:
    """g(z) = z - tanh(z)."""
    return plain(z) - ad.tanh(z)


def soft_shrink(z: Z, threshold: float = 0.5) -> Z:
    """g(z) = z - threshold above it, z + threshold below -threshold, and 0 between them."""
    z = plain(z)
    return z - ad.clip(z, -threshold, threshold)


def hard_shrink(z: Z, threshold: float = 0.5) -> Z:
    """g(z) = z where |z| is above the threshold, and 0 elsewhere."""
    z = plain(z)
    return where(np.greater(ad.abs(z), threshold), z, 0.0)


def threshold(z: Z, threshold: float, default_value: float) -> Z:
    """g(z) = z above the threshold, and default_value elsewhere."""
    z = plain(z)
    return where(np.greater(z, threshold), z, default_value)


def silu(z: Z) -> Z:
    """g(z) = z sigmoid(z), also called swish."""
    z = plain(z)
    return z * ad.sigmoid(z)


def mish(z: Z) -> Z:
    """g(z) = z tanh(softplus(z)) (Misra, 2019)."""
    z = plain(z)
    return z * ad.tanh(ad.softplus(z))


def gelu(z: Z, approximate: bool = False) -> Z:
    """g(z) = z P(Z < z) for a standard normal Z, which is z / 2 erfc(-z / sqrt 2) (Hendrycks and Gimpel, 2016).

    approximate: compute z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))) instead, as z sigmoid(2 sqrt(2 / pi) ...), which does
    not cancel. It is much faster without scipy.
    """
    z = plain(z)
    if approximate:
        return z * ad.sigmoid(math.sqrt(8 / math.pi) * (z + 0.044715 * z * z * z))
    return 0.5 * z * ad.erfc(z * -math.sqrt(0.5))


def softmax(z: Z, axis: int = -1) -> Z:
    """e^z / sum(e^z) along `axis`; dy_i/dz_j = y_i ([i = j] - y_j)."""
    return ad.softmax(plain(z), axis=axis)


def log_softmax(z: Z, axis: int = -1) -> Z:
    """log(softmax(z)) along `axis`."""
    return ad.log_softmax(plain(z), axis=axis)


def glu(z: Z, axis: int = -1) -> Z:
    """a sigmoid(b), of the first half a and the second half b along `axis` (Dauphin et al., 2017)."""
    sizes = np.shape(z)
    if sizes[count("axis", axis, -len(sizes), len(sizes) - 1)] % 2:
        raise ValueError(f"axis {axis} of glu is halved, but z has shape {sizes}: give it an even size.")
    halves: Any = ad.split(plain(z), 2, axis=axis)
    return halves[0] * ad.sigmoid(halves[1])


__all__ = [
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh", "leaky_relu",
    "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip
PROBABILITIES = (sigmoid, softmax)  # the activations whose outputs are probabilities
NAMES: dict[str, Function] = {name: globals()[name] for name in __all__} | {"swish": silu, "hard_swish": hard_silu}
del NAMES["threshold"]  # by its name alone it lacks its numbers


def get(activation: str | Function | None) -> Function:
    """The activation of that name. A function stays as it is; None is linear. Raises ValueError for an unknown name."""
    wrapped = getattr(activation, "__wrapped__", None)  # of the functions of nn.tf, which return tensors
    activation = wrapped if any(wrapped is own for own in NAMES.values()) else activation
    return lookup.resolve("activation", linear if activation is None else activation, NAMES)
