"""The picture of a program that raised: what there was, the failed op in red, and the error."""

import re

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.terminal import tree

RED = {"light": "#fde4e4", "dark": "#471d20"}
rng = np.random.default_rng(0)
x, w, v = rng.normal(size=(32, 4)), rng.normal(size=(4, 8)), rng.normal(size=(5, 1))


def network(x, w, v):
    hidden = np.tanh(x @ w)
    return np.sum(hidden @ v)


@ad.custom_gradient
def wrong_rule(x):
    return x * x, lambda upstream: upstream * np.ones(7)


def red_blocks(picture):
    """The labels of the blocks that are red, as plain text."""
    lines = [line for line in picture.source.splitlines() if f'fillcolor="{RED[picture.theme]}"' in line]
    return [" ".join(re.sub(r"<[^<>]*>|\[label=<|&#160;", " ", line).split()) for line in lines]


@pytest.mark.parametrize("theme", RED)
def test_the_failed_op_is_red_and_names_its_operands_and_their_shapes(theme):
    picture = ad.draw(network, x, w, v, theme=theme)
    (label,) = red_blocks(picture)
    assert re.search(r"hidden @ v failed operand 0 hidden \(32, 8\) operand 1 v \(5, 1\)", label)
    assert "The program raised ValueError: shapes (32,8) and (5,1) not aligned" in picture.note
    assert isinstance(picture.error, ValueError)
    assert repr(picture).startswith("Picture(6 nodes, 5 edges, failed: ValueError: shapes")
    assert picture.render("svg").startswith(b"<?xml")
    lines = tree(picture.sketch).splitlines()
    assert lines[1].split() == ["hidden", "@", "v", "failed", "–"] and lines[-1] == picture.note


def test_the_exception_can_be_raised_again_with_its_traceback():
    with pytest.raises(ValueError, match="called here") as caught:
        raise ad.draw(network, x, w, v).error
    assert any(entry.name == "network" for entry in caught.traceback)


def test_a_tape_whose_block_raised_draws_what_it_heard():
    a = ad.Variable(np.ones(3), name="a")
    with pytest.raises(ValueError, match="broadcast"), ad.Tape() as tape:
        b = a * 2.0
        b + np.ones(2)
    picture = ad.draw(tape)
    (label,) = red_blocks(picture)
    assert "operand 0 b (3,) operand 1 (2,)" in label and picture.error is None
    assert [node.op.name for node in picture.sketch.graph.nodes if node.op] == ["multiply", "add"]
    with tape:  # it goes on, and this time it succeeds
        b = a * 3.0
    assert not red_blocks(ad.draw(tape))


def test_operands_in_a_list_are_drawn_too():
    (label,) = red_blocks(ad.draw(lambda a, b: np.concatenate([a * 2.0, b], axis=1), np.ones((2, 3)), np.ones((4, 3))))
    assert "operand 0 (2, 3) operand 1 b (4, 3)" in label


def test_a_rule_that_raises_is_red():
    picture = ad.draw(lambda x: np.sum(wrong_rule(x * 3.0)), np.ones(3))
    (label,) = red_blocks(picture)
    assert "wrong_rule(x × 3) failed operand 0 (3,)" in label
    assert any("in the derivative of wrong_rule" in note for note in picture.error.__notes__)


def test_the_first_number_that_is_not_finite_is_red():
    with ad.debug():
        picture = ad.draw(lambda p: -np.mean(np.log(p)), np.array([0.5, 0.0]))
    (label,) = red_blocks(picture)
    assert "log(p) failed operand 0 p (2,)" in label and "NonFiniteError: log: 1 of 2 results is not finite" in picture.note


def test_a_function_that_raises_by_itself_is_drawn_as_far_as_it_came():
    def checked(x):
        y = np.exp(x)
        raise LookupError(f"no table for {y.shape}")

    picture = ad.draw(checked, np.ones(3))
    assert not red_blocks(picture) and repr(picture).startswith("Picture(2 nodes, 1 edges, failed: LookupError")
    with pytest.raises(LookupError):  # nothing to draw yet
        ad.draw(lambda x: {}[x], np.ones(3))


def test_large_and_layered_graphs_keep_the_failed_op_apart():
    kernel = [ad.Variable(np.eye(3), name=f"net/dense_{k}/kernel") for k in range(80)]

    def deep(x):
        for k in kernel:
            x = np.tanh(x @ k)
        return x @ ad.Variable(np.ones((2, 2)), name="net/last/kernel")

    picture = ad.draw(deep, np.ones((1, 3)), budget=20)
    (label,) = red_blocks(picture)
    assert "operand 0 x at step 79 (1, 3) operand 1 kernel (2, 2)" in label
    assert "raised ValueError" in picture.note and "drawn as" in picture.note


def test_show_prints_the_partial_graph_and_play_plays_it(capsys):
    ad.show(network, x, w, v)
    assert "failed" in capsys.readouterr().out
    assert "not aligned" in ad.play(network, x, w, v).page["closing"]["lines"][-1]
