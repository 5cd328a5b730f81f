"""The user's functions that are running: who called whom, and in which turn of which loop.

Nothing is read from the source while a computation runs, except where its loops are. A call and a turn of a loop are one object
for all the operations in them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import CodeType, FrameType
from typing import Any

import numpy as np

from autodiff.failures.callsite import CallSite, library_of, user_frame
from autodiff.failures.syntax import Loop, tree_of

PROGRAMS = ("nn.scalar", "nn.micrograd")  # modules of ours that are read as the user's own
LONGEST = 20  # characters of a value that names a turn of a loop
SHORT = 2  # letters of a variable that stands for a formula's
NUMBERS = (int, float, np.number, np.bool_)


class Call:
    """One call of a function of the user's, where it was called (None for the outermost), and the library through which."""

    __slots__ = ("caller", "through", "tree")

    def __init__(self, frame: FrameType, caller: Site | None, through: str) -> None:
        self.tree = tree_of(frame.f_code)
        self.tree.module = frame.f_globals
        self.caller = caller
        self.through = through

    @property
    def code(self) -> CodeType:
        return self.tree.code


class Turn:
    """One turn of a loop: which one, from 0, and the value of the loop's variable if that is a whole number or a short text."""

    __slots__ = ("count", "first", "loop", "numbers", "value", "variable")

    def __init__(self, loop: Loop, before: Turn | None, held: list[Any]) -> None:
        self.loop = loop
        self.count: int = 0 if before is None else before.count + 1
        self.first: int | str | None = None if before is None else before.first  # value in this run
        self.hold(held)

    def hold(self, held: list[object]) -> None:
        """Note what the loop's variables hold."""
        self.variable, self.value = told_by(self.loop, held)
        self.numbers: list[str] = []  # the variables that hold some; one that tells the turn is not asked
        if self.value is None or len(held) > 1:
            self.numbers = [name for name, value in zip(self.loop.names, held) if isinstance(value, NUMBERS)]
        of_arrays = len(self.variable) <= SHORT and is_of_numbers(dict(zip(self.loop.names, held)).get(self.variable))
        if self.value is None and (self.variable in self.numbers or of_arrays):  # `x 1` would be read as the value or as x1
            self.variable = "step"
        if not self.count:
            self.first = self.value

    def begins_anew(self, held: list[object]) -> bool:
        """Whether its loop is in its first turn again when its variables hold this."""
        value = told_by(self.loop, held)[1]
        return value is not None and value == self.first and value != self.value


def told_by(loop: Loop, held: list[object]) -> tuple[str, int | str | None]:
    """The variable that tells a turn of a loop, with its value: the first one that holds a whole number or a short text; else
    the first of all, with None."""
    for name, value in zip(loop.names, held):
        if type(value) is int or isinstance(value, np.integer):
            return name, int(value)
        if type(value) is str and len(value) <= LONGEST:
            return name, value
    return (loop.targets[0] if loop.targets else ""), None


def is_of_numbers(value: object) -> bool:
    """Whether a value is an array or a box, or a list of those or of numbers."""
    if isinstance(value, (list, tuple)):
        return len(value) > 0 and (isinstance(value[0], NUMBERS) or is_of_numbers(value[0]))
    return hasattr(type(value), "__array_function__")


class Site(CallSite):
    """A place in the user's program, the call that was running there, and the turns of the loops around it in its function."""

    __slots__ = ("call", "turns")

    def __init__(self, call: Call, instruction: int, layer: str, turns: tuple[Turn, ...]) -> None:
        self.code = call.tree.code
        self.instruction = instruction
        self.layer = layer
        self.call = call
        self.turns = turns


class Running:
    """A frame that is on the stack, and how far it is. It holds the frame, so that no other has its id, but no outer one."""

    __slots__ = ("begun", "call", "held", "here", "id", "kept", "last", "level", "loops", "turns")

    def __init__(self, frame: FrameType, call: Call, level: int, outer: bool) -> None:
        self.id, self.call, self.level = id(frame), call, level
        self.kept = None if outer else frame
        self.loops: tuple[Loop, ...] = ()
        self.turns: tuple[Turn, ...] = ()
        self.held: list[list[Any]] = []  # the values of the variables of each loop in its present turn
        self.begun = False  # whether the last operation began a turn of the innermost loop, before its variables were set
        self.last = -1  # the last instruction
        self.here: Site | None = None  # the last site: operations of one expression have one, and are soon noted

    def site(self, frame: FrameType, layer: str = "", called: bool = False) -> Site:
        """Where the frame is now; `called`: it calls a function that begins."""
        instruction, here = frame.f_lasti // 2, self.here
        same = here is not None and instruction == self.last and here.layer == layer
        if here is not None and same and not self.loops:
            return here  # the terms of a sum
        loops = self.call.tree.loops(instruction)
        if loops or self.loops:
            names = frame.f_locals if any(loop.names for loop in loops) else {}
            if loops and self.call.tree.begins(instruction):
                self._begin(loops, names, instruction)
            else:
                self._go_on(loops, names, instruction, called)
        if here is None or not same or here.turns is not self.turns:
            here = self.here = Site(self.call, instruction, layer, self.turns)
        self.last = instruction
        return here

    def _go_on(self, loops: tuple[Loop, ...], names: Mapping[str, Any], instruction: int, called: bool) -> None:
        """Find in which turns the loops are: a loop's variables hold something else, or the program went back."""
        held = [[names.get(name) for name in loop.names] for loop in loops]
        if self.begun:
            self.begun, k = False, len(self.loops) - 1
            if len(loops) > k and loops[k].node is self.loops[k].node:
                self.held[k] = held[k]
                self.turns[k].hold(held[k])
        same = 0  # so many of the loops are those of the last operation
        for loop, old in zip(loops, self.loops):
            if loop is not old and loop.node is not old.node:
                break
            same += 1
        further = -1
        for k in range(same):
            if not is_same(held[k], self.held[k]):
                further = k
                break
        if further < 0 and same and self._went_back(same - 1, instruction, called):
            further = same - 1
        if further > 0 and not loops[further - 1].names and self.turns[further].begins_anew(held[further]):
            further -= 1  # the inner loop began anew, so a while loop around it is in another turn
        if further < 0 and same == len(loops) == len(self.loops):
            return
        kept = same if further < 0 else further
        turns = list(self.turns[:kept])
        if further >= 0:
            turns.append(Turn(loops[further], self.turns[further], held[further]))
        turns += [Turn(loop, None, values) for loop, values in zip(loops[len(turns):], held[len(turns):])]
        self.loops, self.turns, self.held = loops, tuple(turns), held

    def _begin(self, loops: tuple[Loop, ...], names: Mapping[str, Any], instruction: int) -> None:
        """A turn of the innermost loop begins: its variables are taken out of what it goes through, and hold what they held in
        the turn before."""
        *around, loop = loops
        known = self.loops[: len(loops)]
        outside = [[names.get(name) for name in outer.names] for outer in around]
        goes_on = len(known) == len(loops) and all(one.node is old.node for one, old in zip(loops, known)) and all(
            is_same(values, old) for values, old in zip(outside, self.held))  # fmt: skip
        held, before = [names.get(name) for name in loop.names], None
        if goes_on:
            k = len(around)
            if self.begun and (instruction > self.last or (instruction == self.last and is_same(held, self.held[k]))):
                self.held[k] = held
                return  # another part of the same thing
            before = self.turns[k]
            self.turns, self.held = self.turns[:k], self.held[:k]
        else:
            self._go_on(tuple(around), names, instruction, False)
        self.loops, self.turns, self.held = loops, (*self.turns, Turn(loop, before, [])), [*self.held, held]
        self.begun = True

    def _went_back(self, k: int, instruction: int, called: bool) -> bool:
        """Whether an instruction comes after the last one only in another turn of a loop whose variables stayed as they are."""
        if self.loops[k].counts and any(type(value) is int for value in self.held[k]):
            return False  # it would have another value
        return instruction < self.last or (instruction == self.last and self.call.tree.is_single(instruction, called))


def is_same(held: list[Any], before: list[Any]) -> bool:
    for value, old in zip(held, before):
        if value is not old:
            return False
    return True


class Stack:
    """The frames of the user's own code, as far as they called operations, below the frame `base` if there is one."""

    def __init__(self, base: FrameType | None = None) -> None:
        self.base = base
        self._opener = 0  # the id of the frame in which it began: what called that is not noted
        self._outer: set[int] = set()  # the ids of the frames that were there when it began: they outlive it
        self._running: list[Running] = []
        self._known: dict[int, Running] = {}  # by the id of the frame
        self._libraries: dict[str, str] = {}  # by file: five frames of ours stand between an operation and the user's code

    def begin(self) -> None:
        """Begin here. What the frames hold that are running now, such as the tape itself, is not kept by this."""
        self.clear()
        frame: FrameType | None = user_frame()
        self._opener = id(frame)
        while frame is not None:
            self._outer.add(id(frame))
            frame = frame.f_back

    def site(self) -> Site | None:
        """Where the user's own code is now; None if it stands outside the base."""
        frame: FrameType | None = sys._getframe(1)
        layer = ""
        while frame is not None:
            library = self._libraries.get(frame.f_code.co_filename)
            if library is None:
                library = self._libraries[frame.f_code.co_filename] = self._library(frame)
            if not library:
                break
            if library == "nn" and not layer:
                layer = f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}"
            if frame is self.base:
                return None
            frame = frame.f_back
        if frame is None:
            return None
        return (self._running_in(frame) or self._entered(frame)).site(frame, layer)

    def _running_in(self, frame: FrameType) -> Running | None:
        """What is known of a frame; not of one that had its id before, as one may in a tape that its function left open."""
        known = self._known.get(id(frame))
        return known if known is not None and known.call.tree.code is frame.f_code else None

    def _library(self, frame: FrameType) -> str:
        library = library_of(frame)
        return "" if library == "nn" and frame.f_globals["__name__"].startswith(PROGRAMS) else library

    def _entered(self, frame: FrameType) -> Running:
        """A frame that is new on the stack, with those that called it."""
        new: list[tuple[FrameType, str]] = []  # with the library that called it
        above: FrameType | None = frame
        caller: Running | None = None
        while above is not None and above is not self.base and (caller := self._running_in(above)) is None:
            library = self._library(above)
            if library and new:
                new[-1] = (new[-1][0], library)
            elif not library:
                new.append((above, ""))
            above = above.f_back if id(above) != self._opener else None
        level = 0 if caller is None else caller.level + 1
        for left in self._running[level:]:
            self._known.pop(left.id, None)
        del self._running[level:]
        for one, through in reversed(new):
            site = None if caller is None or above is None else caller.site(above, called=True)
            call = Call(one, site, through)
            caller, above = Running(one, call, len(self._running), id(one) in self._outer), one
            self._known[id(one)] = caller
            self._running.append(caller)
        assert caller is not None
        return caller

    def clear(self) -> None:
        """Let the frames go."""
        self._running.clear()
        self._known.clear()
        self._outer.clear()
