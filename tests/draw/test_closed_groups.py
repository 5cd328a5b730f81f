"""What a closed group, and nodes that were rolled up, say of what they put out."""

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.figures import row
from autodiff.drawing.labels import label_of

X = np.cos(np.arange(6.0)).reshape(2, 3)
W = np.sin(np.arange(9.0)).reshape(3, 3)


def labels(function, *args, **options):
    return {label.heading: label for label in map(label_of, ad.draw(function, *args, **options).sketch.blocks)}


def cell(x, h, c):
    c = c * np.tanh(x) + np.sin(h)
    h = np.tanh(c) * x
    return h, c


def two_results(x, h, c):
    h, c = cell(x, h, c)
    return np.sum(h * c)


def test_two_results_have_a_row_each():
    label = labels(two_results, X, X, X, collapse=["cell"])["cell"]
    assert label.remark == "→ c (2), h (2), 2×3"  # its arguments are called c and h
    assert [caption for caption, _ in label.rows] == ["ops", "c (2)", "grad", "h (2)", "grad"]
    h, c = cell(X, X, X)
    assert [text for caption, text in label.rows if caption in ("c (2)", "h (2)")] == [row(c), row(h)]


def test_of_the_result_that_the_heading_names_the_numbers_stand_alone():
    """Its other results are read by the derivative."""

    def slope(x, w):
        def net(x):
            hidden = np.tanh(x @ w)
            return np.sum(np.sin(hidden @ w))

        with ad.Tape() as tape:
            tape.watch(x)
            u = net(x)
        slope = tape.gradient(u, x)
        v = net(x * 2.0)
        return np.sum(slope**2) + u * v

    found = labels(slope, X, W, collapse=["net (u)", "net (v)"])
    label = next(label for heading, label in found.items() if heading.startswith("net (u)"))
    assert dict(label.rows)["value"] == f"{np.sum(np.sin(np.tanh(X @ W) @ W)):.4g}"


def test_a_result_without_a_name_is_said_by_its_formula():
    def residual(w, x):
        return x @ w - 1.0

    def loss(w, x):
        return np.mean(residual(w, x) ** 2)

    assert labels(loss, W, X, collapse=["residual"])["residual"].remark == "= x @ w − 1, 2×3"


def test_ops_that_come_again_are_not_hidden():
    def twice(x, w):
        return np.tanh(np.tanh(np.tanh(x @ w) @ w) @ w) @ w + np.sum(np.exp(x))

    def loss(x, w):
        return np.sum(twice(x, w))

    assert labels(loss, X, W, collapse=["twice"])["twice"].remark == "2×3, by matmul, tanh, exp, sum, …"


def total_loss(w):
    loss = 0.0
    for k in range(12):
        loss = loss + (w * w * (k + 1.0)).exp() * 0.001
    return loss * 2.0


POINTS = [(0.5, 1.0), (1.5, 0.5), (2.5, 0.25)]


def sum_of_losses(w):
    loss = 0.0
    for inp, out in POINTS:
        z = w * inp - out
        p = 1.0 / (1.0 + ad.exp(-z))
        loss = loss - ad.log(p) * p
    return loss * 2.0


@pytest.mark.parametrize("function, values", [
    (total_loss, np.cumsum(np.exp(0.25 * np.arange(1.0, 13.0)) * 0.001)[1:]),
    (sum_of_losses, np.cumsum([-np.log(p) * p for p in (1.0 / (1.0 + np.exp(out - 0.5 * inp)) for inp, out in POINTS)])),
])  # fmt: skip
def test_steps_that_feed_one_another_say_so_and_show_the_values_of_all(function, values):
    found = labels(function, 0.5, budget=10)
    (label,) = [label for label in found.values() if "one after another" in label.remark]
    assert dict(label.rows)["value"] == row(values), found


def test_of_three_results_there_is_one_range_which_says_of_how_many():
    def gates(x, w):
        return np.tanh(x @ w), np.sin(x @ w), np.exp(x)

    def program(x, w):
        a, b, c = gates(x, w)
        return np.sum(a * b + c)

    label = labels(program, X, W, collapse=["gates"])["gates"]
    every = np.concatenate([np.ravel(part) for part in gates(X, W)])
    assert label.remark == "→ a, b, c, 2×3" and ("3 parts", row(every)) in label.rows


def test_a_tensor_that_an_inner_tape_watches_is_a_constant_of_the_outer_one():
    t = ad.Variable(X, trainable=False)
    w = ad.Variable(W)
    with ad.Tape() as tape:
        with ad.Tape() as inner:
            inner.watch(t)
            y = np.sum(np.tanh(t @ w))
        loss = np.sum(inner.gradient(y, t) ** 2)
    sketch = ad.draw(tape, loss).sketch
    (block,) = [block for block in sketch.blocks if label_of(block).heading == "t"]
    assert block.kind == "constant" and not any(link.is_cut for link in sketch.links)


def test_what_is_computed_from_data_of_the_outer_tape_alone_is_not_cut():
    w, noisy = ad.Variable(W), ad.Variable(X, trainable=False)
    with ad.Tape() as tape:
        with ad.Tape() as inner:
            inner.watch(noisy)
            energy = np.sum((noisy * noisy + np.tanh(noisy @ w)) ** 2)
        loss = np.sum(inner.gradient(energy, noisy) ** 2)
    sketch = ad.draw(tape, loss).sketch
    assert not any(link.is_cut for link in sketch.links) and any(node.fixed for node in sketch.graph.nodes)
    with ad.Tape() as tape:
        loss = np.sum(w * ad.stop_gradient(w))
    assert sum(link.is_cut for link in ad.draw(tape, loss).sketch.links) == 1


def test_a_name_in_a_formula_loses_the_step_before_it_loses_its_middle():
    def chained(w):
        total_cost = 0.0
        for _ in range(2):
            total_cost = np.exp(total_cost * w)
        return total_cost

    remarks = [label.remark for label in labels(chained, 0.5).values()]
    assert not any("…" in remark for remark in remarks) and any("total_cost" in remark for remark in remarks), remarks


def test_a_closed_layer_that_is_used_twice_shows_the_results_of_both_uses():
    nn.set_random_seed(0)
    critic = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)], name="critic")
    real, fake = np.ones((3, 2)), np.full((3, 2), -2.0)
    with ad.Tape(lines=True) as tape:
        loss = np.sum(critic(real)) - np.sum(critic(fake))
    drawn = ad.draw(tape, loss, collapse=["dense"], names={})
    (label,) = [label for label in map(label_of, drawn.sketch.blocks) if label.heading == "dense"]
    assert [name for name, _ in label.rows] == ["weights", "dense", "grad", "dense (2)", "grad"]


def test_what_is_but_picked_from_another_array_is_not_inside():
    def program(table, rows):
        def pick(k):
            scaled = table[k] * rows[:, k]
            return np.sum(np.exp(scaled))

        return pick(0) + pick(1) * 2.0

    found = labels(program, W, W, collapse=["pick (1)", "pick (2)"])
    assert dict(found["pick (1)"].rows)["inside"] == "scaled"


def test_variables_that_a_closed_function_reads_have_their_names_if_they_are_short():
    w, x, times = (ad.Variable(np.full((3, 1), 0.5 + k), name=name) for k, name in enumerate(("w", "x", "times")))

    def field(x, t):
        return np.tanh(np.concatenate([x, t], axis=1)) * w

    with ad.Tape(lines=True) as tape:
        loss = np.sum(field(x, times) ** 2) + np.sum(w)
    found = {label.heading: label for label in map(label_of, ad.draw(tape, loss, collapse=["field"]).sketch.blocks)}
    assert found["field"].rows[0][0] == "x, times"


def test_the_gradient_of_a_single_number_that_a_closed_function_reads_has_its_sign():
    bias = ad.Variable([0.5], name="bias")

    def shifted(x):
        return np.exp(np.tanh(x) - bias)

    with ad.Tape(lines=True) as tape:
        loss = np.sum(shifted(X) * np.sin(X) ** 2)
    found = {label.heading: label for label in map(label_of, ad.draw(tape, loss, collapse=["shifted"]).sketch.blocks)}
    assert found["shifted"].rows[0] == ("bias", f"1, grad {row(tape.gradient(loss, bias).numpy())}")
    assert "-" in found["shifted"].rows[0][1]


def equation_of_heat(field, points):
    """Of one of two calls of a function a derivative alone is read, the rules of which read steps on the way to the result."""

    def loss(x):
        with ad.Tape() as tape:
            tape.watch(x)
            temperature = field(x)
        slope = tape.gradient(temperature, x)
        start = field(points)
        return np.mean(slope**2) + np.mean(start**2)

    return loss


def field_as_it_returns(x, w):
    h = np.tanh(x @ w)
    return np.sum(h * h, axis=1) @ np.ones(2)


def field_in_a_variable(x, w):
    h = np.tanh(x @ w)
    y = np.sum(h * h, axis=1) @ np.ones(2)
    return y


@pytest.mark.parametrize("field", [field_as_it_returns, field_in_a_variable])
def test_a_call_of_which_only_steps_are_read_has_not_the_name_of_its_result(field):
    w = ad.Variable(W, name="w")
    found = labels(equation_of_heat(lambda x: field(x, w), X), X + 1.0, collapse=True, names={})
    name = field.__name__
    assert [heading for heading in found if heading.startswith(name)] == [f"{name} (1)", f"{name} (start)"]
    assert found[f"{name} (1)"].remark == "→ h, …, 2×3"  # and x @ w


def test_a_call_that_returns_what_a_loop_left_in_a_variable_has_the_name_of_its_result():
    def steps(h):
        for _ in range(2):
            h = np.tanh(h * 2.0)
        return h

    def loss(x):
        first = steps(x)
        second = steps(x * 3.0)
        return np.sum(first * second)

    assert {"steps (first)", "steps (second)"} <= labels(loss, X, collapse=["steps (first)", "steps (second)"]).keys()


def test_a_closed_layer_whose_weight_something_else_reads_puts_out_its_result_alone():
    nn.set_random_seed(0)
    dense = nn.Dense(3, "tanh")

    def loss(x):
        y = dense(x)
        return np.sum(y) + np.sum(dense.kernel**2)

    label = labels(loss, X, collapse=["dense"])["dense"]
    assert [caption for caption, _ in label.rows] == ["weights", "value", "grad"] and "kernel," not in label.remark
