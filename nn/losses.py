"""Losses: the mean over a batch of what a wrong prediction costs. All take (y_true, y_pred).

Shapes that numpy would broadcast to something larger, such as (N, 1) against (N,), raise ValueError.
"""

import numpy as np

import autodiff as ad


def _matched(y_true, y_pred):
    y_true = np.asarray(y_true, dtype=y_pred.dtype)
    if y_true.shape != np.shape(y_pred):
        raise ValueError(f"y_true has shape {y_true.shape} and y_pred {np.shape(y_pred)}: a loss compares equal shapes.")
    return y_true


def mean_squared_error(y_true, y_pred):
    """mean((y_true - y_pred)^2)."""
    return ad.mean((y_pred - _matched(y_true, y_pred)) ** 2)


def binary_crossentropy_from_logits(y_true, z):
    """-mean(y log sigmoid(z) + (1 - y) log(1 - sigmoid(z))), computed as mean(softplus(z) - y z): exact for every z."""
    y = _matched(y_true, z)
    return ad.mean(ad.softplus(z) - y * z)


def softmax_crossentropy_from_logits(labels, z):
    """-mean(log softmax(z)[label]) for whole-number labels of shape (N,) and logits z of shape (N, classes)."""
    labels = np.asarray(labels)
    n, classes = z.shape
    if labels.shape != (n,):
        raise ValueError(f"{n} rows of logits need {n} labels, but got labels of shape {labels.shape}.")
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        raise ValueError(f"Labels lie in [0, {classes}), but got {labels.min()} to {labels.max()}.")
    return ad.mean(ad.logsumexp(z, axis=-1) - z[np.arange(n), labels])
