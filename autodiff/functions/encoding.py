"""The parts of a program as json: numbers, arrays, keys of indexing, dtypes. Nothing is executed when they are read."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from autodiff.core.dtypes import is_numeric
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY
from autodiff.failures.nesting import brief
from autodiff.functions.attributes import ARRAY, NUMBER
from autodiff.functions.program import Raw
from autodiff.rules.indexing import Hole
from autodiff.rules.looking import addition_of
from autodiff.rules.silence import LOOK, careful_rule
from autodiff.scalar.views import replayed_slope

PLAIN = (type(None), bool, int, str)


class DamagedFile(ValueError):
    """A file of a function that is not what `save` writes."""


def encoded(x: Raw) -> Raw:
    """A constant or a param as json. TypeError for what a file can't hold."""
    if isinstance(x, PLAIN):
        return x
    if type(x) is float:
        return {"float": x.hex()}
    if isinstance(x, slice):
        return {"slice": [encoded(x.start), encoded(x.stop), encoded(x.step)]}
    if isinstance(x, (tuple, list)):
        return {type(x).__name__ if type(x) in (tuple, list) else "tuple": [encoded(part) for part in x]}
    if isinstance(x, (np.ndarray, np.generic)) and is_numeric(x.dtype):
        data = np.asarray(x)
        text = base64.b64encode(data.tobytes("A")).decode()
        return {"array": [data.dtype.str, list(data.shape), "F" if data.flags.fnc else "C", text]}
    if x is ...:
        return {"ellipsis": []}
    if x is Hole:
        return {"hole": []}
    if isinstance(x, (np.dtype, type)):
        return {"dtype": np.dtype(x).str}
    raise TypeError(f"A file of a function holds numbers, arrays and keys, but the program has {brief(x)}.")


def decoded(x: Raw) -> Raw:
    """What was encoded. DamagedFile for anything else."""
    if isinstance(x, PLAIN):
        return x
    try:
        ((kind, value),) = x.items()
        if kind == "float":
            return float.fromhex(value)
        if kind == "slice":
            return slice(*map(decoded, value))
        if kind in ("tuple", "list"):
            return (tuple if kind == "tuple" else list)(map(decoded, value))
        if kind == "array":
            return _array(*value)
        if kind == "dtype":
            return _dtype(value)
        return {"ellipsis": ..., "hole": Hole}[kind]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedFile(f"The file has {brief(x)} where a number, an array or a key should be: {error}") from None


def _dtype(text: str) -> Any:
    dtype = np.dtype(text)
    if not is_numeric(dtype):
        raise ValueError(f"dtype {text}")
    return dtype


def _array(dtype: str, shape: list[int], order: Any, text: str) -> Any:
    flat = np.frombuffer(base64.b64decode(text, validate=True), _dtype(dtype))
    return flat.reshape(shape, order=order).copy(order="K")


def names_of_ops() -> dict[str, Op]:
    """Every op by a name that is its own: that of its function, after the module where the name alone is not enough."""
    found: dict[str, Op] = {op.label or op.name: op for op in (NUMBER, ARRAY, LOOK)}
    for op in {id(entry): entry for entry in REGISTRY.values() if isinstance(entry, Op)}.values():
        name = op.name
        if name in found:
            name = f"{getattr(op.function, '__module__', '')}.{name}"
        found.setdefault(name, op)
    for name, op in list(found.items()):
        if op.add_into is not None:
            found[f"add {name}"] = addition_of(op)
        if op.differentiable:
            found.update({f"careful {k} of {name}": rule.whole for k in range(op.arity) if (rule := careful_rule(op, k))})
        if op.scalar is not None:
            found.update({f"slope {k} of {name}": replayed_slope(op, k) for k in range(op.arity)})
    return found
