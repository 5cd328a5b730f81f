"""Packs: small arrays that lie one after another in memory, so that one call computes what several instructions do.

An optimizer does the same to each variable. Where the variables, their gradients and their slots lie in packs, its
instructions for all variables become one. The functions are elementwise, so no bit changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.functions.passes import frozen
from autodiff.functions.program import Instruction, Layout, Program, Raw, Symbol

LARGEST = 1 << 16  # bytes: a larger array is computed by itself while it is in the cache


class Pack:
    """Symbols whose arrays are the parts of one array, in order."""

    def __init__(self, symbols: tuple[Symbol, ...]) -> None:
        self.symbols = symbols
        self.array: Any = None

    def place(self, array: object = None) -> None:
        """Take a new array, or that of another pack."""
        first = self.symbols[0].layout
        assert first is not None
        self.array = np.zeros(sum(size_of(symbol) for symbol in self.symbols), first.dtype) if array is None else array

    def parts(self) -> dict[Symbol, Raw]:
        """The array of each symbol."""
        found, start = {}, 0
        for symbol in self.symbols:
            assert symbol.layout is not None
            found[symbol] = self.array[start : start + size_of(symbol)].reshape(symbol.layout.shape)
            start += size_of(symbol)
        return found


class Group:
    """Instructions that are one call: `out = op(*operands)`, at the position of the last of them."""

    def __init__(self, instructions: list[Instruction], position: int, out: Pack) -> None:
        self.first, self.position, self.out = instructions[0], position, out
        self.operands: list[Any] = []  # packs, and numbers that all of them read


class Packing:
    """Finds the packs and groups of a program, from what its Variables are assigned back to their gradients."""

    def __init__(self, program: Program, homes: dict[Symbol, Symbol], root: Callable[[Symbol], Symbol]) -> None:
        self.program, self.homes, self.root = program, homes, root
        self.made = {symbol: k for k, i in enumerate(program.instructions) for symbol in i.outputs}
        self.readers: dict[Symbol, list[int]] = {}
        for k, instruction in enumerate(program.instructions):
            for symbol in instruction.inputs:
                self.readers.setdefault(root(symbol), []).append(k)
        self.kept = {root(symbol) for symbol in [*program.outputs, *[symbol for _, symbol in program.effects]]}
        self.packs: dict[tuple[Symbol, ...], Pack] = {}
        self.groups: list[Group] = []
        self.grouped: dict[int, Group] = {}  # by the position of an instruction
        alike: dict[Any, list[Symbol]] = {}
        for _, symbol in program.effects:
            if symbol in homes and is_packable(symbol.layout, symbol.layout) and self._is_simple(self.made[symbol]):
                alike.setdefault(self._kind(self.made[symbol]), []).append(symbol)
        for symbols in alike.values():
            if len(symbols) > 1:
                self._pack(tuple(symbols))
        if not all(self._is_last_reader(group) for group in self.groups):
            self.packs, self.groups, self.grouped = {}, [], {}

    def _is_simple(self, k: int) -> bool:
        """Whether an instruction is a ufunc of arrays that are all like its result, and numbers."""
        i = self.program.instructions[k]
        if not isinstance(i.op.forward, np.ufunc) or i.params or i.is_scalar or i.is_batched or len(i.outputs) != 1:
            return False
        out = i.outputs[0].layout
        return out is not None and all(symbol.layout == out or is_number(symbol) for symbol in i.inputs)

    def _kind(self, k: int) -> Any:
        """Equal for instructions that may be one call."""
        i = self.program.instructions[k]
        dtype = None if i.outputs[0].layout is None else i.outputs[0].layout.dtype
        return id(i.op), dtype, *[number_key(s) if is_number(s) else None for s in i.inputs]

    def _pack(self, symbols: tuple[Symbol, ...]) -> Pack | None:
        """The pack of these symbols, and a group of the instructions that compute them if there can be one."""
        if symbols in self.packs:
            return self.packs[symbols]
        layouts = [symbol.layout for symbol in symbols]
        if not all(is_packable(layout, layouts[0]) for layout in layouts):
            return None
        taken = {symbol for pack in self.packs.values() for symbol in pack.symbols}
        if len({*symbols}) < len(symbols) or not taken.isdisjoint(symbols) or len({s.kind for s in symbols}) > 1:
            return None
        if symbols[0].kind not in ("variable", "result") or any(self.root(symbol) is not symbol for symbol in symbols):
            return None
        pack = self.packs[symbols] = Pack(symbols)
        grouped = symbols[0].kind == "result" and self._group(pack)
        if not grouped and any(symbol in self.homes for symbol in symbols):
            del self.packs[symbols]  # each is computed where its variable is
            return None
        return pack

    def _group(self, pack: Pack) -> bool:
        """Make the instructions of a pack one call, if what they read can be packed too, and nobody reads them before."""
        positions = [self.made[symbol] for symbol in pack.symbols]
        instructions = [self.program.instructions[k] for k in positions]
        last = max(positions)
        simple = all(self._is_simple(k) and self._kind(k) == self._kind(positions[0]) for k in positions)
        if not simple or any(self._when(k) <= last for symbol in pack.symbols for k in self.readers.get(symbol, [])):
            return False
        before = dict(self.packs), list(self.groups), dict(self.grouped)
        group = Group(instructions, last, pack)
        self.groups.append(group)
        self.grouped.update(dict.fromkeys(positions, group))
        columns = list(zip(*[i.inputs for i in instructions]))
        group.operands = [column[0] if is_number(column[0]) else self._pack(column) for column in columns]
        if None in group.operands or not self._find_memory(pack, group.operands, positions, last):
            self.packs, self.groups, self.grouped = before  # also what was to wait for this group
            return False
        return True

    def _when(self, k: int) -> int:
        """The position at which the instruction of this number runs: a grouped one waits for its group."""
        return self.grouped[k].position if k in self.grouped else k

    def _is_last_reader(self, group: Group) -> bool:
        """Whether nobody reads a variable after a group has changed it, now that instructions wait for their groups."""
        homes = [self.homes[symbol] for symbol in group.out.symbols if symbol in self.homes]
        readers = [k for home in homes for k in self.readers.get(home, [])]
        return all(self._when(k) <= group.position for k in readers)

    def _find_memory(self, pack: Pack, operands: list[Any], positions: list[int], last: int) -> bool:
        """Where the result of a group lies: where the variables are that it becomes, in an operand that dies, or by itself."""
        homes = tuple([self.homes.get(symbol) for symbol in pack.symbols])
        if None not in homes:
            if any(max(self.readers.get(v, [-1])) > last or v in self.kept for v in homes if v is not None):
                return False
            home = self._pack(homes)  # type: ignore[arg-type]
            if home is not None:
                allocate(home)
                pack.place(home.array)
            return home is not None
        if any(home is not None for home in homes):
            return False
        for operand in operands:
            if isinstance(operand, Pack) and operand.symbols[0].kind == "result":
                allocate(operand)
                dies = all(self.readers[s] == [k] and s not in self.kept for s, k in zip(operand.symbols, positions))
                if dies and operand.array.dtype == pack.symbols[0].layout.dtype:  # type: ignore[union-attr]
                    pack.place(operand.array)
                    return True
        return True


def allocate(pack: Pack) -> None:
    """Give a pack its array, if it has none."""
    if pack.array is None:
        pack.place()


def size_of(symbol: Symbol) -> int:
    """How many numbers its array has."""
    assert symbol.layout is not None
    return math.prod(symbol.layout.shape)


def is_number(symbol: Symbol) -> bool:
    """Whether this is one number, which many instructions may share."""
    return (symbol.kind == "constant" and np.ndim(symbol.source) == 0) or symbol.layout is None


def number_key(symbol: Symbol) -> Raw:
    """Equal for the same number."""
    return frozen(symbol.source) if symbol.kind == "constant" else id(symbol)


def is_packable(layout: Layout | None, first: Layout | None) -> bool:
    """Whether an array may be a part of a pack that begins with the first."""
    if layout is None or first is None:
        return False
    contiguous = np.empty(layout.shape, layout.dtype).strides == layout.strides
    size = math.prod(layout.shape) * layout.dtype.itemsize
    return layout.dtype == first.dtype and contiguous and 0 < size <= LARGEST
