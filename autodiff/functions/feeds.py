"""Feeds: a large input is not copied. The calls that read it, or views of it, are given the new array."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.functions.buffers import Buffers
from autodiff.functions.program import Instruction, Symbol

Places = tuple[int, list[tuple[int, int]]]  # the number of a call, and for each argument the number of the view
COPIED = 1 << 15  # bytes: a smaller array is copied in less time


class Feed:
    """The calls that read one input, and where it stands in their arguments."""

    def __init__(self, calls: list[Any], views: list[list[Instruction]], places: list[Places]) -> None:
        self.calls, self.views, self.places = calls, views, places

    @classmethod
    def of(cls, buffers: Buffers, symbol: Symbol) -> Feed | None:
        """The feed of an input; None if a call has it inside another argument, or a view of its own, so that it must be
        copied."""
        views: list[list[Instruction]] = [[]]
        arrays = {id(buffers.of[symbol]): 0}
        chains: dict[Symbol, list[Instruction]] = {symbol: []}
        for instruction in buffers.program.instructions:
            out = instruction.outputs[0] if instruction.outputs else symbol
            if out in buffers.base and buffers.base[out] in chains:
                chains[out] = [*chains[buffers.base[out]], instruction]
                arrays[id(buffers.of[out])] = len(views)
                views.append(chains[out])
        if any(s in chains for s in buffers.program.outputs) or any(s in chains for _, s in buffers.program.effects):
            return None
        places = []
        for k, (_, arguments) in enumerate(buffers.calls):
            if any(isinstance(x, tuple) and any(id(part) in arrays for part in x) for x in arguments):
                return None
            others = [x for x in arguments if isinstance(x, np.ndarray) and id(x) not in arrays]
            if any(np.may_share_memory(x, buffers.of[symbol]) for x in others):
                return None
            found = [(j, arrays[id(x)]) for j, x in enumerate(arguments) if id(x) in arrays]
            if found:
                places.append((k, found))
        return cls(buffers.calls, views, places)

    def __call__(self, array: Any) -> None:
        """Let the calls read this array."""
        found: list[Any] = []
        for chain in self.views:
            x = array
            for instruction in chain:
                x = instruction.op.forward(x, **instruction.params)
            found.append(x)
        for k, places in self.places:
            function, arguments = self.calls[k]
            changed = list(arguments)
            for j, number in places:
                changed[j] = found[number]
            self.calls[k] = function, tuple(changed)


