"""numpy's two front doors, `__array_ufunc__` (NEP 13) and `__array_function__` (NEP 18), to the one door of the engine.

Every numpy function either has a rule, or is a constant (its derivative is zero), or asks about shape and kind only, or
is refused with a TypeError that names it and the near ones that have a rule. None drops a gradient silently.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from autodiff.core.box import Box
from autodiff.core.compositions import COMPOSED
from autodiff.core.op import COMPLEX
from autodiff.core.ops import CONSTANTS, OPS
from autodiff.rules import special
from autodiff.rules.reductions import logsumexp

ABOUT: Final[frozenset[Callable[..., Any]]] = frozenset(
    {
        np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.allclose, np.isclose,
        np.array_equal, np.array_equiv, np.array_repr, np.array_str, np.array2string, np.may_share_memory,
        np.shares_memory, np.can_cast, np.min_scalar_type, np.common_type,
    }
)  # fmt: skip  # functions whose answer is not an array of numbers: it comes back as it is
METHODS: Final[dict[Any, Any]] = {
    (np.add, "reduce"): np.sum, (np.multiply, "reduce"): np.prod, (np.maximum, "reduce"): np.max,
    (np.minimum, "reduce"): np.min, (np.logaddexp, "reduce"): logsumexp, (np.fmax, "reduce"): np.nanmax,
    (np.fmin, "reduce"): np.nanmin, (np.add, "accumulate"): np.cumsum, (np.multiply, "accumulate"): np.cumprod,
}  # fmt: skip  # what the methods of ufuncs are called


def ufunc(lead: Box, function: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """numpy was asked for `function(*inputs, **kwargs)`, or for one of its methods."""
    name = called(function)
    if kwargs.get("out") is not None:
        raise TypeError(
            f"{name}(..., out=) or an in-place operator would write into an array that a tape may need; "
            f"use the result instead: y = {name}(...)."
        )
    kwargs.pop("out", None)
    if (function, method) in METHODS:
        if len(inputs) == 1:
            kwargs.setdefault("axis", 0)
        return array_function(lead, METHODS[function, method], inputs, kwargs)
    if method == "outer":
        a, b = inputs
        return array_function(lead, function, (np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b), kwargs)
    if method != "__call__":
        raise TypeError(f"{name}.{method} has no derivative rule here; use the function it stands for.")
    if kwargs and function in OPS:
        raise TypeError(
            f"{name} of a tracked array does not take {sorted(kwargs)}; use np.where to select elements "
            "and astype to change the dtype."
        )
    return array_function(lead, function, inputs, kwargs)


def array_function(lead: Box, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """numpy was asked for `function(*args, **kwargs)`."""
    body = COMPOSED.get(function)
    if body is not None:
        return body(*args, **kwargs)
    op = OPS.get(function)
    if op is not None and (function is not np.where or len(args) > 1):
        return lead.call(op, args, kwargs)
    if function in CONSTANTS:
        return constant_result(lead, function(*strip(args), **strip(kwargs)))
    if function in ABOUT:
        return function(*strip(args), **strip(kwargs))
    if function is np.where and len(args) == 1:
        return array_function(lead, np.nonzero, args, kwargs)
    ours = special.BY_NAME.get(getattr(function, "__name__", "")) if isinstance(function, np.ufunc) else None
    if ours is not None:  # a ufunc of scipy.special that we have too
        return ours(*args, **kwargs)
    raise TypeError(no_rule(function))


def constant_result(lead: Box, y: Any) -> Any:
    """What a function of zero derivative returns: a box without a place; of Values, True, False and integers as they are."""
    if isinstance(y, tuple):
        return tuple(constant_result(lead, part) for part in y)
    if lead.is_number() and not isinstance(y, np.ndarray) and np.asarray(y).dtype.kind in "biu":
        return y.item() if isinstance(y, np.generic) else y
    return lead.wrap(y)


def called(function: Any) -> str:
    """What a user calls a function: np.linalg.inv, ad.relu."""
    name = getattr(function, "__name__", str(function))
    module = getattr(function, "__module__", None) or "numpy"
    return f"np{module[5:]}.{name}" if module.startswith("numpy") else f"ad.{name}"


def no_rule(function: Any) -> str:
    """Why a numpy function is refused, and what might serve instead."""
    name = called(function)
    known = sorted({called(other) for table in (OPS, COMPOSED, CONSTANTS) for other in table})
    if name.startswith("np.fft."):
        return f"{name} is refused: {COMPLEX}"
    near = difflib.get_close_matches(name, known, n=3)
    return (
        f"{name} has no derivative rule, so its gradient would be lost."
        + (f" Near ones with a rule: {', '.join(near)}." if near else "")
        + " On constant data call it on t.numpy(); to teach it a derivative see autodiff.custom_gradient."
    )


def numbers(x: Any, dtype: Any, name: str) -> Any:
    """A new array of x; TypeError for what numpy could only hold as an array of objects."""
    array = np.array(strip(x), dtype=dtype)
    if array.dtype.kind == "O":
        raise TypeError(f"{name} should be a number or an array of numbers, but got {x!r} of type {type(x).__name__}.")
    return array


def strip(x: Any) -> Any:
    """The same structure with every box replaced by its raw data."""
    if isinstance(x, Box):
        return x.raw()
    if isinstance(x, (list, tuple)):
        return type(x)(strip(part) for part in x)
    if isinstance(x, dict):
        return {key: strip(part) for key, part in x.items()}
    return x

