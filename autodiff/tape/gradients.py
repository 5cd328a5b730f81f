"""From targets to the cotangents of sources: where they stand on the log, the sweep between, and the pick-up."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.value import Value
from autodiff.core.box import Box
from autodiff.core.log import Listener, Log, active
from autodiff.tape.stacked import sweep_stacked
from autodiff.tape.sweep import add_to, sweep, sweep_values


def gradients(
    log: Log,
    listener: Listener,
    targets: list[Any],
    seeds: list[Any],
    sources: list[Any],
    consume: bool = False,
    stacked: bool = False,
) -> list[Any]:
    """For each source the cotangent that the targets' seeds (None: ones) send it, None where nothing arrives. They are raw
    numbers, or boxes when somebody listens to the sweep. With `consume` the records need not outlive the sweep. `stacked`
    seeds are many seeds along a first axis, and so are the cotangents."""
    live = active() is not None
    one = len(targets) == 1 and seeds[0] is None and isinstance(targets[0], Value)
    if one and log.scalar and not log.shared and not live:
        return _of_one_value(log, listener, targets[0], sources, consume)
    with np.errstate(all="ignore"):
        return _of_anything(log, listener, targets, seeds, sources, live, consume and not log.shared, stacked)


def _of_anything(
    log: Log,
    listener: Listener,
    targets: list[Any],
    seeds: list[Any],
    sources: list[Any],
    live: bool,
    consume: bool,
    stacked: bool,
) -> list[Any]:
    low = listener.stretches[0][0]
    reach = listener.reach(log, len(log.nodes) - 1)
    slots = [place_of(log, source, low, reach) - low for source in sources]
    starts = [place_of(log, target, low, reach) - low for target in targets]
    size = max(starts, default=-1) + 1
    pending: list[Any] = [None] * max(size, 0)
    direct: dict[int, Any] = {}  # the seeds of targets that stand nowhere on this tape: their own gradient
    for k in range(len(targets)):
        g = _ones_of(targets[k]) if seeds[k] is None else seeds[k]
        if starts[k] >= 0:
            add_to(pending, starts[k], g)
        else:
            box = id(targets[k])
            direct[box] = g if box not in direct else direct[box] + g
    keep = bytearray(len(pending))
    for slot in slots:
        if 0 <= slot < len(pending):
            keep[slot] = 1
    if stacked:
        sweep_stacked(log, low, pending, keep, reach)
    else:
        sweep(log, low, pending, keep, reach, live, consume)
    found: list[Any] = []
    for k in range(len(sources)):
        if 0 <= slots[k] < len(pending):
            found.append(pending[slots[k]])
        else:
            found.append(direct.get(id(sources[k])) if direct else None)
    return found


def _of_one_value(log: Log, listener: Listener, target: Box, sources: list[Any], consume: bool) -> list[Any]:
    """The fast case: one Value, nothing but Values on the log, nobody else listening."""
    low = listener.stretches[0][0]
    nodes = log.nodes
    place = place_of(log, target, low, None)
    if place < 0:
        return [1.0 if source is target else None for source in sources]
    top: Value = nodes[place]
    top.g = 1.0
    top.reached = True
    sweep_values(nodes, place, low)
    found: list[Any] = []
    for source in sources:
        place = place_of(log, source, low, None)
        node: Value | None = nodes[place] if place >= 0 else None
        found.append(node.g if node is not None and node.reached else None)
    if not consume:
        for node in nodes:
            node.reached = False
    return found


def place_of(log: Log, box: Box, low: int, reach: bytearray | None) -> int:
    """Where a box first stands within what a listener heard and follows, or -1."""
    spots = log.leaves.get(id(box))
    if spots is None and box.token.log == log.serial:
        place: int = box.place
        return place if place >= low and (reach is None or reach[place - low]) else -1
    for place in log.places(box):
        if place >= low and (reach is None or reach[place - low]):
            return place
    return -1


def _ones_of(box: Any) -> Any:
    """The cotangent of a target by itself: ones."""
    return 1.0 if isinstance(box, Value) else np.ones_like(box.data)
