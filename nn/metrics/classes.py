"""Metrics of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.arguments import count, flag, number
from nn.arrays import near
from nn.data import weights_for
from nn.lookup import one_of
from nn.metrics.base import AccumulatingMetric, Mean, Metric, columns, hits, same_shape, what_is_there
from nn.targets import check_labels
from nn.typing import ArrayLike


def _threshold(metric: Any) -> float:
    """The threshold that was given. None stands for the middle: 0.5 of probabilities, 0 of logits."""
    return (0.0 if metric.of_logits else 0.5) if metric._given is None else metric._given


def _set_threshold(metric: Any, value: float | None) -> None:
    metric._given = None if value is None else number("threshold", value, -np.inf, np.inf)


class SparseCategoricalAccuracy(Mean):
    """The share of examples whose largest output is that of the label, an integer.

    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return label_of(y, p) == p.argmax(-1)


class CategoricalAccuracy(Mean):
    """The share of examples whose largest output is where the one-hot row has its 1."""

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return class_of(y, p) == p.argmax(-1)


class BinaryAccuracy(Mean):
    """The share of outputs on the right side of the threshold: above it for label 1, else for label 0 or -1.

    threshold: None is the middle, 0.5, or 0 beside a loss with from_logits=True.
    """

    threshold = property(_threshold, _set_threshold)

    def __init__(self, name: str | None = None, threshold: float | None = None) -> None:
        super().__init__(name)
        self.threshold = threshold

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        y, p = columns(y, p)
        return ((p > self.threshold) == (y > 0)).mean(-1)


class Accuracy(BinaryAccuracy):
    """The accuracy that fits the shapes: binary for one output, categorical for one-hot rows, and sparse for other labels.
    Predictions of whole numbers above 1 are labels themselves, of which it counts the right ones."""

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        if p.ndim == 1 or p.shape[-1] == 1:
            if p.dtype.kind in "iu" and p.size and max(y.max(), p.max()) > 1:
                return hits(y.reshape(len(y), -1), p.reshape(len(p), -1))
            return super().score(y, p)
        return (class_of(y, p) if y.shape == p.shape else label_of(y, p)) == p.argmax(-1)


class TopKCategoricalAccuracy(Mean):
    """The share of examples of which fewer than k outputs are larger than that where the one-hot row has its 1."""

    known_as = "top_k_categorical_accuracy"

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        self.k = count("k", k)

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return self.among(class_of(y, p), p)

    def among(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        chosen = np.take_along_axis(p, y[..., None].astype(int), -1)
        return np.count_nonzero(p > chosen, axis=-1) < self.k


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of examples of which fewer than k outputs are larger than that of the label, an integer."""

    known_as = "sparse_top_k_categorical_accuracy"

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        y = label_of(y, p)
        check_labels(y, p.shape[-1])
        return self.among(y, p)


class Precision(AccumulatingMetric):
    """The share of positive labels among the examples predicted positive; 0 if no example is predicted positive.

    thresholds: one number; None is the middle, 0.5, or 0 beside a loss with from_logits=True. class_id: of one column alone.
    """

    threshold = property(_threshold, _set_threshold)

    def __init__(self, thresholds: float | None = None, class_id: int | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.threshold = thresholds
        self.columns = slice(None) if class_id is None else [count("class_id", class_id, 0)]

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        return share(w, y[:, self.columns] > 0, p[:, self.columns] > self.threshold)


class Recall(Precision):
    """The share of examples predicted positive among those with positive labels; 0 if no label is positive."""

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        return share(w, p[:, self.columns] > self.threshold, y[:, self.columns] > 0)


class F1Score(AccumulatingMetric):
    """2 precision recall / (precision + recall) = 2 tp / (2 tp + fp + fn) of each class, which is a column of the rows.

    average: "macro" is their mean, "weighted" weighs each class by its examples, "micro" counts the examples of all classes
    together, and None returns an array. Keras's default is None, which `fit` can't show; for one column all are the same.
    threshold: above it an output says yes. None chooses the largest output of a row; of one column it is the middle, 0.5 or, of
    logits, 0 (Keras then calls every example positive).

    >>> F1Score()([[1], [1], [0]], [[0.9], [0.2], [0.1]])
    0.6666666666666666
    """

    threshold = property(_threshold, _set_threshold)

    def __init__(self, average: str | None = "macro", threshold: float | None = None, name: str | None = None) -> None:
        super().__init__(name)
        self.average = None if average is None else one_of("average", average, ("macro", "weighted", "micro"))
        self.threshold = threshold

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        chosen = p == p.max(-1, keepdims=True) if self._given is None and p.shape[1] > 1 else p > self.threshold
        y, axis = y > 0, None if self.average == "micro" else 0
        both, either = (np.sum(w * x, axis=axis) for x in (y & chosen, 1.0 * y + chosen))
        scores = 2 * both / np.maximum(either, np.finfo(float).tiny)
        if self.average == "weighted":
            return np.sum(scores * (w * y).sum(0)) / max((w * y).sum(), np.finfo(float).tiny)
        return scores if self.average is None and p.shape[1] > 1 else np.mean(scores)


class MeanIoU(Metric):
    """The mean over the classes of intersection / union = tp / (tp + fp + fn), of those classes that occur.

    num_classes: labels are 0 ... num_classes - 1. ignore_class: what has this label does not count. sparse_y_true,
    sparse_y_pred: whether these are labels, not rows with a number for each class, of which the largest is taken.
    """

    gathers = ("confusion",)

    def __init__(self, num_classes: int, name: str | None = None, ignore_class: int | None = None, sparse_y_true: bool = True,
                 sparse_y_pred: bool = True) -> None:  # fmt: skip
        self.num_classes, self.ignore_class = count("num_classes", num_classes), ignore_class
        self.sparse_y_true, self.sparse_y_pred = flag("sparse_y_true", sparse_y_true), flag("sparse_y_pred", sparse_y_pred)
        super().__init__(name)

    def reset_state(self) -> None:
        self.confusion = np.zeros((self.num_classes, self.num_classes))

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y, p, sample_weight = what_is_there(y_true, y_pred, sample_weight)
        y, p = y if self.sparse_y_true else y.argmax(-1), p if self.sparse_y_pred else p.argmax(-1)
        w = near(p, np.ones(()) if sample_weight is None else weights_for(y.shape, sample_weight))
        labels = same_shape(y, p)
        counts = near(p, np.ones(y.shape, bool)) if self.ignore_class is None else labels != self.ignore_class
        y, p, w = y[counts], p[counts], np.broadcast_to(w, counts.shape)[counts]
        for each in (y, p):
            check_labels(each, self.num_classes)
        pairs = np.bincount(y.astype(int) * self.num_classes + p.astype(int), w, self.num_classes**2)
        self.confusion = near(pairs, self.confusion) + pairs.reshape(self.confusion.shape)

    def result(self) -> float:
        both = np.diag(self.confusion)
        either = self.confusion.sum(0) + self.confusion.sum(1) - both
        return float(np.mean(both[either > 0] / either[either > 0])) if either.any() else float("nan")


class AUC(AccumulatingMetric):
    """The area under the ROC curve: the probability that a positive example has a larger output than a negative one.

    The area is exact, while Keras samples the curve at 200 thresholds. It is NaN if all labels are positive, or all negative.

    num_thresholds and from_logits are accepted as Keras's: an exact area needs no thresholds, and logits have the same order.

    >>> AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """

    def __init__(self, num_thresholds: int = 200, curve: str = "ROC", name: str | None = None,
                 from_logits: bool = False) -> None:  # fmt: skip
        super().__init__(name)
        count("num_thresholds", num_thresholds), one_of("curve", curve, ("ROC",)), flag("from_logits", from_logits)

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        order = np.argsort(p, axis=None)
        p, w = p.ravel()[order], np.broadcast_to(w, y.shape).ravel()[order]
        last = np.append(p[1:] != p[:-1], True)  # the last of equal outputs
        up, down = (np.append(0, np.cumsum(w * is_it)[last]) for is_it in ((y > 0).ravel()[order], (y <= 0).ravel()[order]))
        with np.errstate(invalid="ignore"):
            return np.sum(np.diff(up) * (down[1:] + down[:-1])) / (2 * up[-1] * down[-1])


def share(w: np.ndarray, part: np.ndarray, among: np.ndarray) -> float:
    """The weight of the examples in both `part` and `among`, divided by the weight of those in `among`."""
    whole = np.sum(w * among)
    return np.sum(w * (part & among)) / whole if whole else 0.0


def class_of(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The classes of one-hot rows y, which have the shape of the outputs p."""
    return same_shape(y, p).argmax(-1)


def label_of(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The labels y, whole numbers: one for each row of the outputs p, or a column of them."""
    return same_shape(y[..., 0] if y.shape == (*p.shape[:-1], 1) else y, np.empty(p.shape[:-1]))  # p may have no columns
