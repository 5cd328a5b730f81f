"""The derivative of a solver's answer, by the implicit function theorem."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.batched import of_itself
from autodiff.core.box import Box, first_array, raw_of
from autodiff.core.dispatch import apply
from autodiff.core.listening import active
from autodiff.core.op import Op
from autodiff.core.registry import first_duck
from autodiff.core.transfer import refusal
from autodiff.core.types import Tree
from autodiff.derivatives.reverse import jacobian, vjp
from autodiff.failures.arguments import function_given
from autodiff.scalar.backward import as_value
from autodiff.tape import nested
from autodiff.tape.results import is_followed

Function = Callable[..., Any]


def custom_root(function: Function, linear_solve: Function | None = None) -> Function:
    """A decorator for a solver: its answer gets the derivatives of the root of `function`, however the solver found it.

    Parameters
    ----------
    function : callable
        F(x, *args), which is 0 (each number of it) at the answer x. It has as many numbers as x. For the minimum of a loss it
        is `grad(loss)`.
    linear_solve : callable, optional
        For a root of many numbers: `linear_solve(product, b)` returns the array v of one axis with product(v) = b, where
        `product` is a linear function of such arrays. scipy's gmres can do that. By default the matrix dF/dx is formed.

    Returns
    -------
    callable
        The decorator. The solver is `solve(initial, *args)`; it gets plain numbers, so scipy may be used in it, and returns x:
        a number, an array or a structure of them. The decorated solver takes the same arguments. Its answer is a box if one of
        them is, and has derivatives with respect to `args`, in every mode and order; `initial` is a constant.

    Raises
    ------
    ValueError
        If F has another number of elements than x.
    TypeError
        If F uses something that a tape follows and that is not among its arguments: that gradient would be lost.
    LinAlgError
        Where the jacobian of F in x is singular, so that the root has no derivative; when the gradient is asked for.

    Notes
    -----
    dx = -(dF/dx)^-1 (dF/da) da, where a are the arguments. In reverse mode: solve (dF/dx)^T u = g, then hand -u back through F.
    Where the matrix dF/dx is formed, x should have a few thousand numbers at most. The derivative is exact where x is; a solver
    that stops early gives that of a nearby problem. See `jax.lax.custom_root`, whose `tangent_solve` is `linear_solve`, and
    Blondel et al., Efficient and Modular Implicit Differentiation, 2022. In jaxopt it is `custom_root` and `implicit_root`.

    Examples
    --------
    >>> @custom_root(lambda x, a: x**3 - a)
    ... def cube_root(initial, a):
    ...     return a ** (1.0 / 3.0)
    >>> from autodiff import grad
    >>> round(grad(lambda a: cube_root(1.0, a))(8.0), 12)  # 1 / (3 * 2**2)
    0.083333333333
    """
    function_given(function, "custom_root")
    function_given(function if linear_solve is None else linear_solve, "custom_root", "linear_solve")

    def decorate(solve: Function) -> Function:
        @wraps(function_given(solve, "custom_root", "solver"))
        def solved(initial: Tree, *args: Any) -> Any:
            given = nested.leaves((initial, *args))
            if first_duck(given) is not None:
                return _by_examples(solved, (initial, *args), given)
            start, boxes = _raw(initial), [x for x in nested.leaves(args) if isinstance(x, Box)]
            answer = solve(start, *_raw(args))
            problem = _Problem(function, solve, start, args, answer, linear_solve)
            problem.check()
            if not boxes:
                return answer
            op = Op(solve.__name__, solve, problem.forward, len(boxes), joint_vjp=problem.rule, batch=of_itself)
            return problem.shaped(apply(op, first_array(boxes, Tensor(problem.flat)), tuple(boxes), {}))

        return solved

    return decorate


def _by_examples(solved: Function, args: tuple[Any, ...], given: list[Any]) -> Any:
    """The answers for each example of a batch."""
    batch: Any = first_duck(given)
    answers = []

    def of_one(*own: Any) -> Any:
        answers.append(solved(*nested.like(args, list(own))))
        return tuple(nested.leaves(answers[-1]))

    try:
        found = batch.by_examples(of_one, tuple(given), {})
    except TypeError as error:
        raise refusal(error, "custom_root", given) from None
    return nested.like(answers[0], list(found))


def _raw(tree: Any) -> Any:
    """Plain numbers for the boxes of a structure; arrays are copies, which a solver may write into."""
    return nested.map_tree(lambda x: np.copy(raw_of(x)) if isinstance(x, Tensor) else raw_of(x), tree)


class _Problem:
    """A call of a solver: F with the roots and the tracked arguments as flat arrays."""

    def __init__(self, function: Function, solve: Function, start: Any, args: Any, answer: Any, linear: Any) -> None:
        self.function, self.solve, self.start, self.args, self.linear = function, solve, start, args, linear
        self.answer, self.flat = answer, _flattened(answer)
        self.known = [self.flat]

    def forward(self, *raws: Any) -> Any:
        """The root as one array; of other numbers, as a replay asks for it, a new one."""
        return self.known.pop() if self.known else _flattened(self.solve(self.start, *_raw(self.arguments(raws))))

    def arguments(self, tracked: tuple[Any, ...]) -> Any:
        """The arguments with others in place of the boxes."""
        new = iter(tracked)
        return nested.map_tree(lambda x: next(new) if isinstance(x, Box) else x, self.args)

    def shaped(self, flat: Any) -> Any:
        """The flat root in the structure and shapes of the answer."""
        parts = nested.leaves(self.answer)
        pieces = np.split(flat, np.cumsum([np.size(part) for part in parts])[:-1])
        shaped = [np.reshape(piece, np.shape(part)) for part, piece in zip(parts, pieces)]
        return nested.like(self.answer, [as_value(y) if type(part) is float else y for part, y in zip(parts, shaped)])

    def residual(self, flat: Any, *tracked: Any) -> Any:
        return _flattened(self.function(self.shaped(flat), *self.arguments(tracked)))

    def check(self) -> None:
        """Whether F has as many numbers as the root, and uses nothing else that is followed. A trace follows everything."""
        graph = active()
        if graph is not None and graph.record_all:
            return
        tracked = tuple([raw_of(x) for x in nested.leaves(self.args) if isinstance(x, Box)])
        found, wanted = self.residual(Tensor(self.flat), *tracked), self.flat.size
        if np.size(found) != wanted:
            raise ValueError(f"The root has {wanted} numbers, but the function of custom_root returned {np.size(found)}.")
        if isinstance(found, Box) and is_followed(found):
            raise TypeError(
                "The function of custom_root uses something that is being differentiated and is not among its arguments, so "
                "that gradient would be lost. Pass it to the solver as an argument."
            )

    def rule(self, g: Any, y: Any, *tracked: Any) -> Any:
        if self.linear is None:
            upstream = np.linalg.solve(np.transpose(jacobian(self.residual)(y, *tracked)), g)
        else:
            back_from: Function = lambda u, g, x, *args: vjp(lambda x: self.residual(x, *args), x)[1](u)[0] - g
            by_products: Function = lambda _, g, *at: np.asarray(self.linear(lambda u: back_from(u, 0.0, *at), g))
            upstream = custom_root(back_from, self.linear)(wraps(self.linear)(by_products))(None, g, y, *tracked)
        parts = vjp(lambda *xs: self.residual(y, *xs), *tracked)[1](-upstream)
        return parts if active() is not None else tuple([raw_of(part) for part in parts])


def _flattened(tree: Any) -> Any:
    """The numbers of a structure as one array."""
    found: list[Any] = [part if isinstance(part, Box) else np.asarray(part, float) for part in nested.leaves(tree)]
    parts = [np.reshape(part, -1) for part in found]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


