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

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import constant
from autodiff.core.batched import Batched
from autodiff.core.box import Box
from autodiff.core.structural import identity
from autodiff.failures.arguments import function_given, sequence_given
from autodiff.scalar.value import Value
from autodiff.tape import ForwardAccumulator, Tape, nested

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


def value_and_grad(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> (f(x), df/dx) of a scalar-valued f.

    Parameters
    ----------
    function : callable
        Its result has one element.
    argnums : int or tuple of ints
        The argument(s) to differentiate: each a number, an array, a box, or nested lists, tuples and dicts of them.

    Returns
    -------
    callable
        It returns (f(x), gradient). The gradient has the structure, shapes and dtypes of the argument, zeros where f does not
        depend on it; for several `argnums` it is a tuple.

    Raises
    ------
    ValueError
        When called, if the result of f has more than one element.

    Examples
    --------
    >>> value_and_grad(lambda x: x**3)(2.0)
    (Value(8.0), Value(12.0))
    """

    @wraps(function_given(function, "grad"))
    def both(*args: Any, **kwargs: Any) -> Any:
        with Tape() as tape:
            args, sources = _followed(tape, args, argnums)
            y = function(*args, **kwargs)
        if np.size(y) != 1:
            raise ValueError(f"grad needs a function with one number as its result, but got shape {np.shape(y)}; see jacobian.")
        return y, tape.gradient(y, sources, unconnected_gradients="zero")

    return both


def grad(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> df/dx of a scalar-valued f. Parameters and errors are those of `value_and_grad`.

    Returns
    -------
    callable
        It returns the gradient, in the structure, shapes and dtypes of the argument.

    Examples
    --------
    >>> grad(grad(lambda x: x**3))(2.0)
    Value(12.0)
    """
    both = value_and_grad(function, argnums)

    @wraps(function)
    def slope(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return slope


def jacobian(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> all partial derivatives of f(x). Parameters are those of `value_and_grad`, for any f.

    Returns
    -------
    callable
        It returns a Tensor of shape f(x).shape + x.shape. If f(x) or x is a structure, it returns the structure of f(x), with
        the structure of x in place of each result.

    Examples
    --------
    >>> jacobian(lambda x: x[:1] * x)([2.0, 3.0])
    Tensor([[4., 0.],
            [3., 2.]])
    """

    @wraps(function_given(function, "jacobian"))
    def table(*args: Any, **kwargs: Any) -> Any:
        with Tape(persistent=True) as tape:
            args, sources = _followed(tape, args, argnums)
            y = function(*args, **kwargs)
        return nested.map_tree(lambda part: tape.jacobian(part, sources, unconnected_gradients="zero"), y)

    return table


def hessian(function: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function x -> the second derivatives of a scalar-valued f. Parameters and errors are those of `value_and_grad`.

    Returns
    -------
    callable
        It returns a Tensor of shape x.shape + x.shape. For a structure x it returns the structure of that structure:
        hessian(f)(p)["w"]["b"] is d/db df/dw.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    Tensor([[6., 4.],
            [4., 0.]])
    """
    return jacobian(grad(function, argnums), argnums)


def vjp(function: Function, *primals: Any) -> tuple[Any, Function]:
    """f(primals), and the function that sends a cotangent of the result back to the primals.

    Returns
    -------
    y, back : box or nested boxes, callable
        `back(u)`, for a u of the shape of y, is u times the jacobian: a tuple with an entry of the same shape for each primal.

    Examples
    --------
    >>> y, back = vjp(lambda a, b: a * b, 2.0, 5.0)
    >>> back(1.0)
    (Value(5.0), Value(2.0))
    """
    with Tape(persistent=True) as tape:
        args, sources = _followed(tape, primals, tuple(range(len(primals))))
        y = function_given(function, "vjp")(*args)
    return y, lambda cotangent: tape.gradient(y, sources, cotangent, unconnected_gradients="zero")


def jvp(function: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """f(primals), and the derivative of f in the direction of the tangents.

    Parameters
    ----------
    primals, tangents : tuple
        The arguments of f, and for each a direction of the same shape. It takes one pass, in forward mode, for any number.

    Returns
    -------
    y, dy : box or nested boxes
        f(primals), and the jacobian times the tangents, in the structure and shapes of y.

    Raises
    ------
    ValueError
        For tangents that do not have the structure and shapes of the primals.

    Examples
    --------
    >>> jvp(lambda a, b: a * b, (2.0, 5.0), (1.0, 0.0))
    (Value(10.0), Value(5.0))
    """
    fresh = tuple(_fresh(x) for x in sequence_given(primals, "jvp", "primals"))
    with ForwardAccumulator(fresh, tuple(_whole(t) for t in sequence_given(tangents, "jvp", "tangents"))) as accumulator:
        y = function_given(function, "jvp")(*fresh)
    return y, accumulator.jvp(y, unconnected_gradients="zero")


def hvp(function: Function, primals: Any, tangents: Any) -> Any:
    """The Hessian of a scalar-valued f at `primals` times `tangents`, without forming it: the `jvp` of the gradient.

    f takes one argument, which may be a structure. The tangents and the result have its structure and shapes.

    Examples
    --------
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
    if isinstance(x, Batched):
        return Tensor(x)
    return constant(x, dtype=None if np.asarray(x).dtype.kind in "fc" else float)


def _followed(tape: Tape, args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> tuple[tuple[Any, ...], Any]:
    """The arguments, those at `argnums` replaced by fresh boxes that the tape watches; and these by themselves."""
    fresh = list(args)
    for k in (argnums,) if isinstance(argnums, int) else argnums:
        if not -len(args) <= k < len(args):
            raise ValueError(f"argnums asks for argument {k}, but the call has {len(args)} positional arguments.")
        fresh[k] = _fresh(args[k])
        tape.watch(fresh[k])
    sources = fresh[argnums] if isinstance(argnums, int) else tuple(fresh[k] for k in argnums)
    return tuple(fresh), sources


def _fresh(x: Any) -> Any:
    """Fresh boxes of the same data: a function may close over the very box it is called with, and is not differentiated
    through that."""
    return nested.map_tree(lambda part: identity(_as_box(part)), _whole(x))


def _whole(x: Any) -> Any:
    """A list or tuple of nothing but numbers as the array it writes out; anything else, such as a structure, as it is."""
    parts = nested.leaves(x)
    written_out = isinstance(x, (list, tuple)) and bool(parts) and all(isinstance(part, (int, float)) for part in parts)
    return np.asarray(x) if written_out else x
