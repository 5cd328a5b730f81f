"""What boxes say is true of the program: names of gradients, of later results, of data in another arrangement, of masks."""

import dis

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing.blocks import Block, Label
from autodiff.drawing.clipping import FULLER, PRINT
from autodiff.drawing.closed_label import group_label
from autodiff.drawing.given import argument_of, is_stored
from autodiff.drawing.labels import label_of
from autodiff.drawing.layout import carried
from autodiff.drawing.player.inside import view_of
from autodiff.drawing.summary import computed, terms
from autodiff.drawing.terms import formula, text_of_all

X = np.linspace(-1.0, 1.0, 24).reshape(8, 3)


def labels(function, *args, **options):
    return {label.heading: label for label in map(label_of, ad.draw(function, *args, names={}, **options).sketch.blocks)}


def formulas(function, *args, **options):
    return {heading: label.remark for heading, label in labels(function, *args, **options).items()}


def slope_of_slope(u, x):
    """The second derivative of u(x), by tapes in one another, of which the first gives `u_x`."""
    with ad.Tape(persistent=True) as second:
        second.watch(x)
        with ad.Tape() as first:
            first.watch(x)
            y = u(x)
        u_x = first.gradient(y, x)
    return second.gradient(u_x, x)


def test_a_gradient_of_which_only_a_step_is_read_again_gives_that_no_name():
    """The second derivative reads what the first has in its middle: that is no `u_x`."""

    def residual(w, x):
        u_xx = slope_of_slope(lambda x: np.tanh(x[:, None] * w) @ w, x)
        return np.mean(u_xx**2)

    found = labels(residual, np.ones(4), X[:, 0].copy(), collapse=False)
    assert "u_x" not in found and "u_xx" in found


def test_steps_of_one_derivative_are_not_rolled_up():
    def adapted(w1, w2):
        with ad.Tape() as tape:
            tape.watch([w1, w2])
            loss = np.mean((np.tanh(X @ w1) @ w2 - 1.0) ** 2)
        grad_w1, grad_w2 = tape.gradient(loss, [w1, w2])
        return np.sum(np.tanh(X @ (w1 - 0.1 * grad_w1)) @ (w2 - 0.1 * grad_w2))

    blocks = ad.draw(adapted, np.ones((3, 4)), np.ones((4, 1)), names={}).sketch.blocks
    assert max(block.times for block in blocks) == 1
    assert {"grad_w1", "grad_w2"} <= {label_of(block).heading for block in blocks}


def test_a_formula_says_which_of_several_results_of_one_name_is_read():
    """The program's text alone would say `scores`, which is another box."""

    def attention(q, k):
        scores = q @ k.T
        scores = np.where(np.tri(8) > 0, scores, -1e9)
        shifted = scores - np.max(scores, axis=-1, keepdims=True)
        return np.sum(np.exp(shifted))

    assert formulas(attention, X, X)["shifted"].startswith("= scores (2) − ")


def test_a_formula_has_the_names_of_the_caller_for_what_a_function_was_given():
    def dense(x, w, b):
        return np.tanh(x @ w + b * 2.0 ** np.abs(b) + b)

    def loss(rows, fast_w, fast_b):
        hidden = dense(rows, fast_w, fast_b)
        return np.sum(hidden)

    told = " ".join([*labels(loss, X, np.ones((3, 4)), np.ones(4))])
    assert "fast_w" in told and "rows" in told and not {"x", "w", "b"} & set(told.replace("(", " ").split())


def test_the_object_of_a_method_is_none_of_its_arguments():
    class Net:
        def leaky(self, z):
            return np.where(z > 0, z, 0.1 * z)

        def __call__(self, rows):
            hidden = rows * 2.0
            return self.leaky(hidden)

    nodes = ad.draw(lambda rows: np.sum(Net()(rows)), X, names={}).sketch.graph.nodes
    site = next(node.site for node in nodes if node.site is not None and node.site.code.co_name == "leaky")
    assert argument_of(site, "self") is None and argument_of(site, "z").id == "hidden"


def test_a_parameter_in_which_results_are_stored_is_what_the_caller_gave_until_then():
    class Net(nn.Model):
        def __init__(self):
            super().__init__()
            self.stem, self.head = nn.Dense(2, "tanh"), nn.Dense(1)

        def call(self, x):
            x = self.stem(x)
            return self.head(x)

    net, images = Net(), X
    with ad.Tape(lines=True) as tape:
        loss = np.sum(net(images))
    assert [node.name for node in ad.draw(tape, loss).sketch.graph.nodes if node.kind == "constant"] == ["images"]


def test_what_is_stored_in_a_parameter_is_stored_behind_it_and_in_the_same_loop():
    def straight(x):
        a = x + 1
        x = a + 2
        return x + 3

    def looped(x):
        for _ in range(2):
            a = x + 1
            x = a + 2
        while x:
            x -= 1
        return x

    for function, stored in ((straight, [False, False, True]), (looped, [True, True, True])):
        code = function.__code__
        places = [step.offset // 2 for step in dis.get_instructions(code) if step.opname.startswith("BINARY_OP")]
        assert [is_stored(code, "x", place) for place in places] == stored


@pytest.mark.parametrize("lines", [True, False])
def test_a_transposed_array_is_said_to_be_so(lines):
    w, r = ad.Variable(np.ones(3), name="w"), ad.Variable(np.ones(8), name="r")
    with ad.Tape(lines=lines) as tape:
        loss = np.sum(X.T @ r) + np.sum(X @ w)
    found = [label_of(block) for block in ad.draw(tape, loss, names={"X": X}).sketch.blocks]
    assert {"Xᵀ @ r", "X @ w"} <= {label.heading for label in found}
    assert [label.remark for label in found if label.heading == "X"] == ["8×3"], "one box, as the program has it"


def test_an_array_in_reverse_has_not_the_name_of_the_other():
    row = np.array([1.0, 2.0, 4.0])
    w = ad.Variable(np.ones(3), name="w")
    with ad.Tape(lines=True) as tape:
        loss = np.sum(row[::-1] * w)
    assert "row × w" not in {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks}


def test_a_number_of_an_array_that_is_made_a_matrix_is_drawn():
    wave, w = np.linspace(0.0, 1.0, 3), ad.Variable(np.ones((1, 2)), name="w")
    with ad.Tape(lines=True) as tape:
        loss = sum(np.sum(wave[t].reshape(1, 1) @ w) for t in range(3))
    assert "w" in {label_of(block).heading for block in ad.draw(tape, loss, budget=10).sketch.blocks}


def test_an_array_with_a_new_axis_is_drawn_as_the_program_has_it():
    def difference(w):
        return np.sum((X[:, None, :] - w) ** 2)

    blocks = ad.draw(difference, np.ones(3), names={"X": X}).sketch.blocks
    assert ("X", "8×3") in [(label_of(block).heading, label_of(block).remark) for block in blocks]


def test_the_mask_inside_a_layer_says_what_it_is():
    dense, leaky = nn.Dense(4), nn.LeakyReLU()

    def loss(x):
        return np.sum(leaky(dense(x)))

    assert "dense > 0" in labels(loss, X.astype("float32"), collapse=False)


def test_a_sum_says_all_its_terms_or_counts_those_of_the_program_too():
    mean = np.full((8, 1), 3.0)

    def predicted(rows, bias, w):
        predicted = mean + bias + rows + rows @ w
        return np.sum(predicted)

    args = (X[:, :1], np.ones(1), np.ones((1, 1)))
    found = ad.draw(predicted, *args, names={"mean": mean}, budget=10).sketch
    (label,) = [label_of(block) for block in found.blocks if label_of(block).heading == "predicted"]
    assert label.remark.startswith("= mean + bias + rows + ")
    additions = [node for node in found.graph.nodes if node.op is not None and node.op.name == "add"]
    assert terms(Block("sum", additions)) == "of 4 terms"


def test_two_loops_over_the_same_things_are_told_apart():
    a, b = ad.Value(0.5, name="a"), ad.Value(1.5, name="b")
    points = [(1.0, 2.0), (2.0, 1.0), (3.0, 0.5)]
    with ad.Tape(lines=True) as tape:
        total = 0.0
        for x, y in points:
            error = a * x - y
            total = total + error * error * b
        for x, y in points:
            weight = (a * x + b * y) ** 2
            total = total + weight * weight * a
    groups = {node.group for node in ad.draw(tape, total).sketch.graph.nodes if node.group}
    assert {"point 0", "second loop: point 0"} <= groups and not any("(2)" in group for group in groups)


def test_a_closed_group_calls_the_one_weight_in_it_by_name():
    """The matrix is read by the penalty too, so it has a box of its own: these are not the weights of the layer."""
    w, b = ad.Variable(np.ones((3, 4)), name="w"), ad.Variable(np.ones(4), name="b")

    def layer(x):
        z = x @ w
        return np.tanh(z + b)

    def loss(x):
        return np.sum(layer(x) * 2.0) + np.sum(w**2)

    assert dict(labels(loss, X, collapse=["layer"])["layer"].rows)["b"].startswith("4, ")


def test_a_closed_group_names_what_it_computes_on_the_way():
    def gated(x, w):
        forget = np.tanh(x @ w)
        candidate = np.exp(-(forget**2.0))
        cell = forget * candidate + candidate
        return np.tanh(cell) * forget

    def loss(x, w):
        return np.sum(gated(x, w) ** 2)

    assert dict(labels(loss, X, np.ones((3, 3)), collapse=["gated"])["gated"].rows)["inside"] == "forget, candidate, cell"


def test_several_calls_of_one_function_say_its_formula():
    slope, offset = ad.Value(0.8, name="slope"), ad.Value(-0.3, name="offset")

    def line(x):
        return slope * x + offset

    with ad.Tape(lines=True) as tape:
        loss = sum([(line(x) - 1.0) ** 2 * line(x) for x in (1.0, 2.0, 3.0)])
    found = [label_of(block) for block in ad.draw(tape, loss, collapse=True).sketch.blocks]
    assert "= slope × x + offset" in {label.remark for label in found if isinstance(label, Label)}


@pytest.mark.parametrize("rows, shape", [((0, 1, 2), "3×2 of 5×2"), ((0, 2, 4), "3×2 of 5×2"), (range(5), "5×2")])
def test_a_table_says_how_much_of_it_is_read(rows, shape):
    table = [[ad.Value(0.1 * i + j) for j in range(2)] for i in range(5)]
    with ad.Tape(lines=True) as tape:
        loss = sum([table[row][0] * table[row][1] for row in rows])
    blocks = ad.draw(tape, loss, budget=10).sketch.blocks
    assert shape in [label_of(block).remark for block in blocks if label_of(block).heading == "table"]


def test_a_long_heading_keeps_how_many_it_stands_for():
    block = Block("group", [], title="position/linear (queries, keys, values) ×12", times=12)
    assert group_label(block, PRINT).heading.endswith(" ×12")


def test_what_a_layer_computes_from_data_has_not_the_name_of_the_data():
    images = np.linspace(-2.0, 3.0, 24, dtype=np.float32).reshape(4, 6) ** 2
    norm = nn.LayerNormalization()
    with ad.Tape(lines=True) as tape:
        loss = np.sum(norm(images) ** 2)
    data = {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks if block.kind == "constant"}
    assert "…(images)" in data and "images" not in data


def test_results_of_two_calls_of_a_function_are_told_apart_in_formulas_in_their_boxes_and_in_the_player():
    def critic(x, w):
        hidden = np.tanh(x * w)
        return hidden * w + 1.0

    def loss(w):
        return np.mean(critic(X, w)) - np.mean(critic(X**2, w))

    found = set(labels(loss, np.ones(3)))
    assert {"critic (1)", "critic (2)", "mean(critic (1))", "mean(critic (2))"} <= found and "critic" not in found
    titles = [step["title"] for step in ad.play(loss, np.ones(3), names={}).timeline["steps"]]
    assert {"critic (1) = hidden × w + 1", "critic (2) = multiply + 1"} <= set(titles)


def test_weights_of_names_that_differ_in_a_number_are_boxes_of_their_own_where_other_boxes_read_them():
    p = {"w1": ad.Variable(np.ones((3, 4))), "w2": ad.Variable(np.ones(4))}

    def energy(x):
        hidden = np.tanh(x @ p["w1"])
        return np.sum(hidden @ p["w2"])

    with ad.Tape(lines=True) as tape:
        loss = energy(X) - energy(X**2)
    assert {"w1", "w2"} <= {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks}


def test_elements_that_a_loop_picks_are_said_in_the_words_of_the_program():
    table, tokens = np.linspace(0.0, 1.0, 5), [3, 0, 2, 4, 1]

    def loss(w):
        total = 0.0
        for k in range(5):
            scores = table * w * (k + 1.0)
            total = total - scores[tokens[k]] * w[k] ** 2
        return total

    found = labels(loss, np.ones(5), budget=10)
    assert "scores[tokens[k]]" in "".join(found) and not any(heading.startswith("(scores at") for heading in found)


def test_the_number_of_a_mean_inside_a_derivative_is_none_of_the_program():
    rate, x = 0.1, X[:, 0].copy()

    def loss(w):
        with ad.Tape() as inner:
            inner.watch(w)
            error = np.mean((x * w - 1.0) ** 2)
        return np.sum((w - rate * inner.gradient(error, w)) ** 2)

    found = labels(loss, np.ones(8), collapse=False)
    assert "all 0.125" not in found and any("(1 ÷ 8) × " in heading for heading in found)


def test_operations_of_a_derivative_in_each_turn_of_a_loop_have_their_formula():
    def loss(w):
        total = 0.0
        for x in (X * 1.0, X**2):  # another test may have given X a name
            with ad.Tape() as inner:
                inner.watch(w)
                error = np.mean((x * w - 1.0) ** 2)
            fast = w - 0.1 * inner.gradient(error, w)
            total = total + np.sum((x * fast - 1.0) ** 2)
        return total

    rolled = [heading for heading in labels(loss, np.ones(3), budget=14) if heading.endswith("×2")]
    assert rolled and not any(heading.startswith(("add", "multiply", "sum ")) for heading in rolled)


def test_a_key_that_is_also_a_variable_has_its_dict():
    tree = {"root": ad.Variable(np.ones(3)), "left": ad.Variable(np.ones(3))}

    def reach(x):
        root = np.tanh(x @ tree["root"])
        return root * np.tanh(x @ tree["left"]) + root**2

    with ad.Tape(lines=True) as tape:
        loss = np.sum(reach(X))
    headings = {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks}
    assert {"tree['root']", "root", "left"} <= headings and "root (2)" not in headings


def test_steps_of_a_loop_over_several_things_are_counted():
    angles, w = [0.1, 0.2, 0.3], ad.Value(0.5, name="w")
    with ad.Tape(lines=True) as tape:
        loss = 0.0
        for angle, observed in zip([w * a for a in angles], [1.0, 2.0, 3.0]):
            error = angle * angle - observed
            loss = loss + error * error
    groups = {node.group for node in ad.draw(tape, loss).sketch.graph.nodes}
    assert "step 0" in groups and "angle 0" not in groups


def test_a_change_of_form_is_said_with_the_one_before_it():
    def split_heads(x, w):
        return np.transpose(np.reshape(x @ w, (4, 2, 2, 2)), (0, 2, 1, 3))

    def loss(x, w):
        heads = split_heads(x, w)
        return np.sum(np.tanh(heads) @ np.swapaxes(heads, -1, -2))

    (heads,) = [node for node in ad.draw(loss, X, np.ones((3, 4)), names={}).sketch.graph.nodes if node.name == "heads"]
    assert formula(heads, FULLER[0]) == "transpose(reshape(x @ w, shape=(4, 2, 2, 2)), axes=(0, 2, 1, 3))"


def test_a_derivative_of_which_a_step_is_read_again_says_so():
    def residual(w, x):
        return np.mean(slope_of_slope(lambda x: np.exp(np.tanh(x * w) * w), x) ** 2)

    drawn = labels(residual, np.ones(3), np.linspace(0.1, 0.4, 3), collapse=True)
    rows = {heading: dict(label.rows) for heading, label in drawn.items() if heading.startswith("gradient")}
    parts = {heading: any(caption.endswith(("a part", "parts")) for caption in found) for heading, found in rows.items()}
    assert sorted(parts.values()) == [False, True] and parts["gradient (1)"]


def test_what_is_read_again_of_a_derivative_is_said():
    w1, w2 = ad.Variable(np.ones((1, 4)), name="w1"), ad.Variable(np.ones((4, 1)), name="w2")

    def loss(x):
        with ad.Tape() as second:
            second.watch(x)
            with ad.Tape() as first:
                first.watch(x)
                u = np.tanh(x @ w1) @ w2
            du = first.gradient(u, x)
        d2u = second.gradient(du, x)
        return np.mean(d2u**2)

    blocks = ad.draw(loss, np.linspace(0.1, 0.4, 5)[:, None], collapse=True).sketch.blocks
    (block,) = [block for block in blocks if block.title == "gradient (1)"]
    assert group_label(block, PRINT).remark == "→ ones @ w2ᵀ, w1ᵀ"


def test_what_is_stopped_in_each_turn_of_a_loop_is_called_without_the_turn_and_whole():
    def program(w):
        losses = []
        for x in np.linspace(0.1, 0.8, 6):
            advantage = 1.0 - w @ np.full(3, x)
            losses.append(np.exp(w[0] * x) * ad.stop_gradient(advantage))
        return sum(losses)

    assert "stop_gradient(advantage)  ×6" in labels(program, np.ones(3))


def test_data_that_have_the_numbers_of_an_argument_are_not_called_so():
    letters, w = np.eye(3)[[0, 1, 2, 1]], ad.Variable(np.ones((3, 3)), name="w")

    def predict(x):
        return np.tanh(x @ w)

    with ad.Tape(lines=True) as tape:
        loss = sum(np.sum((predict(letters[t] * 1.0) - letters[t + 1]) ** 2) for t in range(3))
    told = [label_of(block) for block in ad.draw(tape, loss).sketch.blocks if block.kind == "constant"]
    assert any(label.heading.startswith("letters") for label in told)
    assert "x  ×6" not in {label.heading for label in told}


def test_data_with_two_names_that_a_layer_computes_with_first_are_told_apart():
    x_train = np.linspace(20.0, 250.0, 12, dtype=np.float32).reshape(3, 4)
    batch = x_train
    norm = nn.LayerNormalization()
    with ad.Tape(lines=True) as tape:
        loss = np.sum(norm(batch) ** 2)
    assert {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks if block.kind == "constant"} >= {"…(batch)"}


def test_an_array_that_a_derivative_makes_of_data_says_of_which():
    targets = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])

    def slope(w):
        with ad.Tape() as inner:
            inner.watch(w)
            margin = X[:6] @ w
            loss = np.mean(np.exp(margin) - targets * margin)
        return np.sum(inner.gradient(loss, w) ** 2)

    found = map(label_of, ad.draw(slope, np.ones(3), collapse=False).sketch.blocks)
    assert any(label.heading.startswith("−targets ÷ 6 + ") for label in found)


def test_two_weights_that_one_number_reads_are_no_matrix():
    a, b, c = (ad.Value(0.1 * k, name=name) for k, name in enumerate("abc", 1))

    def neuron(x, y):
        return a * x + b * y

    with ad.Tape(lines=True) as tape:
        energy = neuron(c * 2.0, c * 3.0)
        loss = energy * energy
    found = {label_of(block).heading: label_of(block) for block in ad.draw(tape, loss, collapse=True).sketch.blocks}
    assert found["neuron"].remark == "→ energy"


def test_the_call_of_an_object_has_the_name_of_the_variable():
    class Block:
        def __call__(self, x):
            return np.tanh(x) * np.exp(x)

    encoder = Block()

    def loss(x):
        return np.sum(encoder(x) ** 2)

    assert "encoder" in labels(loss, X, collapse=["encoder"])


def test_a_parameter_that_was_given_an_expression_is_said_by_it():
    def spread(low, high):
        return np.exp(high - low) - np.log(high) * 2.0 ** np.abs(high)

    def loss(start, end):
        return np.sum(spread(start, end + 1.0))

    drawn = ad.draw(loss, np.ones(3), np.full(3, 3.0), names={})
    told = " ".join(f"{label.heading} {label.remark}" for label in drawn._measures.labels.values())
    assert "high" not in told and "low" not in told


def test_what_picks_elements_inside_a_formula_has_the_words_of_the_program():
    labels_of_rows = np.array([0, 2, 1, 0, 2, 1, 0, 2])

    def loss(logits):
        return -np.mean(np.log(np.exp(logits)[np.arange(8), labels_of_rows]))

    drawn = ad.draw(loss, X, names={})
    told = " ".join(f"{label.heading} {label.remark}" for label in drawn._measures.labels.values())
    assert "indices" not in told and "labels_of_rows" in told


def test_a_parameter_that_was_given_a_transpose_is_said_by_it():
    def info_nce(similarity):
        return np.mean(np.log(np.sum(np.exp(similarity), axis=1)) - np.diag(similarity))

    def loss(a, b):
        similarity = a @ b.T
        return info_nce(similarity) + info_nce(similarity.T)

    drawn = ad.draw(loss, X, X, names={})
    told = " ".join(f"{label.heading} {label.remark}" for label in drawn._measures.labels.values())
    assert "(T)" not in told and "exp(T" not in told
    assert "exp(similarityᵀ)" in told and "diag(similarityᵀ)" in told


def test_numbers_that_are_no_linear_form_are_no_matrix():
    """Two numbers go in and two come out, and four weights are read, by chance."""
    growth, eaten, bred, mortality, c = (ad.Value(0.1 * k, name=name) for k, name in enumerate("abdef", 1))

    def step(prey, hunters):
        met = eaten * prey * hunters
        return prey + 0.1 * (growth * prey - met), hunters + 0.1 * (bred * met - mortality * hunters)

    with ad.Tape(lines=True) as tape:
        prey, hunters = step(c * 1.0, c * 2.0)
        loss = prey * hunters
    found = {label_of(block).heading: label_of(block) for block in ad.draw(tape, loss, collapse=True).sketch.blocks}
    assert found["step"].remark == "→ prey, hunters"


def test_steps_of_a_loop_over_a_part_of_a_list_are_called_after_it():
    layers = [(ad.Variable(np.ones((3, 3))), ad.Variable(np.zeros(3))) for _ in range(3)]

    def forward(x):
        for weight, bias in layers[:-1]:
            x = np.tanh(x @ weight + bias) * np.exp(bias)
        for weight, bias in layers[2:]:
            x = np.tanh(x @ weight + bias) * np.exp(bias)
        return np.sum(x)

    with ad.Tape(lines=True) as tape:
        loss = forward(X)
    groups = {node.group for node in ad.draw(tape, loss).sketch.graph.nodes}
    assert {"layer 0", "layer 1"} <= groups and not any("weight" in group for group in groups)


def test_groups_that_were_rolled_up_show_what_all_of_them_put_out():
    """The heading has the name of one of the two outputs of each, `keys`: the others are outputs too."""
    tables = {name: [[ad.Value(k + 0.1 * i + 0.3 * j) for j in range(2)] for i in range(2)]
              for k, name in enumerate(("query", "key"))}  # fmt: skip

    def matvec(rows, vector):
        return [sum(a * b for a, b in zip(row, vector)) for row in rows]

    def attend(x, keys):
        query = matvec(tables["query"], x)
        keys.append(matvec(tables["key"], x))
        return sum(q * k for key in keys for q, k in zip(query, key))

    with ad.Tape(lines=True) as tape:
        loss, known = 0.0, []
        for k in range(3):
            loss = loss + attend([0.5 + k, -1.0 * k], known)
    rows = {label_of(block).heading: dict(label_of(block).rows) for block in ad.draw(tape, loss, budget=10).sketch.blocks}
    assert rows["matvec (keys) ×3"]["value"] == "-0.1 … 0.55"


def test_long_data_that_a_call_computes_have_its_first_arguments():
    w = ad.Variable(np.ones((2, 3)), name="w")
    x_edge, y_edge = np.linspace(0, 1, 4), np.linspace(1, 3, 4)
    with ad.Tape(lines=True) as tape:
        loss = np.sum(np.stack([x_edge, y_edge], axis=1) @ w)
    assert "stack([x_edge, y_edge], …)" in {label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks}


def test_the_two_results_of_a_closed_group_have_ways_of_their_own():
    def cell(x):
        state = np.tanh(x)
        return state * 2.0, np.exp(state)

    def loss(x):
        c, h = cell(x)
        return np.sum(c * h) + np.mean(c) + np.mean(np.exp(h))

    links = [link for link in ad.draw(loss, X, names={}, collapse=["cell"]).sketch.links if link.source.kind == "group"]
    ways = {link.edges[0].source.name: carried(link) for link in links if len(link.edges) == 1}
    assert len(links) > len(ways) == len(set(ways.values())) == 2


def test_an_array_that_was_an_argument_once_is_not_called_so_in_later_pictures():
    data = np.arange(1.0, 4.0)
    assert "b" in labels(lambda b: np.sum(b**2), data)
    assert "w * data" in ad.draw(lambda w: np.sum(w * data), 2.0).source.replace("×", "*")
    assert "b" not in labels(lambda w: np.sum(w * [data][0]), 2.0)


def test_a_loss_of_other_data_does_not_show_where_numbers_were_taken_out():
    w = ad.Variable(np.ones(3), name="w")
    with ad.Tape(lines=True, persistent=True) as tape:
        real, fake = X @ w, (X + 1.0) @ w
        ones = np.ones_like(real)
        first, second = np.sum(ones * real), np.sum(fake**2)
    drawn = [{label_of(block).heading for block in ad.draw(tape, loss).sketch.blocks} for loss in (first, second)]
    assert "ones" in drawn[0] and not {"ones", "ones_like", "real"} & drawn[1]


def test_a_comparison_has_the_name_of_what_its_function_was_given():
    def leaky(x):
        return np.where(x > 0, x, 0.1 * x)

    def loss(w):
        hidden = X @ w
        return np.sum(leaky(hidden))

    assert {"hidden > 0"} <= set(labels(loss, np.ones(3)))


def test_what_a_call_of_another_name_computes_is_said_by_that():
    def loss(variances, x):
        noise = np.diag(np.exp(variances))
        upper = np.triu(x)
        return np.sum(noise) + np.sum(upper)

    found = formulas(loss, np.ones(3), np.ones((3, 3)), constants=True)
    assert found["noise"] == "= diag(exp(variances)), 3×3" and found["upper"] == "= triu(x), 3×3"
    assert not any("…" in heading for heading in found)


def test_what_takes_a_generator_apart_has_its_elements():
    def attention(weights, x):
        q, k, v = (x @ w for w in weights)
        return np.sum(q * k * v)

    found = formulas(attention, [np.ones((3, 2)), np.full((3, 2), 2.0), np.full((3, 2), 3.0)], X)
    assert {name: found[name] for name in "qkv"} == {name: f"= x @ weights[{n}], 8×2" for n, name in enumerate("qkv")}


def test_numbers_that_differ_in_what_is_rolled_up_are_not_those_of_the_first():
    signs = [1.0, -1.0] * 20 + [1.0]
    with ad.Tape(persistent=True) as tape:
        w = [ad.Value(float(k), name=f"w[{k}]") for k in range(41)]
        loss = sum((each * sign + 2.0) ** 2 * (1.0 + k) for k, (each, sign) in enumerate(zip(w, signs, strict=True)))
    headings = {label_of(block).heading for block in ad.draw(tape, loss, names={}, budget=12).sketch.blocks}
    assert {"w[…] × ±1 + 2  ×41", "(w[…] × ±1 + 2) ^ 2  ×41", "(w[…] × ±1 + 2) ^ 2 × ·  ×41"} <= headings


def test_images_with_a_border_are_said_to_have_one():
    nn.set_random_seed(0)
    layer, images = nn.Conv2D(2, 3, padding="same", use_bias=False), np.linspace(-1.0, 1.0, 32).reshape(1, 4, 4, 2)
    with ad.Tape(lines=True) as tape:
        loss = np.sum(layer(images))
    found = {label.heading: label for label in map(label_of, ad.draw(tape, loss).sketch.blocks)}
    assert found["images"].remark == "1×4×4×2"
    assert any("conv2d(pad(images, …), " in heading + label.remark for heading, label in found.items())


def test_the_result_of_an_object_has_the_name_of_the_object():
    class Layer:
        def __init__(self, scale):
            self.w = ad.Variable(np.full((3, 3), scale), name="w")

        def __call__(self, x):
            return np.tanh(x @ self.w)

    first, second = Layer(0.1), Layer(0.2)
    assert formulas(lambda x: np.sum(np.sin(first(x) + second(x))), X)["first + second"] == "8×3"


def test_labels_in_a_loss_have_their_whole_text_where_there_is_room():
    real_logits, loss = ad.Variable(np.ones((4, 1))), nn.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)
    with ad.Tape(lines=True) as tape:
        total = loss(np.ones_like(real_logits), real_logits) + 1.0
    (block,) = [block for block in ad.draw(tape, total).sketch.blocks if label_of(block).heading.startswith("smoothed(")]
    assert label_of(block).heading == "smoothed(ones_like(…))"
    assert label_of(block, FULLER[1]).heading == "smoothed(ones_like(real_logits))"


def test_what_is_outside_of_a_view_has_its_formula():
    def inner(x):
        return np.sum(np.tanh(x @ np.ones((3, 2))))

    graph = ad.draw(lambda w: inner(X * w + 1.0) * 2.0, np.ones(3), names={}).sketch.graph
    assert {"X × w + 1"} <= {block.title for block in view_of(graph, "inner").blocks if block.kind == "outside"}


def test_what_several_calls_read_that_were_given_others_is_not_said_of_all():
    def halves(x):
        return np.transpose(np.reshape(x, (8, 2, 2)), (1, 0, 2))

    def norm(x):
        return (x - np.mean(x)) / np.sqrt(np.mean(x**2) + 1e-5)

    def block(x, wq, wk, wv):
        q, k, v = halves(x @ wq), halves(x @ wk), halves(x @ wv)
        return q * np.tanh(k) + v

    def loss(x, wq, wk, wv):
        return np.sum(block(norm(x), wq, wk, wv))

    nodes = ad.draw(loss, X, *(np.full((3, 4), float(k)) for k in (1, 2, 3)), names={}).sketch.graph.nodes
    given = [node for node in nodes if node.name in ("q", "k", "v")]
    assert len(given) == 3 and "w" not in text_of_all(given, FULLER[0])
    assert "x @ wq" in text_of_all(given[:1], FULLER[0]), text_of_all(given[:1], FULLER[0])
    products = [node for node in nodes if node.op is ad.matmul.op]
    assert computed(products) == ("norm @ (wq, …)", "") and computed(products[:1]) == ("norm @ wq", "")


def test_the_second_result_of_a_function_is_the_one_that_a_rolled_up_formula_says():
    def forward(weights, x):
        return np.tanh(x @ weights)

    def mse(out, y):
        return np.mean((out - y) ** 2)

    def loss(w):
        total = 0.0
        for _ in range(3):
            total = total + mse(forward(w, X), X) + mse(forward(np.sin(w), X), X)
        return total

    nodes = ad.draw(loss, np.eye(3), names={}).sketch.graph.nodes
    second = [node for node in nodes if node.op is ad.mean.op][1::2]
    assert len(second) == 3 and text_of_all(second, PRINT) == "mean((forward (2) − X) ^ 2)"


def test_rows_that_each_turn_picks_from_a_table_are_not_called_the_table():
    table, w = np.arange(12.0).reshape(6, 2), ad.Variable(np.ones(3), name="w")
    with ad.Tape(lines=True) as tape:
        total = 0.0
        for rows in ([0, 1, 2], [2, 3, 4], [1, 3, 5]):
            total = total + np.sum(w @ table[rows])
    found = {label_of(block).heading.partition("  ×")[0] for block in ad.draw(tape, total, budget=10, names={}).sketch.blocks}
    assert "table[rows]" in found and "table" not in found


def test_the_number_of_a_module_is_not_taken_for_a_result_of_the_program():
    def loss(logits):
        pi = np.tanh(logits)
        return np.sum(pi - 0.5 * np.log(2 * np.pi))

    found = formulas(loss, X)
    assert any("log(2 × π)" in f"{heading} {how}" for heading, how in found.items()), found


def test_two_formulas_of_one_line_that_are_one_box_are_both_said():
    def rosenbrock(x, y):
        return (1.5 - x) ** 2 + 10.0 * (y - x**2) ** 2

    nodes = ad.draw(rosenbrock, 0.5, 2.0, names={}).sketch.graph.nodes
    differences = [node for node in nodes if node.op is ad.subtract.op]
    assert label_of(Block("op", differences, "", times=2)).heading == "1.5 − x, y − x ^ 2  ×2"


def test_a_formula_that_would_be_nothing_but_dots_is_a_little_longer():
    def loss(state, observed_hares, observed_lynx):
        hares, lynx = np.tanh(state), np.sin(state)
        return (hares - observed_hares) ** 2 + (lynx - observed_lynx) ** 2

    (node,) = ad.draw(loss, 0.5, 2.0, 3.0, names={}).sketch.graph.targets
    assert formula(node, PRINT) == "(hares − observed_hares) ^ 2 + · ^ 2"
