"""Arrays that are not meant to change."""

from __future__ import annotations

from typing import Any

from autodiff.boxes import protocols
from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box
from autodiff.core.op import first_box
from autodiff.rules.joining import stack


def constant(value: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """A Tensor that holds a copy of `value` (array-like; numpy's dtype rules). Tapes follow it when asked to `watch` it.

    >>> from autodiff import constant
    >>> constant([1.0, 2.0], name="x")
    Tensor([1., 2.], name='x')
    """
    return Tensor(protocols.numbers(value, dtype, "value"), name)


def convert_to_tensor(value: Any, dtype: Any = None) -> Any:
    """`value` as a box, keeping its place on the tape if it has one; lists of boxes are stacked."""
    box: Any = value
    if not isinstance(value, Box):
        box = stack([convert_to_tensor(part) for part in value]) if first_box([value]) is not None else constant(value)
    return box if dtype is None or box.dtype == dtype else box.astype(dtype)
