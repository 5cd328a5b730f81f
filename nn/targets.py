"""Targets beside predictions: what a loss may compare."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import autodiff as ad
from nn import settings
from nn.arguments import way_of_text
from nn.arrays import is_external, is_lazy, passed_later, plain
from nn.data import is_traced
from nn.typing import Array, ArrayLike, DType, Function

EPSILON = 1e-7  # Keras's


def tensor(what: str, x: ArrayLike, dtype: DType = None) -> Array:
    """x as an array or Tensor of floats, of `dtype` if it is given. Raises ValueError unless x is a batch of numbers."""
    if type(x) is not np.ndarray and not isinstance(x, ad.Tensor):
        x = ad.Tensor(x) if is_external(x) else ad.convert_to_tensor(x)
    if x.dtype.kind not in "fiub" or x.ndim == 0:
        way = way_of_text(what, ad.to_numpy(x))
        raise ValueError(f"{what} is a batch of numbers, but got {x.dtype} of shape {x.shape}{way}.")
    if dtype is None:
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
    return x if x.dtype == dtype else x.astype(dtype)


def look(x: Any) -> Any:
    """The numbers of x: inside vmap those of all examples, and in a trace none, as each replay has its own."""
    if is_traced(x):
        return None
    held = x.data if isinstance(x, (ad.Tensor, ad.Value)) else x
    return held.numbers() if hasattr(held, "numbers") else plain(x)


def looked_at(check: Function, x: Any, *given: Any) -> Any:
    """x, at which check(numbers, *given) looks, which may raise an error; at each block of a lazy array, as it is computed."""
    if is_lazy(x) and not is_traced(x):
        return passed_later(functools.partial(_check, check, given), x)
    seen = look(x)
    if seen is not None and not is_lazy(seen):  # inside vmap examples may be lazy
        check(seen, *given)
    return x


def _check(check: Function, given: tuple[Any, ...], numbers: Any) -> None:
    check(numbers, *given)


def matched(y_true: ArrayLike, y_pred: ArrayLike, expected: str = "") -> tuple[Array, Array]:
    """(y_true in the dtype of y_pred, y_pred). Raises ValueError unless they have one shape and y_true has no NaN.

    expected: what the targets are, for the error if there is one for each row of the predictions.
    """
    p = tensor("y_pred", y_pred)
    y = tensor("y_true", y_true, p.dtype)
    if y.shape != p.shape:
        way = "Reshape one of them; y[:, None] makes a column of y."
        if y.shape in (p.shape[:-1], (*p.shape[:-1], 1)) and p.shape[-1] != 1:
            way = f"This loss takes {expected or f'a target for each of the {p.shape[-1]} outputs'}."
        raise ValueError(f"y_true has shape {y.shape} and y_pred {p.shape}: a loss compares equal shapes. {way}")
    return y if settings.targets_checked() else looked_at(check_no_nan, y), p


def check_no_nan(y: Any) -> None:
    """Raise ValueError for NaN."""
    if np.isnan(y).any():
        raise ValueError(f"{np.count_nonzero(np.isnan(y))} of the {y.size} targets are NaN: drop those examples first.")


def probabilities(y_true: ArrayLike, y_pred: ArrayLike, expected: str = "") -> tuple[Array, Array]:
    """The same for targets from 0 to 1. Raises ValueError for others."""
    y, p = matched(y_true, y_pred, expected)
    return probable("y_true", y), p


def epsilon_of(p: Array) -> float:
    """The small number of Keras's formulas, 1e-7, or the least that the dtype can tell from 1 if that is more."""
    return max(EPSILON, float(np.finfo(p.dtype).epsneg))


def aligned_labels(y_true: ArrayLike, shape: tuple[int, ...]) -> Any:
    """Labels with all axes but the last of predictions of this shape. Raises ValueError for labels of another shape."""
    labels = y_true if isinstance(y_true, ad.Tensor) else ad.Tensor(y_true) if is_external(y_true) else ad.to_numpy(y_true)
    if labels.shape == (*shape[:-1], 1):
        labels = labels[..., 0]
    if labels.shape != shape[:-1]:
        way = ": these look like one-hot rows, which categorical_crossentropy takes" if labels.shape == shape else ""
        raise ValueError(f"Predictions of shape {shape} need labels of shape {shape[:-1]}, but got {labels.shape}{way}.")
    return labels


def one_hot(labels: Any, classes: int, dtype: DType) -> np.ndarray:
    """Integer labels as one-hot rows. Raises ValueError for other labels."""
    if not settings.targets_checked():
        labels = looked_at(check_labels, labels, classes)
    return (labels[..., None] == np.arange(classes)).astype(dtype)


def check_labels(labels: np.ndarray, classes: int) -> None:
    """Raise ValueError unless the labels are whole numbers from 0 to classes - 1."""
    whole = labels.dtype.kind == "f" and np.isfinite(labels).all() and np.array_equal(labels, np.round(labels))
    if labels.dtype.kind not in "iub" and not whole:
        raise ValueError(f"Labels are whole numbers, one a class, but got {labels.dtype}, with fractions or NaN.")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        low, high = labels.min().item(), labels.max().item()
        way = "Labels begin at 0: subtract 1" if low == 1 and high == classes else f"The model needs {high + 1:.0f} outputs"
        way = f" {way}." if low >= 0 else " An ignored label is given as ignore_class."
        raise ValueError(f"Labels lie in [0, {classes}), as there are {classes} outputs, but got {low} to {high}.{way}")


def probable(what: str, p: Any) -> Any:
    """p. Raises ValueError for numbers outside [0, 1]."""
    way = "labels are 0 or 1; for labels of more classes use sparse_categorical_crossentropy"
    way = "hand logits to a loss with from_logits=True" if what == "y_pred" else way
    if what != "y_true" or not (is_traced(p) or settings.targets_checked()):
        return within(what, p, 0.0, 1.0, way)
    return p


def within(what: str, p: Any, low: float, high: float, way: str) -> Any:
    """p. Raises ValueError for numbers outside [low, high]. In a trace each replay looks at its own numbers."""
    if is_lazy(p):
        return looked_at(check_range, p, what, low, high, way)
    ad.py_function(lambda p: check_range(look(p), what, low, high, way) or 0.0, p)
    return p


def check_range(p: Any, what: str, low: float, high: float, way: str) -> None:
    """Raise ValueError for numbers outside [low, high]."""
    if p.size and not (p.min() >= low and p.max() <= high) and not np.isnan(p).any():
        span = f"outside [{low:g}, {high:g}]" if high < np.inf else f"below {low:g}"
        raise ValueError(f"{what} has numbers from {p.min():.4g} to {p.max():.4g}, {span}: {way}.")
