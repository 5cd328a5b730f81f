"""The graph: every operation that happened while a tape was recording, in execution order, which is topological already.

One graph per thread serves all the tapes that are open at the same time. Each tape has a span of it (core/span.py). An entry
is an ArrayNode, or a Value that carries its own two local derivatives; readers see both as a `Node`. `Graph.append` is the
only way in.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from autodiff.core.box import UNTRACKED, WATCHED, Box, Epoch, Leaf, still_holds
from autodiff.core.interrupts import abandoned, forget_blocks, held_at
from autodiff.core.listening import ACTIVE, CURRENT, DEAF, current_at_last, deaf, hear
from autodiff.core.native import mypyc_attr
from autodiff.core.node import Node
from autodiff.core.op import Op, Params, everything_recorded
from autodiff.core.recorder import Recorder, Watcher
from autodiff.core.unread import recall

if TYPE_CHECKING:
    from mypy_extensions import i32


@mypyc_attr(native_class=False)
class Anchor:
    """What tapes hold of a graph, and epochs refer to weakly. (Compiled, a Graph itself can't be referred to weakly.)"""

    __slots__ = ("__weakref__", "graph")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        graph.ref = weakref.ref(self)
        graph.epoch = Epoch(graph.ref)


@mypyc_attr(acyclic=True)
class Graph:
    """The nodes recorded so far, and who listens."""

    __slots__ = (
        "_indexed", "_outputs", "assigned", "call_sites", "constants", "continued", "cut_counts", "cuts", "derived", "epoch",
        "heard", "hides", "leaves", "nested", "nodes", "observers", "only_scalars", "pairs", "record_all", "recorder_count",
        "recorders", "ref", "scopes", "waiting", "watchers",
    )  # fmt: skip

    def __init__(self, recorders: list[Recorder]) -> None:
        self.ref: Any = UNTRACKED  # a weak reference to the anchor, once there is one
        self.epoch = UNTRACKED
        self.nodes: list[Any] = []
        self.leaves: dict[int, Leaf] = {}  # by id; holding the box keeps the id valid
        self.recorders = recorders  # those that are open now, the first opened first; successive graphs share the list
        self.observers: list[Recorder] = []  # those that are told of ops and leaves, and are not paused
        self.watchers: list[Watcher] = []  # those that watch leaves, and are not paused
        self.heard = False  # whether ops must come here: for one of these
        self.recorder_count = 0  # how many tapes ever recorded here
        self.hides = False  # whether a NaN could be hidden from the target: an op's row does not say that it `keeps_nan`
        self.only_scalars = True  # nothing but Values so far
        self.continued = False  # a tape paused or was left, and went on: results may have entered another graph meanwhile
        self.nested = False  # more than one tape, so that each must find its own part
        self.record_all = False  # also what nobody follows, and integers: for a trace
        self.pairs: dict[int, list[Any]] = {}  # the inputs of the Values that have more than two, by their index
        self.assigned: dict[int, int] = {}  # in a trace, from where a leaf is read to where stands what it was assigned
        self.constants: dict[int, tuple[Any, ...]] = {}  # by the id of a node's `out`: its inputs as observers saw them
        self.cuts: list[Any] = []  # where gradients end: see core/escapes.py
        self.derived: list[tuple[int, int, list[int]]] = []  # from where to where is what computed some, and these
        self.cut_counts: dict[Any, int] = {}  # how many of them each place in the program made
        self.call_sites: dict[int, Any] = {}  # where the user called the op at an index, while a debugger listens
        self.scopes: list[tuple[int, int, object]] = []  # from where to where stands what a layer computed; the innermost first
        self.waiting: list[Any] | None = None  # nodes that may let go of their outputs, None if none ever did; see `unread`
        self._outputs: dict[int, int] = {}  # from the id of a box to its index, see `find`
        self._indexed = 0

    # -- the way in ----------------------------------------------------------------------------------------------------

    def append(self, node: Any, box: Box | None) -> None:
        """Put a node at the end, and note in its box, if it can be followed from there, where it stands."""
        nodes = self.nodes
        if box is not None:
            box._index = len(nodes)
            box._epoch = self.epoch
        nodes.append(node)

    def index_of(self, box: Box) -> i32:
        """Where a box stands now; -1 for what is a constant to everyone who listens. A leaf enters at its first use."""
        index: i32 = box._index  # read before the epoch: `enter` writes them in the other order
        return index if box._epoch is self.epoch else self.locate(box)

    def locate(self, box: Box) -> i32:
        """Where a box stands now whose epoch is not the present one."""
        if not self.watchers or (not box.trainable and box._epoch is UNTRACKED and not self.record_all):
            return -1
        watchers = self.watchers
        if len(watchers) > 1 or not box.trainable or not watchers[0].watch_accessed_variables:
            watchers = [w for w in watchers
                        if w.record_all or (box.trainable and w.watch_accessed_variables) or id(box) in w._watched]  # fmt: skip
        return self.enter(box, watchers) if watchers else self._former(box)

    def _former(self, box: Box) -> i32:
        """The index that a box has here already, -1 if none."""
        if box._epoch.graph is not self.ref:
            return self.find(box) if self.continued else -1
        return self.leaves[id(box)].first if id(box) in self.leaves else box._index

    def enter(self, box: Box, watchers: list[Watcher], asked: bool = False) -> i32:
        """Give a watched box a new index. What flows there flows on to its first one. A box that one tape was `asked` to watch
        enters once more at its next use, for the other tapes that watch it."""
        index: i32 = len(self.nodes)
        leaf = self.leaves.get(id(box))  # its first index has been heard by all who may follow it, also by those that paused
        previous: i32 = leaf.first if leaf is not None else -1 if box._epoch.graph is None else self._former(box)
        if (ref := box._epoch.graph) is not None and ref is not self.ref and (other := ref()) is not None:
            other.graph.continued = True  # the graph of another thread: the box is in this one now
        assigned = leaf is not None and self.record_all and box._epoch.graph is self.ref and (
            box._index != leaf.last() or int(box._index) in self.assigned)  # fmt: skip
        if leaf is None:
            leaf = self.leaves[id(box)] = Leaf(box, index if previous < 0 else previous)
        if leaf.first != index:
            leaf.add(index)
        if assigned:
            self.assigned[int(index)] = int(box._index)
        entry = box._leaf_entry(previous, box._index if assigned else -1)
        snapshot: Box = entry.out if isinstance(entry, Node) else entry
        self.only_scalars = self.only_scalars and snapshot._is_number()
        self.append(entry, snapshot)
        for watcher in watchers:
            watcher._sources[int(index)] = box
        shared = asked and len([w for w in self.recorders if isinstance(w, Watcher) and not w.record_all]) > 1
        epoch = Epoch(self.ref) if shared else self.epoch
        box._epoch = WATCHED  # never a moment with the new index in the old epoch: another thread may be reading or entering it
        box._index = index
        box._epoch = epoch
        if self.observers:
            self.tell(self.observers, "on_leaf", box, snapshot)
        return index

    # -- reading -------------------------------------------------------------------------------------------------------

    def node(self, index: int) -> Node:
        entry = self.nodes[index]
        if isinstance(entry, Node):
            if self.waiting is not None:
                recall(self)
            return entry
        return entry._node(self, index)  # type: ignore[no-any-return]

    def box(self, index: int) -> Any:
        """The box that stands at an index: what an op computed, or a snapshot of a leaf."""
        if self.waiting is not None:
            recall(self)
        return self.holder(index)

    def holder(self, index: int) -> Box:
        """The same box as it is: its array may have been let go, except for shape and dtype."""
        entry = self.nodes[index]
        box: Box = entry if not isinstance(entry, Node) else entry.out if entry.first < 0 else entry.out[index - entry.first]
        return box

    def boxes_of(self, node: Node) -> list[Any]:
        """The inputs of a node as boxes; constants as they are, or as the boxes that an observer may follow."""
        given = self.constants.get(id(node.out), node.inputs)
        known = zip(node.parents, given, node.inputs)
        return [self.box(p) if p >= 0 else x if still_holds(x, raw) else raw for p, x, raw in known]

    def owners(self) -> dict[int, Box]:
        """The user's own boxes, by the indices where snapshots of them stand. (A rule may have read a snapshot itself.)"""
        places = [(index, leaf.box) for leaf in self.leaves.values() for index in leaf.indices()]
        return {index: box for index, box in places if self.holder(index) is not box}

    def find(self, box: Box) -> int:
        """The index of what an op computed here, -1 if none did, also when the box has entered another graph since: the
        nodes are then indexed by their outputs, each once."""
        if box._epoch.graph is self.ref:
            return int(box._index)
        if box._epoch is UNTRACKED or box.trainable:
            return -1
        for index in range(self._indexed, len(self.nodes)):
            self._outputs[id(self.holder(index))] = index
        self._indexed = len(self.nodes)
        return self._outputs.get(id(box), -1)

    # -- who listens ---------------------------------------------------------------------------------------------------

    def open(self, recorder: Recorder) -> None:
        """Let a recorder hear what happens from here on. If several tapes record here, a new epoch begins: leaves enter the
        graph again at their next use, for everyone who listens then."""
        if deaf() and not self.recorders:
            DEAF.set(0)
            forget_blocks(DEAF)
        if here := recorder not in self.recorders:  # else where it was opened
            self.recorders.append(recorder)
            recorder._together = self.recorders
        recorder.recording = True
        kind: Any = type(recorder)
        recorder.record_all = recorder.record_all or kind.record_all is True  # in the body of a subclass
        if isinstance(recorder, Watcher):
            self.continued = self.continued or bool(recorder._covered)
            if not recorder._covered:
                self.recorder_count += 1
                self.nested = self.recorder_count > 1
            if self.nested:
                self.epoch = Epoch(self.ref)
            recorder._covered.append([len(self.nodes), -1])
        self._changed(here)

    def pause(self, recorder: Recorder) -> None:
        """Keep a recorder from hearing. With nobody left to hear, operations cost nothing."""
        if recorder.recording and isinstance(recorder, Watcher) and recorder._covered:
            recorder._covered[-1][1] = len(self.nodes)
        recorder.recording = False
        self._changed()
        if not self.watchers and self.observers:
            self.epoch = Epoch(self.ref)  # no index holds while the tapes pause, so that nothing is appended for them

    def drop_abandoned(self) -> None:
        """Close the recorders that nobody can close any more: an interrupt came as their `with` ended."""
        for recorder in abandoned(self.recorders, [self.watchers, self.observers]):
            recorder.entered = True  # also where the interrupt came after it was no longer
            recorder.__exit__(None, None, None)

    def close(self, recorder: Recorder) -> None:
        """A recorder leaves. Those that stay and keep no nodes go on with a new graph."""
        self.pause(recorder)
        self.recorders.remove(recorder)
        if not self.recorders and CURRENT.get() is self:  # it is left where it was entered, and not in another thread
            CURRENT.set(None)
            ACTIVE.set(None)
        elif self.recorders and not self.is_kept():
            Graph(self.recorders)._changed()

    def is_kept(self) -> bool:
        """Whether an open tape keeps the nodes."""
        return any(isinstance(recorder, Watcher) for recorder in self.recorders)

    def _changed(self, here: bool = False) -> None:
        """Look who listens now, `here` or where they were opened: closing or pausing one elsewhere opens none there."""
        self.observers, self.watchers, self.record_all, self.heard = [], [], False, False
        for recorder in self.recorders:
            if recorder.recording:
                self.heard = self.heard or recorder._hears_ops
                self.record_all = self.record_all or recorder.record_all
                if recorder._observes:
                    self.observers.append(recorder)
                if isinstance(recorder, Watcher):
                    self.watchers.append(recorder)
        present = current_at_last()
        if here or (present is not None and present.recorders is self.recorders):
            hear(self)
            if everything_recorded.get() is not self.record_all:
                everything_recorded.set(self.record_all)

    def tell_op(self, op: Op, inputs: tuple[Any, ...], params: Params, out: Any) -> None:
        """Tell the observers of an op, and keep the boxes among its constants: they may be followed."""
        if len(self.observers) == 1 and getattr(self.observers[0], "only_notes", False):  # it computes nothing
            self.observers[0].on_op(op, inputs, params, out)
            return
        if self.watchers and self.nodes and self.node(len(self.nodes) - 1).out is out:
            self.constants[id(out)] = inputs
        self.tell(self.observers, "on_op", op, inputs, params, out)

    def tell(self, recorders: list[Recorder], event: str, *args: Any) -> None:
        """Tell those of the recorders that hear an event. What one of them computes meanwhile is heard by those that were
        opened before it; what it reads is no escape."""
        listening, before = (self.observers, self.watchers, self.record_all, self.heard), ACTIVE.get()
        with held_at(DEAF, len(self.recorders)):
            try:
                self._tell(recorders, event, args, before is not None)
            finally:
                try:
                    self.observers, self.watchers, self.record_all, self.heard = listening
                    ACTIVE.set(before if self.recorders else None)
                finally:
                    CURRENT.set(self if self.recorders else None)

    def _tell(self, recorders: list[Recorder], event: str, args: tuple[Any, ...], heard: bool) -> None:
        observers = self.observers
        for recorder in [r for r in recorders if r in self.recorders]:
            if not recorder.recording or getattr(type(recorder), event) is getattr(Recorder, event):
                continue
            place = self.recorders.index(recorder)
            outside, inside = self.recorders[:place], [other for other in self.recorders[place:] if other.recording]
            self.observers = [observer for observer in observers if observer in outside]
            heard_outside = heard and any(other.recording and other._hears_ops for other in outside)
            ACTIVE.set(self if heard_outside else None)
            for other in inside:
                other.recording = False
            try:
                getattr(recorder, event)(*args)
            finally:
                for other in inside:
                    other.recording = other.entered
