"""What the tools return: plain numbers for plain arguments, unless somebody outside follows them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import constant
from autodiff.core.box import Box
from autodiff.core.external import External, released
from autodiff.core.listening import current
from autodiff.core.types import Tree
from autodiff.tape import nested
from autodiff.tape.tape import Tape


def unboxed(tree: Tree | None) -> Any:
    """The structure with plain numbers in place of its boxes: floats, and arrays that nobody else has. A box stays one where
    its gradient would be lost: where an open tape, trace or accumulator follows it, and inside `vmap`."""
    return _plain(tree) if isinstance(tree, Box) else nested.map_tree(_plain, tree)


def _plain(x: Any) -> Any:
    if not isinstance(x, Box) or (current() is not None and is_followed(x)):
        return x
    raw = x._raw()
    if type(raw) is float:
        return raw
    if type(raw) is not np.ndarray:
        return released(raw) if type(raw) is External else x  # a batch
    if raw.ndim == 0:
        return raw[()]
    owned = raw.base is None and raw.flags.carray and _references(x) <= SOLE
    return raw if owned else raw.copy()


def is_followed(box: Box) -> bool:
    """Whether a recorder that is open gives derivatives of the box."""
    graph = current()
    return graph is not None and (
        graph.record_all or any(recorder.recording and recorder._follows(box) for recorder in graph.recorders)
    )


def _references(box: Any) -> int:
    """How many references there are to the data of the box, while two functions here look at it."""
    raw = box._raw()
    return sys.getrefcount(raw) if hasattr(sys, "getrefcount") else SOLE + 1


def _of_one_owner() -> int:
    box = Tensor(np.zeros(1))
    raw = box._raw()
    assert raw is not None
    return _references(box)


SOLE = 0
SOLE = _of_one_owner()


def target_of(tape: Tape, y: Tree) -> Any:
    """The result of a function as what a tape can differentiate. Where numbers were taken out of boxes on the way, and the
    result is plain, the tape says so."""
    return y if isinstance(y, Box) or tape.graph.cuts else as_boxes(y)


def as_boxes(y: Tree) -> Any:
    """A result in which plain numbers are boxes too: they depend on nothing."""
    return nested.map_tree(lambda part: part if isinstance(part, Box) or part is None else constant(part), y)


def parted(y: Any, has_aux: bool, caller: str) -> tuple[Any, Tree | None]:
    """The result of a function, and what it returns besides where it `has_aux`."""
    if not has_aux:
        return y, None
    if not isinstance(y, tuple) or len(y) != 2:
        raise TypeError(
            f"With has_aux=True, {caller} takes a function that returns a pair (result, aux), but got a {type(y).__name__}."
        )
    return y
