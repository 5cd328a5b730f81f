"""Ways on a page: where an arrow crosses a line, its parts on both sides, and corners that are round."""

from __future__ import annotations

from itertools import pairwise

from autodiff.drawing.layered.page import Point

ROUND = 7.0  # the radius of a corner


def returns(curve: list[Point], cut: float) -> bool:
    """Whether an arrow crosses a cut otherwise than once, from left to right."""
    sides = [point[0] >= cut for point in [*curve[:-1:3], curve[-1]]]
    return sides != sorted(sides)


def split(curve: list[Point], cuts: list[float]) -> list[list[Point]]:
    """An arrow's Bézier points, for each row those that lie in it; the tip is left in the last."""
    tip, rest, parts = curve[-1], curve[:-1], []
    for cut in cuts:
        at = segment_at(rest, cut)
        if at is None:
            parts.append([] if rest and rest[0][0] > cut else rest)
            rest = rest if rest and rest[0][0] > cut else []
            continue
        k, t = at
        first, second = halved(rest[k : k + 4], t)
        parts.append([*rest[:k], *first])
        rest = [*second, *rest[k + 4 :]]
    parts.append(rest)
    last = max(k for k, part in enumerate(parts) if part)
    parts[last] = [*parts[last], tip]
    return parts


def segment_at(points: list[Point], cut: float) -> tuple[int, float] | None:
    """Which segment of a Bézier curve crosses a vertical line, and at which parameter."""
    for k in range(0, len(points) - 3, 3):
        if points[k][0] < cut <= points[k + 3][0]:
            a, b, c, d = (x for x, _ in points[k : k + 4])
            low, high = 0.0, 1.0
            for _ in range(24):
                t = (low + high) / 2
                below = a * (1 - t) ** 3 + 3 * t * (1 - t) * (b * (1 - t) + c * t) + d * t**3 < cut
                low, high = (t, high) if below else (low, t)
            return k, low
    return None


def halved(points: list[Point], t: float) -> tuple[list[Point], list[Point]]:
    """A cubic Bézier curve before and after t (de Casteljau)."""
    first, second = [points[0]], [points[-1]]
    while len(points) > 1:
        points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
        first.append(points[0])
        second.append(points[-1])
    return first, second[::-1]


def levelled(end: Point, before: Point, length: float) -> list[Point]:
    """From the end of a curve on, so far to the side, until it runs level: Bézier points without the first."""
    dx, dy = end[0] - before[0], end[1] - before[1]
    rise = max(-ROUND, min(ROUND, dy / dx * length / 2)) if abs(dx) > 0.1 else 0.0
    x, y = end[0] + length, end[1] + rise
    return [(end[0] + length / 2, y), (end[0] + length / 2, y), (x, y)]


def rounded(corners: list[Point]) -> list[Point]:
    """A polygonal way with round corners, as Bézier points without the first."""
    found: list[Point] = []
    here = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        start, stop = towards(corner, before), towards(corner, after)
        found += [*straight(here, start), corner, corner, stop]
        here = stop
    found += straight(here, corners[-1])
    return [(round(x, 1), round(y, 1)) for x, y in found]


def towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(ROUND, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share


def straight(start: Point, stop: Point) -> list[Point]:
    """The Bézier points of a straight line without the first."""
    third = ((stop[0] - start[0]) / 3, (stop[1] - start[1]) / 3)
    return [(start[0] + third[0], start[1] + third[1]), (stop[0] - third[0], stop[1] - third[1]), stop]
