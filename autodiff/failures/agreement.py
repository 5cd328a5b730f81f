"""What numpy refuses is refused. A function that is written in terms of others would answer some calls that numpy's own raises
for: an axis that is not there, an unknown mode, shapes that do not fit. So numpy's own is asked, once for each kind of call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from autodiff.failures.foreign import plain
from autodiff.failures.nesting import deeper
from autodiff.failures.operands import Operand, Params

Key: TypeAlias = Any
SMALL = 64  # the numbers of larger arrays of indices are not part of the kind
MOST = 4096
asked: set[Key] = set()  # the kinds of calls that numpy has answered


class OnlyOnce(Exception):
    """Something among the arguments can't be looked at twice, or only example by example."""


def ask_numpy(function: Callable[..., Operand], args: tuple[Operand, ...], kwargs: Params) -> None:
    """The error of numpy's function, if it raises one for the plain data of these arguments."""
    alone: Operand = getattr(args[0], "_held", None) if len(args) == 1 and not kwargs else None
    try:  # first the usual call, of one array of floats, in a fifth of the time
        of_floats = type(alone) is np.ndarray and alone.dtype.kind == "f"
        key: Key = (function, alone.shape, alone.dtype) if of_floats else (function, kind_of(args), kind_of(kwargs))
        if key in asked:
            return
    except OnlyOnce:
        return
    except (TypeError, ValueError):  # something without a hash; that of a memoryview says ValueError
        key = None
    options = {**plain_of(kwargs), **({"overwrite_input": False} if kwargs.get("overwrite_input") else {})}
    with np.errstate(all="ignore"):
        function(*plain_of(args), **options)
    if len(asked) >= MOST:
        asked.clear()
    if key is not None:
        asked.add(key)


def kind_of(x: Operand, depth: int = 0) -> Key:
    """The kind of an argument: the shape and the dtype of an array of floats; all of what is small. TypeError for what has no
    hash."""
    data = x._raw() if hasattr(x, "_raw") else x
    if isinstance(data, (np.ndarray, np.generic)):
        numbers = data.tobytes() if data.dtype.kind in "iub" and data.size <= SMALL else None
        return data.shape, data.dtype, numbers
    if type(data) is float:
        return float if data is not x else data
    if isinstance(data, (list, tuple)):
        return type(data), *[kind_of(part, deeper(depth)) for part in data]
    if isinstance(data, dict):
        return dict, *[(key, kind_of(part, deeper(depth))) for key, part in data.items()]
    if isinstance(data, Iterator) or hasattr(data, "numbers"):
        raise OnlyOnce
    hash(data)
    return type(data), data


def plain_of(x: Operand, depth: int = 0) -> Operand:
    """The same structure with copies of all arrays, as some functions of numpy write into what they are given; a Value counts
    as an array without axes. TypeError for arrays of other kinds: numpy's dstack of a matrix overwrites memory."""
    if isinstance(x, np.ndarray) or hasattr(x, "_raw"):
        return np.array(x._raw() if hasattr(x, "_raw") else plain(x))
    if isinstance(x, (list, tuple)):
        return (list if isinstance(x, list) else tuple)([plain_of(part, deeper(depth)) for part in x])
    if isinstance(x, dict):
        return {key: plain_of(part, deeper(depth)) for key, part in x.items()}
    return float(x) if isinstance(x, Fraction) else plain(x)


Order: TypeAlias = tuple[int, tuple[str, ...]]


def named_from(function: Callable[..., Operand], body: Callable[..., Operand]) -> Order:
    """From which place on the arguments of numpy's function stand in another order than the body's, and their names there."""
    try:
        numpys, own = (list(inspect.signature(f).parameters.values()) for f in (function, body))
    except ValueError:  # a builtin without a signature
        return 0, ()
    usual = inspect.Parameter.POSITIONAL_OR_KEYWORD
    places = [k for k, (a, b) in enumerate(zip(numpys, own)) if a.name != b.name and a.kind == b.kind == usual]
    return (places[0], tuple(p.name for p in numpys[places[0] :])) if places and places[0] else (0, ())


def in_order(order: Order, args: tuple[Operand, ...], kwargs: Params) -> tuple[tuple[Operand, ...], Params]:
    """The arguments of a call, by name where their order differs. TypeError for arrays of other kinds among them."""
    first, names = order
    if names and len(args) > first:
        kwargs = {**dict(zip(names, args[first:])), **kwargs}
        args = args[:first]
    return tuple([plain(x) for x in args]), kwargs
