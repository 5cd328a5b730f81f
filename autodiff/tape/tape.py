"""Tape: the context in which operations are recorded, and the questions that it answers afterwards."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.boxes.value import Value
from autodiff.boxes.variable import Variable
from autodiff.core.box import ASKED, NOWHERE, Box
from autodiff.core.log import Listener, Log, current
from autodiff.core.native import mypyc_attr
from autodiff.tape import tree
from autodiff.tape.arguments import answers, boxes_in, check_batches, check_unconnected, refuse_integers, seeds_for
from autodiff.tape.gradients import gradients
from autodiff.tape.jacobian import batch, rows
from autodiff.tape.steps import Step, stand, steps


def outside() -> tuple[str, int]:
    """The file and line that called the engine."""
    frame: Any = sys._getframe(0)  # compiled, this function has no frame of its own
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("autodiff."):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


@mypyc_attr(allow_interpreted_subclasses=True)
class Tape(Listener):
    """Records what happens to the boxes it watches, and differentiates it: `tf.GradientTape` under its own name.

    persistent: allow any number of gradients; otherwise one, after which the records are freed.
    watch_accessed_variables: watch every Value and trainable Variable that is used inside; otherwise only what `watch`
    was asked to.

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
        self._log: Log | None = None
        self._warned = False  # that a gradient inside the block is itself recorded
        self._used: tuple[str, int] | None = None  # where the one gradient of a plain tape was taken
        self._seen: tuple[dict[int, Any], set[int]] = {}, set()  # leaves and roots of a recording that is gone

    # -- recording ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> Tape:
        if self.entered:
            raise ValueError("This tape is still recording: an active tape can't be entered again. Use a new Tape().")
        if self._used:
            self._forget()
        shared = current()
        if self._log is None:
            self._log = shared or Log()
        elif shared is not None and shared is not self._log:
            raise RuntimeError(
                "This tape holds records from before the tape that is open now; it can't go on inside it. "
                "Enter it first, or use a new Tape()."
            )
        self.entered = True
        self._log.open(self)
        for box in list(self.asked.values()):
            self._log.enter(box, [self])
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.entered:
            self._leave()

    def _leave(self) -> None:
        assert self._log is not None
        self.entered = False
        self._log.close(self)

    def _forget(self) -> None:
        self._log, self._used, self._seen = None, None, ({}, set())
        self.asked, self.roots, self.stretches = {}, set(), []

    def watch(self, tensor: Any) -> None:
        """Follow a Tensor, Value or Variable (or any nesting of them) from here on, trainable or not.

        Raises ValueError for what is no box, TypeError for integers, which have no gradient.
        """
        for box in tree.leaves(tensor):
            if not isinstance(box, Box):
                raise ValueError(
                    f"Passed in object {box!r} of type {type(box).__name__!r}, not a Tensor, Variable or Value; "
                    "wrap it in constant(...) first and compute with the result."
                )
            refuse_integers(box, "watch")
            self.asked[id(box)] = box
            if self.recording and self._log is not None:
                self._log.enter(box, [self])
            elif box.token is NOWHERE:
                box.token = ASKED

    @contextmanager
    def stop_recording(self) -> Iterator[None]:
        """What happens inside this block is not recorded by this tape."""
        if not self.entered or not self.recording or self._log is None:
            raise RuntimeError("Trying to stop recording a tape which is not recording.")
        log = self._log
        log.pause(self)
        try:
            yield
        finally:
            if self.entered and self._log is log:
                log.open(self)

    def reset(self) -> None:
        """Forget everything recorded and watched so far; recording goes on."""
        if not self.entered:
            raise ValueError("Tape is not recording: reset() is for inside its `with` block; otherwise use a new Tape().")
        self._leave()
        self._forget()
        self.__enter__()

    def watched_variables(self) -> tuple[Any, ...]:
        """The Variables and leaf Values that this tape watches: Variables in order of creation, Values of first use."""
        leaves, roots = (self._log.leaves, self.roots) if self._log is not None else self._seen
        mine = [box for box, places in leaves.values() if any(p in roots for p in places)]
        variables = sorted((box for box in mine if isinstance(box, Variable)), key=lambda v: v.created)
        return (*variables, *(box for box in mine if isinstance(box, Value) and box.op is None))

    # -- asking ------------------------------------------------------------------------------------------------------

    def gradient(
        self, target: Any, sources: Any, output_gradients: Any = None, unconnected_gradients: str = "none"
    ) -> Any:
        """d target / d source for every source, in the structure of `sources` (lists, tuples, dicts, nested).

        The gradient of a non-scalar target, or of several targets, is that of the sum of all their elements. Each gradient
        has its source's shape and dtype. `output_gradients` weights the elements of the target (one array for one target,
        a structure like the targets' for several; None entries count as ones). `unconnected_gradients` says what a source
        gets that the target does not depend on: "none" (None), "zero" (zeros), or "raise" (ValueError).

        Any box recorded on the tape is a legal source, intermediate results too. Raises RuntimeError for a second call
        on a tape that is not persistent, TypeError for what is no box, ValueError for shapes that do not fit.
        """
        check_unconnected(unconnected_gradients)
        targets, boxes = boxes_in("target", target), boxes_in("source", sources)
        seeds = seeds_for(target, targets, output_gradients)
        log = self._take()
        try:
            found = gradients(log, self, targets, seeds, boxes, consume=not self.persistent)
        finally:
            if not self.persistent:
                self._release(log)
        if not targets:
            return None
        return tree.like(sources, answers(found, boxes, unconnected_gradients))

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: str = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """All partial derivatives of every element of `target`: for each source an array of shape target.shape +
        source.shape, in the structure of `sources`. The last two arguments are TensorFlow's and make no difference here.

        Raises TypeError if `target` is not one box; else as `gradient`.
        """
        check_unconnected(unconnected_gradients)
        (top,), boxes = boxes_in("target", target, single=True), boxes_in("source", sources)
        log = self._take()
        try:
            found = rows(log, self, top, boxes)
        finally:
            if not self.persistent:
                self._release(log)
        return tree.like(sources, answers(found, boxes, unconnected_gradients, np.shape(top.raw())))

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: str = "none",
        parallel_iterations: Any = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """For each row of `target` its jacobian with respect to the same row of `source`: shape (b, y..., x...) for shapes
        (b, y...) and (b, x...). It takes a sweep for each element of a row, where `jacobian` takes one for each element,
        and is right only where no row of the target depends on other rows of the source.

        Raises ValueError for shapes without a common first dimension; else as `jacobian`.
        """
        check_unconnected(unconnected_gradients)
        (top,), (box,) = boxes_in("target", target, single=True), boxes_in("source", source, single=True)
        check_batches(top.shape, box.shape)
        log = self._take()
        try:
            found = batch(log, self, top, box)
        finally:
            if not self.persistent:
                self._release(log)
        return answers([found], [box], unconnected_gradients, top.shape, shared=1)[0]

    def steps(self, target: Any) -> Iterator[Step]:
        """Backprop to look at: every forward and backward step of `target` (one box or several), one at a time. It takes
        nothing from the tape, whose gradient is still to be had.

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
        log, low = recording(self), self.stretches[0][0]
        reach = self.reach(log, len(log.nodes) - 1)
        return steps(log, low, stand(log, low, reach, boxes_in("target", target)), reach)

    def _take(self) -> Log:
        """The log, for a gradient; a tape that is not persistent ends its recording here."""
        log = recording(self)
        if self.entered and not self.persistent:
            self._leave()
        elif self.recording and not self._warned:
            self._warned = True
            logging.getLogger("autodiff").warning(
                "gradient() inside the block of a persistent tape is itself recorded, which takes time and memory; that is "
                "right for a higher derivative, otherwise call it after the block."
            )
        return log

    def _release(self, log: Log) -> None:
        """Free the records of a tape that has given its one gradient, and remember where that was."""
        self._seen = log.leaves, self.roots
        self._used = outside()
        self._log = None
        self.asked, self.roots = {}, set()


def recording(tape: Tape) -> Log:
    """What a tape has recorded; RuntimeError, saying where it went, if that is gone."""
    if tape._used:
        raise RuntimeError(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians), and this "
            f"one was used at {tape._used[0]}:{tape._used[1]}. Make it with Tape(persistent=True) to take several."
        )
    if tape._log is None:
        raise RuntimeError("This tape has recorded nothing: it was never entered. Compute inside `with Tape() as tape:`.")
    return tape._log
