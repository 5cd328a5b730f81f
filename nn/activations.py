"""Activations, elementwise unless they say otherwise, with their derivatives; all are exact far from zero too.

Each takes a Value, a Tensor or an array, and gives what it was given.
"""

import math

import numpy as np

import autodiff as ad
from nn import lookup


def linear(z):
    """z itself; g'(z) = 1."""
    return z


def sigmoid(z):
    """g(z) = 1 / (1 + e^-z); g'(z) = g(z) (1 - g(z))."""
    return ad.sigmoid(z)


def tanh(z):
    """g(z) = (e^z - e^-z) / (e^z + e^-z); g'(z) = 1 - g(z)^2."""
    return ad.tanh(z)


def relu(z):
    """g(z) = max(0, z); g'(z) = 1 for z > 0 and 0 otherwise, at 0 too."""
    return ad.relu(z)


def leaky_relu(z, negative_slope=0.2):
    """g(z) = z for z > 0, else negative_slope z; that slope at 0 too."""
    return ad.where(np.greater(z, 0), z, negative_slope * z)


def elu(z, alpha=1.0):
    """g(z) = z for z > 0, else alpha (e^z - 1) (Clevert et al., 2016)."""
    above = np.greater(z, 0)
    return ad.where(above, z, alpha * ad.expm1(ad.where(above, 0.0, z)))


def softplus(z):
    """g(z) = log(1 + e^z); g'(z) = sigmoid(z)."""
    return ad.softplus(z)


def silu(z):
    """g(z) = z sigmoid(z), also called swish."""
    return z * ad.sigmoid(z)


def gelu(z, approximate=False):
    """z times the probability that a normal variable lies below z (Hendrycks and Gimpel, 2016), z / 2 erfc(-z / sqrt 2);
    or approximately z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))), much faster where there is no scipy."""
    if approximate:
        return 0.5 * z * (1.0 + ad.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z)))
    return 0.5 * z * ad.erfc(z * -math.sqrt(0.5))


def softmax(z, axis=-1):
    """e^z / sum(e^z) along `axis`; dy_i/dz_j = y_i ([i = j] - y_j)."""
    return ad.softmax(z, axis=axis)


def log_softmax(z, axis=-1):
    """log(softmax(z)) along `axis`."""
    return ad.log_softmax(z, axis=axis)


__all__ = [
    "elu", "gelu", "leaky_relu", "linear", "log_softmax", "relu", "sigmoid", "silu", "softmax", "softplus", "tanh",
]  # fmt: skip
PROBABILITIES = (sigmoid, softmax)  # the activations whose outputs are probabilities
NAMES = {name: globals()[name] for name in __all__} | {"swish": silu}


def get(activation):
    """The activation of that name; a function stands for itself and None for linear. ValueError for an unknown name."""
    return lookup.resolve("activation", activation or linear, NAMES)
