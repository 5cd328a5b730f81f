"""What stands beside an arrow, and how it looks: the derivative of the whole box, and the gradient that flows."""

import numpy as np
import pytest
from played import neurons

import autodiff as ad
from autodiff.drawing.figures import number
from autodiff.drawing.fold import sketch
from autodiff.drawing.labels import edge_label, label_of, strengths
from autodiff.drawing.player.texts import Names
from autodiff.drawing.player.timeline import timeline
from autodiff.drawing.results import results
from autodiff.drawing.subject import graph_of


def by_ends(picture, found):
    """What is found of each arrow, by the headings at its ends."""
    ends = {link: (label_of(link.source).heading, label_of(link.into).heading) for link in picture.sketch.links}
    return {ends[link]: found[link] for link in ends}


def labels(picture):
    return by_ends(picture, {link: edge_label(link) for link in picture.sketch.links})


def statements(a, b, c, d):
    one = (a - b) ** 2 * 3.0
    two = (c - d) ** 2 * 5.0
    total = one - 0.01 * two
    return total * 2.0


def test_a_label_is_the_derivative_through_all_operations_of_a_box():
    shown = labels(ad.draw(statements, 1.0, 2.0, 3.0, 7.0, budget=10))
    assert shown["a", "one"] == "-6" and shown["b", "one"] == "6"
    assert shown["c", "two"] == "-40" and shown["two", "total"] == "-0.01" and shown["one", "total"] == "1"


def test_the_ways_through_a_box_are_added():
    def box(x, y):
        return (x * y - x) * y + x

    shown = labels(ad.draw(lambda x, y: box(x, y) * 2.0, 2.0, 5.0, collapse=["box"]))
    assert shown["x", "box"] == "21" and shown["y", "box"] == "18"


def test_two_arrows_between_two_boxes_have_a_label_each():
    assert [edge_label(link) for link in ad.draw(lambda x: x * x, 3.0).sketch.links] == ["3", "3"]


def test_a_box_with_several_results_has_no_derivative():
    def pair(x, w):
        return x * 2.0, w * 3.0

    shown = labels(ad.draw(lambda x, w: sum(pair(x, w)), 0.5, 2.0, collapse=["pair"], constants=False))
    assert shown["x", "pair"] == "" == shown["w", "pair"]


def test_a_box_with_an_array_has_the_shape_of_what_it_takes():
    def box(x, v):
        return np.sum(v * (x * 2.0))

    shown = labels(ad.draw(lambda x, v: box(x, v) * 2.0, 0.5, np.ones(3), collapse=["box"], constants=False))
    assert shown["x", "box"] == "" and shown["v", "box"] == "[3]"


def test_an_operand_without_a_derivative_is_no_way_through_a_box():
    def box(x):
        return np.where(x * 3.0, x, 1.0)

    assert labels(ad.draw(lambda x: box(x) * 2.0, 2.5, collapse=["box"], constants=False))["x", "box"] == "1"


def test_a_slope_of_zero_is_not_handed_on_to_an_infinite_one():
    def box(x):
        return np.sqrt(x) * 0.0 + x

    assert labels(ad.draw(lambda x: box(x) * 2.0, 0.0, collapse=["box"], constants=False))["x", "box"] == "1"


@pytest.mark.parametrize("budget", [12, 25, 60])
def test_label_times_gradient_is_what_flows(budget):
    tape, loss = neurons()
    drawn = sketch(graph_of(tape, (loss,), None, gradients=True), budget)
    checked = 0
    for link in drawn.links:
        text, sources = edge_label(link), {edge.source for edge in link.edges}
        parts = [edge.part for edge in link.edges if edge.part is not None]
        if text and not text.startswith("×") and parts:
            (result,) = results(link.into) if len(link.into.members) > 1 else link.into.members
            assert len(sources) == 1 and number(sum(parts) / result.gradient) == text
            checked += 1
    assert checked


# -- the player -----------------------------------------------------------------------------------------------------------


def test_the_player_multiplies_the_gradient_of_a_box_by_the_label():
    page = ad.play(statements, 1.0, 2.0, 3.0, 7.0, budget=10).timeline
    told = {(page["nodes"][edge["from"]]["name"], page["nodes"][edge["to"]]["name"]): edge for edge in page["edges"]}
    gradients = {node["name"]: node["gradient"] for node in page["nodes"]}
    assert told["a", "one"] | {"strength": 0} == {
        "kind": "", "local": "-6", "factor": True, "part": "-12", "strength": 0, "from": 0, "to": 2,
    }  # fmt: skip
    for (_, into), edge in told.items():
        assert edge["factor"] and float(gradients[into]) * float(edge["local"]) == pytest.approx(float(edge["part"]))


def test_the_player_adds_what_flows_to_one_box():
    def box(x):
        return x * x + x

    graph = graph_of(lambda x: box(x) * 2.0, (3.0,), None, gradients=True)
    view = timeline(sketch(graph, collapse=["box"], constants=False), Names(graph))
    into_box, out_of_it = view["edges"]
    assert (into_box["local"], into_box["part"], out_of_it["part"]) == ("7", "14", "2")
    assert "to x: 14" in [line for step in view["steps"] for line in step["lines"]]


# -- how strong an arrow is -----------------------------------------------------------------------------------------------


def test_no_gradient_flows_into_what_has_none():
    w = ad.Variable(np.ones(3), name="w")
    with ad.Tape(persistent=True) as tape:
        f = w * 2.0
        loss = np.sum(f**2) + ad.stop_gradient(np.sum(f))
    picture = ad.draw(tape, loss)
    found = by_ends(picture, strengths(picture.sketch))
    assert found["f", "sum(f)"] is None and found["f", "f ^ 2"] > 0.5


def test_an_arrow_along_which_gradients_flow_that_add_up_to_nothing_is_no_arrow_without_gradient():
    with ad.Tape(persistent=True) as tape:
        b, w = ad.Value(0.5, name="b"), [ad.Value(float(k), name=f"w[{k}]") for k in range(4)]
        signs = [1.0, -1.0, 1.0, -1.0]
        loss = sum((b + each) * sign for each, sign in zip(w, signs, strict=True))
    picture = ad.draw(tape, loss, names={}, budget=10)
    several = {link: found for link, found in strengths(picture.sketch).items() if len(link.edges) == 4}
    assert tape.gradient(loss, b).item() == 0.0
    assert {link.source.members[0].name for link in several} >= {"b"} and all(several.values())
