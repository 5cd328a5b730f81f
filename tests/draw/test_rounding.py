"""A gradient that is nothing but rounding says so."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.labels import label_of

X = np.cos(np.arange(12.0)).reshape(4, 3)


def gradients(function, *args):
    """What the boxes of leaves say of their gradients."""
    blocks = ad.draw(function, *args, names={}, constants=True).sketch.blocks
    return {label_of(block).heading: dict(label_of(block).rows).get("grad") for block in blocks if not block.inputs}


def attention(wq, wk, bk):
    """A bias of the keys moves all scores of a query alike, which a softmax does not see."""
    scores = (X @ wq) @ np.transpose(X @ wk + bk)
    return np.sum(ad.softmax(scores) @ X[:, :1] * np.arange(4.0)[:, None])


def shifted(x, b):
    """A mean is taken away after the bias was added."""
    y = np.tanh(x) + b
    return np.sum((y - np.mean(y, axis=0)) ** 3)


def test_a_bias_that_has_no_effect_has_no_gradient_but_rounding():
    found = gradients(attention, np.eye(3), np.eye(3) * 0.7, np.array([0.1, -0.2, 0.3]))
    assert found["bk"] == "≈0" and "≈" not in found["wk"] + found["wq"]
    found = gradients(shifted, X, np.array([0.1, -0.2, 0.3]))
    assert found["b"] == "≈0" and "≈" not in found["x"]


def test_numbers_that_cancel_and_one_that_is_small():
    found = gradients(lambda x, y: x * 0.1 + x * 0.2 - x * 0.3 + y * 1e-30, 2.0, 3.0)
    assert (found["x"], found["y"]) == ("≈0", "1e-30")


@pytest.mark.parametrize("factor, said", [(0.0, "[0, 0, 0]"), (1e-300, "[2e-300, 2e-300, 2e-300]")])
def test_what_is_small_without_cancelling_is_said_as_it_is(factor, said):
    found = gradients(lambda w: np.sum(w * factor) + np.sum(w * factor), np.ones(3))
    assert found["w"] in (said, f"all {said[1:-1].split(', ')[0]}")


def test_what_cancels_to_more_than_rounding_is_said_as_it_is():
    found = gradients(lambda x: x * 1.0 - x * (1.0 - 1e-13), 2.0)
    assert found["x"].endswith("e-13")
