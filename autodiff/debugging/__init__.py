"""The first number that is not finite: who looks for it, and what the error says."""

from autodiff.debugging.debugger import NonFiniteError, debug

__all__ = ["NonFiniteError", "debug"]
