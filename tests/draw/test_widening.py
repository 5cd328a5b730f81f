"""What a slide has room for is open: more groups than the budget of boxes demands, and the turns of a loop one by one."""

from dataclasses import replace

import numpy as np
import pytest

import autodiff as ad
import nn
from autodiff.drawing import legible
from autodiff.drawing.clipping import NARROW
from autodiff.drawing.labels import label_of
from autodiff.drawing.opening import openings
from autodiff.drawing.outlined import outline
from autodiff.drawing.parts import Fold, heading
from autodiff.drawing.picture import Picture
from autodiff.drawing.subject import graph_of
from autodiff.drawing.widening import kinds_of, wider
from tests.draw.test_slide import smallest_text

GATES = "fioc"


def headings(picture):
    return [label_of(block).heading for block in picture.sketch.blocks]


def closed(picture):
    return [block.title.rpartition("/")[2] for block in picture.sketch.blocks if block.paths]


def frames(picture):
    return {block.group for block in picture.sketch.blocks if block.group}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell(p, x, h, c):
    xh = np.concatenate([x, h], axis=1)
    forget = sigmoid(xh @ p["W_f"] + p["b_f"])
    inp = sigmoid(xh @ p["W_i"] + p["b_i"])
    out = sigmoid(xh @ p["W_o"] + p["b_o"])
    candidate = np.tanh(xh @ p["W_c"] + p["b_c"])
    c = forget * c + inp * candidate
    return out * np.tanh(c), c


def lstm(p, sequence):
    h = c = np.zeros((6, 5))
    for t in range(4):
        h, c = cell(p, sequence[t], h, c)
    return np.mean((h @ p["W_y"]) ** 2)


def lstm_picture(**options):
    rng = np.random.default_rng(1)
    p = {f"W_{gate}": rng.normal(0, 0.3, (8, 5)) for gate in GATES} | {f"b_{gate}": np.zeros(5) for gate in GATES}
    sequence = rng.normal(size=(4, 6, 3))
    p = {name: ad.Variable(value) for name, value in p.items()} | {"W_y": ad.Variable(rng.normal(0, 0.3, (5, 2)))}
    with ad.Tape(lines=True) as tape:
        loss = lstm(p, sequence)
    return ad.draw(tape, loss, **options)


def coupling(p, kept, changed):
    hidden = np.tanh(kept @ p["w_in"] + p["b_in"])
    log_scale = np.tanh(hidden @ p["w_scale"])
    shift = hidden @ p["w_shift"]
    return changed * np.exp(log_scale) + shift, np.sum(log_scale, axis=1)


def log_likelihood(layers, points):
    left, right = points[:, :1], points[:, 1:]
    right, log_det1 = coupling(layers[0], left, right)
    left, log_det2 = coupling(layers[1], right, left)
    z = np.concatenate([left, right], axis=1)
    log_prior = -0.5 * np.sum(z**2, axis=1) - np.log(2 * np.pi)
    log_det = log_det1 + log_det2
    return np.mean(log_prior + log_det)


def flow_picture():
    rng = np.random.default_rng(7)
    shapes = {"w_in": (1, 8), "b_in": (8,), "w_scale": (8, 1), "w_shift": (8, 1)}
    weights = [{name: ad.Variable(rng.normal(0, 0.3, shape)) for name, shape in shapes.items()} for _ in range(2)]
    points = rng.normal(size=(40, 2))
    with ad.Tape(lines=True) as tape:
        nll = -log_likelihood(weights, points)
    return ad.draw(tape, nll)


HOURS, SLEEP, PASSED = (0.5, 2.0, 3.5), (8.0, 6.0, 7.0), (0, 0, 1)


def logistic(w_hours, w_sleep, bias):
    loss = 0.0
    for h, s, y in zip(HOURS, SLEEP, PASSED):
        z = w_hours * h + w_sleep * s + bias
        p = 1 / (1 + (-z).exp())
        loss = loss - p.log() if y == 1 else loss - (1 - p).log()
    return loss / 3


def test_of_a_loop_the_first_turn_is_open_where_a_slide_has_room():
    """Each of the four cells closed, the picture of an LSTM has no gate."""
    picture = lstm_picture()
    assert any("forget" in heading for heading in headings(picture)) and "candidate" in headings(picture)
    assert [title for title in closed(picture) if title.startswith("cell")] == ["cell 1–3 ×3"]
    assert smallest_text(picture) >= 8.995


def test_weights_that_the_same_boxes_read_are_one_in_a_small_picture():
    assert {"W_f, b_f", "W_i, b_i", "W_o, b_o", "W_c, b_c"} <= set(headings(lstm_picture()))


@pytest.mark.parametrize("most, expected", [(40, []), (20, ["coupling (2)"]), (10, ["coupling (1)", "coupling (2)"])])
def test_calls_of_one_function_are_open_as_far_as_a_page_has_room(most, expected, monkeypatch):
    class Small(Picture):
        @property
        def is_clear(self):
            return len(self.sketch.blocks) <= most

    monkeypatch.setattr(legible, "SMALLER", (10,))
    monkeypatch.setattr(legible, "HOPED", 0.0)
    monkeypatch.setattr(legible, "Picture", Small)
    picture = flow_picture()
    assert closed(picture) == expected and headings(picture).count("hidden") == 2 - len(expected)


def test_turns_of_a_loop_are_drawn_one_by_one_where_the_page_is_no_smaller():
    """A running sum over three points, rolled up, is `loss ×2` and `loss at step 2`."""
    picture = ad.draw(logistic, 0.4, -0.1, 0.0)
    assert {"step 0", "step 1", "step 2"} <= frames(picture)
    assert {"loss at step 0", "loss at step 1", "loss at step 2"} <= set(headings(picture))
    assert smallest_text(picture) >= 13.9


@pytest.mark.parametrize("options", [{"budget": 20}, {"rankdir": "TB"}, {"collapse": False, "budget": 20}])
def test_what_the_caller_chose_is_drawn(options, monkeypatch):
    tried = []
    monkeypatch.setattr(legible, "widened", lambda *args: tried.append(args))
    lstm_picture(**options)
    assert not tried


def test_pages_are_laid_out_only_as_long_as_there_is_hope(monkeypatch):
    """Each takes as long as the whole picture does. Those in other styles have the same boxes."""
    tries = []

    class Refused(Picture):
        @property
        def is_clear(self):
            tries.extend([len(self.sketch.blocks)] * (self.style == NARROW))
            return False

    monkeypatch.setattr(legible, "Picture", Refused)
    picture = lstm_picture()
    assert 0 < len(tries) <= legible.TRIES and max(tries) < 2.2 * len(picture.sketch.blocks)
    assert len(closed(picture)) == 4


def test_a_picture_that_fills_its_slide_is_not_folded_again(monkeypatch):
    tried = []
    monkeypatch.setattr(legible, "widened", lambda *args: tried.append(args) or args[0])
    for hoped in (0.1, 2.0):
        monkeypatch.setattr(legible, "HOPED", hoped)
        flow_picture()
    assert len(tried) == 1


def test_a_page_that_is_broken_often_is_not_clear_though_its_texts_can_be_read(monkeypatch):
    picture = flow_picture()
    rankdir, layout = picture._places
    monkeypatch.setitem(vars(picture), "_places", (rankdir, replace(layout, pieces=1)))
    assert picture.is_clear
    monkeypatch.setitem(vars(picture), "_places", (rankdir, replace(layout, pieces=7)))
    assert picture.is_legible and not picture.is_clear


def turns(h, w):
    for _ in range(4):
        z = np.tanh(h @ w)
        h = z * w + np.exp(z) * h
    return np.sum(h)


def groups_in(parts):
    return sorted(heading(part.groups) for part in parts if part.groups)


def test_the_turns_of_a_loop_are_opened_all_or_the_first_alone_or_that_with_the_others_as_one():
    graph = graph_of(turns, (np.ones((3, 3)), np.ones((3, 3))), {}, False)
    fold = Fold(outline(graph.nodes, 60))
    fold.by_turns = True
    (loop,) = (part for part in fold.parts if part.groups)
    fold.parts = next(openings(fold, loop))
    held = fold.parts
    (alike,) = kinds_of(fold).values()
    tries = [groups_in(parts) for parts in wider(fold, alike)]
    assert groups_in(held) == [f"step {k}" for k in range(4)] and fold.parts is held
    assert tries == [[], ["step 1", "step 2", "step 3"], ["step 1–3 ×3"]]


def gate(x):
    z = np.exp(-x)
    return x / (1.0 + z) * z


def test_a_layer_stays_closed_and_a_function_of_the_program_does_not():
    """What a layer does its name says."""
    nn.set_random_seed(0)
    layer = nn.Dense(4, lambda x: x / (1.0 + np.exp(-x)) * x)
    graph = graph_of(lambda x: np.mean(gate(layer(x)) ** 2), (np.ones((5, 4)),), {}, False)
    fold = Fold(outline(graph.nodes, 60))
    assert [stem for _, stem in kinds_of(fold)] == ["gate"] and len(groups_in(fold.parts)) == 2


def pendulum(length):
    def step(angle, speed, length):
        pull = -9.81 / length * np.sin(angle) - 0.3 * speed
        angle = angle + 0.05 * speed
        return angle, speed + 0.05 * pull

    angle, speed, angles = 0.5, 0.0, []
    for _ in range(5):
        for _ in range(3):
            angle, speed = step(angle, speed, length)
        angles.append(angle)
    return sum(each**2 for each in angles)


def test_turns_of_loops_in_several_turns_of_another_are_in_no_frame_of_one_of_these():
    blocks = ad.draw(pendulum, 1.2, names={}).sketch.blocks
    held = [(block.group, path) for block in blocks for path in block.paths if "×" not in block.group]
    assert held and all(path.startswith(group) for group, path in held), held
