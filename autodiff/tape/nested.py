"""Nested structures of sources and targets: lists, tuples, named tuples and dicts of boxes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.failures.nesting import deeper


def leaves(tree: Any, depth: int = 0) -> list[Any]:
    """Everything in the structure that is not itself a list, tuple or dict, in order."""
    if not isinstance(tree, (list, tuple, dict)):
        return [tree]
    found: list[Any] = []
    for branch in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(branch, (list, tuple, dict)):
            found += leaves(branch, deeper(depth))
        else:
            found.append(branch)
    return found


def map_tree(function: Callable[..., Any], tree: Any, depth: int = 0) -> Any:
    """The same structure with `function` applied to every leaf."""
    if isinstance(tree, dict):
        return type(tree)((key, map_tree(function, branch, deeper(depth))) for key, branch in tree.items())
    if isinstance(tree, (list, tuple)):
        parts = [map_tree(function, branch, deeper(depth)) for branch in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    return function(tree)


def like(tree: Any, values: list[Any]) -> Any:
    """The same structure with its leaves replaced, in order, by `values`."""
    return _filled(tree, values, [0])


def _filled(tree: Any, values: list[Any], used: list[int], depth: int = 0) -> Any:
    """The same for a part of the structure, with the values that follow the `used[0]` first."""
    if type(tree) is list and not any(isinstance(x, (list, tuple, dict)) for x in tree):
        used[0] += len(tree)
        return values if len(tree) == len(values) else values[used[0] - len(tree) : used[0]]
    if isinstance(tree, (list, tuple, dict)):
        parts = [_filled(x, values, used, deeper(depth)) for x in (tree.values() if isinstance(tree, dict) else tree)]
        if isinstance(tree, dict):
            return type(tree)(zip(tree, parts))
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    used[0] += 1
    return values[used[0] - 1]
