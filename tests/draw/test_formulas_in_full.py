"""Where a page has room, formulas stand in full, in two lines."""

import re

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.blocks import Label
from autodiff.drawing.clipping import FULLER, NARROW, PRINT, in_lines
from autodiff.drawing.legible import NEARLY
from autodiff.drawing.picture import Picture
from autodiff.drawing.svg import ROW, measures, size_of_box

ROOMY = FULLER[0]
X, Y = np.ones((8, 3)), np.ones((8, 1))


def network():
    """A loss whose last formula is longer than a line."""
    w1, b1 = ad.Variable(np.full((3, 4), 0.1), name="w1"), ad.Variable(np.zeros(4), name="b1")
    w2, scale = ad.Variable(np.full((4, 1), 0.1), name="w2"), ad.Variable(2.0, name="scale")

    def loss(x, y):
        prediction = np.tanh(x @ w1 + b1) @ w2
        return np.mean((prediction - y) ** 2 / (2.0 * scale**2)) + 0.01 * (np.sum(w1**2) + np.sum(w2**2))

    return loss


def texts(picture):
    return [f"{label.heading}  {label.remark}".replace("\n", " ") for label in picture._measures.labels.values()]


def test_formulas_are_whole_where_there_is_room():
    picture = ad.draw(network(), X, Y)
    assert picture.style in FULLER and picture.is_clear
    brief = Picture(picture.sketch, style=NARROW)
    assert sum("·" in text for text in texts(brief)) > 3 > sum("·" in text for text in texts(picture))
    assert picture.scale > NEARLY * min(brief.scale, 1.0)
    assert "mean((prediction − y) ^ 2 ÷ (2 × scale ^ 2))  " in texts(picture)


def test_in_a_direction_that_the_caller_chose_a_formula_has_one_line():
    assert ad.draw(network(), X, Y, rankdir="LR").style == PRINT


@pytest.mark.parametrize("options", [{"budget": 60}, {"collapse": False}])
def test_formulas_are_whole_in_what_the_caller_folded(options):
    assert ad.draw(network(), X, Y, **options).style in FULLER


def test_a_picture_whose_texts_are_whole_is_not_laid_out_again(monkeypatch):
    monkeypatch.setattr(ad.drawing.legible, "FULLER", None)
    picture = ad.draw(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0)
    assert picture.style == NARROW


def test_a_page_that_would_be_much_smaller_keeps_its_brief_formulas(monkeypatch):
    monkeypatch.setattr(ad.drawing.legible, "NEARLY", 10.0)
    assert ad.draw(network(), X, Y).style == NARROW


def test_svg_and_dot_have_all_lines_of_a_label():
    picture = ad.draw(network(), X, Y)
    broken = [label for label in picture._measures.labels.values() if "\n" in label.heading + label.remark]
    svg, dot = (re.sub(r"<[^>]*>", "\n", text) for text in (picture.render("svg").decode(), picture.source))
    assert broken
    for label in broken:
        for line in f"{label.heading}\n{label.remark}".split("\n"):
            assert not line or (f"\n{line}\n" in svg and f"\n{line}\n" in dot)


@pytest.mark.parametrize("heading, remark, lines", [
    ("a", "", [("a", "")]),
    ("a", "= b", [("a", "= b")]),
    ("a\n+ b", "4×3", [("a", ""), ("+ b", "4×3")]),
    ("a", "= b\n+ c, 4", [("a", "= b"), ("", "+ c, 4")]),
])  # fmt: skip
def test_a_box_has_room_for_its_lines(heading, remark, lines):
    label = Label(heading, remark, (("value", "1"),))
    assert label.lines == lines
    assert size_of_box(label, False)[1] - size_of_box(Label("a", "", label.rows), False)[1] == ROW * (len(lines) - 1)


@pytest.mark.parametrize("text, lines", [
    ("x + y", ["x + y"]),
    ("where(causal_mask == 1, scores (2), minus_infinity)", ["where(causal_mask == 1,", "scores (2), minus_infinity)"]),
    ("activations @ output_weights + output_bias − targets", ["activations @ output_weights", "+ output_bias − targets"]),
    ("mean((prediction − targets) ^ 2 ÷ (2 × scale ^ 2))", ["mean((prediction − targets)", "^ 2 ÷ (2 × scale ^ 2))"]),
    ("momentum × rate × (velocity at hop 1) + learning_rate", ["momentum × rate × (velocity at hop 1)", "+ learning_rate"]),
])  # fmt: skip
def test_a_long_text_is_broken_before_a_sign_and_not_within_a_name(text, lines):
    assert in_lines(text, ROOMY).split("\n") == lines and in_lines(text, PRINT) == text


def test_a_long_word_is_cut():
    assert len(in_lines("a" * 60, ROOMY)) <= ROOMY.line and "…" in in_lines("a" * 60, ROOMY)


def test_a_second_line_of_a_few_characters_is_none():
    assert "\n" not in in_lines("mean(temperature_of_plate_and_rods + error ^ 2)"[:34] + "_and_of_more ^ 2", ROOMY)


def test_boxes_of_brief_texts_are_as_they_were():
    sketch = ad.draw(network(), X, Y).sketch
    assert not any("\n" in label.heading + label.remark for label in measures(sketch).labels.values())


def test_no_line_ends_with_the_word_that_begins_a_list():
    assert in_lines("by add, multiply, divide", ROOMY._replace(line=26), 24).split("\n") == ["by add,", "multiply, divide"]
    assert in_lines("6, by maximum, exp", ROOMY._replace(line=20), 8).split("\n") == ["6,", "by maximum, exp"]
