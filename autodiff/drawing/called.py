"""What a call in the program is called: by its function, by the object that is called, or by the class of that."""

from __future__ import annotations

import ast
from inspect import CO_VARARGS, CO_VARKEYWORDS

from autodiff.failures.stack import Call, Site
from autodiff.failures.syntax import CALLERS, called_name

OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.AugAssign, ast.Subscript)  # they call methods such as __add__
OF_OBJECTS = ("__call__", "call", "forward")  # methods that stand for their object


def is_called_by(call: Call, site: Site | None) -> bool:
    """Whether the expression at a site is a call of this function, so that what it returns is the expression's result."""
    node = None if site is None else site.call.tree.node(site.instruction)
    name = call.code.co_name
    if isinstance(node, ast.Call):
        handed_on = called_name(node) not in CALLERS and (not call.through or (call.through == "nn" and name in OF_OBJECTS))
        return called_name(node) == name or handed_on
    return (name.startswith("__") and isinstance(node, OPERATORS)) or getattr(node, "attr", None) == name


def result_name(call: Call) -> str:
    """What a result is called that a function returned: by the object or the function; "" of a layer: it has its own name."""
    is_layer = call.through == "nn" and call.code.co_name in OF_OBJECTS
    return "" if is_layer else object_name(call) or function_name(call)


def function_name(call: Call) -> str:
    """The name of a function; of the call of an object that of its class. It is "" for what stands for nothing of its own: a
    lambda, a comprehension, a method such as `__add__`, what a decorator puts around a function, a module."""
    code = call.code
    owner = code.co_qualname.split(".")[-2] if "." in code.co_qualname else ""
    if code.co_name in OF_OBJECTS and owner and owner != "<locals>":
        return owner
    wrapper = code.co_flags & CO_VARARGS and code.co_flags & CO_VARKEYWORDS and code.co_freevars
    return "" if wrapper or code.co_name.startswith(("<", "__")) else code.co_name


def object_name(call: Call) -> str:
    """`encoder` for the call `encoder(x)` of an object of the user's; "" for a function, and in a loop over objects."""
    name = "" if call.through or call.code.co_name not in OF_OBJECTS else called_as(call.caller)
    return "" if name in OF_OBJECTS else name


def called_as(site: Site | None) -> str:
    """The same, and "" for a variable of a loop, which is several things."""
    if site is None or any(called_at(site) in turn.loop.targets for turn in site.turns):
        return ""
    return called_at(site)


def called_at(site: Site) -> str:
    """The name of what the expression at a site calls; "" for no call."""
    node = site.call.tree.node(site.instruction)
    return called_name(node) if isinstance(node, ast.Call) else ""
