"""The gate for keywords: which a function has, and which of those that were given ask for something."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Container
from typing import Any

import numpy as np

from autodiff.failures.agreement import ask_numpy
from autodiff.failures.operands import Inputs, Operand, Params

Function = Callable[..., Any]
CONSTANTS = {  # arguments of decompositions that have no derivative, by numpy's names
    "axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "bias", "ddof", "indices_or_sections", "k", "keepdims", "kth",
    "fweights", "n", "ndmin", "num", "obj", "offset", "ord", "p", "period", "rcond", "repeats", "rowvar", "shape", "new_shape",
}  # fmt: skip
WAYS_OUT = {
    "where": "write np.where(mask, {name}(...), otherwise), which says what stands in the other places",
    "out": "use the result, y = {name}(...): a tape may need the array that would be written over",
    "dtype": "cast the result by y.astype(dtype)",
    "signature": "say dtype=",
}


@functools.cache
def argument_names(function: Function) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return ()
    return tuple([p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY])


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
    """The gate for keywords, of every function alike: those in `known`. A keyword that has numpy's own default asks for
    nothing and is dropped, also None for a default without a value; TypeError for any other: it would be ignored in silence."""
    unknown = [key for key in keywords if key not in known]
    for key in unknown:
        if not asks_nothing(function, key, keywords[key]):
            options = [key for key in known if known[key]] if isinstance(known, dict) else known
            accepted = ", ".join(options) or "none"
            way = f" Instead {WAYS_OUT[key].format(name=name)}." if key in WAYS_OUT else ""
            raise TypeError(f"{name} of a tracked array does not take {key}=; the keywords with a rule: {accepted}.{way}")
    return {key: value for key, value in keywords.items() if key not in unknown} if unknown else keywords


def asks_nothing(function: Function, key: str, value: Operand) -> bool:
    """Whether a keyword has numpy's own default, or a value that changes no number."""
    if key == "subok" or (key == "device" and isinstance(value, str) and value == "cpu"):
        return True  # boxes are of one kind, in one memory
    if key in ("device", "like", "out"):
        return value is None
    if key == "where":
        return isinstance(value, (bool, np.bool_, np.ndarray)) and np.ndim(value) == 0 and bool(value)
    try:
        default = inspect.signature(function).parameters[key].default
    except (KeyError, TypeError, ValueError):  # ValueError: a builtin without a signature
        return value is None
    if value is None:
        return default is None or default is np._NoValue
    return isinstance(value, (int, np.bool_) if isinstance(default, bool) else type(default)) and bool(default == value)


def of_ufunc(
    name: str, function: np.ufunc, inputs: Inputs, keywords: Params, cast: Function
) -> tuple[Inputs, Params, str | None]:
    """The gate for the keywords that every ufunc has: (the inputs, the keywords that are left, the order of the result).
    `dtype=` is that in which numpy computes, so the inputs are `cast(x, dtype)`. TypeError for one that asks for more."""
    common = {key: keywords[key] for key in keywords if key in ("where", "subok", "signature", "extobj", "out", "sig")}
    meant(name, function, (), common)
    ask_numpy(function, inputs, {key: keywords[key] for key in keywords if key == "subok" or key not in common})
    dtype, order = keywords.get("dtype"), keywords.get("order", "K")
    if dtype is not None or "casting" in keywords:
        kinds = tuple([_kind(x) for x in inputs])
        asked = (*(None,) * function.nin, *(None if dtype is None else np.dtype(dtype),) * function.nout)
        casting = keywords.get("casting", "same_kind")
        loop = function.resolve_dtypes((*kinds, *(None,) * function.nout), signature=asked, casting=casting)
        inputs = tuple([x if kind == own else cast(x, kind) for x, own, kind in zip(inputs, kinds, loop)])
    rest = {key: keywords[key] for key in keywords if key not in common and key not in ("dtype", "order", "casting")}
    return inputs, rest, order


def _kind(x: Any) -> Any:
    """What numpy should see of an operand: its dtype, or the type of a Python number, which is weak."""
    if hasattr(x, "dtype"):
        return x.dtype
    return type(x) if type(x) in (int, float, complex) else np.asarray(x).dtype
