"""Functions of scipy.integrate: integrals of samples, and differential equations whose solution has derivatives.

>>> import autodiff as ad
>>> def amplitude(rate):
...     return ad.scipy.integrate.solve_ivp(lambda t, y: -rate * y, (0.0, 1.0), [2.0], rtol=1e-10, atol=1e-10).y[0, -1]
>>> round(ad.grad(amplitude)(0.5), 8)  # -2 exp(-0.5)
-1.21306132
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from autodiff.boxes.variable import convert_to_tensor
from autodiff.core.box import first_box
from autodiff.core.registry import decomposition
from autodiff.core.types import ArrayLike
from autodiff.rules.signal import trapezoid
from autodiff.scipy.initial_value import odeint, solve_ivp

__all__ = ["cumulative_trapezoid", "odeint", "simpson", "solve_ivp", "trapezoid"]


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
