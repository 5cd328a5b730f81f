"""Graphviz is imported when a picture is made as DOT, png or pdf, and else never."""

import subprocess
import sys

import pytest

PROGRAMS = {  # in one process, one after another: what one has loaded, the next ones have too
    "the engine": "import autodiff as ad",
    "a tree in the terminal": "ad.show(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0)",
    "a picture that is not rendered": "picture = ad.draw(lambda w, x: w * x, 2.0, 5.0)",
    "a player that is not rendered": "ad.play(lambda w, x: w * x, 2.0, 5.0)",
    "the package": "import autodiff.drawing",
    "a picture as svg": "picture.render('svg')",
    "a player": "ad.play(lambda w, x: w * x, 2.0, 5.0).html",
    "a zoom": "with ad.Tape(): ad.show(ad.zoom(ad.exp(ad.Variable([1.0])), 0).value)",
    "the source of a picture": "picture.source",
    "a digraph": "picture.digraph",
}


@pytest.fixture(scope="module")
def loaded():
    """The modules that are there after each program."""
    tell = "\nprint('loaded', *sys.modules)\n"
    code = "import sys\n" + "".join(program + tell for program in PROGRAMS.values())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    told = [set(line.split()[1:]) for line in done.stdout.splitlines() if line.startswith("loaded ")]
    return dict(zip(PROGRAMS, told, strict=True))


@pytest.mark.parametrize("program", [name for name in PROGRAMS if name != "a digraph"])
def test_graphviz_is_not_loaded_by(loaded, program):
    assert not loaded[program] & {"graphviz", "pygraphviz"}
    if "not rendered" in program:
        assert not loaded[program] & {"autodiff.drawing.dot", "autodiff.drawing.layout", "autodiff.drawing.svg"}


def test_the_engine_loads_neither_the_pictures_nor_the_check(loaded):
    unwanted = ("autodiff.drawing", "autodiff.check", "scipy", "nn")
    assert not {name for name in loaded["the engine"] if name.startswith(unwanted)}


def test_graphviz_is_loaded_for_a_digraph(loaded):
    assert "graphviz" in loaded["a digraph"]


def test_a_tree_needs_no_graphviz():
    code = "import sys; sys.modules['graphviz'] = None; import autodiff as ad; ad.show(lambda w: w * 2.0, 2.0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
