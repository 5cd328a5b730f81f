"""Each picture of the guide is what its program draws, and tells nothing of the machine that drew it."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def draw():
    """docs/images/draw.py as a module."""
    before, spec = list(sys.path), importlib.util.spec_from_file_location("pictures_of_the_guide", IMAGES / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before


def test_pictures_are_small():
    assert {path.name: size for path in IMAGES.glob("*.*g") if (size := path.stat().st_size) > 100_000} == {}


def test_every_picture_has_a_program_and_a_page(draw):
    named = {name for page in PAGES for name in re.findall(r"\((?:docs/)?images/([^)]+)\)", page.read_text(encoding="utf-8"))}
    drawn = {name for pictures in draw.PICTURES.values() for name in pictures}
    assert set(draw.committed()) == named
    assert {name for name in named if not name.startswith("lecture/")} == drawn


def test_a_picture_stands_beside_its_program(draw):
    """In a page with a picture from elsewhere, a reader compares it with a program that is not its own."""
    for page, pictures in draw.PICTURES.items():
        blocks = draw.pages.blocks_of(page)
        for name in pictures:
            line = draw.pages.line_of(page, f"(images/{name})")
            assert any(start < line for start, _ in blocks), f"{name} stands above the first program of {page}"


def test_graphs_are_what_their_pages_draw(draw):
    """`.ci/run` compares the other pictures too: `python docs/images/draw.py --check`."""
    assert draw.differences([name for name in draw.committed() if name.endswith(".svg") and "/" not in name]) == {}


def test_a_picture_that_nothing_draws_is_said(draw):
    with pytest.raises(LookupError, match=r"nothing draws nonsense\.svg"):
        draw.draw(IMAGES, ["nonsense.svg"])


# -- likeness ---------------------------------------------------------------------------------------------------------------

GRAPH = '<svg xmlns="http://www.w3.org/2000/svg"><g><text x="1">w</text><text>page.md:9</text><path d="M0,0"/></g></svg>'


@pytest.mark.parametrize(
    "new, said",
    [
        (GRAPH.replace('x="1"', 'x="2"').replace("M0,0", "M1,1"), ""),
        (GRAPH.replace(":9", ":12"), ""),
        (GRAPH.replace(">w<", ">v1<"), "texts ['w'] became ['v1']"),
        (GRAPH.replace('<path d="M0,0"/>', ""), "{'path': 1} became {}"),
    ],
)
def test_graphs_are_compared_by_texts_and_shapes(draw, tmp_path, new, said):
    for name, text in (("old.svg", GRAPH), ("new.svg", new)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert draw.likeness.difference(tmp_path / "old.svg", tmp_path / "new.svg") == said


def test_images_are_compared_in_small(draw, tmp_path):
    old, new = tmp_path / "old.png", tmp_path / "new.png"
    picture = Image.open(IMAGES / "history.png").convert("RGB")
    picture.save(old)
    assert draw.likeness.difference(old, new) == "it is not drawn any more"
    picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, 2, 0, 1, 1)).save(new)  # a font that is a little wider
    assert draw.likeness.difference(old, new) == ""
    Image.open(IMAGES / "boundary.png").convert("RGB").save(new)
    assert "mean difference" in draw.likeness.difference(old, new)
    picture.resize((200, 200)).save(new)
    assert "size" in draw.likeness.difference(old, new)


# -- no machine in it -------------------------------------------------------------------------------------------------------

TEXTS = (".md", ".svg", ".py", ".css", ".ipynb", ".html", ".js")
FOLDERS = "home|root|tmp|work|Users|private|var|mnt|opt"
PLACE = re.compile(rf"file:/[^\s\"'<]*|(?<![\w.:/-])(?:/(?:{FOLDERS})/|[A-Z]:\\\w+\\)[^\s\"'<)`]*")


def test_no_page_and_no_picture_names_a_place_on_a_disk():
    texts = [path for folder in ("docs", "notebooks", "demos") for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    texts = [path for path in texts if "_build" not in path.parts] + list(ROOT.glob("*.md"))
    found = {path.name: PLACE.findall(path.read_text(encoding="utf-8")) for path in texts}
    assert {name: places for name, places in found.items() if places} == {}
    assert len(found) > 60


@pytest.mark.parametrize("text, places", [
    ('title="/home/ann/project/draw.py:7"', ["/home/ann/project/draw.py:7"]), ("at C:\\Users\\ann", ["C:\\Users\\ann"]),
    ("file:///x/y.svg", ["file:///x/y.svg"]), ("see docs/tmp/x and https://a.org/home/b", []),
])  # fmt: skip
def test_places_are_found(text, places):
    assert PLACE.findall(text) == places
