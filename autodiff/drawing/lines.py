"""Which source line made each node, for a function that is run for its picture."""

from __future__ import annotations

import linecache
import sys
from typing import Any

from autodiff.core.recorder import Recorder
from autodiff.drawing.graph import Graph

NOT_THE_USERS = ("autodiff", "nn", "numpy")


class Lines(Recorder):
    """Notes for each output of an op the line that called it: that of the innermost frame of the user's own code."""

    def __init__(self) -> None:
        self.lines: dict[int, tuple[str, int]] = {}  # by the output's index in the graph

    def on_op(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any], output: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in NOT_THE_USERS:
            frame = frame.f_back
        for box in output if isinstance(output, tuple) else (output,):
            self.lines[getattr(box, "_index", -1)] = (frame.f_code.co_filename, frame.f_lineno)

    def write_to(self, graph: Graph) -> None:
        """Give every computed node its line, as `file:number  source`."""
        for node in graph.nodes:
            if node.kind == "op" and node.index in self.lines:
                file, line = self.lines[node.index]
                source = linecache.getline(file, line).strip()
                node.line = f"{file}:{line}" + (f"  {source}" if source else "")
