"""The one model that every picture is made from: nodes with values and gradients, edges with local derivatives.

It is read off the log of a tape, in the order of recording; nothing recurses, nothing is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autodiff.core.box import Box
from autodiff.core.log import Log, Record
from autodiff.core.op import Op
from autodiff.core.plumbing import IDENTITY
from autodiff.tape.gradients import place_of
from autodiff.tape.steps import ancestors, box_at, contributions, local_derivative, one, op_at, value_at


@dataclass(slots=True, eq=False)
class Node:
    """One box: a parameter (trainable), an input (watched), a constant, or what an op computed."""

    kind: str  # "parameter", "input", "constant" or "op"
    value: Any  # raw: a float, an array, a tuple of arrays
    place: int = -1  # where it stands on the log; a constant stands nowhere
    op: Op | None = None
    params: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    layer: str = ""  # the path of the layer it belongs to, "mlp/dense_1"
    gradient: Any = None  # raw; None while it is not computed, and where nothing arrives
    target: bool = False
    line: str = ""  # the source line that made it, where that was recorded
    inputs: list[Edge] = field(default_factory=list)
    users: list[Edge] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Edge:
    """That `into` was computed from `source`, its input number `slot`."""

    source: Node
    into: Node
    slot: int
    local: float | None = None  # d into / d source, if both are numbers
    part: Any = None  # what the sweep sent along it, raw; None while not computed
    cut: bool = False  # no gradient flows here, on purpose


@dataclass(slots=True)
class Graph:
    """Nodes in the order of recording, constants before their first user; and in which order the sweep took the edges."""

    nodes: list[Node]
    targets: list[Node]
    differentiated: bool = False
    order: list[Edge] = field(default_factory=list)

    def edges(self) -> Iterable[Edge]:
        for node in self.nodes:
            yield from node.inputs


def read(log: Log, low: int, reach: bytearray | None, targets: list[Any], names: dict[int, str]) -> Graph:
    """The graph of what `targets` (boxes; none means everything) were computed from. `names` is by id of a box or array."""
    places = sorted({place_of(log, box, low, reach) for box in targets})
    everything = len(log.nodes) - low
    needed = ancestors(log, low, places) if targets else bytearray(b"\x01") * everything
    reader = _Reader(log, low, reach, names)
    for place in range(low, low + len(needed)):
        if needed[place - low]:
            reader.take(place)
    nodes = reader.nodes
    ends = [reader.at[p] for p in places] if targets else [n for n in nodes if not n.users and n.kind == "op"]
    for node in ends:
        node.target = True
    return Graph(nodes, ends)


class _Reader:
    """Takes the places of a log one after another and makes nodes of them."""

    def __init__(self, log: Log, low: int, reach: bytearray | None, names: dict[int, str]) -> None:
        self.log, self.low, self.reach, self.names = log, low, reach, names
        self.nodes: list[Node] = []
        self.at: dict[int, Node] = {}
        self.arrays: dict[int, Node] = {}  # constant arrays by id: one node, whoever shares it
        self.leaves = {place: box for box, places in log.leaves.values() for place in places}

    def take(self, place: int) -> None:
        record, op, value = self.log.nodes[place], op_at(self.log, place), value_at(self.log, place)
        box, leaf = box_at(self.log, place), self.leaves.get(place)
        inputs = _inputs(record, op)
        if op is IDENTITY and leaf is not None and inputs[0][0] in self.at:
            earlier = self.at[inputs[0][0]]
            if earlier.value is value or (isinstance(value, float) and earlier.value == value):
                self.at[place] = earlier  # the same leaf, entered again for another tape
                return
        tracked = op is not None and any(p >= self.low for p, _ in inputs)
        node = Node("op" if tracked else _leaf_kind(leaf), value, place)
        node.name = getattr(box, "name", None) or self.names.get(id(leaf)) or self.names.get(id(box))
        self.at[place] = node
        if tracked:
            node.op, node.params = op, record.params if isinstance(record, Record) else {}
            for slot, (source, constant) in enumerate(inputs):
                self._join(node, slot, source, constant)
        self.nodes.append(node)

    def _join(self, node: Node, slot: int, place: int, constant: Any) -> None:
        source = self.at[place] if place >= self.low else self._constant(constant)
        edge = Edge(source, node, slot, cut=_is_cut(node.op, slot))
        if place >= self.low:
            edge.local = local_derivative(self.log, node.place, slot, place)
            edge.cut |= self.reach is not None and not self.reach[place - self.low]
        node.inputs.append(edge)
        source.users.append(edge)

    def _constant(self, value: Any) -> Node:
        shared = isinstance(value, np.ndarray) and value.ndim > 0
        if shared and id(value) in self.arrays:
            return self.arrays[id(value)]
        node = Node("constant", value, name=self.names.get(id(value)) if shared else None)
        if shared:
            self.arrays[id(value)] = node
        self.nodes.append(node)
        return node


def _inputs(record: Any, op: Op | None) -> list[tuple[int, Any]]:
    """Each input of a node as (its place or -1, the constant that it is then)."""
    if op is None:
        return []
    if isinstance(record, Record):
        return list(zip(record.places, record.inputs, strict=True))
    pairs = [(record.a, record.da), (record.b, record.db)]  # the place of a constant's derivative keeps the constant
    return pairs[: 1 if op is IDENTITY else op.arity]


def _leaf_kind(box: Box | None) -> str:
    return "parameter" if box is None or box.trainable else "input"


def _is_cut(op: Op | None, slot: int) -> bool:
    return op is not None and op.vjps[slot] is None


def differentiate(graph: Graph, log: Log, low: int, reach: bytearray | None) -> None:
    """Fill in the gradient of the sum of the targets: at every node, and along every edge. The tape is left as it was."""
    at = {node.place: node for node in graph.nodes if node.place >= 0}
    joined = {(edge.into.place, edge.slot): edge for edge in graph.edges()}
    pending: list[Any] = [None] * (max((node.place for node in graph.targets), default=low - 1) + 1 - low)
    for node in graph.targets:
        pending[node.place - low] = one(node.value)
    for place, slot, _source, _g, part in contributions(log, low, pending, reach):
        edge = joined.get((place, slot))
        if edge is not None:
            edge.part = part
            graph.order.append(edge)
    for entry, g in enumerate(pending):
        if low + entry in at:
            at[low + entry].gradient = g
    graph.differentiated = True


def is_number(node: Node) -> bool:
    """Whether a node holds one number rather than an array."""
    return isinstance(node.value, float) or (not isinstance(node.value, tuple) and np.ndim(node.value) == 0)
