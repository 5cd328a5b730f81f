"""tf.nn: activations, and the cross-entropies that take logits and return one number for each example."""

import numpy as _np

import autodiff as _ad
from nn import activations as _activations
from nn.arguments import count as _count
from nn.arguments import fraction as _fraction
from nn.arrays import is_external as _is_external
from nn.arrays import is_lazy as _is_lazy
from nn.tf import _adapters as _tf
from nn.tf._arithmetic import l2_normalize, log_softmax, softmax, top_k
from nn.tf._missing import lacks as _lacks
from nn.tf.math import sigmoid, softplus, softsign, tanh
from nn.tf.random import _generator

elu = _tf.of_one(_activations.elu)
relu = _tf.of_one(_ad.relu)
relu6, selu = _tf.of_one(_activations.relu6), _tf.of_one(_activations.selu)
silu = swish = _tf.of_one(lambda x: x * _ad.sigmoid(x))


def leaky_relu(features, alpha=0.2, name=None):
    return _ad.where(_np.greater(features, 0), _tf.T(features), alpha * _tf.T(features))


def gelu(features, approximate=False, name=None):
    return _activations.gelu(_tf.T(features), approximate)


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    labels, logits = _same_shape(labels, logits)
    return softplus(logits) - labels * logits


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    labels, logits = _same_shape(labels, logits, axes=1)
    rank = _np.ndim(logits)
    if _np.shape(logits)[_count("axis", axis, -rank, rank - 1)] == 1:
        raise ValueError(
            f"A softmax over one class is 1 whatever the logits, and its loss 0; the logits have shape {_np.shape(logits)}. "
            "For yes or no use tf.nn.sigmoid_cross_entropy_with_logits, or two columns, one a class."
        )
    return -_np.sum(labels * log_softmax(logits, axis), axis=axis)


def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    logits, labels = _tf.with_axes("logits", _tf.T(logits), 1), _labels(labels)
    classes = _np.shape(logits)[-1]
    if labels.shape != _np.shape(logits)[:-1]:
        raise ValueError(f"labels of logits of shape {_np.shape(logits)} have all but its last axis, but got {labels.shape}.")
    if not _is_lazy(labels) and labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(f"Labels lie in [0, {classes}), but got {labels.min().item()} to {labels.max().item()}.")
    return softmax_cross_entropy_with_logits(_tf.one_hot(labels, classes), logits)


def _labels(labels):
    """Labels where they are."""
    return _tf.raw(labels).astype(int) if _is_external(labels) else _tf.whole(labels, "labels")


def l2_loss(t, name=None):
    return _np.sum(_np.square(_tf.T(t))) / 2


def moments(x, axes, keepdims=False, name=None):
    axes = _tf.plain(axes)
    return _np.mean(_tf.T(x), axis=axes, keepdims=keepdims), _np.var(_tf.T(x), axis=axes, keepdims=keepdims)


def bias_add(value, bias, name=None):
    return _ad.bias_add(_tf.T(value), _tf.T(bias))


def dropout(x, rate, seed=None, name=None):
    x, rate = _tf.T(x), _fraction("rate", rate)
    kept = _generator(seed).random(_np.shape(x)) >= rate
    return x * (kept / _np.maximum(1 - rate, _np.finfo(float).tiny)).astype(x.dtype)


def _same_shape(labels, logits, axes=0):
    labels, logits = _tf.T(labels), _tf.with_axes("logits", _tf.T(logits), axes)
    if _np.shape(labels) != _np.shape(logits):
        raise ValueError(f"labels and logits have one shape, but got {_np.shape(labels)} and {_np.shape(logits)}.")
    return _tf.T(labels, logits.dtype), logits


_tf.say_where_they_are(__name__, globals())
__getattr__ = _lacks(__name__)
