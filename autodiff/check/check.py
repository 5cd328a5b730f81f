"""check_gradients: the tape's gradient of a function against finite differences of the same function."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np

from autodiff.check.examine import examine
from autodiff.check.layout import unflat
from autodiff.check.problem import Function, Problem, weighted_grad
from autodiff.check.verdict import Verdict
from autodiff.core.escapes import no_escape
from autodiff.failures.arguments import function_given
from autodiff.failures.nesting import brief


class CheckGradients(Protocol):
    """A function that has another as its attribute."""

    def __call__(self, function: Function, *args: object, order: int = 1, seed: int = 0) -> Verdict: ...

    @staticmethod
    def assert_correct(function: Function, *args: object, order: int = 1, seed: int = 0) -> Verdict: ...


def assert_correct(function: Function, *args: object, order: int = 1, seed: int = 0) -> Verdict:
    """The verdict of `check_gradients`, which takes the same arguments. AssertionError where the gradient is not accepted.

    Examples
    --------
    >>> print(check_gradients.assert_correct(np.tanh, np.array([0.5, -1.0])))
    pass: 2 numbers, to order 1
    """
    verdict = check_gradients(function, *args, order=order, seed=seed)
    if not verdict:
        raise AssertionError(f"gradient {verdict}")
    return verdict


def with_assertion(function: Function) -> CheckGradients:
    function.assert_correct = assert_correct  # type: ignore[attr-defined]
    return cast(CheckGradients, function)


@with_assertion
def check_gradients(function: Function, *args: object, order: int = 1, seed: int = 0) -> Verdict:
    """The verdict on the gradient of `function` at `args`, which is compared with finite differences.

    Parameters
    ----------
    function : callable
        It returns numbers, arrays or boxes, or lists, tuples and dicts of them. If it has `trainable_variables` (a layer, a
        model), these are checked too. If it has a context manager `in_float64`, as layers have, it is checked within that.
    *args : numbers, arrays, boxes, or nested lists, tuples and dicts of them
        Floats and complex numbers are checked, in float64 and complex128 copies; a complex number in its real and in its
        imaginary part. Everything else is constant.
    order : int
        2 also checks the derivative of the gradient, and so on.
    seed : int
        Of the random numbers: the lines along which the derivatives are compared, and the weights of the results.

    Returns
    -------
    Verdict
        It is true where the gradient is accepted. `check_gradients.assert_correct` takes the same arguments and raises
        AssertionError where it is not.

    Raises
    ------
    ValueError
        If there is no float to check, neither in the arguments nor in variables; if `order` is less than 1.
    TypeError
        If the function returns nothing, or what is no number.

    Notes
    -----
    The derivative along two random lines through all numbers is compared with a central difference (f(x + h v) - f(x - h v)) /
    2h. Its step is near the cube root of the rounding error, and Richardson's extrapolation improves it. Where a line
    disagrees, the numbers are halved until the wrong one is found.

    Examples
    --------
    >>> print(check_gradients(lambda x: np.tanh(x) * x, np.array([0.5, -1.0]), order=2))
    pass: 2 numbers, to order 2
    """
    function_given(function, "check_gradients")
    if not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed is a whole number of at least 0, but got {brief(seed)}.")
    if order < 1:
        raise ValueError(f"order should be 1 (the gradient), 2 (also its derivative) or more, but got {order}.")
    with no_escape():  # to the tapes that the caller has open
        if not hasattr(function, "in_float64"):
            return _verdict(function, args, order, seed)
        function(*args)  # so that its variables are there
        with function.in_float64():
            return _verdict(function, args, order, seed)


def _verdict(function: Function, args: tuple[object, ...], order: int, seed: int) -> Verdict:
    rng = np.random.default_rng(seed)
    problem = Problem(function, args)
    if not problem.repeats():
        return Verdict("random", "the function gives another result at each call; fix its seed, or switch dropout off")
    n = problem.middle.size
    weights = rng.uniform(0.5, 1.5, n) * rng.choice([-1.0, 1.0], n) if n > 1 else np.ones(n)
    verdict = examine(problem, weights, rng)
    if verdict and order > 1:
        rest = _verdict(weighted_grad(function, unflat(weights, problem.output_parts)), args, order - 1, seed + 1)
        if not rest:
            return Verdict(rest.kind, f"in the derivative of the gradient: {rest.message}", rest.order + 1)
        if verdict.kind == rest.kind == "pass":
            return Verdict("pass", verdict.message.replace("to order 1", f"to order {order}"), order)
    return verdict
