"""The entries of a graph, as every reader sees them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from autodiff.core.batch_kinds import NotBatchable
from autodiff.core.batched import by_examples
from autodiff.core.box import raw_of
from autodiff.core.lazy import lazy_among, run_lazy_rule
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op, Params

if TYPE_CHECKING:
    from mypy_extensions import i32

    from autodiff.core.graph import Graph


@mypyc_attr(acyclic=True)
class Node:
    """An entry of a graph: that `out = op(*inputs, **params)` happened, or, without an op, that a leaf was read.

    `inputs` are raw data. `parents` says where each input stands in the graph, -1 for a constant. An op of n outputs owns n
    neighbouring indices, which begin at `first`, and `out` is the tuple of its boxes; for one output `first` is -1.
    """

    __slots__ = ("first", "op", "out", "params")

    def __init__(self, op: Op | None, params: Params, out: Any, first: i32) -> None:
        self.op = op
        self.params = params
        self.out = out
        self.first: i32 = first

    @property
    def parents(self) -> list[int]:
        raise NotImplementedError

    @property
    def inputs(self) -> tuple[Any, ...]:
        raise NotImplementedError

    @property
    def value(self) -> Any:
        """The raw data of the output: a float, an array, or a tuple of arrays."""
        return raw_of(self.out)

    def vjp(self, graph: Graph, k: int, g: Any, create_graph: bool) -> Any:
        """What the node hands to input k when the cotangent g arrives; None if input k is a constant of the op. With
        `create_graph` the rule runs on boxes, so that whoever listens hears the derivative."""
        raise NotImplementedError


@mypyc_attr(acyclic=True)
class ArrayNode(Node):
    """The node of an operation on arrays, with fixed fields for one or two inputs, which nearly all have."""

    __slots__ = ("_inputs", "more", "p", "q")

    def __init__(
        self, op: Op | None, inputs: tuple[Any, ...], p: i32, q: i32, more: list[int] | None, params: Params, out: Any,
        first: i32,
    ) -> None:  # fmt: skip
        self.op = op
        self.params = params
        self.out = out
        self.first = first
        self._inputs = inputs
        self.p: i32 = p
        self.q: i32 = q
        self.more = more  # the parents of an op of any other number of inputs

    @property
    def parents(self) -> list[int]:
        if self.more is not None:
            return self.more
        return [int(self.p), int(self.q)] if len(self._inputs) == 2 else [int(self.p)] if self._inputs else []

    @property
    def inputs(self) -> tuple[Any, ...]:
        return self._inputs

    def vjp(self, graph: Graph, k: int, g: Any, create_graph: bool) -> Any:
        op = self.op
        assert op is not None
        rule = op.vjps[k] if op.vjps else op.vjp(k)
        if rule is None:
            return None
        y, inputs = (self.out, graph.boxes_of(self)) if create_graph else (raw_of(self.out), self._inputs)
        return run_rule(rule, (g, y, *inputs), self.params, op, k)


def run_rule(rule: Any, args: tuple[Any, ...], params: Params, op: Op | None = None, k: int = -1) -> Any:
    """What a rule of derivative hands on. On batches, where it must see each example's numbers, it runs example by example;
    on lazy arrays, where it can't be a plan, it is a task, if it is the rule for input k of an op."""
    try:
        return rule(*args, **params)
    except NotBatchable:
        return by_examples(functools.partial(run_rule, rule, op=op, k=k), (args, params), {})
    except Exception:
        if op is None or not lazy_among(args):
            raise
        return run_lazy_rule(rule, op, k, args, params)
