"""What a click on a box of the player opens: each box that stands for several nodes, down to single numbers."""

import pytest
from played import folded, neurons, played, stepped

import autodiff as ad
import nn.scalar
from autodiff.drawing.blocks import Block
from autodiff.drawing.player.inside import FEW, INSIDE, inside_of, ones_of
from autodiff.drawing.player.views import CHOICE, MOST
from nn.micrograd.engine import Value
from nn.micrograd.nn import MLP

ROWS = [[0.1 * k, 0.3 - 0.2 * k] for k in range(6)]


def network(width=5):
    net = nn.scalar.MLP(2, [width, width, 1])

    def loss():
        return sum((net(row) - 1.0) ** 2 for row in ROWS)

    return (loss,)


def without_sites():
    """A loss of micrograd's, of which nothing but the operations is known."""
    model = MLP(2, [5, 5, 1])
    loss = sum((1 + -model([Value(x) for x in row])).relu() for row in ROWS)
    loss.backward()
    return (loss,)


def heads(rows, size):
    def head(row):
        return [sum(a * b for a, b in zip(row, row[k:] + row[:k], strict=True)) / size**0.5 for k in range(size)]

    return sum(sum(head(row)) for row in rows)


def attention():
    return heads, [[ad.Value(0.1 * k + j) for k in range(4)] for j in range(40)], 4


def opened(view):
    return [node for node in view["nodes"] if "opens" in node]


def stands_for_several(node):
    return node.get("many") and node["kind"] != "outside"


SUBJECTS = {"a loop": stepped, "a network": network, "without call sites": without_sites, "calls": folded, "Values": neurons}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_every_box_that_stands_for_several_opens_where_the_page_opens(subject):
    page = played(subject).page
    start = page["views"][page["start"]]
    several = [node for node in start["nodes"] if stands_for_several(node)]
    assert several and [node["name"] for node in several if "opens" not in node] == []
    opens = [k for view in page["views"] for node in opened(view) for k in node["opens"]]
    assert len(page["views"]) <= MOST and page["levels"] <= min(opens) and max(opens) < len(page["views"])


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_clicks_lead_down_to_single_nodes(subject):
    """From the view that the page opens with to one in which nothing else stands for several."""
    page = played(subject).page
    seen, waiting = set(), [page["start"]]
    while waiting:
        k = waiting.pop()
        seen.add(k)
        waiting += [j for node in opened(page["views"][k]) for j in node["opens"] if j not in seen]
    inner = [page["views"][k]["nodes"] for k in seen]
    assert any(not any(map(stands_for_several, nodes)) and len(nodes) > 2 for nodes in inner)


def test_a_step_of_a_loop_opens_and_a_list_has_others():
    page = played(stepped).page
    (h,) = [node for node in page["views"][page["start"]]["nodes"] if node["name"].startswith("h ×20")]
    titles = [page["views"][k]["title"] for k in h["opens"]]
    assert titles == ["h at step 19", *(f"h at step {k}" for k in range(CHOICE - 1))]
    first = page["views"][h["opens"][0]]
    assert first["times"] == 20
    assert [node["name"] for node in first["nodes"] if node["kind"] == "op"][-1] == "h at step 19"


def test_a_neuron_opens_to_its_products():
    page = played(network).page
    for view in page["views"]:
        ops = [node["whole"]["op"] for node in view["nodes"] if node["kind"] != "outside"]
        if sorted(set(ops)) == ["add", "multiply"]:
            assert ops.count("multiply") in (2, 5)
            break
    else:
        pytest.fail("no view of a neuron")


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_a_view_shows_the_nodes_of_the_box_each_once(subject):
    player = played(subject)
    for sketch in player.levels:
        for block in sketch.blocks:
            if len(block.members) < 2 or block.kind == "constant":
                continue
            ones = ones_of(block, "it")
            assert all(set(nodes) <= set(block.members) for _, nodes in ones)
            title, nodes = ones[0]
            inside = inside_of(player.graph, nodes, title)
            shown = [node for each in inside.blocks if each.kind not in ("outside", "constant") for node in each.members]
            assert len(shown) == len(set(shown)) and set(shown) == {node for node in nodes if node.kind != "constant"}
            assert sum(each.kind not in ("outside", "constant") for each in inside.blocks) > 1 or len(nodes) == 1


def test_what_hangs_together_in_a_box_of_several_operations_is_one_of_those_that_are_alike():
    with ad.Tape() as tape:
        loss = sum(ad.exp(x) * ad.exp(x) for x in [ad.Value(0.1 * k) for k in range(7)])
    graph = ad.play(tape, loss).graph
    members = [node for node in graph.nodes if node.op is None or node.op.name != "add"]
    ones = ones_of(Block("group", members), "squares")
    assert [title for title, _ in ones] == ["squares (7)", *(f"squares ({k})" for k in range(1, 7))]
    assert [[node.op and node.op.name for node in nodes] for _, nodes in ones] == [[None, "exp", "exp", "multiply"]] * 7
    assert len(ones_of(Block("group", graph.nodes), "all")) == 1


def test_single_nodes_stand_side_by_side_and_many_are_shown_some_at_a_time():
    with ad.Tape() as tape:
        y = ad.Value(0.5, name="x")
        for _ in range(40):
            y = ad.sin(y)
    graph = ad.play(tape, y).graph
    ops = [node for node in graph.nodes if node.op is not None]
    rows = ones_of(Block("op", ops, times=40), "sin")
    assert [title for title, _ in rows] == ["sin 1–16", "sin 17–32", "sin 33–40"]
    assert [len(nodes) for _, nodes in rows] == [INSIDE, INSIDE, 8]
    few = ones_of(Block("op", ops[:FEW], times=FEW), "sin")
    assert [(title, len(nodes)) for title, nodes in few] == [("sin", FEW)]


@pytest.mark.parametrize("count", [30, 100, 2000])
def test_a_long_sum_is_parted_as_often_as_it_must_be(count):
    with ad.Tape() as tape:
        total = sum(ad.Value(0.1 * k) for k in range(count))
    page = ad.play(tape, total, budget=10).page
    depth, view = 0, page["views"][page["start"]]
    while several := [node for node in opened(view) if node["kind"] != "parameter"]:
        depth, view = depth + 1, page["views"][several[0]["opens"][0]]
        assert all(edge["from"] < edge["to"] for edge in view["edges"])
    assert depth == {30: 1, 100: 2, 2000: 3}[count]
    assert [node["kind"] for node in view["nodes"] if stands_for_several(node)] == []


def test_a_number_in_a_formula_is_no_box_outside():
    page = played(attention).page
    outside = [(node["name"], node["value"]) for view in page["views"] for node in view["nodes"] if node["kind"] == "outside"]
    assert outside and [name for name, value in outside if value == "all 2" or value == "2"] == []


def test_a_view_has_few_boxes_of_neighbours_on_each_side():
    leaves = [ad.Value(float(k), name=name) for k, name in enumerate("abcdefghij")]
    with ad.Tape() as tape:
        total = sum(leaf * leaf for leaf in leaves)
    graph = ad.play(tape, total).graph
    nodes = [node for node in graph.nodes if node.op is not None]
    outside = [block for block in inside_of(graph, nodes, "total").blocks if block.kind == "outside"]
    assert [len(block.members) for block in outside] == [1, 1, 1, 1, 1, 5] and outside[-1].title == "f, …, j"


def test_a_box_seen_twice_opens_the_same_view_and_one_without_a_view_is_counted(monkeypatch):
    page = played(network).page
    first, second = ({node["name"]: node["opens"] for node in opened(page["views"][k])} for k in range(2))
    assert first["(net(row) − 1.0) ^ 2 ×6"] == second["(net(row) − 1.0) ^ 2 ×6"]
    monkeypatch.setattr("autodiff.drawing.player.views.MOST", page["levels"] + 1)
    few = ad.play(*network()).page
    closed = [node for view in few["views"] for node in view["nodes"] if stands_for_several(node) and "opens" not in node]
    assert len(few["views"]) == page["levels"] + 1 and few["left"] == len(closed) > 0
