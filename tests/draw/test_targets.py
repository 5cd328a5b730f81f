"""What a loss was given has its own name and numbers, whatever the loss made of it."""

from collections import namedtuple
from functools import partial

import numpy as np
import pytest
from cells import run
from together import each

import autodiff as ad
import nn
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.copies import multiple, name_multiples, rest
from autodiff.drawing.graph import Node
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
        ("one_hot(…(SPARSE))", np.eye(2)[[0, 0, 0]], "−one_hot(…)"),
    "losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)(SPARSE, LOGITS)":
        ("SPARSE", SPARSE, "−one_hot(SPARSE)"),
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
        ("minimum(COLUMN, 0.75)", np.minimum(COLUMN, 0.75), "where(minimum(…) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(COLUMN > 0, SCORES)":
        ("COLUMN > 0", COLUMN, "where((COLUMN > 0) > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)(np.minimum(COLUMN, 0.75), SCORES)":
        ("smoothed(minimum(COLUMN, 0.75))", np.minimum(COLUMN, 0.75) * 0.8 + 0.1, "where(smoothed(…) > 0.5, −1, 1)"),
    "partial(losses.BinaryCrossentropy(from_logits=True), COLUMN)(2 * SCORES)":
        ("COLUMN", COLUMN, "where(COLUMN > 0.5, −1, 1)"),
    "losses.BinaryCrossentropy(from_logits=True)(*PAIR)": ("COLUMN", COLUMN, "where(COLUMN > 0.5, −1, 1)"),
    "sum(map(losses.BinaryCrossentropy(from_logits=True), [1 - COLUMN], [SCORES]))":
        ("1 - COLUMN", 1 - COLUMN, "where(1 − COLUMN > 0.5, −1, 1)"),
    "MODEL.compute_loss(SPARSE[:, None], COLUMN, SCORES)": ("COLUMN", COLUMN, "where(COLUMN > 0.5, −1, 1)"),
}  # fmt: skip



def picture_of(call, lines, names=None):
    """What the labels of a loss are called, their numbers, and what stands for them in a formula."""
    space = {"np": np, "ad": ad, "losses": nn.losses, "SPARSE": SPARSE, "ROWS": ROWS, "COLUMN": COLUMN, "names": names,
             "LOGITS": ad.Variable(np.ones((3, 2))), "SCORES": ad.Variable(np.ones((3, 1))), "partial": partial}  # fmt: skip
    space["PAIR"], space["MODEL"] = (COLUMN, space["SCORES"]), nn.Sequential([nn.Dense(1)])
    space["MODEL"].compile("sgd", nn.losses.BinaryCrossentropy(from_logits=True))
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
    ("losses.BinaryCrossentropy(from_logits=True)(1 - COLUMN, SCORES)", "1 - COLUMN"),
    ("losses.SparseCategoricalCrossentropy(from_logits=True, label_smoothing=0.2)(SPARSE, LOGITS)",
     "smoothed(one_hot(y_true))"),
    ("losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2)(ROWS, LOGITS)", "smoothed(ROWS)"),
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


MADE = {  # a call of a loss; the name of the array that it made of its labels, and the numbers of that
    "losses.Hinge()(COLUMN, SCORES)": ("…(COLUMN)", 2 * COLUMN - 1),
    "losses.Hinge()(np.minimum(COLUMN, 0.75), SCORES)": ("…(minimum(COLUMN, 0.75))", np.minimum(COLUMN, 0.75)),
    "losses.SquaredHinge()(SIGNED, SCORES)": ("SIGNED", 2 * COLUMN - 1),
    "losses.KLDivergence()(ROWS, ad.softmax(LOGITS))": ("…(ROWS)", np.clip(ROWS, 1e-7, 1)),
    "losses.KLDivergence()(SHARES, ad.softmax(LOGITS))": ("SHARES", ROWS / 2 + 0.25),
    "losses.KLDivergence()(np.minimum(ROWS + 0.25, 0.75), ad.softmax(LOGITS))":
        ("minimum(ROWS + 0.25, 0.75)", np.minimum(ROWS + 0.25, 0.75)),
    "losses.MeanSquaredLogarithmicError()(SHARES, LOGITS)": ("…(SHARES)", np.log1p(ROWS / 2 + 0.25)),
    "losses.MeanSquaredError()(np.ones((3, 1)), SCORES)": ("ones((3, 1))", np.ones((3, 1))),
    "losses.Huber()(2 * COLUMN, SCORES)": ("…(2 * COLUMN)", 2 * COLUMN),
    "losses.CosineSimilarity()(2 * ROWS, LOGITS)": ("…(2 * ROWS)", ROWS),
    "losses.CategoricalFocalCrossentropy(from_logits=True)(ROWS, LOGITS)": ("…(ROWS)", ROWS / 4),
    "losses.BinaryCrossentropy(label_smoothing=0.2)(COLUMN, SCORES)": ("smoothed(COLUMN)", COLUMN * 0.8 + 0.1),
}  # fmt: skip


def test_targets_that_are_numbers_in_the_program_have_no_name():
    with ad.Tape(lines=True) as tape:
        loss = nn.losses.MeanAbsoluteError()(np.array([[1.0], [2.0]]), ad.Variable(np.ones((2, 1)), name="z"))
    assert {node.name for node in ad.draw(tape, loss).sketch.graph.nodes if node.op is None} == {"z", None}


@each("call", {call: call for call in MADE})
def test_what_a_loss_made_of_its_labels_says_of_what(call):
    space = {"np": np, "ad": ad, "losses": nn.losses, "ROWS": ROWS, "COLUMN": COLUMN, "SIGNED": 2 * COLUMN - 1,
             "SHARES": ROWS / 2 + 0.25, "LOGITS": ad.Variable(np.ones((3, 2))), "SCORES": ad.Variable(np.ones((3, 1))),
    }  # fmt: skip
    run(f"with ad.Tape(lines=True) as tape:\n    error = {call}\npicture = ad.draw(tape, error)", space)
    found = [node for node in space["picture"].sketch.graph.nodes if node.kind == "constant" and node.name]
    assert [node.name for node in found] == [MADE[call][0]]
    np.testing.assert_allclose(found[0].value, MADE[call][1], atol=1e-9)


@pytest.mark.parametrize("given, name", [
    ("sample_weight=CLASSES[SPARSE]", "CLASSES[SPARSE]"),
    ("CLASSES[SPARSE]", "CLASSES[SPARSE]"), ("sample_weight=[1, 2, 3]", "sample_weight"),
])  # fmt: skip
def test_the_weights_of_a_loss_are_called_what_the_program_gives(given, name):
    space = {"np": np, "ad": ad, "losses": nn.losses, "SPARSE": SPARSE, "CLASSES": np.array([0.5, 2.0]),
             "LOGITS": ad.Variable(np.ones((3, 2)))}  # fmt: skip
    run(f"""
        with ad.Tape(lines=True) as tape:
            error = losses.SparseCategoricalCrossentropy(from_logits=True)(SPARSE, LOGITS, {given})
        picture = ad.draw(tape, error)
    """, space)  # fmt: skip
    names = {node.name for node in space["picture"].sketch.graph.nodes if node.kind == "constant"}
    assert names - {None} == {"SPARSE", name}


def test_the_weights_of_examples_of_which_some_are_ignored_are_made_of_those_that_are_given():
    given, logits = np.array([0.5, 2.0, 1.5]), ad.Variable(np.ones((3, 2)))
    with ad.Tape(lines=True) as tape:
        loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)(SPARSE, logits, given)
    (node,) = [node for node in ad.draw(tape, loss).sketch.graph.nodes if node.name == "…(given)"]
    assert node.value.tolist() == [0.5, 0.0, 0.0]


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("call, read", [
    ("losses.BinaryCrossentropy(from_logits=True)([[0.0], [0.0], [1.0]], SCORES)", [[1.0], [1.0], [-1.0]]),
    ("losses.CategoricalCrossentropy(from_logits=True)([[0.5, 0.5]] * 3, SCORES * [1.0, 1.0])", [[-0.5, -0.5]] * 3),
])  # fmt: skip
def test_a_variable_y_true_is_not_what_a_loss_was_given_without_a_name(call, read, lines):
    space = {"ad": ad, "losses": nn.losses, "y_true": COLUMN, "SCORES": ad.Variable(np.ones((3, 1)))}
    with ad.Tape(persistent=True, lines=lines) as space["tape"]:
        run(f"error = {call}", space)
    run("picture = ad.draw(tape, error)", space)
    nodes = space["picture"].sketch.graph.nodes
    assert "y_true" not in [node.name for node in nodes]
    assert read in [node.value.tolist() for node in nodes if node.kind == "constant" and np.ndim(node.value) == 2]


def test_labels_of_several_batches_are_told_apart_by_what_holds_them():
    space = {"np": np, "ad": ad, "losses": nn.losses, "Batch": namedtuple("Batch", "y z"), "w": ad.Variable(2.0)}
    run("""
        one, other = Batch(np.array([[0.0], [1.0]]), np.ones((2, 1))), Batch(np.array([[1.0], [0.0]]), np.zeros((2, 1)))
        y, loss = np.array([[5.0], [7.0]]), losses.BinaryCrossentropy(from_logits=True)
        cost = lambda batch: loss(batch.y, w * batch.z)
        with ad.Tape(lines=True) as tape:
            total = cost(one) + cost(other)
        picture = ad.draw(tape, total)
    """, space)  # fmt: skip
    found = {node.name: node.value.tolist() for node in space["picture"].sketch.graph.nodes if node.form}
    assert found == {"one.y": [[0.0], [1.0]], "other.y": [[1.0], [0.0]]}


def test_a_step_of_a_loss_whose_derivative_alone_is_read_has_not_its_name():
    w, y = ad.Variable(np.ones((2, 1)), name="w"), np.array([[0.0], [1.0]])
    with ad.Tape(lines=True) as outer:
        with ad.Tape() as inner:
            loss = nn.losses.BinaryCrossentropy(from_logits=True)(y, w * 2.0)
        total = ad.sum(inner.gradient(loss, w) ** 2)
    names = [node.name for node in ad.draw(outer, total).sketch.graph.nodes]
    assert "loss" not in names and "total" in names


def test_labels_with_a_gradient_have_no_name_in_braces():
    teacher, student = ad.Variable(np.ones((2, 2)), name="teacher"), ad.Variable(np.ones((2, 2)), name="student")
    with ad.Tape(lines=True) as tape:
        loss = nn.losses.CategoricalCrossentropy(from_logits=True)(ad.softmax(teacher), student)
    assert [node.name for node in ad.draw(tape, loss).sketch.graph.nodes if node.name and "{" in node.name] == []


@pytest.mark.parametrize("cut", ["ad.stop_gradient(soft)", "soft.numpy()"])
def test_labels_that_were_cut_off_keep_their_numbers_at_the_cut(cut):
    space = {"ad": ad, "losses": nn.losses, "q": ad.Variable(np.array([[0.2], [2.0]])), "z": ad.Variable(np.ones((2, 1)))}
    run(f"""
        with ad.Tape(lines=True) as tape:
            soft = ad.sigmoid(q)
            loss = losses.BinaryCrossentropy(from_logits=True)({cut}, z)
        picture = ad.draw(tape, loss)
    """, space)  # fmt: skip
    (node,) = [node for node in space["picture"].sketch.graph.nodes if node.origin]
    assert node.origin == cut.removeprefix("ad.") and node.inputs[0].source.name == "soft"
    np.testing.assert_allclose(node.value, space["soft"])


@pytest.mark.parametrize("call, cut", [
    ("MeanSquaredError()(ad.stop_gradient(soft), z, sample_weight=np.arange(2))", "stop_gradient(soft)"),
    ("MeanSquaredError()(np.arange(2.0)[:, None], z, sample_weight=ad.stop_gradient(soft))", "stop_gradient(soft)"),
    ("KLDivergence()(ad.stop_gradient(soft) ** 2, z)", "stop_gradient(soft) ** 2"),
    ("Hinge()(ad.stop_gradient(soft), z)", "…(stop_gradient(soft))"),
])  # fmt: skip
def test_of_what_a_loss_is_given_that_is_behind_a_cut_which_is_cut_off(call, cut):
    space = {"ad": ad, "np": np, "losses": nn.losses, "q": ad.Variable([[0.2], [2.0]]), "z": ad.Variable(np.ones((2, 1)))}
    run(f"""
        with ad.Tape(lines=True) as tape:
            soft = ad.sigmoid(q)
            loss = losses.{call}
        picture = ad.draw(tape, loss)
    """, space)  # fmt: skip
    assert [node.origin for node in space["picture"].sketch.graph.nodes if node.origin] == [cut]


def test_an_array_of_a_difference_stands_in_parentheses_and_one_of_one_number_is_no_multiple():
    data, same = np.array([0.0, 3.0, 6.0, 1.0]), np.full(4, 0.9)
    assert multiple(-data / 6, "a - b", data) == "−(a - b) ÷ 6" and rest(1 - data, "a - b", data) == "1 − (a - b)"
    node, other = Node("constant", np.full(4, 0.1)), Node("constant", same, name="same")
    name_multiples([node, other], None)
    assert node.key == ""


def test_what_a_function_of_the_users_made_of_its_argument_keeps_its_numbers():
    def halved(x, w):
        return np.sum(w * ad.named(x / 2.0, "halved({x})"))

    data = np.arange(3.0)
    with ad.Tape(lines=True) as tape:
        loss = halved(data, ad.Variable(np.ones(3)))
    (node,) = [node for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "constant"]
    assert (node.name, node.value.tolist(), node.form) == ("halved(x)", [0.0, 0.5, 1.0], "")
