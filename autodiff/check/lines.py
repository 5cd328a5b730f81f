"""The derivative along lines: one line through all numbers, and the search for the number that is to blame."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from autodiff.check.differences import Slopes, Vector, estimate, slopes
from autodiff.check.mapping import Mapping

LINES = (60, 600)  # the most lines of one search: few through many numbers, which take long, and many through few


class Finding(NamedTuple):
    """What differences say of the derivative along one line.

    `kind` is "pass", "kink", "noise" or "wrong". `error` is the uncertainty of the differences, relative to the derivative.
    `excess` is by how much the derivative misses what they allow, relative to that.
    """

    kind: str
    exact: float
    value: float
    error: float
    excess: float

    @property
    def miss(self) -> float:
        """By how much the derivative and the differences differ, relative to the larger."""
        size = max(abs(self.exact), abs(self.value))
        return abs(self.exact - self.value) / size if size else 0.0


def weigh(found: Slopes, weights: Vector, exact: float) -> Finding:
    """The derivative `exact` of the weighted sum of the results, against the slopes of the results."""
    part = weights != 0
    found, weights = Slopes(*[x[part] for x in found]), weights[part]
    value = float(np.sum(weights * found.value))
    if not np.isfinite(value):
        return Finding("noise", exact, value, np.inf, 0.0)
    ends = np.where(found.jumps, (weights * found.left, weights * found.right), weights * found.value)
    low, high = float(np.sum(ends.min(0))), float(np.sum(ends.max(0)))
    size = max(abs(exact), float(np.linalg.norm(weights * found.value)), high - low)
    error = uncertainty(found, weights)
    distance = max(low - exact, exact - high, 0.0)
    excess = distance / (1e-6 * size + error) if size else 0.0
    kind = "pass" if (distance <= 1e-8 * size + 3 * error and error <= 1e-2 * size) or not size else "noise"
    if distance > 1e-7 * size + 10 * error:
        kind = "wrong"
    elif found.jumps.any():
        kind = "kink"
    return Finding(kind, exact, value, error / size if size else 0.0, excess)


def uncertainty(found: Slopes, weights: Vector) -> float:
    """Of the weighted sum of the slopes. Truncation errors add up; roundings are independent of one another."""
    doubts = weights * found.doubt
    return float(abs(np.sum(doubts)) + np.linalg.norm(doubts) + np.linalg.norm(weights * found.rounding))


def along(mapping: Mapping, direction: Vector, weights: Vector, exact: float) -> Slopes:
    """The slopes of all results along a direction, from as few steps as the sum with these weights needs."""

    def line(t: float) -> Vector:
        return mapping.at(mapping.point + t * direction)

    def enough(found: Slopes) -> bool:
        """Certain, or certain for what is to be decided: that they agree, or that they do not."""
        part = weights != 0
        w, found = weights[part], Slopes(*[x[part] for x in found])
        size, error = max(abs(exact), float(np.linalg.norm(w * found.value))), uncertainty(found, w)
        miss = abs(float(np.sum(w * found.value)) - exact)
        wanted = 1e-4 if miss <= 3 * error else 1e-3 if miss > 100 * error else 1e-7
        return bool(error <= wanted * size or (size == 0 and np.isfinite(error)))

    return slopes(line, mapping.middle, mapping.step, mapping.eps, enough)


def look(mapping: Mapping, direction: Vector, weights: Vector, gradient: Vector, confirm: bool = True) -> Finding:
    """The finding along one direction. What seems wrong is looked at again with other steps, to `confirm` it."""
    exact = float(gradient @ direction)
    slopes = along(mapping, direction, weights, exact)
    found = weigh(slopes, weights, exact)
    jumps = np.abs(slopes.right - slopes.left)[slopes.jumps & (weights != 0)]
    if found.kind == "kink" and mapping.drowns(float(np.max(jumps)), mapping.step):
        return found._replace(kind="noise")  # a result that does not move: its rounding looks like a jump
    if found.kind != "wrong" or not confirm:
        return found
    if 10 * mapping.step * abs(exact - found.value) <= mapping.rounding(weights):
        return found._replace(kind="noise")
    if not np.any(slopes.value[weights != 0]) and mapping.drowns(exact, mapping.step):
        return found._replace(kind="noise")
    return found._replace(kind="noise") if contradicted(mapping, found, direction, weights, gradient) else found


def contradicted(mapping: Mapping, found: Finding, direction: Vector, weights: Vector, gradient: Vector) -> bool:
    """Whether other steps do not confirm that the derivative is wrong: none does, or one that is certain enough accepts it."""
    size = np.where(mapping.scale > 0, np.abs(mapping.point), 0.0)
    relative = direction * np.where(size > 0, size, mapping.scale) / np.where(mapping.scale > 0, mapping.scale, 1.0)
    steps = [(direction, factor) for factor in (0.37, 0.0037, 37.0, 3700.0)]
    steps.append((relative, 1.0))  # near 0 a function may change within the size of the number itself
    confirmed = False
    for v, factor in steps:

        def line(t: float, v: Vector = v) -> Vector:
            return mapping.at(mapping.point + t * v)

        other = weigh(estimate(line, mapping.middle, mapping.step * factor, mapping.eps), weights, float(gradient @ v))
        if factor <= 1 and other.kind in ("pass", "kink") and other.error <= 0.1 * found.miss:
            return True  # a longer step sees less of the curve, so it can only confirm
        confirmed |= other.kind == "wrong"
    return not confirmed


class Found(NamedTuple):
    """What a search found: a block of wrong numbers (one, if they can be told apart), and how many single numbers stand at
    kinks, or can't be told. `complete` says whether every number was looked at."""

    wrong: tuple[int, int] | None
    kinks: int
    noisy: int
    complete: bool


def search(mapping: Mapping, weights: Vector, gradient: Vector, rng: np.random.Generator) -> Found:
    """The numbers along which the line does not pass, by halving: the most suspicious block first."""
    blocks: list[tuple[float, int, int]] = [(0.0, 0, mapping.point.size)]
    kinks = noisy = lines = 0
    doubtful: tuple[int, int] | None = None
    most = np.clip(8e6 / max(mapping.point.size, 1), *LINES)
    while blocks and lines < most:
        rank, start, stop = heapq.heappop(blocks)
        middle = (start + stop) // 2
        halves = [(start, middle), (middle, stop)] if stop - start > 1 else [(start, stop)]
        passed = 0
        for begin, end in halves:
            alone, direction = end - begin == 1, np.zeros(mapping.point.size)
            direction[begin:end] = mapping.scale[begin:end] if alone else mapping.random_direction(rng)[begin:end]
            found = look(mapping, direction, weights, gradient, confirm=alone)
            lines += 1
            if not alone and found.kind != "pass":
                heapq.heappush(blocks, (-found.excess if found.kind == "wrong" else 0.0, begin, end))
            elif found.kind == "wrong":
                return Found((begin, end), kinks, noisy, False)
            kinks += alone and found.kind == "kink"
            noisy += alone and found.kind == "noise"
            passed += found.kind == "pass"
        if passed == len(halves) and rank < 0 and doubtful is None:
            direction = np.zeros(mapping.point.size)
            direction[start:stop] = mapping.random_direction(rng)[start:stop]
            if look(mapping, direction, weights, gradient).kind == "wrong":
                doubtful = start, stop  # its numbers are to blame only together
    return Found(doubtful if kinks + noisy == 0 and not blocks else None, kinks, noisy, not blocks)
