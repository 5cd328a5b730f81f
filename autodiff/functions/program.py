"""A program: what a trace recorded, as instructions in execution order, each of whose results has one definition (SSA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autodiff.core import batched
from autodiff.core.batched import Batched
from autodiff.core.lazy import run_op
from autodiff.core.libraries import Library
from autodiff.core.op import Op
from autodiff.scalar.node import evaluated

NUMBERS = (float, int, bool)
Raw: TypeAlias = Any  # what a program computes with or is given: an array, a number, a batch, a structure of them


class Layout(NamedTuple):
    """How an array lies in memory. A sum depends on it in the last bit, so the program's arrays lie as eager ones do."""

    shape: tuple[int, ...]
    dtype: Any
    strides: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.dtype.str[1:]}{list(self.shape)}"


def layout_of(x: Raw) -> Layout | None:
    """The layout of an array; None for a Python number and for a batch, whose results the program keeps as they are."""
    return Layout(x.shape, x.dtype, x.strides) if type(x) is np.ndarray else None


class Symbol:
    """Something that instructions read: an input, a variable, a constant, or the result of an instruction."""

    __slots__ = ("kind", "layout", "name", "source")

    def __init__(self, kind: str, layout: Layout | None, source: Any = None, name: str = "") -> None:
        self.kind = kind  # "input", "variable", "constant" or "result"
        self.layout = layout
        self.source = source  # the number of an input, the box of a variable, the value of a constant
        self.name = name

    def __str__(self) -> str:
        if self.kind == "constant":
            small = not isinstance(self.source, np.ndarray) or self.source.size == 1
            return f"{self.source!s:.12}" if small else f"const {self.layout}"
        return self.name


class Instruction:
    """`outputs = op(*inputs, **params)`."""

    __slots__ = ("inputs", "is_batched", "is_scalar", "library", "op", "outputs", "params")

    def __init__(self, op: Op, inputs: list[Symbol], params: dict[str, Any], outputs: list[Symbol], is_scalar: bool = False,
                 is_batched: bool = False, library: Library | None = None) -> None:  # fmt: skip
        self.op, self.inputs, self.params, self.outputs = op, inputs, params, outputs
        self.is_scalar = is_scalar  # of Python floats, as Values compute
        self.is_batched = is_batched  # of batches, or arrays of another library
        self.library = library  # whose arrays all of them are, if it computes at once

    @property
    def has_effect(self) -> bool:
        """Whether it must run at each call, whoever needs the result: it draws numbers, calls Python, or is a guard."""
        return not self.inputs or self.op.name in ("guard", "py_function")

    @property
    def forward(self) -> Callable[..., Raw]:
        """What computes the outputs from raw inputs, exactly as the engine does."""
        op = self.op
        if self.is_scalar:
            return lambda *numbers: evaluated(op.scalar or op.forward, op.forward, numbers)
        if self.is_batched and self.library is None:
            return lambda *raw, **params: batched.run(op, raw, params) if any(isinstance(x, Batched) for x in raw) else (
                run_op(op, raw, params)
            )
        forward: Callable[..., Any] = op.forward
        return forward

    def __str__(self) -> str:
        label = self.op.label or self.op.name
        words = [*map(str, self.inputs), *[f"{key}={value!s:.40}" for key, value in self.params.items()]]
        names = ", ".join(symbol.name for symbol in self.outputs)
        kinds = ", ".join(str(symbol.layout or "number") for symbol in self.outputs)
        call = f"{names} = {label}({', '.join(words)})" if names else f"{label}({', '.join(words)})"
        return f"{call:60} {kinds}".rstrip()


class Program:
    """A traced function for one signature.

    Attributes
    ----------
    name : str
    inputs : list of Symbols
        One for each array and float among the arguments.
    variables : list of Symbols
        The Variables that it reads or writes.
    instructions : list of Instructions
    outputs : list of Symbols
        One for each leaf of the result, in the order of `structure`.
    structure : Any
        The result, whose leaves are the boxes that were returned when it was traced.
    effects : list of (Symbol of a variable, Symbol)
        What each Variable is assigned.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs: list[Symbol] = []
        self.variables: list[Symbol] = []
        self.instructions: list[Instruction] = []
        self.outputs: list[Any] = []
        self.structure: Any = None
        self.effects: list[tuple[Symbol, Symbol]] = []
        self.built = ""  # how large it is once it is bound to buffers

    def name_results(self) -> None:
        """Number the results in order."""
        for k, symbol in enumerate([symbol for i in self.instructions for symbol in i.outputs]):
            symbol.name = f"%{k}"

    def __str__(self) -> str:
        arguments = ", ".join(f"{s.name}: {s.layout or 'float'}" for s in self.inputs)
        lines = [f"function {self.name}({arguments})"]
        lines += [f"  variable {s.name}: {s.layout or 'float'}" for s in self.variables]
        lines += [f"  {instruction}" for instruction in self.instructions]
        lines += [f"  {variable.name} <- {symbol}" for variable, symbol in self.effects]
        lines.append(f"  return {', '.join(str(s) for s in self.outputs)}".rstrip())
        return "\n".join([*lines, *([f"  ({self.built})"] if self.built else [])])

    __repr__ = __str__
