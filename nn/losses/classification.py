"""Losses of classes: margins, cross-entropies and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn.arguments import array, at_least_0, count, flag, fraction, index, wrong
from nn.losses.base import LossFunction, PlainLoss
from nn.targets import aligned_labels, epsilon_of, matched, one_hot, probabilities, probable, tensor
from nn.typing import Array, ArrayLike

MEAN = "sum_over_batch_size"
MADE, SMOOTHED = "…({y_true})", "smoothed({y_true})"  # for pictures: what a loss made of its labels
ROWS = "one-hot rows; for labels, whole numbers, use sparse_categorical_crossentropy"


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(max(0, 1 - y ŷ)) over the last axis. The labels are -1 and 1, or 0 and 1."""
    return ad.mean(_lack_of_margin(y_true, y_pred), axis=-1)


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """mean(max(0, 1 - y ŷ)^2) over the last axis. The labels are -1 and 1, or 0 and 1."""
    return ad.mean(ad.square(_lack_of_margin(y_true, y_pred)), axis=-1)


def _lack_of_margin(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    y, p = matched(y_true, y_pred)
    y = ad.named(ad.where(np.all((y == 0) | (y == 1)), 2 * y - 1, y), MADE)
    return ad.relu(1.0 - y * p)


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """max(0, 1 + max((1 - y) ŷ) - sum(y ŷ)) of one-hot rows y."""
    y, p = probabilities(y_true, y_pred, "one-hot rows; np.eye(classes)[labels] makes them of labels")
    return ad.relu(ad.max((1.0 - y) * p, axis=-1) - ad.sum(y * p, axis=-1) + 1.0)


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """sum(y log(y / ŷ)) over the last axis, of probabilities that are first clipped to [1e-7, 1], as in Keras."""
    y, p = probabilities(y_true, y_pred)
    low = epsilon_of(p)
    y, p = (ad.clip(x, low, 1.0) for x in (y, probable("y_pred", p)))
    y = ad.named(y, f"clip({{y_true}}, {low}, 1)")
    return ad.sum(y * ad.log(y / p), axis=-1)


def binary_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0,
                        axis: int = -1) -> Array:  # fmt: skip
    """mean(-y log p - (1 - y) log(1 - p)) over `axis`.

    From logits z, p = sigmoid(z), the loss is softplus(z) - y z, or softplus(-z) + (1 - y) z where y is more than a half: each
    is exact on its side. Probabilities p are first clipped to [1e-7, 1 - 1e-7], in float16 to [0.0005, 0.9995]. The gradient is
    0 outside these bounds, so a saturated sigmoid no longer learns; prefer logits.
    """
    return ad.mean(_binary(*_binary_pair(y_true, y_pred, label_smoothing), from_logits, label_smoothing), axis=axis)


def binary_focal_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, apply_class_balancing: bool = False, alpha: float = 0.25,
                              gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0,
                              axis: int = -1) -> Array:  # fmt: skip
    """binary_crossentropy with each number multiplied by (1 - p_t)^gamma, where p_t = y p + (1 - y) (1 - p) (Lin et al., 2017).

    apply_class_balancing: multiply it also by alpha for the label 1 and by 1 - alpha for the label 0. From logits it is exact,
    where Keras clips the probabilities.
    """
    y, p = _binary_pair(y_true, y_pred, label_smoothing)
    yes, no = (ad.sigmoid(p), ad.sigmoid(-p)) if flag("from_logits", from_logits) else (p, 1.0 - p)
    focal = ad.power(y * no + (1.0 - y) * yes, at_least_0("gamma", gamma)) * _binary(y, p, from_logits, label_smoothing)
    if flag("apply_class_balancing", apply_class_balancing):
        focal = focal * (y * fraction("alpha", alpha) + (1.0 - y) * (1.0 - alpha))
    return ad.mean(focal, axis=axis)


def _binary_pair(y_true: ArrayLike, y_pred: ArrayLike, label_smoothing: float) -> tuple[Array, Array]:
    expected = "0 or 1 for each output; for labels of several classes use sparse_categorical_crossentropy"
    y, p = probabilities(y_true, y_pred, expected)
    if fraction("label_smoothing", label_smoothing):
        y = ad.named(y * (1.0 - label_smoothing) + 0.5 * label_smoothing, SMOOTHED)
    return y, p


def _binary(y: Array, p: Array, from_logits: bool, label_smoothing: float) -> Array:
    """The cross-entropy of each number, for labels that are smoothed already."""
    if flag("from_logits", from_logits):
        likely, said = np.greater(y, 0.5), SMOOTHED if label_smoothing else "{y_true}"
        z = p * ad.named(ad.where(likely, -1, 1).astype(p.dtype), f"where({said} > 0.5, -1, 1)")
        return ad.softplus(z) - ad.where(likely, 1.0 - y, y) * z
    p = _inside(probable("y_pred", p))
    return -(y * ad.log(p)) - (1.0 - y) * ad.log1p(-p)


def _inside(p: Array) -> Array:
    """Probabilities kept away from 0 and 1, as far as their dtype can tell them from 1."""
    return ad.clip(p, epsilon_of(p), 1.0 - epsilon_of(p))


def categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False, label_smoothing: float = 0.0,
                             axis: int = -1) -> Array:  # fmt: skip
    """-sum(y log p) over `axis`, the axis of the classes. Each row of y is one-hot, or holds probabilities.

    From logits z, p = softmax(z), the loss is exact for every z. Rows of probabilities p are first divided by their sums and
    clipped to [1e-7, 1 - 1e-7].
    """
    y, p = probabilities(y_true, y_pred, ROWS)
    return _crossentropy(y, p, from_logits, label_smoothing, axis)


def categorical_focal_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, alpha: Any = 0.25, gamma: float = 2.0,
                                   from_logits: bool = False, label_smoothing: float = 0.0,
                                   axis: int = -1) -> Array:  # fmt: skip
    """-sum(alpha (1 - p)^gamma y log p) over `axis` (Lin et al., 2017). alpha: a number, or one for each class. From logits it
    is exact, where Keras clips the probabilities."""
    y, p = probabilities(y_true, y_pred, ROWS)
    weights = array("alpha", alpha).astype(p.dtype)
    if weights.shape not in ((), y.shape[-1:]):
        raise wrong("alpha", f"a number, or one for each of the {y.shape[-1]} classes", alpha)
    return _crossentropy(y, p, from_logits, label_smoothing, axis, (weights, at_least_0("gamma", gamma)))


def sparse_categorical_crossentropy(y_true: ArrayLike, y_pred: ArrayLike, from_logits: bool = False,
                                    ignore_class: int | None = None, axis: int = -1,
                                    label_smoothing: float = 0.0) -> Array:  # fmt: skip
    """categorical_crossentropy of integer labels of shape (N,) or (N, 1) and predictions of shape (N, classes).

    ignore_class: examples with this label cost 0, and their predictions have no gradient.
    """
    p = tensor("y_pred", y_pred)
    if type(axis) is not int or axis != -1:
        p = ad.moveaxis(p, count("axis", axis, -p.ndim, p.ndim - 1), -1)
    labels = aligned_labels(y_true, p.shape)
    if ignore_class is None:
        y = one_hot(labels, p.shape[-1], p.dtype)
        return _crossentropy(y, p, from_logits, label_smoothing, said="one_hot({y_true})")
    counts = labels != ignore_class
    y = one_hot(np.where(counts, labels, 0), p.shape[-1], p.dtype)
    p = ad.where(counts[..., None], p, 1.0 / p.shape[-1])
    losses = _crossentropy(y, p, from_logits, label_smoothing, said=f"one_hot({MADE})")
    return ad.where(counts, losses, 0.0)


def _crossentropy(y: Array, p: Array, from_logits: bool, label_smoothing: float, axis: int = -1,
                  focus: tuple[Any, float] | None = None, said: str = "{y_true}") -> Array:  # fmt: skip
    """-sum(y log p) over `axis`, or -sum(alpha (1 - p)^gamma y log p) for the focus (alpha, gamma). The rows y are
    probabilities; the caller has checked this. `said`: how pictures say what y is."""
    classes = y.shape[count("axis", axis, -y.ndim, y.ndim - 1)]
    if classes == 1:
        raise ValueError(
            f"A softmax over one class is 1 whatever the logits; y_pred has shape {p.shape}. For yes or no use "
            "BinaryCrossentropy, or two columns, one a class."
        )
    if fraction("label_smoothing", label_smoothing):
        y, said = y * (1.0 - label_smoothing) + label_smoothing / classes, f"smoothed({said})"
    if flag("from_logits", from_logits):
        logs = ad.log_softmax(p, axis=axis)
    else:
        p = probable("y_pred", p)
        logs = ad.log(_inside(p / ad.sum(p, axis=axis, keepdims=True)))
    if focus is not None:
        weighted = ad.named(y * focus[0], f"…({said})")
        return ad.sum(logs * -(weighted * ad.power(-ad.expm1(logs), focus[1])), axis=axis)
    return ad.sum(logs * ad.named(-y, f"-{said}"), axis=axis)


class Hinge(PlainLoss):
    """mean(max(0, 1 - y ŷ)). The labels are -1 and 1, or 0 and 1."""

    cost = staticmethod(hinge)


class SquaredHinge(Hinge):
    """mean(max(0, 1 - y ŷ)^2). The labels are -1 and 1, or 0 and 1."""

    cost = staticmethod(squared_hinge)


class CategoricalHinge(PlainLoss):
    """max(0, 1 + max((1 - y) ŷ) - sum(y ŷ)) of one-hot rows y."""

    cost = staticmethod(categorical_hinge)


class KLDivergence(PlainLoss):
    """sum(y log(y / ŷ)) of probabilities. See `kl_divergence`."""

    cost = staticmethod(kl_divergence)


class BinaryCrossentropy(LossFunction):
    """-mean(y log p + (1 - y) log(1 - p)), the loss of two classes in MIT 6.S191, lecture 1. See `binary_crossentropy`.

    >>> BinaryCrossentropy(from_logits=True)([[0.0]], [[1000.0]]).item()
    1000.0
    """

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = MEAN,
                 name: str | None = None) -> None:  # fmt: skip
        options = dict(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        super().__init__(binary_crossentropy, reduction, name, **options)


class BinaryFocalCrossentropy(LossFunction):
    """BinaryCrossentropy that counts what is known well for less. See `binary_focal_crossentropy`."""

    def __init__(self, apply_class_balancing: bool = False, alpha: float = 0.25, gamma: float = 2.0, from_logits: bool = False,
                 label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = MEAN,
                 name: str | None = None) -> None:  # fmt: skip
        options = dict(apply_class_balancing=apply_class_balancing, alpha=fraction("alpha", alpha), gamma=gamma)
        super().__init__(binary_focal_crossentropy, reduction, name, **options, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis)  # fmt: skip


class CategoricalCrossentropy(LossFunction):
    """-mean(sum(y log p)) of one-hot rows y. See `categorical_crossentropy`."""

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1, reduction: str | None = MEAN,
                 name: str | None = None) -> None:  # fmt: skip
        options = dict(from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        super().__init__(categorical_crossentropy, reduction, name, **options)


class CategoricalFocalCrossentropy(LossFunction):
    """CategoricalCrossentropy that counts what is known well for less. See `categorical_focal_crossentropy`."""

    def __init__(self, alpha: Any = 0.25, gamma: float = 2.0, from_logits: bool = False, label_smoothing: float = 0.0,
                 axis: int = -1, reduction: str | None = MEAN, name: str | None = None) -> None:  # fmt: skip
        options = dict(alpha=alpha, gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)
        super().__init__(categorical_focal_crossentropy, reduction, name, **options)


class SparseCategoricalCrossentropy(LossFunction):
    """-mean(log p[label]) of integer labels. See `sparse_categorical_crossentropy`.

    ignore_class: examples with this label do not count; the mean is that of the others, as in Keras.

    >>> SparseCategoricalCrossentropy(from_logits=True)([1], [[1000.0, -1000.0]]).item()
    2000.0
    """

    def __init__(self, from_logits: bool = False, ignore_class: int | None = None, reduction: str | None = MEAN, axis: int = -1,
                 name: str | None = None, label_smoothing: float = 0.0) -> None:  # fmt: skip
        if ignore_class is not None and index(ignore_class) is None:
            raise wrong("ignore_class", "a label, a whole number, or None", ignore_class)
        options = dict(from_logits=from_logits, ignore_class=ignore_class, axis=axis, label_smoothing=label_smoothing)
        super().__init__(sparse_categorical_crossentropy, reduction, name, **options)

    def counted(self, y_true: Any, losses: Any) -> Any:
        ignored = self.options["ignore_class"]
        return None if ignored is None else np.reshape(tensor("y_true", y_true), losses.shape) != ignored
