"""The python blocks of Markdown files, found and run."""

import builtins
import doctest
import linecache
import re

import pytest

SOURCES = {}  # the lines of the blocks that were run, by file
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


def keep_source(file, block, line):
    """Let Python know the source of a block, at its lines, beside those of the blocks before it: a file of Markdown is none."""
    lines = SOURCES.setdefault(file, [])
    lines += ["\n"] * (line - 1 + len(block) - len(lines))
    lines[line - 1 : line - 1 + len(block)] = block
    linecache.cache[file] = (sum(map(len, lines)), None, [*lines], file)


def run_block(path, source, line, namespace):
    """Run a block in place: a plain one as a program, one with >>> as a doctest. Tracebacks show the file's own lines."""
    if not source.startswith(">>> "):
        keep_source(str(path), source.splitlines(keepends=True), line)
        exec(compile("\n" * (line - 1) + source, str(path), "exec"), namespace)
        return
    test = doctest.DocTestParser().get_doctest(source, namespace, path.name, str(path), line - 1)
    said = []
    result = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False).run(test, out=said.append, clear_globs=False)
    namespace.update(test.globs)
    vars(builtins).pop("_", None)  # what was displayed last, which would live on
    if result.failed:
        pytest.fail("".join(said), pytrace=False)
