"""Programs on the arrays of another library, such as CuPy: what instructions ask of the library is heard once, and asked
directly from then on.

A GPU computes a small array in less time than the host takes to ask for it by way of numpy's protocols and the engine's look at
each argument. So a run of instructions is carried out once on arrays of `Heard`, which note each call of the library. From
these calls a Python function is written, which is all that runs later; where the library can, elementwise calls that follow
one another are one (functions/fusing.py). Instructions that look at numbers run as they do without a program.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.core.external import External, released
from autodiff.core.libraries import Library
from autodiff.core.which_library import LIBRARIES
from autodiff.functions.fusing import written
from autodiff.functions.heard import LISTENING, Heard, Line, LookedAt
from autodiff.functions.kernels import Call, Cell
from autodiff.functions.program import Instruction, Raw


class Step:
    """An instruction with where its operands and results are, and how it runs if it is not known what it asks for."""

    def __init__(self, instruction: Instruction, outs: tuple[Raw, ...], operands: list[Raw], usual: Call) -> None:
        self.instruction, self.outs, self.operands, self.usual = instruction, outs, operands, usual

    def listen(self, heard: dict[int, External], lines: list[Line]) -> bool:
        """Carry it out on heard arrays. False if what it asks for can be something else next time."""
        operands: list[Any] = []
        for symbol, x in zip(self.instruction.inputs, self.operands):
            if symbol.kind != "constant" and type(x) is not Cell:
                return False  # an array of numpy's that is computed anew
            if type(x) is Cell and id(x) not in heard:
                heard[id(x)] = External(Heard(released(x.value), lines))
            constant = External(Heard(x.data, lines)) if type(x) is External else x
            operands.append(heard[id(x)] if type(x) is Cell else constant)
        count = len(lines)
        outputs: tuple[Any, ...] = ()
        try:
            y = self._forward(operands)
            outputs = y if isinstance(y, tuple) else (y,)
        except (LookedAt, TypeError, AttributeError, ValueError):
            pass
        if len(outputs) != len(self.outs) or not all(type(x) is External and type(x.data) is Heard for x in outputs):
            del lines[count:]  # what it asked for before that is asked by the usual call
            return False
        heard.update({id(out): x for out, x in zip(self.outs, outputs)})
        return True

    def _forward(self, operands: list[Any]) -> Raw:
        """Its result. Of a number of the day only a ufunc is sure to ask for the same next time."""
        op, params = self.instruction.op, self.instruction.params
        heard = [x.data for x in operands if type(x) is External]
        if all(type(x.array) in LIBRARIES for x in heard):
            return op.forward(*operands, **params)
        library = self.instruction.library
        own = None if library is None or params or not isinstance(op.forward, np.ufunc) else library.way(op.forward)
        if own is None:
            raise LookedAt
        return External(heard[0].note(own, tuple(map(released, operands))))


class Elsewhere:
    """The call of a run of instructions on arrays of another library."""

    def __init__(self, library: Library) -> None:
        LIBRARIES.setdefault(Heard, LISTENING)
        self.library = library
        self.steps: list[Step] = []
        self.kept: set[int] = set()  # by id: the Cells that other instructions read
        self.calls: list[Callable[[], Any]] = []  # once they are known

    def __call__(self) -> None:
        if not self.calls:
            self.calls = self._listen()
            return
        for call in self.calls:
            call()

    def _listen(self) -> list[Callable[[], Any]]:
        """Run the instructions, and write down what they ask of the library: those that can be asked again as one function."""
        calls: list[Callable[[], Any]] = []
        lines: list[Line] = []
        heard: dict[int, External] = {}
        begin = 0
        for k, step in enumerate(self.steps):
            step.usual[0](*step.usual[1])
            if not step.listen(heard, lines):
                calls += [*self._written(begin, k, heard, lines), functools.partial(step.usual[0], *step.usual[1])]
                lines, heard, begin = [], {}, k + 1
        return calls + self._written(begin, len(self.steps), heard, lines)

    def _written(self, begin: int, end: int, heard: dict[int, External], lines: list[Line]) -> list[Callable[[], Any]]:
        """The function of the steps from `begin` to `end`, if any. Their results that nobody else reads are let go."""
        steps = self.steps[begin:end]
        others = [x for step in (*self.steps[:begin], *self.steps[end:]) for x in step.operands]
        read = self.kept | set(map(id, others))
        made = {id(out): out for step in steps for out in step.outs}
        given = {id(x): x for step in steps for x in step.operands if type(x) is Cell and id(x) not in made}
        inputs = [(cell, heard[k].data) for k, cell in given.items()]
        outputs = [(cell, heard[k].data) for k, cell in made.items() if k in read]
        for k, cell in made.items():
            if k not in read:
                cell.value = None
        return [written(self.library, lines, inputs, outputs)] if steps else []
