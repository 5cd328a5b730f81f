"""What a loss was given has its own name and numbers, whatever the loss made of it."""

import numpy as np
import pytest
from cells import run
from together import each

import autodiff as ad
import nn
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.terms import known_text

SPARSE, ROWS, COLUMN = np.array([0, 1, 1]), np.eye(2)[[0, 1, 1]], np.array([[1.0], [0.0], [1.0]])
TARGETS = {  # a call of a loss; the name of its labels, and the numbers that stand there; what it reads
    "losses.SparseCategoricalCrossentropy(from_logits=True)(SPARSE, LOGITS)": ("SPARSE", SPARSE, "−one_hot(SPARSE)"),
    "losses.CategoricalCrossentropy(from_logits=True)(ROWS, LOGITS)": ("ROWS", ROWS, "−ROWS"),
    "losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(ROWS, LOGITS)":
        ("smoothed(ROWS)", ROWS * 0.9 + 0.05, "−smoothed(ROWS)"),
    "losses.SparseCategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(SPARSE, LOGITS)":
        ("smoothed(one_hot(SPARSE))", ROWS * 0.9 + 0.05, "−smoothed(…)"),
    "losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)(SPARSE, LOGITS)":
        ("one_hot(SPARSE)", np.eye(2)[[0, 0, 0]], "−one_hot(SPARSE)"),
    "losses.BinaryCrossentropy(from_logits=True)(COLUMN, SCORES)": ("COLUMN", COLUMN, "where(COLUMN > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(y_true=COLUMN, y_pred=SCORES)":
        ("COLUMN", COLUMN, "where(COLUMN > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)(COLUMN, SCORES)":
        ("smoothed(COLUMN)", COLUMN * 0.8 + 0.1, "where(smoothed(COLUMN) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(np.ones_like(SCORES), SCORES)":
        ("ones_like(SCORES)", np.ones((3, 1)), "where(ones_like(…) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(np.zeros((3, 1)), SCORES)":
        ("zeros((3, 1))", np.zeros((3, 1)), "where(zeros((3, 1)) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(np.full((3, 1), 0.9), SCORES)":
        ("full((3, 1), 0.9)", np.full((3, 1), 0.9), "where(full((3, 1), …) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(0.9 * np.ones((3, 1)), SCORES)":
        ("0.9 * ones((3, 1))", np.full((3, 1), 0.9), "where(0.9 × … > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)(np.ones((3, 1)), SCORES)":
        ("smoothed(ones((3, 1)))", np.full((3, 1), 0.9), "where(smoothed(…) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(np.minimum(COLUMN, 0.75), SCORES)":
        ("…(minimum(COLUMN, 0.75))", np.minimum(COLUMN, 0.75), "where(…(minimum(…)) > 0.5, −1, 1)"),
}  # fmt: skip



def picture_of(call, lines, names=None):
    """What the labels of a loss are called, their numbers, and what stands for them in a formula."""
    space = {"np": np, "ad": ad, "losses": nn.losses, "SPARSE": SPARSE, "ROWS": ROWS, "COLUMN": COLUMN, "names": names,
             "LOGITS": ad.Variable(np.ones((3, 2))), "SCORES": ad.Variable(np.ones((3, 1)))}  # fmt: skip
    with ad.Tape(persistent=True, lines=lines) as space["tape"]:
        run(f"error = {call}", space)
    run("picture = ad.draw(tape, error, names=names)", space)
    nodes = space["picture"].sketch.graph.nodes
    return [(node.name, node.value, known_text(node, PRINT)) for node in nodes if node.form]


@each("call", {call: call for call in TARGETS})
def test_labels_are_what_the_loss_was_given_and_a_formula_says_what_it_reads(call):
    name, numbers, read = TARGETS[call]
    ((called, value, text),) = picture_of(call, lines=True)
    assert (called, text) == (name, read)
    np.testing.assert_allclose(value, numbers)


@pytest.mark.parametrize("call, name", [
    ("losses.SparseCategoricalCrossentropy(from_logits=True)(SPARSE, LOGITS)", "SPARSE"),
    ("losses.BinaryCrossentropy(from_logits=True)(COLUMN, SCORES)", "COLUMN"),
    ("losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)(COLUMN, SCORES)", "smoothed(COLUMN)"),
    ("losses.BinaryCrossentropy(from_logits=True)(np.full((3, 1), 0.9), SCORES)", "y_true"),
    ("losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([1, 1, 0]), LOGITS)", "one_hot(y_true)"),
])  # fmt: skip
def test_without_call_sites_labels_are_known_by_their_numbers(call, name):
    assert [called for called, *_ in picture_of(call, lines=False)] == [name]


def test_labels_that_a_later_turn_has_under_the_same_name_are_not_shown_in_their_place():
    space = {"np": np, "ad": ad, "nn": nn, "w": ad.Variable(np.ones((2, 2)))}
    run("""
        loss, total = nn.losses.SparseCategoricalCrossentropy(from_logits=True), 0.0
        with ad.Tape(lines=True) as tape:
            for labels in (np.array([0, 1]), np.array([1, 1])):
                total = total + loss(labels, w * 2.0)
        picture = ad.draw(tape, total)
    """, space)  # fmt: skip
    found = [node for node in space["picture"].sketch.graph.nodes if node.form]
    assert [node.name for node in found] == ["one_hot(labels)", "labels"]
    assert [node.value.tolist() for node in found] == [[[1, 0], [0, 1]], [1, 1]]


def test_what_a_function_of_the_users_made_of_its_argument_keeps_its_numbers():
    def halved(x, w):
        return np.sum(w * ad.named(x / 2.0, "halved({x})"))

    data = np.arange(3.0)
    with ad.Tape(lines=True) as tape:
        loss = halved(data, ad.Variable(np.ones(3)))
    (node,) = [node for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "constant"]
    assert (node.name, node.value.tolist(), node.form) == ("halved(x)", [0.0, 0.5, 1.0], "")
