"""What a reader meets in pictures of programs: pages of a size that can be followed, and texts that say what they mean."""

import re

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing import fold, summary
from autodiff.drawing.labels import edge_label, label_of
from autodiff.drawing.parts import heading_of
from autodiff.drawing.picture import ACROSS, ALONG
from tests.draw import small_gpt

rng = np.random.default_rng(0)
GATES = {name: rng.normal(size=(7, 4)) * 0.3 for name in ("forget", "input", "output", "cell")}
SERIES = rng.normal(size=(4, 5, 3))


def lstm(gates, series):
    h, c = np.zeros((5, 4)), np.zeros((5, 4))
    for step in range(4):
        z = np.concatenate([series[step], h], axis=1)
        f, i, o = (1 / (1 + np.exp(-(z @ gates[name] + 0.1))) for name in ("forget", "input", "output"))
        c = f * c + i * np.tanh(z @ gates["cell"] + 0.1)
        h = o * np.tanh(c)
    return np.mean(h**2)


def page_of(picture):
    found = re.search(r'width="(\d+)pt" height="(\d+)pt"', picture.render().decode())
    return int(found[1]), int(found[2])


def test_a_page_too_large_to_be_read_is_folded_further_and_no_page_that_somebody_asked_for():
    whole, picture = ad.draw(lstm, GATES, SERIES, budget=150), ad.draw(lstm, GATES, SERIES)
    assert not whole.is_legible and page_of(whole)[0] > ACROSS
    assert picture.is_legible and page_of(picture)[0] < ACROSS + 50 and page_of(picture)[1] < ALONG + 50
    assert 5 < len(picture.sketch.blocks) < 60 < len(whole.sketch.blocks) and "drawn as" in picture.note
    assert len(ad.draw(lstm, GATES, SERIES, collapse=False).sketch.blocks) == len(whole.sketch.blocks)


def siamese(w1, w2, left, right, same):
    def embed(x):
        e = np.tanh(x @ w1) @ w2
        e = np.exp(e - np.max(e, axis=1, keepdims=True))
        e = np.log1p(e / np.sum(e, axis=1, keepdims=True))
        return e / np.sqrt(np.sum(e**2, axis=1, keepdims=True))

    a, b = embed(left), embed(right)
    d = np.sqrt(np.sum((a - b) ** 2, axis=1) + 1e-8)
    return np.mean(same * d**2 + (1 - same) * np.maximum(1.0 - d, 0.0) ** 2)


def test_a_long_page_is_folded_until_a_slide_shows_it_and_its_boxes_have_names_of_the_program():
    pair = [rng.normal(size=shape) for shape in ((4, 5), (5, 3), (6, 4), (6, 4))]
    picture = ad.draw(siamese, *pair, np.ones(6))
    width, height = page_of(picture)
    assert min(924 / width, 500 / height) > 0.55 and picture.is_legible
    names = {label.heading for label in labels(picture)}
    assert {"a", "b", "d", "siamese", "same"} <= names and not names & {"power", "sum", "sqrt", "+", "1"}
    assert len(ad.draw(siamese, *pair, np.ones(6), collapse=False).sketch.blocks) > 40


def test_a_page_is_not_folded_so_far_that_one_box_holds_most_of_the_program():
    picture = ad.draw(small_gpt.loss_of, [0, 1, 2, 3])
    whole = sum(len(block.members) for block in picture.sketch.blocks)
    assert len(picture.sketch.blocks) > 15 and picture.is_followed
    assert not any(block.paths and 2 * len(block.members) > whole for block in picture.sketch.blocks)


def test_constants_are_written_into_their_ops_where_a_small_graph_is_folded():
    graph = ad.draw(siamese, *(np.ones((3, 3)) for _ in range(4)), np.ones(3), budget=30).sketch
    assert not any(block.kind == "constant" for block in graph.blocks) and "constants written" in graph.note


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_a_page_is_legible_by_its_extent_across_the_arrows(rankdir):
    picture = ad.draw(lambda x: ad.sum(ad.sin(ad.cos(x)) * x), np.ones(3), rankdir=rankdir)
    assert picture.is_legible and picture.direction == rankdir


# -- texts ---------------------------------------------------------------------------------------------------------------


def labels(picture):
    return [label_of(block) for block in picture.sketch.blocks]


def test_a_shape_is_set_apart_from_the_formula_before_it():
    found = {label.heading: label.remark for label in labels(ad.draw(affine, np.ones((5, 2)), np.ones(2)))}
    assert found["z"] == "= w @ average + b[0], 5" and found["mean(w × b, axis=0)"] == "2" and found["w"] == "5×2"


def affine(w, b):
    average = 2.0 * np.mean(w * b, axis=0)
    z = w @ average + b[0]
    return np.sum(z)


def test_a_shape_beside_an_arrow_is_no_derivative():
    (label,) = {edge_label(link) for link in ad.draw(np.sum, np.ones(3)).sketch.links}
    assert label == "[3]"


@pytest.mark.parametrize("names, heading", [
    (["linear 0 (1)", "linear 0 (2)", "linear 1 (1)", "linear 2 (2)"], "linear 0–2"),
    (["step 0 (a)", "step 1 (b)"], "step 0–1"),
    (["dense (1)", "dense_1 (1)", "dense (2)"], "dense, dense_1"),
])  # fmt: skip
def test_numbers_of_two_kinds_in_a_heading(names, heading):
    assert heading_of(names) == heading


def test_a_sum_that_rolls_up_one_term_at_a_time_says_no_number():
    picture = ad.draw(lambda x: ad.sum([ad.sin(x * k) + 1.0 for k in range(200)]), 0.5)
    assert not any("of 1 term" in label.remark for label in labels(picture))


def test_a_closed_group_without_parameters_has_no_number_of_weights():
    found = [label for label in labels(ad.draw(lstm, GATES, SERIES)) if label.heading.startswith("step")]
    assert found and not any(caption == "weights" for label in found for caption, _ in label.rows)


def test_a_folded_graph_without_call_sites_says_how_to_get_names():
    leaves = [ad.Value(float(k)) for k in range(200)]
    with ad.Tape(persistent=True) as plain:
        loss = sum(x * x for x in leaves)
    with ad.Tape(persistent=True, lines=True) as noted:
        same = sum(x * x for x in leaves)
    assert "Tape(lines=True)" in ad.draw(plain, loss).note and "Tape(" not in ad.draw(noted, same).note


# -- groups --------------------------------------------------------------------------------------------------------------


def slope_loss(x):
    with ad.Tape() as tape:
        tape.watch(x)
        y = np.sum(np.sin(x * x))
    slope = tape.gradient(y, x)
    return np.sum(slope**2)


def test_what_a_tape_computes_for_an_outer_one_is_a_group_of_its_own():
    nodes = [node for block in ad.draw(slope_loss, np.ones(3)).sketch.blocks for node in block.members if node.op]
    groups = {node.name or node.op.name: node.group for node in nodes}
    assert groups["cos"] == groups["slope"] == "gradient" and groups["slope_loss"] == "" and groups["power"] == ""


def normalized(model, x):
    convolution, norm = model
    return ad.mean(ad.relu(norm(convolution(x), training=True)))


def test_an_activation_of_the_user_is_in_no_layer_and_the_padding_is_in_its_convolution():
    nn.set_random_seed(0)
    layers = [nn.Conv2D(2, 3, padding="same"), nn.BatchNormalization()]
    x = np.ones((2, 5, 5, 1), np.float32)
    normalized(layers, x)
    nodes = [node for block in ad.draw(normalized, layers, x).sketch.blocks for node in block.members if node.op]
    groups = {(node.op.label or node.op.name): node.group.rpartition("/")[2] for node in nodes}
    assert groups["pad"] == groups["conv2d"] == "conv2d" and groups["standardize"] == "batch_normalization"
    assert not any("conv2d" in node.group or "batch" in node.group for node in nodes if node.op.name in ("relu", "maximum"))


# -- names ---------------------------------------------------------------------------------------------------------------


def over_texts_and_floats(w):
    total = 0.0
    for name in ("encoder", "decoder"):
        h = ad.tanh(w * len(name)) + 0.5
        total = total + h * w
    for y in (0.5, 0.25):
        error = (total - y) ** 2
        total = total * error
    return total


def test_a_turn_is_called_by_its_text_and_never_by_a_number_that_its_variable_is_not():
    graph = ad.draw(over_texts_and_floats, 2.0).sketch.graph
    names = {node.name for node in graph.nodes if node.op}
    assert {"h at encoder", "h at decoder", "error at step 0", "error at step 1"} <= names
    assert {"encoder", "decoder", "step 0", "step 1"} <= {node.group for node in graph.nodes}


def test_elements_by_arrays_are_named_once():
    picture = ad.draw(lambda table: np.sum(table[np.array([0, 2])]) + np.sum(table[np.ones(3) > 0.5]), np.ones(3))
    found = {label.heading: label.remark for label in labels(picture)}
    assert found["table[array([0, 2])]"] == "2" and found["table[ones(3) > 0.5]"] == "3"


def test_a_constant_has_the_minus_of_print():
    assert "−0.5" in [label.heading for label in labels(ad.draw(lambda x: -0.5 * x, 2.0))]


def test_the_outline_of_a_graph_is_found_once_for_all_the_pages_that_are_tried(monkeypatch):
    found, tried = [], []
    outline, sketch = fold.outline, fold.Folding.sketch
    monkeypatch.setattr(fold, "outline", lambda *args: found.append(args) or outline(*args))
    monkeypatch.setattr(fold.Folding, "sketch", lambda self, *args, **how: tried.append(args) or sketch(self, *args, **how))
    graph = ad.draw(small_gpt.loss_of, [0, 1, 2, 3]).sketch.graph
    assert len(tried) > 1 and len(found) == 1 and len(graph.nodes) > 150


def test_a_box_that_stands_in_several_of_the_pages_that_are_tried_is_described_once(monkeypatch):
    described, pages = [], []
    rolled, layout = summary.rolled_label, ad.drawing.picture.Picture._layout

    def noted(block, style):
        described.append((frozenset(block.members), style))
        return rolled(block, style)

    monkeypatch.setattr(summary, "rolled_label", noted)
    monkeypatch.setattr(ad.drawing.picture.Picture, "_layout", lambda self, *way: pages.append(self) or layout(self, *way))
    ad.draw(small_gpt.loss_of, [0, 1, 2, 3])
    assert len(set(pages)) > 1 and len(described) == len(set(described))
    assert all(len(page.sketch.blocks) <= 36 for page in pages)  # no page of more boxes is laid out


# -- a GPT on scalars ----------------------------------------------------------------------------------------------------


def fits_a_slide(picture):
    width, height = page_of(picture)
    return min(924 / width, 500 / height) > 0.55


def test_weights_that_one_closed_group_reads_leave_the_page_to_what_a_slide_is_to_show():
    picture = ad.draw(small_gpt.loss_of, [0, 1, 2, 3])
    headings = [label.heading for label in labels(picture)]
    assert picture.is_legible and fits_a_slide(picture) and len(headings) > 15
    assert not any(heading.startswith(("layer0", "lm_head")) for heading in headings)
    assert any("mlp_fc1" in heading for heading in headings) and "wte" in headings


def test_boxes_of_a_graph_without_call_sites_are_named_by_the_weights_of_the_module_that_computed_it():
    with ad.Tape(persistent=True) as tape:
        loss = small_gpt.loss_of([0, 1, 2, 3])
    picture = ad.draw(tape, loss)
    headings = [label.heading for label in labels(picture)]
    assert fits_a_slide(picture) and 15 < len(headings) <= 60 and headings[-1] == "loss"
    also = {"attn_wo": ", add", "mlp_fc1": ", relu", "mlp_fc2": ", add"}  # a residual, an activation
    layers = [f"linear {name}{also.get(name.partition('.')[2], '')}" for name in small_gpt.weights if "layer0" in name]
    names = ["wte + wpe, multiply", "softmax", "linear lm_head, exp", *layers]
    assert {heading.partition("  ×")[0] for heading in headings} == {*small_gpt.weights, *names, "loss"}
    assert all(len({block.key for block in picture.sketch.blocks if node in block.members}) == 1
               for node in picture.sketch.graph.nodes if node.op)  # fmt: skip


def oscillator(k, m, c, x0):
    x, v = x0, 0.0
    for step in range(8):
        a = -(k / m) * x - c * v - 0.01 * step
        v = v + 0.1 * a
        x = x + 0.1 * v
    return (x - 0.5) ** 2


def test_a_page_is_broken_between_the_steps_of_a_loop():
    picture = ad.draw(oscillator, 2.0, 1.0, 0.3, 1.0)
    assert picture.is_legible and [frame.title for frame in picture._page[1].clusters] == [f"step {k}" for k in range(8)]


def test_a_page_whose_frames_are_all_torn_is_broken_nevertheless():
    picture = ad.draw(small_gpt.loss_of, [0, 1, 2, 3])
    paths = [frame.path for frame in picture._page[1].clusters]
    assert len(paths) > len(set(paths))
