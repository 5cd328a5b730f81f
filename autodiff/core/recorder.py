"""Who listens to a computation: the events that there are, and the tapes' own part of listening."""

from __future__ import annotations

from typing import Any

from autodiff.core.box import Box
from autodiff.core.listening import current, still_open
from autodiff.core.native import Referable, mypyc_attr


@mypyc_attr(allow_interpreted_subclasses=True)
class Recorder(Referable):
    """Hears what happens inside its `with` block. Make a subclass and override the events that you want to hear.

    Nothing is paid for an event that nobody hears. What a recorder computes itself is heard only by recorders that were
    opened before it.

    Examples
    --------
    >>> import autodiff as ad
    >>> class Printer(ad.Recorder):
    ...     def on_op(self, op, inputs, params, output):
    ...         print(op.name, "=", float(output))
    >>> x = ad.Value(2.0)
    >>> with Printer():
    ...     y = (x * 3.0) ** 2
    multiply = 6.0
    power = 36.0
    """

    entered = False  # from its `with` to the end of it
    recording = False  # entered, and not paused
    _observes = False  # whether it wants to be told of ops or leaves
    _hears_ops = False  # whether ops must go to the graph for it: it observes them, or it keeps the nodes
    record_all = False  # also what is not tracked, and integers
    _together: Any = ()  # all that are open where this was opened

    def __enter__(self) -> Any:
        from autodiff.core.graph import Graph  # graph.py imports this module

        if self.entered:
            raise ValueError("This recorder is listening already: it can't be entered again.")
        self.entered = True
        self._find_events()
        (still_open() or Graph([])).open(self)
        return self

    def _find_events(self) -> None:
        """Note which events a subclass overrides."""
        self._hears_ops = self._hears_ops or type(self).on_op is not Recorder.on_op
        self._observes = type(self).on_op is not Recorder.on_op or type(self).on_leaf is not Recorder.on_leaf

    def __exit__(self, *exc_info: object) -> None:
        graph = current()
        self.entered = False
        if graph is not None and self in graph.recorders:
            graph.close(self)
        elif self in self._together:  # it was opened in another thread or task
            self.recording = False
            self._together.remove(self)

    def on_op(self, op: Any, inputs: tuple[Any, ...], params: dict[str, Any], output: Any) -> None:
        """`output = op(*inputs, **params)` happened. `inputs` are boxes and constants; an op of several outputs has a tuple
        of boxes as its `output`."""

    def on_leaf(self, leaf: Box, snapshot: Box) -> None:
        """A tape reads a leaf: `snapshot` is a box of what it holds now, and stands for it in the ops that follow."""

    def on_edge(self, op: Any, k: int, source: Box, upstream: Any, contribution: Any) -> None:
        """A gradient flows: from `upstream`, which arrived at the output of `op`, its input number k, the box `source`,
        receives the `contribution`. Both are raw data, or boxes where somebody listens to the derivative. Inside a
        jacobian or `vmap` they are batches, whose `data` has the batch as its first axis."""

    def on_escape(self, box: Box, how: str) -> None:
        """The number or array of a box leaves the engine: through `float(box)`, `np.asarray(box)`, `box.numpy()`, ... What
        the callbacks of recorders read is no escape."""

    def on_assign(self, variable: Box, value: Any) -> None:
        """A Variable or Value holds a new `value`, a raw array or float, from now on; a MutableTensor the Tensor `value`."""

    def on_random(self, draw: Any, result: Any) -> None:
        """`result = draw()` was drawn by `random_draw`; `draw.func` is the method of the numpy Generator."""

    def _follows(self, box: Box) -> bool:
        """Whether it gives derivatives of the box, or with respect to it."""
        return False


@mypyc_attr(allow_interpreted_subclasses=True)
class Watcher(Recorder):
    """A recorder that follows boxes. The graph keeps the ops on them for it."""

    _hears_ops = True

    def _hear_escape(self, box: Box, how: str) -> None:
        """The numbers of a box are read, in the same way as for the event; this may raise."""

    def __init__(self, watch_accessed_variables: bool, debugger: Any = None) -> None:
        self.watch_accessed_variables = watch_accessed_variables
        self.debugger = debugger  # listens while this does, and while its gradients are computed
        self._watched: dict[int, Box] = {}  # what it was asked to watch, by id; holding the box keeps the id valid
        self._sources: dict[int, Box] = {}  # what it watches, by the indices where it stands
        self._covered: list[list[int]] = []  # [start, end) of what it heard, in indices; the last may be open: end -1
        self._active: list[bool] = []  # for each index that it covers, whether a gradient may flow there; see Span
