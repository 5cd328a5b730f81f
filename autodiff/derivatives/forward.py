"""Derivatives of functions in the direction of tangents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autodiff.core.types import Flag, Tree
from autodiff.derivatives.inputs import fresh, has_box
from autodiff.derivatives.reverse import grad
from autodiff.failures.arguments import function_given, sequence_given
from autodiff.tape import ForwardAccumulator, Tape, nested
from autodiff.tape.arguments import directions
from autodiff.tape.results import as_boxes, parted, target_of, unboxed

Function = Callable[..., Any]


def jvp(function: Function, primals: Sequence[Tree], tangents: Sequence[Tree], has_aux: Flag = False) -> tuple[Any, ...]:
    """f(primals), and the derivative of f in the direction of the tangents.

    Parameters
    ----------
    function : callable
    primals, tangents : tuple
        The arguments of f, and for each a direction of the same shape. It takes one pass, in forward mode, for any number.
    has_aux : bool
        f returns a pair (result, aux), and this returns aux as its third result.

    Returns
    -------
    y, dy : array, box or a structure of them
        f(primals), and the jacobian times the tangents, in the structure and shapes of y. Plain primals and tangents give
        plain results.

    Raises
    ------
    ValueError
        For tangents that do not have the structure and shapes of the primals.

    Examples
    --------
    >>> jvp(lambda a, b: a * b, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    plain = not has_box(primals) and not has_box(tangents)
    sources = tuple([fresh(x) for x in sequence_given(primals, "jvp", "primals")])
    with ForwardAccumulator(sources, tuple(map(nested.whole, sequence_given(tangents, "jvp", "tangents")))) as accumulator:
        y = function_given(function, "jvp")(*sources)
    y, aux = parted(y, bool(has_aux), "jvp")
    dy = accumulator.jvp(as_boxes(y), unconnected_gradients="zero")
    if plain:
        y, dy, aux = unboxed(y), unboxed(dy), unboxed(aux)
    return (y, dy, aux) if has_aux else (y, dy)


def hvp(function: Function, primals: Tree, tangents: Tree) -> Any:
    """The Hessian of a scalar-valued f at `primals` times `tangents`, without forming it: the `jvp` of the gradient.

    f takes one argument, which may be a structure. The tangents and the result have its structure and shapes. Plain arguments
    give a plain result.

    Examples
    --------
    >>> hvp(lambda x: x[0] ** 2 * x[1], [2.0, 3.0], [1.0, 0.0])
    array([6., 4.])
    """
    return jvp(grad(function), (primals,), (tangents,))[1]


def linearize(function: Function, *primals: Any) -> tuple[Any, Function]:
    """f(primals), and the function from tangents to the derivative of f in their direction: many directions at one point.

    f runs once. Each direction then costs about as much as a gradient, where `jvp` would run f again.

    Parameters
    ----------
    function : callable
    *primals : numbers, arrays, boxes or structures of them

    Returns
    -------
    y, push : array, box or a structure of them, callable
        `push(*tangents)`, with a tangent of the same structure and shapes for each primal, is the jacobian times the tangents,
        in the structure and shapes of y. Plain primals and tangents give plain results.

    Notes
    -----
    The cotangent that arrives at the primals is linear in the cotangent u of y. `push` is the derivative with respect to u of
    that map, which is its transpose.

    Examples
    --------
    >>> y, push = linearize(lambda a, b: a * b, 2.0, 5.0)
    >>> y, push(1.0, 0.0), push(0.0, 1.0)
    (10.0, 5.0, 2.0)
    """
    plain, sources = not has_box(primals), tuple([fresh(x) for x in primals])
    with Tape(persistent=True) as tape:
        tape.watch(sources)
        y = target_of(tape, function_given(function, "linearize")(*sources))
    with Tape(watch_accessed_variables=False, persistent=True) as outer:
        u = nested.map_tree(lambda part: part._wrap(part._raw() * 0.0 + 1.0), y)
        outer.watch(u)
        back = tape.gradient(y, sources, u, unconnected_gradients="zero")

    def push(*tangents: Any) -> Any:
        steps = tuple([nested.whole(t) for t in tangents])
        seeds = nested.like(sources, directions(sources, steps))
        found = outer.gradient(back, u, seeds, unconnected_gradients="zero")
        return unboxed(found) if plain and not has_box(steps) else found

    return unboxed(y) if plain else y, push

