"""The terminal view: a graph as a tree, with columns for value and gradient."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import Any, TextIO

from autodiff.drawing.clipping import PYTHON
from autodiff.drawing.fold import Block, Sketch, sketch
from autodiff.drawing.labels import Label, clipped, label_of, printable
from autodiff.drawing.subject import graph_of

DEEPEST = 12  # levels of indentation; what lies deeper continues at the left margin
WIDEST = 44  # characters of a name with what computed it
UNICODE = ("├─ ", "└─ ", "│  ", "   ")
ASCII = ("|- ", "`- ", "|  ", "   ")
PLAIN = str.maketrans({"·": "_", "×": "x", "÷": "/", "−": "-", "…": "..", "–": "-", "↑": "^", "≤": "<=", "│": "|"})


def show(
    what: Any,
    *args: Any,
    names: Mapping[str, Any] | None = None,
    gradients: bool = True,
    constants: bool = False,
    collapse: bool | Collection[str] | None = None,
    budget: int | None = None,
    ascii: bool | None = None,
    file: TextIO | None = None,
) -> None:
    """Print the graph as a tree, from the loss down to the leaves, with a column for values and one for gradients.

    Constants are written into their ops unless `constants` is True. A node that is used more than once has a number. Its
    inputs are shown the first time only.

    Parameters
    ----------
    what, *args, names, gradients, constants, collapse, budget
        As for `draw`.
    ascii : bool, optional
        True for plain characters. By default they are used where the terminal can't show others.
    file : file, optional
        Where to print instead of the terminal.

    Examples
    --------
    >>> import autodiff as ad
    >>> ad.show(lambda w, x: (w * x - 1.0) ** 2, 2.0, 5.0)
                      value  gradient
    (w * x - 1) ** 2     81         1
    └─ w * x - 1          9        18
       └─ w * x          10        18
          ├─ w            2        90
          └─ x            5        36
    """
    sketched = sketch(graph_of(what, args, names, gradients, partial=True), budget, constants, collapse)
    stream = file or sys.stdout
    text = tree(sketched)
    if ascii is None:
        ascii = not encodable(text, getattr(stream, "encoding", None))
    print(plain(text) if ascii else text, file=stream)


def encodable(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def plain(text: str) -> str:
    """The same in ASCII."""
    for fancy, simple in zip(UNICODE, ASCII, strict=True):
        text = text.replace(fancy, simple)
    return text.translate(PLAIN).encode("ascii", "backslashreplace").decode()


def tree(sketch: Sketch) -> str:
    """The lines of the tree, and the note of what was folded."""
    rows = list(branches(sketch))
    width = max((len(text) for text, value, _ in rows if value), default=0) + 2
    columns = [("", "value", "gradient"), *rows]
    widths = [max(len(row[k]) for row in columns) for k in (1, 2)]
    lines = [f"{text:<{width}}{value:>{widths[0]}}  {gradient:>{widths[1]}}".rstrip() for text, value, gradient in columns]
    return "\n".join([*lines, *([printable(sketch.note)] if sketch.note else [])])


def branches(sketch: Sketch) -> list[tuple[str, str, str]]:
    """The rows: indented text, value, gradient. What is too deep for the page continues at the left margin."""
    numbers: dict[Block, int] = {}
    shown: set[Block] = set()
    rows: list[tuple[str, str, str]] = []
    roots = [block for block in sketch.blocks if block.target] or [block for block in sketch.blocks if not block.users]
    stack = [(block, "", "", 0) for block in reversed(roots)]
    waiting: list[Block] = []
    while stack or waiting:
        if not stack:
            block = waiting.pop(0)
            stack += [] if block in shown else [(block, "", "", 0)]
            continue
        block, lead, indent, depth = stack.pop()
        later = depth == DEEPEST and bool(block.inputs) and block not in shown
        again = block in shown and bool(block.inputs)
        if later or again or (len(block.users) > 1 and block.inputs):
            numbers.setdefault(block, len(numbers) + 1)
        mark = f"#{numbers[block]} " if block in numbers else ""
        rows.append(row(lead, mark, label_of(block, PYTHON), "(below)" if later else "(above)" if again else ""))
        if later and block not in waiting:
            waiting.append(block)
        if later or again:
            continue
        shown.add(block)
        children = [link.source for link in block.inputs]
        for k in range(len(children) - 1, -1, -1):
            last = k == len(children) - 1
            stack.append((children[k], indent + UNICODE[last], indent + UNICODE[2 + last], depth + 1))
    return rows


def row(lead: str, mark: str, label: Label, where: str) -> tuple[str, str, str]:
    """A line of the tree. A node that is shown elsewhere has its figures there."""
    heading, remark = (printable(x).replace("\n", "\ufffd") for x in (label.heading, label.remark))  # which a terminal obeys
    if where:
        return f"{lead}{mark}{heading} {where}", "", ""
    text = clipped(f"{heading} {remark}".strip(), WIDEST)
    figures = dict(label.rows)
    gradient = figures.pop("grad", "")
    return f"{lead}{mark}{text}", ", ".join(figures.values()), gradient
