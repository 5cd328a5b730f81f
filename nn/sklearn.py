"""Networks as scikit-learn's estimators: in its pipelines, grid searches and cross-validation, under its parameters' names."""

import copy

import numpy as np

from nn import losses, optimizers, settings
from nn.activations import log_softmax, softmax
from nn.callbacks import EarlyStopping
from nn.layers import Dense, Dropout
from nn.model import Sequential
from nn.regularizers import L2

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
    """What the classifier and the regressor share. Parameters and their defaults are those of scikit-learn's own estimators
    of these names, except for these.

    activation: any of `nn.activations`, by name or as a function. solver: any of `nn.optimizers`, by name, and then with the
    rate learning_rate_init, or as an object. dropout: the share of each hidden layer that is dropped in training.
    early_stopping: watches the loss of a share validation_fraction of the examples, and restores the best weights.

    After `fit`, model_ is the nn.Sequential, history_ its {"loss": [...], ...} of n_iter_ epochs. Data of float32 are computed
    in float32, others in float64. The random_state decides everything; nn's own random stream is not touched.
    """

    def __init__(
        self, hidden_layer_sizes=(100,), activation="relu", solver="adam", alpha=0.0001, batch_size="auto",
        learning_rate_init=0.001, max_iter=200, shuffle=True, random_state=None, tol=1e-4, verbose=False,
        early_stopping=False, validation_fraction=0.1, n_iter_no_change=10, dropout=0.0,
    ):  # fmt: skip
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

    def _train(self, x, y, outputs, loss, stratify=None):
        """Make the network, and let it learn y from x."""
        random, held = check_random_state(self.random_state), None
        if self.early_stopping:
            split = {"test_size": self.validation_fraction, "random_state": random, "stratify": stratify}
            x, held_x, y, held_y = train_test_split(x, y, **split)
            held = (held_x, held_y)
        size = min(200 if self.batch_size == "auto" else self.batch_size, len(x))
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

    def _network(self, outputs, dtype, size):
        penalty = L2(0.5 * self.alpha / size) if self.alpha else None  # scikit-learn's alpha counts per example
        options = {"kernel_regularizer": penalty, "dtype": dtype}
        layers = []
        for units in np.atleast_1d(np.asarray(self.hidden_layer_sizes, int)):
            layers += [Dense(units, self.activation, **options)]
            layers += [Dropout(self.dropout, dtype=dtype)] if self.dropout else []
        return Sequential([*layers, Dense(outputs, **options)])

    def _optimizer(self):
        if isinstance(self.solver, optimizers.Optimizer):
            return copy.deepcopy(self.solver)
        optimizer = optimizers.get(self.solver)
        optimizer.learning_rate = self.learning_rate_init
        return optimizer

    def _outputs(self, x):
        check_is_fitted(self)
        return self.model_.predict(validate_data(self, x, dtype=FLOATS, reset=False))


FLOATS = (np.float64, np.float32)


class MLPClassifier(ClassifierMixin, MLP):
    """A network that tells classes apart: softmax and cross-entropy, whatever the labels are.

    >>> from nn.sklearn import MLPClassifier
    >>> xor = MLPClassifier((8,), "tanh", learning_rate_init=0.1, random_state=0)
    >>> xor.fit([[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]).predict([[1, 0], [1, 1]]).tolist()
    ['yes', 'no']
    """

    def fit(self, X, y):
        """The estimator, after it has learned the labels y, one for each row of X."""
        X, y = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"A classifier tells classes apart, but y has one class only: {self.classes_[0]}.")
        loss = losses.SparseCategoricalCrossentropy(from_logits=True)
        return self._train(X, labels, len(self.classes_), loss, stratify=labels)

    def predict(self, X):
        """The label of each row."""
        outputs = self._outputs(X)
        return self.classes_[outputs.argmax(-1)]

    def predict_proba(self, X):
        """The probability of each class, a column each, in the order of classes_."""
        return softmax(self._outputs(X))

    def predict_log_proba(self, X):
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

    def fit(self, X, y):
        """The estimator, after it has learned y, a number or a row of numbers for each row of X."""
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        self._shape = y.shape[1:]
        return self._train(X, y, y.shape[1] if y.ndim == 2 else 1, losses.MeanSquaredError())

    def predict(self, X):
        """The prediction for each row, of the shape that y had."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self._shape)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = tags.target_tags.multi_output = True
        return tags
