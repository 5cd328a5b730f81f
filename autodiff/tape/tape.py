"""Tape: the context in which operations are recorded, and the questions that it answers afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autodiff.core.interrupts import ERROR_STATE, forget_blocks
from autodiff.core.kept import keep
from autodiff.core.native import mypyc_attr
from autodiff.core.span import Span
from autodiff.core.types import ArrayLike, Flag, Text, Tree
from autodiff.debugging.debugger import listener
from autodiff.failures.callsite import site_of, user_frame
from autodiff.tape import nested
from autodiff.tape.arguments import answers, boxes_in, check_batches, check_unconnected, seeds_for
from autodiff.tape.explain import Question, described, note_reads, remember, used_up, warn_of_a_recorded_gradient
from autodiff.tape.gradients import gradients
from autodiff.tape.jacobian import batch, rows
from autodiff.tape.recording import Recording
from autodiff.tape.trace_steps import Step, trace_steps


@mypyc_attr(allow_interpreted_subclasses=True)
class Tape(Recording):
    """Records what happens to the boxes that it watches, and differentiates it: `tf.GradientTape` under its own name.

    Parameters
    ----------
    persistent : bool
        Allow any number of gradients; otherwise one, after which the records are freed.
    watch_accessed_variables : bool
        Watch every Value and trainable Variable that is used inside; otherwise only what `watch` was asked to.
    escapes : {"raise", "warn", "allow"}
        What happens where Python or numpy reads the plain numbers of something that the tape follows, as `math.exp(x)`,
        `np.array([x, y])` and `a[i] = x` do: a TypeError, a warning, or nothing. The numbers are constants from there on, so
        gradients through them are lost. `x.numpy()`, `x.item()` and `stop_gradient(x)` say that this is meant.
    debug : bool
        Raise at the first number that is not finite, as `ad.debug` does, in the block and in the tape's gradients.
    lines : bool
        Note where each operation was called, in some 3 µs: pictures then have the names of variables, functions and loops.

    Examples
    --------
    >>> from autodiff import Tape, Value
    >>> w, x = Value(2.0), Value(5.0)
    >>> with Tape() as tape:
    ...     loss = (w * x - 1.0) ** 2
    >>> tape.gradient(loss, {"w": w, "x": x})
    {'w': Value(90.0), 'x': Value(36.0)}
    """

    def __init__(self, persistent: Flag = False, watch_accessed_variables: Flag = True, escapes: Text = "raise",
                 debug: Flag = False, lines: Flag = False) -> None:  # fmt: skip
        super().__init__(bool(persistent), bool(watch_accessed_variables), escapes, listener(bool(debug), bool(lines)))

    def __repr__(self) -> str:
        return described(self)

    def _find_events(self) -> None:
        if type(self) is not Tape:
            super()._find_events()

    def gradient(
        self, target: Tree, sources: Tree, output_gradients: Tree | None = None, unconnected_gradients: Text = "none"
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
        targets, boxes = self._boxes_in("target", target), boxes_in("source", sources)
        seeds = seeds_for(target, targets, output_gradients)
        found = self._walk(targets, boxes, unconnected_gradients, gradients, targets, seeds, boxes, not self.persistent)
        return nested.like(sources, answers(found, boxes, unconnected_gradients)) if targets else None

    def jacobian(self, target: ArrayLike, sources: Tree, unconnected_gradients: Text = "none") -> Any:
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
        (top,), boxes = self._boxes_in("target", target, single=True), boxes_in("source", sources)
        found = self._walk([top], boxes, unconnected_gradients, rows, top, boxes)
        return nested.like(sources, answers(found, boxes, unconnected_gradients, np.shape(top._raw())))

    def batch_jacobian(self, target: ArrayLike, source: ArrayLike, unconnected_gradients: Text = "none") -> Any:
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
        (top,), (box,) = self._boxes_in("target", target, single=True), boxes_in("source", source, single=True)
        check_batches(top.shape, box.shape)
        found = self._walk([top], [box], unconnected_gradients, batch, top, box)
        return answers(found, [box], unconnected_gradients, top.shape, shared=1)[0]

    def explain(self, target: Tree, sources: Tree) -> Any:
        """Why the gradient of a target with respect to a source is None or zero: where the way between them is cut, with the
        line of the program where that is known, and what to do about it. It can be asked before the gradient, and after one
        that was None.

        Parameters
        ----------
        target : box or nested boxes
        sources : box or nested boxes

        Returns
        -------
        Explanation or nested Explanations
            In the structure of `sources`. An Explanation prints as a text, and has `reason`, `place` and `nearest`.

        Examples
        --------
        >>> from autodiff import Tape, Value
        >>> w, b = Value(2.0, name="w"), Value(0.5, name="b")
        >>> with Tape() as tape:
        ...     loss = w.item() * b
        >>> tape.explain(loss, w).reason
        'escaped'
        """
        targets, boxes = boxes_in("target", target), boxes_in("source", sources)
        if self._asked is None and self._used is not None and self._anchor is None:
            return nested.like(sources, [used_up(self._used.place)] * len(boxes))
        question = self._asked or Question(self.span, targets, self._watched, self._reset)
        return nested.like(sources, [question.why(box, targets) for box in boxes])

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

    def _walk(self, targets: list[Any], sources: list[Any], word: Text, walk: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What `walk(span, *arguments)` finds for each source. A tape that is not persistent is empty then; what can explain
        a gradient that is None is kept. With word "raise" that is a ValueError."""
        before = ERROR_STATE.get()
        span, watched = self._take(), self._watched
        try:
            answer = walk(span, *arguments)
            if not self.persistent and self._anchor is not None:
                keep(self._anchor, targets)
        finally:
            ERROR_STATE.set(before)  # directly: where a function of Python begins, an interrupt may come
            forget_blocks(ERROR_STATE)
            if not self.persistent:
                self._used, self._anchor, self._watched = site_of(user_frame()), None, {}  # this frees the records
        found: list[Any] = answer if isinstance(answer, list) else [answer]
        for k in range(len(found)):
            if found[k] is None and word != "zero" and targets:
                self._asked = Question(span, targets, watched, self._reset)
                remember(self._asked)
                if word == "raise":
                    raise ValueError(f"The target does not depend on a source. {self._asked.why(sources[k])}")
                break
        return found

    def _take(self) -> Span:
        """The span, for a gradient. A tape that is not persistent ends its recording here."""
        graph = self.graph
        if self.entered and not self.persistent:
            self._leave()
        elif self.recording and not self._warned:
            self._warned = True
            warn_of_a_recorded_gradient()
        return Span(graph, self)

    def _boxes_in(self, role: str, structure: Any, single: bool = False) -> list[Any]:
        """As `boxes_in`; its error says where numbers were taken out of this tape's boxes."""
        try:
            return boxes_in(role, structure, single)
        except TypeError as error:
            note_reads(error, [] if self._anchor is None else self.graph.cuts)
            raise
