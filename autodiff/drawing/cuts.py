"""Which of the places where the way of a gradient is cut are drawn: numbers that were taken out, steps of derivative zero."""

from __future__ import annotations

from collections.abc import Iterable

from autodiff.core.escapes import PAUSE, Cut, cuts_of
from autodiff.core.span import Span

PARTIAL = ("float", "__array__", "assign", "stop_gradient")  # drawn also where the rest of the gradient arrives


def cuts_to_draw(span: Span, needed: bytearray) -> list[Cut]:
    """The cuts that explain why a gradient does not arrive. `needed` marks the indices that the targets depend on: what is
    read there to be printed or logged is no loss."""
    chosen: dict[tuple[int, int, str, str], Cut] = {}
    for cut in cuts_of(span):
        index = index_of(span, cut)
        connected = 0 <= index - span.start < len(needed) and bool(needed[index - span.start])
        here = cut.leaf is not None or span.active(index)
        if cut.how != PAUSE and here and (cut.how in PARTIAL or not connected):
            chosen.setdefault((index, id(cut.leaf), cut.how, str(cut.site.place)), cut)
    return list(chosen.values())


def cuts_read_again(span: Span, known: list[Cut], constants: Iterable[object]) -> list[Cut]:
    """The other cuts that one of these constants of the graph came out of, such as a mask."""
    found = {(cut.index, id(cut.leaf), id(cut.result())): cut for cut in cuts_of(span) if cut.result is not None}
    read = set(map(id, constants)) if found else set()
    return [cut for key, cut in found.items() if key[2] in read and cut not in known]


def index_of(span: Span, cut: Cut) -> int:
    """Where the box of a cut stands; -1 for a leaf that never entered the graph."""
    return cut.index if cut.leaf is None else int(span.index_of(cut.leaf))


def with_ways_to(span: Span, needed: bytearray, cuts: list[Cut]) -> bytearray:
    """`needed`, and what the boxes at the cuts depend on."""
    marks = span.ancestors([index for cut in cuts if (index := index_of(span, cut)) >= 0])
    long, short = (needed, marks) if len(needed) > len(marks) else (marks, needed)
    return bytearray(a | b for a, b in zip(long, short)) + long[len(short) :]
