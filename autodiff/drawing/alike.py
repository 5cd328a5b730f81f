"""Which nodes of a graph play the same part: colours, refined by the colours of the neighbours.

Each kind of node starts with one colour. Each round splits the colours of nodes whose inputs or users differ in colour
(Weisfeiler and Leman, 1968). In a network the 16 neurons of a layer keep one colour through all rounds, and after a few
rounds nothing changes. On a long chain each round sets apart one more node at either end; there the result of two rounds is
taken, in which the first and last steps are apart and the middle is one group.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 64  # a graph that still changes after so many is taken for a chain
CHAIN = 8  # so are those of so many rounds that then have too many colours
EDGE_STEPS = 2


def alike(kinds: Sequence[Hashable], arrows: Sequence[tuple[int, int]] | NDArray[np.int64], budget: int) -> list[int]:
    """A group number for each node, no more than `budget` groups if the kinds are that few. `arrows`: pairs of nodes, in a list
    or in the rows of an array."""
    numbers: dict[Hashable, int] = {}
    colours = np.array([numbers.setdefault(kind, len(numbers)) for kind in kinds], dtype=np.int64)
    source, into = np.asarray(arrows, dtype=np.int64).reshape(-1, 2).T
    kept = [colours]
    for _ in range(ROUNDS):
        finer = refined(colours, source, into)
        count = finer.max(initial=-1) + 1
        if count == colours.max(initial=-1) + 1:
            found: list[int] = colours.tolist()
            return found
        if count > budget:
            break
        colours = finer
        kept.append(colours)
    last: list[int] = kept[EDGE_STEPS if len(kept) > CHAIN else -1].tolist()
    return last


def refined(colours: Any, source: Any, into: Any) -> Any:
    """The colours split by the sets of colours among the inputs, and among the users."""
    below, above = signature(colours, source, into), signature(colours, into, source)
    together = mixed(colours) ^ (below * np.uint64(3)) ^ mixed(above)
    _, finer = np.unique(together, return_inverse=True)
    return finer.reshape(-1)


def signature(colours: Any, source: Any, into: Any) -> Any:
    """For each node a number for the set of colours that its arrows come from."""
    total = np.zeros(len(colours), dtype=np.uint64)
    if len(source):
        base = int(colours.max()) + 1
        pairs = np.sort(into * base + colours[source])
        ends, colour = np.divmod(pairs[np.append(True, pairs[1:] != pairs[:-1])], base)
        first = np.flatnonzero(np.append(True, ends[1:] != ends[:-1]))
        total[ends[first]] = np.add.reduceat(mixed(colour), first)
    return total


def mixed(colour: Any) -> Any:
    """A scattered 64-bit number for each colour, so that sums of them tell sets apart (splitmix64)."""
    x = (colour.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
