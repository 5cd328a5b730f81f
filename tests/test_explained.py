"""Programs as users wrote them, that get None, NaN, a wrong number or do not learn; what they print is kept beside them.

To write what a program prints now: python tests/test_explained.py
"""

import contextlib
import io
import os
import re
import runpy
import sys
import warnings
from pathlib import Path

import pytest

import nn

FOLDER = Path(__file__).parent / "explained"
PROGRAMS = sorted(FOLDER.glob("*/*.py"))


def printed_by(program):
    """What a program prints, its warnings and its last words, with paths that are the same everywhere."""
    out, before = io.StringIO(), Path.cwd()
    os.chdir(program.parent)
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            try:
                runpy.run_path(program.name, run_name="__main__")
            except Exception as error:
                error = error.__cause__ or error  # numpy raises a ValueError from ours, if the engine is not compiled
                print(f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n")
        ours = [w for w in heard if w.category is UserWarning]  # numpy's own warnings are another subject
        out.write("".join(f"UserWarning: {w.message}\n" for w in ours))
    finally:
        os.chdir(before)
    return re.sub(rf"[^\s(]*{re.escape(program.name)}", program.name, out.getvalue()).rstrip() + "\n"


@pytest.fixture(autouse=True)
def seed_of_its_own():
    """The programs seed the generator of nn; the tests that follow get a fresh one."""
    yield
    nn.set_random_seed(None)


@pytest.mark.parametrize("program", PROGRAMS, ids=[f"{program.parent.name}/{program.stem}" for program in PROGRAMS])
def test_it_explains_what_happens(program):
    printed = printed_by(program)
    assert printed == program.with_suffix(".txt").read_text(encoding="utf-8")


def test_a_message_says_what_to_do_next():
    assert len(PROGRAMS) >= 60 and {path.stem for path in FOLDER.glob("*/*.txt")} == {program.stem for program in PROGRAMS}
    next_step = re.compile(r"^Try|To keep the gradient|use |Write |Make it|wrap it", re.MULTILINE)
    works = {"item_assignment_on_a_copy", "item_of_the_loss"}
    silent = [program.stem for program in PROGRAMS if program.stem not in works
              and not next_step.search(program.with_suffix(".txt").read_text(encoding="utf-8"))]  # fmt: skip
    assert not silent


if __name__ == "__main__":
    for program in PROGRAMS:
        if not sys.argv[1:] or program.stem in sys.argv[1:]:
            program.with_suffix(".txt").write_text(printed_by(program), encoding="utf-8")
