"""Programs of students that do not learn: each prints what nn.diagnose says, and that is the text in the file beside it.

`python tests/test_explained_learning.py` writes these files anew.
"""

import contextlib
import io
import runpy
from pathlib import Path

import pytest

import nn

PROGRAMS = sorted((Path(__file__).parent / "explained" / "learning").glob("*.py"))


def printed_by(program):
    """What this program prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(program), run_name="__main__")
    return printed.getvalue()


@pytest.fixture(autouse=True)
def seed_of_its_own():
    """The programs seed the generator of nn; the tests that follow get a fresh one."""
    yield
    nn.set_random_seed(None)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_it_is_told_why_it_does_not_learn(program):
    printed = printed_by(program)
    assert printed == program.with_suffix(".txt").read_text(encoding="utf-8")
    assert any(line.startswith("Try ") for line in printed.splitlines()), "it should say what to do next"


def test_there_are_enough_programs_and_no_text_without_one():
    assert len(PROGRAMS) >= 14
    texts = {path.stem for path in PROGRAMS[0].parent.glob("*.txt")}
    assert texts == {program.stem for program in PROGRAMS}


if __name__ == "__main__":
    for program in PROGRAMS:
        program.with_suffix(".txt").write_text(printed_by(program), encoding="utf-8")
