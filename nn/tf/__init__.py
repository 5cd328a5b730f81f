"""TensorFlow's names for autodiff and nn: introductory TensorFlow code runs with one line changed.

>>> import nn.tf as tf
>>> x = tf.Variable(3.0)
>>> with tf.GradientTape() as tape:
...     y = tf.square(x)
>>> tape.gradient(y, x)
Tensor(6.)

This is a table of names for what autodiff, nn and numpy have, and everything behaves as it does there. Numbers promote as in
numpy (Python floats are float64), integers have no gradient, and shapes are tuples. A missing name raises an error that says
so.
"""

from contextlib import nullcontext as device  # there is one device, whatever the name

import numpy as _np

import autodiff as _ad
from autodiff import (
    Tensor,
    Variable,
    convert_to_tensor,
    custom_gradient,
    grad_pass_through,
    recompute_grad,
    stop_gradient,
)  # fmt: skip
from nn.layers import Layer as Module
from nn.tf import autodiff, config, data, keras, linalg, math, nn, random
from nn.tf._adapters import (
    argmax,
    argmin,
    argsort,
    boolean_mask,
    broadcast_to,
    cast,
    concat,
    constant,
    executing_eagerly,
    expand_dims,
    eye,
    fill,
    function,
    gather,
    gather_nd,
    identity,
    is_tensor,
    linspace,
    map_fn,
    meshgrid,
    one_hot,
    ones,
    ones_like,
    pad,
    range,
    rank,
    repeat,
    reshape,
    reverse,
    roll,
    shape,
    size,
    sort,
    split,
    squeeze,
    stack,
    tile,
    transpose,
    unstack,
    vectorized_map,
    zeros,
    zeros_like,
    # fmt: skip,
)  # fmt: skip
from nn.tf._arithmetic import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    einsum,
    matmul,
    norm,
    scalar_mul,
    tensordot,
    where,
)
from nn.tf._missing import lacks as _lacks
from nn.tf._tape import GradientTape
from nn.tf.math import (
    abs,
    acos,
    acosh,
    add,
    add_n,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    cumsum,
    divide,
    equal,
    exp,
    floor,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    pow,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
    round,
    sigmoid,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    truediv,
)  # fmt: skip

print = print
__version__ = _ad.build_info().version
float16, float32, float64 = (_np.dtype(f"float{bits}") for bits in (16, 32, 64))
complex64, complex128 = _np.dtype("complex64"), _np.dtype("complex128")
int8, int16, int32, int64 = (_np.dtype(f"int{bits}") for bits in (8, 16, 32, 64))
uint8, bool, string = _np.dtype("uint8"), _np.dtype("bool"), _np.dtype("str")
double, half = float64, float16
newaxis = None


class UnconnectedGradients:
    """What `gradient` returns for a source that the target does not depend on."""

    NONE, ZERO = "none", "zero"


optimizers, losses, metrics, initializers = keras.optimizers, keras.losses, keras.metrics, keras.initializers
constant_initializer, ones_initializer, zeros_initializer = initializers.Constant, initializers.Ones, initializers.Zeros
random_normal_initializer, random_uniform_initializer = initializers.RandomNormal, initializers.RandomUniform

__getattr__ = _lacks(__name__)
