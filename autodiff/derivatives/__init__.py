"""Derivatives of functions, in sentences over the tape.

Each tool takes a function and returns a function of whatever the first takes: numbers, arrays, boxes, or structures of them.
`argnums` and `argnames` say with respect to which argument(s) to differentiate. Results have the structure of those
arguments. They are plain numbers and arrays where the arguments are, and boxes where an argument is one. Every tool may be
applied to the result of another: `grad(grad(f))`.
"""

from autodiff.derivatives.forward import hvp, jvp, linearize
from autodiff.derivatives.reverse import grad, hessian, hessian_diag, jacobian, value_and_grad, vjp
from autodiff.derivatives.roots import custom_root

__all__ = ["custom_root", "grad", "hessian", "hessian_diag", "hvp", "jacobian", "jvp", "linearize", "value_and_grad", "vjp"]
