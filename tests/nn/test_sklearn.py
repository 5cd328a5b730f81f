"""nn.sklearn: scikit-learn's own checks of an estimator, and the company that an estimator keeps."""

import pickle

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

import nn.sklearn
from nn.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # as trainings here are short


@parametrize_with_checks([MLPClassifier(max_iter=100), MLPRegressor(max_iter=100)])  # as scikit-learn checks its own two
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


# -- the numbers of scikit-learn's own estimators --------------------------------------------------------------------

DIGITS = load_digits()
X, LABELS = DIGITS.data, DIGITS.target
SOME, DIGIT = X[:400] / 16, LABELS[:400]
ABOVE = (DIGIT > 4).astype(int)
SEVERAL = np.stack([DIGIT > 4, DIGIT % 2 == 0, DIGIT % 3 == 0], axis=1).astype(int)
INK, COUNTS = SOME.sum(axis=1) / 10, DIGIT.astype(float)
WEIGHTS = np.random.default_rng(0).uniform(0.0, 2.0, len(SOME))
SGD = {"solver": "sgd", "learning_rate_init": 0.1}
SOON = {"tol": 0.5, "n_iter_no_change": 1, "max_iter": 20}
EARLY = {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30, "tol": 0.01}

TRAININGS = {  # what is trained to predict what, and by which parameters
    "adam": ("MLPClassifier", DIGIT, {}),
    "adam's own": ("MLPRegressor", INK, {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4}),
    "logistic": ("MLPClassifier", DIGIT, {"activation": "logistic"}),
    "identity": ("MLPClassifier", DIGIT, {"activation": "identity"}),
    "Nesterov's momentum": ("MLPClassifier", DIGIT, SGD),
    "momentum": ("MLPClassifier", DIGIT, SGD | {"momentum": 0.5, "nesterovs_momentum": False}),
    "no momentum": ("MLPClassifier", DIGIT, SGD | {"momentum": 0.0}),
    "invscaling": ("MLPClassifier", DIGIT, SGD | {"learning_rate": "invscaling", "power_t": 0.1}),
    "adaptive": ("MLPClassifier", DIGIT, SGD | SOON | {"learning_rate": "adaptive"}),
    "it stops": ("MLPClassifier", DIGIT, SGD | SOON),
    "lbfgs": ("MLPClassifier", DIGIT, {"solver": "lbfgs"}),
    "lbfgs, a number": ("MLPRegressor", INK, {"solver": "lbfgs"}),
    "alpha": ("MLPClassifier", DIGIT, {"alpha": 5.0, "batch_size": 150}),
    "in order": ("MLPClassifier", DIGIT, {"shuffle": False, "batch_size": 64}),
    "no hidden layer": ("MLPClassifier", DIGIT, {"hidden_layer_sizes": ()}),
    "two classes": ("MLPClassifier", ABOVE, {}),
    "several labels": ("MLPClassifier", SEVERAL, {}),
    "several labels, early": ("MLPClassifier", SEVERAL, EARLY),
    "early stopping": ("MLPClassifier", DIGIT, EARLY | {"learning_rate_init": 0.02}),
    "two classes, early": ("MLPClassifier", ABOVE, EARLY),
    "a number, early": ("MLPRegressor", INK, EARLY),
    "several numbers": ("MLPRegressor", SOME[:, 20:22], {"solver": "adam"}),
    "counts": ("MLPRegressor", COUNTS, {"loss": "poisson"}),
}


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["", "weights"])
@pytest.mark.parametrize("case", TRAININGS)
def test_a_training_is_scikit_learns(case, weights):
    name, y, parameters = TRAININGS[case]
    if "loss" in parameters or weights is not None:
        pytest.importorskip("sklearn", minversion="1.7")
    parameters = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 0} | parameters
    theirs, ours = (getattr(kind, name)(**parameters) for kind in (neural_network, nn.sklearn))
    theirs, ours = (estimator.fit(SOME, y, *([] if weights is None else [weights])) for estimator in (theirs, ours))
    agree(theirs, ours)
    assert np.isclose(theirs.score(SOME, y, weights), ours.score(SOME, y, weights), rtol=1e-10)


def agree(theirs, ours):
    """What the fits have left is the same."""
    close = {"rtol": 1e-9, "atol": 1e-11}
    for theirs_, ours_ in zip((*theirs.coefs_, *theirs.intercepts_), (*ours.coefs_, *ours.intercepts_), strict=True):
        np.testing.assert_allclose(ours_, theirs_, **close)
    one_output = not (isinstance(ours, MLPRegressor) and ours.n_outputs_ > 1)  # else ours is the sum, and theirs the mean
    names = ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_", "validation_scores_",
             "best_validation_score_", *(("loss_", "loss_curve_", "best_loss_") if one_output else ()))  # fmt: skip
    for name in names:
        if hasattr(theirs, name):
            expected, found = getattr(theirs, name), getattr(ours, name)
            assert found == expected or np.allclose(found, expected, **close), name
    for name in ("predict", "predict_proba", "predict_log_proba"):
        if hasattr(theirs, name):
            np.testing.assert_allclose(getattr(ours, name)(SOME), getattr(theirs, name)(SOME), rtol=1e-6, atol=1e-9)


def warm_starts(module):
    estimator = module.MLPClassifier((8,), warm_start=True, max_iter=2, random_state=0)
    for _ in range(3):
        estimator.fit(SOME, DIGIT)
    return estimator


def in_parts(module):
    estimator = module.MLPClassifier((8,), **SGD, learning_rate="invscaling", random_state=0)
    estimator.partial_fit(SOME[:30], DIGIT[:30], classes=range(10))
    return estimator.partial_fit(SOME[30:], DIGIT[30:]).partial_fit(SOME, DIGIT)


def several_labels_in_parts(module):
    estimator = module.MLPClassifier((8,), random_state=0).partial_fit(SOME[:9], SEVERAL[:9], classes=[0, 1, 2])
    return estimator.partial_fit(SOME, SEVERAL)


def numbers_in_parts(module):
    return module.MLPRegressor(hidden_layer_sizes=(8,), random_state=0).partial_fit(SOME[:9], INK[:9]).partial_fit(SOME, INK)


def test_an_activation_of_ones_own_that_draws_is_called_in_each_step():
    """A long training replays its steps, but not those of code that may do something else each time."""
    draws, random = [], np.random.default_rng(0)

    def noisy(x):
        draws.append(random.normal())
        return np.tanh(x) + draws[-1]

    MLPClassifier((4,), noisy, max_iter=60, n_iter_no_change=60, random_state=0).fit(SOME, DIGIT)
    assert len(draws) >= 60 * 2


@pytest.mark.parametrize("trained", [warm_starts, in_parts, several_labels_in_parts, numbers_in_parts])
def test_training_goes_on_as_scikit_learns(trained):
    agree(trained(neural_network), trained(nn.sklearn))


@pytest.mark.parametrize("parameters", [SGD | {"learning_rate": "adaptive", "tol": 1.0}, EARLY | {"tol": 1.0}, {}])
def test_verbose_prints_scikit_learns_lines(parameters, capsys):
    printed, parameters = [], {"max_iter": 8, "n_iter_no_change": 2, "random_state": 0, "verbose": True} | parameters
    for module in (neural_network, nn.sklearn):
        module.MLPClassifier((4,), **parameters).fit(SOME, DIGIT)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != ""


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_and_defaults_are_scikit_learns(name):
    theirs, ours = (getattr(kind, name)().get_params() for kind in (neural_network, nn.sklearn))
    assert theirs.items() <= ours.items() and ours.keys() - theirs.keys() <= {"dropout", "loss"}


def test_a_training_that_has_not_converged_says_so():
    for solver in ("adam", "lbfgs"):
        with pytest.warns(ConvergenceWarning, match="5 iterations|iterations .5."):
            MLPClassifier((8,), solver=solver, max_iter=5).fit(SOME, DIGIT)


def test_an_interrupt_keeps_what_was_learned(monkeypatch):
    def interrupted(epoch):
        if epoch.n_iter_ == 2:
            raise KeyboardInterrupt

    classifier = MLPClassifier((8,), max_iter=9)
    monkeypatch.setattr("nn.sklearn.training.say", lambda mlp, text: interrupted(mlp))
    with pytest.warns(UserWarning, match="interrupted"):
        classifier.fit(SOME, DIGIT)
    assert classifier.n_iter_ == 2 and classifier.predict(SOME).shape == DIGIT.shape


WRONG = {
    "learning_rate": ("cnstant", "did you mean 'constant'"),
    "solver": ("lbgfs", "did you mean 'lbfgs'"),
    "activation": ("logstic", "activation 'logstic'"),
    "alpha": (-1.0, "alpha is a number, 0 or more"),
    "momentum": (1.5, "momentum is a number from 0 to 1"),
    "max_iter": (0, "max_iter is a positive whole number"),
    "batch_size": ("all", "batch_size is a positive whole number"),
    "hidden_layer_sizes": ((8, 0), "hidden_layer_sizes is a positive whole number"),
    "validation_fraction": (1.0, "validation_fraction"),
}


@pytest.mark.parametrize("parameter", WRONG)
def test_a_wrong_parameter_is_named(parameter):
    given, message = WRONG[parameter]
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**{parameter: given}).fit(SOME, DIGIT)


def test_what_can_not_go_together_is_refused():
    assert not hasattr(MLPClassifier(solver="lbfgs"), "partial_fit")
    for refused, message in (
        (lambda: MLPClassifier(early_stopping=True).partial_fit(SOME, DIGIT, classes=range(10)), "one epoch"),
        (lambda: MLPClassifier().partial_fit(SOME, DIGIT), "classes must be passed"),
        (lambda: MLPClassifier(max_iter=1).partial_fit(SOME, DIGIT, classes=range(10)).partial_fit(SOME, DIGIT + 5), "new to"),
        (lambda: MLPClassifier(solver="lbfgs", dropout=0.5).fit(SOME, DIGIT), "dropout=0.0"),
        (lambda: MLPRegressor(loss="poisson").fit(SOME, -COUNTS), "counts"),
        (lambda: MLPRegressor((4,)).partial_fit(SOME, INK).partial_fit(SOME, SOME), "made for 1"),
        (lambda: MLPRegressor((4,), max_iter=2).fit(SOME * 1e300, INK), "NaN or infinite"),
    ):
        with pytest.raises(ValueError, match=message), np.errstate(all="ignore"):
            refused()


def test_weights_are_for_reading():
    classifier = MLPClassifier((4,), max_iter=1).fit(SOME, DIGIT)
    with pytest.raises(ValueError, match="read-only"):
        classifier.coefs_[0][0, 0] = 1.0
    assert not hasattr(MLPClassifier(), "coefs_")


# -- the company it keeps --------------------------------------------------------------------------------------------

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


def test_probabilities_are_those_of_scikit_learns_network_of_the_same_weights():
    theirs = neural_network.MLPClassifier((8, 5), activation="tanh", max_iter=3, random_state=0)
    ours = MLPClassifier((8, 5), activation="tanh", max_iter=1, random_state=0).fit(X, LABELS)
    theirs.fit(X, LABELS)
    ours.model_.set_weights([w for pair in zip(theirs.coefs_, theirs.intercepts_) for w in pair])
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6, atol=1e-12)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


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
