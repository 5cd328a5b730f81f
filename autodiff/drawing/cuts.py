"""Which of the places where the way of a gradient is cut are drawn: numbers that were taken out, steps of derivative zero."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import compress

from autodiff.core.escapes import PAUSE, Cut, cuts_of
from autodiff.core.span import Span

PARTIAL = ("float", "__array__", "assign", "stop_gradient")  # drawn also where the rest of the gradient arrives

TAKEN = ("numpy", "item", "tolist", "data", "copy")


def cuts_to_draw(span: Span, needed: bytearray) -> list[Cut]:
    """The cuts that explain why a gradient does not arrive at a leaf. `needed` marks the indices that the targets depend on:
    what is read there to be printed or logged is no loss."""
    chosen: dict[tuple[int, int, str, str], Cut] = {}
    is_loss = cache(partial(is_lost, span, needed))  # several may be at one place
    for cut in cuts_of(span):
        index = index_of(span, cut)
        here = cut.leaf is not None or span.active(index)
        if cut.how != PAUSE and here and (cut.how in PARTIAL or is_loss(index)):
            chosen.setdefault((index, id(cut.leaf), cut.how, str(cut.site.place)), cut)
    return list(chosen.values())


def is_lost(span: Span, needed: bytearray, index: int) -> bool:
    """Whether behind an index there is a leaf on which no target depends: the weights behind the logits of one loss may be
    those of another loss too."""
    if index < span.start:
        return True  # a leaf that never entered the graph
    if is_marked(span, index, needed):
        return False
    behind = span.ancestors([index])
    places = [leaf.indices() for leaf in span.graph.leaves.values()]
    return any(any(is_marked(span, k, behind) for k in each) and not any(is_marked(span, k, needed) for k in each)
               for each in places)  # fmt: skip


def is_marked(span: Span, index: int, marks: bytearray) -> bool:
    return 0 <= index - span.start < len(marks) and bool(marks[index - span.start])


def cuts_read_again(span: Span, known: list[Cut], needed: bytearray) -> list[Cut]:
    """The other cuts that a constant came out of which the targets depend on, such as a mask."""
    found = {(cut.index, id(cut.leaf), id(cut.result())): cut for cut in cuts_of(span) if cut.result is not None}
    read = set(map(id, constants(span, needed))) if found else set()
    return [cut for key, cut in found.items() if key[2] in read and cut not in known]


def other_cuts(span: Span, known: list[Cut]) -> list[Cut]:
    """The other places where numbers were taken out, by methods for that."""
    seen = set(map(id, known))
    return [cut for cut in cuts_of(span) if cut.how in TAKEN and id(cut) not in seen]


def constants(span: Span, needed: bytearray) -> Iterator[object]:
    """The arrays that operations at these indices read, and that none of them computed."""
    for index in compress(range(span.start, span.start + len(needed)), needed):
        entry = span.graph.node(index)
        for p, constant in zip(entry.parents, entry.inputs, strict=True):
            if p < span.start:
                yield constant if p < 0 else span.graph.box(p)._raw()


def index_of(span: Span, cut: Cut) -> int:
    """Where the box of a cut stands; -1 for a leaf that never entered the graph."""
    return cut.index if cut.leaf is None else int(span.index_of(cut.leaf))


def with_ways_to(span: Span, needed: bytearray, cuts: list[Cut]) -> bytearray:
    """`needed`, and what the boxes at the cuts depend on."""
    marks = span.ancestors([index for cut in cuts if (index := index_of(span, cut)) >= 0])
    long, short = (needed, marks) if len(needed) > len(marks) else (marks, needed)
    return bytearray(a | b for a, b in zip(long, short)) + long[len(short) :]
