"""Arrows cut into pieces, for a layout that is broken into rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from autodiff.drawing.layered.page import Point


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


def leaving(pieces: Mapping[str, list[list[Point]]], k: int, reach: float) -> tuple[dict[str, float], bool]:
    """The arrows that lead from row number k to the next, and at which height they leave it; and whether that is the one at
    which they are at `reach`, where the boxes of the row end. So it is if they have the same order there; behind that they are
    made level then, and none turns back to where it goes on."""
    parts = {key: each for key, each in pieces.items() if len(each) > k + 1 and each[k] and any(each[k + 1 :])}
    ends = {key: each[k][-1] for key, each in parts.items()}
    level = {key: height_at(each[k], reach) for key, each in parts.items()}
    if sorted(parts, key=lambda key: level[key]) == sorted(parts, key=lambda key: (ends[key][1], level[key])):
        for key, each in parts.items():
            each[k] = [*before(each[k], reach), *straight((reach, level[key]), (ends[key][0], level[key]))]
        return level, True
    return {key: y for key, (_, y) in ends.items()}, False


def height_at(part: list[Point], x: float) -> float:
    """The height of an arrow at x; that of its beginning, if it begins later."""
    at = segment_at(part, x)
    return part[0][1] if at is None else halved(part[at[0] : at[0] + 4], at[1])[0][-1][1]


def before(part: list[Point], x: float) -> list[Point]:
    """What of an arrow lies before x."""
    at = segment_at(part, x)
    return part[:1] if at is None else [*part[: at[0]], *halved(part[at[0] : at[0] + 4], at[1])[0]]


def straight(start: Point, stop: Point) -> list[Point]:
    """The Bézier points of a straight line without the first."""
    third = ((stop[0] - start[0]) / 3, (stop[1] - start[1]) / 3)
    return [(start[0] + third[0], start[1] + third[1]), (stop[0] - third[0], stop[1] - third[1]), stop]


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
