"""What the page of the player says: its boxes are called as in pictures, and its sentences are true of every kind of leaf."""

import numpy as np
import pytest
from played import SUBJECTS, folded, neurons, played, unrolled

import autodiff as ad
from autodiff.drawing.labels import label_of
from autodiff.drawing.player.names import in_a_row

GRAPHS = {**SUBJECTS, "calls": folded, "Values without names": neurons, "a loop of 30 steps": lambda: unrolled(30)}


def lines(player, part):
    return player.page[part]["lines"]


# -- names -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", GRAPHS.values(), ids=GRAPHS)
def test_a_box_has_the_heading_that_it_has_in_a_picture(subject):
    player = played(subject)
    for sketch, view in zip(player.levels, player.page["views"], strict=False):
        assert [data["name"] for data in view["nodes"]] == [in_a_row(label_of(block).heading) for block in sketch.blocks]


def test_the_heading_of_a_box_without_a_name_is_its_formula():
    def squared_error(w, x, b, y):
        error = (w * x + b - y) ** 2
        return error

    player = ad.play(squared_error, 2.0, 5.0, 1.0, 3.0)
    picture = ad.draw(squared_error, 2.0, 5.0, 1.0, 3.0, constants=False)
    names = [node["name"] for node in player.timeline["nodes"]]
    assert names == [label_of(block).heading for block in picture.sketch.blocks]
    assert {"w × x", "w × x + b", "w × x + b − y"} <= set(names)


def test_what_has_no_heading_of_its_own_is_numbered_beside_the_heading():
    with ad.Tape() as tape:
        loss = ad.Value(2.0) * ad.Value(3.0) + ad.Value(4.0) * ad.Value(5.0)
    nodes = ad.play(tape, loss, names={}).timeline["nodes"]
    assert [(node["name"], node["shape"]) for node in nodes] == [
        ("parameter", "p1"), ("parameter", "p2"), ("×", "multiply"), ("parameter", "p3"), ("parameter", "p4"),
        ("×", "multiply₂"), ("+", "result"),
    ]  # fmt: skip


def test_sentences_call_no_two_boxes_by_one_formula():
    def squares(slope, intercept, rate):
        total = 0.0
        for x, target in ((1.0, 3.1), (2.0, 4.9)):
            total += ((slope * x + intercept) * rate - target) ** 2
        return total

    player = ad.play(squares, 0.5, 0.0, 2.0)
    told = [step["title"] for step in player.timeline["steps"]]
    assert not any("·" in title.replace(" · ", "") for title in told)
    assert {"power₂ = subtract₂ ^ 2", "total at step 1 = (total at step 0) + power₂"} <= set(told)
    boxes = [(node["name"], node["shape"]) for node in player.timeline["nodes"] if node["name"] not in ("x", "target")]
    assert len({heading for heading, _ in boxes}) < len(set(boxes)) == len(boxes)
    assert [called for _, called in boxes if called] == [
        "subtract", "power", "multiply", "add", "multiply₂", "subtract₂", "power₂",
    ]  # fmt: skip


def test_a_closed_group_is_computed_by_its_ops_and_holds_its_parameters():
    tape, loss = SUBJECTS["two layers"]()
    view = ad.play(tape, loss, budget=10).page["views"][0]
    closed = [k for k, node in enumerate(view["nodes"]) if "parameters" in node["whole"].get("op", "")]
    steps = {step["node"]: step["lines"] for step in view["steps"] if step["pass"] == "forward"}
    assert closed and all(steps[k][0].startswith("by ") and "parameter" not in steps[k][0] for k in closed)
    assert {steps[k][-1].rpartition(" of ")[2] for k in closed} <= {"[5×4]", "[5×3]"}


def test_of_what_comes_out_of_a_group_of_numbers_the_sizes_are_no_shape():
    pages = [played(subject, budget=10).page for subject in (folded, neurons)]
    told = [step["lines"][-1] for page in pages for view in page["views"] for step in view["steps"]]
    outs = [line.partition(" of ")[2] for line in told if line.startswith("out: ")]
    assert any(outs) and all(not out or (out[0], out[-1]) == ("[", "]") for out in outs)


def test_an_element_is_no_equation_of_itself():
    def loss(x):
        y = x * 2.0
        return y[0] ** 2

    titles = [step["title"] for step in ad.play(loss, np.array([1.0, 2.0])).timeline["steps"]]
    assert "y[0]" in titles


def test_parameters_of_one_name_are_counted():
    weights = [ad.Variable(np.ones((2, 2)), name=name) for name in ("w", "w", "a", "b", "c", "d")]
    with ad.Tape() as tape:
        loss = np.sum(sum(weights))
    assert ad.play(tape, loss, names={}).page["opening"]["lines"][-1].endswith("are blue: w ×2, a, b and 2 more.")


def test_what_has_the_name_of_its_op_has_it_in_its_equation_too():
    """Its formula is that of another box."""
    space = {"np": np}
    exec("def loss(w, b):\n  for _ in range(3): w = np.tanh(w * 0.5 + b) @ w\n  return w", space)  # has no source, so no names
    titles = [step["title"] for step in ad.play(space["loss"], np.eye(2), 0.5, names={}).timeline["steps"]]
    assert "add = tanh(w × 0.5 + b) @ w × 0.5 + b" in titles and "w × 0.5 + b" in titles, titles


def test_the_dot_of_a_formula_is_explained_where_there_is_one():
    with ad.Tape() as tape:
        x = ad.Value(2.0, name="x")
        loss = ad.exp(ad.Value(0.5) * ad.Value(3.0)) * x
    assert "· × x" in [node["name"] for node in ad.play(tape, loss, names={}).timeline["nodes"]]
    assert any("· stands for" in line for line in ad.play(tape, loss, names={}).page["opening"]["more"])
    assert not ad.play(lambda x: x * x, 2.0).page["opening"]["more"]


@pytest.mark.skipif(ad.build_info().compiled, reason="compiled, a Value's number is another object each time that it is read")
def test_a_number_that_a_stopped_gradient_gave_is_a_box():
    def loss(w):
        return (w - ad.stop_gradient(w * w)) ** 2

    player, picture = ad.play(loss, 3.0), ad.draw(loss, 3.0)
    (stopped,) = [node for node in player.timeline["nodes"] if node["kind"] == "cut"]
    assert stopped["name"] in [label_of(block).heading for block in picture.sketch.blocks if block.look == "cut"]
    assert stopped["value"] == "9" and "stop_gradient" in stopped["name"]


# -- leaves -------------------------------------------------------------------------------------------------------------------


def test_arguments_are_called_no_parameters_and_no_inputs_whatever_their_type():
    def probability(w, x, b):
        return ad.sigmoid(w @ x + b)

    player = ad.play(probability, np.array([0.5, -1.2]), np.array([1.0, 2.0]), 0.3)
    first = " ".join(lines(player, "opening"))
    assert "starts from w, x, b (green and blue), and their gradients are asked." in first
    assert {node["whole"]["op"] for node in player.timeline["nodes"] if node["name"] in "wxb"} == {"argument of the function"}
    last = " ".join(lines(player, "closing"))
    assert "The gradient of w[1] is" in last and "Each of the 5 numbers that the program starts from" in last
    assert not any(word in first + last for word in ("arameter", "nput"))


def test_a_trainable_array_is_a_parameter_and_a_watched_one_a_leaf():
    w, x = ad.Variable([1.0, 2.0], name="w"), ad.Tensor(np.array([3.0, 4.0]), "x")
    with ad.Tape() as tape:
        tape.watch(x)
        loss = ad.sum(w * x)
    player = ad.play(tape, loss)
    first = " ".join(lines(player, "opening"))
    assert "A parameter, which training changes, is blue: w." in first
    assert "The program starts from x (green), and its gradient is asked." in first
    assert {node["name"]: node["whole"]["op"] for node in player.timeline["nodes"][:2]} == {"w": "parameter", "x": "leaf"}
    assert "Each of the 2 numbers in the parameters" in " ".join(lines(player, "closing"))


# -- a program that raises -------------------------------------------------------------------------------------------------


def fails(w, x):
    h = np.tanh(x @ w)
    return np.mean((h @ np.ones((5, 2))) ** 2)


def test_of_a_function_that_raises_what_ran_is_played_up_to_the_op_that_failed():
    player = ad.play(fails, np.ones((3, 4)), np.ones((2, 3)))
    assert isinstance(player.error, ValueError) and "failed: ValueError" in repr(player)
    names = [node["name"] for node in player.timeline["nodes"]]
    assert names == [label_of(b).heading for b in ad.draw(fails, np.ones((3, 4)), np.ones((2, 3))).sketch.blocks]
    steps = player.timeline["steps"]
    assert {step["pass"] for step in steps} == {"forward"} and steps[-1]["title"].endswith(" fails")
    assert steps[-1]["lines"] == ["operand 0: h (2, 4)", "operand 1: (5, 2)"]
    failed = player.timeline["nodes"][steps[-1]["node"]]
    assert failed["kind"] == "failed" and failed["shape"] == "failed" and failed["value"] == "–"
    assert lines(player, "closing")[-1] == player.graph.message and "There is no backward pass" in lines(player, "closing")[0]
    assert "which failed (red)" in lines(player, "opening")[0]


def test_of_a_tape_that_raised_too_and_where_no_op_failed_the_message_is_there():
    with pytest.raises(ValueError), ad.Tape() as tape:
        h = ad.Variable(np.ones((2, 3)), name="h")
        np.exp(h) @ np.ones((2, 3))
    assert ad.play(tape).timeline["nodes"][-1]["kind"] == "failed"

    def gives_up(x):
        y = x * 2.0
        raise RuntimeError(f"no more than {y}")

    player = ad.play(gives_up, 3.0)
    assert lines(player, "closing")[-1].startswith("RuntimeError: no more than")
    assert "failed" not in [node["kind"] for node in player.timeline["nodes"]]


def test_an_operand_that_is_no_number_is_called_by_its_name():
    def mistaken(x):
        return np.sin(x) * fails

    player = ad.play(mistaken, np.ones(2))
    assert player.timeline["steps"][-1]["lines"][1].startswith("operand 1: fails")
    assert "fails" in ad.draw(mistaken, np.ones(2)).render().decode()


def test_the_shape_of_a_row_beside_an_arrow_is_no_number():
    found = [edge["local"] for edge in ad.play(lambda w: ad.sum(w * w), np.ones(5)).timeline["edges"]]
    assert "[5]" in found and "5" not in found
