"""Labels: parameters at their defaults are not shown, and what is too long loses whole words."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.clipping import balanced, clipped
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of

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
    label = label_of(block, {member for each in found.blocks for member in each.members})
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
    ("x" * 40, "x" * 15 + "…" + "x" * 14),
])  # fmt: skip
def test_long_texts(text, short):
    assert clipped(text) == short and len(short) <= 30


@pytest.mark.parametrize("text", ["f(a, (b, c), d)", "[1, 2]", ""])
def test_brackets_in_pairs(text):
    assert balanced(text) and not balanced(text + "(")
