"""What makes a program shorter without changing a bit of its results. Each pass changes the program in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.interrupts import quiet
from autodiff.core.op import Op
from autodiff.core.structural import IDENTITY
from autodiff.functions.program import Instruction, Program, Raw, Symbol, layout_of
from autodiff.rules.arithmetic import multiply
from autodiff.rules.shapes import ASTYPE, STOPPED

PLAIN = (np.ndarray, np.generic, float, int, bool, type(None))
SAME = (IDENTITY, STOPPED)  # the output is the input
MULTIPLY: Op = multiply.op


def optimize(program: Program, fast: bool = False) -> Program:
    """All passes, in the order in which each finds the most. With `fast` also those that change the rounding."""
    drop_identities(program)
    fold_constants(program)
    merge_equal(program)
    if fast:
        join_factors(program)
    drop_dead(program)
    program.name_results()
    return program


def replace(program: Program, found: dict[Symbol, Symbol]) -> None:
    """Read other symbols instead of those that are keys of `found`."""
    for instruction in program.instructions:
        instruction.inputs = [found.get(symbol, symbol) for symbol in instruction.inputs]
    program.outputs = [found.get(symbol, symbol) for symbol in program.outputs]
    program.effects = [(variable, found.get(symbol, symbol)) for variable, symbol in program.effects]


def drop_identities(program: Program) -> None:
    """Drop what returns its input as it is: a leaf that is read again, `astype` to the same dtype."""
    found: dict[Symbol, Symbol] = {}
    kept = []
    for instruction in program.instructions:
        instruction.inputs = [found.get(symbol, symbol) for symbol in instruction.inputs]
        op, (*_, last) = instruction.op, (None, *instruction.inputs)
        layout = None if last is None else last.layout
        cast = op is ASTYPE and layout is not None and np.dtype(instruction.params["dtype"]) == layout.dtype
        if last is not None and (op in SAME or (cast and instruction.outputs[0].layout == layout)):
            found[instruction.outputs[0]] = last
        else:
            kept.append(instruction)
    program.instructions = kept
    replace(program, found)


def fold_constants(program: Program) -> None:
    """Compute now what depends on constants alone."""
    found: dict[Symbol, Symbol] = {}
    kept = []
    for instruction in program.instructions:
        instruction.inputs = [found.get(symbol, symbol) for symbol in instruction.inputs]
        fixed = all(symbol.kind == "constant" and isinstance(symbol.source, PLAIN) for symbol in instruction.inputs)
        if instruction.has_effect or instruction.is_batched or not fixed:
            kept.append(instruction)
            continue
        with quiet():
            y = instruction.forward(*[symbol.source for symbol in instruction.inputs], **instruction.params)
        for symbol, part in zip(instruction.outputs, y if isinstance(y, tuple) else (y,)):
            value = part if symbol.layout is None else np.asarray(part)
            found[symbol] = Symbol("constant", layout_of(value), value)
    program.instructions = kept
    replace(program, found)


def merge_equal(program: Program) -> None:
    """Compute once what several instructions compute from the same inputs."""
    found: dict[Symbol, Symbol] = {}
    known: dict[Any, Instruction] = {}
    kept = []
    for instruction in program.instructions:
        instruction.inputs = [found.get(symbol, symbol) for symbol in instruction.inputs]
        inputs = [frozen(s.source) if s.kind == "constant" else id(s) for s in instruction.inputs]
        key = (id(instruction.op), *inputs, frozen(instruction.params))
        first = known.setdefault(key, instruction)
        if instruction.has_effect or first is instruction or instruction.is_batched:
            kept.append(instruction)
        else:
            found.update(zip(instruction.outputs, first.outputs))
    program.instructions = kept
    replace(program, found)


def frozen(x: Raw, large: Callable[[Raw], Raw] = id) -> Raw:
    """A key that is equal for equal constants, to the last bit. `large` makes that of a large array."""
    if isinstance(x, np.ndarray):
        return (x.dtype, x.shape, x.strides, x.tobytes() if x.size <= 64 else large(x))
    if isinstance(x, (tuple, list)):
        return type(x), *[frozen(part, large) for part in x]
    if isinstance(x, dict):
        return dict, *[(key, frozen(part, large)) for key, part in x.items()]
    if isinstance(x, slice):
        return slice, frozen(x.start), frozen(x.stop), frozen(x.step)
    if isinstance(x, (float, np.generic)):
        return type(x), np.asarray(x).dtype, np.asarray(x).tobytes()  # 0.0 is not -0.0
    return (type(x), x) if x is None or x is ... or isinstance(x, (int, str, type, np.dtype)) else id(x)


def drop_dead(program: Program) -> None:
    """Drop what nothing needs, variables and inputs among it that nothing reads."""
    needed = {*program.outputs, *[symbol for _, symbol in program.effects]}
    kept = []
    for instruction in reversed(program.instructions):
        if instruction.has_effect or not needed.isdisjoint(instruction.outputs):
            needed.update(instruction.inputs)
            kept.append(instruction)
    program.instructions = kept[::-1]
    written = {variable for variable, _ in program.effects}
    program.variables = [symbol for symbol in program.variables if symbol in needed or symbol in written]


def join_factors(program: Program) -> None:
    """c (d x) becomes (c d) x, for constants c and d: one product less, but rounded otherwise."""
    makers = {symbol: i for i in program.instructions for symbol in i.outputs}
    for instruction in program.instructions:
        c, x = _factor(instruction)
        inner = makers.get(x) if x is not None else None
        d, y = (None, None) if inner is None else _factor(inner)
        if c is None or d is None or x is None or y is None or x.layout != instruction.outputs[0].layout:
            continue
        if y.layout is not None and x.layout is not None and y.layout.dtype == x.layout.dtype:
            product = Symbol("constant", None, float(c) * float(d))
            instruction.inputs = [product, y]


def _factor(instruction: Instruction) -> tuple[Any, Symbol | None]:
    """(c, x) where the instruction is c x or x c for a number c; (None, None) for any other."""
    if instruction.op is MULTIPLY and not instruction.is_scalar:
        a, b = instruction.inputs
        for number, other in ((a, b), (b, a)):
            if number.kind == "constant" and np.ndim(number.source) == 0 and number.source is not None:
                return number.source, other
    return None, None
