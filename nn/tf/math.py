"""tf.math: numpy's functions under TensorFlow's names."""

import numpy as _np

import autodiff as _ad
from nn.tf import _adapters as _tf
from nn.tf._adapters import argmax, argmin
from nn.tf._arithmetic import (
    add_n,
    bincount,
    confusion_matrix,
    count_nonzero,
    cumprod,
    cumsum,
    divide_no_nan,
    l2_normalize,
    log_softmax,
    polygamma,
    polyval,
    scalar_mul,
    softmax,
    squared_difference,
    top_k,
)
from nn.tf._missing import lacks as _lacks

abs = _tf.of_one(_np.abs)
acos = _tf.of_one(_np.arccos)
acosh = _tf.of_one(_np.arccosh)
asin = _tf.of_one(_np.arcsin)
asinh = _tf.of_one(_np.arcsinh)
atan = _tf.of_one(_np.arctan)
atanh = _tf.of_one(_np.arctanh)
ceil = _tf.of_one(_np.ceil)
cos = _tf.of_one(_np.cos)
cosh = _tf.of_one(_np.cosh)
digamma = _tf.of_one(_ad.digamma)
erf = _tf.of_one(_ad.erf)
erfc = _tf.of_one(_ad.erfc)
exp = _tf.of_one(_np.exp)
expm1 = _tf.of_one(_np.expm1)
floor = _tf.of_one(_np.floor)
is_finite = _tf.of_one(_np.isfinite)
is_inf = _tf.of_one(_np.isinf)
is_nan = _tf.of_one(_np.isnan)
lgamma = _tf.of_one(_ad.gammaln)
log = _tf.of_one(_np.log)
log1p = _tf.of_one(_np.log1p)
log_sigmoid = _tf.of_one(lambda x: -_ad.softplus(-x))
logical_not = _tf.of_one(_np.logical_not)
negative = _tf.of_one(_np.negative)
real = _tf.of_one(_np.real)
reciprocal = _tf.of_one(_np.reciprocal)
rint = _tf.of_one(_np.rint)
round = _tf.of_one(_np.round)
rsqrt = _tf.of_one(lambda x: 1 / _np.sqrt(x))
sigmoid = _tf.of_one(_ad.sigmoid)
sign = _tf.of_one(_np.sign)
sin = _tf.of_one(_np.sin)
sinh = _tf.of_one(_np.sinh)
softplus = _tf.of_one(_ad.softplus)
softsign = _tf.of_one(lambda x: x / (1 + _np.abs(x)))
sqrt = _tf.of_one(_np.sqrt)
square = _tf.of_one(_np.square)
tan = _tf.of_one(_np.tan)
tanh = _tf.of_one(_np.tanh)

add = _tf.of_two(_np.add)
atan2 = _tf.of_two(_np.arctan2)
divide = _tf.of_two(_np.divide)
equal = _tf.of_two(_np.equal)
floordiv = _tf.of_two(_np.floor_divide)
floormod = _tf.of_two(_np.mod)
greater = _tf.of_two(_np.greater)
greater_equal = _tf.of_two(_np.greater_equal)
less = _tf.of_two(_np.less)
less_equal = _tf.of_two(_np.less_equal)
logical_and = _tf.of_two(_np.logical_and)
logical_or = _tf.of_two(_np.logical_or)
logical_xor = _tf.of_two(_np.logical_xor)
maximum = _tf.of_two(_np.maximum)
minimum = _tf.of_two(_np.minimum)
mod = floormod
multiply = _tf.of_two(_np.multiply)
not_equal = _tf.of_two(_np.not_equal)
pow = _tf.of_two(_np.power)
subtract = _tf.of_two(_np.subtract)
truediv = divide

reduce_all = _tf.reduction(_np.all)
reduce_any = _tf.reduction(_np.any)
reduce_euclidean_norm = _tf.reduction(lambda x, axis, keepdims: _np.sqrt(_np.sum(x * x, axis=axis, keepdims=keepdims)))
reduce_logsumexp = _tf.reduction(_ad.logsumexp)
reduce_max = _tf.reduction(_np.max)
reduce_mean = _tf.reduction(_np.mean)
reduce_min = _tf.reduction(_np.min)
reduce_prod = _tf.reduction(_np.prod)
reduce_std = _tf.reduction(_np.std)
reduce_sum = _tf.reduction(_np.sum)
reduce_variance = _tf.reduction(_np.var)

_tf.say_where_they_are(__name__, globals())
__getattr__ = _lacks(__name__)
