"""`cond`: a choice between two computations that a trace can follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.batched import Batched
from autodiff.core.box import Box, raw_of
from autodiff.core.transfer import refusal
from autodiff.failures.arguments import function_given
from autodiff.functions.inside import is_tracing, open_trace
from autodiff.functions.kernels import NotTraceable
from autodiff.functions.program import Raw
from autodiff.rules.arithmetic import where
from autodiff.tape import nested


def cond(condition: Raw, true_function: Callable[..., Raw], false_function: Callable[..., Raw], *operands: Raw) -> Raw:
    """`true_function(*operands)` if the condition holds, otherwise `false_function(*operands)`.

    Outside of traces only the function that is chosen runs. In a trace (and inside `vmap`, where examples differ) both
    run, and `where` takes the results of one.

    Parameters
    ----------
    condition : bool, or array of one element
    true_function, false_function : callable
        They return arrays, numbers or boxes, in the same structure and shapes. In a trace they must not assign Variables.
    *operands : Any
        Passed on to the function.

    Returns
    -------
    What the function returned; inside a trace boxes.

    Raises
    ------
    ValueError
        In a trace, for results of different structures.
    NotTraceable
        In a trace, for a function that assigns a Variable.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> @ad.function
    ... def step(x):
    ...     return ad.cond(np.sum(x) > 1.0, lambda x: 2.0 * x, lambda x: -x, x)
    >>> step(np.array([1.0, 2.0])), step(np.array([0.5, 0.25]))
    (Tensor([2., 4.]), Tensor([-0.5 , -0.25]))
    """
    function_given(true_function, "cond", "true_function")
    function_given(false_function, "cond", "false_function")
    if not is_tracing() and not isinstance(raw_of(condition), Batched):
        try:
            chosen = true_function if bool(raw_of(condition)) else false_function
        except TypeError as error:
            raise refusal(error, "cond", (condition,)) from None
        return chosen(*operands)
    if not isinstance(condition, Box):
        return (true_function if condition else false_function)(*operands)
    results = [_pure(function)(*operands) for function in (true_function, false_function)]
    yes, no = (nested.leaves(result) for result in results)
    if len(yes) != len(no):
        raise ValueError(f"The two functions of cond return different structures: {len(yes)} and {len(no)} results.")
    mask: Any = condition
    mask = mask if mask.dtype == np.bool_ else np.not_equal(mask, 0)
    return nested.like(results[0], [a if a is b else where(mask, a, b) for a, b in zip(yes, no)])


def _pure(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which must not assign: in a trace both functions run."""

    def checked(*operands: Raw) -> Raw:
        trace = open_trace()
        before = None if trace is None else trace.assignments
        result = function(*operands)
        if trace is not None and trace.assignments != before:
            raise NotTraceable(
                "A function of cond assigns a Variable, but in a trace both functions run: return the new value, and assign "
                "what cond returns."
            )
        return result

    return checked
