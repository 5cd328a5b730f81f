"""class_weight: what it means for each kind of labels, and what is refused because it would count for nothing."""

import numpy as np
import pytest

import nn
from nn.class_weights import weights_by_class

LABELS = np.array([0, 1, 2, 1])


@pytest.mark.parametrize(
    "y, given, weights",
    [
        (LABELS, {0: 2.0, 1: 3.0, 2: 0.0}, [2.0, 3.0, 0.0, 3.0]),
        (LABELS[:, None], {1: 3}, [1.0, 3.0, 1.0, 3.0]),
        (LABELS.astype(np.float32), {np.int64(1): 3.0, 0.0: 2.0}, [2.0, 3.0, 1.0, 3.0]),
        (np.eye(4)[LABELS], {2: 4.0, 3: 9.0}, [1.0, 1.0, 4.0, 1.0]),  # of rows it is known that there is a class 3
        (np.eye(3, dtype=bool)[LABELS], {True: 3.0}, [1.0, 3.0, 1.0, 3.0]),
        (2 * np.eye(3)[LABELS] - 1, {0: 2.0}, [2.0, 1.0, 1.0, 1.0]),
        (np.eye(3)[LABELS] * 0.9 + 0.1 / 3, {0: 2.0}, [2.0, 1.0, 1.0, 1.0]),
        (LABELS == 1, {False: 0.5, True: 2.0}, [0.5, 2.0, 0.5, 2.0]),
        (np.array([-1, 1, 1, -1]), {-1: 2.0, 1: 0.5}, [2.0, 0.5, 0.5, 2.0]),
        (LABELS, {0: 1.0, 1: 2.0, 2: 3.0, 7: 9.0}, [1.0, 2.0, 3.0, 2.0]),  # every label has its weight; 7 may come later
        (LABELS, {}, [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_an_example_weighs_as_much_as_its_class(y, given, weights):
    assert weights_by_class(y, given).tolist() == weights


def test_a_batch_may_lack_a_class():
    assert weights_by_class(np.array([0, 1]), {2: 5.0}, partial=True).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "y, given, message",
    [
        (LABELS, {"0": 1.0, "1": 5.0}, "A key of class_weight is a label of y, a whole number, but got '0'"),
        (LABELS, {0.5: 1.0}, "a whole number, but got 0.5"),
        (LABELS, {None: 1.0}, "a whole number, but got None"),
        (LABELS, {0: np.nan}, r"class_weight\[0\] is a number, 0 or more, and finite, but got nan"),
        (LABELS, {0: -1.0}, "0 or more, and finite, but got -1.0"),
        (LABELS, {0: np.inf}, "0 or more, and finite, but got inf"),
        (LABELS, {0: "a"}, "but got 'a'"),
        (LABELS, {1: 1.0, 3: 5.0}, r"keys \[1, 3\], but the classes of y are \[0, 1, 2\].*Give every class a weight"),
        (np.arange(30), {30: 5.0}, r"classes of y are \[0, 1, 2, 3, 4, ..., 29\]"),
        (np.eye(3)[LABELS], {3: 5.0}, r"keys \[3\], but the classes of y are \[0, 1, 2\]"),
        (np.array([-1, 1]), {0: 1.0, 1: 5.0}, r"keys \[0, 1\], but the classes of y are \[-1, 1\]"),
        (np.array([0.2, 1.7]), {0: 1.0, 1: 5.0}, "fractions, NaN or infinity: weigh the examples of a regression"),
        (np.array([0.0, np.nan]), {0: 1.0, 1: 5.0}, "fractions, NaN or infinity"),
        (np.array([[1, 1, 0], [0, 1, 0]]), {0: 1.0, 1: 7.0}, "not one-hot: weigh the examples with sample_weight"),
        (np.array([[0, 0], [0, 1]]), {0: 1.0}, "not one-hot"),
        (np.array([[0.3, -2.0], [1.5, 0.1]]), {0: 1.0}, "not one-hot"),
        (np.ones((2, 3, 4)), {0: 1.0}, r"one label an example, but y has shape \(2, 3, 4\)"),
        (None, {0: 1.0}, "y is None"),
        (LABELS, [1.0], "a dictionary {class: weight}"),
        (LABELS, "balanced", "a dictionary {class: weight}"),
    ],
)
def test_what_would_count_for_nothing_is_refused(y, given, message):
    with pytest.raises(ValueError, match=message):
        weights_by_class(y, given)


@pytest.mark.parametrize("y", [np.array([-1, 1]), np.array([-1, -1])])
def test_signs_are_not_bits_in_a_batch_either(y):
    with pytest.raises(ValueError, match="classes of y are"):
        weights_by_class(y, {0: 1.0, 1: 5.0}, partial=True)


def test_fit_and_train_on_batch_say_so_before_a_step():
    model = nn.Sequential([nn.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    x, y = np.ones((3, 2)), np.array([0, 1, 1])
    for call in (lambda **given: model.fit(x, y, verbose=0, **given), lambda **given: model.train_on_batch(x, y, **given)):
        with pytest.raises(ValueError, match="A key of class_weight"):
            call(class_weight={"0": 1.0})
    assert model.optimizer.iterations == 0
    model.train_on_batch(x[:1], y[:1], class_weight={1: 5.0})
