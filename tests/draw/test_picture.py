"""Pictures: they hold what the graph says, escape every label, come in every format, and need Graphviz for png and pdf only."""

import itertools
import math
import re
import stat
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autodiff as ad
from autodiff.drawing import render

NASTY = [
    "<b>&amp;</b>", "a|b{c}d", 'say "hi"', "back\\slash", "\\N \\G \\l", "σ(Wx+b) ∂L/∂θ", "tab\there", "line\nbreak", "nul\0",
    "\ud800", "x" * 300, "<", "<<b>>", " ", "日本語", "-->", "]]>", "'", "%s{0}", "node", "cluster_1/\\N",
]  # fmt: skip


def squared_error():
    w, x = ad.Value(2.0, name="w"), ad.Value(5.0, name="x")
    tape = ad.Tape(persistent=True)
    with tape:
        loss = (w * x - 1.0) ** 2
    return tape, loss


def texts(svg):
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


# -- what stands in it ---------------------------------------------------------------------------------------------------


def test_a_picture_shows_names_values_gradients_and_local_derivatives():
    shown = [text.strip() for text in texts(ad.draw(*squared_error()).render("svg"))]
    for expected in ("w", "2", "90", "x", "5", "36", "w × x", "10", "18", "w × x − 1", "9", "81", "value", "grad"):
        assert expected in shown


def test_gradients_that_are_not_computed_are_dashes():
    source = ad.draw(*squared_error(), gradients=False).source
    assert source.count(">–<") == 5 and "90" not in source


def test_dot_is_the_same_at_every_run_and_ids_count_up():
    first, second = (ad.draw(*squared_error()).source for _ in range(2))
    assert first == second
    assert re.findall(r"id=([ne]\d+)", first) == [f"n{k}" for k in range(7)] + [f"e{k}" for k in range(6)]


def test_leaves_constants_and_targets_are_told_apart():
    fills = re.findall(r'fillcolor="(#\w+)"', ad.draw(*squared_error()).source)
    assert len(set(fills)) == 4  # parameter, constant, op, target


def test_edges_are_wider_where_more_gradient_flows():
    a, b = ad.Value(1.0), ad.Value(1.0)
    with ad.Tape() as tape:
        loss = 100.0 * a + 0.01 * b
    widths = sorted(float(w) for w in re.findall(r"penwidth=([\d.]+)", ad.draw(tape, loss, constants=False).source)[1:])
    assert widths[0] < widths[-1]


def test_both_themes_and_directions():
    tape, loss = squared_error()
    assert "#14171c" in ad.draw(tape, loss, theme="dark").source
    assert "rankdir=BT" in ad.draw(tape, loss, rankdir="BT").source
    with pytest.raises(ValueError, match="theme is"):
        ad.draw(tape, loss, theme="blue")
    with pytest.raises(ValueError, match="rankdir is"):
        ad.draw(tape, loss, rankdir="up")
    with pytest.raises(ValueError, match="at least 10"):
        ad.draw(tape, loss, budget=3)


# -- labels ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_any_name_can_stand_in_a_picture(name):
    leaf = ad.Value(1.0, name=name)
    with ad.Tape() as tape:
        loss = leaf * 2.0
    svg = ad.draw(tape, loss).render("svg").decode()
    shown = "".join(texts(svg))
    if name.isprintable() and name.strip() and len(name) < 30 and name != "cluster_1/\\N":
        assert name in shown  # the last is a path: a cluster and a name


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_any_name_can_stand_in_dot(name):
    pytest.importorskip("pygraphviz", minversion="2")
    leaf = ad.Value(1.0, name=name)
    with ad.Tape() as tape:
        loss = leaf * 2.0
    shown = "".join(texts(render.rendered(ad.draw(tape, loss).source, "svg")))
    if name.isprintable() and name.strip() and len(name) < 30 and name != "cluster_1/\\N":
        assert name in shown
    assert "n0n0" not in shown and "%3" not in shown


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e-320, 1.7e308, -0.0, 1e15], ids=str)
def test_any_number_can_stand_in_a_picture(number):
    leaf, array = ad.Value(number), ad.Variable([number] * 5)
    with ad.Tape() as tape, np.errstate(all="ignore"):
        loss = leaf * 2.0 + np.sum(array)
    ET.fromstring(ad.draw(tape, loss).render("svg"))


def test_shapes_of_every_kind_can_stand_in_a_picture():
    for shape in ((), (0,), (1, 1), (2, 3, 4, 5), (0, 7)):
        v = ad.Variable(np.zeros(shape))
        with ad.Tape() as tape:
            loss = np.sum(v * 1.0)
        ET.fromstring(ad.draw(tape, loss).render("svg"))


def test_empty_and_single():
    with ad.Tape() as tape:
        pass
    assert repr(ad.draw(tape)) == "Picture(0 nodes, 0 edges)"
    ET.fromstring(ad.draw(tape).render("svg"))
    assert "w" in texts(ad.draw(ad.Value(2.0, name="w")).render("svg"))


# -- files and notebooks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending, magic", [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"digraph")])
def test_it_saves_itself(tmp_path, ending, magic):
    if ending in ("png", "pdf"):
        pytest.importorskip("pygraphviz", minversion="2")
    path = ad.draw(*squared_error()).save(tmp_path / f"graph.{ending}")
    assert path.read_bytes().startswith(magic)


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match="svg, png, pdf, dot"):
        ad.draw(*squared_error()).save(tmp_path / "graph.jpeg")


def test_a_notebook_shows_svg():
    bundle = ad.draw(*squared_error())._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}


# -- with the program `dot`, and without any Graphviz ----------------------------------------------------------------------


@pytest.fixture
def no_pygraphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


@pytest.fixture
def no_graphviz(no_pygraphviz, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_the_program_dot_is_used_if_that_is_what_there_is(no_graphviz, tmp_path):
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\nwhile read -r line; do :; done\necho "$*"\n')
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    assert b"-Tpdf" in ad.draw(*squared_error()).render("pdf")


def test_an_old_pygraphviz_is_passed_over(monkeypatch, tmp_path):
    class Old:
        __version__ = "1.14"

    monkeypatch.setitem(sys.modules, "pygraphviz", Old)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ad.NoGraphviz):
        render.rendered("digraph {}", "png")


def test_without_graphviz_the_error_gives_the_remedies(no_graphviz):
    picture = ad.draw(*squared_error())
    with pytest.raises(ad.NoGraphviz, match=r"(?s)pip install pygraphviz.*conda.*apt install.*graph\.svg.*works"):
        picture.render("png")


def everything_but_png(tmp_path):
    picture = ad.draw(*squared_error())
    assert set(picture._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    ET.parse(picture.save(tmp_path / "graph.svg"))
    assert "<html" in ad.play(*squared_error(), tmp_path / "page.html").html
    return picture


def test_without_graphviz_all_but_png_and_pdf_works(no_graphviz, tmp_path):
    assert everything_but_png(tmp_path).save(tmp_path / "graph.dot").read_text().startswith("digraph")


def test_without_the_package_graphviz_all_but_png_and_pdf_works(no_graphviz, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    picture = everything_but_png(tmp_path)
    for format in ("png", "pdf"):
        with pytest.raises(ad.NoGraphviz, match=r"(?s)pip install graphviz.*graph\.svg.*works"):
            picture.render(format)
    with pytest.raises(ad.NoGraphviz, match="pip install graphviz"):
        picture.digraph
    assert picture.render("dot").decode() == picture.source and picture.source.startswith("digraph")


def test_dot_is_the_same_with_and_without_the_package():
    picture = ad.draw(lambda w: (w * 2.0 - 1.0) ** 2, 2.0)
    written = picture.source
    assert picture.digraph.source == picture.source == written
    picture.digraph.node("added")
    assert "added" in picture.source


def test_names_shown_are_the_same_in_any_order():
    """No label depends on ids of objects or on hashing."""
    tape, loss = squared_error()
    for order in itertools.permutations([("a", loss), ("b", 3), ("c", tape)]):
        assert "<B>a</B>" in ad.draw(tape, loss, names=dict(order)).source
