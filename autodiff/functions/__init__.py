"""`function`: what a Python function does, traced once and replayed."""

from autodiff.functions.choice import cond as cond
from autodiff.functions.function import Function as Function
from autodiff.functions.function import function as function
from autodiff.functions.kernels import NotTraceable as NotTraceable
from autodiff.functions.save import load_function as load_function
from autodiff.functions.trace import init_scope as init_scope
from autodiff.functions.trace import is_tracing as is_tracing
from autodiff.functions.trace import py_function as py_function
from autodiff.functions.trace import variables_of as variables_of

__all__ = [
    "Function", "NotTraceable", "cond", "function", "init_scope", "is_tracing", "load_function", "py_function", "variables_of",
]  # fmt: skip
