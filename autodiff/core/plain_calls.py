"""Functions of the engine on arrays of other libraries without a box. Boxes are put around them, as constants: rules ask numpy
for the numbers of what is no box."""

from __future__ import annotations

from typing import Any

from autodiff.core.box import raw_of
from autodiff.core.external import held, released
from autodiff.core.op import Params
from autodiff.core.transfer import agreeing, refusal
from autodiff.core.which_library import is_external

TENSOR: list[Any] = []  # the class, which stands above this module


def is_elsewhere(x: Any) -> bool:
    """Whether x is an array of another library without a box, or a list with one."""
    return any(map(is_external, x)) if isinstance(x, (list, tuple)) else is_external(x)


def in_boxes(args: tuple[Any, ...], kwargs: Params) -> tuple[tuple[Any, ...], Params]:
    """The arguments with such arrays in boxes."""
    return tuple(map(_entered, args)), {name: _entered(x) for name, x in kwargs.items()}


def _entered(x: Any) -> Any:
    return TENSOR[0](x) if is_external(x) else [*map(_entered, x)] if is_elsewhere(x) else x


def called_there(op: Any, args: tuple[Any, ...], kwargs: Params) -> Any:
    """An op of such arrays, which it takes as they are; what it has no derivative for may be one too."""
    own = tuple(map(held, args))
    try:
        return out_of_boxes(op(agreeing(op.name, own), {name: held(x) for name, x in kwargs.items()}))
    except Exception as error:
        raise refusal(error, op.name, own) from error.__cause__


def out_of_boxes(y: Any) -> Any:
    """A result with the library's own arrays in place of boxes."""
    if isinstance(y, (list, tuple)):
        return type(y)(*map(out_of_boxes, y)) if hasattr(y, "_fields") else type(y)(map(out_of_boxes, y))
    return released(raw_of(y))
