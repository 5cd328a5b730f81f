"""Which source line made each node, for a function that is run for its picture."""

from __future__ import annotations

from typing import Any

from autodiff.core.recorder import Recorder
from autodiff.drawing.graph import Graph
from autodiff.failures.callsite import Place, user_place


class Lines(Recorder):
    """Notes for each output of an op the line that called it: that of the innermost frame of the user's own code."""

    def __init__(self) -> None:
        self.places: dict[int, Place] = {}  # by the output's index in the graph

    def on_op(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any], output: Any) -> None:
        place = user_place()
        for box in output if isinstance(output, tuple) else (output,):
            self.places[getattr(box, "_index", -1)] = place

    def write_to(self, graph: Graph) -> None:
        """Give every computed node its line, as `file:number  source`."""
        for node in graph.nodes:
            if node.kind == "op" and node.index in self.places:
                node.line = self.places[node.index].without_folders()
