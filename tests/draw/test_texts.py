"""Labels: formulas, parameters at their defaults are not shown, and what is too long loses whole words."""

import operator

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autodiff as ad
from autodiff.drawing.clipping import PYTHON, balanced, clipped
from autodiff.drawing.figures import figures
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of
from autodiff.drawing.terms import formula

X = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("function, text", [
    (lambda x: np.sum(x, keepdims=False), "sum"),
    (lambda x: np.sum(x, axis=None), "sum"),
    (lambda x: np.sum(x, axis=0, keepdims=True), "sum axis=0 keepdims=True"),
    (lambda x: np.mean(x, axis=-1), "mean axis=-1"),
    (lambda x: np.var(x, ddof=0), "var"),
    (lambda x: np.var(x, ddof=1), "var ddof=1"),
    (lambda x: np.linalg.norm(x), "norm"),
    (lambda x: np.roll(x, 1), "roll shift=1"),
])  # fmt: skip
def test_parameters_at_their_defaults_are_not_shown(function, text):
    x = ad.Variable(X, name="x")
    with ad.Tape() as tape:
        y = function(x)
    node = next(node for node in graph_of(tape, (y,), {}, False).nodes if node.op is not None)
    found = ad.draw(tape, y, names={}, constants=False).sketch
    (block,) = [block for block in found.blocks if node.index in {member.index for member in block.members}]
    label = label_of(block)
    shown = f"{label.heading} {label.remark}"
    assert all(word in shown for word in clipped(text).split()), shown
    assert shown.count("=") == text.count("="), shown


@pytest.mark.parametrize("text, short", [
    ("w", "w"),
    ("tensordot(x, kernel, axes=([3, 4, 5], [0, 1, 2]))", "tensordot(x, kernel, …)"),
    ("total = sum(·, axis=0, keepdims=True)  1×3", "total = sum(·, axis=0, …)  1×3"),
    ("einsum(abcdefghijklmnopqrstuvwxyz, y)", "einsum(…)"),
    ("encoder/block_12/attention/query/kernel", "encoder/block_…/query/kernel"),
    ("state_dict['layer0.attn_wq'][3][5]", "state_dict['lay…_wq'][3][5]"),
    ("points_of_a_cloud[:, None, 0:3, ...]", "points_of_a_cloud[…]"),
    ("softmax(logits) * log_softmax(logits)", "softmax(logits) * …"),
    ("softmax, log_softmax, multiply, sum, …", "softmax, log_softmax, …"),
    ("layer 0, neuron 12: weights of the first", "layer 0, neuron… of the first"),
    ("((log_alpha at step 2)[:, None]) + log_A", "((… step 2)[:, None]) + log_A"),
    ("forward_pass_of_words_algorithmically", "forward_pass_of_words_…"),
    ("x" * 40, "x" * 15 + "…" + "x" * 14),
])  # fmt: skip
def test_long_texts(text, short):
    assert clipped(text) == short and len(short) <= 30


PIECES = st.sampled_from(["a", "log_alpha", "b at step 2", " + ", ", ", "/", "x"])
IN_PAIRS = st.recursive(PIECES, lambda inside: st.one_of(
    st.lists(inside, min_size=1, max_size=6).map("".join), inside.map("({})".format), inside.map("[{}]".format),
), max_leaves=30)  # fmt: skip


@given(IN_PAIRS, st.integers(14, 30))
def test_a_long_text_keeps_its_brackets_in_pairs(text, longest):
    short = clipped(text, longest)
    assert len(short) <= longest and balanced(short)


@pytest.mark.parametrize("text", ["f(a, (b, c), d)", "[1, 2]", ""])
def test_brackets_in_pairs(text):
    assert balanced(text) and not balanced(text + "(") and not balanced(f"a) {text} (b")


SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
LEAVES = st.sampled_from(["w", "x", "b", 2.0, 3.0])
PROGRAMS = st.recursive(
    LEAVES, lambda parts: st.tuples(st.sampled_from(list(SIGNS)), parts, parts) | st.tuples(st.just("-"), parts),
    max_leaves=6,
)  # fmt: skip


def computed(program, space):
    if not isinstance(program, tuple):
        return space.get(program, program)
    parts = [computed(part, space) for part in program[1:]]
    return SIGNS[program[0]](*parts) if len(parts) == 2 else -parts[0]


@given(PROGRAMS)
def test_a_formula_in_a_box_is_what_python_computes(program):
    space = {"w": ad.Value(1.25, name="w"), "x": ad.Value(1.5, name="x"), "b": ad.Value(0.75, name="b")}
    try:
        with ad.Tape() as tape:
            y = computed(program, space) + space["w"]
    except (OverflowError, ZeroDivisionError, ValueError, TypeError):  # and of a power that is complex
        return
    nodes = graph_of(tape, (y,), {}, False).nodes
    assume(all(float(figures(node.value)) == node.value for node in nodes if node.kind == "constant"))  # four digits are shown
    for node in nodes:
        text = formula(node, PYTHON)
        if node.op is not None and text and "·" not in text:
            numbers = {name: np.float64(value.numpy()) for name, value in space.items()}
            with np.errstate(all="ignore"):
                found = eval(text, {}, numbers)
            assert found == pytest.approx(node.value, rel=1e-9, nan_ok=True), text


@pytest.mark.parametrize("function, heading", [
    (lambda x, y: (x - y) - (x + y), "x − y − (x + y)"),
    (lambda x, y: (x * y) ** 2.0, "(x × y) ^ 2"),
    (lambda x, y: -(x + y) * x, "−(x + y) × x"),
    (lambda x, y: ad.exp(-x) / y, "exp(−x) ÷ y"),
    (lambda x, y: (ad.sin(x) * ad.sin(y) + x) / (ad.cos(x) * ad.cos(y) + y), "· ÷ (cos(x) × cos(y) + y)"),
    (lambda x, y: ad.log(ad.exp(x * 2.0) + ad.exp(y * 2.0)), "log(exp(x × 2) + exp(y × 2))"),
    (lambda x, y: (x + 0.1) * ad.exp(ad.tanh(ad.sqrt(ad.sin(x * 0.125) + 2.0))), "(x + 0.1) × exp(tanh(sqrt(·)))"),
    (lambda x, y: ad.log(ad.exp(ad.tanh(ad.sqrt(ad.sin(ad.cos(x)))))), "log(exp(tanh(sqrt(sin(·)))))"),
    (lambda x, y: ad.log(ad.clip(ad.tanh(x * y), 0.0001, 0.9999)), "log(clip(tanh(x × y), …))"),
])  # fmt: skip
def test_a_box_without_a_name_has_a_formula(function, heading):
    (block,) = [block for block in ad.draw(lambda x, y: function(x, y) + 1.0, 2.0, 3.0, names={}).sketch.blocks
                if block.members[0].users and block.members[0].users[0].into.target and block.kind == "op"]  # fmt: skip
    assert label_of(block).heading == heading


@pytest.mark.parametrize("function, heading", [
    (lambda q, k: np.transpose(q, (0, 2, 1, 3)) @ np.swapaxes(np.transpose(k, (0, 2, 1, 3)), -1, -2), "q @ kᵀ"),
    (lambda q, k: q @ np.moveaxis(k, -1, -2), "q @ kᵀ"), (lambda q, k: q @ np.transpose(k, (0, 1, 3, 2)), "q @ kᵀ"),
    (lambda q, k: q @ np.swapaxes(np.swapaxes(k, 2, 3), 2, 3).mT, "q @ kᵀ"),
    (lambda q, k: np.reshape(q, (6, 4)) @ (np.reshape(k, (6, 4)) + 1.0).T, "q @ (k + 1)ᵀ"),
    (lambda q, k: q.astype("f4") + np.transpose(k, (0, 2, 1, 3)).reshape(1, 2, 3, 4), "q + k"),
])  # fmt: skip
def test_a_formula_looks_through_what_gives_the_same_numbers_another_form(function, heading):
    q, k = np.arange(24.0).reshape(1, 2, 3, 4), np.ones((1, 2, 3, 4))
    (block,) = [block for block in ad.draw(lambda q, k: ad.sum(function(q, k)), q, k).sketch.blocks
                if block.members[0].users and block.members[0].users[0].into.target]  # fmt: skip
    assert label_of(block).heading == heading


@pytest.mark.parametrize("turned", [
    np.transpose, lambda x: x.T, lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), lambda x: np.moveaxis(x, 0, 1),
    lambda x: x.transpose(),
])  # fmt: skip
def test_a_transpose_is_written_in_one_way_in_its_box_in_formulas_and_in_the_text_of_the_program(turned):
    def loss(x):
        y = np.exp(x)
        return np.sum(turned(y) @ y) + np.sum(np.diag(y.transpose() @ y))

    found = [label_of(block) for block in ad.draw(loss, np.eye(2), names={}).sketch.blocks]
    texts = [label.heading for label in found] + [label.remark for label in found]
    assert {"yᵀ", "yᵀ @ y", "diag(yᵀ @ y)"} <= set(texts)
    assert not [text for text in texts if "transpose" in text or "axes" in text or "mT" in text]


def test_another_order_of_axes_is_no_transpose():
    found = remarks(lambda x: np.sum(np.transpose(x, (1, 0, 2)) * np.transpose(x, (0, 2, 1))), np.ones((2, 2, 2)), names={})
    assert {"transpose(x, axes=(1, 0, 2))", "xᵀ"} <= found.keys()


def test_what_an_array_picks_has_the_programs_text():
    rows, tokens = np.arange(2), np.array([2, 0])

    def picked(table):
        mask = table > 1.0
        return sum(np.sum(part) for part in [
            table[tokens], table[np.arange(2), tokens], table[tokens[::-1], 1:], table[[0, 2]], table[rows + 0 * tokens],
        ]) + np.sum(table[mask])  # fmt: skip

    graph = ad.draw(picked, np.arange(12.0).reshape(3, 4)).sketch.graph
    assert [formula(node, PYTHON) for node in graph.nodes if node.op is not None and node.op.symbol == "[]"] == [
        "table[tokens]", "table[arange(2), tokens]", "table[tokens[::-1], 1:]", "table[[0, 2]]", "table[rows + 0 * tokens]",
        "table[mask]",
    ]  # fmt: skip


def calls_h(x):
    h = np.tanh(x) * 3.0
    return h


def remarks(*args, **options):
    labels = [label_of(block) for block in ad.draw(*args, **options).sketch.blocks]
    return {label.heading: label.remark for label in labels}


def test_what_a_block_is_computed_by_stands_behind_an_equals_sign():
    def layer(x, w):
        return np.tanh(x @ w)

    def doubled(xs):
        squares = [x * x for x in xs]
        total = sum(squares)
        return total * 2.0

    found = remarks(lambda x, w: np.sum(layer(x, w)), np.ones((2, 3)), np.ones((3, 2)), collapse=["layer"])
    assert found["layer"] == "= tanh(x @ w), 2×2"
    found = remarks(lambda x: np.sum(calls_h(x) * calls_h(x * 2.0)), np.ones(2), collapse=["calls_h"])
    assert found["calls_h (1)"] == "→ h, 2"  # a letter of a heading is no word of it
    xs = [float(k) for k in range(200)]
    assert remarks(lambda *xs: doubled(xs), *xs)["total"] == "= sum of 200 terms"
    assert remarks(lambda *xs: sum(x * x for x in xs) * 2.0, *xs)["sum"] == "of 200 terms"
