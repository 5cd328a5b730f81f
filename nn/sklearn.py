"""Networks as estimators of scikit-learn, for its pipelines, grid searches and cross-validation, with its parameters' names."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from nn import losses, optimizers, settings
from nn.activations import log_softmax, softmax
from nn.callbacks import EarlyStopping
from nn.layers import Dense, Dropout, Layer
from nn.model import Sequential
from nn.regularizers import L2
from nn.typing import ArrayLike, DType, Function

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError("nn.sklearn needs scikit-learn 1.6 or newer: pip install 'autodiff-tape[sklearn]'.") from error

__all__ = ["MLPClassifier", "MLPRegressor"]


class MLP(BaseEstimator):
    """What the classifier and the regressor share. Parameters and defaults are those of scikit-learn's own estimators of these
    names, except for the following.

    activation: any of `nn.activations`, by name or as a function. solver: any of `nn.optimizers`, by name, with the rate
    learning_rate_init, or as an object. dropout: the share of each hidden layer that is dropped in training.
    early_stopping: watch the loss of a share validation_fraction of the examples, and restore the best weights.

    After `fit`, model_ is the nn.Sequential, and history_ its {"loss": [...], ...} of n_iter_ epochs. Float32 data are computed
    in float32, other data in float64. random_state determines every random number; nn's own generator is not used.
    """

    def __init__(
        self, hidden_layer_sizes: int | Sequence[int] = (100,), activation: str | Function = "relu",
        solver: str | optimizers.Optimizer = "adam", alpha: float = 0.0001, batch_size: int | str = "auto",
        learning_rate_init: float = 0.001, max_iter: int = 200, shuffle: bool = True, random_state: Any = None,
        tol: float = 1e-4, verbose: bool = False, early_stopping: bool = False, validation_fraction: float = 0.1,
        n_iter_no_change: int = 10, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.dropout = dropout

    def _train(self, x: np.ndarray, y: np.ndarray, outputs: int, loss: losses.Loss, stratify: Any = None) -> Self:
        """Make the network and train it to predict y from x."""
        random, held = check_random_state(self.random_state), None
        if self.early_stopping:
            split = {"test_size": self.validation_fraction, "random_state": random, "stratify": stratify}
            x, held_x, y, held_y = train_test_split(x, y, **split)
            held = (held_x, held_y)
        batch: Any = 200 if self.batch_size == "auto" else self.batch_size
        size = min(batch, len(x))
        watched = "loss" if held is None else "val_loss"
        stop = EarlyStopping(watched, self.tol, self.n_iter_no_change, restore_best_weights=self.early_stopping)
        with settings.use_generator(np.random.default_rng(random.randint(2**31))):
            model = self._network(outputs, x.dtype, size)
            model.compile(self._optimizer(), loss)
            history = model.fit(
                x, y, size, self.max_iter, int(self.verbose), [stop], validation_data=held, shuffle=self.shuffle
            )
        self.model_, self.history_, self.n_iter_ = model, history.history, len(history.epoch)
        return self

    def _network(self, outputs: int, dtype: DType, size: int) -> Sequential:
        penalty = L2(0.5 * self.alpha / size) if self.alpha else None  # scikit-learn's alpha counts per example
        options: dict[str, Any] = {"kernel_regularizer": penalty, "dtype": dtype}
        layers: list[Layer] = []
        for units in np.atleast_1d(np.asarray(self.hidden_layer_sizes, int)):
            layers += [Dense(units, self.activation, **options)]
            layers += [Dropout(self.dropout, dtype=dtype)] if self.dropout else []
        return Sequential([*layers, Dense(outputs, **options)])

    def _optimizer(self) -> optimizers.Optimizer:
        if isinstance(self.solver, optimizers.Optimizer):
            return copy.deepcopy(self.solver)
        optimizer = optimizers.get(self.solver)
        optimizer.learning_rate = self.learning_rate_init
        return optimizer

    def _outputs(self, x: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, x, dtype=FLOATS, reset=False))


FLOATS = (np.float64, np.float32)


class MLPClassifier(ClassifierMixin, MLP):
    """A network that classifies: softmax and cross-entropy, for labels of any kind.

    >>> from nn.sklearn import MLPClassifier
    >>> xor = MLPClassifier((8,), "tanh", learning_rate_init=0.1, random_state=0)
    >>> xor.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]).predict([[1, 0], [1, 1]]).tolist()
    ['yes', 'no']
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on the labels y, one for each row of X. Returns the estimator."""
        x, targets = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(targets)
        self.classes_, labels = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"A classifier tells classes apart, but y has one class only: {self.classes_[0]}.")
        loss = losses.SparseCategoricalCrossentropy(from_logits=True)
        return self._train(x, labels, len(self.classes_), loss, stratify=labels)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The label of each row."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(-1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The probability of each class, one column each, in the order of classes_."""
        return softmax(self._outputs(X))

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """The logarithms of the probabilities, exact for the smallest too."""
        return log_softmax(self._outputs(X))


class MLPRegressor(RegressorMixin, MLP):
    """A network that predicts one number or several: linear outputs and the mean squared error.

    >>> import numpy as np
    >>> from nn.sklearn import MLPRegressor
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> parabola = MLPRegressor((16,), learning_rate_init=0.03, random_state=0).fit(x, x[:, 0] ** 2)
    >>> parabola.score(x, x[:, 0] ** 2) > 0.98
    True
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on y, a number or a row of numbers for each row of X. Returns the estimator."""
        x, targets = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        self._shape = targets.shape[1:]
        return self._train(x, targets, targets.shape[1] if targets.ndim == 2 else 1, losses.MeanSquaredError())

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The prediction for each row, with the shape of y."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._shape)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = tags.target_tags.multi_output = True
        return tags
