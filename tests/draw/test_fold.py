"""Readable at any size: layers close, repeats roll up, and nothing is too large, too deep or too slow to draw."""

import random

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.alike import alike
from autodiff.drawing.figures import row
from autodiff.drawing.fold import name_of_mixed, pattern, sketch
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.labels import label_of
from autodiff.drawing.outline import Atom
from autodiff.drawing.parts import Part
from autodiff.drawing.subject import graph_of
from autodiff.drawing.summary import computed
from nn.scalar import MLP


def sketched(tape, loss, **options):
    return sketch(graph_of(tape, (loss,), None, True), **options)


def layered(count, names=True):
    rng = np.random.default_rng(0)
    kernels = [ad.Variable(rng.normal(size=(4, 4)), name=f"net/dense_{k}/kernel" if names else None) for k in range(count)]
    biases = [ad.Variable(np.zeros(4), name=f"net/dense_{k}/bias" if names else None) for k in range(count)]
    with ad.Tape(persistent=True) as tape:
        h = ad.constant(np.ones((2, 4)))
        for kernel, bias in zip(kernels, biases):
            h = ad.tanh(h @ kernel + bias)
        loss = np.mean((h - 1.0) ** 2)
    return tape, loss


@pytest.fixture(scope="module")
def micrograd():
    """Its network on a tape, the parameters, and the sketch of it."""
    random.seed(0)
    net = MLP(2, [16, 16, 1])
    points = [(random.random(), random.random(), random.choice([-1, 1])) for _ in range(50)]
    with ad.Tape(persistent=True) as tape:
        data = sum((1 - y * net([a, b])).relu() for a, b, y in points) * (1.0 / 50)
        loss = data + 1e-4 * sum(p * p for p in net.parameters())
    return tape, loss, net, sketched(tape, loss)


# -- layers --------------------------------------------------------------------------------------------------------------


def test_ops_belong_to_the_layer_whose_variables_they_read():
    graph = graph_of(*[(pair := layered(2))[0], (pair[1],)], None, True)
    layers = {node.op.name: node.group for node in graph.nodes if node.op}
    assert layers == {"matmul": "net/dense_1", "add": "net/dense_1", "tanh": "net/dense_1", "subtract": "", "power": "",
                      "mean": ""}  # fmt: skip


@pytest.mark.parametrize("name", ["∂L/∂θ", "<b>x</b>", "a|b/c", "/w", "w/(1+x)/2"])
def test_a_slash_does_not_make_a_path_of_a_formula(name):
    w = ad.Value(1.0, name=name)
    with ad.Tape() as tape:
        loss = w * 2.0
    assert {node.group for node in graph_of(tape, (loss,), None, False).nodes} == {""}


def test_what_lies_inside_a_layer_belongs_to_it():
    scale, shift = ad.Variable(np.ones(3), name="norm/scale"), ad.Variable(np.zeros(3), name="norm/shift")
    with ad.Tape() as tape:
        z = scale * np.ones((2, 3))
        loss = np.sum(np.exp(z) * 2.0 + shift)
    layers = {node.op.name: node.group for node in graph_of(tape, (loss,), None, True).nodes if node.op}
    assert layers["exp"] == layers["add"] == "norm" and layers["sum"] == ""


def test_clusters_nest_by_path():
    source = ad.draw(*layered(2)).source
    assert source.index("subgraph cluster_net ") < source.index('subgraph "cluster_net/dense_0"')
    assert "<B>kernel</B>" in source and "<B>net/dense_0/kernel</B>" not in source


def test_a_layer_closes_to_one_node():
    picture = ad.draw(*layered(2), collapse=["net/dense_0"])
    assert "<B>dense_0</B>" in picture.source and "<B>dense_1</B>" not in picture.source
    assert picture.note == "16 nodes drawn as 12: group net/dense_0 closed."
    closed = ad.draw(*layered(2), collapse=True)
    assert "<B>dense_1</B>" in closed.source and ">20, grad " in closed.source  # weights
    with pytest.raises(ValueError, match=r"no group 'dense_9'.*net/dense_0, net/dense_1"):
        ad.draw(*layered(2), collapse=["dense_9"])


def test_a_closed_layer_shows_its_result_with_the_gradient_and_the_range_of_that_of_its_weights():
    tape, loss = layered(2)
    variables = [v for v in tape.watched_variables() if "dense_1" in v.name]
    gradients = np.concatenate([g.numpy().ravel() for g in tape.gradient(loss, variables)])
    picture = ad.draw(tape, loss, collapse=True)
    (block,) = [block for block in picture.sketch.blocks if block.title == "net/dense_1"]
    (result,) = [node for node in block.members if any(edge.into not in block.members for edge in node.users)]
    weights = f"20, grad {gradients.min():.2g} … {gradients.max():.2g}"
    rows = (("weights", weights), ("value", row(result.value)), ("grad", row(result.gradient)))
    assert label_of(block).rows == rows and label_of(block).remark.startswith("2×4, by ")


# -- repeats -------------------------------------------------------------------------------------------------------------


def test_the_micrograd_network_rolls_up_to_its_layers(micrograd):
    _, _, net, drawn = micrograd
    assert len(drawn.graph.nodes) > 33_000 and len(drawn.blocks) < 40
    assert sum(len(block.members) for block in drawn.blocks if block.kind == "parameter") == len(net.parameters())
    relus = [block.times for block in drawn.blocks if block.members[0].op and block.members[0].op.name == "relu"]
    assert relus == [800, 800, 50]  # 16 neurons for 50 points, twice; and the hinge loss of the points
    assert "repeats rolled up" in drawn.note


def test_no_node_is_lost_in_folding(micrograd):
    _, _, _, drawn = micrograd
    members = [id(node) for block in drawn.blocks for node in block.members]
    assert len(members) == len(set(members)) == sum(node.kind != "constant" for node in drawn.graph.nodes)


def test_rolled_gradients_span_those_of_the_members(micrograd):
    tape, loss, net, drawn = micrograd
    gradients = [g.data for g in tape.gradient(loss, net.layers[1].parameters())]
    block = next(b for b in drawn.blocks if b.kind == "parameter" and len(b.members) == 256)
    weights = [g for g, p in zip(gradients, net.layers[1].parameters()) if not p.name.endswith("b")]
    assert sorted(node.gradient for node in block.members) == sorted(weights)


def test_repeated_layers_roll_up():
    drawn = ad.draw(*layered(1000))
    assert "dense_0–999 ×1,000" in drawn.source and len(drawn.sketch.blocks) == 4


def test_five_thousand_tensors_without_names():
    tape, loss = layered(1000, names=False)
    drawn = sketched(tape, loss)
    assert len(drawn.graph.nodes) > 5000 and len(drawn.blocks) < 20


def test_a_chain_of_100000_values():
    x = ad.Value(0.5, name="x")
    with ad.Tape(persistent=True) as tape:
        y = x
        for _ in range(100_000):
            y = ad.sin(y)
    drawn = sketched(tape, y)
    assert [block.times for block in drawn.blocks] == [1, 99_999, 1]
    assert drawn.blocks[0].members[0].gradient == pytest.approx(tape.gradient(y, x).data)


def test_sums_of_many_terms_are_one_block():
    xs = [ad.Value(float(k)) for k in range(400)]
    with ad.Tape() as tape:
        loss = sum(x * x for x in xs)
    drawn = sketched(tape, loss)
    assert [block.kind for block in drawn.blocks] == ["parameter", "op", "sum"]
    assert "of 400 terms" in ad.draw(tape, loss).source


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("budget", [10, 50, 300])
def test_every_graph_keeps_to_its_budget(seed, budget):
    rng = random.Random(seed)
    pool = [ad.Value(rng.random(), name=f"{rng.choice('abcdefgh')}{k}" * rng.randint(0, 1) or None) for k in range(20)]
    ops = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: ad.sin(a) - b, lambda a, b: ad.tanh(a) / (b * b + 1.0)]
    with ad.Tape(persistent=True) as tape:
        for _ in range(800):
            pool.append(rng.choice(ops)(rng.choice(pool[-40:]), rng.choice(pool[-40:])))
        loss = ad.tanh(sum(pool))
    drawn = sketched(tape, loss, budget=budget)
    assert len(drawn.blocks) <= budget
    assert sum(block.target for block in drawn.blocks) == 1
    assert ad.draw(tape, loss, budget=budget).note.startswith(f"{len(drawn.graph.nodes):,} nodes drawn as")


def test_a_graph_within_the_budget_is_drawn_whole():
    tape, loss = layered(20)
    drawn = sketched(tape, loss, collapse=False, constants=True)
    assert len(drawn.blocks) == len(drawn.graph.nodes) and drawn.note == ""


# -- alike ---------------------------------------------------------------------------------------------------------------


def test_symmetric_nodes_stay_together_and_others_part():
    # Two inputs into three hidden nodes into one output; and one more input that only the output reads.
    arrows = [(i, h) for i in (0, 1) for h in (2, 3, 4)] + [(h, 5) for h in (2, 3, 4)] + [(6, 5)]
    groups = alike(["leaf", "leaf", "op", "op", "op", "op", "leaf"], arrows, 10)
    assert groups[0] == groups[1] != groups[6] and groups[2] == groups[3] == groups[4] != groups[5]


def test_nothing_is_alike_in_nothing():
    assert alike([], [], 10) == []
    assert alike(["a", "a"], [], 10) == [0, 0]


def test_patterns_of_names():
    assert pattern(["a/b_0", "a/b_12"]) == "a/b_#"
    assert pattern(["x", "y"]) == ""


def test_a_block_of_several_kinds_is_named_by_its_largest_part_and_by_all_of_a_list():
    w = [Node("parameter", 1.0, name=f"attn.wq[{k}]") for k in range(3)]
    x = Node("input", 2.0, name="x")
    products = [Node("op", 2.0, op=ad.multiply.op) for _ in w]
    for node, weight in zip(products, w, strict=True):
        node.inputs = [Edge(weight, node, 0), Edge(x, node, 1)]
    scaled = [Node("op", 2.0, op=ad.exp.op)]
    losses = [Node("op", 2.0, op=ad.negative.op, name=f"losses[{k}]") for k in range(2)]
    parts = [Part([Atom(k, "", nodes)]) for k, nodes in enumerate([losses, [*scaled, *products]])]
    assert name_of_mixed(Part([], mixed=parts), [*losses, *scaled, *products]) == "linear attn.wq, losses"


def test_a_product_of_weights_with_long_names_says_them():
    w = [Node("parameter", 1.0, name=f"layer 0, neuron {k}: w[{j}]") for k in range(3) for j in range(2)]
    squares = [Node("op", 1.0, op=ad.multiply.op) for _ in w]
    for node, weight in zip(squares, w, strict=True):
        node.inputs = [Edge(weight, node, slot) for slot in range(2)]
    assert computed(squares) == ("(layer 0, neuron 0–2: w) × (layer 0, neuron 0–2: w)", "")
