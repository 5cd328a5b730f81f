"""What the tools are given: which arguments are differentiated, and fresh boxes in their place."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import constant
from autodiff.core.box import Box
from autodiff.core.dtypes import is_inexact
from autodiff.core.duck import Duck
from autodiff.core.external import held
from autodiff.core.listening import active
from autodiff.core.structural import identity
from autodiff.core.types import Tree
from autodiff.failures.nesting import brief
from autodiff.scalar.value import Value, result
from autodiff.tape import nested

Argnums = int | tuple[int, ...] | None
Argnames = str | tuple[str, ...] | None


class Call:
    """A call of the user's function with fresh boxes: `args` and `kwargs` whole, and the `sources` among them. `plain` says
    that no argument was a box, so that the results should be none."""

    __slots__ = ("args", "kwargs", "plain", "sources")

    def __init__(
        self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Argnums, argnames: Argnames
    ) -> None:
        self.plain = not has_box(args) and not (kwargs and has_box(kwargs))
        if argnums is None:
            argnums = 0 if argnames is None else ()
        if type(argnums) is int and argnames is None and 0 <= argnums < len(args):
            self.sources = fresh(args[argnums])
            self.args, self.kwargs = (*args[:argnums], self.sources, *args[argnums + 1 :]), kwargs
            return
        found, new, named = [], list(args), dict(kwargs)
        for k in (argnums,) if isinstance(argnums, int) else argnums:
            found.append(_replaced(new, _checked(k, args)))
        for name in (argnames,) if isinstance(argnames, str) else argnames or ():
            place = _place_of(name, function, args, named)
            found.append(_replaced(named, name) if place is None else _replaced(new, place))
        one = isinstance(argnums, int) != isinstance(argnames, str) and len(found) == 1
        self.args, self.kwargs, self.sources = tuple(new), named, found[0] if one else tuple(found)


def _replaced(arguments: Any, key: Any) -> Any:
    """A fresh box for the argument, put in its place."""
    arguments[key] = fresh(arguments[key])
    return arguments[key]


def _checked(k: int, args: tuple[Any, ...]) -> int:
    if not -len(args) <= k < len(args):
        raise ValueError(f"argnums asks for argument {k}, but the call has {len(args)} positional arguments.")
    return k


def _place_of(name: str, function: Any, args: tuple[Any, ...], named: dict[str, Any]) -> int | None:
    """Where a named argument is among the positional ones; None if it is a keyword, or was left to its default."""
    if name in named:
        return None
    parameters = inspect.signature(function).parameters
    k = [*parameters].index(name) if name in parameters else len(args)
    if k < len(args):
        return k
    if name not in parameters or parameters[name].default is inspect.Parameter.empty:
        known = ", ".join(parameters)
        raise ValueError(f"argnames asks for {name!r}, which the call does not give; the function takes {known}.")
    named[name] = parameters[name].default
    return None


def has_box(arguments: Tree) -> bool:
    """Whether there is a box in a structure."""
    for x in nested.leaves(arguments):
        if isinstance(x, Box):
            return True
    return False


def fresh(x: Tree) -> Any:
    """Fresh boxes of the same data: a function may close over the very box it is called with, and is not differentiated
    through that."""
    heard = active() is not None
    if type(x) is list and x and isinstance(x[0], Box):  # the usual parameters of a program of Values
        return [_fresh(part, heard) if isinstance(part, Box) else _fresh_tree(part, heard) for part in x]
    return _fresh_tree(x, heard)


def _fresh_tree(x: Any, heard: bool) -> Any:
    if isinstance(x, (np.ndarray, float, Box)):
        return _fresh(x, heard)
    return nested.map_tree(lambda part: _fresh(part, heard), nested.whole(x))


def _fresh(x: Any, heard: bool) -> Box:
    """Numbers as Values, arrays and lists of numbers as Tensors."""
    kind = type(x)
    if kind is np.ndarray and x.dtype.kind == "f":
        return Tensor(x)
    if kind is float:
        return result(x)
    if isinstance(x, Value) and not heard:
        return result(x._held)
    if isinstance(x, Box):
        return identity(x) if heard else x._wrap(x._raw())
    if isinstance(x, (int, float)):
        return result(Value(x)._held)
    if isinstance(held(x), Duck):
        return Tensor(x)
    if x is None or isinstance(x, str):
        raise TypeError(f"An argument that is differentiated should have numbers only, but got {brief(x)} in it.")
    return constant(x, dtype=None if is_inexact(np.asarray(x)) else float)
