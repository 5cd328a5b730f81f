"""Losses and their gradients against Keras and PyTorch, on the cases of reference/losses.py, and what they refuse.

The reference numbers are those libraries' own, in float64, stored in reference/losses_*.npz and made by reference/make.py.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from reference import losses as reference
from together import each

import autodiff as ad
import nn
from nn import losses
from nn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalHinge,
    Hinge,
    Huber,
    KLDivergence,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    SparseCategoricalCrossentropy,
)

CASES = reference.CASES
LIKE_THEIRS = dict(rtol=1e-6, atol=1e-14)  # some gradients are a difference of equal probabilities: 0, or nearly


THROUGH_FLOAT32 = ("msle", "cosine", "Cosine")  # Keras's own, float64 or not


def like_theirs(case):
    return {**LIKE_THEIRS, "atol": 1e-8} if case.startswith(THROUGH_FLOAT32) else LIKE_THEIRS


def stored(name):
    return reference.unpacked(np.load(Path(reference.__file__).with_name(f"losses_{name}.npz")))


KERAS, TORCH = stored("keras"), stored("torch")


def ours(name, options, y, p, w=None, dtype="float64"):
    """The loss and its gradient, in one row."""
    x = ad.Variable(p, dtype=dtype)
    with ad.Tape() as tape:
        loss = getattr(losses, name)(**options)(y, x, w)
    return reference.joined(loss, tape.gradient(loss, x))


@each("case", dict(zip(CASES, CASES)))
def test_loss_and_gradient_are_the_stored_ones_of_keras(case):
    np.testing.assert_allclose(ours(*CASES[case]), KERAS[case], **like_theirs(case))


@each("case", dict(zip(CASES, CASES)))
def test_loss_and_gradient_are_those_of_the_installed_keras(case, keras):
    if keras.backend.backend() != "torch":
        pytest.skip("needs Keras on PyTorch")
    np.testing.assert_allclose(ours(*CASES[case]), reference.keras_numbers(keras, *CASES[case]), **like_theirs(case))


@pytest.mark.parametrize("case", TORCH)
def test_loss_and_gradient_are_the_stored_ones_of_pytorch(case):
    np.testing.assert_allclose(ours(*reference.TORCH[case][1]), TORCH[case], **LIKE_THEIRS)


@pytest.mark.parametrize("case", TORCH)
def test_loss_and_gradient_are_those_of_the_installed_pytorch(case, torch):
    function, given = reference.TORCH[case]
    np.testing.assert_allclose(ours(*given), reference.torch_numbers(torch, function, given[3]), **LIKE_THEIRS)


def test_every_case_has_its_stored_numbers():
    assert set(KERAS) == set(CASES) and set(TORCH) == set(reference.TORCH)


@pytest.mark.parametrize("case", [case for case in CASES if "huge" not in case and case.endswith("/mean")])
def test_float32_stays_float32_and_close(case):
    row = ours(*CASES[case], dtype="float32")
    assert row.dtype == np.float32
    if "certain" not in case:  # in float32 1 - 1e-7 is another number
        np.testing.assert_allclose(row, KERAS[case], rtol=1e-4, atol=1e-6)


# -- extremes, by hand -----------------------------------------------------------------------------------------------


def pair(loss, y, p):
    loss, *slope = ours(*loss, y, np.array(p, float)).tolist()
    return loss, slope


BCE, CCE, SPARSE = (
    (name, {"from_logits": True}) for name in ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy")
)


def test_logits_of_1000_cost_1000_and_no_more_than_that():
    assert pair(BCE, [[1.0]], [[-1000.0]]) == (1000.0, [-1.0])
    assert pair(BCE, [[1.0]], [[1000.0]]) == (0.0, [0.0])
    assert pair(BCE, [[0.0]], [[1000.0]]) == (1000.0, [1.0])
    assert pair(CCE, [[0.0, 1.0]], [[1000.0, -1000.0]]) == (2000.0, [1.0, -1.0])
    assert pair(SPARSE, [1], [[1000.0, -1000.0]]) == (2000.0, [1.0, -1.0])
    assert pair(SPARSE, [0], [[1000.0, -1000.0]]) == (0.0, [0.0, 0.0])


def test_small_losses_keep_their_digits():
    loss, (slope,) = pair(BCE, [[1.0]], [[40.0]])
    assert loss == pytest.approx(np.exp(-40.0), rel=1e-15) and slope == pytest.approx(-np.exp(-40.0), rel=1e-15)


def test_a_saturated_probability_no_longer_learns():
    loss, slope = pair(("BinaryCrossentropy", {}), [[1.0, 0.0]], [[0.0, 1.0]])
    assert loss == pytest.approx(-np.log(1e-7)) and slope == [0.0, 0.0]


@pytest.mark.parametrize("loss", [MeanSquaredError(), MeanAbsoluteError(), Huber(), Hinge(), BinaryCrossentropy(True)])
def test_the_loss_of_the_notes_is_a_mean_over_the_examples(loss):
    """J = 1/n sum L: a batch costs the mean of what its examples cost one by one."""
    y, p = reference.BITS, reference.MILD
    assert float(loss(y, p)) == pytest.approx(np.mean([float(loss(y[k : k + 1], p[k : k + 1])) for k in range(5)]))


def test_class_weights_are_sample_weights_by_label():
    y, z = reference.LABELS, reference.MILD
    weighted = float(SparseCategoricalCrossentropy(True)(y, z, reference.CLASS_WEIGHTS[y]))
    by_class = [
        w * np.sum(SparseCategoricalCrossentropy(True, reduction="none")(y[y == k], z[y == k]))
        for k, w in enumerate(reference.CLASS_WEIGHTS)
    ]
    assert weighted == pytest.approx(sum(by_class) / 5)


def test_weights_may_be_for_examples_or_for_each_loss():
    y, p = np.zeros((2, 3, 4)), np.ones((2, 3, 4))
    assert float(MeanSquaredError()(y, p, [1.0, 3.0])) == 2.0
    assert float(MeanSquaredError(reduction="sum")(y, p, np.ones((2, 3)))) == 6.0
    assert float(MeanSquaredError()(y[:, 0], p[:, 0], [[1.0], [3.0]])) == 2.0  # a column, as in Keras
    with pytest.raises(ValueError, match=r"numbers of shape \(2, 3\) to weigh, but sample weights of shape \(3,\)"):
        MeanSquaredError()(y, p, np.ones(3))


def test_a_batch_without_weight_costs_nothing():
    assert float(MeanSquaredError(reduction="mean_with_sample_weight")([[1.0]], [[3.0]], [0.0])) == 0.0


def test_smoothed_all_the_way_no_label_counts():
    z = reference.MILD
    smooth = SparseCategoricalCrossentropy(True, label_smoothing=1.0)
    assert float(smooth([0, 1, 2, 3, 0], z)) == pytest.approx(float(smooth([3, 2, 1, 0, 1], z)))


def test_losses_take_lists_tensors_and_whole_numbers():
    for box in (list, np.array, ad.constant):
        assert float(losses.mean_squared_error(box([[1, 0]]), box([[3, 0]]))[0]) == 2.0


def test_a_gradient_reaches_the_targets_too():
    y, p = ad.Variable([[1.0, 2.0]]), np.array([[3.0, 3.0]])
    with ad.Tape() as tape:
        loss = MeanSquaredError()(y, p)
    assert tape.gradient(loss, y).numpy().tolist() == [[-2.0, -1.0]]


def test_what_is_ignored_neither_costs_nor_learns_nor_divides():
    y, z = np.array([[1, -1], [-1, 0]]), np.array([[[1.0, 2.0], [np.nan, np.nan]], [[3.0, -1.0], [0.0, 1.0]]])
    for label in (-1, 1):
        kept = [(0, 0), (1, 1)] if label == -1 else [(1, 1)]
        loss, labels = SparseCategoricalCrossentropy(True, label), np.where(y == -1, label, y)
        x = ad.Variable(z)
        with ad.Tape() as tape:
            cost = loss(labels, x)
        alone = [float(SparseCategoricalCrossentropy(True)(labels[k][None], z[k][None])) for k in kept]
        assert float(cost) == pytest.approx(np.mean(alone))
        slope = tape.gradient(cost, x).numpy()
        assert not slope[labels == label].any() and slope[kept[-1]].any()
    assert float(loss(np.ones((2, 2), int), np.ones((2, 2, 3)))) == 0.0  # nothing counts


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("kind", losses.CLASSES)
def test_the_gradients_of_the_examples_by_vmap(kind, from_logits):
    loss = kind(from_logits=True) if from_logits and "Crossentropy" in kind.__name__ else kind()
    y, p = (reference.LABELS if "Sparse" in kind.__name__ else reference.ROWS), reference.PROBABILITIES
    slope = ad.grad(lambda p, y: loss(y[None], p[None]))
    np.testing.assert_allclose(ad.vmap(slope)(p, y), [slope(a, b) for a, b in zip(p, y)], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "loss, y, p, message",
    [
        (BinaryCrossentropy(), reference.ROWS, 3 * reference.PROBABILITIES, "y_pred has numbers from .* outside"),
        (MeanSquaredError(), reference.ROWS * np.nan, reference.ROWS, "20 of the 20 targets are NaN"),
        (SparseCategoricalCrossentropy(), reference.LABELS + 1, reference.PROBABILITIES, "but got 1 to 4"),
    ],
)
def test_what_is_refused_is_refused_inside_vmap(loss, y, p, message):
    with pytest.raises(ValueError, match=message):
        ad.vmap(lambda y, p: loss(y[None], p[None]))(y, p)


@pytest.mark.parametrize("loss", [loss() for loss in losses.CLASSES], ids=str)
def test_a_loss_shows_its_options(loss):
    again = eval(repr(loss), vars(losses))
    assert repr(again) == repr(loss) and type(again) is type(loss)
    assert repr(type(loss)(**loss.get_config())) == repr(loss)


# -- refusals --------------------------------------------------------------------------------------------------------

P = [[0.2, 0.8], [0.6, 0.4]]


@pytest.mark.parametrize(
    "loss, y, p, message",
    [
        (MeanSquaredError(), np.zeros(3), np.zeros((3, 1)), r"\(3,\) and y_pred \(3, 1\)"),
        (MeanSquaredError(), np.zeros((3, 1)), np.zeros(3), "equal shapes"),
        (MeanAbsoluteError(), np.zeros((3, 1)), np.zeros((3, 2)), "equal shapes"),
        (Huber(), 0.0, np.zeros(3), r"a batch of numbers, but got float64 of shape \(\)"),
        (MeanSquaredError(), [0.0], 1.0, "a batch of numbers"),
        (MeanSquaredError(), [["a"]], [[1.0]], "a batch of numbers, but got <U1"),
        (MeanSquaredError(), [[1j]], [[1.0]], "complex"),
        (SparseCategoricalCrossentropy(), ["a", "b"], P, "whole numbers"),
        (MeanSquaredError(), ["a", "b"], P, r"got <U1 .*text: np.unique\(labels, return_inverse=True\)"),
        (MeanSquaredError(), [0, 1], P, "This loss takes a target for each of the 2 outputs"),
        (BinaryCrossentropy(), [0, 1], P, "for labels of several classes use sparse_categorical_crossentropy"),
        (SparseCategoricalCrossentropy(), [1, 2], P, "1 to 2. Labels begin at 0: subtract 1"),
        (SparseCategoricalCrossentropy(), [0, 4], P, "0 to 4. The model needs 5 outputs"),
        (SparseCategoricalCrossentropy(), [-1, 1], P, "An ignored label is given as ignore_class"),
        (Hinge(), np.zeros((1, 3)), np.zeros((3, 1)), "equal shapes"),
        (BinaryCrossentropy(), np.zeros(3), np.full((3, 1), 0.5), "equal shapes"),
        (CategoricalCrossentropy(), np.array([0, 1]), P, "for labels, whole numbers, use sparse_categorical_crossentropy"),
        (CategoricalFocalCrossentropy(), np.array([[0], [1]]), P, "use sparse_categorical_crossentropy"),
        (CategoricalHinge(), np.array([0, 1]), P, "one-hot rows; np.eye"),
        (CategoricalHinge(), [[-1.0, 1.0]], [[0.5, 0.5]], "labels are 0 or 1"),
        (KLDivergence(), [[0.5, 0.5]], [[2.0, -1.0]], "outside .0, 1."),
        (Poisson(), [[1.0]], [[-1.0]], "y_pred has numbers from -1 to -1, below 0: Poisson's rates are 0 or more"),
        (SparseCategoricalCrossentropy(True, -1), [-2, 1], P, "-2 to 1"),
        (SparseCategoricalCrossentropy(), [0, 1, 1], P, r"need labels of shape \(2,\), but got \(3,\)"),
        (SparseCategoricalCrossentropy(), [[0, 1], [1, 0]], P, r"\(2, 2\): .* one-hot rows, which categorical"),
        (SparseCategoricalCrossentropy(), [0, 2], P, r"lie in \[0, 2\).*0 to 2"),
        (SparseCategoricalCrossentropy(), [-1, 1], P, "-1 to 1"),
        (SparseCategoricalCrossentropy(), [0.5, 1], P, "fractions or NaN"),
        (SparseCategoricalCrossentropy(), [np.nan, 1], P, "fractions or NaN"),
        (SparseCategoricalCrossentropy(True, axis=1), np.zeros((2, 4), int), np.zeros((2, 3, 5)), r"shape \(2, 5\)"),
        (MeanSquaredError(), [[np.nan], [1.0]], [[0.0], [0.0]], "1 of the 2 targets are NaN"),
        (BinaryCrossentropy(), [[np.nan, 1.0]], [[0.5, 0.5]], "NaN"),
        (BinaryCrossentropy(), [[0.0, 2.0]], [[0.5, 0.5]], "y_true has numbers from 0 to 2.*labels are 0 or 1"),
        (BinaryCrossentropy(), [[0.0, 1.0]], [[-3.0, 5.0]], "y_pred has numbers from -3 to 5.*from_logits=True"),
        (BinaryCrossentropy(True), [[-1.0, 1.0]], [[0.5, 0.5]], "labels are 0 or 1"),
        (CategoricalCrossentropy(), [[0.0, 1.0]], [[-3.0, 5.0]], "from_logits=True"),
        (CategoricalCrossentropy(True), [[0.0, 5.0]], [[-3.0, 5.0]], "y_true"),
        (CategoricalCrossentropy(True), [[1.0]], [[3.0]], "over one class.*BinaryCrossentropy"),
        (SparseCategoricalCrossentropy(True), [0], [[3.0]], "over one class"),
        (MeanSquaredError(), np.zeros((0, 1)), np.zeros((0, 1)), "no examples"),
    ],
)
def test_what_cannot_be_compared_is_refused(loss, y, p, message):
    with pytest.raises(ValueError, match=message):
        loss(y, p)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_probabilities_are_no_logits(activation):
    model = nn.Sequential([nn.Dense(2, activation)])
    model.compile("sgd", BinaryCrossentropy(from_logits=True))
    with pytest.raises(ValueError, match=f"from_logits=True, but dense ends in a {activation}"):
        model.fit(np.zeros((2, 3)), np.zeros((2, 2)), verbose=0)
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("axis", [1, 2])
def test_weights_of_another_shape_are_refused(axis):
    with pytest.raises(ValueError, match="sample weights of shape"):
        MeanSquaredError()(np.zeros((3, 2)), np.zeros((3, 2)), np.ones((4, 1)[:axis]))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: losses.BinaryFocalCrossentropy(alpha="a"), "alpha is a number from 0 to 1, but got 'a'"),
        (lambda: losses.BinaryFocalCrossentropy(gamma=-1), "gamma is a number, 0 or more, but got -1"),
        (lambda: CategoricalFocalCrossentropy([0.1] * 3)(P, P), "one for each of the 2 classes"),
        (lambda: BinaryCrossentropy(from_logits="False"), "from_logits is True or False, but got 'False'"),
        (lambda: losses.get("binary_crossentrop"), "did you mean 'binary_crossentropy'"),
        (lambda: losses.get(3), "a name, a function or an object"),
        (lambda: MeanSquaredError(reduction="average"), "reduction 'average'"),
        (lambda: BinaryCrossentropy(label_smoothing=1.5), r"label_smoothing is a number from 0 to 1, but got 1.5"),
    ],
)
def test_options_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "module, name, way",
    [
        (nn, "Linear", "nn.Dense"),
        (nn, "MSELoss", "nn.losses.MeanSquaredError"),
        (nn, "Drpout", "nn.Dropout"),
        (losses, "CrossEntropyLoss", "nn.losses.SparseCategoricalCrossentropy(from_logits=True)"),
        (losses, "MSELoss", "nn.losses.MeanSquaredError"),
        (losses, "HuberLos", "nn.losses.Huber"),
        (losses, "crossentropy", "nn.losses.binary_crossentropy or nn.losses.BinaryCrossentropy"),
        (nn.metrics, "F1score", "nn.metrics.F1Score"),
        (nn.optimizers, "Rmsprop", "nn.optimizers.RMSprop"),
    ],
)
def test_a_name_that_is_missing_leads_to_a_near_one(module, name, way):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; use {re.escape(way)}"):
        getattr(module, name)
    assert not hasattr(module, "__wrapped__") and not hasattr(module, "qqq")


@pytest.mark.parametrize(
    "name", ["mse", "MSE", "mae", "huber", "hinge", "BinaryCrossentropy", "sparse_categorical_crossentropy"]
)
def test_a_loss_has_its_names(name):
    assert isinstance(losses.get(name), Loss)


def test_a_function_becomes_a_loss():
    loss = losses.get(lambda y, p: np.abs(y - p) ** 3)
    assert float(loss(np.zeros(2), np.array([1.0, 2.0]))) == 4.5
    with pytest.raises(NotImplementedError, match="define call"):
        Loss()([1.0], [1.0])
