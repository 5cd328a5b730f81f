"""What two traces of a function have in common: where they agree, what Python did is the same in both, and can be replayed."""

from __future__ import annotations

import functools
import hashlib

import numpy as np

from autodiff.functions.passes import frozen
from autodiff.functions.program import Instruction, Program, Raw, Symbol

BY_NUMBERS = ("argwhere", "flatnonzero", "nonzero")  # ops whose results have shapes that depend on numbers


def described(program: Program, items: dict[int, Raw]) -> list[Raw]:
    """A program, not yet optimized, as a list of keys: equal lists are programs that do the same. `items`, by the id of a
    Variable that stands for an item of a list, are that list and the item's number."""
    numbers: dict[Symbol, Raw] = {symbol: ("input", symbol.source) for symbol in program.inputs}
    for symbol in program.variables:
        array, k = items.get(id(symbol.source), (symbol.source, -1))
        numbers[symbol] = ("variable", id(array), k)

    def key_of(symbol: Symbol) -> Raw:
        return numbers[symbol] if symbol in numbers else frozen(symbol.source, digest)

    found: list[Raw] = []
    for instruction in program.instructions:
        op, params = instruction.op, instruction.params
        inputs = tuple([key_of(symbol) for symbol in instruction.inputs])
        layouts = tuple([symbol.layout for symbol in instruction.outputs])
        found.append((op.name, function_key(op.function), inputs, frozen(params, digest) if params else None, layouts))
        for symbol in instruction.outputs:
            numbers[symbol] = len(numbers)
    found.append(tuple([(key_of(variable), key_of(symbol)) for variable, symbol in program.effects]))
    found.append(tuple([key_of(symbol) for symbol in program.outputs]))
    return found


def digest(x: Raw) -> bytes:
    """A short key of a large array: its numbers may change in place after the trace."""
    return hashlib.blake2b(np.ascontiguousarray(x).data).digest()


def function_key(function: Raw) -> Raw:
    """Equal for the same function, and for functions that the same `def` or `lambda` made; for methods of the same object."""
    if isinstance(function, functools.partial):
        return function_key(function.func), frozen(function.args, digest), frozen(function.keywords, digest)
    return getattr(function, "__code__", function), id(getattr(function, "__self__", None))


def one_line(instruction: Instruction) -> str:
    """An instruction in words, without columns."""
    return " ".join(str(instruction).split())


def difference(before: list[Raw], now: list[Raw], program: Program) -> str | None:
    """The first instruction of `program`, described by `now`, that the trace before did not have; None if there is none."""
    if before == now:
        return None
    program.name_results()
    for old, new, instruction in zip(before, now, program.instructions):
        if old != new:
            return one_line(instruction)
    return "its end"


def depends_on_numbers(program: Program) -> Instruction | None:
    """An instruction whose result may have another shape at another call."""
    for i in program.instructions:
        changing = [symbol.layout for symbol in i.inputs[1:] if symbol.kind != "constant" and symbol.layout is not None]
        if i.op.name in BY_NUMBERS or (i.op.label == "index" and any(layout.dtype == np.bool_ for layout in changing)):
            return i
    return None

