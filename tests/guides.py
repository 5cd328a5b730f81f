"""The programs of tests/course_code/guides, and the numbers that they end with.

`python -m tests.guides`, where TensorFlow is installed, writes the numbers of Keras anew.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "course_code" / "guides"
PROGRAMS = sorted(FOLDER.glob("*.py"))
NUMBERS = FOLDER / "numbers.json"  # of Keras 3.15 on TensorFlow 2.21


def run(path, ours):
    """The numbers of a program, with the import changed if they are to be ours."""
    source = path.read_text(encoding="utf-8")
    if ours:
        source, changed = re.subn(r"^(import|from) tensorflow\b", r"\1 nn.tf", source, flags=re.M)
        assert changed
    namespace = {"__name__": "__main__"}
    exec(compile(source, str(path), "exec"), namespace)
    return dict(leaves(namespace["numbers"]))


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
