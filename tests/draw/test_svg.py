"""The svg of a picture: every text in its box, colours and dashes by what they mean, and text that stays text."""

import re
import xml.etree.ElementTree as ET
from importlib.resources import files

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing.text import width_of
from autodiff.drawing.theme import THEMES, blend

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*args, **options):
    return ET.fromstring(ad.draw(*args, **options).render("svg"))


def groups(root, kind):
    return {group.get("id"): group for group in root.iter(f"{SVG}g") if group.get("class") == kind}


def program():
    """Each kind of block and arrow: a parameter, an input, a constant, a cut, a sum, a target."""
    w, x = ad.Variable(np.ones((2, 3)), name="dense/w"), ad.Tensor(np.ones((4, 2)), "x")
    tape = ad.Tape(persistent=True)
    with tape:
        tape.watch(x)
        hidden = np.tanh(x @ w + 1.0)
        loss = np.sum(hidden * ad.stop_gradient(hidden))
    return tape, loss


def reach(text):
    """From where to where a text goes."""
    x, width = float(text.get("x")), float(text.get("textLength"))
    end = {"end": 0.0, "middle": 0.5, None: 1.0}[text.get("text-anchor")]
    return x - (1 - end) * width, x + end * width


@pytest.mark.parametrize("options", [{}, {"theme": "dark"}, {"rankdir": "TB"}, {"collapse": True}], ids=str)
def test_every_text_is_in_its_box(options):
    root = drawn(*program(), **options)
    for group in groups(root, "node").values():
        box = group.findall(f"{SVG}rect")[-1]
        left, right = float(box.get("x")), float(box.get("x")) + float(box.get("width"))
        for text in group.iter(f"{SVG}text"):
            low, high = reach(text)
            assert left + 4 < low and high < right - 4, "".join(text.itertext())
            assert float(box.get("y")) < float(text.get("y")) < float(box.get("y")) + float(box.get("height"))


def test_ids_titles_and_frames():
    root = drawn(*program())
    nodes, edges = groups(root, "node"), groups(root, "edge")
    assert list(nodes) == [f"n{k}" for k in range(len(nodes))] and list(edges) == [f"e{k}" for k in range(len(edges))]
    titles = [node.find(f"{SVG}title").text for node in nodes.values()]
    assert any(title.startswith("dense/w\nvalue all 1\ngradient ") for title in titles)
    assert len([group for group in root.iter(f"{SVG}g") if group.get("class") == "cluster"]) == 1
    assert "dense" in [text.text for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_of_the_theme(theme):
    root, colours = drawn(*program(), theme=theme), THEMES[theme]
    fills = {rect.get("fill") for rect in root.iter(f"{SVG}rect")}
    kinds = {colours.fills[kind][0] for kind in ("parameter", "input", "op", "target")}
    assert {colours.paper, colours.cluster, *kinds} <= fills
    assert colours.hot in {text.get("fill") for text in root.iter(f"{SVG}text")}


def contrast(one, other):
    """That of two colours by the Web Content Accessibility Guidelines."""
    lights = []
    for colour in (one, other):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        lights.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(lights) / min(lights)


def arrow_colours():
    """For each theme of a picture, and of the player, the colours of arrows and what may be behind them."""
    for colours in THEMES.values():
        yield colours.cold, colours.hot, colours.paper, colours.cluster
    style = (files("autodiff.drawing") / "player" / "page.css").read_text("utf-8")
    found = [re.findall(rf"--{name}: (#\w{{6}});", style) for name in ("cold", "hot", "paper", "cluster")]
    yield from set(zip(*found, strict=True))


def test_the_borders_of_constants_can_be_seen_on_dark():
    assert contrast(THEMES["dark"].fills["constant"][1], THEMES["dark"].paper) >= 3.0


def test_every_arrow_can_be_seen_and_cold_is_not_hot():
    several = list(arrow_colours())
    assert len(several) == 4
    for cold, hot, *grounds in several:
        assert all(contrast(blend(cold, hot, share / 10), ground) >= 3.0 for share in range(11) for ground in grounds)
        pairs = [(int(cold[k : k + 2], 16), int(hot[k : k + 2], 16)) for k in (1, 3, 5)]
        assert sum((a - b) ** 2 for a, b in pairs) ** 0.5 > 120


def test_arrows_are_wide_and_hot_where_much_gradient_flows_and_dashed_where_none_can():
    a, b = ad.Value(1.0), ad.Value(1.0)
    with ad.Tape() as tape:
        loss = 100.0 * a + 0.01 * b
    paths = drawn(tape, loss, constants=False).iter(f"{SVG}path")
    widths = {float(path.get("stroke-width")): path.get("stroke") for path in paths}
    assert max(widths) == 3.0 and widths[max(widths)] == THEMES["light"].hot and min(widths) < 1.0
    dashes = [path.get("stroke-dasharray") for path in drawn(*program()).iter(f"{SVG}path")]
    assert "1.5 3" in dashes and "5 3" in dashes and None in dashes


def test_what_stands_for_many_has_two_borders():
    root = drawn(*program(), collapse=True)
    assert sorted(len(node.findall(f"{SVG}rect")) for node in groups(root, "node").values())[-1] == 2


def test_the_failed_op_is_red_and_the_error_stands_below():
    root = drawn(lambda w, v: (w * 2.0) @ v, np.ones((2, 3)), np.ones((5, 1)))
    red = THEMES["light"].fills["failed"]
    assert [rect.get("fill") for rect in root.iter(f"{SVG}rect")].count(red[0]) == 1
    assert any(text.get("fill") == red[1] and "not aligned" in text.text for text in root.iter(f"{SVG}text"))


def test_a_picture_that_is_too_wide_for_a_page_goes_down_it():
    def deep(x, w):
        for _ in range(6):
            x = np.tanh(x * w)
        return np.sum(x)

    short, wide = ad.draw(lambda w, x: w * x, 2.0, 5.0), ad.draw(deep, np.ones((3, 4)), np.linspace(0.123, 0.456, 4))
    assert short.rankdir == "LR" and wide.rankdir == "TB"
    assert ad.draw(deep, np.ones(3), np.ones(3), rankdir="RL").rankdir == "RL"


WIDTHS = [("value", False, 2390), ("value", True, 2557), ("é", False, 610), ("日本", False, 2000), ("e\u0301", False, 556)]


@pytest.mark.parametrize("text, bold, width", WIDTHS)
def test_the_width_of_a_text(text, bold, width):
    assert width_of(text, 1000.0, bold) == width
