"""The two estimators: what a network's outputs mean, for classes and for numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import column_or_1d, validate_data

import autodiff as ad
from nn import optimizers
from nn.activations import log_softmax, sigmoid, softmax
from nn.lookup import one_of
from nn.sklearn.base import FLOATS, MLP
from nn.typing import ArrayLike, Function


class MLPClassifier(ClassifierMixin, MLP):
    """A network that classifies, for labels of any kind: softmax and cross-entropy, or a sigmoid for two classes. A y of zeros
    and ones with a column for each label, any number of which are true of an example, gets a sigmoid for each.

    >>> from nn.sklearn import MLPClassifier
    >>> xor = MLPClassifier((8,), "tanh", learning_rate_init=0.1, random_state=0)
    >>> xor.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]).predict([[1, 0], [1, 1]]).tolist()
    ['yes', 'no']
    """

    @available_if(lambda estimator: estimator.solver != "lbfgs")
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None, classes: Any = None) -> Self:
        """Train for one epoch on these examples, from the present weights. Returns the estimator.

        classes: all labels that will ever come, needed in the first call.
        """
        if _check_partial_fit_first_call(self, classes):
            several = type_of_target(y).startswith("multilabel")
            self._binarizer = LabelBinarizer().fit(y if several else self.classes_)
        return self._train(X, y, sample_weight, partial=True)

    def _data(self, X: ArrayLike, y: ArrayLike, begins: bool, partial: bool) -> tuple[np.ndarray, np.ndarray]:
        x, labels = validate_data(self, X, y, dtype=FLOATS, multi_output=True, reset=begins)
        check_classification_targets(labels)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = column_or_1d(labels, warn=True)
        if begins and not partial:
            self._binarizer = LabelBinarizer().fit(labels)
            self.classes_ = self._binarizer.classes_
        new = sorted(set(unique_labels(labels).tolist()) - set(self.classes_.tolist()))
        if new:
            raise ValueError(f"`y` has classes not in `self.classes_`: {new} are new to {self.classes_.tolist()}.")
        if len(self.classes_) < 2:
            raise ValueError(f"A classifier tells classes apart, but y has one class only: {self.classes_[0]}.")
        self.out_activation_ = "softmax" if self._binarizer.y_type_ == "multiclass" else "logistic"
        return x, self._binarizer.transform(labels).astype(x.dtype)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The label of each row or, of several labels, a row of zeros and ones."""
        return self._labels(self._outputs(X))

    def _labels(self, outputs: np.ndarray) -> np.ndarray:
        """The likeliest labels: those of the largest output, or of each output above 0, where the sigmoid is a half."""
        if self.out_activation_ == "softmax":
            return self.classes_[outputs.argmax(-1)]
        return self._binarizer.inverse_transform((outputs > 0).astype(int))

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The probability of each class, a column each, in the order of classes_. Of several labels each has its own."""
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return softmax(outputs)
        p = sigmoid(outputs)
        return np.hstack([1 - p, p]) if self.n_outputs_ == 1 else p

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """The logarithms of the probabilities, exact for the smallest too."""
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return log_softmax(outputs)
        logs = -ad.softplus(-outputs)
        return np.hstack([-ad.softplus(outputs), logs]) if self.n_outputs_ == 1 else logs

    def _score(self, x: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
        truth = self._binarizer.inverse_transform(targets)
        return float(accuracy_score(truth, self._labels(self.model_.predict(x)), sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, MLP):
    """A network that predicts one number or several: linear outputs and half the squared error.

    loss: "squared_error", or "poisson" for counts y >= 0, with exponential outputs and half the Poisson deviance.

    >>> import numpy as np
    >>> from nn.sklearn import MLPRegressor
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> parabola = MLPRegressor((16,), solver="lbfgs", random_state=0).fit(x, x[:, 0] ** 2)
    >>> parabola.score(x, x[:, 0] ** 2) > 0.99
    True
    """

    def __init__(
        self, hidden_layer_sizes: int | Sequence[int] = (100,), activation: str | Function = "relu",
        solver: str | optimizers.Optimizer = "adam", alpha: float = 0.0001, batch_size: int | str = "auto", *,
        loss: str = "squared_error", learning_rate: str = "constant", learning_rate_init: float = 0.001,
        power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True, random_state: Any = None, tol: float = 1e-4,
        verbose: bool = False, warm_start: bool = False, momentum: float = 0.9, nesterovs_momentum: bool = True,
        early_stopping: bool = False, validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-8, n_iter_no_change: int = 10, max_fun: int = 15000, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        parameters = locals()  # scikit-learn reads their names from the signature, so they are written here once more
        super().__init__(**{name: x for name, x in parameters.items() if name not in ("self", "loss", "__class__")})
        self.loss = loss

    def _data(self, X: ArrayLike, y: ArrayLike, begins: bool, partial: bool) -> tuple[np.ndarray, np.ndarray]:
        x, targets = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True, reset=begins)
        poisson = one_of("loss", self.loss, ("squared_error", "poisson")) == "poisson"
        if poisson and (targets < 0).any():
            raise ValueError(f"loss='poisson' is for counts, y >= 0, but y goes down to {targets.min():.4g}.")
        self.out_activation_ = "exp" if poisson else "identity"
        self._shape = targets.shape[1:]
        return x, targets.reshape(len(targets), -1).astype(x.dtype)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The prediction for each row, with the shape of y."""
        outputs = self._activated(self._outputs(X))
        return outputs.reshape(len(outputs), *self._shape)

    def _activated(self, outputs: np.ndarray) -> np.ndarray:
        return np.exp(outputs) if self.out_activation_ == "exp" else outputs

    def _score(self, x: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
        outputs = self._activated(self.model_.predict(x))
        return float(r2_score(targets, outputs, sample_weight=weights)) if np.isfinite(outputs).all() else math.nan

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = tags.target_tags.multi_output = True
        return tags
