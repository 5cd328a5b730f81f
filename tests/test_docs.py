"""The guide does what it says: the python blocks of each page run top to bottom, in one namespace a page."""

from pathlib import Path

import pytest
from snippets import python_blocks, run_block

from autodiff.core.registry import REGISTRY

NEEDS = {"tables.md": "pandas"}  # it is large: without it that page is left out
ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts}
PAGES["CONTRIBUTING.md"] = ROOT / "CONTRIBUTING.md"


@pytest.fixture
def no_new_ops():
    """A page may show how to add an op; the table is for others as it was."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.parametrize("page", PAGES)
def test_snippets_of(page, tmp_path, monkeypatch, no_new_ops):
    pytest.importorskip(NEEDS.get(page, "numpy"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace = {"__name__": "__main__"}
    for blocks in python_blocks(PAGES[page].read_text(encoding="utf-8")).values():
        for line, source in blocks:
            run_block(PAGES[page], source, line, namespace)


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short_enough_to_read(page):
    lines = enumerate(PAGES[page].read_text(encoding="utf-8").splitlines(), 1)
    assert [number for number, line in lines if len(line) > 128 and not line.startswith("|")] == []
