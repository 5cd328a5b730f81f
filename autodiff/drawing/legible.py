"""Which picture of a graph is drawn by default: folded as far as a reader can follow it, and no further."""

from __future__ import annotations

import math

from autodiff.drawing.clipping import FULLER, NARROW, PRINT
from autodiff.drawing.fold import Folding, Sketch
from autodiff.drawing.labels import label_of
from autodiff.drawing.outline import stem_of
from autodiff.drawing.picture import Picture

SMALLER = (60, 40, 30, 25, 20, 15, 12, 10)  # the budgets that are tried where a page is too large
SMALL = 15  # up to so many boxes, the weights of closed groups have boxes of their own in large graphs
MOST = 36  # a page of more boxes of a large graph is not laid out to see whether it can be read: none could
HOPED = 9.5 / 14  # the scale at which the smallest text is 9.5 pixels high: a page that is not hoped to have it is not laid out
NEARLY = 0.85  # of the worth of a page whose formulas are in brief
TRIES = 2  # pages that are laid out to see whether more groups may be open


def legible(picture: Picture, folding: Folding) -> Picture:
    """The picture, or one of the same graph that is folded until a reader can follow it."""
    for budget in SMALLER:
        if not (folding.large and len(picture.sketch.blocks) > MOST) and picture.is_legible:
            break
        if folding.room > budget:
            apart = SMALL if folding.large else None  # the weights of its groups would take most of a larger page
            folded = folding.sketch(budget, apart=apart)
            if is_closed(folded) and not is_closed(picture.sketch) and picture.is_followed:
                break  # a box that holds most of the program shows nothing of it: a reader scrolls instead
            picture = Picture(folded, picture.direction, picture.theme, picture.style)
    if folding.last is not None and picture.direction is None and picture.scale > HOPED:
        picture = widened(picture, folding)
    if folding.constants is None and picture.has_constants_apart:
        written_in = Picture(Folding(folding.graph, constants=False).sketch(), picture.direction, picture.theme, picture.style)
        picture = written_in if written_in.is_legible else picture
    return picture


def in_full(picture: Picture) -> Picture:
    """The picture, or the same with formulas in full or in fewer lines, where that leaves it nearly as large. In a
    direction that somebody gave a formula has one line."""
    if picture.direction is not None:
        return picture
    labels = (label_of(block, picture.style) for block in picture.sketch.blocks)
    if not any(mark in f"{label.heading} {label.remark}" for label in labels for mark in "·…\n"):
        return picture
    apart = picture.has_constants_apart
    fuller = (Picture(picture.sketch, theme=picture.theme, style=style) for style in FULLER)
    worthy = (page for page in fuller if page.worth > (True, NEARLY * picture.worth[1]))
    return next((page for page in worthy if apart or not page.has_constants_apart), picture)


def widened(picture: Picture, folding: Folding) -> Picture:
    """The picture, or one of the same graph in which more can be seen, as far as a slide shows that so that it can be read."""
    found, tries = [picture], iter(range(TRIES))

    def fits(sketch: Sketch, as_large: bool = False) -> bool:
        before = found[-1]
        hoped = before.scale * math.sqrt(len(before.sketch.blocks) / len(sketch.blocks))  # if its boxes are as large as these
        if hoped < HOPED or next(tries, None) is None:
            return False
        for style in (NARROW, PRINT):
            wider = Picture(sketch, theme=picture.theme, style=style)
            if wider.is_clear and (not as_large or wider.scale >= min(before.scale, 1.0)):
                found.append(wider)
                return True
        return False

    folding.widen(fits)
    return found[-1]


def is_closed(sketch: Sketch) -> bool:
    """Whether one closed group holds nearly all that is drawn, and none like it is open, as the first turn of a loop is."""
    whole = sum(len(block.members) for block in sketch.blocks)
    seen = {stem_of(block.group) for block in sketch.blocks if not block.paths}
    return any(block.paths and 4 * len(block.members) > 3 * whole and seen.isdisjoint(map(stem_of, block.paths))
               for block in sketch.blocks)  # fmt: skip
