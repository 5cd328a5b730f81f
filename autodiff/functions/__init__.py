"""`function`: what a Python function does, traced once and replayed."""

from autodiff.functions.attributes import attribute as attribute
from autodiff.functions.attributes import set_attribute as set_attribute
from autodiff.functions.choice import cond as cond
from autodiff.functions.decorator import function as function
from autodiff.functions.function import Function as Function
from autodiff.functions.inside import init_scope as init_scope
from autodiff.functions.inside import is_tracing as is_tracing
from autodiff.functions.inside import py_function as py_function
from autodiff.functions.inside import variables_of as variables_of
from autodiff.functions.kernels import NotTraceable as NotTraceable
from autodiff.functions.save import load_function as load_function

__all__ = [
    "Function", "NotTraceable", "attribute", "cond", "function", "init_scope", "is_tracing", "load_function", "py_function",
    "set_attribute", "variables_of",
]  # fmt: skip
