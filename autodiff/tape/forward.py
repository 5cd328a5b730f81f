"""Forward mode: tangents pushed along the log, each op's from its one vjp table.

The derivative of an op is a linear map, and its rule computes the transpose of that map. Where the map is diagonal, as for
every elementwise function, it is its own transpose: the rule is fed the tangent. Where the op is itself linear in an input,
the map is the op. Elsewhere the rule, which is linear in its cotangent u, is transposed by differentiating <rule(u), t> with
respect to u.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.value import Value
from autodiff.core.box import Array, Box
from autodiff.core.door import apply, first_array
from autodiff.core.log import Log, Record, active
from autodiff.core.op import first_box
from autodiff.core.plumbing import PICK
from autodiff.tape import tree
from autodiff.tape.arguments import answers, boxes_in, check_unconnected
from autodiff.tape.gradients import place_of
from autodiff.tape.sweep import boxes_of, from_value, raw_of
from autodiff.tape.tape import Tape, recording


class ForwardAccumulator:
    """Jacobian-vector products in forward mode: `tf.autodiff.ForwardAccumulator` under its own name.

    primals: a Tensor, Value or Variable, or a nesting of them; tangents: their directions, in the same structure, of the same
    shapes. Raises ValueError where the two do not fit, or for one primal given twice.

    One forward pass gives the derivative of everything computed in the block in one direction; a Tape's backward pass gives
    that of one number in all directions. Accumulators and tapes nest: over a tape, this is a Hessian-vector product.

    >>> import autodiff as ad
    >>> x = ad.constant([1.0, 2.0])
    >>> with ad.ForwardAccumulator(x, ad.constant([1.0, 0.0])) as acc:
    ...     y = x * x * x
    >>> acc.jvp(y)
    Tensor([3., 0.])
    """

    def __init__(self, primals: Any, tangents: Any) -> None:
        self._primals = boxes_in("primal", primals)
        if len({id(box) for box in self._primals}) < len(self._primals):
            raise ValueError("The same primal is given twice; give it once, with the sum of its tangents.")
        self._directions = directions(primals, tangents)
        self._tape = Tape(persistent=True, watch_accessed_variables=False)
        self._tangents: dict[int, Any] = {}  # by place on the log
        self._done = 0  # up to this place

    def __enter__(self) -> ForwardAccumulator:
        if self._tape.entered or self._tape.stretches:
            raise ValueError("This accumulator is already recording, or was used: make a new one for another block.")
        self._tape.__enter__()
        self._tape.watch(self._primals)
        log, self._done = recording(self._tape), self._tape.stretches[0][0]
        for box, direction in zip(self._primals, self._directions, strict=True):
            self._tangents[log.places(box)[-1]] = direction
        return self

    def __exit__(self, *exc_info: object) -> None:
        if exc_info[0] is None:
            self._push()  # now, while those who may want to differentiate this are still listening
        self._tape.__exit__(*exc_info)

    def jvp(self, primals: Any, unconnected_gradients: str = "none") -> Any:
        """The derivative of each of `primals` in the direction of the tangents, in the same structure; for what does not
        depend on them None, or with "zero" zeros. Any number of times, in the block or after it."""
        check_unconnected(unconnected_gradients)
        boxes = boxes_in("target", primals)
        if self._tape.entered:
            self._push()
        log, low = recording(self._tape), self._tape.stretches[0][0]
        found = [self._tangents.get(place_of(log, box, low, None)) for box in boxes]
        return tree.like(primals, answers(found, boxes, unconnected_gradients))

    def _push(self) -> None:
        """Bring the tangents up to date with the log. What this takes is not recorded here, but by whoever else listens."""
        log = recording(self._tape)
        with self._tape.stop_recording(), np.errstate(all="ignore"):
            live, end = active() is not None, len(log.nodes)
            for place in range(self._done, end):
                if place not in self._tangents:
                    tangent = pushed(log, place, self._tangents, live)
                    if tangent is not None:
                        self._tangents[place] = tangent
        self._done = self._tape.stretches[-1][0]  # past what the pushing itself left on the log


def directions(primals: Any, tangents: Any) -> list[Any]:
    """The tangents as raw data, or as the boxes they are."""
    if outline(primals) != outline(tangents):
        raise ValueError(
            f"The tangents are not of the primals' structure: primals {outline(primals)}, tangents {outline(tangents)}, where "
            "each * is one array, number or box."
        )
    return [_direction(*pair) for pair in zip(tree.leaves(primals), tree.leaves(tangents), strict=True)]


def outline(structure: Any) -> str:
    """The structure alone: `[*, {'w': *}]`."""
    if isinstance(structure, dict):
        return "{" + ", ".join(f"{key!r}: {outline(part)}" for key, part in structure.items()) + "}"
    if isinstance(structure, (list, tuple)):
        inside = ", ".join(map(outline, structure))
        return f"[{inside}]" if isinstance(structure, list) else f"({inside})"
    return "*"


def _direction(primal: Any, tangent: Any) -> Any:
    if np.shape(tangent) != np.shape(primal.raw()):
        raise ValueError(f"A tangent of shape {np.shape(tangent)} does not fit a primal of shape {np.shape(primal.raw())}.")
    if isinstance(tangent, Box):
        return tangent
    return float(tangent) if isinstance(primal, Value) else np.asarray(tangent, primal.dtype)


def pushed(log: Log, place: int, tangents: dict[int, Any], live: bool) -> Any:
    """The tangent of the node at a place, from those of its inputs; None if they have none."""
    node, total = log.nodes[place], None
    for k, p in enumerate(node.sources()):
        t = tangents.get(p) if p >= 0 else None
        if t is None:
            continue
        if isinstance(node, Value):
            part = from_value(log, node, k, t, live)
        elif node.op is PICK:
            part = t[node.params["index"]]
        elif node.op.vjps[k] is None:
            continue
        else:
            part = along(node, k, t, boxes_of(log, node) if live else node.inputs, node.out if live else raw_of(node.out))
        if total is not None:
            part = tuple(a + b for a, b in zip(total, part)) if isinstance(part, tuple) else total + part
        total = part
    return total if total is None or not isinstance(node, Record) else shaped(total, node.out)


def along(node: Record, k: int, t: Any, inputs: list[Any], y: Any) -> Any:
    """The derivative of y = op(*inputs) in the direction t of input k."""
    op, params = node.op, node.params
    if op.elementwise:
        return op.vjps[k](t, y, *inputs, **params)
    if op.linear:
        moved = (*inputs[:k], t, *inputs[k + 1 :])
        lead = first_box(moved)
        params = {name: x for name, x in params.items() if name != "initial"}  # a sum's constant
        return op.forward(*moved, **params) if lead is None else apply(op, first_array(moved, lead), moved, params)
    with Tape(watch_accessed_variables=False) as tape:
        u = tree.map_tree(lambda part: Tensor(np.zeros_like(part)), raw_of(node.out))
        tape.watch(u)
        inner = np.sum(op.vjps[k](u, y, *inputs, **params) * t)
    gradient = tape.gradient(inner, u, unconnected_gradients="zero")
    return gradient if active() is not None else raw_of(gradient)


def shaped(t: Any, out: Any) -> Any:
    """A tangent in the shape and dtype of what it belongs to."""
    if isinstance(out, tuple):
        return tuple(shaped(part, box) for part, box in zip(t, out, strict=True))
    if not isinstance(out, Array):
        return t if isinstance(t, Value) else float(t)
    if np.shape(t) != out.data.shape:
        t = np.broadcast_to(t, out.data.shape)
    return t if isinstance(t, Box) or t.dtype == out.data.dtype else t.astype(out.data.dtype)
