"""On whose arrays a function runs: what docs/api/arrays.md says, which a command makes from the samples."""

import sys
from functools import cache
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.append(str(DOCS.parent / "tests"))
from samples import called

PAGE = DOCS / "api" / "arrays.md"


@cache
def rows():
    """(the names of the libraries, `{function: what the page says of each}`)."""
    lines = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line[1:-1]] for line in lines]
    return head[:-1], {name.strip("` "): answers for *answers, names in body for name in names.split(",")}


def libraries(function):
    """`{"CuPy": "yes", "Dask": "in part"}` of a function, {} if the page does not know it."""
    names, answers = rows()
    return dict(zip(names, answers.get(called(getattr(function, "__wrapped__", function)), ())))
