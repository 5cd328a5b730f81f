"""The pictures of README.md and the guide are there, small, and what their script draws today."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
USED = {(page.parent / image).resolve() for page in PAGES
        for image in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
        if "/lecture/" not in image}  # fmt: skip; those are the demos', see test_lecture.py
PHOTOGRAPHED = {"player.png"}  # in a browser


def test_every_picture_is_used_and_small():
    drawn = {path for path in IMAGES.iterdir() if path.suffix in (".png", ".svg")}
    assert drawn == USED
    assert {path.name: size for path in drawn if (size := path.stat().st_size) > 60_000} == {}


@pytest.mark.filterwarnings("default")  # of other people's font settings
def test_the_script_draws_them(tmp_path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pytest.importorskip("PIL")
    pytest.importorskip("pygraphviz")
    spec = importlib.util.spec_from_file_location("draw_images", IMAGES / "draw.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.draw(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in USED} - PHOTOGRAPHED
    for path in tmp_path.glob("*.png"):
        new, old = pyplot.imread(path), pyplot.imread(IMAGES / path.name)
        assert abs(new.shape[0] - old.shape[0]) < 20 and abs(new.shape[1] - old.shape[1]) < 20
        rows, columns = (min(a, b) for a, b in zip(new.shape[:2], old.shape[:2]))
        different = abs(new[:rows, :columns, :3] - old[:rows, :columns, :3]).max(axis=2) > 0.3
        assert different.mean() < 0.15, f"{path.name} is not what docs/images/draw.py draws now: run it"
