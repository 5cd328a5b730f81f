"""Tape: the context in which operations are recorded, and the questions that it answers afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.boxes.variable import Variable
from autodiff.core.box import UNTRACKED, WATCHED, Box
from autodiff.core.graph import Anchor, Graph, current
from autodiff.core.native import mypyc_attr
from autodiff.core.recorder import Watcher
from autodiff.core.span import Span
from autodiff.core.types import ArrayLike, Tree
from autodiff.scalar.value import Value
from autodiff.tape import nested
from autodiff.tape.arguments import answers, boxes_in, check_batches, check_unconnected, outside, refuse_integers, seeds_for
from autodiff.tape.gradients import gradients
from autodiff.tape.jacobian import batch, rows
from autodiff.tape.trace_steps import Step, trace_steps


@mypyc_attr(allow_interpreted_subclasses=True)
class Tape(Watcher):
    """Records what happens to the boxes that it watches, and differentiates it: `tf.GradientTape` under its own name.

    Parameters
    ----------
    persistent : bool
        Allow any number of gradients; otherwise one, after which the records are freed.
    watch_accessed_variables : bool
        Watch every Value and trainable Variable that is used inside; otherwise only what `watch` was asked to.

    Examples
    --------
    >>> from autodiff import Tape, Value
    >>> w, x = Value(2.0), Value(5.0)
    >>> with Tape() as tape:
    ...     loss = (w * x - 1.0) ** 2
    >>> tape.gradient(loss, {"w": w, "x": x})
    {'w': Value(90.0), 'x': Value(36.0)}
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True) -> None:
        super().__init__(watch_accessed_variables)
        self.persistent = persistent
        self._anchor: Anchor | None = None
        self._warned = False  # that a gradient inside the block is itself recorded
        self._used: tuple[str, int] | None = None  # where the one gradient of a plain tape was taken

    # -- recording -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Any:
        if self.entered:
            raise ValueError("This tape is still recording: an active tape can't be entered again. Use a new Tape().")
        if self._used:
            self._forget()
        open_now = current()
        recorders = open_now.recorders if open_now is not None else []
        if open_now is not None and open_now.is_kept():
            if self._anchor is None:
                self._anchor = open_now.ref()
            elif self._anchor.graph is not open_now:
                raise RuntimeError(
                    "This tape holds records from before the tape that is open now; it can't go on inside it. "
                    "Enter it first, or use a new Tape()."
                )
        elif self._anchor is None:
            self._anchor = Anchor(Graph(recorders))
        assert self._anchor is not None
        graph: Graph = self._anchor.graph
        graph.recorders = recorders
        self.entered = True
        if type(self) is not Tape:
            self._find_events()
        graph.open(self)
        for box in list(self._watched.values()):
            graph.enter(box, [self], asked=True)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.entered:
            self._leave()

    def _leave(self) -> None:
        self.entered = False
        self.graph.close(self)

    def _forget(self) -> None:
        self._anchor, self._used = None, None
        self._sources, self._covered = {}, []

    def watch(self, tensor: Tree) -> None:
        """Follow a Tensor, Value or Variable (or any nesting of them) from here on, trainable or not.

        Raises
        ------
        ValueError
            For what is no box.
        TypeError
            For integers, which have no gradient.
        """
        for box in nested.leaves(tensor):
            if not isinstance(box, Box):
                raise ValueError(
                    f"Passed in object {box!r} of type {type(box).__name__!r}, not a Tensor, Variable or Value; "
                    "wrap it in constant(...) first and compute with the result."
                )
            refuse_integers(box, "watch")
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
        self.__enter__()

    def watched_variables(self) -> tuple[Any, ...]:
        """The Variables and leaf Values that this tape watches: Variables in order of creation, Values of first use."""
        mine = {id(box): box for box in self._sources.values()}.values()
        variables = sorted([box for box in mine if isinstance(box, Variable)], key=lambda v: v._created)
        return (*variables, *[box for box in mine if isinstance(box, Value) and box._is_leaf()])

    # -- asking ----------------------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """What this tape has recorded. RuntimeError, which says where it went, if that is gone."""
        if self._anchor is not None:
            graph: Graph = self._anchor.graph
            return graph
        if self._used:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians), and this "
                f"one was used at {self._used[0]}:{self._used[1]}. Make it with Tape(persistent=True) to take several."
            )
        raise RuntimeError("This tape has recorded nothing: it was never entered. Compute inside `with Tape() as tape:`.")

    @property
    def span(self) -> Span:
        """The part of the graph that this tape heard."""
        return Span(self.graph, self)

    def gradient(
        self, target: Tree, sources: Tree, output_gradients: Tree | None = None, unconnected_gradients: str = "none"
    ) -> Any:
        """d target / d source for every source.

        Parameters
        ----------
        target : box or nested boxes
            The gradient of a target that is no scalar, or of several, is that of the sum of all their elements.
        sources : box or nested boxes
            Lists, tuples and dicts of boxes. Any box recorded on the tape is a legal source, intermediate results too.
        output_gradients : array_like or nested, optional
            Weights of the elements of the target: one array for one target, a structure like the targets' for several. None
            entries count as ones.
        unconnected_gradients : {"none", "zero", "raise"}
            What a source gets that the target does not depend on: None, zeros, or a ValueError.

        Returns
        -------
        box or nested boxes
            In the structure of `sources`; each gradient has its source's shape and dtype.

        Raises
        ------
        RuntimeError, TypeError, ValueError
            For a second call on a tape that is not persistent; for what is no box; for shapes that do not fit.
        """
        check_unconnected(unconnected_gradients)
        targets, boxes = boxes_in("target", target), boxes_in("source", sources)
        seeds = seeds_for(target, targets, output_gradients)
        span = self._take()
        try:
            found = gradients(span, targets, seeds, boxes, not self.persistent)
        finally:
            if not self.persistent:
                self._release()
        if not targets:
            return None
        return nested.like(sources, answers(found, boxes, unconnected_gradients))

    def jacobian(self, target: ArrayLike, sources: Tree, unconnected_gradients: str = "none") -> Any:
        """All partial derivatives of every element of `target`.

        Parameters are those of `gradient`, for one target.

        Returns
        -------
        Tensor or nested Tensors
            For each source an array of shape target.shape + source.shape, in the structure of `sources`.

        Raises
        ------
        TypeError
            If `target` is not one box; otherwise as `gradient`.
        """
        check_unconnected(unconnected_gradients)
        (top,), boxes = boxes_in("target", target, single=True), boxes_in("source", sources)
        span = self._take()
        try:
            found = rows(span, top, boxes)
        finally:
            if not self.persistent:
                self._release()
        return nested.like(sources, answers(found, boxes, unconnected_gradients, np.shape(top._raw())))

    def batch_jacobian(self, target: ArrayLike, source: ArrayLike, unconnected_gradients: str = "none") -> Any:
        """For each row of `target` its jacobian with respect to the same row of `source`.

        It takes a cotangent for each element of a row, where `jacobian` takes one for each element of the target. It is right
        only where no row of the target depends on other rows of the source.

        Returns
        -------
        Tensor
            Of shape (b, y..., x...) for shapes (b, y...) and (b, x...).

        Raises
        ------
        ValueError
            For shapes without a common first dimension; otherwise as `jacobian`.
        """
        check_unconnected(unconnected_gradients)
        (top,), (box,) = boxes_in("target", target, single=True), boxes_in("source", source, single=True)
        check_batches(top.shape, box.shape)
        span = self._take()
        try:
            found = batch(span, top, box)
        finally:
            if not self.persistent:
                self._release()
        return answers([found], [box], unconnected_gradients, top.shape, shared=1)[0]

    def steps(self, target: Tree) -> Iterator[Step]:
        """Backprop to look at: every forward and backward step of `target` (one box or several), one at a time. It takes
        nothing from the tape, whose gradient is still to be had.

        Examples
        --------
        >>> from autodiff import Tape, Value
        >>> w = Value(3.0)
        >>> with Tape() as tape:
        ...     y = w * 2.0
        >>> for step in tape.steps(y):
        ...     print(step)
        forward   leaf = 3.0
        forward   multiply = 6.0
        backward  target: 1.0
        backward  multiply to input 0: 1.0 * 2.0 = 2.0, total 2.0
        """
        span = self.span
        return trace_steps(span, span.indices_of(boxes_in("target", target)))

    def _take(self) -> Span:
        """The span, for a gradient. A tape that is not persistent ends its recording here."""
        graph = self.graph
        if self.entered and not self.persistent:
            self._leave()
        elif self.recording and not self._warned:
            import logging  # only now: it takes milliseconds

            self._warned = True
            logging.getLogger("autodiff").warning(
                "gradient() inside the block of a persistent tape is itself recorded, which takes time and memory; that is "
                "right for a higher derivative, otherwise call it after the block."
            )
        return Span(graph, self)

    def _release(self) -> None:
        """Free the records of a tape that has given its one gradient, and remember where that was."""
        self._used = outside()
        self._anchor = None
        self._watched = {}
