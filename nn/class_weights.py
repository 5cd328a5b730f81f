"""class_weight: each example weighs as much as its class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nn.arguments import index, number, one, wrong
from nn.arrays import near

FINITE = float(np.finfo(float).max)


def weights_by_class(y: np.ndarray | None, class_weight: Mapping[int, float], partial: bool = False) -> np.ndarray:
    """The weight of each example's class. A class that is not in class_weight has the weight 1.

    y: labels, or rows that are one-hot or probabilities. partial: y is one batch of several, so it may lack classes. Raises
    ValueError for a weight that is negative or not finite, a key that is no label of y, and targets that are no classes.
    """
    given = one("class_weight", class_weight, "a dictionary {class: weight}", Mapping)
    weight_of: dict[int, float] = {}
    for key, weight in given.items():
        label = int(key) if isinstance(key, (bool, np.bool_, float)) and key % 1 == 0 else index(key)
        if label is None:
            raise wrong("A key of class_weight", "a label of y, a whole number", key)
        weight_of[label] = float(number(f"class_weight[{key!r}]", weight, 0.0, FINITE, "a number, 0 or more, and finite"))
    if y is None:
        raise ValueError("class_weight is for targets, but y is None.")
    labels, classes = labels_of(y)
    there = set(np.unique(labels).tolist())
    unknown, without = weight_of.keys() - (classes or there), there - weight_of.keys()
    if unknown and (classes or any(label < 0 or not partial for label in without)):
        raise ValueError(
            f"class_weight has the keys {sorted(weight_of)}, but the classes of y are {listed(classes or there)}: each key is "
            "a class of y. Give every class a weight, 1.0 for the usual one."
        )
    weights = near(y, np.ones(len(y)))
    for label, weight in weight_of.items():
        weights = np.where(labels == label, weight, weights)
    return weights


def labels_of(y: np.ndarray) -> tuple[np.ndarray, set[int]]:
    """(The class of each example, the classes that the columns of y name or none if y has labels)."""
    rows = y.ndim > 1 and y.shape[-1] > 1
    labels = y.argmax(-1) if rows else y.reshape(-1)
    if labels.shape != y.shape[:1]:
        raise ValueError(f"class_weight is for one label an example, but y has shape {y.shape}.")
    if rows:
        distinct = np.count_nonzero(y == y.max(-1, keepdims=True), axis=-1) == 1
        likely = np.isin(y, (y.min(), y.max())).all() or (y.min() >= 0 and np.allclose(y.sum(-1), 1.0, atol=1e-3))
        if not (distinct.all() and likely):
            raise ValueError(f"class_weight is for one class an example, but y, of shape {y.shape}, has rows that are not "
                             "one-hot: weigh the examples with sample_weight.")  # fmt: skip
        return labels, set(range(y.shape[-1]))
    if not np.isfinite(labels).all() or not np.array_equal(whole := labels.astype(np.int64), labels):
        raise ValueError(f"class_weight is for classes, whole numbers, but y, of {y.dtype}, has fractions, NaN or infinity: "
                         "weigh the examples of a regression with sample_weight.")  # fmt: skip
    return whole, set()


def listed(labels: set[int]) -> str:
    """The labels in order; of many the first and the last."""
    each = sorted(labels)
    return str(each) if len(each) <= 10 else f"{str(each[:5])[:-1]}, ..., {each[-1]}]"
