"""Metrics of errors, most of them the mean of a loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import losses
from nn.arguments import axes, flag, fraction
from nn.arrays import plain
from nn.metrics.base import AccumulatingMetric, Mean, columns


class LossMetric(Mean):
    """The mean of the `cost` of its class, a loss function, over the outputs of each example."""

    better = "min"
    cost: Any = None  # subclasses set it

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return plain(type(self).cost(*columns(y, p)))


class MeanSquaredError(LossMetric):
    """mean((y - ŷ)^2)."""

    cost = staticmethod(losses.mean_squared_error)


class RootMeanSquaredError(MeanSquaredError):
    """sqrt(mean((y - ŷ)^2))."""

    def result(self) -> float:
        return super().result() ** 0.5


class MeanAbsoluteError(LossMetric):
    """mean(|y - ŷ|)."""

    cost = staticmethod(losses.mean_absolute_error)


class MeanAbsolutePercentageError(LossMetric):
    """100 mean(|y - ŷ| / max(|y|, 1e-7))."""

    cost = staticmethod(losses.mean_absolute_percentage_error)


class MeanSquaredLogarithmicError(LossMetric):
    """mean((log(1 + y) - log(1 + ŷ))^2)."""

    cost = staticmethod(losses.mean_squared_logarithmic_error)


class LogCoshError(LossMetric):
    """mean(log(cosh(ŷ - y)))."""

    cost = staticmethod(losses.log_cosh)


class Poisson(LossMetric):
    """mean(ŷ - y log ŷ)."""

    cost = staticmethod(losses.poisson)


class Hinge(LossMetric):
    """mean(max(0, 1 - y ŷ)) of labels -1 and 1, or 0 and 1."""

    cost = staticmethod(losses.hinge)


class SquaredHinge(LossMetric):
    """mean(max(0, 1 - y ŷ)^2) of labels -1 and 1, or 0 and 1."""

    cost = staticmethod(losses.squared_hinge)


class CategoricalHinge(LossMetric):
    """mean(max(0, 1 + max((1 - y) ŷ) - sum(y ŷ))) of one-hot rows y."""

    cost = staticmethod(losses.categorical_hinge)


class KLDivergence(LossMetric):
    """mean(sum(y log(y / ŷ))) of probabilities."""

    known_as = "kl_divergence"
    cost = staticmethod(losses.kl_divergence)


class CosineSimilarity(Mean):
    """mean(sum(y ŷ) / (|y| |ŷ|)) along `axis`: 1 for one direction. The loss of this name has the other sign, as in Keras."""

    def __init__(self, name: str | None = None, axis: int = -1) -> None:
        super().__init__(name)
        self.axis: Any = axes("axis", axis)

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        return -plain(losses.cosine_similarity(y, p, self.axis))


class BinaryCrossentropy(Mean):
    """mean(-y log p - (1 - y) log(1 - p)). from_logits: None is what the loss says."""

    better = "min"
    cost = staticmethod(losses.binary_crossentropy)

    def __init__(self, name: str | None = None, from_logits: bool | None = None, label_smoothing: float = 0.0,
                 axis: int = -1) -> None:  # fmt: skip
        super().__init__(name)
        self.from_logits = None if from_logits is None else flag("from_logits", from_logits)
        self.options = {"label_smoothing": fraction("label_smoothing", label_smoothing), "axis": axes("axis", axis)}

    def score(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        from_logits = self.of_logits if self.from_logits is None else self.from_logits
        return plain(type(self).cost(y, p, from_logits=from_logits, **self.options))


class CategoricalCrossentropy(BinaryCrossentropy):
    """mean(-sum(y log p)) of one-hot rows y. from_logits: None is what the loss says."""

    cost = staticmethod(losses.categorical_crossentropy)


class SparseCategoricalCrossentropy(BinaryCrossentropy):
    """mean(-log p[label]) of integer labels. from_logits: None is what the loss says."""

    cost = staticmethod(losses.sparse_categorical_crossentropy)


class R2Score(AccumulatingMetric):
    """1 - sum((y - ŷ)^2) / sum((y - mean(y))^2), averaged over the outputs. For a constant y it is 1 if ŷ = y and else 0."""

    def compute(self, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Any:
        residual = (w * (y - p) ** 2).sum(0)
        total = (w * (y - (w * y).sum(0) / w.sum()) ** 2).sum(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.mean(np.where(total > 0, 1 - residual / total, residual == 0))
