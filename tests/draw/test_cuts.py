"""Pictures show where the way of a gradient is cut, as a dashed edge with its reason; what is only logged they do not show."""

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of


def cuts_in(*what):
    """The cuts in the picture: how, and the name of the box."""
    graph = graph_of(what[0], what[1:], None, gradients=True)
    return [(node.name, node.inputs[0].source.name) for node in graph.nodes if node.kind == "cut"]


@pytest.fixture
def leaves():
    return [ad.Variable([1.0, 2.0], name="w"), ad.Variable(0.5, name="b")]


WAYS = {
    "numpy()": lambda w: np.max(w.numpy()),
    "item()": lambda w: np.sum(w).item(),
    "to_numpy()": lambda w: ad.to_numpy(w).sum(),
    "stop_gradient": lambda w: np.sum(ad.stop_gradient(w)),
    "floor": lambda w: np.sum(np.floor(w)),
    "argmax": lambda w: np.argmax(w),
    "greater": lambda w: np.sum(w > 1.5),
    "data": lambda w: w.data.sum(),
}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("computed", [False, True], ids=["a leaf", "a result"])
def test_a_cut_is_drawn_with_what_leads_to_it(how, computed, leaves):
    w, b = leaves
    with ad.Tape() as tape:
        h = w * 2.0 if computed else w
        loss = b * WAYS[how](h)
    ((name, _),) = cuts_in(tape, loss)
    assert name == how
    graph = graph_of(tape, (loss,), None, gradients=True)
    assert "w" in {node.name for node in graph.nodes}
    (cut,) = [node for node in graph.nodes if node.kind == "cut"]
    assert "test_cuts.py:" in cut.line and cut.inputs[0].cut and cut.inputs[0].part is None
    dot = ad.draw(tape, loss).render("dot").decode()
    assert "no gradient comes back" in dot and "dashed" in dot


def test_what_is_logged_is_no_cut(leaves):
    w, b = leaves
    with ad.Tape() as tape:
        loss = np.sum(w * w) * b
        assert loss.item() == 2.5 and w.numpy().size == 2 and w.tolist() and (loss > 0.0)
    assert cuts_in(loss) == [] == cuts_in(tape, loss)


def test_a_cut_beside_a_way_is_drawn(leaves):
    w, b = leaves
    with ad.Tape() as tape:
        loss = np.sum(w * ad.stop_gradient(w)) * b
    assert cuts_in(tape, loss) == [("stop_gradient", "w")]


def test_a_line_that_runs_often_is_one_cut(leaves):
    w, b = leaves
    with ad.Tape() as tape:
        loss = b * sum(np.sum(np.floor(w)) for _ in range(20))
    assert cuts_in(tape, loss) == [("floor", "w")]


def test_cuts_of_another_tape_are_not_drawn(leaves):
    w, b = leaves
    with ad.Tape(persistent=True) as outer:
        y = np.sum(np.floor(w)) * b
        with ad.Tape(persistent=True) as inner:
            z = b * b
    assert cuts_in(outer, y) == [("floor", "w")] and cuts_in(inner, z) == []
    assert inner.explain(z, w).reason == "not used" and outer.explain(y, w).reason == "derivative zero"


def test_the_player_plays_a_graph_with_cuts(leaves):
    w, b = leaves
    with ad.Tape() as tape:
        loss = b * np.sum(np.floor(w * 2.0))
    assert "floor" in ad.play(tape, loss).html


def origins(*what):
    return [node.origin for node in graph_of(what[0], what[1:], None, gradients=True).nodes if node.kind == "constant"]


def test_what_comes_back_at_a_cut_says_so():
    def loss(x):
        f = x * x
        return np.sum(f * 1.5) + ad.stop_gradient(np.sum(f))

    picture = ad.draw(loss, np.ones(3))
    headings = [label_of(block).heading for block in picture.sketch.blocks]
    assert "stop_gradient(sum(f))" in headings and "loss" in headings
    assert "sum(f × 1.5) + stop_gradient(sum(f))" in str(ad.play(loss, np.ones(3)).timeline["steps"])
    assert origins(loss, np.ones(3)) == ["", "stop_gradient(sum(f))"]


@pytest.mark.skipif(ad.build_info().compiled, reason="compiled, a Value's number is another object each time that it is read")
def test_a_number_that_comes_back_at_a_cut_says_so():
    assert origins(lambda x: x + ad.stop_gradient(x * x), 1.5) == ["stop_gradient(x * x)"]
    assert origins(lambda x: x + ad.stop_gradient(np.exp(x * 2.0) + 1.0), 1.5)[-1] == "stop_gradient(exp(x * 2) + 1)"


def test_an_array_that_comes_back_keeps_the_name_that_the_program_has_for_it():
    def loss(y):
        s = ad.stop_gradient(y)
        return np.sum(s * y) + np.sum(y * ad.stop_gradient(y + 1.0))

    headings = [label_of(block).heading for block in ad.draw(loss, np.ones(3), constants=True).sketch.blocks]
    assert "s" in headings and "stop_gradient(y + 1)" in headings


def test_a_number_of_the_program_is_not_taken_for_one_that_came_back():
    two = 2.0
    x = ad.Value(two, name="x")
    with ad.Tape() as tape:
        loss = x * two + ad.stop_gradient(x)
    assert origins(tape, loss) == ["", ""]
