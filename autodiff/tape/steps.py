"""Backprop one edge at a time: what the sweep does in one go, as events to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.boxes.value import Value
from autodiff.core.log import Log, Record
from autodiff.core.op import Op
from autodiff.tape.gradients import place_of
from autodiff.tape.sweep import add_to, fit, from_value, raw_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens while `target` is computed, or while its gradient is.

    phase "forward": `op` computed `node`, whose number or array is `value`; a leaf is there from the start, `op` is None.
    phase "backward": `node` handed `contribution` to `source`, its input number `slot`, whose cotangent now is `total`.
    For scalars `contribution = upstream * local`; for arrays `local` is None, a matrix that nobody writes down. The first
    backward step is the target's own: it has no `source`, and its `total` is 1 (an array of ones).
    """

    phase: str
    op: Op | None
    node: Any
    value: Any
    source: Any = None
    slot: int = -1
    upstream: Any = None
    local: float | None = None
    contribution: Any = None
    total: Any = None

    def __str__(self) -> str:
        what = self.op.name if self.op else "leaf"
        if self.phase == "forward":
            return f"forward   {what} = {brief(self.value)}"
        if self.slot < 0:
            return f"backward  target: {brief(self.total)}"
        share = f"{brief(self.upstream)} * {brief(self.local)}" if self.local is not None else f"from {brief(self.upstream)}"
        return f"backward  {what} to input {self.slot}: {share} = {brief(self.contribution)}, total {brief(self.total)}"


def brief(x: Any) -> str:
    """A number to six digits."""
    return str(float(f"{x:.6g}") if isinstance(x, float) else x)


def steps(log: Log, low: int, places: list[int], reach: bytearray | None) -> Iterator[Step]:
    """Every forward and backward step of the targets that stand at these places, in the order of the engine."""
    needed = ancestors(log, low, places)
    for place in range(low, low + len(needed)):
        if needed[place - low]:
            yield Step("forward", op_at(log, place), box_at(log, place), value_at(log, place))
    pending: list[Any] = [None] * len(needed)
    for place in places:
        total = one(value_at(log, place))
        add_to(pending, place - low, total)
        yield Step("backward", op_at(log, place), box_at(log, place), value_at(log, place), contribution=total, total=total)
    for place, slot, source, upstream, part in contributions(log, low, pending, reach):
        yield Step(
            "backward", op_at(log, place), box_at(log, place), value_at(log, place), box_at(log, source), slot, upstream,
            local_derivative(log, place, slot, source), part, pending[source - low],
        )  # fmt: skip


def stand(log: Log, low: int, reach: bytearray | None, targets: list[Any]) -> list[int]:
    """Where the targets stand; ValueError for one that stands nowhere."""
    places = [place_of(log, box, low, reach) for box in targets]
    for box, place in zip(targets, places, strict=True):
        if place < 0:
            raise ValueError(
                f"The target {box!r:.80} was not recorded by this tape: compute it inside `with Tape() as tape:`, from a "
                "Value, from a trainable Variable, or from what the tape was asked to watch."
            )
    return places


def ancestors(log: Log, low: int, places: list[int]) -> bytearray:
    """For each place from `low` to the last of `places`, whether one of them was computed from it (or is it)."""
    needed = bytearray(max(places, default=low - 1) + 1 - low)
    for place in places:
        needed[place - low] = 1
    for place in range(low + len(needed) - 1, low - 1, -1):
        if needed[place - low]:
            for source in log.nodes[place].sources():
                if source >= low:
                    needed[source - low] = 1
    return needed


def contributions(
    log: Log, low: int, pending: list[Any], reach: bytearray | None
) -> Iterator[tuple[int, int, int, Any, Any]]:
    """The sweep of the cotangents in `pending`, edge by edge: (place, input's number, where that stands, the cotangent that
    arrived at the place, what of it goes to the input). When it ends, `pending` holds every cotangent."""
    for entry in range(len(pending) - 1, -1, -1):
        g = pending[entry]
        if g is None:
            continue
        place = low + entry
        for k, source in enumerate(log.nodes[place].sources()):
            if source < low or (reach is not None and not reach[source - low]):
                continue
            part = handed_on(log, place, k, source, g)
            if part is not None:
                add_to(pending, source - low, part)
                yield place, k, source, g, part


def handed_on(log: Log, place: int, k: int, source: int, g: Any) -> Any:
    """What the node at a place hands to its input number k when `g` arrives; None if it is a constant there on purpose."""
    node = log.nodes[place]
    if not isinstance(node, Record):
        return fit(from_value(log, node, k, g, False), log.nodes[source], False)
    rule = node.op.vjps[k]
    if rule is None:
        return None
    with np.errstate(all="ignore"):
        return fit(rule(g, raw_of(node.out), *node.inputs, **node.params), log.nodes[source], False)


def local_derivative(log: Log, place: int, k: int, source: int) -> float | None:
    """d node / d input for real numbers and one-element arrays: the rule at g = 1. None for arrays."""
    node = log.nodes[place]
    if isinstance(node, Value):
        return float(node.da if k == 0 else node.db)
    y, x = value_at(log, place), value_at(log, source)
    if isinstance(y, tuple) or isinstance(x, tuple) or np.size(y) != 1 or np.size(x) != 1:
        return None
    part = handed_on(log, place, k, source, one(y))
    return None if part is None else float(np.asarray(part).item())


def one(y: Any) -> Any:
    """The cotangent of a target by itself."""
    return 1.0 if isinstance(y, float) else np.ones_like(y)


def box_at(log: Log, place: int) -> Any:
    """The box that stands at a place, or the tuple of them."""
    node = log.nodes[place]
    return node.out if isinstance(node, Record) else node


def value_at(log: Log, place: int) -> Any:
    """The raw data there: a float, an array, or a tuple of them."""
    return raw_of(box_at(log, place))


def op_at(log: Log, place: int) -> Op | None:
    """The op that computed the node at a place; None for a leaf."""
    node = log.nodes[place]
    return node.op if isinstance(node, (Record, Value)) else None
