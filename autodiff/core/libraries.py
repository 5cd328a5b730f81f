"""What the engine knows about the libraries whose arrays it takes: how to call them, and what they lack."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Final

import numpy as np

REDUCTIONS: Final = {
    np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min, np.logical_and: np.all, np.logical_or: np.any,
}  # fmt: skip

SMALL: Final = 2**20  # bytes that are copied in less time than a GPU takes to start an operation for each array


class Missing(TypeError):
    """A library lacks what would be called."""


class Library:
    """A library whose arrays speak numpy's protocols."""

    lazy = False

    def __init__(self, name: str) -> None:
        self.name = name

    def asarray(self, x: Any, like: Any) -> Any:
        """A numpy array as one of the library's."""
        return np.asarray(x, like=like)

    def to_host(self, x: Any) -> Any:
        """A numpy array of the same numbers."""
        return x.get() if hasattr(x, "get") else np.array(x)

    def sum_of_squares(self, arrays: list[Any]) -> complex:
        """Of all numbers in several arrays, on the host: one number is waited for."""
        if len(arrays) > 1 and sum([x.size * x.dtype.itemsize for x in arrays]) < SMALL:
            arrays = [self.run(np.concatenate, ([x.reshape(-1) for x in arrays],), {}, arrays[0])]
        found = [self.run(np.vdot, (x, x), {}, x) for x in arrays]
        return complex(sum(found[1:], found[0]))

    def getitem(self, x: Any, key: Any) -> Any:
        return x[key]

    def ufunc(self, ufunc: Any) -> Any:
        """What computes a ufunc of arrays of the library and numbers at once; None where a call takes more."""
        return ufunc

    def way(self, function: Any) -> Any:
        """The library's own function for numpy's, called with the plainest arguments; None where numpy hands it on."""
        return None

    def is_elementwise(self, own: Any) -> bool:
        """Whether the library's own function may be part of one that it fuses."""
        return False

    def fused(self, function: Any) -> Any:
        """A function that computes what elementwise functions in it compute, as one operation."""
        return function

    def has(self, function: Any) -> bool:
        """Whether it may be asked; what it does not have it refuses itself."""
        return True

    def call(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        """numpy's function, or (ufunc, method), on arrays of the library and plain arguments."""
        if isinstance(function, tuple):
            return self.method(function[0], function[1], args, kwargs, like)
        if kwargs or (len(args) > 1 and not isinstance(function, np.ufunc)):
            args, kwargs = plainest(function, args, kwargs)
        return self.run(function, args, kwargs, like)

    def run(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        """The same with the plainest arguments, by the function that the library has."""
        if not self.has(function):
            raise Missing(f"it has no {name_of(function)}")
        if function in CREATION:
            return function(*args, **kwargs, like=like)
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if "no implementation found" in str(error) or "NotImplemented" in str(error):
                raise Missing(f"it has no {name_of(function)}") from error
            raise

    def method(self, ufunc: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        """A method of a ufunc, which libraries know as a function by itself."""
        if method == "reduce" and ufunc in REDUCTIONS:
            return self.call(REDUCTIONS[ufunc], args, {"axis": 0, **kwargs}, like)
        if method == "accumulate" and ufunc in (np.add, np.multiply):
            return self.call(np.cumsum if ufunc is np.add else np.cumprod, args, {"axis": 0, **kwargs}, like)
        if method == "accumulate" and ufunc in (np.logical_or, np.logical_and):
            return self.call(np.cumsum if ufunc is np.logical_or else np.cumprod, args, {"axis": 0, **kwargs}, like) != 0
        if method == "outer":
            a, b = args
            return self.call(ufunc, (a.reshape((*a.shape, *(1,) * b.ndim)), b), kwargs, like)
        return getattr(ufunc, method)(*args, **kwargs)


def name_of(function: Any) -> str:
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None) or "numpy"
    if isinstance(function, np.ufunc) and getattr(np, name, None) is not function:
        return f"scipy.special.{name.removeprefix('_')}"
    return f"np{module[5:]}.{name}" if module.startswith("numpy") else f"{module}.{name}"


@functools.cache
def parameters_of(function: Any) -> Any:
    """The names of a function's parameters, their defaults, and whether it takes any number of arguments."""
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # a builtin of numpy before 2.4 has no signature
        return None
    open_ended = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters.values())
    return list(parameters), {name: p.default for name, p in parameters.items()}, open_ended


NOTHING: Final = inspect.Parameter.empty
CREATION: Final[frozenset[Any]] = frozenset({  # what makes an array of what is none, and takes `like=` (NEP 35)
    np.arange, np.array, np.asanyarray, np.asarray, np.ascontiguousarray, np.asfortranarray, np.empty, np.eye, np.full,
    np.identity, np.ones, np.require, np.tri, np.zeros,
})  # fmt: skip


def plainest(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same call without keywords that say what is so anyhow, and with the first arguments by position: other libraries lack
    keywords, and know arguments by other names."""
    if isinstance(function, np.ufunc) or (parameters := parameters_of(function)) is None:
        return args, {k: v for k, v in kwargs.items() if v is not np._NoValue}
    names, usual, open_ended = parameters
    kwargs = {k: v for k, v in kwargs.items() if not is_same(v, usual.get(k, NOTHING))}
    given = list(args)
    while len(given) < len(names) and names[len(given)] in kwargs and usual[names[len(given)]] is NOTHING:
        given.append(kwargs.pop(names[len(given)]))
    while not open_ended and 1 < len(given) <= len(names) and is_same(given[-1], usual[names[len(given) - 1]]):
        given.pop()
    return tuple(given), kwargs


def is_same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and isinstance(a, (int, str, float, bool)) and a == b)
