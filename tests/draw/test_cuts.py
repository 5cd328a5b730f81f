"""Pictures show where the way of a gradient is cut, as a dashed edge with its reason; what is only logged they do not show."""

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of


def cuts_in(*what):
    """The cuts in the picture at which no number came back: how, and the name of the box."""
    graph = graph_of(what[0], what[1:], None, gradients=True)
    return [(node.name, node.inputs[0].source.name) for node in graph.nodes if node.kind == "cut"]


def came_back(*what):
    """The constants that came back at a cut: the call there, the name of the box, and what reads them."""
    graph = graph_of(what[0], what[1:], None, gradients=True)
    return [
        (node.origin, node.inputs[0].source.name, [edge.into.op.name for edge in node.users])
        for node in graph.nodes
        if node.origin
    ]


@pytest.fixture
def leaves():
    return [ad.Variable([1.0, 2.0], name="w"), ad.Variable(0.5, name="b")]


WAYS = {
    "numpy()": lambda w: np.max(w.numpy()),
    "item()": lambda w: np.sum(w).item(),
    "to_numpy()": lambda w: ad.to_numpy(w).sum(),
    "stop_gradient": lambda w: np.sum(ad.stop_gradient(w)),
    "floor": lambda w: np.sum(np.floor(w)),
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
    assert came_back(tape, loss) == [("stop_gradient(w)", "w", ["multiply"])] and cuts_in(tape, loss) == []


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


def clipped_by_hand(x):
    small = np.abs(x) <= 0.5
    return np.sum(np.where(small, x, 0.5)) + np.sum(x) * np.argmax(x)


def test_what_an_op_of_derivative_zero_gives_is_a_box_behind_its_operand():
    assert came_back(clipped_by_hand, np.array([0.25, 1.0, -1.0])) == [
        ("abs(x) <= 0.5", None, ["where"]), ("argmax(x)", "x", ["multiply"]),
    ]  # fmt: skip
    with ad.Tape() as tape:  # without call sites
        w = ad.Variable([0.25, 1.0], name="w")
        loss = np.sum(np.where(w > 0.5, w, 0.0))
    assert came_back(tape, loss) == [("w > 0.5", "w", ["where"])]


def test_a_comparison_that_nothing_was_computed_with_is_no_box():
    def loss(x):
        return np.sum(x) if np.all(x > 0.0) else np.sum(x * x)

    assert came_back(loss, np.ones(3)) == cuts_in(loss, np.ones(3)) == []


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


class Distilled:
    """A student that learns the probabilities of a teacher, which is cut off. The steps before the cut have no names."""

    def __init__(self):
        rng = np.random.default_rng(0)
        x, w, v = rng.normal(size=(6, 4)), ad.Variable(rng.normal(size=(4, 3))), ad.Variable(rng.normal(size=(4, 3)))
        with ad.Tape(lines=True, persistent=True) as tape:
            soft_targets = ad.stop_gradient(ad.softmax(x @ w / 3.0))
            loss = -np.mean(soft_targets * ad.log_softmax(x @ v))
        self.picture, self.player, self.gradient = ad.draw(tape, loss), ad.play(tape, loss), tape.gradient(loss, v)
        self.none = tape.gradient(loss, w)
        self.folded = ad.draw(tape, loss, budget=10).sketch
        self.sketch = self.picture.sketch
        self.labels = {block: label_of(block) for block in self.sketch.blocks}

    def ways(self):
        """The headings at both ends of each arrow, and whether it is cut."""
        heads = {block: label.heading for block, label in self.labels.items()}
        return [(heads[link.source], heads[link.into], all(edge.cut for edge in link.edges)) for link in self.sketch.links]


@pytest.fixture(scope="module")
def distilled():
    return Distilled()


def test_what_was_cut_leads_to_what_reads_it(distilled):
    ways = distilled.ways()
    (before,) = [way for way in ways if way[1] == "soft_targets"]
    assert before[0].startswith("softmax") and before[2]
    (after,) = [way for way in ways if way[0] == "soft_targets"]
    assert not after[2] and "stop_gradient" not in [label.heading for label in distilled.labels.values()]
    assert distilled.gradient is not None and distilled.none is None


def test_a_constant_that_came_back_has_a_value_and_no_gradient(distilled):
    (block,) = [block for block, label in distilled.labels.items() if label.heading == "soft_targets"]
    label = distilled.labels[block]
    assert [name for name, _ in label.rows] == ["value", "grad"] and label.rows[1][1] == "–"
    assert "stop_gradient" in label.remark and "6×3" in label.remark and block.look == "cut" and len(block.members) == 1
    assert 'stroke="#d03b3b"' in distilled.picture.render().decode() and ">cut</text>" in distilled.picture.render().decode()


def test_what_is_before_a_cut_is_no_part_of_it(distilled):
    headings = {label_of(block).heading: block for block in distilled.folded.blocks}
    (found,) = [heading for heading in headings if heading.startswith("softmax")]
    assert dict(label_of(headings[found]).rows)["value"] == dict(label_of(headings["soft_targets"]).rows)["value"]
    assert len(headings["soft_targets"].members) == 1 < len(headings[found].members)


def test_the_player_shows_what_came_back_after_what_was_cut(distilled):
    titles = [step["title"] for step in distilled.player.timeline["steps"] if step["pass"] == "forward"]
    told = [title for title in titles if title.startswith("soft_targets = stop_gradient(softmax")]
    assert len(told) == 1 and 0 < titles.index(told[0]) < len(titles) - 1


@pytest.mark.parametrize("budget", [10, 12, 20, 60])
def test_no_arrow_goes_back_through_a_cut_in_a_loop(budget):
    def loss(w):
        h = w * 0.1
        for _ in range(8):
            fixed = ad.stop_gradient(h)
            h = np.tanh(h * fixed + w) + np.tanh(fixed)
        return np.sum(h)

    sketch = ad.draw(loss, np.ones(3), budget=budget).sketch
    place = {block: k for k, block in enumerate(sketch.blocks)}
    assert len(sketch.blocks) <= budget and all(place[link.source] < place[link.into] for link in sketch.links)
    origins = [node.origin for node in sketch.graph.nodes if node.origin]
    assert len(origins) == 16 and origins.count("tanh(stop_gradient(h))") == 8


def test_steps_without_names_are_no_part_of_a_cut_in_a_large_picture():
    w = [ad.Variable(np.full(3, k + 1.0)) for k in range(30)]
    with ad.Tape() as tape:
        loss = w[0] * 0.0
        for each in w:
            loss = np.sin(loss) + ad.stop_gradient(np.exp(-each) * np.cos(each)) * np.tanh(loss) * each
            loss = loss * np.max(np.floor(loss * each))
    for budget in (10, 20, 40):
        sketch = ad.draw(tape, loss, budget=budget, names={}).sketch
        ends = [block for block in sketch.blocks if block.kind != "group" or not block.paths]
        assert all(len({node.kind == "op" for node in block.members}) == 1 for block in ends)
        assert any(node.origin for block in ends for node in block.members)


def test_a_leaf_that_the_tape_meets_after_the_cut_stands_before_it():
    w, b = ad.Variable([1.0, 2.0], name="w"), ad.Variable(0.5, name="b")
    with ad.Tape() as tape:
        loss = np.sum(b * ad.stop_gradient(w)) + np.sum(w)
    graph = graph_of(tape, (loss,), None, gradients=True)
    place = {node: k for k, node in enumerate(graph.nodes)}
    assert [node.origin for node in graph.nodes if node.origin] == ["stop_gradient(w)"]
    assert all(place[edge.source] < place[edge.into] for edge in graph.edges())


def test_one_number_that_came_back_is_one_box():
    def loss(x):
        s = ad.stop_gradient(np.sum(x * x))
        return np.sum(x * s) + s

    assert [(origin, len(users)) for origin, _, users in came_back(loss, np.ones(3))] == [("stop_gradient(sum(x * x))", 2)]


def test_cuts_that_are_rolled_up_say_where_they_are():
    w = ad.Variable([1.0, 2.0], name="w")
    with ad.Tape(lines=True) as tape:
        h = w
        for _ in range(12):
            h = np.sin(h) + w * 2.0
            if np.sum(ad.stop_gradient(h)) > 100.0:
                break
        loss = np.sum(h)
    sketch = ad.draw(tape, loss, budget=12).sketch
    labels = [label_of(block) for block in sketch.blocks if block.kind == "cut"]
    assert any(label.heading.startswith("stop_gradient ×") for label in labels)
    assert all(label.rows[0][0] == "at" and label.remark == "no gradient comes back" for label in labels)


def test_two_places_that_cut_one_result_are_one_box():
    def loss(x):
        y = x * x
        return np.sum(ad.stop_gradient(y) * x) + np.sum(np.sin(x) * ad.stop_gradient(y))

    assert [(origin, len(users)) for origin, _, users in came_back(loss, np.ones(3))] == [("stop_gradient(y)", 2)]
    assert cuts_in(loss, np.ones(3)) == []
    graph = graph_of(loss, (np.ones(3),), None, gradients=True)
    known = set(graph.nodes)
    assert all(edge.into in known and edge.source in known for node in graph.nodes for edge in (*node.inputs, *node.users))


@pytest.mark.parametrize("layer", [True, False], ids=["a layer", "a function"])
def test_what_is_cut_and_given_away_stands_outside_of_what_is_given_it(layer):
    nn.set_random_seed(0)
    generator, dense = nn.Dense(3), nn.Dense(2, "tanh")

    def critic(x):
        return np.tanh(x @ generator.kernel)

    def loss(noise):
        fake = generator(noise)
        return np.sum((dense if layer else critic)(ad.stop_gradient(fake))) + np.sum(fake)

    graph = ad.draw(loss, np.ones((4, 3)), names={}).sketch.graph
    (back,) = [node for node in graph.nodes if node.origin]
    readers = {edge.into.group for edge in back.users}
    assert (back.origin, back.group) == ("stop_gradient(fake)", "") and "" not in readers


def test_the_place_of_a_cut_whose_result_the_tape_does_not_see_again_has_the_text_of_the_program():
    def loss(w):
        baseline = w * 2.0
        advantage = np.full(ad.stop_gradient(baseline).shape, 3.0)
        return np.sum(w * advantage)

    sketch = ad.draw(loss, np.ones(3), names={}).sketch
    (label,) = [label_of(block) for block in sketch.blocks if block.kind == "cut"]
    assert (label.heading, label.remark) == ("stop_gradient(baseline)", "no gradient comes back")
