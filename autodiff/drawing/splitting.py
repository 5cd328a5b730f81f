"""Where arrows leave a row of a page, on their way to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from autodiff.drawing.layered.page import Point
from autodiff.drawing.ways import halved, segment_at, straight


def leaving(
    pieces: Mapping[str, list[list[Point]]], sources: Mapping[str, str], k: int, reach: float
) -> tuple[dict[str, float], bool]:
    """The arrows that lead from row number k to the next, and at which height they leave it; and whether that is the one at
    which they are at `reach`, where the boxes of the row end. So it is if they have the same order there; behind that they are
    made level then, and none turns back to where it goes on. Arrows from one box leave as one."""
    parts = {key: each for key, each in pieces.items() if len(each) > k + 1 and each[k] and any(each[k + 1 :])}
    for keys in by_source(parts, sources).values():
        heights = Counter(round(parts[key][k][-1][1], 1) for key in keys)
        trunk = max(keys, key=lambda key: (heights[round(parts[key][k][-1][1], 1)], farthest(parts[key])))
        for key in keys:
            parts[key][k] = parts[trunk][k]
    ends = {key: each[k][-1] for key, each in parts.items()}
    level = {key: height_at(each[k], reach) for key, each in parts.items()}
    if sorted(parts, key=lambda key: level[key]) == sorted(parts, key=lambda key: (ends[key][1], level[key])):
        for key, each in parts.items():
            each[k] = [*before(each[k], reach), *straight((reach, level[key]), (ends[key][0], level[key]))]
        return level, True
    return {key: y for key, (_, y) in ends.items()}, False


def by_source(keys: Iterable[str], sources: Mapping[str, str]) -> dict[str, list[str]]:
    """These arrows by the box that they come from."""
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(sources[key], []).append(key)
    return found


def farthest(parts: list[list[Point]]) -> float:
    return max(x for part in parts for x, _ in part)


def height_at(part: list[Point], x: float) -> float:
    """The height of an arrow at x; that of its beginning, if it begins later."""
    at = segment_at(part, x)
    return part[0][1] if at is None else halved(part[at[0] : at[0] + 4], at[1])[0][-1][1]


def before(part: list[Point], x: float) -> list[Point]:
    """What of an arrow lies before x."""
    at = segment_at(part, x)
    return part[:1] if at is None else [*part[: at[0]], *halved(part[at[0] : at[0] + 4], at[1])[0]]
