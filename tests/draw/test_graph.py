"""The model behind every picture: what it holds is what the tape says, and reading it leaves the tape as it was."""

import gc
import sys

import numpy as np
import pytest

import autodiff as ad
from autodiff.core.span import find_graph
from autodiff.drawing.figures import figures, number
from autodiff.drawing.fold import sketch
from autodiff.drawing.formula import title
from autodiff.drawing.subject import graph_of


def graph(what, *args, names=None, gradients=True):
    return graph_of(what, args, names, gradients)


def by_name(graph):
    return {node.name: node for node in graph.nodes if node.name}


def neuron():
    w, x, b = ad.Value(-3.0, name="w"), ad.Value(2.0, name="x"), ad.Value(6.7, name="b")
    with ad.Tape(persistent=True) as tape:
        loss = ad.tanh(w * x + b) ** 2
    return tape, loss, (w, x, b)


def test_values_and_gradients_are_the_tapes():
    tape, loss, leaves = neuron()
    nodes = by_name(graph(loss))
    for leaf, gradient in zip(leaves, tape.gradient(loss, leaves)):
        assert nodes[leaf.name].value == leaf.data
        assert nodes[leaf.name].gradient == gradient.data


def test_gradients_of_arrays_are_the_tapes():
    rng = np.random.default_rng(0)
    kernel, bias = ad.Variable(rng.normal(size=(3, 2)), name="kernel"), ad.Variable(np.zeros(2), name="bias")
    x = rng.normal(size=(5, 3))
    with ad.Tape(persistent=True) as tape:
        hidden = ad.tanh(x @ kernel + bias)
        loss = ad.mean(hidden**2)
    nodes = by_name(graph(tape, loss, names={"hidden": hidden, "x": x}))
    for box in (kernel, bias):
        np.testing.assert_array_equal(nodes[box.name].gradient, tape.gradient(loss, box))
    np.testing.assert_array_equal(nodes["hidden"].gradient, tape.gradient(loss, hidden))
    assert nodes["x"].kind == "constant" and nodes["x"].gradient is None


def test_each_edge_carries_its_local_derivative():
    w, x = ad.Value(2.0, name="w"), ad.Value(5.0, name="x")
    with ad.Tape() as tape:
        loss = (w * x - 1.0) ** 2
    edges = {(e.source.name or e.source.op.name, e.into.op.name): e for e in graph(tape, loss).edges() if e.source.index >= 0}
    assert {key: edge.local for key, edge in edges.items()} == {
        ("w", "multiply"): 5.0, ("x", "multiply"): 2.0, ("multiply", "subtract"): 1.0, ("subtract", "power"): 18.0,
    }  # fmt: skip
    assert edges["w", "multiply"].part == 90.0


def test_local_derivatives_of_one_element_arrays():
    v = ad.Variable(3.0, name="v")
    with ad.Tape() as tape:
        loss = np.exp(v) * np.array([2.0])
    assert [e.local for e in graph(tape, loss).edges() if e.local is not None] == [pytest.approx(np.exp(3.0)), 2.0]


def test_a_square_has_two_edges_and_one_node():
    x = ad.Value(3.0, name="x")
    with ad.Tape() as tape:
        y = x * x
    drawn = graph(tape, y)
    assert [node.name for node in drawn.nodes if node.kind == "parameter"] == ["x"]
    assert [edge.slot for edge in drawn.nodes[-1].inputs] == [0, 1]
    assert len(sketch(drawn).links) == 2


def test_a_leaf_is_one_node_however_many_tapes_read_it():
    x = ad.Value(3.0, name="x")
    with ad.Tape(persistent=True) as outer:
        a = x * 2.0
        with ad.Tape() as inner:
            y = a * x
        slope = inner.gradient(y, x)
        loss = slope * slope
    drawn = graph(outer, loss)
    assert sum(node.name == "x" for node in drawn.nodes) == 1
    assert by_name(drawn)["x"].gradient == outer.gradient(loss, x).data


def test_a_reassigned_leaf_is_read_twice():
    v = ad.Variable(3.0, name="v")
    with ad.Tape() as tape:
        first = v * 1.0
        v.assign(4.0)
        loss = first * v
    assert [float(node.value) for node in graph(tape, loss).nodes if node.name == "v"] == [3.0, 4.0]


def test_constants_shared_by_ops_are_one_node_each():
    data = np.arange(3.0)
    v = ad.Variable(np.ones(3))
    with ad.Tape() as tape:
        loss = np.sum(v * data + data)
    assert sum(node.kind == "constant" for node in graph(tape, loss).nodes) == 1


def test_edges_where_no_gradient_flows_are_cut():
    v = ad.Variable(np.array([1.0, 0.0]), name="v")
    with ad.Tape() as tape:
        loss = np.sum(np.where(v, v * v, 2.0 * v))
    edges = [edge for edge in graph(tape, loss).edges() if edge.into.op.name == "where"]
    assert [edge.cut for edge in edges] == [True, False, False]
    assert edges[0].part is None and "cut" in ad.draw(tape, loss).source


def test_no_gradient_is_shown_before_it_is_computed():
    tape, loss, _ = neuron()
    assert all(node.gradient is None for node in graph(tape, loss, gradients=False).nodes)


def test_the_tape_is_left_as_it_was():
    w = ad.Value(2.0)
    with ad.Tape() as tape:
        y = w * w
        graph(y)
        graph(tape, y)
        z = y + w
    graph(tape, z)
    list(tape.steps(z))
    assert tape.gradient(z, w).data == 5.0


def test_what_an_outer_tape_computed_is_a_constant_of_the_inner_one():
    x, y = ad.Value(3.0, name="x"), ad.Value(5.0, name="y")
    with ad.Tape():
        a = x * 2.0
        with ad.Tape() as inner:
            loss = y * a
        drawn = graph(inner, loss)
    assert [(node.kind, node.value) for node in drawn.nodes] == [("parameter", 5.0), ("constant", 6.0), ("op", 30.0)]
    assert by_name(drawn)["y"].gradient == 6.0


# -- ops of several outputs ----------------------------------------------------------------------------------------------


def matrix():
    return ad.Variable(np.array([[2.0, 1.0], [1.0, 3.0]]), name="a")


def test_each_used_output_of_an_op_is_a_node():
    a = matrix()
    with ad.Tape(persistent=True) as tape:
        w, v = np.linalg.eigh(a)
        loss = np.sum(w * w) + np.sum(np.sin(v))
    drawn = graph(tape, loss, names={"w": w})
    nodes = {title(node): node for node in drawn.nodes if node.op}
    assert {"eigh.eigenvalues", "eigh.eigenvectors"} <= nodes.keys()
    assert nodes["eigh.eigenvalues"].name == "w"
    np.testing.assert_array_equal(nodes["eigh.eigenvectors"].gradient, tape.gradient(loss, v))
    parts = [edge.part for edge in by_name(drawn)["a"].users]
    np.testing.assert_allclose(sum(parts), tape.gradient(loss, a).numpy())
    assert not np.allclose(parts[0], 0.0) and not np.allclose(parts[1], 0.0)


def test_an_output_that_nobody_uses_is_not_drawn():
    a = matrix()
    with ad.Tape(persistent=True) as tape:
        _, logarithm = np.linalg.slogdet(a)
        loss = logarithm * 2.0
    for drawn in (graph(tape), graph(loss)):
        assert [title(node) for node in drawn.nodes] == ["", "slogdet.logabsdet", "", "multiply"]
        np.testing.assert_allclose(by_name(drawn)["a"].gradient, tape.gradient(loss, a).numpy())
    with ad.Tape() as tape:
        np.linalg.slogdet(a)
    assert [title(node) for node in graph(tape).targets] == ["slogdet.sign", "slogdet.logabsdet"]


def test_drawing_while_the_tape_records_adds_nothing_to_it():
    @ad.custom_gradient
    def square(x):
        return x * x, lambda g: 2.0 * x * g

    x = ad.Value(3.0, name="x")
    with ad.Tape() as tape:
        y = square(x)
        before = tape.span.stop
        drawn = graph(y)
        assert tape.span.stop == before
    assert by_name(drawn)["x"].gradient == 6.0
    assert [edge.local for edge in drawn.targets[0].inputs] == [6.0]


def test_outputs_without_a_name_have_a_number():
    @ad.custom_gradient
    def both(x):
        return (x * 2.0, x * 3.0), lambda g, h: 2.0 * g + 3.0 * h

    x = ad.Variable([1.0, 2.0], name="x")
    with ad.Tape() as tape:
        first, second = both(x)
        loss = np.sum(first * second)
    drawn = graph(tape, loss)
    assert {"both[0]", "both[1]"} <= {title(node) for node in drawn.nodes}
    np.testing.assert_allclose(sum(edge.part for edge in by_name(drawn)["x"].users), by_name(drawn)["x"].gradient)
    assert "both(x)[0]" in ad.draw(tape, loss, names={"first": first}).source


# -- what may be drawn -------------------------------------------------------------------------------------------------


def test_a_bare_loss_is_found_on_its_living_tape():
    tape, loss, _ = neuron()
    assert len(graph(loss).nodes) == len(graph(tape, loss).nodes)


def test_a_box_finds_its_graph_as_long_as_a_tape_keeps_it():
    tape, loss, (w, _, _) = neuron()
    assert find_graph(loss, []) is tape.graph is find_graph(w, [])
    assert find_graph(ad.Value(1.0), []) is None
    del tape
    gc.collect()
    assert find_graph(loss, []) is None


def test_a_whole_tape_is_drawn_with_its_ends_as_targets():
    w = ad.Value(2.0)
    with ad.Tape() as tape:
        first, second = w * 2.0, w * 3.0
    drawn = graph(tape)
    assert [node.value for node in drawn.targets] == [first.data, second.data]
    assert not drawn.differentiated


def test_a_function_is_run_for_its_picture():
    drawn = graph(lambda w, x: np.sum(x * w), 2.0, np.array([1.0, 2.0]))
    nodes = by_name(drawn)
    assert nodes["w"].gradient == 3.0
    assert nodes["x"].kind == "input" and nodes["x"].gradient.tolist() == [2.0, 2.0]


def test_a_functions_nodes_know_their_source_line():
    def function(x):
        y = x * x
        return ad.sin(y)

    lines = {node.op.name: node.line for node in graph(function, 2.0).nodes if node.op}
    assert lines["multiply"].endswith("y = x * x") and "test_graph.py:" in lines["multiply"]
    assert lines["sin"].endswith("return ad.sin(y)")


def test_lines_are_known_while_a_debugger_or_a_coverage_tool_traces():
    def function(x):
        return x * x

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: None)
    try:
        drawn = graph(function, 2.0)
    finally:
        sys.settrace(before)
    assert drawn.nodes[-1].line.endswith("return x * x")


def test_more_arguments_of_one_name_are_numbered():
    assert {"xs[0]", "xs[1]"} <= by_name(graph(lambda *xs: xs[0] * xs[1], 2.0, 3.0)).keys()


def test_names_come_from_the_namespace_but_own_names_win():
    w, x = ad.Value(2.0, name="weight"), ad.Value(5.0)
    with ad.Tape() as tape:
        z = w * x
        parts = [z + 1.0]
        loss = parts[0] ** 2
    assert {"weight", "x", "z", "parts[0]", "loss"} == by_name(graph(tape, loss, names=locals())).keys()


def test_a_leaf_alone_is_one_node():
    assert [node.value for node in graph(ad.Value(2.0)).nodes] == [2.0]
    assert graph(ad.Variable([1.0, 2.0])).targets


def test_what_no_tape_keeps_any_more_says_what_to_do():
    w = ad.Value(2.0)
    with ad.Tape() as tape:
        y = w * w
    tape.gradient(y, w)
    with ad.Tape():
        pass
    with pytest.raises(RuntimeError, match=r"before the next tape begins.*persistent=True.*draw\(f"):
        graph(y)
    with pytest.raises(RuntimeError, match="was used at"):
        graph(tape, y)


@pytest.mark.parametrize("thing", [3.0, "loss", None, [1.0]])
def test_what_is_no_box_is_refused(thing):
    with pytest.raises(TypeError):
        graph(thing)


def test_a_function_that_returns_no_box_is_refused():
    with pytest.raises(TypeError, match="through which no gradient flows"):
        graph(lambda x: 3.0, 2.0)
    with pytest.raises(TypeError, match="Arguments are for a function"):
        graph(ad.Value(2.0), 3.0)


def test_a_target_of_another_tape_is_refused():
    _, loss, _ = neuron()
    w = ad.Value(1.0)
    with ad.Tape() as tape:
        w * 2.0
    with pytest.raises(ValueError, match="not recorded by this tape"):
        graph(tape, loss)


def test_an_empty_tape():
    with ad.Tape() as tape:
        pass
    assert graph(tape).nodes == []


# -- steps -------------------------------------------------------------------------------------------------------------


def test_steps_add_up_to_the_gradient():
    tape, loss, (w, _, _) = neuron()
    steps = list(tape.steps(loss))
    totals = {id(step.source): step.total for step in steps if step.phase == "backward" and step.source is not None}
    nodes = {id(step.node): step.node for step in steps}
    found = {nodes[key].name: total for key, total in totals.items()}
    assert found["w"] == tape.gradient(loss, w).data
    for step in steps:
        if step.local is not None:
            assert step.contribution == pytest.approx(step.upstream * step.local)


def test_steps_of_arrays_add_up_too():
    v = ad.Variable(np.arange(6.0).reshape(2, 3))
    with ad.Tape(persistent=True) as tape:
        loss = np.sum(np.tanh(v) * v)
    last = [step for step in tape.steps(loss) if step.phase == "backward" and step.source is not None][-1]
    np.testing.assert_allclose(last.total, tape.gradient(loss, v))


def test_steps_take_nothing_from_the_tape():
    w = ad.Value(3.0)
    with ad.Tape() as tape:
        y = w * w
    assert [step.phase for step in tape.steps(y)] == ["forward", "forward", "backward", "backward", "backward"]
    assert tape.gradient(y, w).data == 6.0
    with pytest.raises(RuntimeError, match="was used at"):
        tape.steps(y)


# -- figures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x, text", [
    (0.0, "0"), (-0.0, "0"), (1.0, "1"), (1 / 3, "0.3333"), (-2.5, "-2.5"), (1e-300, "1e-300"), (1.23456e12, "1.235e12"),
    (99999.0, "99999"), (float("nan"), "nan"), (float("-inf"), "-inf"), (7, "7"), (True, "True"),
])  # fmt: skip
def test_numbers_are_short(x, text):
    assert number(x) == text


@pytest.mark.parametrize("raw, text", [
    (None, "–"), (np.array([1.0, 2.0]), "[1, 2]"), (np.zeros((0, 3)), "empty"), (np.zeros(9), "all 0"),
    (np.array([1.0, np.nan, 3.0, 4.0, 5.0]), "1 … 5, 1 not finite"), (np.full(5, np.inf), "no finite number in 5"),
    (np.arange(5), "0 … 4"),
])  # fmt: skip
def test_arrays_are_their_range(raw, text):
    assert figures(raw) == text


def test_inside_vmap_a_node_has_the_numbers_of_all_examples():
    xs, w = np.arange(6.0).reshape(3, 2), np.array([0.5, 1.0])

    def total(xs, w):
        return ad.vmap(lambda x, w: np.tanh(np.sum(x * w)) ** 2, in_axes=(0, None))(xs, w).sum()

    drawn = ad.draw(total, xs, w).sketch.graph
    node = next(node for node in drawn.nodes if node.op is not None and node.op.name == "tanh")
    np.testing.assert_allclose(node.value, np.tanh(xs @ w))
    np.testing.assert_allclose(node.gradient, 2 * np.tanh(xs @ w))
    assert not any("level" in node.params for node in drawn.nodes)


# -- leaves that inner tapes watched ---------------------------------------------------------------------------------------


def cube(x):
    with ad.Tape() as tape:
        tape.watch(x)
        return x**3


def slope(x):
    with ad.Tape() as tape:
        tape.watch(x)
        y = np.sum(x**3)
    return np.sum(tape.gradient(y, x) * x)


def used_before_and_after(x):
    return np.sum(x * x) + np.sum(cube(x)) + np.sum(cube(x)) * np.sum(x)


def newton(x):
    for _ in range(2):
        with ad.Tape() as second:
            second.watch(x)
            with ad.Tape() as first:
                first.watch(x)
                y = np.sum(np.exp(x) - 2.0 * x)
            g = first.gradient(y, x)
        x = x - 0.1 * g / second.gradient(g, x)
    return np.sum(x)


BY_HAND = {"float": lambda: 1.5, "array": lambda: np.array([1.5, 0.5])}
LEAVES = {**BY_HAND, "Value": lambda: ad.Value(1.5), "Variable": lambda: ad.Variable([1.5, 0.5])}


@pytest.mark.parametrize("kind", LEAVES)
@pytest.mark.parametrize("function", [cube, slope, used_before_and_after, newton])
def test_a_leaf_that_inner_tapes_watch_has_its_gradient(function, kind):
    x = LEAVES[kind]()

    def program(x):
        return np.sum(function(x))

    want = ad.grad(program)(BY_HAND["float" if kind == "Value" else "array" if kind == "Variable" else kind]())
    drawn = graph(program, x) if kind in BY_HAND else graph(lambda: program(x), names={})
    (leaf,) = [node for node in drawn.nodes if node.kind in ("parameter", "input") and node.index >= 0]
    np.testing.assert_allclose(leaf.gradient, ad.to_numpy(want), rtol=1e-12)
    assert "read" not in {node.op.name for node in drawn.nodes if node.op is not None}
