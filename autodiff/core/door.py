"""The only door: on raw numbers an op is simply its forward; on boxes it computes, wraps, and tells the log."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.box import Array, Box
from autodiff.core.log import Log, Record, active
from autodiff.core.op import Op, Params, carries_gradient, first_box
from autodiff.core.ops import OPS
from autodiff.core.plumbing import PICK


def apply(op: Op, lead: Box, inputs: tuple[Any, ...], params: Params) -> Any:
    """`op(*inputs, **params)` as a box of the `lead`'s kind (a tuple of boxes for an op of several outputs)."""
    log = active()
    raw: list[Any] = []
    places: list[int] = []
    tracked = False
    for x in inputs:
        place = -1
        if isinstance(x, (list, tuple)):
            x = gathered(x)
            lead = x if isinstance(x, Box) else lead
        if isinstance(x, Box):
            raw.append(x.data if isinstance(x, Array) else x.raw())
            if log is not None:
                place = x.place  # read before the token: `enter` writes them in the other order
                if x.token is not log.token:
                    place = log.locate(x)
                if place >= 0:
                    tracked = True
        else:
            raw.append(x)
        places.append(place)
    if params:
        y = op.forward(*raw, **params)
    elif len(raw) == 2:
        y = op.forward(raw[0], raw[1])  # by far the most frequent call; spelt out it needs no tuple
    else:
        y = op.forward(*raw)
    if isinstance(y, tuple):
        return _several(op, lead, log if tracked else None, raw, places, params, y)
    out = lead.wrap(y)
    if log is None:
        out.trainable = _is_update(inputs, out)
    elif tracked and carries_gradient(y):
        place_on(log, Record(op, raw, places, params, out), out)
    return out


def gathered(x: Any) -> Any:
    """A list or tuple as one array; boxes in it are stacked, so that `mean([loss, other])` has a gradient."""
    box = first_box(x)
    if box is None:
        return np.asarray(x)
    parts = [gathered(part) if isinstance(part, (list, tuple)) else part for part in x]
    return box.call(OPS[np.stack], (parts,), {})


def first_array(args: Any, default: Box) -> Box:
    """The box whose kind a result takes: an array among the arguments, looking one list deep, or else the default."""
    for x in args:
        if isinstance(x, Box) and not x.is_number():
            return x
        if isinstance(x, (list, tuple)):
            found = first_array(x, default)
            if found is not default:
                return found
    return default


def place_on(log: Log, node: Record, out: Box) -> None:
    """Put a record at the end of the log, and note in its output where it stands."""
    log.scalar = False
    out.place = len(log.nodes)
    log.nodes.append(node)
    out.token = log.token


def _is_update(inputs: tuple[Any, ...], out: Box) -> bool:
    """Whether this is the lecture's `weights = weights - lr * gradient`: outside every tape, computed from a trainable
    leaf and of its shape. Then the result is a leaf too, and the next tape watches it by itself."""
    for x in inputs:
        if isinstance(x, Box) and x.trainable and np.shape(x.raw()) == np.shape(out.raw()):
            return True
    return False


def _several(
    op: Op, lead: Box, log: Log | None, raw: list[Any], places: list[int], params: Params, y: tuple[Any, ...]
) -> Any:
    """The boxes of an op with several outputs: one record for the tuple, and a `pick` for each."""
    outs = tuple(lead.wrap(part) for part in y)
    if type(y) is not tuple:  # numpy's named tuples
        kind: Any = type(y)
        outs = kind(*outs)
    if log is None:
        return outs
    whole = len(log.nodes)
    log.scalar = False
    log.nodes.append(Record(op, raw, places, params, outs))
    for k, out in enumerate(outs):
        if carries_gradient(out.raw()):
            place_on(log, Record(PICK, [y], [whole], {"index": k}, out), out)
    return outs
