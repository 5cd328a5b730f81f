"""The first half of a Tape: it listens, watches, pauses, and says where its records are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autodiff.boxes.variable import Variable
from autodiff.core.box import UNTRACKED, WATCHED, Box
from autodiff.core.dtypes import carries_gradient
from autodiff.core.escapes import has_entered, note_pause
from autodiff.core.graph import Anchor, Graph
from autodiff.core.kept import forget
from autodiff.core.listening import still_open
from autodiff.core.native import mypyc_attr
from autodiff.core.recorder import Watcher
from autodiff.core.span import Span
from autodiff.core.types import Text, Tree
from autodiff.failures.callsite import CallSite, Place, user_place
from autodiff.failures.errors import Failure, failure_of
from autodiff.failures.nesting import brief
from autodiff.scalar.value import Value
from autodiff.tape import nested
from autodiff.tape.arguments import refuse_integers
from autodiff.tape.escapes import MODES, heard
from autodiff.tape.explain import OLDER, Question, not_a_box, refuse_copy, without_records


@mypyc_attr(allow_interpreted_subclasses=True)
class Recording(Watcher):
    """What a tape does while its block runs. `Tape` adds the questions that it answers afterwards."""

    def __init__(self, persistent: bool, watch_accessed_variables: bool, escapes: Text, debugger: Any) -> None:
        if escapes not in MODES:
            raise ValueError(f"escapes is one of {', '.join(map(repr, MODES))}, but got {brief(escapes)}.")
        super().__init__(watch_accessed_variables, debugger)
        self.persistent = persistent
        self.escapes = str(escapes)
        self._anchor: Anchor | None = None
        self._warned = False  # that a gradient inside the block is itself recorded
        self._used: CallSite | None = None  # where the one gradient of a plain tape was taken
        self._reset: Place | None = None  # where `reset` was called last
        self._failure: Failure | None = None  # the op whose exception ended the block
        self._asked: Question | None = None  # the last gradient that was None for some source

    # -- recording -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Any:
        if self.entered:
            raise ValueError("This tape is still recording: an active tape can't be entered again. Use a new Tape().")
        if self._used:
            self._forget()
        open_now = still_open()
        recorders = open_now.recorders if open_now is not None else []
        kept = open_now is not None and open_now.is_kept()
        if self._anchor is None:
            forget()
            self._anchor = open_now.ref() if kept and open_now is not None else Anchor(Graph(recorders))
        graph = self.graph
        if (kept and graph is not open_now) or (graph.recorders and graph.recorders is not recorders):
            raise RuntimeError(OLDER)
        graph.recorders = recorders
        self.entered = True
        self._find_events()
        graph.open(self)
        if self.debugger is not None:
            self.debugger.__enter__()
        for box in list(self._watched.values()):
            graph.enter(box, [self], asked=True)
        return self

    def __exit__(self, *exc_info: Any) -> None:
        self._failure = None if not exc_info or exc_info[1] is None else failure_of(exc_info[1])
        if self.entered:
            self._leave()

    def _leave(self) -> None:
        self.entered = False
        if self.debugger is not None:
            self.debugger.__exit__()
        self.graph.close(self)

    def __reduce__(self) -> Any:
        refuse_copy(self)

    def _forget(self) -> None:
        self._anchor, self._used, self._asked = None, None, None
        self._sources, self._covered, self._active = {}, [], []

    def watch(self, tensor: Tree) -> None:
        """Follow a Tensor, Value or Variable (or any nesting of them) from here on, trainable or not.

        Raises
        ------
        ValueError
            For what is no box.
        TypeError
            For integers, which have no gradient.
        """
        boxes = nested.leaves(tensor)
        for box in boxes:
            if not isinstance(box, Box):
                raise not_a_box(box)
            refuse_integers(box, "watch")
        for box in boxes:
            self._watched[id(box)] = box
            if self.recording:
                self.graph.enter(box, [self], asked=True)
            elif box._epoch is UNTRACKED:
                box._epoch = WATCHED

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What happens inside this block is not recorded by this tape."""
        if not self.entered or not self.recording:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        graph = self.graph
        note_pause(graph)
        graph.pause(self)
        try:
            yield
        finally:
            if self.entered and not self.recording and self.graph is graph:
                graph.open(self)

    def reset(self) -> None:
        """Forget everything recorded and watched so far; recording goes on."""
        if not self.entered:
            raise ValueError("Tape is not recording: reset() is for inside its `with` block; otherwise use a new Tape().")
        self._leave()
        self._forget()
        self._watched = {}
        self._reset = user_place()
        self.__enter__()

    def watched_variables(self) -> tuple[Any, ...]:
        """The Variables and leaf Values that this tape watches: Variables in order of creation, Values of first use."""
        mine = {id(box): box for box in self._sources.values()}.values()
        variables = sorted([box for box in mine if isinstance(box, Variable)], key=lambda v: v._created)
        return (*variables, *[box for box in mine if isinstance(box, Value) and box._is_leaf()])

    def _hear_escape(self, box: Box, how: str) -> None:
        if how != "bool" and self._follows(box):
            heard(self.graph, box, how, self.escapes)

    def _follows(self, box: Box) -> bool:
        """Whether this tape watches the box, or what it was computed from."""
        if not carries_gradient(box._raw()):
            return False
        if (box.trainable and self.watch_accessed_variables) or id(box) in self._watched:
            return True
        graph = self.graph
        return has_entered(graph, box) and (not graph.nested or self.span.active(box._index))

    # -- what was recorded -----------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """What this tape has recorded. RuntimeError, which says where it went, if that is gone."""
        if self._anchor is not None:
            return self._anchor.graph
        raise without_records(self._used)

    @property
    def span(self) -> Span:
        """The part of the graph that this tape heard."""
        return Span(self.graph, self)
