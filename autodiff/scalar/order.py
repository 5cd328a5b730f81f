"""What a LinkedValue was computed from, in order: for the walk back, and as a graph for pictures. Nothing recurses."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Epoch, Leaf, raw_of
from autodiff.core.graph import Anchor, Graph
from autodiff.core.interrupts import quiet
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Inputs, Op, Params
from autodiff.scalar.backward import backward_values
from autodiff.scalar.given import pairs_of, stated_op
from autodiff.scalar.held import let_go_of_new_ones
from autodiff.scalar.linked import LinkedValue
from autodiff.scalar.node import IN_PAIRS
from autodiff.scalar.value import result


def add_gradients(top: LinkedValue) -> None:
    """Add the derivative of `top` by each Value that it was computed from to that one's gradient."""
    let_go_of_new_ones()
    order = Order()
    order.put(top)
    top._g = 1.0
    top._reached = True
    backward_values(order.nodes, order.pairs, len(order.nodes) - 1, 0)
    for node, g in zip(order.earlier, order.sums):
        node._g = node._g + g if node._reached else g
        node._reached = True
    top._g = 1.0


def graph_of(tops: list[LinkedValue]) -> Graph:
    """A graph of what these Values were computed from, as a tape would have recorded it, for pictures."""
    graph = Graph([])
    Anchor(graph)
    order = Order()
    for top in tops:
        if top._epoch is not order.epoch:
            order.put(top)
    graph.pairs = order.pairs
    for k in range(len(order.nodes)):
        node: LinkedValue = order.nodes[k]
        twin = result(node._held)
        twin.name = node.name
        twin._made_by, twin._a, twin._b, twin._da, twin._db = node._made_by, node._a, node._b, node._da, node._db
        graph.append(twin, twin)
        graph.leaves[id(node)] = Leaf(node, k)
    for node, g in zip(order.earlier, order.sums):
        node._g, node._reached = g, True
    return graph


@mypyc_attr(acyclic=True)
class Order:
    """What a Value was computed from, each behind its inputs: an order for the walk back."""

    __slots__ = ("earlier", "epoch", "nodes", "pairs", "sums")

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.pairs: dict[int, list[Any]] = {}  # the inputs of those that have many, as a graph has them
        self.earlier: list[LinkedValue] = []  # those that had a gradient already,
        self.sums: list[float] = []  # and which
        self.epoch = Epoch(None)  # it marks what has been seen

    def put(self, top: LinkedValue) -> None:
        """Put this one and all that is below it into the list. Each notes where it stands, and where its inputs do."""
        above: list[LinkedValue] = []  # those whose inputs are not all in the list yet
        node = top
        while True:
            node._epoch = self.epoch
            below = self.unseen_below(node)
            while below is None:
                self.append(node)
                if not above:
                    return
                node = above.pop()
                below = self.unseen_below(node)
            above.append(node)
            node = below

    def unseen_below(self, node: LinkedValue) -> LinkedValue | None:
        """An input that has not been seen."""
        left, right, epoch = node._left, node._right, self.epoch
        if left is not None and left._epoch is not epoch:
            return left
        if right is not None and right._epoch is not epoch:
            return right
        if node._given is not None:
            for x in node._given.inputs:
                other: LinkedValue = x
                if other._epoch is not epoch:
                    return other
        return None

    def append(self, node: LinkedValue) -> None:
        nodes, left, right = self.nodes, node._left, node._right
        node._index = len(nodes)
        node._a = -1 if left is None else left._index
        node._b = -1 if right is None else right._index
        if node._given is not None:
            node._a = IN_PAIRS
            self.pairs[len(nodes)] = pairs_of(node._given)
        if node._reached:
            node._reached = False
            self.earlier.append(node)
            self.sums.append(node._g)
        nodes.append(node)


def linked(op: Op, y: float, inputs: Inputs, params: Params) -> LinkedValue:
    """`y = op(*inputs, **params)` of any op, whose rules at g = 1 are the local derivatives."""
    raw = raw_of(inputs)
    with quiet():
        if op.joint_vjp is not None:
            parts = op.joint_vjp(1.0, y, *raw, **params)
        else:
            parts = [None if (rule := op.vjp(k)) is None else rule(1.0, y, *raw, **params) for k in range(len(inputs))]
    known = [(x, float(np.sum(part))) for x, part in zip(inputs, parts) if isinstance(x, LinkedValue) and part is not None]
    out = LinkedValue(y, tuple([x for x, _ in known]), [slope for _, slope in known])
    if known:
        out._made_by = stated_op(op.symbol or op.name, len(known))
    return out
