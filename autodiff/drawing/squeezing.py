"""What is empty in a row of a page from one end to the other is closed: there only arrows pass, and on the whole page they went
to what stands in another row now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from autodiff.drawing.layered.headlines import BESIDE
from autodiff.drawing.layered.page import Cluster, Point
from autodiff.drawing.layered.spots import HEADLINE, INDENT
from autodiff.drawing.text import width_of

Band = tuple[float, float]  # from one height to another
LEFT = 16.0  # so much is left of an empty band
CLEAR = 4.0  # beside an arrow that runs level
LEVEL, LONG = 0.1, 6.0  # it rises by no more than that, on a way that is longer


def empty_bands(taken: Iterable[Band]) -> list[Band]:
    """Between these bands, those that are higher than what is left of them."""
    found, reach = [], None
    for top, bottom in sorted(taken):
        if reach is not None and top - reach > LEFT:
            found.append((reach, top))
        reach = bottom if reach is None else max(reach, bottom)
    return found


def squeezed(y: float, bands: Sequence[Band]) -> float:
    """Where a height comes to if these bands are closed.

    >>> [squeezed(y, [(10.0, 42.0)]) for y in (10.0, 26.0, 42.0, 50.0)]
    [10.0, 18.0, 26.0, 34.0]
    """
    passed = [(min(y, bottom) - top, bottom - top) for top, bottom in bands if y > top]
    return y - sum(part * (1.0 - LEFT / whole) for part, whole in passed)


def taken_by_frames(frames: Iterable[Cluster], down: bool) -> Iterator[Band]:
    """The edges of frames, with the room of their titles: above, or in columns, whose coordinates are exchanged, beside it."""
    for frame in frames:
        yield frame.top, frame.top + (2 * INDENT + width_of(frame.title, HEADLINE) + BESIDE if down else 2 * INDENT)
        yield frame.top + frame.height, frame.top + frame.height


def taken_by_lines(ways: Iterable[Sequence[Point]]) -> Iterator[Band]:
    """Where arrows run level."""
    for way in ways:
        for (_, y), _ in level_runs(way):
            yield y - CLEAR, y + CLEAR


def level_runs(way: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    """The beginnings and ends of the pieces of an arrow that run level, from left to right."""
    for (x0, y0), (x1, y1) in pairwise(way):
        if abs(y1 - y0) <= LEVEL and x1 - x0 > LONG:
            yield (x0, y0), (x1, y1)
