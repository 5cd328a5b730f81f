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
from autodiff.tape import Tape, tree

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

    >>> jacobian(lambda x: x[:1] * x)([2.0, 3.0])
    Tensor([[4., 0.],
            [3., 2.]])
    """

    @wraps(function)
    def table(*args: Any, **kwargs: Any) -> Any:
        with Tape() as tape:
            args, sources = _followed(tape, args, argnums)
            y = function(*args, **kwargs)
        return tape.jacobian(y, sources, unconnected_gradients="zero")

    return table


def hessian(function: Function, argnums: int = 0) -> Function:
    """The function x -> the second derivatives of a scalar-valued f, of shape x.shape + x.shape.

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

    The vjp of f is linear in its cotangent, so the vjp of the vjp is the jvp.

    >>> jvp(lambda a, b: a * b, (2.0, 5.0), (1.0, 0.0))
    (Value(10.0), Value(5.0))
    """
    directions = [v for part in tangents for v in tree.leaves(np.asarray(part) if _is_array(part) else part)]
    with Tape() as outer:
        with Tape() as tape:
            args, sources = _followed(tape, primals, tuple(range(len(primals))))
            y = function(*args)
        cotangent = _as_box(0.0 if isinstance(y, Value) else np.zeros_like(np.asarray(y)))
        outer.watch(cotangent)
        back = tape.gradient(y, sources, cotangent, unconnected_gradients="zero")
        along = sum(np.sum(g * v) for g, v in zip(tree.leaves(back), directions))
    return y, outer.gradient(along, cotangent, unconnected_gradients="zero")


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
    """The arguments, those at `argnums` replaced by fresh boxes that the tape watches; and these by themselves.

    Fresh, because a function may close over the very box it is called with, and is not differentiated through that.
    """
    fresh = list(args)
    for k in (argnums,) if isinstance(argnums, int) else argnums:
        whole = np.asarray(args[k]) if _is_array(args[k]) else args[k]
        fresh[k] = tree.map_tree(lambda x: identity(_as_box(x)), whole)
        tape.watch(fresh[k])
    sources = fresh[argnums] if isinstance(argnums, int) else tuple(fresh[k] for k in argnums)
    return tuple(fresh), sources


def _is_array(x: Any) -> bool:
    """Whether a list or tuple is an array written out: nothing but numbers inside. Otherwise it is a structure."""
    parts = tree.leaves(x)
    return isinstance(x, (list, tuple)) and bool(parts) and all(isinstance(part, (int, float)) for part in parts)
