"""tf.keras.ops: numpy's functions, and those of networks, on whatever is array-like. They also take what Input returns."""

import builtins as _builtins
import functools as _functools

import numpy as _np

import autodiff as _ad
from autodiff import nest as _nest
from nn import activations as _activations
from nn.symbols import Symbol as _Symbol
from nn.symbols import written as _written
from nn.tf import _adapters as _tf
from nn.tf._arguments import T as _T
from nn.tf._arithmetic import einsum as _einsum
from nn.tf._missing import lacks as _lacks

_OF_ONE = str.split(
    "abs absolute all any arccos arccosh arcsin arcsinh arctan arctanh argmax argmin argsort ceil clip cos cosh cumprod cumsum "
    "diag diagonal exp expand_dims expm1 flip floor isfinite isinf isnan log log10 log1p log2 logical_not max mean median min "
    "moveaxis negative pad prod ravel reciprocal repeat reshape roll round sign sin sinh sort split sqrt square squeeze std "
    "sum swapaxes take take_along_axis tan tanh tile trace transpose tril triu var"
)
_OF_TWO = str.split(
    "add arctan2 divide dot equal floor_divide greater greater_equal less less_equal logical_and logical_or logical_xor matmul "
    "maximum minimum mod multiply not_equal outer power subtract tensordot true_divide"
)
_OF_NETWORKS = str.split(
    "celu elu gelu hard_sigmoid hard_silu hard_tanh leaky_relu log_sigmoid log_softmax relu relu6 selu sigmoid silu softmax "
    "softplus softsign"
)
_OF_LISTS = ["concatenate", "hstack", "stack", "vstack"]


def _known(name, function, arrays):
    """`function`, whose first arguments are array-like. Of symbols the call is written down."""

    @_functools.wraps(function)
    def op(*args, **options):
        if _builtins.any(isinstance(x, _Symbol) for x in _nest.flatten([args, options])):
            return _written(op, args, options)
        args = [arrays(x) if k < op.count else x for k, x in enumerate(args)]
        return function(*args, **options)

    op.count = 2 if name in _OF_TWO else 1
    op.__module__, op.__qualname__, op.__name__ = __name__, name, name
    op.__doc__ = (function.__doc__ or "").partition("\n    Examples\n")[0].partition(">>>")[0].rstrip()
    return op


def _several(xs):
    return [_T(x) for x in xs]


_own = globals()
for _name in (*_OF_ONE, *_OF_TWO):
    _own[_name] = _known(_name, getattr(_np, _name), _T)
for _name in _OF_NETWORKS:
    _own[_name] = _known(_name, getattr(_activations, _name), _T)
for _name in _OF_LISTS:
    _own[_name] = _known(_name, getattr(_np, _name), _several)
erf, logsumexp, where = (_known(_name, getattr(_ad, _name), _T) for _name in ("erf", "logsumexp", "where"))
cast, one_hot = _known("cast", _tf.cast, _T), _known("one_hot", _tf.one_hot, _T)
amax, amin, swish = _own["max"], _own["min"], _own["silu"]
convert_to_tensor, einsum, stop_gradient = _T, _einsum, _ad.stop_gradient
eye, linspace, ones, ones_like, zeros, zeros_like = _tf.eye, _tf.linspace, _tf.ones, _tf.ones_like, _tf.zeros, _tf.zeros_like


def arange(start, stop=None, step=None, dtype=None):
    return _T(_np.arange(*[x for x in (start, stop, step) if x is not None], dtype=dtype))


def convert_to_numpy(x):
    """The numbers of x."""
    return _ad.to_numpy(x)


def shape(x):
    """The shape, a tuple."""
    return tuple(_np.shape(x)) if not isinstance(x, _Symbol) else x.shape


def size(x):
    """How many numbers there are."""
    return _np.size(x)


__getattr__ = _lacks(__name__)
