"""tf.keras.layers: nn's own layers, and those of Keras's layers that are an nn.Activation of a function."""

import autodiff as _ad
from nn import activations as _activations
from nn.arguments import array as _array
from nn.arguments import axes as _axes
from nn.arguments import number as _number
from nn.graph import Input
from nn.layers import *
from nn.tf import _adapters as _tf
from nn.tf._missing import lacks as _lacks

InputLayer = Input


def ELU(alpha=1.0, **options):
    alpha = _number("alpha", alpha)
    return Activation(lambda x: _activations.elu(x, alpha), **options)


def GlobalAveragePooling2D(keepdims=False, **options):
    return Activation(lambda x: _ad.mean(x, axis=(1, 2), keepdims=keepdims), **options)


def Lambda(function, **options):
    return Activation(function, **options)


def LeakyReLU(negative_slope=0.3, **options):  # the function's own default is 0.2, in Keras too
    negative_slope = _number("negative_slope", negative_slope)
    return Activation(lambda x: _activations.leaky_relu(x, negative_slope), **options)


def ReLU(**options):
    return Activation("relu", **options)


def Rescaling(scale, offset=0.0, **options):
    _array("scale", scale), _array("offset", offset)
    return Activation(lambda x: x * scale + offset, **options)


def Reshape(target_shape, **options):
    shape = _tf.plain(target_shape, "target_shape")
    shape = (shape,) if isinstance(shape, int) else shape
    return Activation(lambda x: _ad.reshape(x, (len(x), *shape)), **options)


def Softmax(axis=-1, **options):
    axis = _axes("axis", axis)
    return Activation("softmax" if axis == -1 else lambda x: _activations.softmax(x, axis), **options)


__getattr__ = _lacks(__name__)
