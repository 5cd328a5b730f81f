"""docs/kinks.md says what every operation returns at ties, zeros and edges: each row of its tables is a test."""

import sys
from pathlib import Path

import numpy as np
import pytest
from together import each

import autodiff as ad
import nn

sys.path.append(str(Path(__file__).resolve().parent.parent / "docs"))
import kink_rows

NUMBERS = {"inf": np.inf, "nan": np.nan}


def rows():
    """(function, at, value, gradient, order) of every row, as written, by an id."""
    return {f"{row.function} at {row.at}, {row.order}": (*row[:4], row.order) for row in kink_rows.rows()}


def numbers(text):
    return eval(text, NUMBERS)


def bound(at):
    """`x, y = 0, 1` as {"x": 0, "y": 1}."""
    names, numbers_of = at.split(" = ")
    several = ", " in names
    return dict(zip(names.split(", "), numbers(numbers_of) if several else [numbers(numbers_of)], strict=True))


@pytest.mark.parametrize("kind", [ad.constant, ad.Value], ids=["array", "Value"])
@each("function, at, value, gradient, order", rows())
def test_row(function, at, value, gradient, order, kind):
    point = bound(at)
    if kind is ad.Value and any(np.ndim(x) for x in point.values()):
        kind = ad.constant
    boxes = {name: kind(float(x) if np.ndim(x) == 0 else np.array(x, float)) for name, x in point.items()}
    xs = list(boxes.values())
    with np.errstate(all="ignore"), ad.Tape() as outer:
        outer.watch(xs)
        with ad.Tape() as tape:
            tape.watch(xs)
            y = eval(function, {"np": np, "ad": ad, "nn": nn, **boxes})
        found = tape.gradient(y, xs)
    if order == 2:
        found = outer.gradient([g for g in found if g is not None], xs)
    expected = numbers(gradient) if len(boxes) > 1 else [numbers(gradient)]
    np.testing.assert_allclose(np.asarray(y), numbers(value), rtol=1e-5)
    for got, g in zip(found, expected, strict=True):
        if g is None or got is None:
            assert got is g, f"the gradient is {got}, the page says {g}"
        else:
            np.testing.assert_allclose(np.asarray(got), g, rtol=1e-5, atol=1e-12)


def test_the_page_has_its_rows():
    """As many as it has lines that look like one."""
    lines = [line for line in kink_rows.PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(rows()) == len(lines) > 80
