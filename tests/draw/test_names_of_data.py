"""Data that have no name of their own are called what the program calls them."""

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.clipping import PYTHON
from autodiff.drawing.labels import headings, label_of

ROWS = np.cos(np.arange(12.0)).reshape(3, 4)
W = ad.Variable(np.sin(np.arange(8.0)).reshape(4, 2), name="W")


class Holder:
    images = ROWS + 1.0


def operator():
    images = ROWS * 2.0
    return np.sum(images @ W)


def on_the_right():
    labels = np.ones((3, 2))
    return np.sum((ROWS @ W - labels) ** 2)


def call_of_numpy():
    weights = np.ones((3, 2))
    return np.sum(np.multiply(weights, ROWS @ W))


def call_of_a_layer():
    batch = ROWS.astype("float32")
    return np.sum(nn.Dense(2)(batch))


def call_of_a_loss():
    labels = np.ones((3, 2))
    predicted = ROWS @ W
    return np.mean(nn.losses.mean_squared_error(labels, predicted))


def attribute():
    holder = Holder()
    return np.sum(holder.images @ W)


def element_at_a_turn():
    xs = np.stack([ROWS, ROWS + 1.0])
    total = 0.0
    for t in range(2):
        total = total + np.sum(xs[t] @ W)
    return total


def computed_on_the_spot():
    return np.sum((ROWS + 3.0) @ W)


def computed_by_numpy():
    mask = ROWS > 0
    return np.sum(np.where(mask[:, :2] == 0, ROWS @ W, np.log(ROWS + 2.0) @ W))


def added_in_place():
    sums = ROWS @ W
    sums += np.log(ROWS[:, :2] + 2.0)
    return np.sum(sums)


def computed_in_many_words():
    return np.sum(np.cos(np.sin(np.exp(ROWS + 2.0) * 3.0)) @ W)


def numbers_on_the_spot():
    return np.sum(W * [1.0, 2.0])


def inner(x, scale):
    return np.sum(x @ W * scale)


def given_by_a_caller():
    batch = ROWS + 1.0

    def outer(rows, *, scale):
        return inner(rows, scale=scale)

    return outer(batch, scale=np.ones(2))


def given_and_then_stored_in():
    def moved(x):
        x = x + 1.0
        return np.sum(x @ W)

    return moved(ROWS)


def given_by_a_starred_argument():
    return inner(*[ROWS, np.ones(2)])


def given_to_a_method():
    class Model:
        def call(self, x):
            return np.sum(x @ W)

    rows = ROWS + 1.0
    return Model().call(rows)


def given_to_a_layer_of_the_users():
    class Model(nn.Layer):
        def call(self, x):
            return np.sum(x @ W)

    rows = ROWS + 1.0
    return Model()(rows)


def two_that_may_be_meant():
    first, second = np.ones((3, 2)), np.ones((3, 2))

    def both(a, b):
        return a * b

    return np.sum(np.square(ROWS @ W) + both(first, second))


CASES = {
    operator: {"images"}, on_the_right: {"ROWS", "labels"}, call_of_numpy: {"weights", "ROWS"}, call_of_a_layer: {"batch"},
    call_of_a_loss: {"labels", "ROWS"}, attribute: {"images"}, element_at_a_turn: {"xs[0]", "xs[1]"},
    computed_on_the_spot: {"ROWS + 3.0"},
    computed_by_numpy: {"mask[:, :2] == 0", "ROWS", "log(ROWS + 2.0)"}, computed_in_many_words: {None},
    added_in_place: {"ROWS", "log(ROWS[:, :2] + 2.0)"}, numbers_on_the_spot: {None},
    given_by_a_caller: {"batch", "scale"}, given_and_then_stored_in: {"x"}, given_by_a_starred_argument: {"x", "scale"},
    given_to_a_method: {"rows"}, given_to_a_layer_of_the_users: {"rows"},
    two_that_may_be_meant: {"ROWS", "both(first, second)"},
}  # fmt: skip


@pytest.mark.parametrize("function", CASES, ids=lambda function: function.__name__)
def test_data_have_the_names_of_the_operands(function):
    with ad.Tape(lines=True) as tape:
        loss = function()
    nodes = ad.draw(tape, loss, names={}).sketch.graph.nodes
    assert {node.name for node in nodes if node.kind == "constant" and np.ndim(node.value)} == CASES[function]


def test_numbers_have_the_text_by_which_they_are_computed_but_not_those_of_a_loop():
    rate = 0.5

    def loss(w):
        total = w * (2.0 * rate) + len(ROWS) * w + 3.0
        for k in range(2):
            total = total * (k + 1.5)
        return total

    numbers = [node.name for node in ad.draw(loss, 1.0, names={}).sketch.graph.nodes if node.kind == "constant"]
    assert sorted(filter(None, numbers)) == ["2.0 * rate", "len(ROWS)"] and numbers.count(None) == 3


def test_a_name_that_is_an_expression_stands_in_parentheses():
    with ad.Tape(lines=True) as tape:
        loss = np.sum((ROWS + 3.0) @ W)
    product = ad.draw(tape, loss).sketch.graph.nodes[-2]
    assert product.op.name == "matmul" and headings(product, PYTHON)[0] == "(ROWS + 3.0) @ W"


def neuron():
    x1, x2 = 2.0, 0.0
    w1, w2 = ad.Value(-3.0), ad.Value(1.0)
    b = ad.Value(6.88)
    return ad.tanh(x1 * w1 + x2 * w2 + b)


def loop_of_turns():
    w, xs = [ad.Value(2.0), ad.Value(3.0)], (1.0, 4.0)
    total = ad.Value(0.5)
    for k, (weight, x) in enumerate(zip(w, xs, strict=True)):
        total = total + weight * x * (k + 1)
    return total


def comprehension():
    rates = [ad.Value(2.0), ad.Value(3.0)]
    return sum([rate * rate for rate in rates], ad.Value(1.0))


def without_a_list():
    return sum([ad.Value(float(k)) * 3.0 for k in range(1, 3)] + [p * p for p in map(ad.Value, (1.0, 2.0))], ad.Value(1.0))


LEAVES = {
    neuron: ["b", "w1", "w2", "x1", "x2"], loop_of_turns: ["total", "w[0]", "w[1]", "xs[0]", "xs[1]"],
    comprehension: ["rates[0]", "rates[1]"], without_a_list: ["p", "p"],
}  # fmt: skip


@pytest.mark.parametrize("function", LEAVES, ids=lambda function: function.__name__)
def test_numbers_that_a_function_makes_have_the_names_of_the_operands(function):
    leaves = [node for node in ad.draw(function, names={}).sketch.graph.nodes if node.op is None]
    assert sorted(node.name for node in leaves if node.name) == LEAVES[function]


def of_a_gradient():
    return np.sum(ad.grad(lambda w: np.sum((w**2 - 1.0) ** 2))(W))


def of_a_tape():
    with ad.Tape() as tape:
        y = np.mean(W**3)
    return np.sum(tape.gradient(y, W) * W)


@pytest.mark.parametrize("function", [of_a_gradient, of_a_tape], ids=lambda function: function.__name__)
def test_what_the_rules_of_a_derivative_make_has_no_name_of_the_program(function):
    nodes = ad.draw(function, names={}).sketch.graph.nodes
    assert {node.name for node in nodes if node.kind == "constant"} == {None}
    assert "read" not in {node.op.name for node in nodes if node.op is not None}


def batches():
    total = 0.0
    for x, target in [(ROWS, np.ones((3, 2))), (ROWS + 1.0, np.zeros((3, 2)))]:
        total = total + nn.losses.mean_squared_error(target, nn.Dense(2)(x))
    return np.sum(total)


def test_data_of_a_layer_have_a_name_in_each_turn_of_a_loop():
    with ad.Tape(lines=True) as tape:
        loss = batches()
    names = [node.name for node in ad.draw(tape, loss, names={}).sketch.graph.nodes if node.kind == "constant"]
    assert names.count("x") == names.count("target") == 2


# -- of a tape that noted no call sites ----------------------------------------------------------------------------------


def names_of_data(picture):
    nodes = picture.sketch.graph.nodes
    return [node.name for node in nodes if node.kind == "constant" and np.ndim(node.value)]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_what_a_layer_casts_has_the_name_of_the_callers_variable(kind):
    photos, labels = np.arange(8.0).reshape(2, 4).astype(kind), np.array([[0.0], [1.0]])
    with ad.Tape() as tape:
        loss = np.mean(nn.losses.mean_squared_error(labels, nn.Dense(1)(photos)))
    assert names_of_data(ad.draw(tape, loss)) == ["photos", "labels"]


def test_the_numbers_of_an_embedding_have_their_name():
    words = np.array([[1, 2], [0, 3]])
    with ad.Tape() as tape:
        loss = np.mean(nn.Embedding(5, 2)(words))
    assert names_of_data(ad.draw(tape, loss)) == ["words"]


def test_of_several_arrays_of_zeros_none_has_the_name():
    zeros = np.zeros((2, 2))
    with ad.Tape() as tape:
        loss = np.mean(nn.LSTM(2)(np.arange(12.0).reshape(2, 3, 2)))
    assert zeros.shape == (2, 2) and set(names_of_data(ad.draw(tape, loss))) == {None, "initial state"}
    photos = np.ones((2, 4))
    with ad.Tape() as tape:
        loss = np.mean(nn.Dense(1)(photos))
    assert photos.size == 8 and names_of_data(ad.draw(tape, loss)) == [None]  # a layer makes arrays of one number too


def test_what_was_computed_has_no_name_of_others():
    rows = ROWS + 1.0
    with ad.Tape() as tape:
        loss = np.mean((rows + 1.0) @ W)
    assert names_of_data(ad.draw(tape, loss)) == [None]


@pytest.mark.parametrize("lines", [True, False])
def test_images_that_a_layer_pads_have_their_name(lines):
    photos = np.cos(np.arange(50.0)).reshape(2, 5, 5, 1)
    with ad.Tape(lines=lines) as tape:
        loss = np.mean(nn.Sequential([nn.Conv2D(2, 3, strides=2, padding="same"), nn.Conv2D(1, 1)])(photos))
    assert names_of_data(ad.draw(tape, loss)) == ["photos"]


def test_data_that_several_calls_read_are_counted_once_and_first_states_of_zero_each():
    words = np.cos(np.arange(12.0)).reshape(3, 4)

    def run(order):
        state = np.zeros(2)
        for k in order:
            state = np.tanh(words[k] @ W + state)
        return state

    with ad.Tape(lines=True) as tape:
        loss = np.sum(run(range(3)) * run(reversed(range(3))))
    found = {label.heading for label in map(label_of, ad.draw(tape, loss, budget=10).sketch.blocks)}
    assert {"words  ×3", "state  ×2"} <= found


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("budget", [None, 10])
def test_copies_in_another_dtype_are_one_box(lines, budget):
    rows, one, other = ROWS[:, :3] + 0.1, nn.Dense(3), nn.Dense(3)
    with ad.Tape(lines=lines) as tape:
        loss = np.mean((one(rows) * other(rows) - rows) ** 2)
    blocks = [block for block in ad.draw(tape, loss, budget=budget).sketch.blocks if block.kind == "constant"]
    assert [label_of(block).heading for block in blocks if np.ndim(block.members[0].value)] == ["rows"]


def test_arrays_of_one_name_with_other_numbers_are_boxes_of_their_own():
    data, weights = np.arange(6.0), ad.Variable(np.array([1.0, 2.0, 3.0]))
    with ad.Tape(lines=True) as tape:
        loss = 0.0
        for tap in range(3):
            piece = data[tap : tap + 3].copy()
            loss = loss + np.sum(piece * weights)
    blocks = [block for block in ad.draw(tape, loss, budget=60).sketch.blocks if label_of(block).heading == "piece"]
    assert [block.members[0].value.tolist() for block in blocks] == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]


def test_what_a_layer_picks_inside_has_not_the_name_of_its_input():
    layers = nn.Dense(3), nn.AveragePooling1D(2)
    with ad.Tape(lines=True) as tape:
        hidden = layers[0](np.cos(np.arange(24.0)).reshape(1, 6, 4))
        loss = np.mean(layers[1](hidden))
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    assert {"index", "getitem"} & {node.op.label or node.op.name for node in nodes if node.op}
    assert [node.name for node in nodes if node.op and "hidden" in (node.name or "")] == ["hidden"]


def test_data_that_a_recursive_function_hands_down_have_the_outermost_name():
    """Nothing of the library recurses with it."""

    def down(x, depth):
        return np.sum(x @ W) if depth == 0 else down(x, depth - 1)

    batch = ROWS + 1.0
    with ad.Tape(lines=True) as tape:
        loss = down(batch, 600)
    names = {node.name for node in ad.draw(tape, loss, names={}).sketch.graph.nodes if node.kind == "constant"}
    assert names == {"batch"}


def test_data_that_a_caller_computes_by_a_call_have_its_text_in_the_function_that_is_given_them():
    def embedding(t):
        return np.stack([np.sin(t), np.cos(t)], axis=1)

    def layer(x, kernel):
        return x @ kernel

    def model(x, t, kernel):
        return layer(x, kernel) + layer(embedding(t), kernel)

    points, times, kernel = ROWS[:, :2], np.arange(len(ROWS)), ad.Variable(np.eye(2), name="kernel")
    with ad.Tape(lines=True) as tape:
        loss = np.sum(model(points, times, kernel))
    names = {node.name for node in ad.draw(tape, loss, names={}).sketch.graph.nodes if node.kind == "constant"}
    assert names == {"points", "embedding(times)"}


@pytest.mark.parametrize("joined, name", [(True, "concatenate([rows, kinds], …)"), (False, None)])
def test_what_a_layer_is_given_has_the_text_that_computes_it_if_it_has_those_numbers(joined, name):
    def encode(layer, x, c):
        return layer(np.concatenate([x, c], axis=1))

    rows, kinds, dense = ROWS.astype("float32"), np.eye(3), nn.Dense(2)
    layer = dense if joined else nn.Sequential([nn.Rescaling(1.0 / 7.0, offset=0.5), dense])
    with ad.Tape(lines=True) as tape:
        loss = np.sum(encode(layer, rows, kinds))
    (data,) = [node for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "constant"]
    assert data.name == name


def test_an_array_that_is_1_minus_data_is_said_to_be_and_another_without_a_name_is_data():
    y, noise = np.array([0.0, 1.0, 1.0, 0.0, 1.0]), [0.25, 0.5, 1.0, 2.0, 4.0]
    w = ad.Variable(np.full(5, 0.25), name="w")
    with ad.Tape() as tape:
        loss = -np.sum(y * np.log(w) + (1 - y) * np.log(1 - w) * np.array(noise))
    headings = {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks if block.kind == "constant"}
    assert {"y", "1 − y", "data"} <= headings
    assert "(1 − y) × log(1 − w)" in {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks}
