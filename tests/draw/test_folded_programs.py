"""Folded pictures of programs: calls from several places apart, data that have a name, statements with their formulas."""

from itertools import pairwise

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.fold import Folding, sketch
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of

rng = np.random.default_rng(0)


def linear(x, w, b):
    return np.tanh(x @ w + b)


def tower(x, layers):
    for w, b in layers:
        x = linear(x, w, b)
    return x


def weights(*sizes):
    return [(ad.Variable(rng.normal(size=(n, m))), ad.Variable(np.zeros(m))) for n, m in pairwise(sizes)]


user, item = weights(3, 4, 2), weights(3, 4, 2)
clicks, users, items = rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=(5, 3))


def two_towers():
    u, i = tower(users, user), tower(items, item)
    return np.mean((np.sum(u * i, axis=1) - clicks) ** 2)


def recurrent():
    w, v = user[0][0], item[1][0]
    h = np.zeros((5, 3))
    for x in (users, items):
        h = np.tanh(x + h @ w @ v @ np.ones((2, 3)))
    return np.sum(h * users)


def folded(program, budget):
    return sketch(graph_of(program, (), None, True), budget)


def labels(drawn):
    return [label_of(block) for block in drawn.blocks]


def boxes(program, budget):
    return [label.heading for label in labels(folded(program, budget))]


def test_calls_from_several_places_are_boxes_of_their_own():
    drawn = folded(two_towers, 10)
    assert {block.group for block in drawn.blocks if block.group} == {"tower (u)", "tower (i)"}
    assert max(block.times for block in drawn.blocks if block.kind == "group") == 1


def test_data_with_a_name_are_boxes_and_numbers_are_not():
    found = boxes(two_towers, 25)
    assert {"users", "items", "clicks"} <= set(found)  # also in a folded picture
    assert not any(heading.replace(".", "").isdigit() for heading in found)


def test_data_that_several_steps_read_are_one_box_with_an_arrow_to_each():
    drawn = folded(recurrent, 60)
    (block,) = [block for block in drawn.blocks if label_of(block).heading == "users"]
    assert len(block.users) == 2


class Block(nn.Layer):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2D(4, 3, padding="same"), nn.BatchNormalization()

    def call(self, x):
        return ad.relu(x + self.norm(self.conv(x), training=True))


@pytest.mark.parametrize("budget", [60, 12])
def test_a_copy_that_a_layer_makes_of_data_is_in_their_box(budget):
    """The convolution reads a padded copy; the skip connection begins at the same box."""
    images, head, block = rng.normal(size=(2, 6, 6, 4)), nn.Dense(3), Block()
    with ad.Tape(persistent=True, lines=True) as tape:
        loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array([0, 2]), np.mean(head(block(images)), (1, 2)))
    drawn = sketch(graph_of(tape, (loss,), {}, True), budget)
    (data,) = [label for block, label in zip(drawn.blocks, labels(drawn), strict=True) if block.kind == "constant" and
               label.heading == "images"]  # fmt: skip
    assert data.remark == "2×6×6×4", data
    (box,) = [block for block in drawn.blocks if label_of(block) == data]
    assert len(box.members) == 2 and len(box.users) == 2


def test_results_of_several_steps_have_not_the_number_of_the_last():
    """The first is read by the second alone, which is in the same box."""

    def program():
        total = 0.0
        for k in range(3):
            weight = kernel[0, k] * kernel[1, k] + ad.exp(kernel[2, k])
            total = total - ad.log(weight * weight)
        return total

    found = [label.heading for label in labels(folded(program, 10)) if label.heading.startswith("total")]
    assert found == ["total  ×2", "total at k 2"], found


def test_what_an_attention_reads_is_the_box_of_its_argument():
    """Its projections read three copies, in another dtype and shape."""
    data, attend = rng.normal(size=(2, 5, 8)), nn.MultiHeadAttention(num_heads=2, key_dim=4)
    with ad.Tape(persistent=True, lines=True) as tape:
        loss = np.mean((data + attend(data, data)) ** 2)
    drawn = ad.draw(tape, loss).sketch
    (box,) = [block for block in drawn.blocks if label_of(block).heading == "data"]
    assert len(box.users) == 4 and len(box.members) == 4


def test_a_result_is_not_the_name_of_what_is_computed_without_a_gradient():
    def program():
        error = users @ kernel - 1.0
        weight = np.abs(ad.stop_gradient(error))
        return np.sum(weight * error)

    assert [heading for heading in boxes(program, 60) if heading == "error"] == ["error"]


def test_what_a_loss_makes_of_the_labels_has_not_the_name_of_its_other_argument():
    """The expression calls what a call returned, which has no name; an op has no label by default, which is none either."""
    logits, labels = ad.Variable(rng.normal(size=(2, 3)), name="logits"), np.array([0, 2])
    with ad.Tape(persistent=True, lines=True) as tape:
        loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits)
    nodes = graph_of(tape, (loss,), {}, True).nodes
    assert [node.kind for node in nodes if node.name == "logits"] == ["parameter"]


kernel, bias, update = ad.Variable(np.ones((3, 4)) / 3), ad.Variable(np.zeros(4)), ad.Variable(rng.normal(size=(3, 4)))


def gates():
    gate = ad.sigmoid(users @ kernel + bias)
    new = gate * np.tanh(items @ update)
    return np.mean((new - 0.5) ** 2)


def test_a_statement_that_is_one_box_has_its_formula():
    found = {label.heading: label.remark for label in labels(folded(gates, 10))}
    assert found["gate"] == "= sigmoid(users @ kernel + bias), 5×4"
    assert found["new"] == "= gate × tanh(items @ update), 5×4"
    assert found["gates"] == "= mean((new − 0.5) ^ 2)"


def test_a_statement_that_is_too_long_has_what_fits_of_the_programs_text():
    def program():
        long = np.sum(np.exp(np.cos(users) * user[0][0][0, 0]) + np.exp(np.sin(items) * user[0][0][1, 1]) * 3.0 - 1.0, axis=1)
        return np.mean(long)

    (label,) = [label for label in labels(folded(program, 10)) if label.heading == "long"]
    assert label.remark == "= sum(exp(·) + · − 1.0, axis=1), 5"


def test_a_computed_constant_has_the_signs_of_print_in_a_picture_and_those_of_python_in_the_terminal(capsys):
    y = np.array([0.0, 1.0, 1.0, 0.0])

    def loss(w):
        return np.sum((1 - y) * w)

    weights = np.array([0.1, 0.2, 0.3, 0.4])
    assert "(1 − y) × w" in [label.heading for label in labels(ad.draw(loss, weights).sketch)]
    ad.show(loss, weights)
    assert "(1 - y) * w" in capsys.readouterr().out


def test_weights_of_one_box_are_one_in_a_small_picture():
    assert {"kernel", "bias"} <= set(boxes(gates, 25))
    assert "kernel, bias" in boxes(gates, 10)


def turns(weights, x):
    for _ in range(5):
        gate = ad.sigmoid(x @ weights["w"] + weights["b"])
        new = np.tanh(x * weights["b"])
        x = gate * new + x
    return np.mean(x**2)


STATE = {"w": np.eye(4), "b": np.full(4, 0.5)}


def test_where_not_all_turns_of_a_loop_fit_the_first_is_open():
    picture = ad.draw(turns, STATE, np.ones((2, 4)), budget=14).sketch
    found = [label.heading for label in labels(picture)]
    first = ["gate at step 0", "new at step 0", "x at step 0"]
    assert found == ["w", "b", "x", *first, "step 1", "step 2", "step 3", "step 4", "turns"]


def test_a_closed_group_counts_what_it_holds_of_a_structure_that_was_given():
    def model(p, x):
        h = np.tanh(x @ p["w"] + p["b"])
        g = np.sin(h * 2.0) + h
        return g * x + h

    def chained(ps, x):
        for p in ps:
            x = model(p, x)
        return np.mean(x * np.cos(x))

    graph = ad.draw(chained, [STATE] * 4, np.ones((2, 4))).sketch.graph
    rows = [dict(label.rows) for label in labels(Folding(graph).sketch(10, apart=4)) if label.heading.startswith("model")]
    assert rows and all("weights" not in each and each["w, b"].startswith("20, grad ") for each in rows)
