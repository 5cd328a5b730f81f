"""The table of the lecture's pages: every row is complete, and what it names is there."""

import ast
import importlib
import inspect
import re
import sys
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


FIRST = {row[1]: row for row in reversed(ROWS)}  # of each demo


@pytest.mark.parametrize("page, demo, test, pictures", ROWS, ids=[row[0][:30] for row in ROWS])
def test_a_row_names_what_is_there(page, demo, test, pictures):
    name, chosen = demo.strip("`"), test.strip("`")
    assert page and name in TOPICS
    assert chosen == name or [known for known in NOTES if known.startswith(f"test_{chosen}")]
    found = re.findall(r"!\[\w+\]\(images/lecture/([^)]+)\)", FIRST[demo][3])
    assert not pictures or pictures == FIRST[demo][3]  # a later row of the same demo has none of its own
    source = inspect.getsource(importlib.import_module(f"demos.{name}"))
    assert found and all(f'"{picture}"' in source for picture in found)


def test_pictures_are_there_and_small():
    there = {path.name: path.stat().st_size for path in PICTURES.iterdir() if path.suffix in (".png", ".svg")}
    assert set(there) == set(re.findall(r"\(images/lecture/([^)]+)\)", TEXT))
    assert max(there.values()) < 60_000


def test_letters_in_pictures_can_be_read():
    """They are 10 points high, so in a column of 832 pixels at least 11 if a figure is 10 inches wide, with its margins."""
    Image = pytest.importorskip("PIL.Image")
    wide = {}
    for path in PICTURES.glob("*.png"):
        with Image.open(path) as picture:
            wide[path.name] = picture.width
    assert {name: width for name, width in wide.items() if not 600 <= width <= 1230} == {}


def test_rows_have_anchors():
    """The name of the demo. A row without a picture of its own leads to the row that has it."""
    nodes = pytest.importorskip("docutils.nodes")
    sys.path.append(str(ROOT / "docs"))
    name_rows = pytest.importorskip("reading").name_rows
    body = nodes.tbody()
    for pictures in ([nodes.image(uri="perceptron.png")], []):
        texts = [nodes.entry("", nodes.paragraph(text=text)) for text in ("bias", "perceptron")]
        body += nodes.row("", *texts, nodes.entry("", *pictures))
    name_rows(body)
    assert [row["ids"] for row in body] == [["perceptron"], ["perceptron-2"]]
    links = [[link["refuri"] for link in row.findall(nodes.reference)] for row in body]
    assert links == [["#perceptron"], ["#perceptron-2", "#perceptron"]]


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
