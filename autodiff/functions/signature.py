"""What a call looks like: its structure, shapes, dtypes and static arguments. Calls that look alike share one program."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.batched import Batched
from autodiff.core.box import Array
from autodiff.core.external import External, as_array
from autodiff.core.which_library import is_external
from autodiff.failures.nesting import brief, deeper
from autodiff.functions.program import Raw
from autodiff.scalar.value import Value, result

STATIC = (bool, int, str, bytes, type(None), type(...), np.dtype, type)


def outline(x: Raw, numbers: list[Raw], depth: int = 0) -> Raw:
    """What an argument looks like, as a key of a dictionary. Its arrays and floats, which may differ from call to call, are
    added to `numbers`."""
    kind = type(x)
    if kind is np.ndarray:
        numbers.append(x)
        return x.shape, x.dtype, x.strides
    if kind is float:
        numbers.append(x)
        return float
    if isinstance(x, Variable) or (isinstance(x, Value) and x.trainable):
        return kind, id(x)  # the program reads and writes this very box
    if isinstance(x, Array):
        numbers.append(x._held)
        if isinstance(x._held, Batched):  # inside vmap, where a batch of floats can look like one of them
            return float if x._held.ndim == 0 and x._held.dtype == np.float64 else Batched
        if isinstance(x._held, External):
            return x._held.library.name, x._held.shape, x._held.dtype
        return x._held.shape, x._held.dtype, x._held.strides
    if isinstance(x, Value):
        numbers.append(x._raw())
        return float
    if isinstance(x, np.generic):
        return outline(np.asarray(x), numbers)
    if isinstance(x, (list, tuple)):
        return kind, *[outline(part, numbers, deeper(depth)) for part in x]
    if isinstance(x, dict):
        return kind, *[(key, outline(part, numbers, deeper(depth))) for key, part in x.items()]
    return outline(Tensor(x), numbers) if is_external(x) else _static(x)


def _static(x: Any) -> Any:
    """A static argument: another value of it makes another program."""
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"A function takes arrays, floats, boxes, nested lists and dicts of them, and static arguments that can be hashed, "
            f"but got {brief(x)} of type {type(x).__name__}: pass an array, or let the function read it from outside."
        ) from None
    return type(x), x


def as_boxes(x: Raw, boxes: list[Raw], depth: int = 0) -> Raw:
    """The argument as the function sees it while it is traced: arrays are Tensors, floats are Values. These are added to
    `boxes`, in the order of `outline`."""
    if isinstance(x, Variable) or (isinstance(x, Value) and x.trainable):
        return x
    if isinstance(x, (np.ndarray, np.generic, Array)) or is_external(x):
        boxes.append(Tensor(x._held if isinstance(x, Array) else as_array(x)))
        return boxes[-1]
    if type(x) is float or isinstance(x, Value):
        boxes.append(result(float(x._raw() if isinstance(x, Value) else x)))
        return boxes[-1]
    if isinstance(x, (list, tuple)):
        parts = [as_boxes(part, boxes, deeper(depth)) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    if isinstance(x, dict):
        return type(x)((key, as_boxes(part, boxes, deeper(depth))) for key, part in x.items())
    return x


def described(key: Raw) -> str:
    """A key of `outline` in words: `f4[32, 2], float, axis=1`."""
    if key is float:
        return "float"
    if isinstance(key, tuple) and len(key) == 3 and isinstance(key[1], np.dtype):
        return f"{key[1].str[1:]}{list(key[0])}"
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], type) and issubclass(key[0], (Variable, Value)):
        return key[0].__name__
    if isinstance(key, tuple) and key and key[0] in (list, tuple):
        return "(" + ", ".join(described(part) for part in key[1:]) + ")"
    if isinstance(key, tuple) and key and key[0] is dict:
        return "{" + ", ".join(f"{name}: {described(part)}" for name, part in key[1:]) + "}"
    return repr(key[1]) if isinstance(key, tuple) and len(key) == 2 else str(key)


def positions(python_function: Callable[..., Raw], static: tuple[str, ...]) -> frozenset[int]:
    """Where the static arguments stand."""
    if not static:
        return frozenset()
    names = list(inspect.signature(python_function).parameters)
    unknown = [name for name in static if name not in names]
    if unknown:
        raise ValueError(f"static names {unknown[0]!r}, but the arguments are {', '.join(names)}.")
    return frozenset(names.index(name) for name in static)


def hashable(x: Raw) -> Raw:
    """A static argument as a part of the key; TypeError if it can't be one."""
    hash(x)
    return type(x), x
