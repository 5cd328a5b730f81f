"""What an instruction becomes: calls of numpy that write into a given array. The same functions as the engine calls on raw
arrays, so that every bit is the same.

A ufunc writes into its `out`. Another op says in its row, as the fact `into`, which calls compute it into an array. Any other
op runs its forward, whose result is copied.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.failures.errors import Whole
from autodiff.functions.program import NUMBERS, Instruction, Raw
from autodiff.scalar.node import evaluated

FAILURES = (ArithmeticError, ValueError, TypeError)
Call = tuple[Callable[..., Any], tuple[Any, ...]]


class NotTraceable(Whole):
    """What a function does cannot be replayed. The message has the line, and what to write instead."""

    __module__ = "autodiff"


class Cell:
    """Where a program keeps a Python number, or a batch."""

    __slots__ = ("value",)

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value


def assign(out: Raw, forward: Raw, inputs: tuple[Raw, ...], params: dict[str, Raw]) -> None:
    put(out, forward(*inputs, **params), forward)


def assign_from_cells(out: Raw, forward: Raw, inputs: tuple[Raw, ...], params: dict[str, Raw]) -> None:
    put(out, forward(*[x.value if type(x) is Cell else x for x in inputs], **params), forward)


def spread(outs: tuple[Raw, ...], forward: Raw, inputs: tuple[Raw, ...], params: dict[str, Raw]) -> None:
    """An op of several outputs, or one whose output is no array."""
    y = forward(*[x.value if type(x) is Cell else x for x in inputs], **params)
    for out, part in zip(outs, y if isinstance(y, tuple) else (y,)):
        if type(out) is Cell:
            out.value = float(part) if isinstance(part, (np.generic, np.ndarray)) else part
        else:
            put(out, part, forward)


def scalar(out: Cell, forward: Raw, exact: Raw, a: Cell) -> None:
    """A function of a Python float, as Values compute it."""
    try:
        out.value = float(forward(a.value))
    except FAILURES:
        out.value = evaluated(forward, exact, (a.value,))


def scalars(out: Cell, forward: Raw, exact: Raw, a: Cell, b: Cell) -> None:
    """The same of two."""
    try:
        out.value = float(forward(a.value, b.value))
    except FAILURES:
        out.value = evaluated(forward, exact, (a.value, b.value))


def put(out: Raw, y: Raw, forward: Raw) -> None:
    """Copy a result to its place. A shape that depends on numbers has no fixed place."""
    if np.shape(y) != out.shape:
        raise NotTraceable(
            f"{getattr(forward, '__name__', 'An operation')} gave the shape {np.shape(y)}, but {out.shape} when it was traced: "
            "a shape that depends on numbers can't be replayed. Use ad.where in place of a mask, or run without ad.function."
        )
    out[...] = y


def load(out: Raw, cell: Cell) -> None:
    out[()] = cell.value


def calls_of(instruction: Instruction, outs: tuple[Raw, ...], operands: list[Raw], scratch: Callable[..., Raw]) -> list[Call]:
    """The calls that compute an instruction from its operands (arrays, Cells and constants) into `outs`. `scratch(shape,
    dtype)` is an array that they may use meanwhile."""
    op, params = instruction.op, instruction.params
    out: Any = outs[0] if outs else None
    if type(out) is np.ndarray and len(outs) == 1 and not instruction.is_batched:
        forward = op.forward
        if isinstance(forward, np.ufunc) and not params and forward.nin == len(operands):
            typed = typed_operands(forward, operands, out.dtype, scratch)
            if typed is not None:
                if forward in (np.maximum, np.minimum):  # these take `out` by name only
                    return [*typed[1], (functools.partial(forward, out=out), tuple(typed[0]))]
                return [*typed[1], (forward, (*typed[0], out))]
        elif op.into is not None and not any(type(x) is Cell for x in operands):
            calls: list[Call] | None = op.into(out, *operands, scratch=scratch, **params)
            if calls is not None:
                return calls
        has_cells = any(type(x) is Cell for x in operands)
        return [(assign_from_cells if has_cells else assign, (out, instruction.forward, tuple(operands), params))]
    if instruction.is_scalar and len(outs) == 1 and type(out) is Cell and 1 <= len(operands) <= 2:
        cells = [x if type(x) is Cell else Cell(x) for x in operands]
        return [(scalar if len(cells) == 1 else scalars, (out, op.scalar or op.forward, op.forward, *cells))]
    if not outs and not any(type(x) is Cell for x in operands):  # a look or a guard
        return [(functools.partial(op.forward, **params), tuple(operands))]
    return [(spread, (outs, instruction.forward, tuple(operands), params))]


def typed_operands(function: Raw, operands: list[Raw], dtype: Raw, scratch: Raw) -> tuple[list[Raw], list[Call]] | None:
    """The operands of a ufunc with Python numbers as arrays of the dtype that numpy would give them, which saves numpy the
    look; and the calls that load Cells into such arrays. None where numpy has to decide by the numbers themselves."""
    kinds = [kind_of(x) for x in operands]
    if any(kind is None for kind in kinds):  # `None in kinds` would take float64 for None, as numpy does
        return None
    try:
        *resolved, result = function.resolve_dtypes((*kinds, None))
    except (TypeError, ValueError):
        return None
    if result != dtype:
        return None
    found, loads = [], []
    for x, wanted in zip(operands, resolved):
        if type(x) is Cell:
            number = np.empty((), wanted)
            loads.append((load, (number, x)))
            found.append(number)
        elif isinstance(x, NUMBERS):
            if isinstance(x, int) and wanted.kind not in "fib":
                return None
            found.append(np.array(x, wanted))
        else:
            found.append(x)
    return found, loads


def kind_of(x: Raw) -> Raw:
    """An operand as `resolve_dtypes` takes it: the dtype of an array, the type of a Python number."""
    if type(x) is Cell:
        return float if type(x.value) is float else None
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype
    return np.dtype(bool) if type(x) is bool else type(x) if type(x) in (float, int) else None
