"""Metrics against scikit-learn, on the cases of reference/metrics.py, in one go and batch by batch; some against Keras.

The reference numbers are scikit-learn's, stored in reference/metrics.npz and made by reference/make.py.
"""

import functools
import math
from pathlib import Path

import numpy as np
import pytest
from reference import metrics as reference
from together import each

import autodiff as ad
import nn
from nn import metrics

STORED = dict(np.load(Path(reference.__file__).with_name("metrics.npz")))
CASES = reference.CASES
case = each("case", {case: case for case in CASES})


def made(module, name):
    return getattr(module, name)(**reference.OPTIONS.get(name, {}))


@case
def test_a_metric_is_the_stored_one_of_sklearn(case):
    name, y, p, w, _ = CASES[case]
    result = made(metrics, name)(y, p, w)
    assert type(result) is float and result == pytest.approx(float(STORED[case]), rel=1e-12)


@case
def test_a_metric_is_that_of_the_installed_sklearn(case):
    theirs = pytest.importorskip("sklearn.metrics")
    name, y, p, w, function = CASES[case]
    assert made(metrics, name)(y, p, w) == pytest.approx(function(theirs, y, p, w), rel=1e-12)


@case
def test_batch_by_batch_it_is_the_same_and_after_a_reset_new(case):
    name, y, p, w, _ = CASES[case]
    metric = made(metrics, name)
    for _ in range(2):
        for start in range(0, len(y), 7):
            part = slice(start, start + 7)
            metric.update_state(y[part], p[part], None if w is None else w[part])
        assert metric.result() == pytest.approx(float(STORED[case]), rel=1e-12)
        metric.reset_state()
    assert math.isnan(metric.result())


OURS = ("signs", "signs/weighted", "f1", "f1/weighted", "iou/weighted")
KERASS = [case for case in CASES if CASES[case][0] not in ("Accuracy", "AUC") and case not in OURS]


@pytest.mark.parametrize("case", KERASS)
def test_a_metric_is_that_of_keras(case, keras):
    """But for AUC, which Keras samples at 200 thresholds, the names that mean several metrics, F1Score of one column, which
    Keras holds to be positive throughout, and the weights of MeanIoU, which Keras makes whole numbers."""
    name, y, p, w, _ = CASES[case]
    y, p = (a[:, None] if a.ndim == 1 and name not in ("Precision", "Recall") else a for a in (y, p))
    metric = made(keras.metrics, name)
    metric.update_state(y.astype("float32"), p.astype("float32"), w)
    assert made(metrics, name)(y, p, w) == pytest.approx(float(metric.result()), rel=1e-5)


# -- of losses -------------------------------------------------------------------------------------------------------

SOFT = [[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]]
BITS = [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]


@each("name", {name: name for name in sorted(nn.losses.NAMES) if name in metrics.NAMES})
def test_a_metric_of_the_name_of_a_loss_is_its_mean(name):
    y, p = ([1, 0, 1] if "sparse" in name.lower() else BITS), SOFT
    sign = -1.0 if "cosine" in name.lower() else 1.0
    metric, loss = metrics.get(name), nn.losses.get(name)
    assert metric.name == name
    assert metric(y, p) == pytest.approx(sign * float(loss(y, p)), rel=1e-12)
    whole = nn.losses.get(name)
    whole.reduction = "mean_with_sample_weight"
    metric.reset_state()
    for k in range(3):
        metric(y[k : k + 1], p[k : k + 1], [1.0 + k])
    assert metric.result() == pytest.approx(sign * float(whole(y, p, [1.0, 2.0, 3.0])), rel=1e-12)


LOGITS, LABELS = np.array([[-1.0], [0.3], [2.0], [-0.2]]), np.array([[0], [1], [1], [0]])


@pytest.mark.parametrize("name", ["accuracy", "Accuracy", "BinaryAccuracy", "Precision", "Recall", "F1Score", "AUC", "bce"])
def test_metric_objects_know_the_logits_of_the_loss(name):
    kind = metrics.NAMES[name]
    found = []
    partial = functools.partial(nn.losses.binary_crossentropy, from_logits=True)
    for loss in (nn.losses.BinaryCrossentropy(from_logits=True), partial):
        for metric in (name, kind()):
            model = nn.Sequential([nn.Activation("linear")])
            model.compile("sgd", loss, metrics=[metric])
            found.append(model.evaluate(LOGITS, LABELS)[1])
    right = float(nn.losses.BinaryCrossentropy(from_logits=True)(LABELS, LOGITS)) if name == "bce" else 1.0
    assert found == pytest.approx([right] * 4)


def test_a_threshold_that_is_given_stays_and_one_metric_serves_two_losses():
    given, free = metrics.BinaryAccuracy(threshold=0.5), metrics.BinaryAccuracy()
    assert [metrics.get(metric, from_logits=True).threshold for metric in (given, free)] == [0.5, 0.0]
    assert [metrics.get(metric).threshold for metric in (given, free)] == [0.5, 0.5]


def test_squared_hinge_is_a_hinge():
    model = nn.Sequential([nn.Activation("linear")])
    model.compile("sgd", "squared_hinge", metrics=[metrics.BinaryAccuracy()])
    assert model.evaluate(LOGITS, 2 * LABELS - 1)[1] == 1.0


def test_a_loss_as_a_metric_counts_the_examples_of_each_batch():
    metric = metrics.get(nn.losses.MeanSquaredError())
    for n, error in ((3, 1.0), (1, 3.0)):
        metric.update_state(np.zeros((n, 1)), np.full((n, 1), error))
    assert metric.name == "mean_squared_error" and metric.result() == 3.0


def test_f1_by_class_and_averaged():
    y, p = np.eye(3)[[0, 1, 2, 2]], np.eye(3)[[0, 2, 2, 2]]
    by_class = metrics.F1Score(average=None)(y, p)
    np.testing.assert_allclose(by_class, [1.0, 0.0, 0.8])
    assert metrics.F1Score()(y, p) == pytest.approx(0.6)
    assert metrics.F1Score("weighted")(y, p) == pytest.approx((1.0 + 0.0 + 2 * 0.8) / 4)
    assert metrics.F1Score("micro")(y, p) == pytest.approx(0.75)
    assert metrics.F1Score(threshold=0.3)([[1, 1], [0, 1]], [[0.4, 0.2], [0.1, 0.9]]) == pytest.approx((1.0 + 2 / 3) / 2)
    with pytest.raises(ValueError, match="Unknown average 'mean'"):
        metrics.F1Score("mean")


def test_the_edges_of_top_k_and_of_intersections():
    assert metrics.TopKCategoricalAccuracy()(np.eye(3), np.eye(3)) == 1.0  # fewer than five classes
    assert metrics.SparseTopKCategoricalAccuracy(1)([[1], [0]], [[0.5, 0.5], [0.1, 0.9]]) == 0.5  # equal ones are among them
    iou = metrics.MeanIoU(3, ignore_class=-1, sparse_y_pred=False)
    assert iou([[0, -1], [1, 1]], np.eye(3)[[[0, 2], [1, 0]]]) == pytest.approx((1 / 2 + 1 / 2) / 2)  # class 2 does not occur
    with pytest.raises(ValueError, match=r"lie in \[0, 3\)"):
        metrics.MeanIoU(3)([0, 5], [0, 1])
    with pytest.raises(ValueError, match="labels of shape"):
        metrics.TopKCategoricalAccuracy()([0, 1], np.eye(2))


# -- edges -----------------------------------------------------------------------------------------------------------


def test_nothing_held_to_be_positive_and_nothing_positive():
    assert metrics.Precision()([1, 0], [0.1, 0.2]) == 0.0
    assert metrics.Recall()([0, 0], [0.9, 0.2]) == 0.0
    assert math.isnan(metrics.AUC()([1, 1], [0.9, 0.2]))


def test_auc_of_ties_is_one_half():
    assert metrics.AUC()([0, 1], [0.5, 0.5]) == 0.5
    assert metrics.AUC()([0, 1, 1], [0.5, 0.5, 0.9]) == 0.75


def test_r2_of_a_constant():
    assert metrics.R2Score()([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert metrics.R2Score()([2.0, 2.0], [1.0, 2.0]) == 0.0


def test_thresholds():
    assert metrics.BinaryAccuracy(threshold=0.8)([0, 1], [0.7, 0.7]) == 0.5
    assert metrics.Precision(0.0)([0, 1], [-1.0, 1.0]) == 1.0
    assert metrics.Recall(thresholds=0.8)([1, 1], [0.7, 0.9]) == 0.5
    y, p = [[1, 0], [0, 1], [1, 0]], [[0.9, 0.6], [0.8, 0.7], [0.1, 0.2]]
    assert [metrics.Precision(class_id=k)(y, p) for k in (0, 1)] == [0.5, 0.5]
    assert [metrics.Recall(class_id=k)(y, p) for k in (0, 1)] == [0.5, 1.0]
    with pytest.raises(ValueError, match="threshold is a number, but got nan"):
        metrics.BinaryAccuracy(threshold=math.nan)


def test_metrics_take_tensors_and_lists():
    assert metrics.Accuracy()([[1.0], [0.0]], ad.constant([[0.9], [0.8]])) == 0.5
    assert metrics.MeanAbsoluteError()([1, 2], [[1.5], [2.5]]) == 0.5  # targets in a row, predictions in a column


def test_what_is_better_is_known_by_the_metric():
    best = {"Accuracy", "AUC", "CosineSimilarity", "F1Score", "IoU", "Mean", "Metric", "Precision", "R2Score", "Recall"}
    for name in metrics.__all__:
        assert getattr(metrics, name).better == ("max" if any(map(name.endswith, best)) else "min"), name


@pytest.mark.parametrize("name", ["AUC", "R2Score", "Precision", "MeanSquaredError", "BinaryAccuracy"])
def test_as_many_targets_as_predictions(name):
    with pytest.raises(ValueError, match=r"shape \(3,\) and y_pred \(2, 1\).*as many"):
        getattr(metrics, name)()(np.zeros(3), np.zeros((2, 1)))


@pytest.mark.parametrize(
    "y, p", [([1, 0, 1], np.eye(2)), ([1], np.eye(2)), (1, np.eye(2)), (np.eye(3), np.eye(2)), ([], [[1, 0]])]
)
def test_as_many_labels_as_predictions(y, p):
    for metric in (metrics.SparseCategoricalAccuracy(), metrics.Accuracy()):
        with pytest.raises(ValueError, match=r"labels of shape|axis is that of the examples"):
            metric(y, p)


@pytest.mark.parametrize("name", ["MeanSquaredError", "AUC", "Precision"])
def test_as_many_weights_as_examples(name):
    with pytest.raises(ValueError, match=r"numbers of shape \(3,\) to weigh, but sample weights of shape \(2,\)"):
        getattr(metrics, name)()([1, 0, 1], [0.5, 0.1, 0.9], [1.0, 2.0])


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, kind",
    [
        ("accuracy", metrics.Accuracy),
        ("acc", metrics.Accuracy),
        ("auc", metrics.AUC),
        ("AUC", metrics.AUC),
        ("mse", metrics.MeanSquaredError),
        ("r2", metrics.R2Score),
        ("binary_accuracy", metrics.BinaryAccuracy),
    ],
)
def test_a_metric_goes_by_the_name_it_was_asked_for_by(name, kind):
    metric = metrics.get(name)
    assert type(metric) is kind and metric.name == name


def test_of_logits_the_threshold_is_0():
    assert metrics.get("accuracy", from_logits=True)([1, 0], [0.1, -0.1]) == 1.0
    assert metrics.get("accuracy")([1, 0], [0.1, -0.1]) == 0.5


def test_a_function_becomes_a_metric():
    def worst(y, p):
        return np.abs(y - p).max(-1)

    metric = metrics.get(worst)
    assert metric.name == "worst" and metric([[1.0, 2.0]], [[1.5, 4.0]]) == 2.0


def test_a_metric_of_ones_own_is_its_score():
    class Close(metrics.Mean):
        """How often the prediction is within 1."""

        def score(self, y, p):
            return np.abs(y - p) < 1

    close = Close()
    assert close.name == "close" and close([1.0, 5.0], [1.5, 3.0]) == 0.5


def test_labels_as_predictions_are_right_where_they_are_equal():
    for y, p in (([0, 1, 2], [0, 2, 1]), ([[0], [1], [2]], [0, 2, 1])):
        assert metrics.Accuracy()(np.array(y), np.array(p)) == pytest.approx(1 / 3)


def test_mean_is_that_of_numbers():
    mean = metrics.Mean("loss")
    assert mean.name == "loss" and math.isnan(mean.result())
    assert mean([1.0, 3.0]) == 2.0 and mean(ad.constant(5.0), 2.0) == 3.5 and mean(np.ones((2, 2)), sample_weight=[0, 0]) == 3.5
    with pytest.raises(ValueError, match="y_pred is an array"):
        metrics.MeanSquaredError()([1.0])
    with pytest.raises(ValueError, match="values holds numbers"):
        mean(["a"])


def test_a_metric_of_ones_own_gathers_in_variables():
    class Count(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.seen, self.batches = self.add_weight(name="seen"), self.add_variable("batches", "ones")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.seen.assign_add(len(y_true))
            self.batches.assign_add(1.0)

        def result(self):
            return self.seen / self.batches

        def reset_state(self):
            self.seen.assign(0.0)
            self.batches.assign(0.0)

    model = nn.Sequential([nn.Activation("linear")])
    model.compile("sgd", "mse", metrics=[Count()])
    x = np.ones((12, 1))
    with pytest.warns(UserWarning, match="no trainable variables"):
        history = model.fit(x, x, epochs=2, batch_size=4, verbose=0).history["count"]
    assert history == [4.0, 4.0] and {type(n) for n in history} == {float}
    count = Count()
    assert float(count([1, 1], [1, 1])) == 1.0 and [v.name for v in count.variables] == ["seen", "batches"]
    metrics.Metric.reset_state(count)  # what it is without one of its own
    assert float(count.seen) == float(count.batches) == 0.0


@pytest.mark.parametrize("given, options", [
    (((2, 3), "ones", "a"), {}), (("a",), dict(shape=[2, 3], initializer="ones")), (("a", (2, 3)), {}),
    ((), dict(shape=(2, 3), initializer="ones", name="a")),
])  # fmt: skip
def test_a_weight_of_a_metric_has_its_shape_or_its_name_first(given, options):
    v = metrics.Metric().add_weight(*given, **options)
    assert v.shape == (2, 3) and v.name == "a" and not v.trainable and float(np.sum(v)) == 6.0 * (len(given) != 2)


def test_several_numbers_are_no_line_of_a_history():
    model = nn.Sequential([nn.Dense(2, "softmax")])
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.F1Score(average=None)])
    with pytest.raises(ValueError, match="but f1_score gives 2: average them"):
        model.evaluate(np.eye(2), np.eye(2))


def test_unknown_names_are_refused_with_near_ones():
    with pytest.raises(ValueError, match="Unknown metric 'acuracy'; did you mean 'accuracy'"):
        metrics.get("acuracy")
    with pytest.raises(NotImplementedError, match="update_state"):
        type("Empty", (metrics.Metric,), {"reset_state": lambda self: None})().update_state([1], [1])


@pytest.mark.parametrize("shape", [(0,), (2, 0)])
def test_predictions_without_classes_are_refused(shape):
    with pytest.raises(ValueError):
        metrics.SparseCategoricalAccuracy()(np.zeros(shape[:1], int), np.zeros(shape))


@pytest.mark.parametrize("states", [float("nan"), [1.0]])
def test_states_that_are_no_lists_are_told(states):
    with pytest.raises(ValueError, match=r"(states|A state) is a list"):
        nn.metrics.Accuracy().merge(states)
