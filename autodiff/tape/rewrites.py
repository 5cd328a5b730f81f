"""How to write an expression so that its gradient is kept: np.exp for math.exp, np.stack for a list, @ for dot."""

from __future__ import annotations

import ast
import functools
import importlib
import math
from types import ModuleType, NoneType
from typing import Any

import numpy as np

from autodiff.core.box import Box, first_box
from autodiff.core.registry import REGISTRY
from autodiff.failures.callsite import Expression
from autodiff.failures.missing import called
from autodiff.failures.refused import refusal_of

MAKES_ARRAYS = (np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite)
DRAWS = ("exponential", "gamma", "laplace", "logistic", "lognormal", "normal", "uniform")
WRITES = ("fill", "itemset", "put")
JOINERS = {"r_": "np.concatenate([...])", "c_": "np.column_stack([...])", "s_": "the index itself"}


@functools.cache
def by_other_names() -> dict[object, str]:
    """From a function to what stands for it; {} is an argument. It is made when it is asked for, as it loads numpy.ma."""
    return {
        np.full: "ad.full({all})",
        np.fromiter: "np.stack(list({}))",
        np.ma.array: "np.where(mask, 0.0, {}), and count what is not masked",
        np.vectorize: "call a function that is written in numpy's functions on the whole array",
        math.fsum: "np.sum(np.stack({}))",
        math.prod: "np.prod(np.stack({}))",
        math.dist: "np.linalg.norm(ad.subtract({0}, {1}))",
        math.lgamma: "ad.gammaln({})",
        math.gamma: "np.exp(ad.gammaln({}))",
        math.erf: "ad.erf({})",
        math.erfc: "ad.erfc({})",
    }


def kept(site: Expression, how: str, name: str) -> str:
    """How to write the expression so that the gradient is kept."""
    tree = site.tree
    if site.is_assigned:
        return built(ast.unparse(tree.value) if isinstance(tree, ast.Subscript) else "a")
    if isinstance(tree, ast.Call):
        function = site.value_of(tree.func.func if isinstance(tree.func, ast.Call) else tree.func)
        arguments = [text_of(argument) for argument in tree.args]
        return (
            by_list(function, tree, site)
            or by_function(function, ast.unparse(tree.func), arguments, name)
            or by_method(tree, arguments, site)
            or (by_parts(tree, site) if (getattr(function, "__module__", None) or "numpy").startswith("numpy") else "")
            or by_kind(how, name)
        )
    if isinstance(tree, ast.Subscript) and isinstance(tree.value, ast.Attribute) and tree.value.attr in JOINERS:
        return f"use {JOINERS[tree.value.attr]}"
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.MatMult):
        return f"give {grouped(tree.left)} as a numpy array, for example by its toarray() or to_numpy(): then @ is followed"
    return by_kind(how, name)


def text_of(node: ast.expr) -> str:
    """The source of an argument; a generator as the list that it makes."""
    text = ast.unparse(node)
    return f"[{text[1:-1]}]" if isinstance(node, ast.GeneratorExp) else text


def grouped(node: ast.expr) -> str:
    """The source of an operand of @ or of a method, in parentheses where it needs them."""
    simple = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant, ast.List))
    return ast.unparse(node) if simple else f"({ast.unparse(node)})"


def by_list(function: object, call: ast.Call, site: Expression) -> str:
    """What stands for `np.array(parts)` where `parts` is a name of a list of boxes; "" for another call."""
    made = _is_hashable(function) and function in MAKES_ARRAYS
    return _joined(call.args[0], site) if made and call.args and isinstance(call.args[0], ast.Name) else ""


def built(array: str) -> str:
    return (
        "build the array with np.where, np.concatenate or np.stack, or write into one that the tape follows: "
        f"{array} = ad.constant({array}).copy() before this line"
    )


def by_function(function: object, text: str, arguments: list[str], name: str) -> str:
    """What stands for a function that is known; "" for another."""
    first, all_of_them = arguments[0] if arguments else name, ", ".join(arguments)
    module = (getattr(function, "__module__", None) or "").partition(".")[0]
    own_name = getattr(function, "__name__", "")
    if own_name == "constant" and module == "autodiff":
        return f"ad.convert_to_tensor({first})"
    if isinstance(function, type) and issubclass(function, Box):
        return f"compute with {first} itself; a new {own_name} is a leaf, which knows nothing of what was computed before"
    if function is float:
        return f"compute with {first} itself, without float()"
    if isinstance(function, type) and issubclass(function, np.generic):
        return f"compute with {first} itself; astype changes the dtype"
    if _is_hashable(function) and function in MAKES_ARRAYS:
        return _without_making_an_array(first)
    if function is math.log and len(arguments) == 2:
        return f"np.log({first}) / np.log({arguments[1]})"
    if _is_hashable(function) and function in by_other_names():
        return by_other_names()[function].format(*arguments or [first], all=all_of_them)
    if (getattr(function, "__module__", None) or "").startswith("numpy.polynomial.") and has_series(own_name):
        return f"ad.polynomial.{own_name}({all_of_them})"
    refusal = refusal_of(called(function)) if module == "numpy" else None
    if refusal is not None:
        return f"{refusal.way[0].lower()}{refusal.way[1:-1]}"
    if module in ("math", "cmath", "scipy"):
        ours = in_scipy(function) or in_registry(own_name)
        return f"{ours}({all_of_them})" if ours else (
            f"{text} has no derivative here; give it one with autodiff.custom_gradient"
        )
    return ""


def has_series(name: str) -> bool:
    """Whether ad.polynomial has a function of this name."""
    from autodiff import polynomial  # numpy.polynomial takes a while to load

    return name in polynomial.__all__


def by_parts(call: ast.Call, site: Expression) -> str:
    """What stands for a call that is given lists of boxes, as `np.mean([x, y])` is; "" for one that is given none."""
    arguments = [_joined(argument, site) for argument in call.args]
    if not any(arguments):
        return ""
    arguments = [joined or ast.unparse(argument) for joined, argument in zip(arguments, call.args)]
    arguments += [f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in call.keywords]
    return f"make one array of the parts first, {ast.unparse(call.func)}({', '.join(arguments)})"


def _joined(node: ast.AST, site: Expression) -> str:
    """An argument that is a list of boxes, as one array; "" for another."""
    if isinstance(node, (ast.List, ast.Tuple)):
        plain = all(isinstance(part, ast.Constant) for part in node.elts)
        return "" if plain else _without_making_an_array(ast.unparse(node))
    value = site.value_of(node)
    return f"np.stack({ast.unparse(node)})" if not isinstance(value, Box) and first_box([value]) is not None else ""


def _without_making_an_array(first: str) -> str:
    if first.startswith(("[", "(")):
        nested = first.startswith(("[[", "[(", "((", "(["))
        return f"ad.convert_to_tensor({brief(first)})" if nested else f"np.stack({brief(first)})"
    return f"use {first} itself: it is an array already, and ad.convert_to_tensor({first}) also takes lists"


def by_method(call: ast.Call, arguments: list[str], site: Expression) -> str:
    """What stands for a method of an array or a random generator, as in `X.dot(w)`; "" for another."""
    if not isinstance(call.func, ast.Attribute):
        return ""
    method, owner = call.func.attr, grouped(call.func.value)
    if method in DRAWS:
        return "draw standard numbers, and compute mean + deviation * draw"
    if isinstance(site.value_of(call.func.value), ModuleType):
        return ""
    if method in WRITES:
        return built(owner)
    if method == "dot" and len(arguments) == 1:
        return f"{owner} @ {grouped(call.args[0])}"
    return f"np.{method}({', '.join([owner, *arguments])})" if in_registry(method).startswith("np.") else ""


def by_kind(how: str, name: str) -> str:
    if how == "float":
        return f"compute with {name} itself: numpy's functions take it, those of math do not"
    return (
        f"use functions of numpy on {name} itself (np.stack makes one array of a list), or teach the function its derivative "
        "with autodiff.custom_gradient"
    )


def in_scipy(function: object) -> str:
    """Our twin of a function of scipy, as a user calls it; "" if there is none."""
    package, _, rest = (getattr(function, "__module__", None) or "").partition(".")
    part, name = rest.partition(".")[0], getattr(function, "__name__", "")
    try:
        known = importlib.import_module(f"autodiff.scipy.{part}").__all__ if package == "scipy" else []
    except ImportError:
        return ""
    return f"ad.scipy.{part}.{name}" if name in known else ""


def in_registry(name: str) -> str:
    """The function of this name that has a rule, as a user calls it; "" if there is none."""
    function = getattr(np, name, None)
    if _is_hashable(function) and function in REGISTRY:  # np.acos is np.arccos by another name
        return f"np.{name}"
    found = sorted({called(key) for key in REGISTRY if callable(key) and getattr(key, "__name__", "") == name}, reverse=True)
    return found[0] if found else ""


def _is_hashable(x: Any) -> bool:
    return x is not None and not isinstance(x, (ModuleType, list, dict, set, np.ndarray))


def named_part(site: Expression) -> str:
    """What the user may call the box: the first argument, part of a list or right side that is no plain number."""
    waiting = [] if site.tree is None else list(getattr(site.tree, "args", []))
    if site.is_assigned and site.right_side is not None:
        waiting = [site.right_side]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.List, ast.Tuple)):
            waiting = [*node.elts, *waiting]
        elif isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and isinstance(site.value_of(node), (Box, NoneType)):
            return ast.unparse(node)
    return ""


def brief(text: str) -> str:
    return text if len(text) < 70 else text[:66] + " ..."
