"""The player: what it tells is what the tape computes, and the page plays it in a real browser."""

import functools
import json
import re

import numpy as np
import pytest
from played import SUBJECTS, enumerate_names, folded, layers, lecture, network, neurons, played, shared, unrolled

import autodiff as ad
import nn
from autodiff.drawing.figures import figures
from autodiff.drawing.labels import label_of
from autodiff.drawing.player import views
from autodiff.drawing.player.names import Names
from autodiff.drawing.player.shapes import shapes_of
from autodiff.drawing.player.texts import block_data
from autodiff.drawing.player.views import MOST, TITLE

NASTY = ['</script><script>alert("x")</script>', "<b>|{}\\", "σ(Wx+b) ∂L/∂θ", "-->", "/*data*/", "\u2028", "x" * 200]


@functools.cache
def loop():
    return unrolled(20)


# -- the timeline -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", [shared, network])
def test_the_sums_that_are_told_end_at_the_gradients_of_the_tape(subject):
    tape, loss, sources = subject()
    timeline = ad.play(tape, loss, names=dict(enumerate_names(sources))).timeline
    totals = {node: total for step in timeline["steps"] if step["pass"] == "backward" for node, total in step["sums"]}
    told = {node["whole"]["name"]: (node, totals[k]) for k, node in enumerate(timeline["nodes"]) if k in totals}
    for box, gradient in zip(sources, tape.gradient(loss, sources), strict=True):
        node, total = told[box.name or "s3"]
        assert total == node["gradient"] == figures(gradient._raw())
        assert node["value"] == figures(box._raw())


def test_each_step_of_scalars_is_upstream_times_local_and_a_running_sum():
    steps = ad.play(*shared()[:2]).timeline["steps"]
    told = [line for step in steps if step["pass"] == "backward" for line in step["lines"]]
    products = [re.fullmatch(r"\(?([-\d.e]+)\)? × \(?([-\d.e]+)\)? = ([-\d.e]+)", line) for line in told]
    sums = [re.fullmatch(r"running sum: ([-\d.e]+) \+ \(?([-\d.e]+)\)? = ([-\d.e]+)", line) for line in told]
    products, sums = ([m for m in found if m] for found in (products, sums))
    assert len(products) == 11 and len(sums) == 3  # at a, of three users, and at x, of two
    assert all(float(a) * float(b) == pytest.approx(float(c), rel=2e-3, abs=1e-6) for a, b, c in (m.groups() for m in products))
    assert all(float(a) + float(b) == pytest.approx(float(c), rel=2e-3, abs=1e-6) for a, b, c in (m.groups() for m in sums))


def test_every_value_comes_after_what_it_is_computed_from_and_every_gradient_after_its_users():
    timeline = played(neurons, budget=600).timeline
    at = {step["node"]: k for k, step in enumerate(timeline["steps"]) if step["pass"] == "forward"}
    used = {edge: k for k, step in enumerate(timeline["steps"]) for edge in step.get("edges", [])}
    assert all(at.get(edge["from"], -1) < at[edge["to"]] for edge in timeline["edges"])
    last = {}
    for edge, k in used.items():
        last[timeline["edges"][edge]["from"]] = max(last.get(timeline["edges"][edge]["from"], 0), k)
    assert all(k > last.get(timeline["edges"][edge]["to"], -1) for edge, k in used.items())


def test_a_function_knows_its_lines_and_the_last_argument_is_the_file(tmp_path):
    def squared_error(w, x):
        return (w * x - 1.0) ** 2

    player = ad.play(squared_error, 2.0, 5.0, tmp_path / "page.html")
    assert repr(player) == "Player(7 nodes, 8 steps)" and len(player.timeline["steps"]) == 8
    assert all("return (w * x" in node["whole"]["line"] for node in player.timeline["nodes"] if node["how"])
    assert (tmp_path / "page.html").read_text("utf-8") == player.html == ad.play(squared_error, 2.0, 5.0).html


def test_the_page_is_whole_and_asks_for_nothing_from_outside():
    html = ad.play(*network()[:2]).html
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\(|@import|fetch\(|XMLHttp""", html)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    assert 'sandbox="allow-scripts"' in ad.play(*network()[:2])._repr_html_()


@pytest.mark.parametrize("name", NASTY)
def test_names_stay_text(name):
    x = ad.Value(1.0, name=name)
    with ad.Tape() as tape:
        loss = x * 2.0
    html = ad.play(tape, loss).html
    assert html.count("</script>") == 2
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert data["views"][0]["nodes"][0]["whole"]["name"] == name


@pytest.mark.parametrize("leaf, length", [(ad.Value(1.0), 20_000), (ad.Variable(np.ones(2)), 2500)], ids=["Values", "tensors"])
def test_a_graph_of_any_size_is_folded(leaf, length):
    with ad.Tape() as tape:
        y = leaf
        for _ in range(length):
            y = y * 1.0
    player = ad.play(tape, y)
    assert len(player.timeline["nodes"]) <= 60 and len(player.page["views"]) <= MOST and len(player.html) < 2_100_000
    assert f"{2 * length + 1} nodes drawn as {len(player.sketch.blocks)}" in repr(player)


def test_a_direction_is_kept_and_an_unknown_one_is_refused():
    for rankdir, (axis, sign) in {"LR": (0, 1), "RL": (0, -1), "TB": (1, 1), "BT": (1, -1)}.items():
        view = ad.play(lambda x: ad.sin(ad.exp(x)), 0.5, rankdir=rankdir).timeline
        for shape in view["shapes"]:
            first, last = shape["nodes"][0], shape["nodes"][-1]
            assert shape["rows"] > 1 or (last[axis] - first[axis]) * sign > 0
    with pytest.raises(ValueError, match="rankdir is one of LR, TB, RL, BT"):
        ad.play(lambda x: x * x, 2.0, rankdir="UP")
    with pytest.raises(ValueError, match="budget of at least 10"):
        ad.play(lambda x: x * x, 2.0, budget=3)


def test_nothing_and_a_leaf_alone_are_pages_too():
    with ad.Tape() as tape:
        pass
    assert repr(ad.play(tape)) == "Player(0 nodes, 0 steps)" and "<html" in ad.play(tape).html
    assert repr(ad.play(ad.Value(2.0, name="w"))) == "Player(1 nodes, 0 steps)"


@ad.custom_gradient
def total_and_double(x):
    return (np.sum(x), 2.0 * x), lambda g, h: g + 2.0 * h


SEVERAL = {  # operations of several outputs, which differ in shape
    "one of eigh": (lambda m: np.sum(np.linalg.eigh(m)[0] ** 2), np.diag([1.0, 2.0])),
    "both of eigh": (np.linalg.eigh, np.diag([1.0, 2.0])),
    "one of qr": (lambda m: np.sum(np.linalg.qr(m)[1]), np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]])),
    "all of svd": (lambda m: np.linalg.svd(m, full_matrices=False), np.array([[2.0, 1.0], [1.0, 3.0], [0.0, 1.0]])),
    "slogdet": (np.linalg.slogdet, np.diag([1.0, 2.0])),
    "split": (lambda x: np.split(x, [1]), np.arange(3.0)),
    "a custom gradient": (lambda x: total_and_double(x)[0] * np.sum(total_and_double(x)[1]), np.arange(3.0)),
}


@pytest.mark.parametrize("function, x", SEVERAL.values(), ids=SEVERAL)
def test_operations_of_several_outputs_are_played(function, x):
    player = ad.play(function, x)
    drawn = [node["whole"]["op"] for node in player.timeline["nodes"]]
    assert len(drawn) == len(player.sketch.blocks) and "<html" in player.html
    gradients = [np.shape(node.gradient) for node in player.sketch.graph.nodes if node.gradient is not None]
    assert gradients == [np.shape(node.value) for node in player.sketch.graph.nodes if node.gradient is not None]


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e-320, 1.7e308, -0.0], ids=str)
def test_any_number_can_be_played(number):
    leaf, array = ad.Value(number, name="w"), ad.Variable([number] * 5)
    with ad.Tape() as tape, np.errstate(all="ignore"):
        loss = leaf * 2.0 + np.sum(array)
    page = json.loads(re.search(r'type="application/json">(.*?)</script>', ad.play(tape, loss).html, re.DOTALL)[1])
    assert {node["name"]: node["value"] for node in page["views"][0]["nodes"]}["w"] == figures(number)


def test_a_layer_that_is_left_and_entered_again_can_be_opened():
    x, layer = np.linspace(-1.0, 1.0, 12).reshape(4, 3), nn.Dense(3, "tanh")
    with ad.Tape(persistent=True, lines=True) as tape:
        loss = np.mean(layer(np.sin(layer(x))))
    page = ad.play(tape, loss, budget=10).page
    nodes = [node for view in page["views"] for node in view["nodes"] if "again" in node["whole"]["name"]]
    opens = [k for node in nodes for k in node.get("opens", ())]
    assert opens and {page["views"][k]["title"] for k in opens} == {"layer, again"}


@pytest.mark.parametrize(
    "subject, budget", [(folded, 10), (loop, 20), (neurons, 60)], ids=["calls", "loop", "net"]
)
def test_no_arrow_of_any_view_goes_back(subject, budget):
    page = played(subject, budget=budget).page
    assert 1 < len(page["views"]) <= MOST and page["levels"] > 1
    assert all(edge["from"] < edge["to"] for view in page["views"] for edge in view["edges"])
    sizes = [len(view["nodes"]) for view in page["views"][: page["levels"]]]
    assert sizes == sorted(set(sizes)) and len(page["views"][page["start"]]["nodes"]) <= budget


def rolled_out(w, u, xs):
    h = xs[0]
    for x in xs:
        h = ad.tanh(cell_of(w, u, h, x))
    return ad.sum(h**2)


def cell_of(w, u, h, x):
    a = ad.sigmoid(w @ h)
    b = ad.tanh(u @ x)
    return a * b + (1.0 - a) * h


def test_the_steps_of_a_loop_share_their_layouts(monkeypatch):
    rng, laid_out = np.random.default_rng(0), []
    monkeypatch.setattr(views, "shapes_of", lambda *given: laid_out.append(1) or shapes_of(*given))
    page = ad.play(rolled_out, *(rng.normal(size=shape) for shape in ((3, 3), (3, 3), (30, 3)))).page
    steps = [view["layout"] for view in page["views"] if view["title"].startswith(("x ", "cell_of"))]
    assert len(steps) > 9 and len(set(steps)) <= 3 and len(page["layouts"]) == len(laid_out) < len(page["views"]) - 6
    for view in page["views"]:
        for shape in page["layouts"][view["layout"]]:
            for node, box in zip(view["nodes"], shape["boxes"], strict=True):
                widest = max(len(text) for text in (node["value"], node["sum"]))
                assert not box.get("rows") or 2 in box["rows"] or widest * 7 + 40 < box["width"]


def test_a_page_is_bounded_and_says_where_the_rest_is(monkeypatch):
    whole = played(folded, budget=10).page
    monkeypatch.setattr(views, "MOST", 4)
    few = ad.play(*folded(), budget=10).page
    assert len(whole["views"]) > len(few["views"]) == 4 and whole["left"] == 0 < few["left"]
    monkeypatch.setattr(views, "BYTES", 60_000)
    small = ad.play(*folded(), budget=10)
    assert len(small.page["views"]) < len(whole["views"]) and len(json.dumps(small.page["views"])) < 70_000
    opens = [k for view in small.page["views"] for node in view["nodes"] for k in node.get("opens", ())]
    assert all(at < len(small.page["views"]) for at in opens)


def test_folded_or_open_the_gradient_is_that_of_the_tape():
    tape, loss = loop()
    page = played(loop, budget=20).page
    w = next(node for node in ad.draw(tape, loss).sketch.graph.nodes if node.name == "W").value
    source = next(box for box in tape.watched_variables() if box.numpy() is w or np.array_equal(box.numpy(), w))
    expected = figures(tape.gradient(loss, source)._raw())
    for view in page["views"][: page["levels"]]:
        last = {node: total for step in view["steps"] if step["pass"] == "backward" for node, total in step["sums"]}
        (at,) = [k for k, node in enumerate(view["nodes"]) if node["name"] == "W"]
        assert last[at] == expected == view["nodes"][at]["gradient"]


@pytest.mark.parametrize("subject", [folded, loop, neurons, layers], ids=["calls", "loop", "net", "layers"])
def test_at_the_end_every_box_shows_its_gradient_or_says_that_it_is_a_part(subject):
    page = played(subject, budget=10).page
    parts = 0
    for view in page["views"]:
        last = {node: total for step in view["steps"] for node, total in step.get("sums", ())}
        for k, total in last.items():
            node = view["nodes"][k]
            parts += "part" in node and total != node["gradient"]
            assert total == node["gradient"] or "part" in node
    assert parts or subject is not folded


def test_a_closed_group_has_one_step_forward_and_one_back():
    view = played(folded, budget=10).timeline
    closed = [k for k, node in enumerate(view["nodes"]) if node["kind"] == "group"]
    assert closed
    for k in closed:
        forward, backward = (
            [step for step in view["steps"] if step["pass"] == name and step["node"] == k] for name in ("forward", "backward")
        )
        assert len(forward) == 1 and forward[0]["lines"][-1].startswith("out: ")
        through = [step for step in backward if step["title"].startswith("The gradient goes back through")]
        assert len(through) == 1 and through[0]["lines"][0].startswith("arrives: ") and len(through[0]["edges"]) >= 1


# -- the first and the last sentences -------------------------------------------------------------------------------------


def told(player):
    opening, closing = player.page["opening"], player.page["closing"]
    return [" ".join([*opening["lines"], *opening["more"]]), " ".join(closing["lines"])]


def test_the_last_sentences_say_which_way_a_parameter_should_move():
    first, last = told(played(lecture))
    assert "up to loss" in first and "x1, x2, w1" in first.replace("w1, x2", "x2, w1")
    assert "The gradient of w1 is -1.186: if w1 grows a little, loss falls 1.186 times as much" in last
    w = ad.Variable([[1.0, 2.0]], name="w")
    with ad.Tape() as tape:
        loss = np.sum(w * np.array([[0.5, -3.0]]))
    loss.name = "loss"
    last = told(ad.play(tape, loss))[1]
    assert "gradient of w[0, 1] is -3: if w[0, 1] grows a little, loss falls 3 times as much" in last
    assert "it should become larger" in last and "new w[0, 1] = w[0, 1] − learning rate × (-3)" in last and "2 numbers" in last


def test_without_a_gradient_there_is_no_last_sentence():
    assert ad.play(lambda z: np.sum(np.abs(z) ** 2), np.array([1j])).page["closing"] is None
    with ad.Tape() as tape:
        a, b = ad.sin(ad.Value(1.0)), ad.cos(ad.Value(2.0))  # noqa: F841
    player = ad.play(tape)
    assert player.page["closing"] is None and "no backward pass" in " ".join(player.page["opening"]["lines"])


def test_the_sentences_tell_weights_of_one_name_apart_and_name_the_largest_slope():
    tape, loss = layers()
    first, last = told(ad.play(loss))
    assert "blue: dense/kernel, dense/bias, dense_1/kernel and 1 more." in first and "|g| ≤ " in first
    leaves = {box.name: tape.gradient(loss, box).numpy() for box in tape.watched_variables()}
    name, slopes = max(leaves.items(), key=lambda pair: np.abs(pair[1]).max())
    place = np.unravel_index(np.abs(slopes).argmax(), slopes.shape)
    said = f"The gradient of {name}[{', '.join(map(str, place))}] is {figures(slopes[place])}:"
    assert said in last and "Each of the 27 numbers" in last


def test_the_elements_of_a_matrix_are_one_in_the_first_sentences_and_all_are_counted_in_the_last():
    w, b = [[ad.Value(0.5), ad.Value(-1.0)], [ad.Value(2.0), ad.Value(0.3)]], [ad.Value(0.0), ad.Value(1.0)]
    with ad.Tape() as tape:  # noqa: F841 - it holds the graph
        loss = sum(ad.relu(row[0] * 0.5 + row[1] * 2.0 + bias) for row, bias in zip(w, b, strict=True))
    first, last = told(ad.play(loss))
    assert "starts from w, b (blue), and their gradients" in first.replace("b, w", "w, b") and "|g|" not in first
    assert "Each of the 6 numbers" in last  # one row has no gradient


def test_a_program_that_raised_is_not_called_by_the_sum_of_its_ends():
    def program(x, w):
        shares = [np.exp(x * k) / (1.0 + w) for k in range(9)]  # noqa: F841 - they are ends of the graph
        raise ValueError("no more")

    page = ad.play(program, 0.5, 0.25).page
    assert page["target"] == "a program that raised an error"
    assert len(ad.play(lambda x: tuple(np.sin(x * k) for k in range(1, 20)), 0.5).page["target"]) <= TITLE


def test_of_several_results_the_sum_is_said():
    first, _ = told(ad.play(lambda x: (ad.sin(x), ad.exp(x)), 0.5))
    assert "The program has 2 results. Their gradient is that of their sum." in first


@pytest.mark.parametrize("name", ["two layers", "a loop over time", "a network of one layer"])
def test_the_size_beside_an_arrow_is_that_of_the_largest_number_and_no_line_of_a_box_is_empty(name):
    player = played(SUBJECTS[name])
    for edge, link in zip(player.timeline["edges"], player.sketch.links, strict=True):
        if edge["part"].startswith("|g| ≤ "):
            largest = max(np.max(np.abs(one.part)) for one in link.edges if one.part is not None)
            assert float(edge["part"][6:]) == pytest.approx(largest, rel=1e-3)
    for shape in player.timeline["shapes"]:
        for node, box in zip(player.timeline["nodes"], shape["boxes"], strict=True):
            for text, rows in zip((node["value"], node["gradient"]), box.get("rows", ()), strict=False):
                assert rows == 1 or len(text) * 8 > box["width"] - 60


def test_what_goes_back_along_several_arrows_that_are_drawn_as_one_is_said_to_be_a_sum():
    w, b = [ad.Value(0.5), ad.Value(-1.0)], ad.Value(0.25)
    with ad.Tape() as tape:  # noqa: F841 - it holds the graph
        loss = sum(ad.tanh(w[0] * k + w[1] * (1.0 - k) + b) ** 2 for k in (0.5, 1.5, 2.5, -3.5))
    player = ad.play(loss, budget=10)
    found = set()
    for edge_data, link in zip(player.timeline["edges"], player.sketch.links, strict=True):
        parts = [edge.part for edge in link.edges]
        sums = [sum(edge.part for edge in link.edges if edge.source is source) for source in {e.source for e in link.edges}]
        sign, _, figure = edge_data["part"].rpartition(" ")
        expected = {"|g| ≤": max(map(abs, parts)), "|Σg| ≤": max(map(abs, sums)), "Σg =": sums[0]}
        if sign and len(parts) > 1:
            assert (len(parts) > len(sums)) == ("Σ" in sign)
            assert float(figure) == pytest.approx(expected[sign], rel=1e-3)
            found.add(sign)
    assert found == {"|g| ≤", "|Σg| ≤", "Σg ="}
    more = " ".join(player.page["opening"]["more"])
    assert "|g| ≤ 0.5 says" in more and "Σg is the sum of what goes back along those from one number" in more


@pytest.mark.parametrize("steps", [3, 9])
def test_a_box_of_steps_shows_the_ranges_that_a_picture_shows(steps):
    def program(w, x):
        for _ in range(steps):
            y = np.tanh(x @ w) * 0.5
            z = np.sin(y) + y * y
            x = x + z @ w
        return np.sum(x * x)

    values = np.linspace(-0.6, 0.9, 9).reshape(3, 3), np.linspace(0.1, 0.7, 6).reshape(2, 3)
    sketch = ad.draw(program, *values, budget=10, names={}).sketch
    names = Names(sketch.graph)
    boxes = [(block_data(block, names), label_of(block)) for block in sketch.blocks if block.kind == "group"]
    assert boxes
    for data, label in boxes:
        assert [data["value"], data["gradient"]] == [text for _, text in label.rows[-2:]]


def test_a_page_opens_with_what_can_be_read_or_with_as_many_boxes_as_a_budget_that_was_given_allows():
    sizes = {budget: len(ad.play(*neurons(), budget=budget).timeline["nodes"]) for budget in (None, 60, 600)}
    levels = [len(sketch.blocks) for sketch in ad.play(*neurons(), budget=600).levels]
    assert sizes[600] == levels[-1] > 60 >= sizes[60] >= sizes[None]
