"""What the classifier and the regressor share: their parameters, the network, and its first weights."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from nn import activations, optimizers
from nn.arguments import count, fraction, number, positive, share
from nn.layers import Dense, Dropout, Layer
from nn.lookup import one_of
from nn.model import Sequential
from nn.sklearn import training
from nn.typing import ArrayLike, DType, Function

FLOATS = (np.float64, np.float32)
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid"}  # scikit-learn's names, and nn's


class MLP(BaseEstimator):
    """What the classifier and the regressor share. Parameters, their defaults, and what `fit` leaves, are those of
    scikit-learn's own estimators of these names. The same random_state gives the same weights, up to rounding: the first
    weights, the order of the examples and the steps are scikit-learn's. There is more:

    activation: also any of `nn.activations`, by name or as a function. solver: also any of `nn.optimizers`, by name, with the
    rate learning_rate_init, or as an object. dropout: the share of each hidden layer that is dropped in training.

    Two things differ. A batch_size above the number of examples stands for all of them, without a warning. For several numbers
    a row, the loss is the sum over them, whose gradient scikit-learn takes too; the loss that it shows is their mean.

    After `fit`, model_ is the nn.Sequential, without the last activation (out_activation_), and history_ is {"loss": [...]},
    under early_stopping with "val_score". Float32 data are computed in float32, other data in float64. random_state
    determines every random number; nn's own generator is not used.
    """

    def __init__(
        self, hidden_layer_sizes: int | Sequence[int] = (100,), activation: str | Function = "relu",
        solver: str | optimizers.Optimizer = "adam", alpha: float = 0.0001, batch_size: int | str = "auto", *,
        learning_rate: str = "constant", learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200,
        shuffle: bool = True, random_state: Any = None, tol: float = 1e-4, verbose: bool = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: int = 10, max_fun: int = 15000, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on y, a target for each row of X, with a weight for each row. Returns the estimator.

        With warm_start, training goes on from the present weights.
        """
        return self._train(X, y, sample_weight)

    @available_if(lambda estimator: estimator.solver != "lbfgs")
    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch on these examples, from the present weights. Returns the estimator."""
        return self._train(X, y, sample_weight, partial=True)

    def _train(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, partial: bool = False) -> Self:
        self._check_parameters(partial)
        begins = not hasattr(self, "model_") or not (self.warm_start or partial)
        x, targets = self._data(X, y, begins, partial)
        weights = _check_sample_weight(sample_weight, x, dtype=x.dtype)
        random = check_random_state(self.random_state)
        if begins:
            self._begin(x, targets, random)
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {targets.shape[1]} numbers a row, but the network was made for {self.n_outputs_}.")
        if self.solver == "lbfgs":
            unfinished = training.minimize(self, x, targets, weights)
        else:
            if not (partial and hasattr(self, "_optimizer")):
                self._optimizer = self._make_optimizer()
            unfinished = training.descend(self, x, targets, weights, random, partial)
        if not all(np.isfinite(w).all() for w in self.model_.get_weights()):
            raise ValueError("The weights are NaN or infinite now: scale X, by StandardScaler, or lower learning_rate_init.")
        if unfinished:
            warnings.warn(unfinished, ConvergenceWarning, stacklevel=3)
        return self

    def _data(self, X: ArrayLike, y: ArrayLike, begins: bool, partial: bool) -> tuple[np.ndarray, np.ndarray]:
        """(x, the targets as numbers, a row for each row of x). Sets out_activation_."""
        raise NotImplementedError

    def _check_parameters(self, partial: bool) -> None:
        """Raise ValueError for parameters out of range."""
        for units in np.atleast_1d(np.asarray(self.hidden_layer_sizes)).tolist():
            count("A size in hidden_layer_sizes", units)
        if isinstance(self.solver, str):
            one_of("solver", self.solver, ("lbfgs", *optimizers.NAMES))
        one_of("learning_rate", self.learning_rate, ("constant", "invscaling", "adaptive"))
        for name in ("alpha", "power_t", "tol"):
            number(name, getattr(self, name), 0.0, None, "a number, 0 or more")
        for name in ("learning_rate_init", "epsilon"):
            positive(name, getattr(self, name))
        for name in ("validation_fraction", "beta_1", "beta_2", "dropout"):
            share(name, getattr(self, name))
        fraction("momentum", self.momentum)
        for name in ("max_iter", "max_fun", "batch_size", "n_iter_no_change"):
            if getattr(self, name) not in ("auto", math.inf):
                count(name, getattr(self, name))
        if partial and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True: it has one epoch only.")
        if self.solver == "lbfgs" and self.dropout:
            raise ValueError("solver='lbfgs' needs a loss that is the same at each call, and dropout draws: set dropout=0.0.")

    # -- the network ---------------------------------------------------------------------------------------------------

    def _begin(self, x: np.ndarray, targets: np.ndarray, random: Any) -> None:
        """Make the network, with scikit-learn's first weights, and forget what was before."""
        self.n_outputs_ = targets.shape[1]
        sizes = [*np.atleast_1d(np.asarray(self.hidden_layer_sizes, int)).tolist(), self.n_outputs_]
        activation = activations.get(ACTIVATIONS.get(self.activation, self.activation))
        weights: list[np.ndarray] = []
        for fan_in, fan_out in zip([x.shape[1], *sizes], sizes):
            bound = math.sqrt((2.0 if activation is activations.sigmoid else 6.0) / (fan_in + fan_out))
            weights += [random.uniform(-bound, bound, (fan_in, fan_out)), random.uniform(-bound, bound, fan_out)]
        self.model_ = self._network(sizes, activation, x.dtype, random)
        self.model_.build((None, x.shape[1]))
        self.model_.set_weights(weights)
        self.n_layers_, self.n_iter_, self.t_ = len(sizes) + 1, 0, 0
        self.loss_curve_: list[float] = []
        self.validation_scores_: list[float] | None = [] if self.early_stopping else None
        self.best_validation_score_ = -math.inf if self.early_stopping else None
        self.best_loss_ = None if self.early_stopping else math.inf
        self._best_weights, self._unimproved = self.model_.get_weights(), 0

    def _network(self, sizes: Sequence[int], activation: Function, dtype: DType, random: Any) -> Sequential:
        layers: list[Layer] = []
        for units in sizes[:-1]:
            layers.append(Dense(units, activation, kernel_initializer="zeros", dtype=dtype))
            if self.dropout:
                layers.append(Dropout(self.dropout, seed=random.randint(2**31 - 1), dtype=dtype))
        return Sequential([*layers, Dense(sizes[-1], kernel_initializer="zeros", dtype=dtype)])

    def _make_optimizer(self) -> optimizers.Optimizer:
        if isinstance(self.solver, optimizers.Optimizer):
            return copy.deepcopy(self.solver)
        if self.solver == "sgd":
            return optimizers.SGD(self.learning_rate_init, self.momentum, self.nesterovs_momentum)
        if self.solver == "adam":
            return optimizers.Adam(self.learning_rate_init, self.beta_1, self.beta_2, self.epsilon)
        optimizer = optimizers.get(self.solver)
        optimizer.learning_rate = self.learning_rate_init
        return optimizer

    def _dense(self) -> list[Dense]:
        return [layer for layer in self.model_.layers if isinstance(layer, Dense)]

    @property
    def coefs_(self) -> tuple[np.ndarray, ...]:
        """The kernels of the layers, to be read only. `model_.set_weights` changes them."""
        check_is_fitted(self)
        return tuple([read_only(layer.kernel.numpy()) for layer in self._dense()])

    @property
    def intercepts_(self) -> tuple[np.ndarray, ...]:
        """The biases of the layers, to be read only."""
        check_is_fitted(self)
        return tuple([read_only(layer.bias.numpy()) for layer in self._dense()])

    @property
    def history_(self) -> dict[str, list[float]]:
        """{"loss": loss_curve_}, under early_stopping with "val_score": validation_scores_."""
        check_is_fitted(self)
        scores = {} if self.validation_scores_ is None else {"val_score": self.validation_scores_}
        return {"loss": self.loss_curve_, **scores}

    # -- predictions ---------------------------------------------------------------------------------------------------

    def _outputs(self, X: ArrayLike) -> np.ndarray:
        """What the network puts out for X, before the last activation."""
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, X, dtype=FLOATS, reset=False))

    def _score(self, x: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
        """The accuracy or R^2 of the network as it is, on examples as `_data` returns them."""
        raise NotImplementedError


def read_only(a: np.ndarray) -> np.ndarray:
    """a, which can't be written to: it is a copy, so the network would not hear of it."""
    a.flags.writeable = False
    return a
