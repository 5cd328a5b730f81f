"""Nothing in, nothing out: where the cotangent is 0 the contribution is 0, also beside NaN and infinity.

A rule is linear in its cotangent g, so what does not flow in does not flow out. But in floats 0 times infinity is NaN. So a
walk that ends in numbers that are not finite is taken again, carefully: each contribution that is not finite is looked at here.

Gradients are looked at only where they can be NaN while the target is finite. That is where numpy has raised a flag, as for 0
times infinity; and where the graph has an op that may hide a NaN, as `where` does (those that do not say `keeps_nan`). One
case is left: numpy hears no flag of a product of matrices. So where data are infinite and a saturated function hides that, as
in tanh(x @ w), the gradient of w is NaN.

Of lazy arrays nobody hears flags. There the rule of an elementwise op looks at each block as the user computes it.
"""

import functools
from typing import Any

import numpy as np

from autodiff.core.box import Box, raw_of
from autodiff.core.dtypes import is_inexact
from autodiff.core.external import held, is_lazy
from autodiff.core.finite import all_finite, is_finite
from autodiff.core.flags import FLAGS
from autodiff.core.graph import Graph
from autodiff.core.lazy import all_released, arrays_in, run_lazy_rule
from autodiff.core.matrices import signature_of
from autodiff.core.node import ArrayNode, Node
from autodiff.core.op import Op, everything_recorded
from autodiff.core.unread import unread
from autodiff.failures.operands import Operand
from autodiff.rules.looking import looking


def silenced(g: Any, part: Any) -> Any:
    """`part`, which is g times a slope, number by number: with 0 where g is 0 and the part is not finite."""
    if not everything_recorded.get() and is_finite(part):  # a trace needs what is right for all numbers
        return part
    return np.where(np.logical_and(np.equal(g, 0), np.logical_not(np.isfinite(part))), 0.0, part)


def careful_rule(op: Op, k: int) -> Any:
    """The rule of input k, where nothing flows out that did not flow in; None if input k is a constant of the op."""
    return _kept(op, k) if op.entered else _made(op, k)


def sees_blocks(node: Node, k: int) -> bool:
    """Whether the rule for input k is that of an elementwise op on lazy arrays. It sees their numbers block by block."""
    op: Any = node.op
    lazy = op.elementwise and any(map(is_lazy, (node.value, *node.inputs))) and not any(arrays_in(all_released(node.params)))
    return bool(lazy and False in unread(op) and op.vjp(k) is not None)


def in_blocks(node: Node, k: int, g: Operand) -> Operand:
    """What such a rule hands on: carefully, as nobody looks at the gradient later."""
    op: Any = node.op
    return run_lazy_rule(careful_rule(op, k), op, k, (g, node.value, *node.inputs), node.params)


def _made(op, k):
    rule = op.vjp(k) if op.joint_vjp is None else lambda *args, **params: op.joint_vjp(*args, **params)[k]
    if rule is None:
        return None

    def careful(g, y, *inputs, **params):
        part = rule(g, y, *inputs, **params)
        if part is None or (not everything_recorded.get() and is_finite(part)):
            return part
        if op.elementwise or type(raw_of(g)) is float:
            return silenced(g, part)
        if is_lazy(raw_of(part)) and signature_of(op.forward):  # other matrices may be singular
            return part
        if op.linear:
            return _of_finite_terms(rule, g, y, inputs, params, part)
        return _where_it_flows(op, rule, g, inputs, params, part)

    careful.__name__ = f"careful_{op.name}"
    looked = looking(careful, op.params)

    @functools.wraps(looked)
    def of_one_or_several(g, y, *inputs, **params):
        whole = careful if isinstance(g, tuple) else looked  # a trace has no operation of a tuple
        return whole(g, y, *inputs, **params)

    of_one_or_several.made_by = careful_rule  # type: ignore[attr-defined]
    return of_one_or_several


_kept = functools.cache(_made)


def _of_finite_terms(rule, g, y, inputs, params, part):
    """For a rule whose terms are products of g and inputs: the sum without the terms in which g is 0."""
    finite = rule(g, y, *[_of_finite(x) for x in inputs], **params)
    infinite = [np.logical_not(np.isfinite(x)) * 1.0 if _is_inexact(x) else x for x in inputs]
    there = rule(np.not_equal(g, 0) * _irregular(np.shape(g)), y, *infinite, **params)
    return np.where(np.equal(there, 0), finite, part)


def _where_it_flows(op, rule, g, inputs, params, part):
    """For any other rule: `part`, with 0 where nothing would flow at inputs of no special kind, and at ones, which are tied."""
    silent, flows = False, np.isfinite(part)
    for numbers in (_irregular, _ones):
        others = [_other(x, numbers) if _is_inexact(x) else x for x in inputs]
        try:
            flow = rule(g, op.forward(*others, **params), *others, **params)
        except (ArithmeticError, ValueError):  # the op has no value there
            continue
        silent, flows = np.logical_or(silent, np.equal(flow, 0)), np.logical_or(flows, np.abs(flow) > 0)
    return np.where(np.logical_and(silent, np.logical_not(flows)), 0.0, part)


def _of_finite(x):
    """x with 0 in place of the numbers that are not finite."""
    return np.where(np.isfinite(x), x, np.zeros((), raw_of(x).dtype)) if _is_inexact(x) else x


def _is_inexact(x):
    raw = raw_of(x)
    return hasattr(raw, "dtype") and is_inexact(raw)


def _other(x, numbers):
    """Numbers of another kind in the place of x; of a lazy array in blocks, as all of them may be more than memory holds."""
    raw = raw_of(x)
    if not is_lazy(raw):
        return numbers(np.shape(x)).astype(raw.dtype)
    block = functools.partial(_block_of, numbers, raw.dtype)
    return held(raw.data.map_blocks(block, dtype=raw.dtype, meta=np.empty((0,) * raw.ndim, raw.dtype)))


def _block_of(numbers, dtype, block, block_id=()):
    seed = sum(int(k) * 1009**n for n, k in enumerate(block_id))
    return numbers(block.shape, seed).astype(dtype)


def _ones(shape, seed=0):
    return np.ones(shape)


def _irregular(shape, seed=0):
    """Numbers of which no sum or difference of a few is 0; square matrices have a factor of Cholesky's."""
    numbers = np.random.default_rng(seed).uniform(1.0, 2.0, shape)
    return numbers + 4 * shape[-1] * np.eye(shape[-1]) if len(shape) > 1 and shape[-1] == shape[-2] else numbers


class NotFinite(FloatingPointError):
    """A program that was traced with finite gradients got others."""


def look(*gradients: object, hidden: bool) -> None:
    """What a program does where an eager walk looks whether it has to go again."""
    if (hidden or FLAGS.raised) and not all_finite([*gradients]):
        raise NotFinite("the gradients are not all finite any more")


LOOK = Op("guard", look, look, 0, (None,), label="all_finite", takes_complex=True, internal=True)


def record_look(graph: Graph, gradients: list[Any], hidden: bool) -> None:
    """Let the program that is being traced look at these gradients: it holds while they are finite."""
    boxes = [g for g in gradients if isinstance(g, Box)]
    if boxes:
        parents = [int(graph.index_of(g)) for g in boxes]
        graph.append(ArrayNode(LOOK, tuple([g._raw() for g in boxes]), -1, -1, parents, {"hidden": hidden}, boxes[0], -1), None)
