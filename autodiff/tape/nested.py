"""Nested structures of sources and targets: lists, tuples, named tuples and dicts of boxes, dataclasses, and classes that the
user registers."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autodiff.core.box import Box
from autodiff.core.dtypes import is_inexact
from autodiff.failures.arguments import function_given, given
from autodiff.failures.nesting import deeper

BUILTIN: Final[Any] = (list, tuple, dict)
LEAF: Final[Any] = (Box, np.ndarray, float, int, np.generic, str)  # the usual leaves
OURS: Final = ("autodiff.", "nn.")  # modules whose dataclasses are no structures of the user's
Function = Callable[..., Any]
NODES: Final[dict[type, Any]] = {}  # from a registered class to (flatten, unflatten)


def leaves(tree: Any, depth: int = 0) -> list[Any]:
    """Everything in the structure that is not itself a structure, in order."""
    if not isinstance(tree, BUILTIN):
        if isinstance(tree, LEAF) or not is_node(tree):
            return [tree]
        return leaves(parts_of(tree, deeper(depth))[0], deeper(depth))
    found: list[Any] = []
    for branch in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(branch, LEAF) or not is_structure(branch):
            found.append(branch)
        else:
            found += leaves(branch, deeper(depth))
    return found


def map_tree(function: Callable[..., Any], tree: Any, depth: int = 0) -> Any:
    """The same structure with `function` applied to every leaf."""
    if isinstance(tree, dict):
        return type(tree)((key, map_tree(function, branch, deeper(depth))) for key, branch in tree.items())
    if isinstance(tree, (list, tuple)):
        parts = [map_tree(function, branch, deeper(depth)) for branch in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if not isinstance(tree, LEAF) and is_node(tree):
        parts, rebuild = parts_of(tree, deeper(depth))
        return rebuild([map_tree(function, branch, deeper(depth)) for branch in parts])
    return function(tree)


def like(tree: Any, values: list[Any]) -> Any:
    """The same structure with its leaves replaced, in order, by `values`."""
    return _filled(tree, values, [0])


def _filled(tree: Any, values: list[Any], used: list[int], depth: int = 0) -> Any:
    """The same for a part of the structure, with the values that follow the `used[0]` first."""
    if type(tree) is list and not any(not isinstance(x, LEAF) and is_structure(x) for x in tree):
        used[0] += len(tree)
        return values if len(tree) == len(values) else values[used[0] - len(tree) : used[0]]
    if isinstance(tree, BUILTIN):
        parts = [_filled(x, values, used, deeper(depth)) for x in (tree.values() if isinstance(tree, dict) else tree)]
        if isinstance(tree, dict):
            return type(tree)(zip(tree, parts))
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if not isinstance(tree, LEAF) and is_node(tree):
        parts, rebuild = parts_of(tree, deeper(depth))
        return rebuild([_filled(x, values, used, deeper(depth)) for x in parts])
    used[0] += 1
    return values[used[0] - 1]


def whole(x: Any) -> Any:
    """A list or tuple of nothing but numbers, of one length, as the array it writes out; any other structure as it is."""
    if type(x) in (list, tuple) and (parts := leaves(x)) and all(isinstance(part, (int, float)) for part in parts):
        with contextlib.suppress(ValueError):
            return np.asarray(x)
    return x


# -- classes ---------------------------------------------------------------------------------------------------------------


def is_structure(x: object) -> bool:
    return isinstance(x, BUILTIN) or is_node(x)


def is_node(x: object) -> bool:
    """Whether x is of a registered class, or of a dataclass of the user's."""
    kind: Any = type(x)
    return kind in NODES or (hasattr(kind, "__dataclass_fields__") and not kind.__module__.startswith(OURS))


def parts_of(node: Any, depth: int) -> tuple[list[Any], Function]:
    """The parts of an object of such a class, and the function that makes the same object with other parts."""
    if type(node) in NODES:
        flatten, unflatten = NODES[type(node)]
        parts, fixed = flatten(node)
        return list(parts), lambda new: unflatten(fixed, type(parts)(new) if isinstance(parts, (list, tuple)) else new)
    names = [field.name for field in dataclasses.fields(node) if _is_part(field, getattr(node, field.name), depth)]

    def rebuild(new: list[Any]) -> Any:
        made = copy.copy(node)
        for name, part in zip(names, new):
            object.__setattr__(made, name, part)  # also where it is frozen
        return made

    return [getattr(node, name) for name in names], rebuild


def _is_part(field: Any, value: Any, depth: int) -> bool:
    """Whether a field of a dataclass has numbers to follow; others, such as a count or a name, stay as they are."""
    if field.metadata.get("static") or isinstance(value, bool):
        return False
    if isinstance(value, int):
        return field.type in (float, "float")
    return all(_carries_numbers(leaf) for leaf in leaves(value, deeper(depth)))


def _carries_numbers(leaf: Any) -> bool:
    if isinstance(leaf, type):  # in a structure of kinds, which a trace makes
        return issubclass(leaf, (Box, np.ndarray, float))
    return isinstance(leaf, (Box, float)) or (isinstance(leaf, (np.ndarray, np.generic)) and is_inexact(leaf))


def register_pytree_node(nodetype: type, flatten: Function, unflatten: Function) -> None:
    """Let objects of a class be structures, as lists and dicts are: `jax.tree_util.register_pytree_node` under its own name.
    Gradients then come as objects of that class. A dataclass needs no registration.

    Parameters
    ----------
    nodetype : type
        The class.
    flatten : callable
        From an object to (parts, fixed): a list or tuple of boxes, arrays, numbers or structures, and whatever else is needed
        to make the object again.
    unflatten : callable
        From (fixed, parts) to an object.

    Raises
    ------
    TypeError
        For what is no class, or no function.

    Examples
    --------
    >>> import autodiff as ad
    >>> class Line:
    ...     def __init__(self, slope, offset):
    ...         self.slope, self.offset = slope, offset
    >>> ad.register_pytree_node(Line, lambda line: ((line.slope, line.offset), None), lambda _, parts: Line(*parts))
    >>> gradient = ad.grad(lambda line: (line.slope * 2.0 + line.offset) ** 2)(Line(1.0, -1.0))
    >>> gradient.slope, gradient.offset
    (4.0, 2.0)
    """
    if not isinstance(nodetype, type):
        raise TypeError(f"register_pytree_node takes a class as its nodetype, but got {given(nodetype)}.")
    function_given(flatten, "register_pytree_node", "flatten function")
    function_given(unflatten, "register_pytree_node", "unflatten function")
    NODES[nodetype] = flatten, unflatten
