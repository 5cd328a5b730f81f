"""The gate for keywords: which a function has, and which of those that were given ask for something."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Container
from typing import Any

import numpy as np

from autodiff.failures.operands import Params

Function = Callable[..., Any]
CONSTANTS = {  # arguments of decompositions that have no derivative, by numpy's names
    "axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "bias", "ddof", "indices_or_sections", "k", "keepdims", "kth",
    "n", "ndmin", "num", "obj", "offset", "ord", "p", "rcond", "repeats", "rowvar", "shape", "new_shape",
}  # fmt: skip


@functools.cache
def argument_names(function: Function) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except ValueError:
        return ()


def places_of(function: Function, names: Container[str]) -> list[tuple[int, str]]:
    """Those of a function's arguments behind the first that have one of the names, and their places; sys.maxsize for one that
    is given by name only."""
    known = list(inspect.signature(function).parameters.values())
    behind = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    return [(sys.maxsize if p.kind in behind else k, p.name) for k, p in enumerate(known) if k and p.name in names]


@functools.cache
def keywords_of(function: Function) -> dict[str, bool]:
    """The names of a function's arguments, and whether they have a default; none if it takes any keyword."""
    parameters = inspect.signature(function).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return {}
    return {name: p.default is not inspect.Parameter.empty for name, p in parameters.items()}


def meant(name: str, function: Function, known: Any, keywords: Params) -> Params:
    """The gate for keywords, of every function alike: those in `known`. A keyword that is None or has numpy's own default
    asks for nothing and is dropped; TypeError for any other, as it would be ignored in silence."""
    unknown = [key for key in keywords if key not in known]
    for key in unknown:
        if not _is_default(function, key, keywords[key]):
            options = [key for key in known if known[key]] if isinstance(known, dict) else known
            accepted = ", ".join(options) or "none"
            raise TypeError(f"{name} of a tracked array does not take {key}=; the keywords with a rule: {accepted}.")
    return {key: value for key, value in keywords.items() if key not in unknown} if unknown else keywords


def _is_default(function: Function, key: str, value: Any) -> bool:
    try:
        default = inspect.signature(function).parameters[key].default
    except (KeyError, TypeError, ValueError):  # ValueError: a builtin without a signature
        return value is None
    return isinstance(value, (int, np.bool_) if isinstance(default, bool) else type(default)) and bool(default == value)
