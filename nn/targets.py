"""Targets beside predictions: what a loss may compare."""

from __future__ import annotations

import numpy as np

import autodiff as ad
from nn import settings
from nn.data import is_traced
from nn.typing import Array, ArrayLike, DType


def tensor(what: str, x: ArrayLike, dtype: DType = None) -> Array:
    """x as an array or Tensor of floats, of `dtype` if it is given. Raises ValueError unless x is a batch of numbers."""
    x = x if type(x) is np.ndarray or isinstance(x, ad.Tensor) else ad.convert_to_tensor(x)
    if x.dtype.kind not in "fiub" or x.ndim == 0:
        raise ValueError(f"{what} is a batch of numbers, but got {x.dtype} of shape {x.shape}.")
    if dtype is None:
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
    return x if x.dtype == dtype else x.astype(dtype)


def matched(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """(y_true in the dtype of y_pred, y_pred). Raises ValueError unless they have one shape and y_true has no NaN."""
    p = tensor("y_pred", y_pred)
    y = tensor("y_true", y_true, p.dtype)
    if y.shape != p.shape:
        raise ValueError(
            f"y_true has shape {y.shape} and y_pred {p.shape}: a loss compares equal shapes. "
            "Reshape one of them; y[:, None] makes a column of y."
        )
    if not is_traced(y) and not settings.targets_checked() and np.isnan(ad.to_numpy(y)).any():
        raise ValueError(f"{np.count_nonzero(np.isnan(y))} of the {y.size} targets are NaN: drop those examples first.")
    return y, p


def one_hot(labels: ArrayLike, shape: tuple[int, ...], dtype: DType) -> np.ndarray:
    """Integer labels as one-hot rows, in the shape of the predictions. Raises ValueError for other labels."""
    labels = labels if (traced := is_traced(labels)) else ad.to_numpy(labels)
    if labels.shape == (*shape[:-1], 1):
        labels = labels[..., 0]
    if labels.shape != shape[:-1]:
        raise ValueError(f"Predictions of shape {shape} need labels of shape {shape[:-1]}, but got {labels.shape}.")
    if not traced and not settings.targets_checked():
        check_labels(labels, shape[-1])
    return (labels[..., None] == np.arange(shape[-1])).astype(dtype)


def check_labels(labels: np.ndarray, classes: int) -> None:
    """Raise ValueError unless the labels are whole numbers from 0 to classes - 1."""
    whole = labels.dtype.kind == "f" and np.isfinite(labels).all() and np.array_equal(labels, np.round(labels))
    if labels.dtype.kind not in "iub" and not whole:
        raise ValueError(f"Labels are whole numbers, one a class, but got {labels.dtype}, with fractions or NaN.")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        span = f"{labels.min()} to {labels.max()}"
        raise ValueError(f"Labels lie in [0, {classes}), as there are {classes} outputs, but got {span}.")


def check_probabilities(what: str, p: ArrayLike) -> None:
    """Raise ValueError for numbers outside [0, 1]."""
    if what == "y_true" and (is_traced(p) or settings.targets_checked()):
        return

    def check(p: np.ndarray) -> float:
        if p.size and not (p.min() >= 0 and p.max() <= 1) and not np.isnan(p).any():
            way = "hand logits to a loss with from_logits=True" if what == "y_pred" else "labels are 0 or 1"
            raise ValueError(f"{what} has numbers from {p.min():.4g} to {p.max():.4g}, outside [0, 1]: {way}.")
        return 0.0

    ad.py_function(check, p)
