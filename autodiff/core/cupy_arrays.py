"""CuPy: its own functions, and what they refuse that numpy computes."""

from __future__ import annotations

import functools
import importlib
import operator
from typing import Any, Final

import numpy as np

from autodiff.core.libraries import CREATION, Library, Missing


class CuPy(Library):
    """numpy hands its functions on to those of the same names in `namespace`. To call these saves a third of the time of a
    small operation, which is all that the host does for one."""

    def __init__(self, name: str, namespace: Any, special: str, errstate: Any) -> None:
        super().__init__(name)
        self.namespace = namespace
        self.special = special  # the module that has scipy's ufuncs
        self.errstate = errstate  # cupyx's: by itself CuPy takes what stands in a factor where a matrix has none
        self.own: dict[Any, Any] = {}  # by numpy's function, None where there is none

    def ufunc(self, ufunc: Any) -> Any:
        return self.own[ufunc] if ufunc in self.own else self._find(ufunc)

    def _find(self, function: Any) -> Any:
        if isinstance(function, np.ufunc) and getattr(np, function.__name__, None) is not function:
            found = self._of_scipy(function.__name__.removeprefix("_"))
        else:
            steps = [] if isinstance(function, np.ufunc) else function.__module__.split(".")[1:]
            home = functools.reduce(lambda module, step: getattr(module, step, None), steps, self.namespace)
            found = getattr(home, function.__name__, None)
        if function in OPERATORS and found is not None:
            found = _by_operator(OPERATORS[function], found)
        if getattr(function, "__module__", "") == "numpy.linalg" and found is not None:
            found = functools.partial(self._or_raise, found)
        self.own[function] = found = None if found is function else found
        return found

    def _or_raise(self, own: Any, *args: Any, **kwargs: Any) -> Any:
        with self.errstate(linalg="raise"):
            return own(*args, **kwargs)

    def _of_scipy(self, name: str) -> Any:
        found = getattr(importlib.import_module(self.special), name, None)
        return found if isinstance(found, self.namespace.ufunc) else None

    def way(self, function: Any) -> Any:
        own = self.ufunc(function)
        return functools.partial(WAYS[function], own) if own is not None and function in WAYS else own

    def is_elementwise(self, own: Any) -> bool:
        return isinstance(own, self.namespace.ufunc) or own is self.own.get(np.power, self)

    def fused(self, function: Any) -> Any:
        return self.namespace.fuse(function)

    def run(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        own = None if function in CREATION else self.way(function)
        return super().run(function, args, kwargs, like) if own is None else own(*args, **kwargs)

    def method(self, ufunc: Any, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], like: Any) -> Any:
        if method == "at" and (own := self.ufunc(ufunc)) is not None:  # numpy's refuses CuPy's arrays beside a tuple of places
            return own.at(*args)
        return super().method(ufunc, method, args, kwargs, like)


KIND_OF: Final = functools.cache(lambda function: type(function(np.eye(1))))  # of a decomposition's factors
OPERATORS: Final[dict[Any, Any]] = {np.matmul: operator.matmul, np.power: operator.pow}


def _by_operator(function: Any, own: Any) -> Any:
    """An operator takes CuPy less time than its function, and it makes a square of a ** 2."""
    return lambda a, b, out=None: function(a, b) if out is None else own(a, b, out=out)


def _solve(own: Any, a: Any, b: Any) -> Any:
    """CuPy 14.2 does not broadcast."""
    if b.ndim > 1 and a.shape[:-2] != b.shape[:-2]:
        leading = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = np.broadcast_to(a, leading + a.shape[-2:]), np.broadcast_to(b, leading + b.shape[-2:])
    return own(a, b)


def _tensordot(own: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    """CuPy 14.2 takes no lists of no axes."""
    return own(a, b, axes) if a.ndim and b.ndim else np.multiply(a, b)


def _where(own: Any, condition: Any, x: Any, y: Any) -> Any:
    """CuPy 14.2 takes an array for the condition."""
    like = x if hasattr(x, "dtype") else y
    return own(np.asarray(condition, like=like) if isinstance(condition, bool) else condition, x, y)


def _stack(own: Any, arrays: Any, axis: Any = 0, **options: Any) -> Any:
    """CuPy 14.2 takes no numbers among the arrays."""
    like = next((x for x in arrays if hasattr(x, "dtype")), None)
    return own([x if hasattr(x, "dtype") else np.asarray(x, like=like) for x in arrays], axis, **options)


def _named(function: Any) -> Any:
    """A way that gives the factors numpy's names, `Q` and `R`."""
    return lambda own, *args, **options: KIND_OF(function)(*y) if isinstance(y := own(*args, **options), tuple) else y


def _windows(own: Any, x: Any, window_shape: Any, axis: Any = None, **options: Any) -> Any:
    if isinstance(axis, (tuple, list)) and len({*axis}) < len(axis):
        raise Missing("it has no windows over one axis twice")
    return own(x, window_shape, axis, **options)


def _sorted(own: Any, a: Any, axis: Any = -1, kind: Any = None) -> Any:
    """CuPy has one kind of sort, which is stable."""
    return own(a, axis)


EIGH: Final = _named(np.linalg.eigh)
WAYS: Final[dict[Any, Any]] = {  # way(CuPy's function, *args, **kwargs), of the plainest arguments
    np.linalg.solve: _solve, np.tensordot: _tensordot, np.where: _where, np.sort: _sorted, np.argsort: _sorted,
    np.stack: _stack, np.lib.stride_tricks.sliding_window_view: _windows,
    np.take_along_axis: lambda own, arr, indices, axis=-1: own(arr, indices, axis),
    np.linalg.eigvalsh: lambda own, a, UPLO="L": own(a, UPLO.upper()),
    np.linalg.eigh: lambda own, a, UPLO="L": EIGH(own, a, UPLO.upper()),
    **{function: _named(function) for function in (np.linalg.eig, np.linalg.qr, np.linalg.slogdet, np.linalg.svd)},
}  # fmt: skip
