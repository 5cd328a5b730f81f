"""nn.sklearn: scikit-learn's own checks of an estimator, and the company that an estimator keeps."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6")

from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import nn
from nn.sklearn import MLPClassifier, MLPRegressor


@parametrize_with_checks([MLPClassifier(), MLPRegressor()])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


# -- the company it keeps --------------------------------------------------------------------------------------------

DIGITS = load_digits()
X, LABELS = DIGITS.data, DIGITS.target
FAST = {"solver": "adam", "learning_rate_init": 0.01, "max_iter": 15, "random_state": 0}


def test_it_reads_digits_in_a_pipeline():
    x, held_x, labels, answers = train_test_split(X, LABELS, random_state=0)
    pipe = make_pipeline(StandardScaler(), MLPClassifier((64,), **FAST))
    assert pipe.fit(x, labels).score(held_x, answers) > 0.95


def test_a_grid_search_finds_the_rate_that_learns():
    grid = {"learning_rate_init": [1e-6, 0.01], "hidden_layer_sizes": [(8,), (16, 8)]}
    search = GridSearchCV(MLPClassifier(batch_size=32, max_iter=15, random_state=0), grid, cv=3, error_score="raise")
    search.fit(X[:600] / 4, LABELS[:600])
    assert search.best_params_["learning_rate_init"] == 0.01 and search.best_score_ > 0.7


@pytest.mark.parametrize("solver", ["sgd", nn.optimizers.SGD(0.1, momentum=0.9)], ids=["name", "object"])
def test_a_clone_learns_the_same_and_an_optimizer_stays_as_it_was(solver):
    first = MLPClassifier((8,), solver=solver, max_iter=5, random_state=3).fit(X / 16, LABELS)
    second = clone(first).fit(X / 16, LABELS)
    np.testing.assert_array_equal(first.predict_proba(X / 16), second.predict_proba(X / 16))
    assert isinstance(solver, str) or (solver.iterations == 0 and not solver.state)


def test_a_pickle_predicts_the_same():
    classifier = MLPClassifier((8,), **FAST).fit(X, LABELS)
    again = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(again.predict_proba(X), classifier.predict_proba(X))


def test_random_state_decides_everything_and_leaves_nns_stream_alone():
    nn.set_random_seed(1)
    expected = nn.settings.generator().random(3)
    nn.set_random_seed(1)
    rows = [MLPRegressor((8,), dropout=0.3, max_iter=3, random_state=seed).fit(X, LABELS).predict(X) for seed in (0, 0, 1)]
    assert np.array_equal(rows[0], rows[1]) and not np.array_equal(rows[0], rows[2])
    assert np.array_equal(nn.settings.generator().random(3), expected)


def test_early_stopping_keeps_the_best_weights_of_the_epochs():
    patient = {"early_stopping": True, "n_iter_no_change": 3, "tol": 0.0, "alpha": 0.0}
    classifier = MLPClassifier((32,), learning_rate_init=0.03, random_state=0, **patient).fit(X / 16, LABELS)
    losses = classifier.history_["val_loss"]
    assert classifier.n_iter_ == len(losses) == int(np.argmin(losses)) + 4 < classifier.max_iter
    random = np.random.RandomState(0)
    _, held, _, answers = train_test_split(X / 16, LABELS, test_size=0.1, random_state=random, stratify=LABELS)
    logs = classifier.predict_log_proba(held)[np.arange(len(held)), answers]
    assert -logs.mean() == pytest.approx(min(losses), rel=1e-9)


def test_probabilities_are_those_of_scikit_learns_network_of_the_same_weights():
    theirs = neural_network.MLPClassifier((8, 5), activation="tanh", max_iter=3, random_state=0)
    ours = MLPClassifier((8, 5), activation="tanh", max_iter=1, random_state=0).fit(X, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, LABELS)
    ours.model_.set_weights([w for pair in zip(theirs.coefs_, theirs.intercepts_) for w in pair])
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


def test_a_whole_training_is_scikit_learns_from_the_same_weights():
    """Plain gradient descent on all examples at once, with alpha."""
    theirs = neural_network.MLPClassifier(
        (6,), "tanh", solver="sgd", alpha=0.5, batch_size=len(X), learning_rate_init=0.1, max_iter=1, shuffle=False,
        momentum=0.0, nesterovs_momentum=False, random_state=0, warm_start=True,
    )  # fmt: skip
    ours = MLPClassifier(
        (6,), "tanh", solver="sgd", alpha=0.5, batch_size=len(X), learning_rate_init=0.1, max_iter=1, shuffle=False
    ).fit(X / 16, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X / 16, LABELS)
        ours.model_.set_weights([w for pair in zip(theirs.coefs_, theirs.intercepts_) for w in pair])
        for _ in range(10):
            theirs.fit(X / 16, LABELS)
    history = ours.model_.fit(X / 16, LABELS, batch_size="all", epochs=10, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], theirs.loss_curve_[1:], rtol=1e-9)


def test_labels_are_what_they_are():
    names = np.array([f"digit {k}" for k in range(10)])[LABELS]
    classifier = MLPClassifier((16,), **FAST).fit(X / 16, names)
    assert list(classifier.classes_) == sorted(set(names)) and classifier.score(X / 16, names) > 0.9


def test_several_numbers_are_predicted_in_the_shape_they_had():
    for y in (X[:, 0], X[:, :1], X[:, :3]):
        regressor = MLPRegressor((4,), max_iter=2).fit(X, y)
        assert regressor.predict(X).shape == y.shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_computes_in_the_precision_of_the_data(dtype):
    assert MLPClassifier((4,), max_iter=1).fit(X.astype(dtype), LABELS).predict_proba(X.astype(dtype)).dtype == dtype


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="one class only: 7"):
        MLPClassifier().fit(X, np.full(len(X), 7))
