"""Places: a recorder that notes where in the user's program each operation was called."""

from __future__ import annotations

from types import FrameType
from typing import Any

from autodiff.core.listening import current
from autodiff.core.op import Inputs, Op, Params
from autodiff.core.recorder import Recorder
from autodiff.failures.operands import Operand
from autodiff.failures.stack import Site, Stack


class Places(Recorder):
    """Notes in the graph the call site of each operation: the line, the functions that were running, the turns of their loops.
    With a `base` only what the functions did which that frame called."""

    only_notes = True

    def __init__(self, base: FrameType | None = None) -> None:
        self._stack = Stack(base)
        self._first = True  # else another one notes the same sites, in calls of its own

    def __enter__(self) -> Any:
        graph = current()
        self._first = graph is None or not any(isinstance(other, Places) and other.recording for other in graph.recorders)
        self._stack.begin()
        return super().__enter__()

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        self._stack.clear()

    def on_op(self, op: Op, inputs: Inputs, params: Params, output: Operand) -> None:
        self.note(output)

    def note(self, output: Operand) -> Site | None:
        """The call site of an operation, noted for each of its outputs that stands in the graph."""
        graph, site = current(), self._stack.site()
        if graph is not None and site is not None and self._first:
            for box in output if isinstance(output, tuple) else (output,):
                index = getattr(box, "_index", -1)
                if index >= 0 and box._epoch.graph is graph.ref:
                    graph.call_sites[index] = site
        return site
