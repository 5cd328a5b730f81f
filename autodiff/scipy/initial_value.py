"""Differential equations from an initial value, whose solution has derivatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.core.box import Box, first_box, raw_of, strip
from autodiff.core.dtypes import is_complex
from autodiff.core.external import External
from autodiff.core.listening import active, current, unheard
from autodiff.core.op import everything_recorded
from autodiff.core.registry import first_duck
from autodiff.core.transfer import refusal
from autodiff.core.types import ArrayLike, Tree
from autodiff.failures.arguments import chosen_of, function_given
from autodiff.failures.nesting import brief
from autodiff.scipy.adjoint import Solution
from autodiff.scipy.equation import IMPLICIT, Equation, Function, Numbers, as_array, isolated
from autodiff.scipy.steps import EXPLICIT, taken
from autodiff.tape import nested
from autodiff.tape.results import is_followed

__all__ = ["odeint", "solve_ivp"]

METHODS = (*EXPLICIT, *IMPLICIT)
OPTIONS = {"rtol", "atol", "max_step", "first_step", "min_step", "jac", "jac_sparsity", "lband", "uband"}


def solve_ivp(
    fun: Function,
    t_span: Tree,
    y0: ArrayLike,
    method: str = "RK45",
    t_eval: ArrayLike | None = None,
    dense_output: bool = False,
    events: Function | Sequence[Function] | None = None,
    vectorized: bool = False,
    args: Sequence[Tree] | None = None,
    *,
    gradient: str | None = None,
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`: the solution of dy/dt = fun(t, y, *args) from y0 on, with its derivatives.

    Parameters
    ----------
    fun : callable
        fun(t, y, *args), an array or list of shape (n,), in numpy's functions. What it closes over may be followed too.
    t_span : pair of floats
        The first and the last time.
    y0 : array_like
        Of shape (n,).
    method : {"RK45", "RK23", "DOP853", "Radau", "BDF", "LSODA"}
        The solver. The last three are for stiff equations.
    t_eval : array_like, optional
        The times of the results; by default those of the steps.
    dense_output, events
        As in scipy, if nothing is followed: their results have no derivative.
    vectorized : bool
        As in scipy.
    args : tuple, optional
        Further arguments of fun, which may be boxes or structures of them.
    gradient : {"steps", "adjoint"}, optional
        How derivatives are computed; see the notes. By default "steps" for the first three methods, which alone have it, and
        "adjoint" for the others.
    **options
        `rtol`, `atol`, `max_step`, `first_step`, and those of the implicit methods: `jac`, `jac_sparsity`, `lband`, `uband`,
        `min_step`. By default `jac` is computed by a tape for 50 equations or more, if one can go through fun.

    Returns
    -------
    OptimizeResult
        With `t`, of shape (m,), and `y`, of shape (n, m): a Tensor if it depends on a box. Other fields are scipy's.

    Raises
    ------
    TypeError
        For events and dense_output where something is followed, as that gradient would be lost, and for other options.
    RuntimeError
        If scipy's solver fails.

    Notes
    -----
    With "steps", scipy chooses the steps, with plain numbers. Then the same steps are taken once more, and recorded. So the
    derivative is that of the computed solution, exact to rounding and of any order, where the sizes of the steps are constants
    (fractions of the span). From the derivative of the true solution it differs by an error of the order of the tolerances.
    Memory grows with the number of steps.

    With "adjoint", the derivative is that of the true solution, up to the tolerances `rtol` and `atol`: those of the solution,
    and of an equation for the gradient, which the same method solves backward. So it is not exactly that of the computed
    solution. It has any order, too. Between the forward and the backward solution, memory is needed for the results alone; on
    the way back for the polynomials of the solution from one time of the results to the next. An absolute error `atol` of the
    gradient is one for cotangents whose largest number is 1. Where the solution has steep layers, the gradient needs smaller
    tolerances than the solution itself.

    A time of the results has the derivative fun(t, y), where t_span or t_eval is followed.

    Examples
    --------
    >>> import autodiff as ad
    >>> last = lambda y0: solve_ivp(lambda t, y: -y, (0.0, 1.0), y0).y[0, -1]
    >>> ad.grad(last)(np.array([0.5])).round(3)
    array([0.368])
    >>> def stiff(rate):
    ...     slopes = lambda t, y: -rate * (y - np.cos(t))
    ...     return solve_ivp(slopes, (0.0, 1.0), [0.0], "Radau", rtol=1e-8, atol=1e-10).y[0, -1]
    >>> bool(abs(ad.grad(stiff)(1e4) - np.sin(1.0) / 1e8 * -1.0) < 1e-10)
    True
    """
    _check(fun, method, gradient, options)
    if args is not None and not isinstance(args, Iterable):
        raise TypeError(f"solve_ivp takes a tuple as its args, such as ({brief(args)},), but got {brief(args)} itself.")
    given = tuple(args) if args is not None else ()
    span: Any = t_span
    whole = ((*span,), t_eval, y0, given)
    batch: Any = first_duck(nested.leaves(whole))
    if batch is not None:
        settings = {"vectorized": vectorized, "gradient": gradient, **options}
        return _by_examples(batch, fun, method, whole, settings)
    if callable(options.get("jac")):
        options["jac"] = _plain(options["jac"], strip(given))
    equation = Equation(fun, given, method, {"vectorized": vectorized, **options})
    y0 = as_array(y0)
    if dense_output or events is not None:
        return _unfollowed(equation, whole, y0, {"dense_output": dense_output, "events": events})
    way = gradient or ("steps" if method in EXPLICIT else "adjoint")
    t0, t1 = span
    return (_by_steps if way == "steps" else _by_adjoint)(equation, t0, t1, y0, t_eval)


def _check(fun: Any, method: Any, gradient: Any, options: Any) -> None:
    function_given(fun, "solve_ivp")
    chosen_of(method, METHODS, "solve_ivp", "method")
    if gradient is not None:
        chosen_of(gradient, ("steps", "adjoint"), "solve_ivp", "gradient")
    if gradient == "steps" and method in IMPLICIT:
        known = ", ".join(EXPLICIT)
        raise ValueError(f"gradient='steps' is for the methods {known}, but got {method}: leave it out, or say 'adjoint'.")
    unknown = sorted(options.keys() - OPTIONS)
    if unknown:
        raise TypeError(f"solve_ivp takes {', '.join(sorted(OPTIONS))} as its options, but got {', '.join(unknown)}.")
    if everything_recorded.get():
        raise TypeError("solve_ivp chooses its steps by numbers, which a trace would freeze: call it outside of ad.function.")


def _plain(jac: Any, args: Any) -> Any:
    return lambda t, y: strip(jac(t, y, *args))


def _by_examples(batch: Any, fun: Any, method: str, whole: Any, settings: dict[str, Any]) -> Any:
    """The solutions for each example of a batch, at the same times."""
    from scipy.optimize import OptimizeResult

    if isinstance(batch, External):
        raise refusal(TypeError("scipy computes on the host"), "solve_ivp", [batch])
    if whole[1] is None:
        raise TypeError("Each example of a batch has steps of its own, so solve_ivp needs the times of the results: t_eval=.")

    def of_one(*own: Numbers) -> Numbers:
        t_span, t_eval, y0, args = nested.like(whole, list(own))
        return solve_ivp(fun, t_span, y0, method, t_eval, args=args, **settings).y

    y = batch.by_examples(of_one, tuple(nested.leaves(whole)), {})
    message = "The solver successfully reached the end of the integration interval."
    return OptimizeResult(t=whole[1], y=y, sol=None, status=0, success=True, message=message)


def _unfollowed(equation: Equation, whole: Any, y0: Any, wanted: dict[str, Any]) -> Any:
    """A solution with what has no derivative: events, or a function of the time."""
    span, t_eval, _, _ = strip(whole)
    found = equation.first_solved(span, _start(y0), t_eval=t_eval, **wanted)
    boxes = [x for x in (*nested.leaves(whole), *equation.captured) if isinstance(x, Box)]
    if any(is_followed(x) for x in boxes):
        raise TypeError(
            "What dense_output and events give has no derivative here, so that gradient would be lost: leave them out, and "
            "ask for the times that you need by t_eval."
        )
    if boxes or equation.boxed:
        found.y = Tensor(found.y)
    return found


def _start(y0: Any) -> Any:
    raw = raw_of(y0)
    return np.array(raw, complex if is_complex(raw) else float)


def _by_steps(equation: Equation, t0: Any, t1: Any, y0: Any, t_eval: Any) -> Any:
    """The solution by scipy's steps, taken once more where there are boxes."""
    import scipy.integrate

    span, start, parameters = (raw_of(t0), raw_of(t1)), _start(y0), raw_of(tuple(equation.boxes))
    times = None if t_eval is None else as_array(t_eval)
    plain = first_box((t0, t1, times, y0)) is None and not equation.boxes
    with unheard():
        found = equation.solved(span, start, parameters, t_eval=times if plain else None)
        if plain and not equation.boxed and current() is None:
            found.y = np.reshape(found.y, (start.size, len(found.t)))
            return found
        if plain and times is not None:
            found = equation.solved(span, start, parameters)
    steps = found.t
    if isinstance(t0, Box) or isinstance(t1, Box):
        steps = t0 + (t1 - t0) * ((steps - span[0]) / (span[1] - span[0]))
    if times is not None:
        _check_times(raw_of(times), *span)
    columns = taken(equation.bound(equation.boxes), getattr(scipy.integrate, equation.method), steps, y0, times)
    found.t = steps if times is None else times
    found.y = np.stack(columns, axis=1) if columns else np.zeros((start.size, 0))
    return found


def _check_times(times: Any, start: float, end: float) -> None:
    ordered = np.diff(times) * (1.0 if end >= start else -1.0) > 0.0
    if len(times) and not (np.all(ordered) and min(start, end) <= np.min(times) and np.max(times) <= max(start, end)):
        raise ValueError(f"The times of t_eval are not in order, or not all between {start} and {end}.")


def _by_adjoint(equation: Equation, t0: Any, t1: Any, y0: Any, t_eval: Any) -> Any:
    """The solution as one operation."""
    span, start = (raw_of(t0), raw_of(t1)), _start(y0)
    if is_complex(start):
        raise TypeError("gradient='adjoint' is for real numbers, but y0 is complex: pass np.stack of its parts, or 'steps'.")
    times = None if t_eval is None else as_array(t_eval)
    found = equation.first_solved(span, start, t_eval=None if times is None else raw_of(times))
    found.y = np.reshape(found.y, (start.size, len(found.t)))
    moves = first_box((t0, t1, times)) is not None
    if times is None and moves:
        times = np.concatenate([np.reshape(t0, 1), found.t[1:-1], np.reshape(t1, 1)])
    elif times is None:
        times = found.t
    if moves or equation.boxes or equation.captured or isinstance(y0, Box):
        if active() is not None:  # what a derivative can't go through is said now, not when the gradient is asked for
            with isolated():
                equation.pulled(span[0], start, raw_of((*equation.boxes, *equation.captured)), np.zeros(start.size))
        found.y = Solution(equation, span[1], found.y, moves).recorded(t0, times, y0)
    elif equation.boxed:
        found.y = Tensor(found.y)
    found.t = times
    return found


def odeint(
    func: Function, y0: ArrayLike, t: ArrayLike, args: Sequence[Tree] = (), tfirst: bool = False, **options: Any
) -> Any:
    """`scipy.integrate.odeint` by `solve_ivp`: the solution of dy/dt = func(y, t, *args) at the times t, of shape (len(t), n).
    y0 is the solution at t[0]. Options are those of `solve_ivp`, among them `method` and `gradient`; `rtol` and `atol` are
    1.5e-8 by default.

    >>> odeint(lambda y, t: -y, [1.0], [0.0, 1.0]).round(6)
    array([[1.      ],
           [0.367879]])
    """
    times = as_array(t)
    fun = func if tfirst else lambda time, y, *more: func(y, time, *more)
    settings = {"rtol": 1.49012e-8, "atol": 1.49012e-8, **options}
    return solve_ivp(fun, (times[0], times[-1]), y0, t_eval=times, args=args, **settings).y.T
