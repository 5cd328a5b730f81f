"""Programs that are run as the cells of a notebook are."""

import itertools
import linecache
import textwrap

CELLS = itertools.count()


def run(text, namespace=None):
    """The namespace after a cell, whose source Python knows."""
    file, source = f"<cell {next(CELLS)}>", textwrap.dedent(text)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {} if namespace is None else namespace
    exec(compile(source, file, "exec"), space)
    return space
