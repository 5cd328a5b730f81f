"""Derivatives of functions in reverse mode, in sentences over the tape."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box
from autodiff.core.types import Flag, Tree
from autodiff.derivatives.inputs import Argnames, Argnums, Call, fresh, has_box
from autodiff.failures.arguments import function_given
from autodiff.scalar.value import Value
from autodiff.tape import Tape, nested
from autodiff.tape.results import parted, target_of, unboxed

Function = Callable[..., Any]


def value_and_grad(function: Function, argnums: Argnums = None, has_aux: Flag = False, argnames: Argnames = None) -> Function:
    """The function x -> (f(x), df/dx) of a scalar-valued f.

    Parameters
    ----------
    function : callable
        Its result has one element.
    argnums : int or tuple of ints, optional
        The argument(s) to differentiate: each a number, an array, a box, or a structure of these: lists, tuples, dicts,
        dataclasses, objects of registered classes (`register_pytree_node`). By default the first.
    has_aux : bool
        f returns a pair (result, aux); aux is not differentiated, and is handed on.
    argnames : str or tuple of str, optional
        The argument(s) to differentiate by name, given as keywords or in their places; by default none if there are
        `argnums`. Where there are both, the gradients are one tuple, those of `argnums` first.

    Returns
    -------
    callable
        It returns (f(x), gradient), with has_aux ((f(x), aux), gradient). The gradient has the structure, shapes and dtypes of
        the argument, zeros where f does not depend on it; for a tuple of argnums or argnames it is a tuple. Of plain arguments
        the results are plain: floats, arrays, numpy's scalars for arrays without axes. They are boxes if an argument is one,
        and where a tape outside follows them.

    Raises
    ------
    ValueError
        When called, if the result of f has more than one element.

    Examples
    --------
    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    >>> value_and_grad(lambda x, scale: np.sum(x * scale), argnames="scale")(np.array([1.0, 2.0]), scale=3.0)
    (np.float64(9.0), 3.0)
    """

    @wraps(function_given(function, "grad"))
    def both(*args: Any, **kwargs: Any) -> Any:
        call = Call(function, args, kwargs, argnums, argnames)
        with Tape() as tape:
            tape.watch(call.sources)
            y = function(*call.args, **call.kwargs)
        y, aux = parted(y, bool(has_aux), "grad") if has_aux else (y, None)
        if not isinstance(y, Value):
            _check_one_number(y)
        target = y if isinstance(y, Box) else target_of(tape, y)
        slopes = tape.gradient(target, call.sources, unconnected_gradients="zero")
        if call.plain:
            y, aux, slopes = unboxed(y), unboxed(aux) if has_aux else None, unboxed(slopes)
        return ((y, aux) if has_aux else y), slopes

    return both


def _check_one_number(y: Any) -> None:
    if isinstance(y, Tensor) and y.size == 1:
        return
    if isinstance(y, (list, tuple, dict)):
        raise ValueError(
            f"grad needs a function with one number as its result, but got a {type(y).__name__}; see jacobian, or has_aux=True "
            "for a pair (number, aux)."
        )
    if np.size(y) != 1:
        raise ValueError(f"grad needs a function with one number as its result, but got shape {np.shape(y)}; see jacobian.")


def grad(function: Function, argnums: Argnums = None, has_aux: Flag = False, argnames: Argnames = None) -> Function:
    """The function x -> df/dx of a scalar-valued f. Parameters and errors are those of `value_and_grad`.

    Returns
    -------
    callable
        It returns the gradient, in the structure, shapes and dtypes of the argument, with has_aux (gradient, aux). Plain
        arguments give a plain gradient, so that it can be handed to scipy.

    Examples
    --------
    >>> grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = value_and_grad(function, argnums, has_aux, argnames)

    @wraps(function)
    def slope(*args: Any, **kwargs: Any) -> Any:
        y, slopes = both(*args, **kwargs)
        return (slopes, y[1]) if has_aux else slopes

    return slope


def jacobian(function: Function, argnums: Argnums = None, has_aux: Flag = False, argnames: Argnames = None) -> Function:
    """The function x -> all partial derivatives of f(x). Parameters are those of `value_and_grad`, for any f.

    Returns
    -------
    callable
        It returns an array of shape f(x).shape + x.shape, a Tensor if an argument is a box. If f(x) or x is a structure, it
        returns the structure of f(x), with the structure of x in place of each result. With has_aux: (these, aux).

    Examples
    --------
    >>> jacobian(lambda x: x[:1] * x)([2.0, 3.0])
    array([[4., 0.],
           [3., 2.]])
    """

    @wraps(function_given(function, "jacobian"))
    def table(*args: Any, **kwargs: Any) -> Any:
        call = Call(function, args, kwargs, argnums, argnames)
        with Tape(persistent=True) as tape:
            tape.watch(call.sources)
            y = function(*call.args, **call.kwargs)
        y, aux = parted(y, bool(has_aux), "jacobian")
        rows = nested.map_tree(
            lambda part: tape.jacobian(part, call.sources, unconnected_gradients="zero"), target_of(tape, y)
        )
        if call.plain:
            rows, aux = unboxed(rows), unboxed(aux)
        return (rows, aux) if has_aux else rows

    return table


def hessian(function: Function, argnums: Argnums = None, has_aux: Flag = False, argnames: Argnames = None) -> Function:
    """The function x -> the second derivatives of a scalar-valued f. Parameters and errors are those of `value_and_grad`.

    Returns
    -------
    callable
        It returns an array of shape x.shape + x.shape. For a structure x it returns the structure of that structure:
        hessian(f)(p)["w"]["b"] is d/db df/dw. With has_aux: (these, aux).

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    array([[6., 4.],
           [4., 0.]])
    """
    return jacobian(grad(function, argnums, has_aux, argnames), argnums, has_aux, argnames)


CHUNK = 32  # rows of the Hessian at a time


def hessian_diag(function: Function, argnums: Argnums = None, argnames: Argnames = None) -> Function:
    """The function x -> the diagonal of the Hessian of a scalar-valued f: d^2 f / dx_k^2 for each number of x.

    Parameters and errors are those of `value_and_grad`. It takes a backward walk for each number of x, as the Hessian does, but
    memory for a few rows only.

    Returns
    -------
    callable
        It returns the diagonal, in the structure and shapes of the argument.

    Examples
    --------
    >>> hessian_diag(lambda x: np.sum(x**3) + x[0] * x[1])(np.array([1.0, 2.0]))
    array([ 6., 12.])
    """

    @wraps(function_given(function, "hessian_diag"))
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        call = Call(function, args, kwargs, argnums, argnames)
        sources = nested.leaves(call.sources)
        with Tape(persistent=True) as tape:
            tape.watch(call.sources)
            slopes = nested.leaves(grad(function, argnums, False, argnames)(*call.args, **call.kwargs))
            parts = [[slope] if isinstance(slope, Value) else _pieces(slope) for slope in slopes]
        found = [_diagonal(tape, *pair) for pair in zip(parts, sources)]
        diagonals = nested.like(call.sources, found)
        return unboxed(diagonals) if call.plain else diagonals

    return diagonal


def _pieces(slope: Any) -> list[Any]:
    """An array in pieces of few numbers."""
    flat = np.reshape(slope, -1)
    return [flat[k : k + CHUNK] for k in range(0, max(1, flat.size), CHUNK)]


def _diagonal(tape: Tape, pieces: list[Any], source: Any) -> Any:
    if isinstance(source, Value):
        return tape.gradient(pieces[0], source, unconnected_gradients="zero")
    found = []
    for k, piece in enumerate(pieces):
        rows = np.reshape(tape.jacobian(piece, source, unconnected_gradients="zero"), (piece.size, source.size))
        found.append(rows[np.arange(piece.size), k * CHUNK + np.arange(piece.size)])
    return np.reshape(np.concatenate(found), source.shape)


def vjp(function: Function, *primals: Any, has_aux: Flag = False) -> tuple[Any, ...]:
    """f(primals), and the function that sends a cotangent of the result back to the primals.

    Parameters
    ----------
    function : callable
    *primals : numbers, arrays, boxes or structures of them
    has_aux : bool
        f returns a pair (result, aux), and this returns aux as its third result.

    Returns
    -------
    y, back : array, box or a structure of them, callable
        `back(u)`, for a u of the shape of y, is u times the jacobian: a tuple with an entry of the same shape for each primal.
        Plain primals and cotangents give plain results.

    Examples
    --------
    >>> y, back = vjp(lambda a, b: a * b, 2.0, 5.0)
    >>> y, back(1.0)
    (10.0, (5.0, 2.0))
    """
    plain, sources = not has_box(primals), tuple([fresh(x) for x in primals])
    with Tape(persistent=True) as tape:
        tape.watch(sources)
        y = function_given(function, "vjp")(*sources)
    y, aux = parted(y, bool(has_aux), "vjp")
    target = target_of(tape, y)

    def back(cotangent: Tree) -> Any:
        parts = tape.gradient(target, sources, cotangent, unconnected_gradients="zero")
        return unboxed(parts) if plain and not has_box(cotangent) else parts

    if plain:
        y, aux = unboxed(y), unboxed(aux)
    return (y, back, aux) if has_aux else (y, back)


