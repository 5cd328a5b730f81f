"""Large arrays that no rule reads: the graph lets go of them, and computes them again when somebody looks.

Of `tanh(h @ w + b)` the rules read h, w and the tanh. So neither the product nor the sum need outlive the line.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.core.box import Array, raw_of
from autodiff.core.interrupts import quiet
from autodiff.core.native import mypyc_attr
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op

if TYPE_CHECKING:
    from autodiff.core.graph import Graph

LARGE: Final = 2**16  # bytes of an output; below, the look costs more than it saves
WAITING: Final = 8  # so many of the last outputs may still be held by the line that computes with them
NDARRAY: Final = np.ndarray
REFERENCES: Final = sys.getrefcount


@mypyc_attr(acyclic=True)
class Released:
    """What is left of an array: what a walk asks for, and the few numbers that a rule reads."""

    __slots__ = ("dtype", "kept", "shape", "size")

    def __init__(self, x: Any, node: ArrayNode | None = None) -> None:
        self.size = x.size
        self.dtype = x.dtype
        self.shape = x.shape
        self.kept: object = node.op.reads(raw_of(node.out), x) if node is not None and node.op and node.op.reads else None

    def take(self, where: object) -> object:
        return self.kept


def unread(op: Op) -> tuple[bool, ...]:
    """Whether no rule reads the output of an op, and each of its inputs."""
    return _known(op) if op.entered else _unread(op)


def _unread(op: Op) -> tuple[bool, ...]:
    if op.joint_vjp is not None or not op.vjps:
        return (False,) * (op.arity + 1)
    read = {0} if op.reads else set().union(*[_read_by(rule) for rule in op.vjps if rule is not None])
    return tuple([k not in read for k in range(op.arity + 1)])


_known = functools.cache(_unread)


def _read_by(rule: Any) -> set[int]:
    """Which arguments of a rule behind g its code names. A rule whose code is not known reads all."""
    code = getattr(rule, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return set(range(100))
    named: set[Any] = set()
    for instruction in dis.get_instructions(code):
        named.update(instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,))
    return {k for k, name in enumerate(code.co_varnames[1 : code.co_argcount]) if name in named}


def release(graph: Graph, node: ArrayNode) -> None:
    """Let go of the inputs that a new node need not keep, and of the earlier outputs that only their nodes hold by now."""
    if graph.nested or graph.observers or graph.record_all or node.op is None:
        return
    gone = unread(node.op)
    if True in gone[1:]:
        known = zip(node._inputs, node.parents, gone[1:])
        node._inputs = tuple([Released(x, node) if p >= 0 and lost and type(x) is NDARRAY else x for x, p, lost in known])
    waiting: list[ArrayNode] = [node] if gone[0] and isinstance(node.out, Array) else []
    for other in graph.waiting or []:
        if REFERENCES(other.out) > 2:  # besides its node and this call somebody has it
            waiting.append(other)
        else:
            other.out._held = Released(other.out._held)
    graph.waiting = waiting[:WAITING]


def free(node: ArrayNode) -> None:
    """Let go of the large arrays of a node that the walk is done with, in its inputs and, if nobody else has them, outputs."""
    known = zip(node._inputs, node.parents)
    node._inputs = tuple([Released(x) if p >= 0 and type(x) is NDARRAY and x.nbytes >= LARGE else x for x, p in known])
    if isinstance(node.out, Array):
        if REFERENCES(node.out) == 2 and type(node.out._held) is NDARRAY and node.out._held.nbytes >= LARGE:
            node.out._held = Released(node.out._held)
    elif isinstance(node.out, tuple):
        for k in range(len(node.out)):
            if REFERENCES(node.out[k]) == 2 and type(node.out[k]._held) is NDARRAY and node.out[k]._held.nbytes >= LARGE:
                node.out[k]._held = Released(node.out[k]._held)


def recall(graph: Graph) -> None:
    """Compute what was let go again."""
    with quiet():
        for node in graph.nodes:
            if isinstance(node, ArrayNode) and node.op is not None:
                known = zip(node._inputs, node.parents)
                node._inputs = tuple([graph.holder(p)._raw() if type(x) is Released else x for x, p in known])
                boxes = node.out if isinstance(node.out, tuple) else (node.out,)
                if any(isinstance(box, Array) and type(box._held) is Released for box in boxes):
                    found = node.op.forward(*node._inputs, **node.params)
                    for box, y in zip(boxes, found if isinstance(node.out, tuple) else (found,)):
                        if type(box._held) is Released:
                            box._held = y
    graph.waiting = None  # last: another thread that asks meanwhile computes the same, and an interrupt loses nothing
