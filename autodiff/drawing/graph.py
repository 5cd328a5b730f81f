"""The one model that every picture is made from: nodes with values and gradients, edges with local derivatives.

It is read off the span of a tape, in execution order. Nothing recurses, and nothing is sorted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import compress
from typing import Any

import numpy as np

from autodiff.core.array_names import name_of_array
from autodiff.core.box import Box
from autodiff.core.duck import Duck
from autodiff.core.escapes import Cut
from autodiff.core.levels import Level
from autodiff.core.node import Node as Entry
from autodiff.core.op import Op
from autodiff.core.span import Span
from autodiff.core.structural import IDENTITY
from autodiff.drawing.arrangements import Arrangements, is_transposed, rearranged
from autodiff.drawing.collecting import without_collector
from autodiff.drawing.cuts import cuts_read_again, cuts_to_draw, index_of, other_cuts, with_ways_to
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.source_text import text_at
from autodiff.failures.stack import Site
from autodiff.scalar.linked import LinkedValue
from autodiff.scalar.value import Value
from autodiff.scalar.views import ScalarNode, read_number
from autodiff.tape.trace_steps import local_derivative

NO_NUMBER = (None, -1, -1, 0.0, 0.0)
METHODS = ("numpy", "item", "tolist", "float", "to_numpy")  # drawn as calls


@dataclass(slots=True, eq=False, repr=False)
class Node:
    """One box: a parameter (trainable), an input (watched), a constant, or an output of an op."""

    kind: str  # "parameter", "input", "constant", "op", or "cut": where numbers were taken out, so that no gradient comes back
    value: Any  # raw: a float or an array
    index: int = -1  # where it stands in the tape's graph; -1 for a constant
    op: Op | None = None
    params: dict[str, Any] = field(default_factory=dict)
    output: str = ""  # which one, of an op of several outputs: ".U", "[0]"
    name: str | None = None
    group: str = ""  # the path of the group it belongs to, "mlp/dense_1": a layer, a call of a function, a step of a loop
    gradient: Any = None  # raw; None while it is not computed, and where nothing arrives
    target: bool = False
    line: str = ""  # the source line that made it, where that was recorded
    failed: bool = False  # its op raised; then it may have no value
    origin: str = ""  # of a constant that came back at the end of an edge that is cut, its input: the text that computed it
    key: str = ""  # of an op with an array that picks: the text of that, `tokens` in `wte[tokens]`; of a mask: what it says
    site: Site | None = None  # where the program computed it, if it is the result of an expression there
    whole: Node | None = None  # of a call of a library: its result, in whose box this step of it stands
    argument: bool = False  # of the function that is drawn
    fixed: bool = False  # an op of nothing that the tape follows
    form: str = ""  # of an array without its own name: what it is of the `value` that has this name, `{}.T` or `pad({}, …)`
    step: int = 0  # of a derivative that was taken: which of its operations, from 1; negative for a gradient
    table: str = ""  # of a number in a list of lists: their lengths, `27×16`
    pattern: str = ""  # of what a function made of its argument, which stands in braces: `-one_hot({y_true})`
    marks: Cut | None = None  # of a "cut": what it stands for
    inputs: list[Edge] = field(default_factory=list)
    users: list[Edge] = field(default_factory=list)


@dataclass(slots=True, eq=False, repr=False)
class Edge:
    """That `into` was computed from `source`, its input number `slot`."""

    source: Node
    into: Node
    slot: int
    local: float | None = None  # d into / d source, if both are numbers
    sent: Any = None  # the contribution that the backward walk sent along it, raw, as far as it is noted
    cut: bool = False  # no gradient flows here: the op or the tape treats the source as a constant

    @property
    def part(self) -> Any:
        """The contribution that went back along it, raw; None while that is not computed. Between numbers it is the gradient
        that arrived times the local derivative; where nothing arrives, nothing is handed on, also along an infinite slope."""
        if self.sent is None and self.local is not None and not self.cut:
            g = self.into.gradient
            if type(g) is float:
                self.sent = g * self.local if g != 0.0 else 0.0
        return self.sent


@dataclass(slots=True, repr=False)
class Graph:
    """Nodes in execution order, constants before their first user."""

    nodes: list[Node]
    targets: list[Node]
    differentiated: bool = False
    message: str = ""  # the error that ended the program, in a line
    error: Exception | None = None  # that error, of a function that was run for its picture
    unseen: list[Node] = field(default_factory=list)  # places of cuts that are told only if a constant was computed from one
    linked: bool = False  # whether no tape recorded it: micrograd's Values hold what they were computed from

    def edges(self) -> Iterable[Edge]:
        for node in self.nodes:
            yield from node.inputs


def read(span: Span, targets: list[Any], names: Namespace) -> Graph:
    """The graph of what `targets` (boxes; none means everything) were computed from. `names` is by id of a box or array."""
    indices = sorted(set(span.indices_of(targets)))
    needed = span.ancestors(indices) if targets else _drawn(span)
    cuts = cuts_to_draw(span, needed)
    cuts += cuts_read_again(span, cuts, needed)
    needed = with_ways_to(span, needed, cuts)
    reader = _Reader(span, names)
    with without_collector():
        reader.take_all(compress(range(span.start, span.start + len(needed)), needed))
    nodes = reader.nodes
    for cut in cuts:
        reader.take_cut(cut)
    unseen = [node for cut in other_cuts(span, cuts) if (node := reader.unseen_cut(cut)) is not None]
    ends = [reader.at[p] for p in indices] if targets else [n for n in nodes if not n.users and n.kind == "op"]
    for node in ends:
        node.target = True
    return Graph(nodes, ends, unseen=unseen, linked=bool(targets) and type(targets[0]) is LinkedValue)


def _drawn(span: Span) -> bytearray:
    """A mark for each index of a whole span. Of an op of several outputs only those that are used, or all if none is."""
    used = bytearray(span.stop - span.start)
    for _, node in span.nodes():
        for p in node.parents:
            if p >= span.start:
                used[p - span.start] = 1
    marks = bytearray(b"\x01") * len(used)
    for index, node in span.nodes():
        if node.first >= span.start:
            first = node.first - span.start
            marks[index - span.start] = used[index - span.start] or not any(used[first : first + len(node.out)])
    return marks


class _Reader:
    """Takes the indices of a span one after another and makes nodes of them."""

    def __init__(self, span: Span, names: Namespace) -> None:
        self.span, self.graph, self.names, self.arrangements = span, span.graph, names, Arrangements(names)
        self.named = set(names)
        self.nodes: list[Node] = []
        self.at: dict[int, Node] = {}
        self.arrays: dict[int, Node] = {}  # constant arrays by id: one node, whoever shares it
        self.is_constant = cache(is_constant)  # of this reader alone: an op of the user's may hold arrays
        self.owners = span.graph.owners()
        self.leaves: set[int] = set()  # by id: the arrays of leaves
        self.unused: dict[int, Node] = {}  # by id: leaves that were read, but never computed with

    def take_all(self, indices: Iterable[int]) -> None:
        """Make nodes of what stands at these indices. What is most of a large graph, a Value that was computed from one or two,
        is read here, with no call for each: `_take_any`, for which a view of each is made, takes five times as long."""
        entries, start, mask, at, nodes = self.graph.nodes, self.span.start, self.span.mask, self.at, self.nodes
        named, owners = self.named, self.owners
        constants: dict[Op, list[bool]] = {}  # which inputs of an op are
        for index in indices:
            value = entries[index]
            op, a, b, da, db = read_number(value) if isinstance(value, Value) else NO_NUMBER
            if op is None or op is IDENTITY or (a < start and b < start):
                self._take_any(index)
                continue
            name = value.name
            if name is None and (id(value) in named or index in owners):
                name = self._name(value, owners.get(index))
            if op not in constants:
                constants[op] = [self.is_constant(op, slot) for slot in range(op.arity)]
            node = at[index] = Node("op", value._raw(), index, op, {}, "", name)
            node.fixed = mask is not None and not mask[index - start]
            slot, p, local = 0, a, da
            for cut in constants[op]:
                if p >= start:
                    source = at[p]
                    edge = Edge(source, node, slot, local, None, cut or (mask is not None and not mask[p - start]))
                else:
                    source = self._constant(local if p < 0 else self.graph.box(p)._raw())
                    edge = Edge(source, node, slot)
                node.inputs.append(edge)
                source.users.append(edge)
                slot, p, local = 1, b, db
            nodes.append(node)

    def _take_any(self, index: int) -> None:
        entry, box, leaf = self.graph.node(index), self.graph.box(index), self.owners.get(index)
        parents, value = entry.parents, all_numbers(box._raw())
        stands_for = leaf is not None or getattr(box, "name", None) is None
        if entry.op is IDENTITY and stands_for and parents[0] in self.at:
            previous = self.at[parents[0]]
            if previous.value is value or (isinstance(value, float) and previous.value == value):
                self.at[index] = previous  # the same leaf, entered again for another tape, or what stands for it
                return
        tracked = entry.op is not None and any(p >= self.span.start for p in parents)
        kind = "op" if tracked else _leaf_kind(leaf)
        if kind == "input" and not self.span.active(index):  # which another tape watches
            kind = "constant"
        node = Node(kind, value, index)
        node.name = self._name(box, leaf)
        self.at[index] = node
        if tracked:
            node.fixed = not self.span.active(index)
            node.op, node.output = entry.op, output_of(entry, index)
            node.params = {name: x for name, x in entry.params.items() if not isinstance(x, Level)}
            for slot, (p, constant) in enumerate(zip(parents, entry.inputs, strict=True)):
                self._join(node, entry, slot, p, constant)
        else:
            self.leaves.add(id(value))
        self.nodes.append(node)

    def _name(self, box: Any, owned: Box | None) -> str | None:
        """The name of what stands in the graph: its own, or the program's for it or for the box it was read from."""
        known: str | None = getattr(box, "name", None) or (owned is not None and self.names.get(id(owned))) or None
        return known or self.names.get(id(box))

    def take_cut(self, cut: Cut) -> None:
        """A node that says how numbers were taken out and in which line, at the end of an edge that is cut."""
        source = self.at.get(index_of(self.span, cut)) or self.unused.get(id(cut.leaf))
        if source is None and cut.leaf is not None:
            name = cut.leaf.name or self.names.get(id(cut.leaf))
            source = self.unused[id(cut.leaf)] = Node(_leaf_kind(cut.leaf), cut.leaf._raw(), name=name)
            self.nodes.append(source)
        if source is not None:
            node = node_of_cut(cut, source)
            if cut.result is not None:
                node.value, node.origin = cut.result(), text_at(cut.site)
            source.users.append(node.inputs[0])
            self.nodes.append(node)

    def unseen_cut(self, cut: Cut) -> Node | None:
        """The same at what is drawn anyway, which knows nothing of it; None elsewhere."""
        source = self.at.get(index_of(self.span, cut))
        return None if source is None else node_of_cut(cut, source)

    def _join(self, node: Node, entry: Entry, slot: int, p: int, constant: Any) -> None:
        if p < self.span.start:
            source = self._constant(all_numbers(constant if p < 0 else self.graph.box(p)._raw()))
            edge = Edge(source, node, slot)
        else:
            source = self.at[p]
            local = entry.local(slot) if isinstance(entry, ScalarNode) else local_derivative(self.span, node.index, slot, p)
            edge = Edge(source, node, slot, local, cut=not self.span.active(p) or self.is_constant(entry.op, slot))
        node.inputs.append(edge)
        source.users.append(edge)

    def _name_of_array(self, array: Any) -> str | None:
        """The program's name for an array; else its own, but for a leaf, which came back as a constant: how, tells it."""
        own = None if id(rearranged(array)) in self.leaves else name_of_array(array)
        return self.names.get(id(array)) or own

    def _constant(self, value: Any) -> Node:
        shared = isinstance(value, np.ndarray) and value.ndim > 0
        if shared and id(value) in self.arrays:
            return self.arrays[id(value)]
        whole, name = value, self._name_of_array(value) if shared else None
        if shared and name is None:
            name, whole = self.arrangements.of(value) or (self._name_of_array(rearranged(value)), rearranged(value))
        made = name is not None and "{" in name
        node = Node("constant", whole if name else value, name=None if made else name, pattern=name or "" if made else "")
        node.form = "{}.T" if shared and name is not None and is_transposed(value, whole) else ""
        if shared:
            self.arrays[id(value)] = node
        self.nodes.append(node)
        return node


def node_of_cut(cut: Cut, source: Node) -> Node:
    name = f"{cut.how}()" if cut.how in METHODS else cut.how
    node = Node("cut", None, name=name, line=cut.site.place.without_folders(), marks=cut)
    node.inputs.append(Edge(source, node, 0, cut=True))
    return node


def all_numbers(raw: Any) -> Any:
    """Raw data to be seen: of what was computed inside vmap the numbers of all examples."""
    return raw.shown() if isinstance(raw, Duck) else raw


def _leaf_kind(box: Any) -> str:
    return "constant" if box is None else "parameter" if box.trainable else "input"


def is_constant(op: Op | None, slot: int) -> bool:
    """Whether the op has no derivative with respect to this input."""
    return op is not None and op.joint_vjp is None and op.vjp(slot) is None


def output_of(entry: Entry, index: int) -> str:
    """Which output of its op stands at an index, by numpy's name for it or by its number; "" for the only one."""
    if entry.first < 0:
        return ""
    k = index - entry.first
    names = getattr(entry.out, "_fields", None)
    return f"[{k}]" if names is None else f".{names[k]}"
