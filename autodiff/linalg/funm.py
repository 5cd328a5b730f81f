"""Functions of symmetric matrices that the user gives, with the derivatives that a tape finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.variable import constant
from autodiff.core.box import Box, first_box, raw_of
from autodiff.core.dtypes import is_real
from autodiff.core.external import as_array, released
from autodiff.core.interrupts import held_at
from autodiff.core.listening import ACTIVE, CURRENT
from autodiff.core.op import everything_recorded
from autodiff.core.transfer import new_zeros
from autodiff.core.types import ArrayLike
from autodiff.failures.arguments import function_given
from autodiff.failures.nesting import brief
from autodiff.rules.divided_differences import FUNM
from autodiff.tape import Tape

__all__ = ["funm"]


def funm(A: ArrayLike, func: Callable[..., ArrayLike]) -> ArrayLike:
    """The function of a symmetric matrix, or of each of a stack of them: v f(w) v^T with its eigenvalues w and vectors v. Of a
    Hermitian one it is v f(w) v^H.

    The derivatives are exact, to any order, also where eigenvalues are equal. There, those of `eigh` are not.

    Parameters
    ----------
    A : array_like (..., n, n)
        Symmetric, or Hermitian. Where rounding makes it differ from its transpose, its symmetric part is taken.
    func : callable
        f, of an array of numbers, elementwise, written in operations: `np.exp`, or `lambda w: w / (1.0 + w)`. For a derivative
        of order n it is differentiated n times.

    Returns
    -------
    array (..., n, n)

    Raises
    ------
    ValueError
        If A is not symmetric or Hermitian.
    TypeError
        If f computes with numbers that are differentiated, such as a Variable: their gradient would be lost.

    Notes
    -----
    The derivative is that of Daleckii and Krein, by divided differences (Higham, "Functions of Matrices", 2008, section 3).
    The gradient is symmetric.

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> ad.linalg.funm(np.array([[2.0, 0.0], [0.0, 4.0]]), lambda w: 1.0 / w)
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    >>> ad.grad(lambda a: np.sum(ad.linalg.funm(a, np.sqrt)))(np.eye(2))
    array([[0.5, 0.5],
           [0.5, 0.5]])

    The projection onto the space of the eigenvectors whose eigenvalues are above 1:

    >>> ad.linalg.funm(np.diag([0.5, 2.0, 2.0]), lambda w: 1.0 * (w > 1.0))
    array([[0., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    found: ArrayLike = FUNM(A, derivative=Derivatives(function_given(func, "funm", "func")))
    return found


class Derivatives:
    """The derivatives of a function, of every order, at plain numbers. To the tapes that are open they are constants."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __repr__(self) -> str:
        return f"<the function {getattr(self.function, '__name__', '')} that funm was given>"

    def __call__(self, order: int, x: Any) -> Any:
        with held_at(ACTIVE, None), held_at(CURRENT, None), held_at(everything_recorded, False):
            y = self._of_order(order, x if order == 0 else constant(x))
        y = as_array(raw_of(y))
        if not is_real(y):
            raise TypeError(
                f"funm: the function must return real numbers, but gave {brief(y)} of dtype {y.dtype}. If its values are "
                "complex, take the two parts: funm(A, real_part) + 1j * funm(A, imaginary_part)."
            )
        return np.broadcast_to(y.astype(x.dtype, copy=False), x.shape)

    def _of_order(self, order: int, x: Any) -> Any:
        if order == 0:
            y = self.function(released(x))
            if isinstance(y, Box) and not isinstance(x, Box):
                raise TypeError(
                    "funm: the function computes with a Tensor, Variable or Value, whose gradient would be lost; use its plain "
                    "numbers, as in w.numpy(), or write the matrix function in operations."
                )
            return y
        with Tape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            y = self._of_order(order - 1, x)
            total = np.sum(y)
        if first_box((total,)) is None:
            return new_zeros(raw_of(x), x.shape, x.dtype)
        return tape.gradient(total, x, unconnected_gradients="zero")
