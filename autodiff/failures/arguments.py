"""Wrong arguments of public functions in words: what was given, and what was expected. They are checked where they come in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from autodiff.failures.nesting import brief

Given = TypeVar("Given")
Function = Callable[..., Any]


def function_given(x: Function, caller: str, name: str = "function") -> Function:
    """x, if it can be called."""
    if not callable(x):
        raise TypeError(f"{caller} takes a function as its {name}, but got {given(x)}.")
    return x


def sequence_given(x: Given, caller: str, name: str) -> Given:
    """x, if it is a list or tuple."""
    if not isinstance(x, (list, tuple)):
        raise TypeError(f"{caller} takes a list or tuple as its {name}, but got {given(x)}.")
    return x


def instance_given(x: Given, kind: type, caller: str, name: str) -> Given:
    """x, if it is an object of a class."""
    if not isinstance(x, kind):
        raise TypeError(f"{caller} takes a {kind.__name__} as its {name}, but got {given(x)}.")
    return x


def given(x: object) -> str:
    return f"{brief(x)} of type {type(x).__name__}"


def chosen_of(x: object, words: tuple[str, ...], caller: str, name: str) -> None:
    """ValueError for what is none of the words."""
    if not isinstance(x, str) or x not in words:
        raise ValueError(f"{caller} takes as its {name} one of {', '.join(map(repr, words))}, but got {brief(x)}.")


def takes(function: Function, name: str) -> bool:
    """Whether a function has an argument of this name. The code of a plain function says so; `inspect` takes 10 microseconds,
    more than most functions that are made anew for each call."""
    if type(function) is not FunctionType or function.__dict__:
        return name in inspect.signature(function).parameters
    code = function.__code__
    return name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
