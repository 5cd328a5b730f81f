"""A picture whose page `draw` chose is read on a slide: a window of 1280 x 720 pixels shows all of it, with no text under 9."""

import importlib
import re

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.figures import row
from autodiff.drawing.labels import label_of
from autodiff.drawing.svg import measures
from tests.draw.architectures import PROGRAMS

CHOSEN = sorted(set(PROGRAMS) - {"one head of microgpt"})  # somebody chose what to look into


def smallest_text(picture, window=(1280, 720)):
    """How many pixels high the smallest text is in a window that shows all of the page."""
    svg = picture.render().decode()
    width, height = map(float, re.search(r'viewBox="\S+ \S+ ([\d.]+) ([\d.]+)"', svg).groups())
    scale = min(4 / 3, window[0] / width, window[1] / height)  # a point is 4/3 pixels
    return scale * min(map(float, re.findall(r'font-size="([\d.]+)"', svg)))


@pytest.mark.parametrize("program", CHOSEN)
def test_no_text_is_under_nine_pixels_on_a_slide(program):
    assert smallest_text(PROGRAMS[program]()) >= 8.995


def test_of_many_turns_the_first_is_drawn_and_the_others_are_one_box():
    assert [block.title for block in PROGRAMS["deep"]().sketch.blocks if block.paths] == ["step 1–23 ×23"]


def test_a_page_that_no_slide_shows_is_scrolled_one_way(tmp_path, monkeypatch):
    """A function of twenty statements: folded, one box would hold the program."""
    statements = "".join(f"    h{k + 1} = np.tanh(h{k} * w)\n" for k in range(22))
    steps = f"import numpy as np\ndef steps(h0, w):\n{statements}    return h22\n"
    (tmp_path / "twenty_statements.py").write_text(steps + "def f(h, w):\n    return np.sum(steps(h, w))\n")
    monkeypatch.syspath_prepend(tmp_path)
    picture = ad.draw(importlib.import_module("twenty_statements").f, np.ones(3), np.ones(3))
    assert picture.is_followed and len(picture.sketch.blocks) > 20


# -- the room that boxes take ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw, text", [
    (np.array([0.2039, -0.6634, -0.03152]), "-0.6634 … 0.2039"), (np.array([0.0, 1.0, 0.0, 2.0]), "[0, 1, 0, 2]"),
    (np.array([-0.007222, -0.01023]), "[-0.007222, -0.01023]"),  # a range would be no shorter
    (np.array([np.nan, 0.123456, 0.234567, 0.345678]), "[nan, 0.1235, 0.2346, 0.3457]"),  # so it would not here
    (np.array([[0.12345], [0.23456], [0.34567]]), "0.1235 … 0.3457"), (None, "–"), (0.5, "0.5"),
])  # fmt: skip
def test_a_list_that_is_longer_than_its_range_is_drawn_as_the_range(raw, text):
    assert row(raw) == text


def test_a_box_of_four_numbers_is_about_as_wide_as_its_neighbours_and_its_tooltip_has_them_all():
    few, many = np.array([1.6834e-3, -4.2081e-2, 2.7139e-1, -1.5492e-2]), np.linspace(-0.4321, 0.3456, 24).reshape(6, 4)
    picture = ad.draw(lambda bias, kernel: np.sum(np.tanh(kernel + bias)), few, many)
    found = measures(picture.sketch)
    widths = {label.heading: found.sizes[block][0] for block, label in found.labels.items()}
    assert widths["bias"] < 1.15 * widths["kernel"]
    (bias,) = [block for block in picture.sketch.blocks if label_of(block).heading == "bias"]
    assert "[0.001683, -0.04208, 0.2714, -0.01549]" in label_of(bias).whole
