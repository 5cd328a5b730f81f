"""README.md does what it says: its python blocks run top to bottom, one namespace a section (`## ...`)."""

from pathlib import Path

import pytest
from snippets import python_blocks, run_block

README = Path(__file__).resolve().parent.parent / "README.md"
SECTIONS = python_blocks(README.read_text(encoding="utf-8")) if README.exists() else {}


@pytest.mark.parametrize("section", SECTIONS)
def test_snippets_of(section, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace = {"__name__": "__main__"}
    for line, source in SECTIONS[section]:
        run_block(README, source, line, namespace)


def test_blocks_are_found_and_checked():
    text = "```python\na = 1\n```\n## Two\n```sh\nls\n```\n```python\n>>> 1 + 1\n3\n```\n"
    assert python_blocks(text) == {"top": [(2, "a = 1\n")], "Two": [(9, ">>> 1 + 1\n3\n")]}
    with pytest.raises(pytest.fail.Exception, match="Expected:\n    3"):
        run_block(README, ">>> 1 + 1\n3\n", 9, {})
