"""What no formula of names says is said in the words of the program; the steps of a library's call are one box."""

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.labels import label_of

X = np.cos(np.arange(12.0)).reshape(3, 4)
one_name = another_name = yet_another = 2.0


def headings(function, *args, **options):
    return [label_of(block).heading for block in ad.draw(function, *args, names={}, **options).sketch.blocks]


@pytest.mark.parametrize("function, text", [
    (lambda x: x * (X @ np.ones((4, 4)) @ X.T @ X @ np.eye(4)), "x × (X @ · @ Xᵀ @ X @ eye(4))"),
    (lambda x: np.sum(x * x / x + np.exp(x) + 1e-8 * x, axis=1), "sum(· + 1e-8 × x, axis=1)"),
    (lambda x: np.clip(np.exp(x) / np.sin(x) * np.cos(x), one_name, another_name), "clip(·, one_name, …)"),
    (lambda x: np.exp(-np.sin(np.cos(np.tanh(np.abs(x * 0.5))))) * len(f"{one_name}"), "exp(−·) × len(f'{one_name}')"),
    (lambda x: x - 1e9 * np.minimum(np.exp(x), np.sin(x) * one_name), "x − 1e9 × minimum(exp(x), ·)"),
    (lambda x: -np.exp(-np.sin(np.cos(np.tanh(np.abs(x * 0.5))))), "−exp(−sin(cos(tanh(abs(·)))))"),
])  # fmt: skip
def test_a_formula_that_is_too_long_is_said_in_the_words_of_the_program(function, text):
    assert text in headings(lambda x: np.sum(function(x) + 1.0), X)


def test_what_is_left_out_is_an_operand_and_no_name():
    def program(weights, rate, slopes):
        return np.sum(weights["first"] - rate * slopes["first"] * (rate + weights["first"]) + 0.5)

    assert "weights['first'] − ·" in headings(program, {"first": X}, 0.5, {"first": X})


def derivative_of_a_polynomial(c):
    return np.sum(np.diff(c, n=2) ** 2)


def determinant(a):
    return np.sum(np.log(np.diag(a)))


@pytest.mark.parametrize("function, arg, text", [
    (derivative_of_a_polynomial, np.arange(5.0), "diff(c, n=2)"), (determinant, np.eye(3) * 2.0, "diag(a)"),
])  # fmt: skip
@pytest.mark.parametrize("budget", [None, 10])
def test_the_steps_of_a_librarys_call_are_one_box(function, arg, text, budget):
    picture = ad.draw(function, arg, budget=budget)
    (block,) = [block for block in picture.sketch.blocks if label_of(block).heading == text]
    assert len(block.members) > 1 and sum(len(link.edges) for link in block.inputs) >= 1 == len(block.users)
    shown = {label_of(block).heading for block in picture.sketch.blocks}
    assert shown.isdisjoint({node.op.name for node in block.members})


def test_the_steps_of_a_loss_are_one_box_if_one_of_them_says_nothing():
    y, logits = np.ones((4, 1)), X[:1].T
    entropy = nn.losses.BinaryCrossentropy(from_logits=True)
    shown = headings(lambda p: entropy(y, p) * 2.0, logits)
    assert shown == ["p", "y", "entropy(y, p)", "2", "entropy(y, p) × 2.0"]
    assert "p − y" in headings(lambda p: np.mean(nn.losses.mean_squared_error(y, p)), logits)


def test_an_operand_in_a_list_has_its_name():
    def step(h):
        x, c = X[:2], np.zeros((2, 4))
        return np.sum(np.concatenate([x, h], axis=1) @ np.ones((8, 2))) + np.sum(np.stack((h, c)))

    assert {"x", "c"} <= set(headings(step, X[1:]))


def test_a_list_that_is_joined_is_not_called_after_its_first_element():
    def program(x, shift):
        columns = [x**power for power in range(3)]
        u, parts = np.sin(x), [np.cos(x), shift]
        whole = [u, *columns]
        powers, ends, all_of_them = np.stack(columns, axis=1), np.concatenate(parts), np.stack(whole)
        return np.sum(powers) + np.sum(ends) + np.sum(all_of_them)

    picture = ad.draw(program, np.ones(3), np.full(3, 0.5), budget=100)
    found = {label.heading: label.remark for label in map(label_of, picture.sketch.blocks)}
    expected = {"powers": "= stack(columns, axis=1)", "ends": "= concatenate(parts[0], shift)", "all_of_them": "= stack(u, "}
    assert all(found[name].startswith(text) for name, text in expected.items()), found


def test_elements_that_a_generator_takes_have_its_text_and_results_of_one_function_are_counted():
    def half(x):
        return np.sin(x) * 0.5

    def program(x, outs):
        outs = [out * 2.0 for out in outs]
        y = sum(x[:, i : i + 1] * out for i, out in enumerate(outs))
        z = np.concatenate([half(x) for _ in range(3)])
        return np.sum(y * y) + np.sum(z)

    picture = ad.draw(program, np.ones((3, 8)), [np.full((3, 1), 0.1 * k) for k in range(8)], names={}, budget=12)
    found = {label.heading: label.remark for label in map(label_of, picture.sketch.blocks)}
    assert "x[:, i:i + 1]  ×8" in found and found["z"].startswith("= concatenate(half ×3)")


def test_a_parameter_that_was_given_a_later_list_has_its_number():
    def norm(vector):
        ms = sum(v * v for v in vector) / len(vector)
        return [v / ms for v in vector]

    def program(x):
        x = [ad.sin(v) for v in x]
        x = [v * 2.0 for v in x]
        return sum(norm(x))

    picture = ad.draw(program, [0.5, 0.25], names={})
    (label,) = [label for label in map(label_of, picture.sketch.blocks) if label.heading == "ms"]
    assert label.remark.startswith("= sum(v × v for v in x (3)) ÷ ")


def test_variables_in_calls_within_a_call_have_their_numbers():
    norm, expand = nn.LayerNormalization(), nn.Dense(4, "relu")

    def program(x):
        x = np.tanh(x)
        x = x * 2.0
        hidden = expand(norm(x))
        return np.sum(hidden)

    blocks = ad.draw(program, X, names={}).sketch.blocks
    assert "= expand(norm(x (3)))" in {label_of(block).remark.partition(",")[0] for block in blocks}


def test_repeats_that_are_rolled_up_have_the_words_of_their_statement():
    def program(xs, w, b):
        scaled = [np.tanh(x * w) + (x - b) * (w * b + x) for x in xs]
        return sum(np.sum(each * b) for each in scaled)

    xs = [np.full(2, 0.1 * k) for k in range(60)]
    picture = ad.draw(program, xs, np.ones(2), np.zeros(2), names={})
    (label,) = [label_of(block) for block in picture.sketch.blocks if label_of(block).heading.startswith("scaled")]
    assert label.heading.endswith("×60") and label.remark == "= tanh(x × w) + · × (w × b + x), 2"


def test_what_was_stopped_and_what_picks_elements_is_said_in_a_formula():
    advantage, arms = X.sum(axis=1), np.array([0, 1, 1])

    def program(scores):
        weights = ad.stop_gradient(scores[:, 0] + advantage)
        picked = np.take_along_axis(scores, arms[:, None], axis=1)
        return np.mean(scores[:, 1] * weights) + np.sum(picked)

    found = {label_of(block).heading: label_of(block).remark for block in ad.draw(program, X).sketch.blocks}
    assert "scores[:, 1] × weights" in found and "indices" not in " ".join([*found, *found.values()])
    (text,) = [heading for heading in found if heading.startswith("mean(")]
    assert text == "mean(scores[:, 1] × weights)"


def test_a_formula_that_is_too_long_has_the_inputs_of_a_call_before_its_parameters():
    def program(encoded, decoded):
        joined = np.stack([encoded, decoded], axis=1)
        picked = joined[np.arange(len(joined)), np.array([0, 1, 0])]
        return np.sum(joined) + np.sum(picked)

    remarks = {label.heading: label.remark for label in map(label_of, ad.draw(program, X, X, names={}).sketch.blocks)}
    assert remarks["joined"] == "= stack(encoded, decoded, …), 3×2×4"
    assert remarks["picked"] == "= joined[arange(len(joined)), ·], 3×4"


def test_arrays_of_ones_and_zeros_are_called_so():
    def slope(x):
        with ad.Tape() as tape:
            tape.watch(x)
            y = np.tanh(x @ np.eye(4))
        return np.sum(tape.gradient(y, x) ** 2)

    told = " ".join(headings(slope, X))
    assert "ones" in told and "[3×4]" not in told
