"""Names that break pictures: very long ones, control characters, and the marks of the player's own page."""

import json
import re

import numpy as np
import pytest

import autodiff as ad

NAMES = {
    "long": "x" * 20_000,
    "long, of four bytes a character": "\U0001d4b3" * 20_000,
    "long, to be escaped": "\\" * 9_000,
    "a long layer": "l" * 20_000 + "/w",
    "many layers": "a/" * 8_000 + "w",
    "two lines": "a\nb",
    "a colour of the terminal": "a\x1b[31mb",
    "in a layer": "a/b\x1b/c",
    "zero": "a\0b",
    "half a pair": "\ud800",
    "right to left": "\u202eabc",
    "markup": "<b>&\"'\\",
    "escapes of Graphviz": "\\N\\G",
    "a mark of the page": "/*data*/",
    "several marks of the page": "<!--title-->/*script*//*data*/",
}


@pytest.fixture(params=NAMES)
def named(request):
    """A tape and what it recorded, where everything has the name."""
    name = NAMES[request.param]
    x = ad.Variable([1.0, 2.0], name=name)
    with ad.Tape(persistent=True) as tape:
        y = np.sum(x * x)
    y.name = name
    return tape, y


def test_they_are_drawn(named):
    assert ad.draw(*named).render().startswith(b"<?xml")


def test_the_player_has_its_data(named):
    page = ad.play(*named).html
    data = json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.S)[1])
    assert [node["kind"] for node in data["views"][-1]["nodes"]] and page.count('<script id="data"') == 1


def test_the_terminal_gets_no_control_characters(named, capsys):
    ad.show(named[1])
    shown = capsys.readouterr().out
    assert all(c == "\n" or c.isprintable() for c in shown) and len(shown.splitlines()) == 5, shown
