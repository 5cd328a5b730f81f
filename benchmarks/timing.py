"""Times that can be trusted on a busy machine: two programs take turns, and the ratio is taken round by round."""

import gc
import math
import statistics
import time
import tracemalloc
from typing import NamedTuple


class Times(NamedTuple):
    """Of a contender, in seconds a call: medians of CPU time and wall time, and its ratios to the reference."""

    cpu: float
    wall: float
    reference: float  # CPU time of the reference
    ratio: float  # of the CPU times: the median of the rounds
    low: float  # its quartiles
    high: float
    wall_ratio: float


def block(function, repeats):
    """(CPU time, wall time) of one call, the mean of so many."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        function()
    return (time.process_time() - cpu) / repeats, (time.perf_counter() - wall) / repeats


def race(reference, contender, rounds, target=0.02):
    """The Times of `contender`. Blocks of both, each of `target` seconds or one call, take turns."""
    repeats = []
    for function in (reference, contender):
        function()
        repeats.append(max(1, round(target / max(block(function, 2)[1], 1e-9))))
    pairs = [(block(reference, repeats[0]), block(contender, repeats[1])) for _ in range(rounds)]
    ratios = [theirs[0] / max(ours[0], 1e-9) for ours, theirs in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    cpu, wall = (statistics.median(theirs[k] for _, theirs in pairs) for k in (0, 1))
    first = statistics.median(ours[0] for ours, _ in pairs)
    return Times(cpu, wall, first, ratio, low, high, statistics.median(b[1] / a[1] for a, b in pairs))


def exponent(sizes, seconds):
    """The slope of the line through (log size, log time): 1 is linear growth, 2 quadratic."""
    return statistics.linear_regression(list(map(math.log, sizes)), list(map(math.log, seconds))).slope


def growth(program, sizes, repeats=3):
    """(the least CPU time of program(n) for each size, in seconds; the exponent)."""
    program(sizes[0])
    seconds = [min(block(lambda n=n: program(n), 1)[0] for _ in range(repeats)) for n in sizes]
    return seconds, exponent(sizes, [max(s, 1e-9) for s in seconds])


def peak(function):
    """How many bytes above those before a call of `function` takes at most. Only Python and numpy tell what they take.

    What the first calls make and keep is not counted."""
    for _ in range(3):
        function()
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    function()
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top - before
