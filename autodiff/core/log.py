"""The log: every operation that happened while a tape was listening, in order.

One log per thread serves all the tapes that are open at the same time; a tape is a view of a stretch of it. The order of
recording is already topological, so no sweep ever sorts. A node of the log is a Value, which carries its own two local
derivatives, or a Record, which carries what a rule needs, or a box that stands there for a leaf as it was when first read.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from autodiff.core.box import ASKED, NOWHERE, Box, Token
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op

_serial = itertools.count()


@mypyc_attr(acyclic=True)
class Record:
    """That `out = op(*inputs, **params)` happened. `places` says where each input stands on the log, -1 for a constant."""

    __slots__ = ("inputs", "op", "out", "params", "places")

    def __init__(self, op: Op, inputs: list[Any], places: list[int], params: dict[str, Any], out: Any) -> None:
        self.op = op
        self.inputs = inputs
        self.places = places
        self.params = params
        self.out = out

    def sources(self) -> list[int]:
        return self.places


@mypyc_attr(allow_interpreted_subclasses=True)
class Listener:
    """Who listens to a log. A tape does; so can a drawing, a tracer, a NaN finder."""

    def __init__(self, watches_leaves: bool = True) -> None:
        self.entered = False  # from its `with` to the end of it
        self.recording = False  # entered, and not paused
        self.watches_leaves = watches_leaves
        self.asked: dict[int, Box] = {}  # by id; holding the box keeps the id valid
        self.roots: set[int] = set()  # the places where something that this listener watches stands
        self.stretches: list[list[int]] = []  # [start, end) of what it heard, in places; the last may be open: end -1

    def reach(self, log: Log, high: int) -> bytearray | None:
        """For each place from the start of what was heard, whether anything watched led there; None for everywhere."""
        if not log.shared:
            return None
        low = self.stretches[0][0]
        reach = bytearray(max(0, high + 1 - low))
        for start, end in self.stretches:
            for place in range(start, min(high + 1, len(log.nodes) if end < 0 else end)):
                sources = log.nodes[place].sources()
                reach[place - low] = place in self.roots or any(p >= low and reach[p - low] for p in sources)
        return reach


@mypyc_attr(acyclic=True)
class Log:
    """The nodes recorded so far, and who listens."""

    __slots__ = ("leaves", "listeners", "nodes", "owners", "scalar", "serial", "shared", "token")

    def __init__(self) -> None:
        self.serial: int = next(_serial)
        self.token = Token(self.serial)
        self.nodes: list[Any] = []
        self.leaves: dict[int, tuple[Box, list[int]]] = {}  # by id: every place where the box stands
        self.listeners: list[Listener] = []  # those that are entered now
        self.owners = 0  # how many ever were
        self.scalar = True  # nothing but Values so far
        self.shared = False  # more than one listener, so each must find its own part

    def open(self, listener: Listener) -> None:
        """Let a listener hear what happens from here on. It starts a new stretch: leaves enter the log again at their
        next use, and are shown to everyone who listens then."""
        if not listener.stretches:
            self.owners += 1
            self.shared = self.owners > 1
        if listener not in self.listeners:
            self.listeners.append(listener)
        if self.shared:
            self.token = Token(self.serial)
        listener.recording = True
        listener.stretches.append([len(self.nodes), -1])
        _current.set(self)
        _active.set(self)

    def pause(self, listener: Listener) -> None:
        """Keep a listener from hearing; with nobody left to hear, operations cost nothing."""
        if listener.recording:
            listener.recording = False
            listener.stretches[-1][1] = len(self.nodes)
        if not any(other.recording for other in self.listeners):
            _active.set(None)

    def close(self, listener: Listener) -> None:
        """A listener leaves. With the last one the thread is without a log."""
        self.pause(listener)
        self.listeners.remove(listener)
        if not self.listeners:
            _current.set(None)

    def locate(self, box: Box) -> int:
        """Where a box stands whose token is not the current one; -1 if it is a constant to everyone who listens."""
        if box.token is NOWHERE and not box.trainable:
            return -1
        watchers: list[Listener] = []
        for listener in self.listeners:
            unasked = box.trainable and listener.watches_leaves
            if listener.recording and (unasked or id(box) in listener.asked):
                watchers.append(listener)
        if not watchers:
            return box.place if box.token.log == self.serial else -1
        return self.enter(box, watchers)

    def enter(self, box: Box, watchers: list[Listener]) -> int:
        """Give a watched box a new place at the end of the log; what flows there flows on to its earlier place."""
        spots = self.leaves.get(id(box))
        earlier = box.place if box.token.log == self.serial else -1
        if spots is None:
            spots = (box, [] if earlier < 0 else [earlier])
            self.leaves[id(box)] = spots
        elif spots[1]:
            earlier = spots[1][-1]
        place = len(self.nodes)
        self.nodes.append(box.stand_in(place, self.token, earlier))
        spots[1].append(place)
        for listener in watchers:
            listener.roots.add(place)
        box.token = ASKED  # never a moment with the new place under the old token: another thread may be reading
        box.place = place
        box.token = self.token
        return place

    def places(self, box: Box) -> list[int]:
        """Every place where a box stands, in order."""
        spots = self.leaves.get(id(box))
        if spots is not None:
            return spots[1]
        if box.token.log == self.serial:
            return [box.place]
        if box.token is NOWHERE:
            return []
        return [place for place in range(len(self.nodes)) if self.box(place) is box]  # it stands on another log too

    def box(self, place: int) -> Any:
        """The box that stands at a place; of an op with several outputs, the tuple of them."""
        node = self.nodes[place]
        return node.out if isinstance(node, Record) else node


_active: Final[ContextVar[Log | None]] = ContextVar("the log that operations go to", default=None)
_current: Final[ContextVar[Log | None]] = ContextVar("the log of the open tapes, also while they pause", default=None)
active: Final[Callable[[], Log | None]] = _active.get
current: Final[Callable[[], Log | None]] = _current.get
