"""What numpy refuses is refused. A function that is written in terms of others would answer some calls that numpy's own raises
for: an axis that is not there, an unknown mode, shapes that do not fit. So numpy's own is asked, once for each kind of call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np

from autodiff.failures.foreign import plain
from autodiff.failures.nesting import deeper
from autodiff.failures.operands import Operand, Params

Key: TypeAlias = Any
SMALL = 64  # the numbers of larger arrays of indices are not part of the kind
MOST = 4096
NDARRAY: Final = np.ndarray
SIMPLE: Final = frozenset({int, bool, float, str, type(None)})
FLOATS: Final = "efdg"
asked: set[Key] = set()  # the kinds of calls that numpy has answered


class OnlyOnce(Exception):
    """Something among the arguments can't be looked at twice, or only example by example."""


def ask_numpy(function: Callable[..., Operand], args: tuple[Operand, ...], kwargs: Params) -> None:
    """The error of numpy's function, if it raises one for the plain data of these arguments."""
    alone: Operand = getattr(args[0], "_held", None) if len(args) == 1 and not kwargs else None
    if type(alone) is NDARRAY and alone.dtype.char in FLOATS and (function, alone.shape, alone.dtype.char) in asked:
        return  # the usual call, in a third of the time
    key: Key = None
    try:
        key = key_of(function, args, kwargs)
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


def key_of(function: Callable[..., Operand], args: tuple[Operand, ...], kwargs: Params) -> Key:
    """The kind of a call."""
    parts: list[Key] = [function]
    for x in args:
        add_kind(parts, x, 0)
    for name, x in kwargs.items():
        parts.append(name)
        add_kind(parts, x, 0)
    return tuple(parts)


def add_kind(parts: list[Key], x: Operand, depth: int) -> None:
    """The kind of an argument: the shape and the dtype of an array of floats; all of what is small. TypeError for what has no
    hash."""
    kind = type(x)
    if kind in SIMPLE:
        parts.append(kind)
        parts.append(x)
        return
    data = x if kind is NDARRAY else getattr(x, "_held", None)
    if data is None:
        data = x._raw() if hasattr(x, "_raw") else x
    if type(data) is NDARRAY or isinstance(data, np.generic):
        parts.append(data.shape)
        parts.append(data.dtype.char)
        if data.dtype.char not in FLOATS:
            parts.append(data.dtype)
            parts.append(data.tobytes() if data.dtype.kind in "iub" and data.size <= SMALL else None)
    elif isinstance(data, (list, tuple)):
        parts.append(type(data))
        parts.append(len(data))
        for part in data:
            add_kind(parts, part, deeper(depth))
    elif isinstance(data, dict):
        parts.append(len(data))
        for key, part in data.items():
            parts.append(key)
            add_kind(parts, part, deeper(depth))
    elif isinstance(data, slice):  # it has no hash before Python 3.12
        add_kind(parts, (data.start, data.stop, data.step), deeper(depth))
    elif isinstance(data, Iterator) or is_elsewhere(data) or (callable(data) and not isinstance(data, type)):
        raise OnlyOnce
    elif data is not x:  # a Value: a float
        parts.append(None)
    else:
        hash(data)
        parts.append(type(data))
        parts.append(data)


def is_elsewhere(x: Operand) -> bool:
    """Whether this is an array of another library, or a batch, which numpy's functions are handed on to."""
    return hasattr(x, "__array_function__") and not isinstance(x, np.ndarray)


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
