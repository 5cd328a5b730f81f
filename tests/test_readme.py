"""README.md does what it says: its python blocks run top to bottom, one namespace a section (`## ...`)."""

import doctest
import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parent.parent / "README.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def python_blocks(text):
    """{section: [(number of its first line, source), ...]} for every python block of a Markdown text."""
    found, section, fence, start = {}, "top", "", 0
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not fence and (opened := re.match(r"(```+)\s*(\w*)", line)):
            fence, language, start = opened[1], opened[2], number
        elif fence and line.strip() == fence:
            if language == "python":
                found.setdefault(section, []).append((start + 1, "\n".join(lines[start : number - 1]) + "\n"))
            fence = ""
        elif not fence and line.startswith("## "):
            section = line.removeprefix("## ").strip()
    assert not fence, f"the block that opens in line {start} is not closed"
    return found


def run_block(source, line, namespace):
    """Run a block in place: a plain one as a program, one with >>> as a doctest."""
    if ">>> " not in source:
        exec(compile("\n" * (line - 1) + source, str(README), "exec"), namespace)  # tracebacks show the README's lines
        return
    test = doctest.DocTestParser().get_doctest(source, namespace, "README.md", str(README), line - 1)
    said = []
    result = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=said.append, clear_globs=False)
    namespace.update(test.globs)
    if result.failed:
        pytest.fail("".join(said), pytrace=False)


SECTIONS = python_blocks(README.read_text(encoding="utf-8")) if README.exists() else {}


@pytest.mark.parametrize("section", SECTIONS)
def test_snippets_of(section, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace = {"__name__": "__main__"}
    for line, source in SECTIONS[section]:
        run_block(source, line, namespace)


def test_blocks_are_found_and_checked():
    text = "```python\na = 1\n```\n## Two\n```sh\nls\n```\n```python\n>>> 1 + 1\n3\n```\n"
    assert python_blocks(text) == {"top": [(2, "a = 1\n")], "Two": [(9, ">>> 1 + 1\n3\n")]}
    with pytest.raises(pytest.fail.Exception, match="Expected:\n    3"):
        run_block(">>> 1 + 1\n3\n", 9, {})
