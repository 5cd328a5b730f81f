"""Programs as users write them that end in a nan, an infinity or an error inside an op, and the message that each of them gets.

The programs stand in tests/explained/nonfinite, each beside its message. `python tests/test_explained_nonfinite.py` writes the
messages anew: read them before you commit them.
"""

import os
import runpy
import warnings
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent / "explained" / "nonfinite"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))


def message_of(name):
    """The exception that a program ends in, with its notes. It runs in its own folder, so that file names are short."""
    before = Path.cwd()
    os.chdir(FOLDER)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numpy's, of what happens outside the debugger
            runpy.run_path(f"{name}.py", run_name="__main__")
    except Exception as error:
        return "\n".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", [])]) + "\n"
    finally:
        os.chdir(before)
    return "nothing was raised\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_message_is(name):
    message = message_of(name)
    assert message == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert f"  {name}.py:" in message or "is not known" in message
    assert sum(line.startswith("Try ") for line in message.splitlines()) == 1


def test_there_are_programs():
    assert len(PROGRAMS) >= 16
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(PROGRAMS)


if __name__ == "__main__":
    for name in PROGRAMS:
        (FOLDER / f"{name}.txt").write_text(message_of(name), encoding="utf-8")
        print(f"-- {name}\n{message_of(name)}")
