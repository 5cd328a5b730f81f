"""Forward mode: tangents pushed along as the operations happen, each op's from its one table of rules.

The derivative of an op is a linear map, and its rule computes the transpose of that map. Where the map is diagonal, as for
every elementwise function, it is its own transpose: the rule is fed the tangent. Where the op is itself linear in an input,
the map is the op. Elsewhere the rule, which is linear in its cotangent u, is transposed by differentiating <rule(u), t> with
respect to u.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Array, Box, first_array, first_box, raw_of
from autodiff.core.dispatch import apply
from autodiff.core.dtypes import cast, conjugate, is_inexact, refuse_complex
from autodiff.core.listening import active
from autodiff.core.node import run_rule
from autodiff.core.op import Op
from autodiff.core.recorder import Recorder
from autodiff.core.types import Text, Tree
from autodiff.debugging.debugger import running_rules
from autodiff.failures.callsite import only_looks, user_frame
from autodiff.rules.silence import silenced
from autodiff.scalar.backward import as_value
from autodiff.tape import nested
from autodiff.tape.arguments import answers, boxes_in, check_unconnected, directions
from autodiff.tape.escapes import IMPLICIT, refusal
from autodiff.tape.explain import refuse_copy
from autodiff.tape.tape import Tape


class ForwardAccumulator(Recorder):
    """Jacobian-vector products in forward mode: `tf.autodiff.ForwardAccumulator` under its own name.

    One pass gives the derivative of everything computed in the block in one direction, in memory that does not grow with the
    block; a Tape's backward pass gives that of one number in all directions. Accumulators and tapes nest: over a tape, this
    is a Hessian-vector product.

    Parameters
    ----------
    primals : box or nested boxes
    tangents : array_like or nested
        The directions, in the same structure, of the same shapes.

    Raises
    ------
    ValueError
        Where the two do not fit, or for one primal given twice.

    Examples
    --------
    >>> import autodiff as ad
    >>> x = ad.constant([1.0, 2.0])
    >>> with ad.ForwardAccumulator(x, ad.constant([1.0, 0.0])) as acc:
    ...     y = x * x * x
    >>> acc.jvp(y)
    Tensor([3., 0.])
    """

    def __init__(self, primals: Tree, tangents: Tree) -> None:
        self._primals = boxes_in("primal", primals)
        if len({id(box) for box in self._primals}) < len(self._primals):
            raise ValueError("The same primal is given twice; give it once, with the sum of its tangents.")
        self._directions = directions(primals, tangents)
        self._tangents: dict[int, tuple[Box, Any]] = {}  # by the id of a box, which stays valid as the box is held
        self._limit = 256  # more tangents than this, and those that nobody can ask for any more are dropped

    def __reduce__(self) -> Any:
        refuse_copy(self)

    def __enter__(self) -> ForwardAccumulator:
        if self._tangents:
            raise ValueError("This accumulator is already recording, or was used: make a new one for another block.")
        super().__enter__()
        for box, direction in zip(self._primals, self._directions, strict=True):
            self._tangents[id(box)] = box, direction
        return self

    def jvp(self, primals: Tree, unconnected_gradients: Text = "none") -> Any:
        """The derivative of each of `primals` in the direction of the tangents, in the same structure; for what does not
        depend on them None, or with "zero" zeros. Any number of times, in the block or after it."""
        check_unconnected(unconnected_gradients)
        if not self._tangents:
            raise RuntimeError("This accumulator has recorded nothing: compute inside `with ForwardAccumulator(...) as acc:`.")
        boxes = boxes_in("target", primals)
        return nested.like(primals, answers([self._tangent(box) for box in boxes], boxes, unconnected_gradients))

    # -- events ----------------------------------------------------------------------------------------------------------

    def on_op(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any], output: Any) -> None:
        tangents = [self._tangent(x) if isinstance(x, Box) else None for x in inputs]
        if not op.differentiable or all(t is None for t in tangents):
            return
        with running_rules(op, inputs, params):
            tangent = pushed(op, inputs, params, output, tangents)
        for box, t in zip(output, tangent) if isinstance(output, tuple) else [(output, tangent)]:
            if t is not None:
                self._tangents[id(box)] = box, cast_to(t, box)
        if len(self._tangents) > self._limit:
            self._drop_unreachable()

    def on_leaf(self, leaf: Box, snapshot: Box) -> None:
        if (tangent := self._tangent(leaf)) is not None:
            self._tangents[id(snapshot)] = snapshot, tangent

    def on_assign(self, variable: Box, value: Any) -> None:
        tangent = self._tangent(value) if isinstance(value, Box) else None
        self._tangents.pop(id(variable), None)
        if tangent is not None:
            self._tangents[id(variable)] = variable, tangent

    def on_escape(self, box: Box, how: str) -> None:
        if how in IMPLICIT and self._tangent(box) is not None and not only_looks(how):
            raise TypeError(refusal(box, how, user_frame()))

    def _follows(self, box: Box) -> bool:
        return self._tangent(box) is not None

    def _tangent(self, box: Box) -> Any:
        return self._tangents[id(box)][1] if id(box) in self._tangents else None

    def _drop_unreachable(self) -> None:
        """Drop the tangents of boxes that nobody holds but this accumulator. Done when the number has doubled, this costs
        next to nothing; where Python can't count references all are kept."""
        count = getattr(sys, "getrefcount", lambda _: 9)
        self._tangents = {key: pair for key, pair in self._tangents.items() if count(pair[0]) > 2}
        self._limit = max(256, 2 * len(self._tangents))


def pushed(op: Op, inputs: tuple[Any, ...], params: dict[str, Any], output: Any, tangents: list[Any]) -> Any:
    """The derivative of `output = op(*inputs, **params)` in the direction of the tangents (None: zero). It is computed on
    boxes where somebody outside listens, and on raw data otherwise."""
    if not op.takes_complex:
        refuse_complex(op.name, raw_of(inputs), raw_of(output))
    if active() is None:
        inputs, output = tuple([_numpys(raw_of(x)) for x in inputs]), _numpys(raw_of(output))
    if op.joint_vjp is None and (op.elementwise or op.linear):
        parts = [along(op, k, t, inputs, params, output) for k, t in enumerate(tangents) if t is not None]
        parts = [part for part in parts if part is not None]
        return sum(parts[1:], parts[0]) if parts else None
    return transposed(op, inputs, params, output, tangents)


def _numpys(x: Any) -> Any:
    """A float as numpy's, whose 0.0 ** -0.5 is inf where Python's raises."""
    return np.float64(x) if type(x) is float else x


def along(op: Op, k: int, t: Any, inputs: tuple[Any, ...], params: dict[str, Any], y: Any) -> Any:
    """The part of input k alone, for an op that is elementwise or linear."""
    if op.elementwise:
        rule = op.vjp(k)
        return None if rule is None else silenced(t, run_rule(rule, (t, y, *inputs), params))
    if op.vjp(k) is None:
        return None
    moved = (*inputs[:k], t, *inputs[k + 1 :])
    like = first_box(moved)
    params = {name: x for name, x in params.items() if name != "initial"}  # a sum's constant
    return op.forward(*moved, **params) if like is None else apply(op, first_array(moved, like), moved, params)


def transposed(op: Op, inputs: tuple[Any, ...], params: dict[str, Any], y: Any, tangents: list[Any]) -> Any:
    """The rules, which are linear in the cotangent u, transposed: the gradient of <rules(u), tangents> with respect to u."""
    with Tape(watch_accessed_variables=False) as tape:
        u = nested.map_tree(lambda part: Tensor(np.zeros_like(part)), raw_of(y))
        tape.watch([part for part in nested.leaves(u) if is_inexact(part)])
        if op.joint_vjp is not None:
            parts = run_rule(op.joint_vjp, (u, y, *inputs), params)
        else:
            parts = [None if t is None or op.vjp(k) is None else run_rule(op.vjp(k), (u, y, *inputs), params)
                     for k, t in enumerate(tangents)]  # fmt: skip
        pairs = [(part, t) for part, t in zip(parts, tangents) if part is not None and t is not None]
        inner = sum([np.sum(np.real(part * t)) for part, t in pairs])
    if not isinstance(inner, Box):
        return None
    sources = [part for part in nested.leaves(u) if is_inexact(part)]
    found = iter(tape.gradient(inner, sources, unconnected_gradients="zero"))
    gradient = nested.map_tree(lambda part: conjugate(next(found)) if is_inexact(part) else None, u)
    return gradient if active() is not None else raw_of(gradient)


def cast_to(t: Any, box: Box) -> Any:
    """A tangent in the shape and dtype of the box that it belongs to."""
    if not isinstance(box, Array):
        return as_value(t) if isinstance(t, Box) else float(t)
    if np.shape(t) != box._held.shape:
        t = np.broadcast_to(t, box._held.shape)
    return t if t.dtype == box._held.dtype else cast(t, box._held.dtype)
