"""The programs of tests/course_code/guides, and the numbers that they end with.

`python -m tests.guides`, where TensorFlow is installed, writes the numbers of Keras anew.
"""

import json
import re
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "course_code" / "guides"
PROGRAMS = sorted(FOLDER.glob("*.py"))
NUMBERS = FOLDER / "numbers.json"  # of Keras 3.15 on TensorFlow 2.21


def executed(path, ours):
    """What a program leaves behind, with the import changed if it is to run on nn.tf."""
    source = path.read_text(encoding="utf-8")
    if ours:
        source, changed = re.subn(r"^(import|from) tensorflow\b", r"\1 nn.tf", source, flags=re.M)
        assert changed
    namespace = {"__name__": "__main__"}
    exec(compile(source, str(path), "exec"), namespace)
    return namespace


def run(path, ours):
    """The numbers of a program."""
    return dict(leaves(executed(path, ours)["numbers"]))


@contextmanager
def in_tensorflow():
    """In this block a program runs on TensorFlow; where there is none, the test is skipped."""
    import pytest  # only now: the command has no need of it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensorflow = pytest.importorskip("tensorflow")
        if tensorflow.keras.backend.backend() != "tensorflow":
            pytest.skip("Keras runs on another library in this process")
        yield


def leaves(x, path=""):
    """(path, number or text) of everything in dicts, lists and arrays."""
    if isinstance(x, dict):
        pairs = x.items()
    elif isinstance(x, (list, tuple)):
        pairs = enumerate(x)
    elif isinstance(x, str):
        yield path, x
        return
    else:
        x = np.asarray(x, dtype=float)
        if not x.ndim:
            yield path, float(f"{x:.7g}")
            return
        pairs = enumerate(x)
    for key, part in pairs:
        yield from leaves(part, f"{path}/{key}" if path else str(key))


if __name__ == "__main__":
    found = {path.stem: run(path, ours=False) for path in PROGRAMS}
    NUMBERS.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    print(sum(map(len, found.values())), "numbers", file=sys.stderr)
