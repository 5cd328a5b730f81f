"""Where constants come from that come back where the way of a gradient is cut: `stop_gradient(y)`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autodiff.drawing.graph import Node
from autodiff.drawing.labels import headings


def tell_stopped(nodes: Sequence[Node]) -> None:
    """Note of each constant that is the same object as what `stop_gradient` was given that it comes from that call. Of numbers
    only a computed one is told: one that the program wrote may be the same object in several places."""
    sources = [node.inputs[0].source for node in nodes if node.kind == "cut" and node.name == "stop_gradient"]
    taken = {id(source.value): source for source in sources if source.op is not None or np.ndim(source.value)}
    for node in nodes if taken else ():
        if node.kind == "constant" and (source := taken.get(id(node.value))) is not None:
            node.origin = f"stop_gradient({headings(source, printed=False)[0]})"
