"""Losses: the cost of the wrong predictions of a batch, J = 1/n sum L(y_pred, y_true).

Each loss is a function (y_true, y_pred) that returns one loss for each example, a mean over the last axis, and a class whose
objects reduce these to one number. A loss compares arrays of one shape. Where numpy would broadcast, (N, 1) against (N,) to
(N, N), it raises ValueError, and likewise for a target that is NaN.
"""

from nn import lookup
from nn.losses.base import Loss, LossFunction
from nn.losses.classification import *
from nn.losses.regression import *
from nn.typing import Function

CLASSES = (
    MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError, Huber, LogCosh, Poisson,
    CosineSimilarity, Hinge, SquaredHinge, CategoricalHinge, KLDivergence, BinaryCrossentropy, BinaryFocalCrossentropy,
    CategoricalCrossentropy, CategoricalFocalCrossentropy, SparseCategoricalCrossentropy,
)  # fmt: skip
NAMES = lookup.table(*CLASSES, **lookup.shortened(CLASSES), logcosh=LogCosh,
                     kl_divergence=KLDivergence)  # fmt: skip
__all__ = [
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalHinge", "CosineSimilarity", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "MeanAbsoluteError",
    "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson",
    "SparseCategoricalCrossentropy", "SquaredHinge", "binary_crossentropy", "binary_focal_crossentropy",
    "categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge", "cosine_similarity", "hinge", "huber",
    "kl_divergence", "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy", "squared_hinge",
]  # fmt: skip


def get(loss: str | Function) -> Loss:
    """The loss of that name. A function (y_true, y_pred) becomes a loss. Raises ValueError for an unknown name."""
    made = lookup.resolve("loss", loss, NAMES)
    return made if isinstance(made, Loss) else LossFunction(made)
