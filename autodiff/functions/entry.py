"""What a function keeps of one signature: its programs, and what confirms them."""

from __future__ import annotations

import threading
from typing import Any

from autodiff.boxes.mutable import MutableTensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.box import Array
from autodiff.core.duck import Duck
from autodiff.functions.agreement import depends_on_numbers, described, difference, one_line
from autodiff.functions.bound import Bound
from autodiff.functions.passes import optimize
from autodiff.functions.program import Program, Raw
from autodiff.functions.trace import Trace
from autodiff.functions.values import BoundValues, bound_values

CHANGES = 3  # so many times Python may give a function with a fallback other numbers than before
UNSTEADY = (
    "`{instruction}` is not what it was at the call before: Python gives other numbers. A number that changes is an argument, "
    "a Variable, ad.py_function(...), or ad.random_draw(...) if it is random."
)


class Made:
    """What a trace has made: a program, and if it is one of Values alone, its steps. The program is then written out only if
    somebody needs it."""

    def __init__(self, trace: Trace, name: str, result: Raw, fast: bool, confirms: bool, jit: bool) -> None:
        self.fast = fast
        self.of_values = None if trace.refusal else bound_values(
            trace, result, lambda: optimize(trace.program(name, result), fast), jit
        )  # fmt: skip
        needed = not trace.refusal and (confirms or self.of_values is None)
        self.program = trace.program(name, result) if needed else Program(name)

    def bind(self, items: dict[int, Raw]) -> Bound | BoundValues:
        """The program with its arrays, or the steps."""
        return Bound(optimize(self.program, self.fast), items) if self.of_values is None else self.of_values


class Entry:
    """What is kept of one signature: its programs, one for each way in which its guards came out."""

    def __init__(self, arguments: Any) -> None:
        self.arguments = arguments  # their Variables stay alive, so that the key keeps its meaning
        self.bound: list[Bound | BoundValues] = []  # a new list at each change: other threads may be reading the old one
        self.lock = threading.Lock()
        self.items: dict[int, Any] = {}
        self.made_variables = False
        self.careful = False  # whether a gradient was not finite; from then on the walks are careful
        self.described: list[Any] | None = None  # what the last trace did, if another one has to confirm it
        self.changes = 0  # how often a trace differed from the one before

    def take(self, trace: Trace, new: Made, confirm: bool) -> str | None:
        """Make the program what the next calls run, unless it is that already, or is not to be run yet: to `confirm` it takes
        a second trace. Returns the instruction that differs from those of the trace before, None if none does."""
        program = new.program
        made = [s.source for s in program.variables if _is_made(trace, s.source)]
        if made and self.made_variables:
            if not trace.fallback:
                trace.undo()
            trace.refuse(
                f"{program.name} makes a Variable at each call ({made[0].name or 'unnamed'}), so it can't be replayed: make it "
                "once, outside of the function or at its first call only."
            )
        self.made_variables = bool(made)
        if made:
            return None
        before, confirmed, changed = self.described, True, None
        if trace.careful and not self.careful:
            self.careful, before, self.bound = True, None, []
        if trace.fallback:
            refuse_shapes(trace, program)
        if confirm:
            self.described = described(program, {id(v): (items, k) for v, items, k in trace.items.values()})
            changed = None if before is None else difference(before, self.described, program)
            confirmed = before is not None and changed is None
            self._count_changes(trace, changed)
        if changed is not None:
            self.bound = []
        if confirmed and not trace.refusal and not (confirm and self.bound):
            self.items = {id(v): (items, k) for v, items, k in trace.items.values()}
            bound = new.bind(self.items)
            if not isinstance(bound, BoundValues):
                bound.count_references()
            self.put_first(bound)
        return changed

    def put_first(self, bound: Bound | BoundValues) -> None:
        """Let a program be tried before the others."""
        with self.lock:
            self.bound = [bound, *[other for other in self.bound if other is not bound]]

    def replace(self, bound: Bound | BoundValues, anew: Bound) -> None:
        """Put a program that is bound anew in the place of the old one, unless another thread has done so."""
        with self.lock:
            self.bound = [anew if other is bound else other for other in self.bound]

    def _count_changes(self, trace: Trace, changed: str | None) -> None:
        """Refuse a program that did not hold at the next call, too often."""
        self.changes += changed is not None
        if self.changes == CHANGES:
            trace.refuse(UNSTEADY.format(instruction=changed))


def refuse_shapes(trace: Trace, program: Program) -> None:
    """Refuse a program whose arrays may have other shapes at the next call."""
    instruction = depends_on_numbers(program)
    if instruction is not None:
        program.name_results()
        trace.refuse(f"The shape of `{one_line(instruction)}` depends on numbers, so it may differ from call to call.")


def _is_made(trace: Trace, v: Any) -> bool:
    """Whether a Variable was made in the trace."""
    is_item = any(v is item for item, _, _ in trace.items.values())
    return isinstance(v, Variable) and not is_item and v._created >= trace.first_created


def apart(y: Raw) -> Raw:
    """A result that shares no memory with arguments and Variables, as those of the program."""
    if isinstance(y, Variable) or not isinstance(y, Array) or isinstance(y._held, Duck):
        return y
    copied = Tensor(y._held.copy("K"), y.name)
    return MutableTensor(copied) if isinstance(y, MutableTensor) else copied
