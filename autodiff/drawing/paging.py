"""Which page shows a graph best: the direction of its arrows, and in how many rows or columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
LEAST = AGAIN**2 * READABLE  # worth of a page of which more than the budget is open: two columns that part one frame
TRIES, NEARLY = 2, 0.8  # layouts that bring leaves to their readers; a page may be so much smaller for that
MANY = 80  # boxes; more are not broken into rows or columns
Worth = tuple[bool, float]  # whether a window shows all of a page, and at which scale


def best_page(laid_out: Callable[[str, frozenset[str]], Layout], count: int) -> tuple[str, Layout]:
    """The direction, and the layout that a window shows largest; if none can be read so, the one that is read largest while one
    scrolls down."""
    down = laid_out("TB", frozenset())
    if count > MANY and down.width < down.height:
        return "TB", down
    whole = {"LR": laid_out("LR", frozenset()), "TB": down}
    rankdir, page = max(whole.items(), key=lambda item: worth(item[1].width, item[1].height))
    most, rows = worth(page.width, page.height), 1
    for parts in PARTS if count <= MANY else ():
        for direction, layout in whole.items():
            if hoped(layout, parts, direction) > most:
                for value, found in in_parts(layout, direction, parts):
                    if value > most:
                        rankdir, page, most, rows = direction, found, value, parts
    if page.astray:
        page = with_leaves(laid_out, rankdir, rows, page, most)
    return rankdir, page


def in_parts(layout: Layout, rankdir: str, parts: int) -> Iterator[tuple[Worth, Layout]]:
    """The layout in so many rows or columns, and what that is worth: broken between frames; if that tears some nevertheless,
    also where it takes least room."""
    for dear in (TORN, 0.0):
        page = wrapped(layout, parts, rankdir == "TB", dear)
        if page is not None:
            yield worth(page.width, page.height, page.pieces), page
            if page.pieces == parts:  # no frame is torn
                break


def with_leaves(
    laid_out: Callable[[str, frozenset[str]], Layout], rankdir: str, parts: int, page: Layout, most: Worth
) -> Layout:
    """The page, or one in as many parts that is nearly as large, in which fewer leaves stand apart from their readers."""
    late = page.astray
    for _ in range(TRIES):
        tries = list(in_parts(laid_out(rankdir, late), rankdir, parts))
        large = [found for (fits, scale), found in tries if fits >= most[0] and scale >= NEARLY * most[1]]
        again = min(large, key=lambda found: len(found.astray), default=page)
        if len(again.astray) < len(page.astray):
            page = again
        if again.astray <= late:  # no further leaf would be in another place
            break
        late |= again.astray
    return page


def settled(layout: Layout) -> Layout:
    """The layout with its texts in free spots. A label for which there is none is left out: it would be struck through."""
    for key in find_spots(layout):
        del layout.labels[key]
    return layout


def worth(width: float, height: float, pieces: int = 1) -> Worth:
    """Whether a window shows all of a page so that it can be read; and at which scale, or else at which one scrolls down."""
    across, down = fillings(width, height)
    scale = min(across, down, 1.0)
    fits = scale >= READABLE
    return fits, (scale if fits else min(across, SCREENS * down, 1.0)) * AGAIN ** (pieces - 1)


def fillings(width: float, height: float) -> tuple[float, float]:
    """The scales at which a page is as wide as a window, and as high."""
    return SLIDE[0] / (width + AROUND[0]), SLIDE[1] / (height + AROUND[1])


def hoped(layout: Layout, parts: int, rankdir: str) -> Worth:
    """What a layout in so many parts can be worth at best: they may be less broad than the whole, but hardly all by half."""
    along, across = 1.0 / parts, 0.5 * parts
    if rankdir == "LR":
        return worth(layout.width * along, layout.height * across, parts)
    return worth(layout.width * across, layout.height * along, parts)
