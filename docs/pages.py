"""The pages of the guide as programs: what a page's python blocks leave at one of its lines.

images/draw.py draws the pictures of the guide from that, and the directive `player` puts a player into a page.
"""

import os
import sys
import tempfile
from contextlib import chdir
from functools import cache
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.append(str(DOCS.parent / "tests"))
from snippets import python_blocks, run_block


def line_of(page, text):
    """The number of the first line of a page that has this text."""
    for number, line in enumerate((DOCS / page).read_text(encoding="utf-8").splitlines(), 1):
        if text in line:
            return number
    raise LookupError(f"docs/{page} has no {text}.")


@cache
def blocks_of(page):
    """(line, source) of each python block of a page, in its order."""
    return [block for blocks in python_blocks((DOCS / page).read_text(encoding="utf-8")).values() for block in blocks]


def follow(page, wanted):
    """Run a page from top to bottom, in a folder of its own. Yields `(name, value)` for each `(line, name, expression)`: what
    the expression is where the blocks above that line have run."""
    namespace = {"__name__": "__main__"}
    blocks = list(blocks_of(page))
    os.environ.setdefault("MPLBACKEND", "Agg")
    with tempfile.TemporaryDirectory() as folder:
        for line, name, expression in sorted(wanted):
            while blocks and blocks[0][0] < line:
                start, source = blocks.pop(0)
                with chdir(folder):
                    run_block(DOCS / page, source, start, namespace)
            yield name, eval(expression, namespace)
