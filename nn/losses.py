"""Losses: the cost of the wrong predictions of a batch, J = 1/n sum L(y_pred, y_true).

Each loss is a function (y_true, y_pred) that returns one loss for each example, a mean over the last axis, and a class whose
objects reduce these to one number. A loss compares arrays of one shape. Where numpy would broadcast, (N, 1) against (N,) to
(N, N), it raises ValueError, and likewise for a target that is NaN.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import autodiff as ad
from nn import arguments, lookup
from nn.arguments import count, flag, fraction, number
from nn.data import weights_for
from nn.targets import check_probabilities, matched, one_hot, tensor
from nn.typing import Array, ArrayLike, Function

LARGEST_DELTA = 1e150
EPSILON = 1e-7  # probabilities are kept at least this far from 0 and 1, as in Keras


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean((y - ŷ)^2) over the last axis."""
    y, p = matched(y_true, y_pred)
    return ad.mean(ad.square(p - y), axis=-1)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(|y - ŷ|) over the last axis."""
    y, p = matched(y_true, y_pred)
    return ad.mean(ad.abs(p - y), axis=-1)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """mean(e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2) over the last axis, of e = ŷ - y (Huber, 1964)."""
    delta = number("delta", delta, 0.0, LARGEST_DELTA, "a number, 0 or more, whose square is finite")
    y, p = matched(y_true, y_pred)
    e = ad.abs(p - y)
    return ad.mean(ad.where(np.less_equal(e, delta), 0.5 * ad.square(e), delta * e - 0.5 * delta**2), axis=-1)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(max(0, 1 - y ŷ)) over the last axis. The labels are -1 and 1, or 0 and 1."""
    y, p = matched(y_true, y_pred)
    y = ad.where(np.all((y == 0) | (y == 1)), 2 * y - 1, y)
    return ad.mean(ad.relu(1.0 - y * p), axis=-1)


def binary_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0,
                        axis: int = -1) -> Array:  # fmt: skip
    """mean(-y log p - (1 - y) log(1 - p)) over `axis`.

    From logits z, p = sigmoid(z), the loss is softplus(z) - y z, or softplus(-z) + (1 - y) z where y is more than a half: each
    is exact on its side. Probabilities p are first clipped to [1e-7, 1 - 1e-7], in float16 to [0.0005, 0.9995]. The gradient is
    0 outside these bounds, so a saturated sigmoid no longer learns; prefer logits.
    """
    y, p = matched(y_true, y_pred)
    check_probabilities("y_true", y)
    if fraction("label_smoothing", label_smoothing):
        y = y * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if flag("from_logits", from_logits):
        likely = np.greater(y, 0.5)
        z = p * ad.where(likely, -1, 1).astype(p.dtype)
        return ad.mean(ad.softplus(z) - ad.where(likely, 1.0 - y, y) * z, axis=axis)
    check_probabilities("y_pred", p)
    p = _inside(p)
    return ad.mean(-(y * ad.log(p)) - (1.0 - y) * ad.log1p(-p), axis=axis)


def _inside(p: Array) -> Array:
    """Probabilities kept away from 0 and 1, as far as their dtype can tell them from 1."""
    epsilon = max(EPSILON, float(np.finfo(p.dtype).epsneg))
    return ad.clip(p, epsilon, 1.0 - epsilon)


def categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0,
                             axis: int = -1) -> Array:  # fmt: skip
    """-sum(y log p) over `axis`, the axis of the classes. Each row of y is one-hot, or holds probabilities.

    From logits z, p = softmax(z), the loss is exact for every z. Rows of probabilities p are first divided by their sums and
    clipped to [1e-7, 1 - 1e-7].
    """
    y, p = matched(y_true, y_pred)
    check_probabilities("y_true", y)
    return _crossentropy(y, p, from_logits, label_smoothing, axis)


def sparse_categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False,
                                    label_smoothing: float = 0.0, axis: int = -1) -> Array:  # fmt: skip
    """categorical_crossentropy of integer labels of shape (N,) or (N, 1) and predictions of shape (N, classes)."""
    p = tensor("y_pred", y_pred)
    if type(axis) is not int or axis != -1:
        p = ad.moveaxis(p, count("axis", axis, -p.ndim, p.ndim - 1), -1)
    return _crossentropy(one_hot(y_true, p.shape, p.dtype), p, from_logits, label_smoothing)


def _crossentropy(y: Array, p: Array, from_logits: bool, label_smoothing: float, axis: int = -1) -> Array:
    """-sum(y log p) over `axis`. The rows y are probabilities; the caller has checked this."""
    classes = y.shape[count("axis", axis, -y.ndim, y.ndim - 1)]
    if classes == 1:
        raise ValueError(
            f"A softmax over one class is 1 whatever the logits; y_pred has shape {p.shape}. For yes or no use "
            "BinaryCrossentropy, or two columns, one a class."
        )
    if fraction("label_smoothing", label_smoothing):
        y = y * (1.0 - label_smoothing) + label_smoothing / classes
    if flag("from_logits", from_logits):
        return ad.sum(ad.log_softmax(p, axis=axis) * -y, axis=axis)
    check_probabilities("y_pred", p)
    p = _inside(p / ad.sum(p, axis=axis, keepdims=True))
    return ad.sum(ad.log(p) * -y, axis=axis)


# -- one number for a batch ------------------------------------------------------------------------------------------


class Loss:
    """A function (y_true, y_pred, sample_weight=None) that reduces the losses of the examples to one number.

    reduction: "sum_over_batch_size" or "mean" is the sum divided by the number of examples, whatever their weights; "sum";
    "mean_with_sample_weight" is the sum divided by that of the weights; "none" or None returns all losses. Subclasses return
    the losses of the examples from `call(y_true, y_pred)`.
    """

    from_logits = False

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str | None = None) -> None:
        kinds = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")
        self.reduction = lookup.one_of("reduction", "none" if reduction is None else reduction, kinds)
        self.name = lookup.name_of(self, name)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what a prediction costs: define call(y_true, y_pred).")

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        losses = self.call(y_true, y_pred)
        if not hasattr(losses, "dtype"):
            losses = ad.convert_to_tensor(losses)
        w: Any = np.ones((), losses.dtype)
        if sample_weight is not None:
            w = weights_for(losses.shape, sample_weight).astype(losses.dtype)
            losses = losses * w
        if self.reduction == "none":
            return losses
        if self.reduction == "sum":
            return ad.sum(losses)
        if losses.size == 0:
            raise ValueError("The mean loss of no examples is undefined: y_pred is empty.")
        if self.reduction == "mean_with_sample_weight":
            total = ad.sum(ad.broadcast_to(w, losses.shape))
            return ad.sum(losses) / (total + (total == 0)).astype(losses.dtype)
        return ad.mean(losses)


OPTIONS: dict[str, Function] = {"label_smoothing": fraction, "delta": number, "from_logits": flag, "axis": arguments.axes}


class LossFunction(Loss):
    """A loss made of a function (y_true, y_pred, **options) that returns the losses of the examples, or their mean."""

    function: Any = None  # subclasses set it

    def __init__(self, *options: Any, function: Function | None = None, reduction: str | None = "sum_over_batch_size",
                 name: str | None = None, **named: Any) -> None:  # fmt: skip
        self.function = arguments.function("function", type(self).function if function is None else function)
        known_as = getattr(self.function, "__name__", type(self.function).__name__)
        super().__init__(reduction, lookup.snake(known_as) if name is None else name)
        try:
            bound = inspect.signature(self.function).bind(None, None, *options, **named).arguments
        except (TypeError, ValueError) as error:
            raise TypeError(f"{known_as} does not take (y_true, y_pred) and these options: {error}") from None
        self.options = {key: OPTIONS[key](key, bound[key]) if key in OPTIONS else bound[key] for key in list(bound)[2:]}
        self.from_logits = self.options.get("from_logits", False)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return self.function(y_true, y_pred, **self.options)


class MeanSquaredError(LossFunction):
    """mean((y - ŷ)^2), the loss of regression in MIT 6.S191, lecture 1.

    >>> MeanSquaredError()([[30.0], [80.0]], [[25.0], [85.0]]).item()
    25.0
    """

    function = staticmethod(mean_squared_error)


class MeanAbsoluteError(LossFunction):
    """mean(|y - ŷ|)."""

    function = staticmethod(mean_absolute_error)


class Huber(LossFunction):
    """Huber(delta=1.0): squares of small errors, absolute values of errors beyond delta. See `huber`."""

    function = staticmethod(huber)


class Hinge(LossFunction):
    """mean(max(0, 1 - y ŷ)). The labels are -1 and 1, or 0 and 1."""

    function = staticmethod(hinge)


class BinaryCrossentropy(LossFunction):
    """BinaryCrossentropy(from_logits=False, label_smoothing=0.0): -mean(y log p + (1 - y) log(1 - p)), the loss of two classes
    in MIT 6.S191, lecture 1. See `binary_crossentropy`.

    >>> BinaryCrossentropy(from_logits=True)([[0.0]], [[1000.0]]).item()
    1000.0
    """

    function = staticmethod(binary_crossentropy)


class CategoricalCrossentropy(LossFunction):
    """CategoricalCrossentropy(from_logits=False, label_smoothing=0.0): -mean(sum(y log p)) of one-hot rows y. See
    `categorical_crossentropy`."""

    function = staticmethod(categorical_crossentropy)


class SparseCategoricalCrossentropy(LossFunction):
    """SparseCategoricalCrossentropy(from_logits=False, label_smoothing=0.0): -mean(log p[label]) of integer labels. See
    `sparse_categorical_crossentropy`.

    >>> SparseCategoricalCrossentropy(from_logits=True)([1], [[1000.0, -1000.0]]).item()
    2000.0
    """

    function = staticmethod(sparse_categorical_crossentropy)


CLASSES = (
    MeanSquaredError, MeanAbsoluteError, Huber, Hinge, BinaryCrossentropy, CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)  # fmt: skip
NAMES = lookup.table(*CLASSES, mse=MeanSquaredError, mae=MeanAbsoluteError, MSE=MeanSquaredError, MAE=MeanAbsoluteError)
__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "Hinge", "Huber", "Loss", "MeanAbsoluteError", "MeanSquaredError",
    "SparseCategoricalCrossentropy", "binary_crossentropy", "categorical_crossentropy", "hinge", "huber",
    "mean_absolute_error", "mean_squared_error", "sparse_categorical_crossentropy",
]  # fmt: skip


def get(loss: str | Function) -> Loss:
    """The loss of that name. A function (y_true, y_pred) becomes a loss. Raises ValueError for an unknown name."""
    made = lookup.resolve("loss", loss, NAMES)
    return made if isinstance(made, Loss) else LossFunction(function=made)
