"""Ratios that can be trusted on a noisy machine: the contenders take turns, and the ratio is taken round by round."""

import statistics
import time


def seconds(function, repeats):
    """The mean time of one call."""
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats


def race(reference, contender, rounds=15, target=0.02):
    """(median seconds of `reference`, median seconds of `contender`, median of the per-round ratio)."""
    repeats = []
    for function in (reference, contender):
        function()
        repeats.append(max(1, round(target / seconds(function, 2))))
    pairs = [(seconds(reference, repeats[0]), seconds(contender, repeats[1])) for _ in range(rounds)]
    medians = [statistics.median(column) for column in zip(*pairs)]
    return *medians, statistics.median(b / a for a, b in pairs)
