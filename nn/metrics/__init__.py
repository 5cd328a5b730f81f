"""Metrics: how good the predictions of all batches of an epoch are. They are not differentiated."""

from nn import lookup
from nn.metrics.base import Mean, MeanOf, Metric
from nn.metrics.classes import *
from nn.metrics.errors import *
from nn.typing import Function

CLASSES = (
    Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, Precision, Recall, F1Score, AUC,
    MeanSquaredError, RootMeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError,
    LogCoshError, Poisson, KLDivergence, CosineSimilarity, Hinge, SquaredHinge, CategoricalHinge, BinaryCrossentropy,
    CategoricalCrossentropy, SparseCategoricalCrossentropy, R2Score,
)  # fmt: skip
NAMES = lookup.table(
    *CLASSES, **lookup.shortened(CLASSES), acc=Accuracy, rmse=RootMeanSquaredError,
    r2=R2Score, f1=F1Score, logcosh=LogCoshError, log_cosh=LogCoshError, kl_divergence=KLDivergence,
    top_k_categorical_accuracy=TopKCategoricalAccuracy, sparse_top_k_categorical_accuracy=SparseTopKCategoricalAccuracy,
)  # fmt: skip
__all__ = [
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy", "CategoricalCrossentropy",
    "CategoricalHinge", "CosineSimilarity", "F1Score", "Hinge", "KLDivergence", "LogCoshError", "Mean", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanIoU", "MeanSquaredError", "MeanSquaredLogarithmicError", "Metric", "Poisson",
    "Precision", "R2Score", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy", "SquaredHinge", "TopKCategoricalAccuracy",
]  # fmt: skip


def get(metric: str | Metric | Function, from_logits: bool = False) -> Metric:
    """The metric of that name. A Metric stays as it is, and a function (y_true, y_pred) becomes a metric.

    from_logits: the outputs are logits, so the threshold between the classes is 0. Raises ValueError for an unknown name.
    """
    made = metric if isinstance(metric, Metric) else lookup.resolve("metric", metric, NAMES)
    if not isinstance(made, Metric):
        made = MeanOf(made)
    elif isinstance(metric, str):
        made.name = metric
    made.of_logits = from_logits
    return made
