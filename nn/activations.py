"""Activations and their derivatives. All are elementwise but softmax and log_softmax, and exact far from zero too.

Each takes a number, a Value, a Tensor or an array, and returns what it was given.
"""

from __future__ import annotations

import math

import numpy as np

import autodiff as ad
from nn import lookup
from nn.arguments import array
from nn.typing import Function, Z


def plain(z: Z) -> Z:
    """z, of a subclass of array its numbers: np.matrix multiplies matrices. Raises ValueError for a masked array."""
    return array("z", z) if isinstance(z, np.ndarray) and type(z) is not np.ndarray else z


def linear(z: Z) -> Z:
    """z itself; g'(z) = 1."""
    return z


def sigmoid(z: Z) -> Z:
    """g(z) = 1 / (1 + e^-z); g'(z) = g(z) (1 - g(z))."""
    return ad.sigmoid(z)


def tanh(z: Z) -> Z:
    """g(z) = (e^z - e^-z) / (e^z + e^-z); g'(z) = 1 - g(z)^2."""
    return ad.tanh(z)


def relu(z: Z) -> Z:
    """g(z) = max(0, z); g'(z) = 1 for z > 0 and 0 otherwise. The derivative at 0 is 0."""
    return ad.relu(z)


def leaky_relu(z: Z, negative_slope: float = 0.2) -> Z:
    """g(z) = z for z > 0, else negative_slope z. The derivative at 0 is negative_slope."""
    z = plain(z)
    return ad.where(np.greater(z, 0), z, negative_slope * z)


def elu(z: Z, alpha: float = 1.0) -> Z:
    """g(z) = z for z > 0, else alpha (e^z - 1) (Clevert et al., 2016)."""
    z = plain(z)
    above = np.greater(z, 0)
    return ad.where(above, z, alpha * ad.expm1(ad.where(above, 0.0, z)))


def softplus(z: Z) -> Z:
    """g(z) = log(1 + e^z); g'(z) = sigmoid(z)."""
    return ad.softplus(z)


def silu(z: Z) -> Z:
    """g(z) = z sigmoid(z), also called swish."""
    z = plain(z)
    return z * ad.sigmoid(z)


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


__all__ = [
    "elu", "gelu", "leaky_relu", "linear", "log_softmax", "relu", "sigmoid", "silu", "softmax", "softplus", "tanh",
]  # fmt: skip
PROBABILITIES = (sigmoid, softmax)  # the activations whose outputs are probabilities
NAMES: dict[str, Function] = {name: globals()[name] for name in __all__} | {"swish": silu}


def get(activation: str | Function | None) -> Function:
    """The activation of that name. A function stays as it is; None is linear. Raises ValueError for an unknown name."""
    return lookup.resolve("activation", linear if activation is None else activation, NAMES)
