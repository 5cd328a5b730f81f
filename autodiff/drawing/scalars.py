"""Arrays of Values: numpy's functions on them are recorded element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.core.box import raw_of
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY
from autodiff.scalar.value import Value


class Scalars(np.ndarray[Any, Any]):
    """An object array of Values and floats. Every numpy function that is made of arithmetic runs on it."""

    @property
    def plain(self) -> Any:
        """The same elements in a plain array of objects."""
        return self.view(np.ndarray)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        raw = [x.plain if isinstance(x, Scalars) else x for x in inputs]
        if "out" in kwargs:
            kwargs["out"] = tuple(x.plain if isinstance(x, Scalars) else x for x in kwargs["out"])
        if method != "__call__" or ufunc.signature is not None:  # a reduction, a product: numpy calls + and *
            return as_scalars(getattr(ufunc, method)(*raw, **kwargs))
        y = each(ufunc, raw)
        for out in kwargs.get("out", ()):
            out[...] = y
        return y

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        y = super().__array_function__(function, types, args, kwargs)
        return as_scalars(y) if is_objects(y) else y


def is_objects(y: Any) -> bool:
    return isinstance(y, Value) or (isinstance(y, np.ndarray) and y.dtype == object)


def each(function: Callable[..., Any], inputs: list[Any], **params: Any) -> Any:
    """The function of each element, or of each pair of them."""
    y = np.frompyfunc(lambda *xs: function(*xs, **params), len(inputs), 1)(*[boxed(x) for x in inputs])
    return as_scalars(y)


def boxed(x: Any) -> Any:
    """x as an array of objects, which frompyfunc takes apart element by element."""
    return np.asarray(x, dtype=object) if not isinstance(x, Value) else as_scalars(x).plain


def as_scalars(y: Any) -> Any:
    """A result as Scalars; comparisons as an array of booleans; several as a tuple."""
    if isinstance(y, (tuple, list)):
        return tuple(as_scalars(part) for part in y)
    if isinstance(y, np.ndarray):
        found = y.view(np.ndarray)
    else:
        found = np.empty((), object)
        found[()] = y
    if found.size and all(isinstance(x, (bool, np.bool)) for x in found.flat):
        return found.astype(bool)
    return found.astype(object).view(Scalars)


def numbers(found: Any) -> Any:
    """The floats of an array of scalars."""
    return np.array([raw_of(x) for x in found.view(np.ndarray).flat], float).reshape(found.shape)


def applied(op: Op, inputs: list[Any], params: dict[str, Any]) -> Any:
    """The op on inputs of which some are Scalars."""
    if op.elementwise:
        return each(lambda *xs, **more: op(xs, more), inputs, **params)
    return (op.definition or op.forward)(*inputs, **params)


def refuse_own_ways(op: Op) -> None:
    """TypeError for what cannot run on scalars, or would run with another gradient."""
    if op.function not in REGISTRY:
        raise TypeError(f"{op.name} has a gradient of its own, which scalars would not have; zoom into what it is made of.")
    if op.function.__module__ == "numpy.linalg" and op.definition is None:
        raise TypeError(f"{op.name} can't be unfolded into scalars: LAPACK computes it, on plain numbers only.")


@contextmanager
def errors_named(op: Op) -> Iterator[None]:
    """Whatever goes wrong inside as a TypeError that names the op."""
    try:
        yield
    except (TypeError, ValueError, AttributeError, NotImplementedError, ArithmeticError) as error:
        raise TypeError(f"{op.name} can't be unfolded into scalars here ({error}).") from error


def checked(op: Op, inputs: list[Any], params: dict[str, Any], recorded: Any) -> Any:
    """The op on Scalars, as Scalars. TypeError if that fails, gives other numbers than those recorded, or loses the Values."""
    refuse_own_ways(op)
    with errors_named(op):
        found = as_scalars(applied(op, inputs, params))
        agree = same(found, recorded)
    if not agree:
        raise TypeError(f"{op.name} can't be unfolded into scalars here: it gives other numbers than those recorded.")
    if op.function is not np.where and any(map(has_values, inputs)) and not has_values(found):  # where may choose none of them
        raise TypeError(f"{op.name} can't be unfolded into scalars here: it makes plain numbers of them.")
    return found


def has_values(found: Any) -> bool:
    """Whether there is a Value among the elements."""
    return isinstance(found, Scalars) and (not found.size or any(isinstance(x, Value) for x in found.flat))


def same(found: Any, recorded: Any) -> bool:
    """Whether the scalars are the recorded numbers, but for rounding. There are no complex ones."""
    near = 1e-9 if np.asarray(recorded).dtype == np.float64 else 1e-3
    return bool(
        found.shape == np.shape(recorded)
        and not np.iscomplexobj(recorded)
        and np.allclose(numbers(found), np.asarray(recorded, float), rtol=near, atol=near, equal_nan=True)
    )
