"""The names of constants that no variable of the program holds: those that library layers make, and arrays with a name."""

import gc

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.core.array_names import name_of_array
from autodiff.drawing.labels import label_of

X, LABELS = np.linspace(-1.0, 1.0, 60).reshape(4, 5, 3), np.array([0, 1, 1, 0])


def constants(function):
    """The names of the constant arrays of what a function computes, recorded on a plain tape, in pictures and in the player."""
    nn.set_random_seed(0)
    with ad.Tape(persistent=True) as tape:
        loss = function()
    names = [node.name for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "constant" and np.ndim(node.value)]
    views = ad.play(tape, loss).page["views"]
    assert {name for name in names if name} <= {node["whole"]["name"] for view in views for node in view["nodes"]}
    return names


LAYERS = {
    "a dropout": (lambda: np.mean(nn.Dropout(0.5)(nn.Dense(2)(X), training=True)), ["X", "mask"]),
    "noise": (lambda: np.mean(nn.GaussianNoise(0.3)(nn.Dense(2)(X), training=True)), ["X", "noise"]),
    "an LSTM": (lambda: np.mean(nn.LSTM(4)(X)), ["X", "initial state", "initial state"]),
    "a GRU": (lambda: np.mean(nn.GRU(4)(X)), ["X", "initial state"]),
    "a sparse loss": (
        lambda: nn.losses.SparseCategoricalCrossentropy()(LABELS, ad.softmax(nn.Dense(2)(X)[:, 0])),
        ["X", "LABELS"],
    ),
    "attention": (lambda: np.mean(nn.MultiHeadAttention(2, 3)(X, X, use_causal_mask=True)), ["X"] * 3 + ["mask"] * 2),
    "a batch normalization": (
        lambda: np.mean(nn.BatchNormalization()(nn.Dense(2)(X))),
        ["X", "batch_normalization/moving_mean", None],
    ),
}


@pytest.mark.parametrize("function, names", LAYERS.values(), ids=LAYERS)
def test_what_a_layer_makes_has_a_name(function, names):
    assert constants(function) == names


def test_a_constant_keeps_the_name_that_it_was_made_with():
    def scaled(x):
        return x * ad.constant([1.0, 2.0], name="scale") + ad.named(np.array([3.0, 4.0]), "shift")

    headings = [label_of(block).heading for block in ad.draw(scaled, np.ones(2)).sketch.blocks]
    assert {"scale", "shift", "x × scale"} <= set(headings)


def test_an_array_of_one_number_has_not_the_name_of_another_one():
    """A product with a velocity of 0 has the numbers of a rest position of 0, and is none."""
    stiffness, at_rest, velocity = ad.Variable(2.0), np.zeros(3), np.zeros(3)
    for lines in (True, False):
        with ad.Tape(persistent=True, lines=lines) as tape:
            force = ad.sum(stiffness * np.arange(3.0) - 0.2 * velocity)
        names = [node.name for node in ad.draw(tape, force).sketch.graph.nodes if node.kind == "constant"]
        assert "at_rest" not in names and at_rest.size == 3
        assert not lines or "0.2 * velocity" in names


def test_the_name_of_the_program_goes_before_that_of_a_function_and_a_name_is_given_once():
    weights = np.array([1.0, 2.0])
    assert ad.named(weights, "mask") is weights
    assert name_of_array(ad.named(weights, "other")) == "mask"
    box = ad.Value(2.0, name="w")
    assert ad.named(box, "v").name == "w" and ad.named(ad.Value(1.0), "v").name == "v"
    with ad.Tape() as tape:
        loss = np.sum(ad.Variable([1.0, 1.0], name="w") * weights)
    assert "weights" in [node.name for node in ad.draw(tape, loss).sketch.graph.nodes]
    with pytest.raises(TypeError, match="The name of a box is a str"):
        ad.named(weights, 3)


def test_a_name_is_kept_as_long_as_its_array():
    array = np.arange(3.0)
    ad.named(array, "a")
    key = id(array)
    assert name_of_array(array) == "a"
    del array
    gc.collect()
    from autodiff.core import array_names

    assert key not in array_names._known


def test_a_variable_that_is_not_trained_has_its_name_after_an_assignment_too():
    mean = ad.Variable([0.0, 1.0], trainable=False, name="mean")
    mean.assign([2.0, 3.0])
    assert constants(lambda: np.sum(ad.Variable([1.0, 1.0], name="w") * mean)) == ["mean"]


def test_masks_of_two_layers_are_two_arrays():
    with ad.Tape(persistent=True, lines=True) as tape:
        hidden = nn.Dropout(0.5)(nn.Dense(3)(X), training=True)
        loss = np.mean(nn.Dropout(0.25)(nn.Dense(2)(hidden), training=True))
    headings = [label_of(block).heading for block in ad.draw(tape, loss, budget=10).sketch.blocks]
    assert headings.count("mask") == 2 or "mask  ×2" in headings, headings
