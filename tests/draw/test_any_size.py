"""Pictures of any size: groups close from the inside out, what repeats is rolled up, and no arrow goes back."""

import random

import numpy as np
import pytest
from small_gpt import linear, rmsnorm, softmax

import autodiff as ad
from autodiff.drawing import gradients, opening
from autodiff.drawing import outline as outline_module
from autodiff.drawing.cycles import acyclic, rounds
from autodiff.drawing.fold import sketch
from autodiff.drawing.labels import label_of, strengths
from autodiff.drawing.outlined import outline
from autodiff.drawing.parts import Fold, heading_of
from autodiff.drawing.player.inside import view_of
from autodiff.drawing.player.levels import levels_of
from autodiff.drawing.subject import graph_of

SIZE, HEADS, TOKENS = 4, 2, 4


def matrix(rows, columns):
    return [[ad.Value(random.gauss(0, 0.3)) for _ in range(columns)] for _ in range(rows)]


def transformer():
    """The graph of a function of microgpt's shape: a loop over tokens, and in each a loop over heads."""
    random.seed(0)
    weights = {name: matrix(SIZE, SIZE) for name in ("wte", "attn_wq", "attn_wk", "attn_wv", "attn_wo", "lm_head")}

    def attention(x, keys, values):
        q = linear(x, weights["attn_wq"])
        k = linear(x, weights["attn_wk"])
        v = linear(x, weights["attn_wv"])
        keys.append(k)
        values.append(v)
        mixed = []
        for head in range(HEADS):
            start, width = head * SIZE // HEADS, SIZE // HEADS
            scores = [sum(q[start + j] * key[start + j] for j in range(width)) / width**0.5 for key in keys]
            shares = softmax(scores)
            out = [sum(shares[t] * values[t][start + j] for t in range(len(values))) for j in range(width)]
            mixed.extend(out)
        return linear(mixed, weights["attn_wo"])

    def loss():
        keys, values, losses = [], [], []
        for token in range(TOKENS):
            x = rmsnorm(weights["wte"][token])
            y = attention(x, keys, values)
            x = [a + b for a, b in zip(x, y)]
            logits = linear(x, weights["lm_head"])
            probs = softmax(logits)
            loss_t = -ad.log(probs[0])
            losses.append(loss_t)
        mean = sum(losses) / TOKENS
        return mean

    return graph_of(loss, (), {"weights": weights}, True)


@pytest.fixture(scope="module")
def gpt():
    return transformer()


def homes(drawn):
    return {node: block for block in drawn.blocks for node in block.members}


def sound(drawn, nodes=None):
    """Every node is in one block; the arrows go from earlier blocks to later ones, and none to its own block."""
    members = [node for block in drawn.blocks if block.kind != "outside" for node in block.members]
    assert len(members) == len(set(members))
    assert nodes is None or set(members) == set(nodes)
    place = {block: k for k, block in enumerate(drawn.blocks)}
    assert all(place[link.source] < place[link.into] for link in drawn.links)
    home = homes(drawn)
    drawn_edges = {edge for link in drawn.links for edge in link.edges}
    for node in members:
        for edge in node.inputs:
            if edge.source in home and home[edge.source] is not home[node]:
                assert edge in drawn_edges


def shown(graph):
    return [node for node in graph.nodes if node.kind != "constant" or not node.users]


def named(drawn):
    return [label_of(block).heading for block in drawn.blocks]


# -- a transformer on Values ---------------------------------------------------------------------------------------------


def test_it_reads_as_the_program(gpt):
    drawn = sketch(gpt)
    sound(drawn, shown(gpt))
    assert len(gpt.nodes) > 1_000 and len(drawn.blocks) <= 60
    headings = named(drawn)
    calls = ["linear (q) ×4", "linear (k) ×4", "linear (v) ×4", "linear (y) ×4", "linear ×4"]
    for name in (*calls, "scores  ×20", "out  ×16", "mean"):
        assert name in headings, headings
    assert {block.group for block in drawn.blocks} >= {"token 0–3 ×4/attention ×4/head 0–1 ×8/softmax ×8"}


def test_every_box_has_a_name_from_the_program(gpt):
    names = ("wte", "attn_w", "lm_head", "linear", "ms ", "scale ", "x ", "scores ", "exps ", "total ", "shares ", "out ",
             "probs ", "loss_t ", "mean")  # fmt: skip
    assert [heading for heading in named(sketch(gpt)) if not heading.startswith(names)] == []


def test_matrices_have_their_shapes(gpt):
    labels = {label.heading: label.remark for label in map(label_of, sketch(gpt).blocks)}
    assert labels["attn_wq"] == "4×4" and labels["linear (q) ×4"] == "4×4"


def test_the_levels_of_the_player_are_the_pictures_of_these_budgets(gpt):
    found = levels_of(gpt, 60)
    counts = [len(drawn.blocks) for drawn in found]
    assert counts == sorted(set(counts)) and len(counts) > 1 and counts[0] <= 12
    for drawn in found:
        sound(drawn, shown(gpt))
    pictures = [[block.members for block in sketch(gpt, size, constants=False).blocks] for size in (12, 25, 60)]
    assert all([block.members for block in drawn.blocks] in pictures for drawn in found[:-1])  # the last is more open


def test_one_head_from_inside(gpt):
    (rolled,) = [block for block in sketch(gpt, 14).blocks if "head" in block.title] or [None]
    path = "token 2/attention/head 1" if rolled is None else rolled.paths[-1]
    view = view_of(gpt, path)
    sound(view)
    outside = {block.title: bool(block.users) for block in view.blocks if block.kind == "outside"}
    assert {name for name, gives in outside.items() if gives} >= {"linear (q)"} and False in outside.values()
    assert view.note.startswith(f"Inside {path}: ")
    inside = {node for block in view.blocks if block.kind != "outside" for node in block.members}
    assert inside == {node for node in shown(gpt) if node.group == path or node.group.startswith(path + "/")}


def test_a_view_is_folded_too(gpt):
    view = view_of(gpt, "token 3", 20)
    assert sum(block.kind != "outside" for block in view.blocks) <= 20
    sound(view)
    with pytest.raises(ValueError, match=r"no group 'token 9' to look into; the groups are token 0"):
        view_of(gpt, "token 9")


@pytest.mark.parametrize("collapse", [True, False, ["token 1"], ["token 0/attention", "token 1/attention"]])
@pytest.mark.parametrize("budget", [None, 15, 5_000])
def test_what_the_caller_closes(gpt, collapse, budget):
    drawn = sketch(gpt, budget, collapse=collapse)
    sound(drawn, shown(gpt))
    assert len(drawn.blocks) <= (budget or 60)
    if budget == 5_000 and collapse == ["token 1"]:
        (closed,) = [block for block in drawn.blocks if block.kind == "group"]
        assert closed.title == "token 1" and len(closed.members) == sum(n.group.startswith("token 1") for n in shown(gpt))


# -- other programs ------------------------------------------------------------------------------------------------------


def recurrent(steps):
    rng = np.random.default_rng(0)
    weight = ad.Variable(rng.normal(size=(3, 8)), name="U")
    recurrent_weight = ad.Variable(rng.normal(size=(8, 8)) / 9, name="W")
    inputs = rng.normal(size=(steps, 4, 3))

    def cell(x, h):
        z = x @ weight + h @ recurrent_weight
        return ad.tanh(z)

    def loss():
        h = ad.constant(np.zeros((4, 8)))
        total = 0.0
        for step in range(steps):
            h = cell(inputs[step], h)
            total = total + np.mean(h * h)
        return total

    return graph_of(loss, (), None, True)


@pytest.mark.parametrize("steps", [20, 40, 400])
def test_of_a_loop_over_time_the_first_step_is_drawn_and_the_others_are_one_box(steps):
    drawn = sketch(recurrent(steps), 60)
    sound(drawn)
    assert len(drawn.blocks) < 15
    rolled = [block for block in drawn.blocks if block.kind == "group"]
    assert [block.times for block in rolled] == [steps - 1] and f"step 1–{steps - 1} ×{steps - 1}" in rolled[0].title
    assert "one after another" in label_of(rolled[0]).remark
    assert len([block for block in drawn.blocks if block.group.startswith("step 0")]) > 2


def one_statement(w, steps=20):
    h = 0.1
    for t in range(steps):
        h = np.tanh(w * h + 0.1 * h**2 + np.sin(1.0 * t))
    return h


def on_a_tape(w, steps=20):
    with ad.Tape(lines=True, persistent=True) as tape:
        y = one_statement(ad.Value(w, name="w"), steps)
    return ad.draw(tape, y)


@pytest.mark.parametrize("draw", [lambda w: ad.draw(one_statement, w), on_a_tape])
def test_an_argument_that_one_closed_group_alone_reads_is_drawn(draw):
    drawn = draw(0.9).sketch
    sound(drawn)
    groups = [block.title or block.group for block in drawn.blocks]
    assert [node.name for node in drawn.blocks[0].members] == ["w"] and groups == ["", "t 0", "t 1–19 ×19"]
    assert len(drawn.blocks[0].users) == 2


def test_an_argument_is_apart_where_weights_are_in_the_group_that_reads_them():
    scale = ad.Variable(0.5, name="scale")

    def scaled(w):
        h = 0.1
        for _ in range(20):
            h = np.tanh(w * h + scale * h)
        return h

    graph = graph_of(scaled, (0.9,), None, True)
    fold = Fold(outline([node for node in graph.nodes if node.kind != "constant"], 60))
    for absorb, apart in ((False, {"w", "scale"}), (True, {"w"})):
        parts = opening.drawn(fold, fold.parts, 60, absorb)
        assert {part.atoms[0].members[0].name for part in parts if part.is_leaf} == apart


def test_layers_with_their_own_weights_are_drawn_one_by_one():
    weights = [[ad.Variable(np.eye(3)[0], name=f"net/dense_{k}/{name}") for name in "wb"] for k in range(30)]
    with ad.Tape() as tape:
        h = ad.constant(np.ones((2, 3)))
        for w, b in weights:
            h = ad.tanh(h * w + b)
        loss = np.mean(h * h)
    drawn = sketch(graph_of(tape, (loss,), None, True), 50)
    sound(drawn)
    assert [block.title for block in drawn.blocks if block.kind == "group"] == [f"net/dense_{k}" for k in range(30)]


def test_a_chain_of_additions_is_one_sum():
    x = ad.Value(1.0, name="x")
    with ad.Tape() as tape:
        y = x
        for _ in range(5_000):
            y = y + x
    drawn = sketch(graph_of(tape, (y,), None, True))
    assert [block.kind for block in drawn.blocks] == ["parameter", "sum"]


def test_a_layer_that_is_used_twice_is_two_groups():
    """Closed as one, it would give to what gives to it."""
    kernel, other = ad.Variable(np.eye(3), name="shared/kernel"), ad.Variable(np.eye(3), name="other/kernel")
    with ad.Tape() as tape:
        h = ad.constant(np.ones((2, 3))) @ kernel
        h = ad.tanh(ad.sin(h) @ other)
        for _ in range(60):
            h = ad.sin(h)
        loss = np.sum(h @ kernel)
    graph = graph_of(tape, (loss,), None, True)
    for drawn in (sketch(graph, 10), sketch(graph, collapse=["shared"])):
        sound(drawn)
    assert [b.title for b in sketch(graph, collapse=["shared"]).blocks if b.kind == "group"] == ["shared", "shared, again"]


def test_groups_that_give_to_one_another_to_and_fro():
    a, b = ad.Value(0.5, name="a"), ad.Value(0.25, name="b")
    with ad.Tape() as tape:
        first, second = ad.sin(a), ad.sin(b)
        third, fourth = ad.cos(first), ad.cos(second)
        loss = third * fourth
        for _ in range(200):
            loss = ad.tanh(loss)
    graph = graph_of(tape, (loss,), None, True)
    for node in graph.nodes:
        node.group = {"sin": "A", "cos": "B"}.get(node.op.name, "") if node.op else ""
    ops = [node for node in graph.nodes if node.op]
    ops[0].group, ops[3].group, ops[1].group, ops[2].group = "A", "A", "B", "B"
    sound(sketch(graph), shown(graph))


@pytest.mark.parametrize("seed", range(8))
def test_random_graphs_in_random_groups(seed):
    rng = random.Random(seed)
    pool = [ad.Value(rng.random(), name=f"w{k}") for k in range(10)]
    ops = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: ad.sin(a) - b]
    with ad.Tape(persistent=True) as tape:
        for _ in range(400):
            pool.append(rng.choice(ops)(rng.choice(pool[-30:]), rng.choice(pool[-30:])))
        loss = sum(pool)
    graph = graph_of(tape, (loss,), None, False)
    scattered = seed % 2
    for k, node in enumerate(node for node in graph.nodes if node.op):
        step = rng.randrange(6) if scattered else k // 40
        node.group = rng.choice([f"step {step}", f"step {step}/f ({rng.randrange(3)})", f"step {step}/g"])
        node.line = f"line {k % 7}" if seed % 3 else ""
    for budget in (10, 40, 200):
        drawn = sketch(graph, budget)
        sound(drawn, shown(graph))
        assert len(drawn.blocks) <= budget
    for drawn in levels_of(graph, 30):
        sound(drawn, shown(graph))
    for path in {node.group for node in graph.nodes if node.group}:
        sound(view_of(graph, path, 10))


# -- what a large graph costs --------------------------------------------------------------------------------------------


def test_a_large_graph_is_differentiated_unheard(gpt, monkeypatch):
    heard = {(node.index, edge.slot): edge.part for node in gpt.nodes for edge in node.inputs}
    nodes = {node.index: node.gradient for node in gpt.nodes}
    monkeypatch.setattr(gradients, "LARGE", 100)
    monkeypatch.setattr(gradients, "differentiate", lambda *_: pytest.fail("an edge was heard"))
    large = transformer()
    assert all(edge.sent is None for edge in large.edges())  # what goes along an edge is computed when somebody asks
    assert {node.index: node.gradient for node in large.nodes} == nodes
    assert {(node.index, edge.slot): edge.part for node in large.nodes for edge in node.inputs} == heard


def test_arrays_of_a_large_graph_have_their_gradients(monkeypatch):
    monkeypatch.setattr(gradients, "LARGE", 100)
    graph = recurrent(40)
    assert all(node.gradient is not None for node in graph.nodes if node.kind == "parameter")
    widths = strengths(sketch(graph, 10)).values()
    assert max(width for width in widths if width is not None) == 1.0


def test_numpy_is_not_asked_for_the_shape_of_a_float(gpt, monkeypatch):
    asked, shape = [], np.shape  # which takes 3 microseconds for each of 76,000 numbers
    monkeypatch.setattr(np, "shape", lambda x: asked.append(x) or shape(x))
    for block in sketch(gpt, 20).blocks:
        label_of(block)
    assert not any(type(x) is float for x in asked)


def test_an_op_is_named_once_for_all_its_nodes(gpt, monkeypatch):
    named, title = [], outline_module.title
    monkeypatch.setattr(outline_module, "title", lambda node: named.append(node.op) or title(node))
    drawn = sketch(gpt, 20)
    for block in drawn.blocks:
        label_of(block)
    ops = sum(len({node.op for node in block.members}) for block in drawn.blocks)
    assert 0 < len(named) <= 3 * ops < sum(node.op is not None for node in gpt.nodes)


# -- circles and headings ------------------------------------------------------------------------------------------------


def test_circles():
    arrows = [(0, 1), (1, 2), (2, 1), (2, 3), (4, 5), (5, 4), (3, 3)]
    assert rounds(6, arrows) == [0, 1, 1, 3, 4, 4]
    assert acyclic(3, [(0, 1), (1, 2)]) and not acyclic(2, [(0, 1), (1, 0)])


@pytest.mark.parametrize("names, heading", [
    (["head 0", "head 1", "head 3"], "head 0, 1, 3"), (["linear (q)", "linear (k)"], "linear (q, k)"),
    (["linear (1)", "linear (2)"], "linear (1–2)"), (["norm", "norm (2)"], "norm (1–2)"), (["gpt"], "gpt"),
    (["f (a)", "f (b)", "f (c)", "f (d)", "f (e)"], "f (a, …, e)"), (["block_2", "block_10"], "block_2, 10"),
])  # fmt: skip
def test_one_heading_for_several_groups(names, heading):
    assert heading_of(names) == heading
