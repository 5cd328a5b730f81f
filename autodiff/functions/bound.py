"""A program bound to its buffers: a list of calls, run for the numbers of the day."""

from __future__ import annotations

import _thread
import gc
import sys
import threading
from typing import Any

import numpy as np

from autodiff.boxes.mutable import MutableTensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.box import WATCHED, Box
from autodiff.core.external import External, held, released
from autodiff.core.flags import FLAGS, flagging
from autodiff.functions.attributes import Attribute
from autodiff.functions.buffers import Buffers
from autodiff.functions.feeds import COPIED, Feed
from autodiff.functions.kernels import Cell
from autodiff.functions.program import Program, Raw
from autodiff.scalar.value import Value, result
from autodiff.tape import nested


class Rebind(Exception):
    """A variable holds an array that the program can't take over, or somebody else holds the program's array."""


class Elsewhere(Exception):
    """A variable holds an array of another dtype or layout for now, as in `float64_copies`: the program can't run."""


class Bound:
    """A program with its arrays. Calling it runs the program once.

    The Variables that it changes hold the program's own arrays, so that nothing is copied and nothing allocated. Where
    somebody else holds such an array (a Tensor that was read from the Variable, a tape), it must not change: then the
    program is bound anew. While there are other threads, the program computes in its arrays and the Variables hold others: no
    array of a Variable changes then, and nothing that a thread assigns is lost.
    """

    def __init__(self, program: Program, items: dict[int, tuple[list[Any], int]]) -> None:
        buffers = Buffers(program)
        self.program, self.calls = program, buffers.calls
        self.lock = threading.Lock()
        large = [s for s in program.inputs if s.layout is not None and buffers.of[s].nbytes > COPIED]
        self.feeds = [(feed, s.source) for s in large if (feed := Feed.of(buffers, s)) is not None]
        fed = {k for _, k in self.feeds}
        self.inputs = [(buffers.of[s], s.source) for s in program.inputs if s.layout is not None and s.source not in fed]
        self.floats = [(buffers.of[s], s.source) for s in program.inputs if s.layout is None]
        with_array = [s for s in program.variables if s.layout is not None and isinstance(s.source, Variable)]
        self.values = [(buffers.of[s], s.source) for s in program.variables if s not in with_array]
        self.variables = [[s.source, buffers.of[s], 0] for s in with_array]
        packs = [pack for pack in buffers.packing.packs.values() if pack.symbols[0].kind == "variable"]
        self.packs = [[pack.array, 0] for pack in packs]
        self.items = [(s.source, *items[id(s.source)]) for s in program.variables if id(s.source) in items]
        self.replaced = any(s.layout is None for s in program.variables if id(s.source) in items)  # by arrays of a library
        self.written = [s.source for s, _ in program.effects if s.layout and isinstance(s.source, Variable)]
        self.changed = [variable.source for variable, _ in program.effects]
        self.arrays = {id(variable.source): buffers.of[variable] for variable, _ in program.effects}
        self.shown: dict[int, Any] = {}  # by the id of a variable: the array of the same numbers that it holds instead
        self.outputs = [(s.source, None) if s.kind == "constant" else (None, buffers.of[s]) for s in program.outputs]
        self.kinds = nested.leaves(program.structure)
        plain = program.structure is Tensor and type(self.outputs[0][1]) is np.ndarray
        self.single = self.outputs[0][1] if plain else None  # the usual result, a loss
        guarded = any(i.op.name == "guard" for i in program.instructions)
        generators = [i.op.function.func.__self__ for i in program.instructions if i.op.name == "random"]
        self.restored = generators if guarded else []  # they get their states back if a guard does not hold
        functions = [i.op.function for i in program.instructions]
        self.attributes = [function for function in functions if isinstance(function, Attribute)]
        program.built = f"{len(self.calls)} calls, {buffers.count} buffers, {buffers.bytes / 1000:.1f} kB"
        self._take_over()

    def _take_over(self) -> None:
        """Let the variables hold the program's arrays, and note how many hold each of these then."""
        for v, items, k in self.items:
            v._held = held(items[k])
        for v, array, _ in self.variables:
            fits(v._held, array)
        for v, array, _ in self.variables:
            self._take(v, array, OTHER_THREADS() > 0)
        self._write_items()

    def _take(self, v: Variable, array: Any, shared: bool) -> None:
        """Bring the numbers of a variable into the program's array, and let it hold that, unless another thread may be
        assigning to it."""
        held = v._held
        np.copyto(array, held)
        if shared:
            self.shown[id(v)] = held
        else:
            v._held = array

    def count_references(self) -> None:
        """Note how many hold each array of a variable, once everything that made this has been freed."""
        gc.collect(1)  # what made this refers to itself; freed later, it would look as if somebody had let an array go
        holders = {id(v): 2 for v, _, _ in self.items}  # the Variable, and the list that it stands in
        for row in self.variables:
            v, array, _ = row
            held, count = holders.get(id(v), 1), sys.getrefcount(array)
            without = count - held if v._held is array else count
            row[2] = without + held
            row.append(without)
        for pack in self.packs:
            array, _ = pack
            pack[1] = sys.getrefcount(array)

    def __call__(self, numbers: list[Any]) -> Any:
        """The result, in the structure that the function returned, for the arrays and floats of a call."""
        with self.lock:
            self._read_variables()
            for array, k in self.inputs:
                np.copyto(array, numbers[k])
            for cell, k in self.floats:
                cell.value = numbers[k]
            for feed, k in self.feeds:
                feed(numbers[k])
            FLAGS.raised = False
            RUN(self.calls)
            if self.replaced:
                self._write_items()
            if self.shown and self.written:
                self._show_copies()
            for v in self.changed:
                if v._index >= 0:
                    v._epoch = WATCHED  # an earlier tape keeps what it read: from now on this is another leaf
            return self._results() if self.single is None else Tensor(self.single.copy())

    def _show_copies(self) -> None:
        """Let the variables that the program changes hold copies, so that other threads read the old array or the new one."""
        for v in self.written:
            v._held = self.shown[id(v)] = self.arrays[id(v)].copy("K")
        self._write_items()

    def _write_items(self) -> None:
        for v, items, k in self.items:
            items[k] = released(v._held)

    def _read_variables(self) -> None:
        """Bring what was assigned from outside into the program's arrays. Rebind if one is not the program's alone."""
        for attribute in self.attributes:
            if not attribute.is_number():
                raise Elsewhere
        shared = OTHER_THREADS() > 0
        for v, items, k in self.items:
            v._held = held(items[k])
        for v, array, count, without in self.variables:
            if v._held is self.shown.get(id(v), array):
                if sys.getrefcount(array) != (count if v._held is array else without):
                    raise Rebind
            else:
                if sys.getrefcount(array) != without:
                    raise Rebind
                fits(v._held, array)
                self._take(v, array, shared)
            if not shared:
                v._held = array
        if not shared:
            self.shown = {}
        elif any(v._held is self.arrays[id(v)] for v in self.written):
            self._show_copies()
            for v, array, _, without in self.variables:
                if v._held is not array and sys.getrefcount(array) != without:
                    raise Rebind  # another thread has it already
        for array, count in self.packs:
            if sys.getrefcount(array) != count:
                raise Rebind  # somebody has a view of a part
        self._write_items()
        for cell, box in self.values:
            if type(cell) is Cell:
                cell.value = box._raw()
            else:
                np.copyto(cell, box._raw())

    def _results(self) -> Any:
        found = []
        for (constant, array), kind in zip(self.outputs, self.kinds):
            if array is None:
                plain = issubclass(kind, Box) and not isinstance(constant, Box)
                found.append(boxed(copied(constant, kind)) if plain else constant)
            elif type(array) is Cell:
                found.append(boxed(array.value))
            else:
                y = Tensor(array.copy())
                found.append(MutableTensor(y) if kind is MutableTensor else y)
        return nested.like(self.program.structure, found)


def copied(x: Raw, kind: type) -> Raw:
    """A result that no call changes, as the caller may have it."""
    return x if kind is Value else x.copy() if type(x) is External else np.array(x)


def boxed(x: Raw) -> Raw:
    return result(x) if type(x) is float else Tensor(x)


def run(calls: list[Raw]) -> None:
    for function, arguments in calls:
        function(*arguments)


def fits(held: Raw, array: Raw) -> None:
    if held.dtype != array.dtype or held.strides != array.strides or held.shape != array.shape:
        raise Elsewhere


OTHER_THREADS = _thread._count
RUN = flagging(run)
