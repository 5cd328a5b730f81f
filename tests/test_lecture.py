"""The table of the lecture's pages: every row is complete, and what it names is there."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from demos import TOPICS

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "lecture.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")][1:]


def names_in(file):
    """The names of the tests in a file beside this one."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.mark.parametrize("page, demo, test, picture", ROWS, ids=[row[0][:30] for row in ROWS])
def test_a_row_names_what_is_there(page, demo, test, picture):
    assert page
    name = demo.strip("`")
    assert name in TOPICS
    file, _, chosen = test.strip("`").partition(" -k ")
    assert chosen in TOPICS if file == "test_demos.py" else f"test_{chosen}" in names_in(file)
    assert f'"{picture.strip("`")}"' in inspect.getsource(importlib.import_module(f"demos.{name}"))


def test_every_demo_has_a_row():
    assert {row[1].strip("`") for row in ROWS} == set(TOPICS)


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))])
def test_demos_that_a_page_names_are_there(page):
    named = re.findall(r"python -m demos (\w+)", (ROOT / page).read_text(encoding="utf-8"))
    assert set(named) <= {*TOPICS, "all"}


@pytest.mark.parametrize("name", TOPICS)
def test_a_demo_is_a_page_long(name):
    assert len(inspect.getsource(importlib.import_module(f"demos.{name}")).splitlines()) < 80
