"""Graphviz is imported when a picture is made as DOT, png or pdf, and else never."""

import subprocess
import sys

import pytest

PROGRAMS = {
    "the engine": "import autodiff as ad",
    "the package": "import autodiff.drawing",
    "a tree in the terminal": "import autodiff as ad; ad.show(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0)",
    "a picture that is not rendered": "import autodiff as ad; ad.draw(lambda w, x: w * x, 2.0, 5.0)",
    "a player that is not rendered": "import autodiff as ad; ad.play(lambda w, x: w * x, 2.0, 5.0)",
    "a picture as svg": "import autodiff as ad; ad.draw(lambda w, x: w * x, 2.0, 5.0).render('svg')",
    "a player": "import autodiff as ad; ad.play(lambda w, x: w * x, 2.0, 5.0).html",
    "a zoom": "import autodiff as ad\nwith ad.Tape(): ad.show(ad.zoom(ad.exp(ad.Variable([1.0])), 0).value)",
}


def modules_after(program):
    code = f"{program}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    return set(done.stdout.split())


@pytest.mark.parametrize("program", PROGRAMS)
def test_graphviz_is_not_loaded_by(program):
    loaded = modules_after(PROGRAMS[program])
    assert not loaded & {"graphviz", "pygraphviz"}
    if "not rendered" in program:
        assert not loaded & {"autodiff.drawing.dot", "autodiff.drawing.layout", "autodiff.drawing.svg"}


def test_the_engine_loads_neither_the_pictures_nor_the_check():
    loaded = modules_after("import autodiff")
    assert not {name for name in loaded if name.startswith(("autodiff.drawing", "autodiff.check", "scipy", "nn"))}


def test_graphviz_is_loaded_for_a_digraph():
    drawn = "import autodiff as ad; picture = ad.draw(lambda w: w * 2.0, 2.0); picture."
    assert "graphviz" in modules_after(drawn + "digraph") and "graphviz" not in modules_after(drawn + "source")


def test_a_tree_needs_no_graphviz():
    code = "import sys; sys.modules['graphviz'] = None; import autodiff as ad; ad.show(lambda w: w * 2.0, 2.0)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
