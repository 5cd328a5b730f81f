"""Functions of scipy.integrate: integrals of samples, and differential equations whose solution has derivatives.

>>> import autodiff as ad
>>> def amplitude(rate):
...     return ad.scipy.integrate.solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), [2.0], rtol=1e-10, atol=1e-10).y[0, -1]
>>> round(ad.grad(amplitude)(0.5), 8)  # -2 exp(-0.5)
-1.21306132
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.boxes.variable import convert_to_tensor
from autodiff.core.box import Box, first_box, raw_of, strip
from autodiff.core.dispatch import escape_of
from autodiff.core.listening import unheard
from autodiff.core.op import everything_recorded
from autodiff.core.registry import decomposition
from autodiff.core.types import ArrayLike, Tree
from autodiff.failures.arguments import chosen_of, function_given
from autodiff.rules.signal import trapezoid

__all__ = ["cumulative_trapezoid", "odeint", "simpson", "solve_ivp", "trapezoid"]

# -- samples ---------------------------------------------------------------------------------------------------------------


@decomposition(None)
def cumulative_trapezoid(
    y: ArrayLike, x: ArrayLike | None = None, dx: float = 1.0, axis: int = -1, initial: float | None = None
) -> Any:
    """`scipy.integrate.cumulative_trapezoid`: the integrals from the first sample to each of the others.

    >>> cumulative_trapezoid(np.array([0.0, 1.0, 2.0]), initial=0)
    array([0. , 0.5, 2. ])
    """
    y = convert_to_tensor(y) if first_box((y,)) is not None else np.asarray(y)
    place = normalize_axis_index(axis, np.ndim(y))
    y = np.moveaxis(y, place, -1)
    total = np.cumsum(_steps(x, dx, place, np.ndim(y)) * (y[..., 1:] + y[..., :-1]) * 0.5, axis=-1)
    if initial is not None:
        if initial != 0:
            raise ValueError(f"cumulative_trapezoid takes 0 or None as its initial, but got {initial}.")
        total = np.concatenate([np.zeros_like(total[..., :1]), total], axis=-1)
    return np.moveaxis(total, -1, place)


@decomposition(None)
def simpson(y: ArrayLike, x: ArrayLike | None = None, *, dx: float = 1.0, axis: int = -1) -> Any:
    """`scipy.integrate.simpson`: the integral of parabolas through the samples. Where their number is even, the last interval
    has the parabola of the last three.

    >>> float(simpson(np.array([0.0, 1.0, 4.0])))  # of x^2 from 0 to 2
    2.6666666666666665
    """
    y = convert_to_tensor(y) if first_box((y,)) is not None else np.asarray(y)
    place = normalize_axis_index(axis, np.ndim(y))
    y = np.moveaxis(y, place, -1)
    n = np.shape(y)[-1]
    steps = _steps(x, dx, place, np.ndim(y))
    steps = steps if np.ndim(steps) else steps * np.ones(n - 1, np.result_type(y.dtype, np.float16))
    h = np.broadcast_to(steps, (*np.shape(y)[:-1], n - 1))
    if n == 2:
        return np.sum(0.5 * h * (y[..., 1:] + y[..., :-1]), axis=-1)
    odd = n if n % 2 else n - 1
    a, b = h[..., 0 : odd - 1 : 2], h[..., 1 : odd - 1 : 2]
    left, middle, right = y[..., 0 : odd - 2 : 2], y[..., 1 : odd - 1 : 2], y[..., 2:odd:2]
    parts = left * (2.0 - b / a) + middle * ((a + b) * (a + b) / (a * b)) + right * (2.0 - a / b)
    total = np.sum((a + b) / 6.0 * parts, axis=-1)
    if n % 2:
        return total
    a, b = h[..., -2], h[..., -1]  # the last interval, by the parabola of the last three samples
    last = (2.0 * b * b + 3.0 * a * b) / (6.0 * (a + b)) * y[..., -1] + (b * b + 3.0 * a * b) / (6.0 * a) * y[..., -2]
    return total + last - b * b * b / (6.0 * a * (a + b)) * y[..., -3]


def _steps(x: Any, dx: Any, place: int, ndim: int) -> Any:
    """The distances between samples, which stand on the last axis."""
    if x is None:
        return dx
    x = convert_to_tensor(x) if first_box((x,)) is not None else np.asarray(x)
    return np.diff(x if np.ndim(x) < 2 else np.moveaxis(x, place, -1))


# -- differential equations ------------------------------------------------------------------------------------------------


def solve_ivp(
    fun: Callable[..., Any],
    t_span: Any,
    y0: ArrayLike,
    method: str = "RK45",
    t_eval: ArrayLike | None = None,
    args: Sequence[Tree] | None = None,
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`: the solution of dy/dt = fun(t, y, *args) from y0 on, with its derivatives.

    Parameters
    ----------
    fun : callable
        fun(t, y, *args), an array or list of shape (n,), in numpy's functions. What it closes over may be followed too.
    t_span : pair of floats
        Constants: the first and the last time.
    y0 : array_like
        Of shape (n,).
    method : {"RK45", "RK23"}
        The method of Runge and Kutta. For stiff equations there is none here; scipy's own take `jac=ad.jacobian(fun, 1)`.
    t_eval : array_like, optional
        The times of the results, constants; by default those of the steps.
    args : tuple, optional
        Further arguments of fun, which may be boxes or structures of them.
    **options
        `rtol`, `atol`, `max_step`, `first_step`.

    Returns
    -------
    OptimizeResult
        With `t`, of shape (m,), and `y`, of shape (n, m): a Tensor if it depends on a box. `success`, `message`, `nfev` and
        `status` are scipy's.

    Raises
    ------
    TypeError
        For times that are followed, whose gradient would be lost, and for other options.
    RuntimeError
        If scipy's solver fails.

    Notes
    -----
    scipy chooses the steps, with plain numbers. Then the same steps are taken once more, and recorded. So the derivative is
    that of the computed solution, exact to rounding and of any order, where the sizes of the steps are constants. As the
    solution does, it differs from that of the equation by an error of the order of the tolerances. Memory grows with the number
    of steps. (Adjoint equations need no memory, and their gradient is not that of the computed solution.)

    Examples
    --------
    >>> import autodiff as ad
    >>> last = lambda y0: solve_ivp(lambda t, y: -y, (0.0, 1.0), y0).y[0, -1]
    >>> ad.grad(last)(np.array([0.5])).round(3)
    array([0.368])
    """
    import scipy.integrate
    from scipy.optimize import OptimizeResult

    chosen_of(method, ("RK45", "RK23"), "solve_ivp", "method")
    unknown = sorted(options.keys() - {"rtol", "atol", "max_step", "first_step"})
    if unknown:
        raise TypeError(f"solve_ivp takes rtol, atol, max_step and first_step here, but got {', '.join(unknown)}.")
    if everything_recorded.get():
        raise TypeError("solve_ivp chooses its steps by numbers, which a trace would freeze: call it outside of ad.function.")
    escape_of((t_span, t_eval), "__array__")
    given = tuple(args) if args is not None else ()
    y0 = convert_to_tensor(y0) if first_box((y0,)) is not None else np.asarray(y0)
    start = np.array(raw_of(y0), float)

    def plain(t: float, y: Any) -> Any:
        with unheard():
            return strip(fun(t, y, *given))

    function_given(fun, "solve_ivp")
    found = scipy.integrate.solve_ivp(plain, strip(t_span), start, method, **options)
    if not found.success:
        raise RuntimeError(f"scipy's solve_ivp failed: {found.message}")
    times = found.t if t_eval is None else np.asarray(strip(t_eval), float)
    tableau = getattr(scipy.integrate, method)
    columns = _taken(lambda t, y: _array(fun(t, y, *given)), tableau, found.t, y0, times)
    same = {key: found[key] for key in ("success", "message", "nfev", "status")}
    return OptimizeResult(t=times, y=np.stack(columns, axis=1) if columns else np.zeros((start.size, 0)), sol=None, **same)


def _array(x: Any) -> Any:
    return x if isinstance(x, Box) else convert_to_tensor(x) if first_box((x,)) is not None else np.asarray(x)


def _taken(fun: Callable[[float, Any], Any], tableau: Any, steps: Any, y: Any, times: Any) -> list[Any]:
    """The solution at each of the times, which are in order, by the steps that were chosen. Between the ends of a step it is
    scipy's polynomial."""
    forward = steps[-1] >= steps[0]
    slope, found = fun(steps[0], y), []
    if len(times) and not _inside(times, steps[0], steps[-1]):
        raise ValueError(f"The times of t_eval are not all between {steps[0]} and {steps[-1]}.")
    at = 0
    while at < len(times) and times[at] == steps[0]:
        found.append(y + 0.0)
        at += 1
    for t, end in pairwise(steps):
        h = end - t
        slopes = [slope]
        for row, c in zip(tableau.A[1:], tableau.C[1:]):
            slopes.append(fun(t + c * h, y + h * _sum(row, slopes)))
        new = y + h * _sum(tableau.B, slopes)
        slope = fun(end, new)
        slopes.append(slope)
        while at < len(times) and (times[at] <= end if forward else times[at] >= end):
            powers = np.cumprod(np.full(tableau.P.shape[1], (times[at] - t) / h))
            found.append(new if times[at] == end else y + h * _sum(tableau.P @ powers, slopes))
            at += 1
        y = new
    return found


def _inside(times: Any, start: float, end: float) -> bool:
    ordered = np.diff(times) * (1.0 if end >= start else -1.0) > 0.0
    return bool(np.all(ordered) and min(start, end) <= np.min(times) and np.max(times) <= max(start, end))


def _sum(weights: Any, slopes: list[Any]) -> Any:
    """The weighted sum of the slopes, as far as there are weights."""
    parts = [float(w) * k for w, k in zip(weights, slopes) if w]
    return sum(parts[1:], parts[0])


def odeint(func: Callable[..., Any], y0: ArrayLike, t: ArrayLike, args: Any = (), tfirst: bool = False, **options: Any) -> Any:
    """`scipy.integrate.odeint` by the method of `solve_ivp`: the solution of dy/dt = func(y, t, *args) at the times t, of shape
    (len(t), n). y0 is the solution at t[0]. Options are `rtol` and `atol`, 1.5e-8 by default.

    >>> odeint(lambda y, t: -y, [1.0], [0.0, 1.0]).round(6)
    array([[1.      ],
           [0.367879]])
    """
    times = np.asarray(strip(t), float)
    fun = func if tfirst else lambda time, y, *more: func(y, time, *more)
    settings = {"rtol": 1.49012e-8, "atol": 1.49012e-8, **options}
    return solve_ivp(fun, (times[0], times[-1]), y0, t_eval=times, args=args, **settings).y.T
