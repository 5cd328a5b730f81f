"""Parts of a computation that pictures put into frames: what was recorded while a block ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autodiff.core.listening import current_at_last

if TYPE_CHECKING:
    from autodiff.core.graph import Graph

__all__ = ["name_scope"]


class name_scope:
    """What is computed inside this block stands in a frame of its own in pictures. Layers of `nn` are such blocks.

    Outside of a tape the block does nothing.

    Parameters
    ----------
    of : str or object
        The name, or an object with a `name`, such as a layer. All blocks of one object are one frame.

    Examples
    --------
    >>> from autodiff import Tape, Value, name_scope
    >>> x = Value(2.0)
    >>> with Tape() as tape:
    ...     with name_scope("square"):
    ...         y = x * x + 1.0
    ...     z = y - 3.0
    """

    __slots__ = ("_graph", "_of", "_start")

    def __init__(self, of: object) -> None:
        self._of = of

    def __enter__(self) -> None:
        self._graph: Graph | None = current_at_last()
        if self._graph is not None:
            self._start = len(self._graph.nodes)

    def __exit__(self, *exc_info: object) -> None:
        graph = self._graph
        if graph is not None and len(graph.nodes) > self._start:  # else a listener that keeps nothing would grow
            graph.scopes.append((self._start, len(graph.nodes), self._of))
