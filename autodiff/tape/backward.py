"""The backward walk: the chain rule, written once.

From the targets back through the graph, every node hands its cotangent to its inputs, each through its op's rule. Nothing
recurses and nothing is sorted, because the order of recording is topological. (Graphs of Values alone have a faster
specialization, scalar/backward.py.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.core.batched import Batched, summed_over_batches
from autodiff.core.box import Array, raw_of
from autodiff.core.cotangents import BLOCK, Cotangents
from autodiff.core.dispatch import NDARRAY
from autodiff.core.dtypes import cast, is_complex
from autodiff.core.external import External, is_lazy
from autodiff.core.finite import is_finite
from autodiff.core.flags import FLAGS
from autodiff.core.graph import Graph
from autodiff.core.levels import levels
from autodiff.core.node import ArrayNode, Node, run_rule
from autodiff.core.op import Op, everything_recorded
from autodiff.core.span import Span
from autodiff.core.transfer import at_once
from autodiff.core.unread import free, recall, unread
from autodiff.rules.broadcasting import unbroadcast
from autodiff.rules.looking import only_replayed, replayed_addition
from autodiff.rules.silence import careful_rule, in_blocks, sees_blocks
from autodiff.scalar.backward import as_value, hand_on
from autodiff.scalar.value import Value

if TYPE_CHECKING:
    from mypy_extensions import i32

GENERIC: Final = np.generic
NOTHING: Final = object()  # arrived at the first output of an op, of which another output has a cotangent
CARELESS: Final = 0
WHERE_FLAGGED: Final = 1
EVERYWHERE: Final = 2
OnEdge = Callable[[int, int, int, Any, Any], None]


def backward(
    span: Span, cotangents: Cotangents, create_graph: bool = False, release: bool = False, on_edge: OnEdge | None = None,
    careful: i32 = CARELESS,
) -> None:  # fmt: skip
    """Hand on the cotangents, from the last index that one arrived at to the first.

    With `create_graph` the rules run on boxes, so that whoever listens records the derivative. With `release` each node lets
    go of its large arrays as soon as it is done, so that the gradients take the memory of the activations: that saves a
    quarter of the step. `on_edge` is told of each contribution: (index, k, index of input k, the cotangent that arrived, the
    contribution to input k). `careful`: nothing in, nothing out, also beside NaN and infinity, see rules/silence.py; where
    numpy raises a flag, or everywhere.
    """
    graph, nodes, start, active = span.graph, span.graph.nodes, span.start, span.mask
    unheard = not create_graph and on_edge is None
    usual = unheard and active is None and careful == CARELESS
    outputs: dict[int, list[Any]] = {}  # by the first index of an op of several outputs, what arrived at each of them
    number: i32 = len(cotangents.blocks)
    while (number := cotangents.block_before(number)) >= 0:
        block: list[Any] = cotangents.blocks[number]  # type: ignore[assignment]  # block_before gives those that were made
        slot: i32 = len(block)
        here: i32 = start + number * BLOCK + slot
        while slot > 0:  # spelt out here, and not asked of `cotangents`, this saves the source four calls a node
            slot -= 1
            here -= 1
            g = block[slot]
            if g is None:
                continue
            if here not in cotangents.keep:
                block[slot] = None
            entry = nodes[here]
            if isinstance(entry, Array):  # a leaf
                continue
            if unheard and type(g) is float and isinstance(entry, Value):
                hand_on(entry, here, g, cotangents, span)  # its derivatives are numbers already, so that no node is made
                continue
            span.at = here
            if not (usual and isinstance(entry, ArrayNode) and _hand_on(entry, g, cotangents, graph, start)):
                node: Node = entry if isinstance(entry, ArrayNode) else graph.node(here)
                if node.first >= 0:
                    g = _of_all_outputs(node, here, g, cotangents, outputs)
                op = node.op
                if g is None or op is None:
                    continue
                joint = None if op.joint_vjp is None else _joint(graph, node, g, create_graph)
                _hand_on_edges(node, int(here), g, joint, cotangents, span, create_graph, on_edge, careful)
            if release and isinstance(entry, ArrayNode):
                free(entry)


def _hand_on(node: ArrayNode, g: Any, cotangents: Cotangents, graph: Graph, start: i32) -> bool:
    """The loop's part for the usual node, of one or two arrays, where nobody listens: spelt out it is twice as fast."""
    op, out, inputs = node.op, node.out, node._inputs
    y = out._held if isinstance(out, Array) else None
    if (type(y) is not NDARRAY or type(g) is not NDARRAY) and (type(y) is not External or not at_once((y, g))):
        return False
    if node.more is not None or node.params or op is None or not op.vjps:
        return False
    rule = op.vjps[0] if node.p >= start else None
    if len(inputs) == 1:
        if rule is not None:
            _add_to(cotangents, node.p, rule(g, y, inputs[0]), graph, False)
        return True
    a, b = inputs
    if rule is not None:
        _add_to(cotangents, node.p, rule(g, y, a, b), graph, False)
    if node.q >= start and (rule := op.vjps[1]) is not None:
        _add_to(cotangents, node.q, rule(g, y, a, b), graph, False)
    return True


def _hand_on_edges(
    node: Node, index: int, g: Any, joint: Any, cotangents: Cotangents, span: Span, create_graph: bool, on_edge: OnEdge | None,
    careful: i32,
) -> None:  # fmt: skip
    """The loop's part for any node; `joint` is what a joint rule hands to all inputs."""
    op: Any = node.op
    graph, start, active = span.graph, span.start, span.mask
    plain = op.add_into is not None and on_edge is None
    in_place = plain and not create_graph and isinstance(g, (NDARRAY, GENERIC))
    replayed = plain and create_graph and type(raw_of(g)) is NDARRAY and only_replayed()
    for k, p in enumerate(node.parents):
        inside = p >= start and (active is None or active[p - start])
        if inside and replayed:
            cotangents.put(p, replayed_addition(op, cotangents.get(p), g, graph.holder(p), node.params))
        elif inside and not (in_place and cotangents.add_into(p, graph.holder(p), op, g, node.params)):
            blocks = is_lazy(g) and joint is None and not create_graph and sees_blocks(node, k)
            part = in_blocks(node, k, g) if blocks else node.vjp(graph, k, g, create_graph) if joint is None else joint[k]
            if part is not None and not blocks and (careful == EVERYWHERE or (careful == WHERE_FLAGGED and FLAGS.raised)):
                part = _carefully(graph, node, op, k, g, part, create_graph)
            _add_to(cotangents, p, part, graph, create_graph, on_edge and partial(on_edge, index, k, p, g))


def _add_to(cotangents: Cotangents, index: i32, part: Any, graph: Graph, create_graph: bool, tell: Any = None) -> None:
    """Add the contribution `part`, if any, in the shape and dtype of the box at an index, after telling who listens."""
    if part is not None:
        entry = graph.nodes[index]
        out = entry.out if isinstance(entry, ArrayNode) else entry
        part = cast_like(part, out if isinstance(out, Array) else graph.holder(index), create_graph)
        if tell is not None:
            tell(part)
        cotangents.add(index, part)


def _of_all_outputs(node: Node, index: int, g: Any, cotangents: Cotangents, outputs: dict[int, list[Any]]) -> Any:
    """At the first output of an op of several: what arrived at each of them, zeros for None. At the others None."""
    first = int(node.first)
    arrived = outputs.setdefault(first, [None] * len(node.out))
    arrived[index - first] = None if g is NOTHING else g
    if index > first:
        if cotangents.get(first) is None:
            cotangents.put(first, NOTHING)  # so that the walk stops there
        return None
    if g is NOTHING:
        cotangents.put(first, None)
    return tuple([np.zeros_like(y) if part is None else part for part, y in zip(outputs.pop(first), node.value)])


def _carefully(graph: Graph, node: Node, op: Op, k: int, g: Any, part: Any, create_graph: bool) -> Any:
    """The contribution `part` of a node to its input k, with nothing for what did not flow in."""
    of_itself = not isinstance(node, ArrayNode) and (not create_graph or only_replayed())  # Values are careful anyway
    unable = of_itself or False not in unread(op)  # a rule that reads nothing but g makes no NaN
    if unable or (is_finite(part) and not everything_recorded.get()):  # a trace needs what is right for all numbers
        return part
    if graph.waiting is not None:
        recall(graph)
    y, inputs = (node.out, graph.boxes_of(node)) if create_graph else (node.value, node.inputs)
    return run_rule(careful_rule(op, k), (g, y, *inputs), node.params, op, k)


def _joint(graph: Graph, node: Any, g: Any, create_graph: bool) -> Any:
    """What a joint rule hands to all inputs."""
    y, inputs = (node.out, graph.boxes_of(node)) if create_graph else (node.value, node.inputs)
    return run_rule(node.op.joint_vjp, (g, y, *inputs), node.params, node.op)


def cast_like(g: Any, out: Any, create_graph: bool) -> Any:
    """A contribution in the shape and dtype of the box that it flows to: broadcasting is undone here, for all rules."""
    if not isinstance(out, Array):
        if isinstance(g, Value) or (type(g) is float and not create_graph):
            return g
        total = summed_over_batches(np.sum(g) if np.ndim(g) else g, None)
        total = np.real(total) if is_complex(raw_of(total)) else total
        if isinstance(raw_of(total), Batched):
            return total  # one number for each example
        return as_value(total) if create_graph else float(total)
    x = out._held
    if type(g) is not NDARRAY and type(g) is not External:
        if type(g) is Batched and g.data.shape[1:] == x.shape and g.data.dtype is x.dtype and g.level in levels():
            return g
        if isinstance(raw_of(g), Batched):
            g = summed_over_batches(g, x)
        elif not isinstance(g, Array):
            g = np.broadcast_to(g, x.shape) if type(x) is not External else np.full_like(x, g)
    if g.shape != x.shape:
        g = unbroadcast(g, x.shape)
    return g if g.dtype is x.dtype else cast(g, x.dtype)
