"""The table of the lecture's pages: every row is complete, and what it names is there."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

from demos import TOPICS

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "images" / "lecture"
TEXT = (ROOT / "docs" / "lecture.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line.startswith("| ")][1:]


def names_in(file):
    """The names of the tests in a file beside this one."""
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


NOTES = names_in("test_tf_names.py")


@pytest.mark.parametrize("page, demo, test, pictures", ROWS, ids=[row[0][:30] for row in ROWS])
def test_a_row_names_what_is_there(page, demo, test, pictures):
    name, chosen = demo.strip("`"), test.strip("`")
    assert page and name in TOPICS
    assert chosen == name or [known for known in NOTES if known.startswith(f"test_{chosen}")]
    found = re.findall(r"!\[\w+\]\(images/lecture/([^)]+)\)", pictures)
    source = inspect.getsource(importlib.import_module(f"demos.{name}"))
    assert found and all(f'"{picture}"' in source for picture in found)


def test_pictures_are_there_and_small():
    there = {path.name: path.stat().st_size for path in PICTURES.iterdir() if path.suffix in (".png", ".svg")}
    assert set(there) == set(re.findall(r"\(images/lecture/([^)]+)\)", TEXT))
    assert max(there.values()) < 40_000


def test_every_demo_has_a_row():
    assert {row[1].strip("`") for row in ROWS} == set(TOPICS)


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))])
def test_demos_that_a_page_names_are_there(page):
    named = re.findall(r"python -m demos (\w+)", (ROOT / page).read_text(encoding="utf-8"))
    assert set(named) <= {*TOPICS, "all"}


@pytest.mark.parametrize("name", TOPICS)
def test_a_demo_is_a_page_long(name):
    most = {"names": 150}.get(name, 80)  # that one is two networks
    assert len(inspect.getsource(importlib.import_module(f"demos.{name}")).splitlines()) < most
