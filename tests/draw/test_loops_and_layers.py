"""Steps of a loop stand together, also where the first is smaller; weights stand in their layer; several linked results."""

import numpy as np
import pytest
import small_gpt

import autodiff as ad
import nn
from autodiff.drawing.clipping import PRINT
from autodiff.drawing.fold import sketch
from autodiff.drawing.groups import short
from autodiff.drawing.labels import label_of
from autodiff.drawing.subject import graph_of
from autodiff.drawing.terms import formula
from nn.micrograd.engine import Value
from nn.micrograd.nn import MLP

rng = np.random.default_rng(0)
W = {name: ad.Variable(rng.normal(size=(7, 4)) / 3, name=name) for name in ("Wf", "Wi", "Wo", "Wc")}


def cell(x, h, c):
    z = np.concatenate([x, h], axis=1)
    f, i, o = ad.sigmoid(z @ W["Wf"]), ad.sigmoid(z @ W["Wi"]), ad.sigmoid(z @ W["Wo"])
    c = f * c + i * np.tanh(z @ W["Wc"])
    h = o * np.tanh(c)
    return h, c


def unrolled(steps):
    xs = rng.normal(size=(steps, 2, 3))

    def loss():
        h, c = np.zeros((2, 4)), np.zeros((2, 4))
        for t in range(steps):
            h, c = cell(xs[t], h, c)
        return np.mean(h * h)

    return graph_of(loss, (), {}, True)


def headings(drawn):
    return [label_of(block).heading for block in drawn.blocks]


@pytest.mark.parametrize("steps, budget, titles", [
    (6, 15, [f"cell {t}" for t in range(6)]), (6, None, []), (12, 14, ["cell 1–11 ×11"]), (40, None, ["cell 1–39 ×39"]),
])  # fmt: skip
def test_the_first_step_is_one_of_all(steps, budget, titles):
    """It starts from zeros: its concatenation is a constant, which is not recorded."""
    drawn = sketch(unrolled(steps), budget)
    assert [block.title for block in drawn.blocks if block.kind == "group"] == titles


def test_weights_that_all_steps_read_are_one_box():
    assert "Wf, Wi, Wo, Wc" in headings(sketch(unrolled(6), 12))


def test_a_first_turn_of_one_term_stands_with_the_others():
    with ad.Tape(persistent=True, lines=True) as tape:
        loss = small_gpt.loss_of([0, 1, 2, 3])
    drawn = sketch(graph_of(tape, (loss,), vars(small_gpt), True))
    mixed = [block for block in drawn.blocks if block.group.rpartition("/")[2].startswith("j ")]
    assert [block.group.rpartition("/")[2] for block in mixed] == ["j 0–1 ×12"] * len(mixed)
    assert {"heads  ×12", "losses  ×3"} <= set(headings(drawn)) and "multiply" not in headings(drawn)


def test_a_loop_of_one_turn_in_the_first_step_stands_with_the_others():
    def attend(q, keys):
        return sum([sum(a * b for a, b in zip(q, key, strict=True)) / 2.0 for key in keys])

    keys, total, w = [], 0.0, {(0, k): ad.Value(0.5 + k) for k in range(4)}
    with ad.Tape(persistent=True, lines=True) as tape:
        for step in range(4):
            keys.append([w[0, k] * (0.1 * step + k) for k in range(4)])
            total = total + attend(keys[-1], keys) * (1.0 + step)
    groups = {node.group for node in graph_of(tape, (total,), {}, False).nodes}
    assert {f"step {step}/attend/key {key}" for step in range(4) for key in range(step + 1)} <= groups, groups


def test_results_that_are_put_into_a_list():
    with ad.Tape(persistent=True, lines=True) as tape:
        x, found, more = ad.Value(2.0), [], []
        for k in range(2):
            found.append(ad.exp(x * k))
            more += [x + k]
        more.extend([x - 1.0])
        loss = sum(found) + sum(more)
    names = [node.name for node in graph_of(tape, (loss,), {}, False).nodes if node.op]
    assert {"found at k 0", "found at k 1", "more at k 0", "more at k 1", "more", "loss"} <= set(names), names


def test_a_weight_that_a_derivative_reads_too_is_in_its_layer():
    nn.set_random_seed(0)
    model = nn.Sequential([nn.Dense(3, "tanh"), nn.Dense(1)])
    x = ad.constant(np.linspace(0, 1, 5)[:, None])
    model(x)
    with ad.Tape(persistent=True, lines=True) as tape:
        with ad.Tape() as inner:
            inner.watch(x)
            y = model(x)
        slope = inner.gradient(y, x)
        loss = np.mean((slope + y) ** 2)
    nodes = graph_of(tape, (loss,), {}, True).nodes
    assert {node.name: node.group for node in nodes if node.kind == "parameter"} == {
        "dense/kernel": "dense", "dense/bias": "dense", "dense_1/kernel": "dense_1", "dense_1/bias": "dense_1",
    }  # fmt: skip


def test_a_weight_that_a_derivative_alone_reads_is_where_it_is_read():
    w, x = ad.Variable(2.0, name="w"), ad.Variable(3.0, name="x")
    with ad.Tape(persistent=True, lines=True) as tape:
        with ad.Tape() as inner:
            y = w * x
        loss = inner.gradient(y, x) ** 2
    assert tape.persistent and next(node for node in graph_of(tape, (loss,), {}, True).nodes if node.name == "w")


def test_two_results_of_linked_values_are_both_drawn(capsys):
    x, w = Value(2.0), Value(3.0)
    y, z = x * w, (x + w) ** 2
    for order in ([y, z], [z, y]):
        picture = ad.draw(order)
        nodes = {node.name: node for node in picture.sketch.graph.nodes if node.name}
        assert {name for name, node in nodes.items() if node.target} == {"y", "z"}
        assert (nodes["x"].gradient, nodes["w"].gradient) == (13.0, 12.0)
    assert len(ad.draw([z, x]).sketch.graph.targets) == len(ad.draw([x, w]).sketch.graph.targets) == 2
    ad.show([y, z])
    assert "y = x * w" in (shown := capsys.readouterr().out) and "\nz = " in shown
    assert ad.play([y, z]).graph.targets[1].name == "z"


# -- names without call sites --------------------------------------------------------------------------------------------


def test_a_plain_tape_says_what_its_boxes_compute():
    with ad.Tape(persistent=True) as tape:
        loss = small_gpt.loss_of([0, 1, 2, 3])
    found = headings(sketch(graph_of(tape, (loss,), vars(small_gpt), True)))
    for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo, add", "mlp_fc1", "mlp_fc2, add"):
        assert any(heading.startswith(f"linear layer0.{name}  ×") for heading in found), found
    assert {"softmax", "wte + wpe"} <= {heading.partition("  ×")[0] for heading in found}, found


def test_the_neurons_of_a_layer_are_one_linear_form():
    net = MLP(2, [8, 8, 1])
    total = sum(net([Value(0.1 * k), Value(0.3)]) for k in range(20))
    found = headings(sketch(graph_of(total, (), {"net": net}, True)))
    assert {"linear layer 0, neuron 0–7: w  ×160", "linear layer 1, neuron 0–7: w  ×160"} <= set(found), found


def test_no_box_of_the_player_is_called_by_a_bare_number():
    x, w, b = Value(2.0), Value(3.0), Value(1.0)
    names = [node["name"] for node in ad.play((x * w + b).tanh() * ((x - w) / b).exp().log() * 2.0).timeline["nodes"]]
    assert {"x × w", "x × w + b", "x − w", "(x − w) ÷ b", "exp((x − w) ÷ b)", "log(exp((x − w) ÷ b))"} <= set(names), names
    assert not any(name.lstrip("−").replace(".", "").isdigit() for name in names)


# -- a loop that takes apart what it goes through ------------------------------------------------------------------------


def pairs(points):
    total = 0.0
    for u, v in points:
        s = u * v + 1.0
        total = total + s * s
    return total


def both(points, others):
    total = 0.0
    for (a, b), (c, d) in zip(points, others, strict=True):
        total = total + a * d - b * c
    return total


def twice(points):
    total = 0.0
    for _ in range(2):
        for k, (u, v) in enumerate(points):
            total = total + u * v * float(k)
    return total


def around(points):
    total, step = 0.0, 0
    while step < 2:
        for u, v in points:
            total = total + u * v
        step += 1
    return total


def listed(points):
    return sum([ad.exp(u) * ad.exp(v) for u, v in points])


@pytest.mark.parametrize("function, loops", [
    (pairs, {"point 0", "point 1", "point 2"}), (both, {"step 0", "step 1", "step 2"}),
    (listed, {"point 0", "point 1", "point 2"}),
    *[(function, {f"step {j}/point {k}" for j in range(2) for k in range(3)}) for function in (twice, around)],
])  # fmt: skip
def test_a_loop_that_takes_apart_what_it_goes_through_has_its_turns(function, loops):
    points = np.arange(6.0).reshape(3, 2)
    nodes = graph_of(function, (points, points + 1.0)[: 1 + (function is both)], {}, False).nodes
    assert {node.group for node in nodes if node.op is not None and node.op.symbol != "[]"} - {""} == loops
    taken = [node for node in nodes if node.name and node.name.count("[") == 2]
    assert taken and all(node.group.rpartition("/")[2].endswith(f" {node.name.partition('[')[2][0]}") for node in taken)


# -- where a layer ends --------------------------------------------------------------------------------------------------


def groups(layer, *inputs, loss=ad.mean, lines=True):
    """The groups of what a layer and a loss compute, by the names of the operations, on a tape that knows the lines or not."""
    layer(*inputs)
    with ad.Tape(lines=lines, persistent=True) as tape:
        result = loss(layer(*inputs))
    found = {}
    for node in ad.draw(tape, result).sketch.graph.nodes:
        if node.op is not None:
            found.setdefault(node.op.label or node.op.name, []).append(node.group)
    return found


def test_a_loss_is_in_no_layer():
    loss = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
    found = groups(nn.Dense(3), np.ones((2, 4)), loss=lambda logits: loss(np.array([0, 1]), logits))
    assert found.pop("add") == found.pop("matmul") == ["layer"] and "log_softmax" in found
    assert {group for each in found.values() for group in each} == {""}


@pytest.mark.parametrize("lines", [True, False])
def test_a_layer_without_variables_is_in_no_layer_of_its_neighbours(lines):
    layers = [nn.Dense(3), nn.BatchNormalization(), nn.ReLU(), nn.Dropout(0.5), nn.Dense(1)]
    found = groups(lambda x: nn.Sequential(layers)(x, training=True), np.ones((2, 4)), lines=lines)
    assert found["relu"] == [""] and found["standardize"] == ["batch_normalization"]
    assert found["multiply"] == ["batch_normalization", ""]  # the second one is the dropout's
    assert groups(nn.Sequential([nn.Dense(3), nn.ReLU()]), np.ones((2, 4)), lines=lines)["relu"] == [""]


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("activation", ["gelu", nn.ReLU(), "softmax"])
def test_an_activation_of_a_layer_is_in_it(activation, lines):
    found = groups(nn.Dense(4, activation), np.ones((2, 4)), lines=lines)
    assert found.pop("mean") == [""] and len(found) > 2
    assert {group for each in found.values() for group in each} == {"layer"}


@pytest.mark.parametrize("lines", [True, False])
def test_what_a_recurrent_layer_does_around_its_cell_is_in_it(lines):
    x = ad.Variable(np.ones((2, 3, 4), np.float32))
    found = groups(nn.LSTM(2), x, lines=lines)
    assert found["swapaxes"] == found["lstm"] == found["index"] == ["layer"]  # by the variable that has it
    found = groups(nn.Bidirectional(nn.GRU(2)), x, lines=lines)
    assert found["swapaxes"] == found["gru"] == ["layer/gru_cell (1)", "layer/gru_cell (2)"]
    assert found["concatenate"] == ["layer"]


@pytest.mark.parametrize("lines", [True, False])
def test_what_lies_between_the_parts_of_a_layer_is_in_none_of_them(lines):
    x = np.ones((2, 3, 4), np.float32)
    found = groups(lambda x: nn.MultiHeadAttention(2, 2)(x, x), x, lines=lines)
    own = "multi_head_attention"
    assert found["softmax"] == [own] and set(found["transpose"]) == {own} and found["mean"] == [""]
    assert found["add"] == [f"{own}/{part}" for part in ("query", "key", "value", "attention_output")]


# -- a layer that holds layers -------------------------------------------------------------------------------------------


class Gated(nn.Layer):
    def __init__(self):
        super().__init__()
        self.inside, self.gate = nn.Dense(3, "tanh"), nn.Dense(3, "sigmoid")

    def call(self, x):
        return self.gate(x) * self.inside(x)


def block():
    return nn.Sequential([nn.Dense(3, "relu"), nn.Dropout(0.0), nn.Dense(3)])


def functional():
    x = nn.Input((3,))
    return nn.Model(x, nn.Add()([nn.Dense(3)(x), x]) * 2.0)


@pytest.mark.parametrize("lines", [True, False])
@pytest.mark.parametrize("make, inside", [(Gated, "multiply"), (block, "matmul"), (functional, "add")])
def test_each_layer_that_holds_layers_has_a_frame_around_them(make, inside, lines):
    first, second = make(), make()
    x = np.ones((2, 3), np.float32)
    second(first(x))
    with ad.Tape(lines=lines, persistent=True) as tape:
        loss = np.mean(second(first(x)))
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    found = [node.group for node in nodes if node.op is not None and (node.op.label or node.op.name) == inside]
    outermost = list(dict.fromkeys(group.partition("/")[0] for group in found))
    assert outermost == ["first", "second"] and nodes[-1].group == ""
    weights = [node.group.partition("/")[0] for node in nodes if node.kind == "parameter"]
    assert set(weights) == {"first", "second"}


def test_a_model_that_holds_all_layers_has_no_frame():
    found = groups(nn.Sequential([block(), nn.Dense(1)]), np.ones((2, 3)))
    assert found["relu"] == ["sequential/dense"] and found["mean"] == [""]
    assert found["add"] == ["sequential/dense", "sequential/dense_1", "dense"]


def test_the_name_of_such_a_frame_is_the_one_that_was_given_or_the_programs():
    blocks = [nn.Sequential([nn.Dense(2), nn.Dense(2)], name=name) for name in ("encoder", None, None)]

    def run(x):
        for one in blocks[1:]:
            x = one(x)
        return blocks[0](x)

    found = [group.partition("/dense")[0] for group in groups(run, np.ones((2, 2)))["matmul"]]
    assert found == ["run/one 0"] * 2 + ["run/one 1"] * 2 + ["run/encoder"] * 2


def test_code_of_the_users_that_a_layer_runs_is_in_it():
    class Twice(nn.Layer):
        def __init__(self):
            super().__init__()
            self.inner = nn.Sequential([nn.Dense(2, lambda z: np.tanh(z) * 2.0), nn.Dense(2)])

        def call(self, x):
            return self.inner(x) + self.inner(2.0 * x)

    found = groups(nn.Sequential([Twice(), nn.Dense(2)]), np.ones((2, 2)))
    assert found["matmul"] == ["Twice/inner/dense", "Twice/inner/dense_1"] * 2 + ["dense"]
    assert found["tanh"] == ["Twice/inner/dense"] * 2


def test_a_weight_with_a_penalty_of_the_users_is_in_its_layer():
    def penalty(kernel):
        return 0.1 * ad.sum(kernel**2)

    layer = nn.Dense(2, kernel_regularizer=penalty)
    layer(np.ones((2, 3)))
    for lines in (True, False):
        with ad.Tape(lines=lines, persistent=True) as tape:
            loss = ad.mean(layer(np.ones((2, 3)))) + ad.sum(layer.losses)
        nodes = ad.draw(tape, loss).sketch.graph.nodes
        assert {node.group for node in nodes if node.kind == "parameter"} == {"layer"}
        assert not any(node.group == "layer" for node in nodes if node.op is not None and node.op.symbol == "**")


class Encoder(nn.Model):
    def __init__(self):
        super().__init__()
        self.read, self.recall, self.last = nn.Dense(3, "tanh"), nn.GRU(2), nn.Dense(2, name="answer")

    def call(self, x):
        return self.last(self.recall(self.read(x)))


def test_layers_have_the_names_of_the_attributes_that_hold_them():
    models = [Encoder(), Encoder()]
    for lines in (True, False):
        with ad.Tape(lines=lines, persistent=True) as tape:
            loss = ad.mean(sum(model(np.ones((2, 4, 3))) for model in models))
        nodes = ad.draw(tape, loss).sketch.graph.nodes
        layers = {(node.group.rpartition("/")[2].partition(" ")[0], short(node)) for node in nodes if node.kind == "parameter"}
        parts = {(name, part) for name in ("read", "recall", "answer") for part in ("kernel", "bias")}
        assert layers == parts | {("recall", "recurrent_kernel")}


class Plain:
    def __init__(self):
        self.trunk, self.heads = nn.Dense(3), {"mean": nn.Dense(1), "spread": nn.Dense(1)}

    def out(self, x):
        h = self.trunk(x)
        return self.heads["mean"](h) * self.heads["spread"](h)


@pytest.mark.parametrize("lines", [True, False])
def test_layers_have_the_names_of_what_holds_them_in_the_program(lines):
    """A variable, an attribute of an object that is no layer, a key; not the variable of a loop. A list numbers them."""
    plain, last, blocks = Plain(), nn.Dense(2), [nn.Dense(3), nn.Dense(3)]
    with ad.Tape(lines=lines, persistent=True) as tape:
        x = last(plain.out(np.ones((4, 3))))
        for layer in blocks:
            x = layer(x)
        loss = ad.mean(x)
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    found = list(dict.fromkeys(node.group.rpartition("/")[2] for node in nodes if node.kind == "parameter"))
    several = ["dense"] if lines else ["dense (1)", "dense (2)"]  # in the frames of their turns, or without
    assert found == ["trunk", "mean", "spread", "last", *several]


def test_a_block_of_a_name_is_a_frame():
    x = ad.Variable(np.ones(3))
    with ad.Tape(persistent=True) as tape:
        with ad.name_scope("square"):
            y = x * x + 1.0
        loss = ad.sum(y - 3.0)
    assert [node.group for node in ad.draw(tape, loss).sketch.graph.nodes if node.op] == ["square", "square", "", ""]


def test_a_listener_that_keeps_no_operations_keeps_no_scopes():
    layer = nn.Dense(2)
    with ad.debug():
        layer(np.ones((2, 3)))
        graph = ad.core.listening.current()
        assert not graph.scopes
        with ad.Tape():
            layer(np.ones((2, 3)))
            assert [of for _, _, of in ad.core.listening.current().scopes] == [layer]


def test_what_a_layer_puts_out_has_its_name():
    """As the result of a function has that of the function, where the program stores it nowhere."""
    net = nn.Sequential([nn.Dense(3), nn.BatchNormalization(), nn.ReLU(), nn.Flatten(), nn.Dense(1)])
    first = nn.Sequential([nn.Dense(2), nn.Dense(2)])
    net(np.ones((2, 2)))
    for lines in (True, False):
        with ad.Tape(lines=lines, persistent=True) as tape:
            y = net(first(np.ones((2, 2))))
            loss = ad.mean(net(2.0 * y + 1.0 if y.shape[-1] == 2 else np.ones((2, 2))) - y)
        nodes = {node.name: node for node in ad.draw(tape, loss).sketch.graph.nodes if node.name}
        assert {"first", "relu", "batch_normalization", "flatten", "y"} <= set(nodes)
        assert {"relu (2)", "batch_normalization (2)"} <= set(nodes), "called twice"
        assert formula(nodes["relu (2)"], PRINT) == "relu(batch_… (2))"


@pytest.mark.parametrize("lines", [True, False])
def test_what_a_derivative_reads_inside_a_layer_is_not_what_it_puts_out(lines):
    layer, x = nn.Dense(2, "tanh"), ad.constant(np.ones((2, 3), np.float32))
    layer(x)
    with ad.Tape(persistent=True, lines=lines) as tape:
        with ad.Tape() as inner:
            inner.watch(x)
            y = layer(x) * 2.0
        loss = ad.sum(inner.gradient(y, x) ** 2) + ad.sum(y)
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    assert [node.name for node in nodes if node.op and node.group == "layer"] == [None, None, "layer"]


@pytest.mark.parametrize("lines", [True, False])
def test_a_variable_that_a_layer_reads_as_its_input_is_none_of_its_weights(lines):
    canvas = ad.Variable(np.ones((2, 3)), name="canvas")
    layers = nn.Sequential([nn.Dense(4, "tanh"), nn.Dense(1)])
    with ad.Tape(lines=lines, persistent=True) as tape:
        loss = ad.mean(layers(canvas))
    sketch = ad.draw(tape, loss, budget=10).sketch
    assert [node.group for node in sketch.graph.nodes if node.name == "canvas"] == [""]
    assert [len(block.members) for block in sketch.blocks if canvas.name in {node.name for node in block.members}] == [1]


def test_weights_that_parts_of_one_row_read_are_rolled_up_within_the_frame_of_these():
    class Head:
        def __init__(self, k):
            self.query, self.key = ad.Variable(np.eye(4, 2) * k), ad.Variable(np.eye(4, 2) + k)

        def __call__(self, x):
            q, k = x @ self.query, x @ self.key
            scores = np.tanh(q @ k.T)
            return np.exp(scores) / np.sum(np.exp(scores), axis=-1, keepdims=True)

    heads, x = [Head(k) for k in range(1, 5)], np.linspace(0.0, 1.0, 12).reshape(3, 4)
    with ad.Tape(lines=True) as tape:
        loss = np.sum(np.concatenate([head(x) for head in heads]) ** 2)
    blocks = sketch(graph_of(tape, (loss,), None, True), budget=20).blocks
    found = {label_of(block).heading.partition(" ×")[0].strip(): block.times for block in blocks}
    assert found["head 0–3: query"] == found["head 0–3: key"] == found["q"] == 4


def test_weights_of_one_name_in_two_models_are_called_after_their_model_outside_of_it():
    phi, rho = (nn.Sequential([nn.Dense(2), nn.Dense(2)]) for _ in range(2))
    elements = [np.full((2, 2), 0.5 * k) for k in range(4)]
    with ad.Tape(lines=True) as tape:
        codes = [phi(element) for element in elements]
        loss = np.sum(rho(sum(codes)))
    names = {node.name for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "parameter"}
    assert {"phi/dense/kernel", "phi/dense_1/bias"} <= names and not any(name.startswith("rho") for name in names), names


def test_weights_in_the_frame_of_a_model_that_has_its_own_name_are_not_called_after_its_variable():
    fast, slow = (nn.Sequential([nn.Dense(4), nn.Dense(2)], name=name) for name in ("online", "target"))
    with ad.Tape(lines=True) as tape:
        loss = np.sum(fast(np.ones((2, 3))) * slow(np.eye(2, 3)))
    found = {(node.group, node.name) for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "parameter"}
    assert {("target/dense", "dense/kernel"), ("online/dense_1", "dense_1/bias")} <= found, found


def test_what_a_model_of_the_users_class_returns_is_called_as_the_model_is():
    class Generator(nn.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.point = nn.Dense(3, "tanh"), nn.Dense(2)

        def call(self, noise):
            return self.point(self.hidden(noise))

    generator, critic, noise = Generator(), nn.Dense(1), np.ones((4, 2))
    with ad.Tape(lines=True) as tape:
        fake = ad.stop_gradient(generator(noise))
        loss = np.mean(critic(fake))
    nodes = ad.draw(tape, loss).sketch.graph.nodes
    assert "generator" in {node.name for node in nodes} and "stop_gradient(generator)" in {node.origin for node in nodes}
