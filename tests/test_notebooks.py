"""The notebooks run from top to bottom, and are stored without outputs.

Their cells run here as plain Python; in a real kernel they run by `jupyter execute notebooks/*.ipynb`.
"""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))
LOOKS = ("_repr_html_", "_repr_svg_", "_repr_mimebundle_", "__repr__")


def cells(path, kind):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == kind]


def show(x):
    """What a notebook does with the last expression of a cell."""
    for look in LOOKS:
        if hasattr(x, look):
            getattr(x, look)()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pyplot, "show", lambda: pyplot.close("all"))
    namespace = {"__name__": "__main__", "show_last_": show}
    for number, source in enumerate(cells(path, "code")):
        tree = ast.parse(source)
        if tree.body and isinstance(last := tree.body[-1], ast.Expr):
            call = ast.Call(ast.Name("show_last_", ast.Load()), [last.value], [])
            tree.body[-1] = ast.copy_location(ast.Expr(ast.copy_location(call, last)), last)
        exec(compile(ast.fix_missing_locations(tree), f"{path.name}[{number}]", "exec"), namespace)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs") and cell.get("execution_count") is None
    assert cells(path, "markdown")[0].startswith("# Notebook")
    assert "## Try" in cells(path, "markdown")[-1]
