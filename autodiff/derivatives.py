"""Derivatives of functions, in sentences over the tape.

Each tool takes a function of boxes and returns a function of whatever the first takes: numbers, arrays, boxes, or nested
lists, tuples and dicts of them. `argnums` says with respect to which argument(s) to differentiate. Results are boxes, in
the structure of those arguments. Every tool may be applied to the result of another: `grad(grad(f))`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autodiff.boxes.constant import constant
from autodiff.boxes.value import Value
from autodiff.core.box import Box
from autodiff.core.plumbing import identity
from autodiff.tape import ForwardAccumulator, Tape, tree

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


def value_and_grad(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> (f(x), df/dx) of a scalar-valued f.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (Value(8.0), Value(12.0))
    """

    @wraps(function)
    def both(*args: Any, **kwargs: Any) -> Any:
        with Tape() as tape:
            args, sources = _followed(tape, args, argnums)
            y = function(*args, **kwargs)
        if np.size(y) != 1:
            raise ValueError(f"grad needs a function with one number as its result, but got shape {np.shape(y)}; see jacobian.")
        return y, tape.gradient(y, sources, unconnected_gradients="zero")

    return both


def grad(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> df/dx of a scalar-valued f.

    >>> grad(grad(lambda x: x**3))(2.0)
    Value(12.0)
    """
    both = value_and_grad(function, argnums)

    @wraps(function)
    def slope(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return slope


def jacobian(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> all partial derivatives of f(x), of shape f(x).shape + x.shape.

    Of a structure of results, that structure; in it stands for each the structure of the arguments.

    >>> jacobian(lambda x: x[:1] * x)([2.0, 3.0])
    Tensor([[4., 0.],
            [3., 2.]])
    """

    @wraps(function)
    def table(*args: Any, **kwargs: Any) -> Any:
        with Tape(persistent=True) as tape:
            args, sources = _followed(tape, args, argnums)
            y = function(*args, **kwargs)
        return tree.map_tree(lambda part: tape.jacobian(part, sources, unconnected_gradients="zero"), y)

    return table


def hessian(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> the second derivatives of a scalar-valued f, of shape x.shape + x.shape.

    For a structure of arguments x, the structure of that structure: hessian(f)(p)["w"]["b"] is d/db df/dw.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    Tensor([[6., 4.],
            [4., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)


def vjp(function: Function, *primals: Any) -> tuple[Any, Function]:
    """(f(primals), the function that sends a cotangent of f's result to the cotangents of the primals, as a tuple).

    >>> y, back = vjp(lambda a, b: a * b, 2.0, 5.0)
    >>> back(1.0)
    (Value(5.0), Value(2.0))
    """
    with Tape(persistent=True) as tape:
        args, sources = _followed(tape, primals, tuple(range(len(primals))))
        y = function(*args)
    return y, lambda cotangent: tape.gradient(y, sources, cotangent, unconnected_gradients="zero")


def jvp(function: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """(f(primals), the derivative of f in the direction of the tangents).

    In forward mode: one pass, whose cost does not grow with the number of primals.

    >>> jvp(lambda a, b: a * b, (2.0, 5.0), (1.0, 0.0))
    (Value(10.0), Value(5.0))
    """
    fresh = tuple(_fresh(x) for x in primals)
    with ForwardAccumulator(fresh, tuple(_whole(t) for t in tangents)) as accumulator:
        y = function(*fresh)
    return y, accumulator.jvp(y, unconnected_gradients="zero")


def hvp(function: Function, primals: Any, tangents: Any) -> Any:
    """The Hessian of a scalar-valued f at `primals` times `tangents`, without forming it.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [2.0, 3.0], [1.0, 0.0])
    Tensor([6., 4.])
    """
    return jvp(grad(function), (primals,), (tangents,))[1]


def _as_box(x: Any) -> Box:
    """Numbers as Values, arrays and lists of numbers as Tensors."""
    if isinstance(x, Box):
        return x
    if isinstance(x, (int, float)):
        box = Value(x)
        box.trainable = False
        return box
    return constant(x, dtype=None if np.asarray(x).dtype.kind in "fc" else float)


def _followed(tape: Tape, args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> tuple[tuple[Any, ...], Any]:
    """The arguments, those at `argnums` replaced by fresh boxes that the tape watches; and these by themselves."""
    fresh = list(args)
    for k in (argnums,) if isinstance(argnums, int) else argnums:
        fresh[k] = _fresh(args[k])
        tape.watch(fresh[k])
    sources = fresh[argnums] if isinstance(argnums, int) else tuple(fresh[k] for k in argnums)
    return tuple(fresh), sources


def _fresh(x: Any) -> Any:
    """Fresh boxes of the same data: a function may close over the very box it is called with, and is not differentiated
    through that."""
    return tree.map_tree(lambda part: identity(_as_box(part)), _whole(x))


def _whole(x: Any) -> Any:
    """A list or tuple of nothing but numbers as the array it writes out; anything else, such as a structure, as it is."""
    parts = tree.leaves(x)
    written_out = isinstance(x, (list, tuple)) and bool(parts) and all(isinstance(part, (int, float)) for part in parts)
    return np.asarray(x) if written_out else x
