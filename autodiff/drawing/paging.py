"""Which page shows a graph best: the direction of its arrows, and in how many rows or columns."""

from __future__ import annotations

from collections.abc import Callable

from autodiff.drawing.layered.page import Layout
from autodiff.drawing.layered.spots import find_spots
from autodiff.drawing.svg import CAPTION, NOTE, PAD
from autodiff.drawing.wrapping import TORN, wrapped

SLIDE = (960.0, 540.0)  # a window of 1280 x 720 pixels, in points
AROUND = (2 * PAD, 2 * PAD + NOTE)  # what a page has around its layout: its edges, and below it a note
SCREENS = 4  # so many windows one scrolls down
READABLE = 6.75 / CAPTION  # the scale at which the smallest text is 9 pixels high
PARTS = (2, 3, 4, 5)  # rows or columns
AGAIN = 0.92  # what each further row or column is worth, and each frame that goes on in it: the eye goes back
MANY = 80  # boxes; more are not broken into rows or columns


def best_page(laid_out: Callable[[str], Layout], count: int) -> tuple[str, Layout]:
    """The direction, and the layout with its texts in free spots: the one that a window shows largest; if none can be read so,
    the one that is read largest while one scrolls down."""
    down = laid_out("TB")
    if count > MANY and down.width < down.height:
        return "TB", settled(down)
    whole = {"LR": laid_out("LR"), "TB": down}
    best = max(whole.items(), key=lambda page: worth(page[1].width, page[1].height))
    most = worth(best[1].width, best[1].height)
    for parts in PARTS if count <= MANY else ():
        for rankdir, layout in whole.items():
            if hoped(layout, parts, rankdir) > most:
                for dear in (TORN, 0.0):  # between frames, or where it takes least room
                    page = wrapped(layout, parts, rankdir == "TB", dear)
                    torn = 0 if page is None else len(page.clusters) - len(layout.clusters)
                    if page is not None and worth(page.width, page.height, parts + torn) > most:
                        best, most = (rankdir, page), worth(page.width, page.height, parts + torn)
                    if page is not None and not torn:
                        break
    return best[0], settled(best[1])


def settled(layout: Layout) -> Layout:
    """The layout with its texts in free spots. A label for which there is none is left out: it would be struck through."""
    for key in find_spots(layout):
        del layout.labels[key]
    return layout


def worth(width: float, height: float, parts: int = 1) -> tuple[bool, float]:
    """Whether a window shows all of a page so that it can be read; and at which scale, or else at which one scrolls down."""
    across, down = SLIDE[0] / (width + AROUND[0]), SLIDE[1] / (height + AROUND[1])
    scale = min(across, down, 1.0)
    fits = scale >= READABLE
    return fits, (scale if fits else min(across, SCREENS * down, 1.0)) * AGAIN ** (parts - 1)


def hoped(layout: Layout, parts: int, rankdir: str) -> tuple[bool, float]:
    """What a layout in so many parts can be worth at best: they may be less broad than the whole, but hardly all by half."""
    along, across = 1.0 / parts, 0.5 * parts
    if rankdir == "LR":
        return worth(layout.width * along, layout.height * across, parts)
    return worth(layout.width * across, layout.height * along, parts)
