"""Operands in words: kind, name, shape, dtype, range, and how many numbers are not finite."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np

from autodiff.failures.nesting import brief

Operand: TypeAlias = Any  # a box, an array, a number
Numbers: TypeAlias = "np.ndarray[Any, Any]"
Inputs: TypeAlias = tuple[Operand, ...]
Params: TypeAlias = dict[str, Any]

PLAIN = (float, int, np.ndarray)


class Operation(Protocol):
    """What an error says of an op."""

    @property
    def name(self) -> str: ...

    @property
    def function(self) -> object: ...

    @property
    def symbol(self) -> str: ...


def raw(x: Operand) -> Operand:
    """The data of a box; of a batch of examples those of all of them; of another library's array those that may be seen."""
    data = x._raw() if hasattr(x, "_raw") else x
    if type(data) in PLAIN or not hasattr(data, "shown"):
        return data
    numbers = data.shown()
    return data if numbers is None else numbers


def is_inexact(x: Operand) -> bool:
    """Whether this is a float or a complex number, or an array of such: other numbers are always finite."""
    return isinstance(x, (float, complex)) or (hasattr(x, "dtype") and getattr(x.dtype, "kind", "") in ("f", "c"))


def floats(x: Operand) -> Numbers:
    """The numbers of an operand if they are floats, the magnitudes of complex numbers, otherwise none."""
    data = raw(x)
    return magnitudes(np.asarray(data)) if is_inexact(data) and not hasattr(data, "shown") else np.zeros(0)


def magnitudes(data: Numbers) -> Numbers:
    """Real numbers as they are; of complex ones the absolute values."""
    return np.abs(data) if data.dtype.kind == "c" else data


def makes_infinity(y: Operand, inputs: Inputs) -> bool:
    """Whether an elementwise op made an infinity where all of its operands are finite."""
    made = np.isinf(floats(y))
    for x in inputs:
        if floats(x).size:
            made = made & np.isfinite(floats(x))
    return bool(np.any(made))


def operand_lines(operands: list[tuple[str, Operand]]) -> list[str]:
    """A line for each operand, given with its caption."""
    width = max((len(caption) for caption, _ in operands), default=0)
    return [f"  {caption + ':':<{width + 1}} {described(x)}" for caption, x in operands]


def described(x: Operand) -> str:
    """An operand in words.

    >>> described(np.array([0.0, 2.0, np.nan]))
    'array of shape (3,), float64, from 0 to 2, 1 nan'
    >>> described(3.0)
    'the number 3.0'
    """
    data, name = raw(x), named(x)
    if isinstance(data, (bool, int, float)):
        return f"{name} = {data!r}" if hasattr(x, "_raw") else f"the number {data!r}"
    if not hasattr(data, "dtype"):
        return f"{type(x).__name__} {brief(x)}"
    if hasattr(data, "library"):  # it can't be looked at
        return f"{name} of shape {tuple(data.shape)}, {data.dtype}, of {data.library.name}"
    if not data.shape:
        return f"{name} = {data.item()!r} ({data.dtype})" if hasattr(x, "_raw") else f"the number {data.item()!r}"
    shape = np.shape(x._raw()) if hasattr(x, "_raw") else np.shape(x)
    batch = f", in a batch of {len(data)}" if data.shape != shape else ""
    return ", ".join([f"{name} of shape {shape}{batch}", str(data.dtype), *numbers(data)])


def named(x: Operand) -> str:
    """The kind of an operand, and its name if it has one."""
    kind = type(x).__name__ if hasattr(x, "_raw") else "array"
    name = getattr(x, "name", None)
    return kind if name is None else f"{kind} {name!r}"


def numbers(data: Numbers) -> list[str]:
    """The range of the finite numbers, and how many are not finite."""
    if not data.size:
        return ["no numbers"]
    if data.dtype.kind == "c":
        first, *rest = numbers(magnitudes(data))
        return [f"magnitudes {first}", *rest] if np.isfinite(data).any() else counts(data)
    if data.dtype.kind not in "fiu":
        return []
    if data.dtype.kind != "f":
        return [f"from {data.min()} to {data.max()}"]
    finite = data[np.isfinite(data)]
    low, high = (finite.min(), finite.max()) if finite.size else (None, None)
    spread = [f"from {low:.4g} to {high:.4g}"] if finite.size else []
    if finite.size < data.size:
        return [*spread, *counts(data)]
    return [f"all {low:.4g}"] if low == high else spread


def counts(data: Numbers) -> list[str]:
    """How many numbers are nan, inf and -inf.

    >>> counts(np.array([np.nan, np.inf, 1.0]))
    ['1 nan', '1 inf']
    """
    data = np.asarray(data)
    infinite = magnitudes(data)
    several = {"nan": np.isnan(data), "inf": np.isposinf(infinite), "-inf": np.isneginf(infinite)}
    return [f"{mask.sum()} {kind}" for kind, mask in several.items() if mask.any()]


def real(x: Operand) -> Operand:
    """x, which becomes a Value. TypeError for a complex number, or an array of one."""
    if isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c":
        raise TypeError(
            f"A Value holds one real number, but got the complex number {brief(x)}: make that a Tensor, as in "
            "ad.constant(1 + 2j) * value. The result is a Tensor, and the gradient of the Value is real. A number that is "
            "complex itself is a Variable: ad.Variable(1 + 2j)."
        )
    return x


def declined(other: Operand) -> Any:
    """What an operator of a Value returns for an operand that it does not take: Python asks that one. TypeError for a complex
    number, which would have no answer."""
    return real(other) if isinstance(other, complex) else NotImplemented
