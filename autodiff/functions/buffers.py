"""Where a program keeps its arrays: views are made once, arrays that die are used again, and variables change in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.core.dtypes import is_complex
from autodiff.core.libraries import Library
from autodiff.functions.elsewhere import Elsewhere, Step
from autodiff.functions.kernels import Call, Cell, calls_of
from autodiff.functions.packs import Pack, Packing, allocate
from autodiff.functions.program import Instruction, Layout, Program, Raw, Symbol

FOREVER = 1 << 60


def empty(layout: Layout) -> Raw:
    """A new array that lies in memory as the layout says."""
    shape, dtype, strides = layout
    contiguous = np.empty(shape, dtype)
    if contiguous.strides == strides or not contiguous.size:
        return contiguous
    ends = [(n - 1) * stride for n, stride in zip(shape, strides)]
    first = -sum(end for end in ends if end < 0)
    memory = np.empty(first + sum(end for end in ends if end > 0) + dtype.itemsize, np.uint8)
    return np.ndarray(shape, dtype, memory, first, strides)


class Buffers:
    """The arrays of a program, and the calls that compute in them: `for function, arguments in calls: function(*arguments)`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.of: dict[Symbol, Any] = {}  # the array or Cell of each symbol
        self.calls: list[Call] = []
        self.runs: list[Elsewhere] = []
        self.count = self.bytes = 0
        self.free: dict[Layout, list[Any]] = {}
        self.owned: dict[Symbol, Any] = {}  # what goes back to `free` when its symbol dies
        self.base: dict[Symbol, Symbol] = {}  # from a view to what it is a view of
        self.homes = dict(self._homes())
        self.last: dict[Symbol, int] = {}
        self._make_views()
        self.packing = Packing(program, self.homes, self.root)
        self._place_packs()
        for symbol in [*program.inputs, *program.variables]:
            if symbol not in self.of:
                self.of[symbol] = Cell() if symbol.layout is None else empty(symbol.layout)
        self._find_last_uses()
        for k, instruction in enumerate(program.instructions):
            group = self.packing.grouped.get(k)
            if group is None:
                self._place(k, instruction)
            elif group.position == k:
                operands = [x.array if isinstance(x, Pack) else self.array_of(x) for x in group.operands]
                self.calls += calls_of(group.first, (group.out.array,), operands, self.take)
        self._keep_what_others_read()
        self._write_variables()
        del self.free, self.owned

    def _homes(self) -> Any:
        """The variable whose own array may hold a result: the one that is assigned it, and nothing else."""
        guards = [k for k, i in enumerate(self.program.instructions) if i.op.name == "guard"]
        after = self.program.instructions[max(guards, default=-1) + 1 :]  # nothing changes before all guards hold
        made_after = {symbol for i in after for symbol in i.outputs}
        values = [symbol for _, symbol in self.program.effects]
        for variable, symbol in self.program.effects:
            once = symbol in made_after and values.count(symbol) == 1
            if once and variable.layout is not None and symbol.layout == variable.layout:
                yield symbol, variable

    # -- who needs what how long -----------------------------------------------------------------------------------------

    def root(self, symbol: Symbol) -> Symbol:
        """What owns the memory of a symbol."""
        while symbol in self.base:
            symbol = self.base[symbol]
        return symbol

    def _make_views(self) -> None:
        """Find which instructions are views. Their arrays are made once what they look at has one."""
        for instruction in self.program.instructions:
            if instruction.op.view and not instruction.is_batched and len(instruction.inputs) == 1:
                source, out = instruction.inputs[0], instruction.outputs[0]
                if source.layout is not None and out.layout is not None and source.kind != "constant":
                    example = empty(source.layout)  # only its addresses are looked at
                    view = instruction.op.forward(example, **instruction.params)
                    if type(view) is np.ndarray and np.may_share_memory(view, example) and view.strides == out.layout.strides:
                        self.base[out] = source

    def _place_packs(self) -> None:
        packs = self.packing.packs.values()
        for pack in packs:
            allocate(pack)
            self.of.update(pack.parts())
        for group in self.packing.groups:
            for symbol in group.out.symbols:
                if symbol in self.homes:
                    self.of[symbol] = self.of[self.homes[symbol]]
        arrays = {id(pack.array): pack.array for pack in packs}.values()
        self.count, self.bytes = len(arrays), sum(array.nbytes for array in arrays)

    def _find_last_uses(self) -> None:
        for position, instruction in enumerate(self.program.instructions):
            group = self.packing.grouped.get(position)
            k = position if group is None else group.position
            if instruction.outputs and instruction.outputs[0] not in self.base:
                for symbol in instruction.inputs:
                    self.last[self.root(symbol)] = k
        for symbol in [*self.program.outputs, *[symbol for _, symbol in self.program.effects]]:
            self.last[self.root(symbol)] = FOREVER

    # -- arrays ------------------------------------------------------------------------------------------------------------

    def array_of(self, symbol: Symbol) -> Raw:
        """What holds a symbol's value when the program runs."""
        if symbol.kind == "constant":
            return symbol.source
        return self.of[symbol]

    def take(self, layout: Layout) -> Raw:
        """An array that nobody needs now."""
        if self.free.get(layout):
            return self.free[layout].pop()
        self.count += 1
        array = empty(layout)
        self.bytes += array.nbytes
        return array

    def _place(self, k: int, instruction: Instruction) -> None:
        """Append the calls of an instruction, and give back what dies with it."""
        if instruction.outputs and instruction.outputs[0] in self.base:
            source = self.array_of(instruction.inputs[0])
            self.of[instruction.outputs[0]] = instruction.op.forward(source, **instruction.params)
            return
        operands = [self.array_of(symbol) for symbol in instruction.inputs]
        taken: list[Any] = []

        def scratch(shape: tuple[int, ...], dtype: Raw) -> Raw:
            taken.append(self.take(Layout(shape, np.dtype(dtype), np.empty(shape, dtype).strides)))
            return taken[-1]

        outs = tuple([self._target(k, instruction, symbol) for symbol in instruction.outputs])
        if outs and instruction.op.elementwise:
            constant = [symbol.kind == "constant" for symbol in instruction.inputs]
            operands = [narrowed(x, outs[0], operands) if fixed else x for x, fixed in zip(operands, constant)]
        calls = calls_of(instruction, outs, operands, scratch)
        if instruction.library is not None and outs and not instruction.has_effect:
            self._place_elsewhere(instruction.library, Step(instruction, outs, operands, calls[0]))
        else:
            self.calls += calls
        self.of.update(zip(instruction.outputs, outs))
        for array in taken:
            self.free.setdefault(Layout(array.shape, array.dtype, array.strides), []).append(array)
        for symbol in {self.root(s): None for s in (*instruction.inputs, *instruction.outputs)}:
            if self.last.get(symbol, k) <= k and symbol in self.owned and symbol.layout is not None:
                self.free.setdefault(symbol.layout, []).append(self.owned.pop(symbol))

    def _place_elsewhere(self, library: Library, step: Step) -> None:
        """Append an instruction on arrays of another library to the run of such instructions that was the last call."""
        last = self.calls[-1][0] if self.calls else None
        if not isinstance(last, Elsewhere) or last.library is not library:
            self.calls.append((last := Elsewhere(library), ()))
            self.runs.append(last)
        last.steps.append(step)

    def _keep_what_others_read(self) -> None:
        """Tell each run of instructions on arrays of another library which results are read outside of it."""
        ends = [*self.program.outputs, *[symbol for _, symbol in self.program.effects]]
        for run in self.runs:
            own = {step.instruction for step in run.steps}
            others = [symbol for i in self.program.instructions if i not in own for symbol in i.inputs]
            run.kept = {id(self.of[symbol]) for symbol in (*ends, *others) if symbol in self.of}

    def _target(self, k: int, instruction: Instruction, symbol: Symbol) -> Any:
        """The array for a result: the own one of the variable that it becomes, that of an operand which dies here, or a free
        one."""
        layout = symbol.layout
        if symbol in self.of:
            return self.of[symbol]  # a part of a pack
        if layout is None:
            return Cell(None if instruction.is_batched else 0.0)
        in_place = instruction.op.elementwise and len(instruction.outputs) == 1 and not instruction.is_batched
        home = self.homes.get(symbol)
        if home is not None and self.last.get(home, -1) <= (k if in_place else k - 1):
            return self.of[home]
        for operand in instruction.inputs if in_place else ():
            dies = self.root(operand) is operand and self.last.get(operand) == k and operand.layout == layout
            if dies and operand in self.owned:
                self.owned[symbol] = self.owned.pop(operand)
                return self.owned[symbol]
        self.owned[symbol] = self.take(layout)
        return self.owned[symbol]

    def _write_variables(self) -> None:
        """Copy what variables are assigned to where they are, unless it is there. All is read before anything is written."""
        late: list[Call] = []
        homes = [self.of[variable] for variable, _ in self.program.effects if variable.layout is not None]
        for variable, symbol in self.program.effects:
            x, home = self.array_of(symbol), self.of[variable]
            if variable.layout is None:
                late.append((give, (variable.source, x)))
            elif x is not home:
                if any(np.may_share_memory(x, other) for other in homes):
                    kept = np.empty_like(x)
                    self.calls.append((np.copyto, (kept, x)))
                    x = kept
                late.append((np.copyto, (home, x)))
        self.calls += late


def give(value: Raw, x: Raw) -> None:
    """Let a Value hold another number."""
    value._held = x.value if type(x) is Cell else float(x)


def narrowed(x: Raw, out: Raw, operands: list[Raw]) -> Raw:
    """A constant array whose numbers are all the same as one number, where another operand has the shape of the result."""
    if type(x) is not np.ndarray or type(out) is not np.ndarray or x.size < 2 or is_complex(x):
        return x
    others = [y for y in operands if y is not x and type(y) is np.ndarray and y.shape == out.shape]
    one = x[(0,) * x.ndim]
    return np.asarray(one) if others and np.all(x == one) and np.all(np.signbit(x) == np.signbit(one)) else x
