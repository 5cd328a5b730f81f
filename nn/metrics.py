"""Metrics: how good the predictions of all batches of an epoch are. They are not differentiated."""

from __future__ import annotations

from typing import Any

import numpy as np

import autodiff as ad
from nn import lookup
from nn.arguments import number
from nn.data import numbers, weights_for
from nn.typing import ArrayLike, Function


class Metric:
    """`update_state(y_true, y_pred, sample_weight)` takes a batch, `result()` is a float, `reset_state()` starts again.

    name: its key in the history. better: "max" or "min".
    """

    better = "max"

    def __init__(self, name: str | None = None) -> None:
        self.name = lookup.name_of(self, name)
        self.reset_state()

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The metric of these predictions alone."""
        self.reset_state()
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Take one batch into account."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it gathers: define update_state(y_true, y_pred).")

    def result(self) -> float:
        """The metric of all batches since the last reset."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it gives: define result().")

    def reset_state(self) -> None:
        """Forget all batches."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it starts: define reset_state().")


class Mean(Metric):
    """The mean of `score(y_true, y_pred)`, which subclasses define: an array of numbers for the examples."""

    def reset_state(self) -> None:
        self.total = self.count = 0.0

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        scores = self.score(read("y_true", y_true), read("y_pred", y_pred))
        if sample_weight is None:
            self.total += float(scores.sum())
            self.count += scores.size
        else:
            w = weights_for(scores.shape, sample_weight)
            self.total += float((scores * w).sum())
            self.count += float(np.broadcast_to(w, scores.shape).sum())

    def result(self) -> float:
        return self.total / self.count if self.count else float("nan")

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} does not say how it scores: define score(y_true, y_pred).")


class SparseCategoricalAccuracy(Mean):
    """The share of examples whose largest output is that of the label, an integer.

    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return hits(y[..., 0] if y.shape == (*p.shape[:-1], 1) else y, p.argmax(-1))


class CategoricalAccuracy(Mean):
    """The share of examples whose largest output is where the one-hot row has its 1."""

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return hits(y.argmax(-1), p.argmax(-1))


class BinaryAccuracy(Mean):
    """The share of outputs on the right side of the threshold: above it for label 1, else for label 0 or -1."""

    def __init__(self, name: str | None = None, threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = number("threshold", threshold)

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        y, p = columns(y, p)
        return ((p > self.threshold) == (y > 0)).mean(-1)


class Accuracy(BinaryAccuracy):
    """The accuracy that fits the shapes: binary for one output, categorical for one-hot rows, and sparse for other labels."""

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        if p.ndim == 1 or p.shape[-1] == 1:
            return super().score(y, p)
        if y.shape == p.shape:
            return hits(y.argmax(-1), p.argmax(-1))
        return hits(y[..., 0] if y.shape == (*p.shape[:-1], 1) else y, p.argmax(-1))


class MeanSquaredError(Mean):
    """mean((y - ŷ)^2)."""

    better = "min"

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        y, p = columns(y, p)
        return np.square(p - y).mean(-1)


class RootMeanSquaredError(MeanSquaredError):
    """sqrt(mean((y - ŷ)^2))."""

    def result(self) -> float:
        return super().result() ** 0.5


class MeanAbsoluteError(Mean):
    """mean(|y - ŷ|)."""

    better = "min"

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        y, p = columns(y, p)
        return np.abs(p - y).mean(-1)


class AccumulatingMetric(Metric):
    """A metric that needs all examples at once. Subclasses define it in `compute(y, p, w)`: the targets and predictions as
    (examples, outputs), and the weights as (examples, 1)."""

    def reset_state(self) -> None:
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def update_state(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        y, p = columns(read("y_true", y_true), read("y_pred", y_pred))
        self.parts.append((y, p, np.ones(len(p)) if sample_weight is None else weights_for((len(p),), sample_weight)))

    def result(self) -> float:
        if not self.parts:
            return float("nan")
        y, p, w = (np.concatenate(columns) for columns in zip(*self.parts))
        return float(self.compute(y, p, w[:, None]))

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what it gives: define compute(y, p, w).")


class Precision(AccumulatingMetric):
    """The share of positive labels among the examples predicted positive; 0 if no example is predicted positive."""

    def __init__(self, threshold: float = 0.5, name: str | None = None) -> None:
        super().__init__(name)
        self.threshold = number("threshold", threshold)

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        return share(w, y > 0, p > self.threshold)


class Recall(Precision):
    """The share of examples predicted positive among those with positive labels; 0 if no label is positive."""

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        return share(w, p > self.threshold, y > 0)


class AUC(AccumulatingMetric):
    """The area under the ROC curve: the probability that a positive example has a larger output than a negative one.

    The area is exact, while Keras samples the curve at 200 thresholds. It is NaN if all labels are positive, or all negative.

    >>> AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        order = np.argsort(p, axis=None)
        p, w = p.ravel()[order], np.broadcast_to(w, y.shape).ravel()[order]
        last = np.append(p[1:] != p[:-1], True)  # the last of equal outputs
        up, down = (np.append(0, np.cumsum(w * is_it)[last]) for is_it in ((y > 0).ravel()[order], (y <= 0).ravel()[order]))
        with np.errstate(invalid="ignore"):
            return np.sum(np.diff(up) * (down[1:] + down[:-1])) / (2 * np.float64(up[-1]) * down[-1])


class R2Score(AccumulatingMetric):
    """1 - sum((y - ŷ)^2) / sum((y - mean(y))^2), averaged over the outputs. For a constant y it is 1 if ŷ = y and else 0."""

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        residual = (w * (y - p) ** 2).sum(0)
        total = (w * (y - (w * y).sum(0) / w.sum()) ** 2).sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.mean(np.where(total > 0, 1 - residual / total, residual == 0))


def read(what: str, a: ArrayLike) -> np.ndarray:
    """The numbers of a batch, with an axis of examples. A tape does not mind: metrics are not differentiated."""
    return numbers(what, a if isinstance(a, np.ndarray) or hasattr(a, "toarray") else ad.to_numpy(a))


def share(w: np.ndarray, part: np.ndarray, among: np.ndarray) -> float:
    """The weight of the examples in both `part` and `among`, divided by the weight of those in `among`."""
    whole = np.sum(w * among)
    return np.sum(w * (part & among)) / whole if whole else 0.0


def hits(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Where the classes are equal. Raises ValueError for different shapes."""
    if y.shape != p.shape:
        raise ValueError(f"There are labels of shape {y.shape}, but predictions for shape {p.shape}.")
    return y == p


def columns(y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Targets and predictions as floats of shape (examples, outputs). Raises ValueError for different sizes."""
    if y.size != p.size or len(y) != len(p):
        raise ValueError(f"y_true has shape {y.shape} and y_pred {p.shape}: a metric compares as many targets as predictions.")
    return floats(y).reshape(len(y), -1), floats(p).reshape(len(p), -1)


def floats(a: np.ndarray) -> np.ndarray:
    """Integers and booleans as float64, as their differences may wrap, and half precision, whose squares may be infinite."""
    return a if a.dtype.kind == "f" and a.dtype.itemsize >= 4 else a.astype(np.float64)


CLASSES = (
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, Precision, Recall, AUC, MeanSquaredError,
    RootMeanSquaredError, MeanAbsoluteError, R2Score,
)  # fmt: skip
NAMES = lookup.table(*CLASSES, acc=Accuracy, mse=MeanSquaredError, mae=MeanAbsoluteError, rmse=RootMeanSquaredError, r2=R2Score)
__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "Mean", "MeanAbsoluteError", "MeanSquaredError", "Metric",
    "Precision", "R2Score", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy",
]  # fmt: skip


def get(metric: str | Metric | Function, from_logits: bool = False) -> Metric:
    """The metric of that name. A Metric stays as it is, and a function (y_true, y_pred) becomes a metric.

    from_logits: the outputs are logits, so the threshold between the classes is 0. Raises ValueError for an unknown name.
    """
    if isinstance(metric, Metric):
        return metric
    made = lookup.resolve("metric", metric, NAMES)
    if not isinstance(made, Metric):
        made = MeanOf(made)
    elif isinstance(metric, str):
        made.name = metric
        if hasattr(made, "threshold") and from_logits:
            made.threshold = 0.0
    return made


class MeanOf(Mean):
    """The mean of a function (y_true, y_pred)."""

    def __init__(self, function: Function, name: str | None = None) -> None:
        super().__init__(name or lookup.snake(getattr(function, "__name__", "metric")))
        self.function = function

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return ad.to_numpy(self.function(y, p))
