"""debug: a recorder that looks at every value and every cotangent, and raises at the first that is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autodiff.core.box import Box, raw_of
from autodiff.core.escapes import has_entered
from autodiff.core.external import is_lazy
from autodiff.core.finite import is_finite as are_finite
from autodiff.core.interrupts import ERROR_STATE, QUIET, forget_blocks, held_at, quiet
from autodiff.core.listening import current
from autodiff.core.op import Inputs, Op, Params
from autodiff.core.span import Span
from autodiff.core.structural import IDENTITY
from autodiff.debugging.later import look_later
from autodiff.debugging.places import Places
from autodiff.failures.callsite import CallSite, call_site
from autodiff.failures.errors import attach, explained
from autodiff.failures.operands import Operand, floats, is_inexact, makes_infinity

HELD = 8  # boxes with infinities that no tape follows
in_rules: ContextVar[bool] = ContextVar("whether a rule runs: it may compute with infinities that it drops", default=False)


class NonFiniteError(FloatingPointError):
    """A value or a gradient that is not finite, found by `debug`. It is the error that numpy's `errstate` raises, so code that
    expects that one catches this one too."""

    __module__ = "autodiff"


class Debugger(Places):
    """See `debug`."""

    only_notes = False

    def __init__(self) -> None:
        super().__init__()
        self._walks: list[Span] = []  # the gradients that are flowing back now, the innermost last
        self._infinite: dict[int, Box] = {}  # results with infinities that were let through, by id; no tape follows them
        self._warnings = ERROR_STATE.get()  # numpy's, which are off while this listens: it says more

    def __enter__(self) -> Any:
        self._warnings = ERROR_STATE.get()
        try:
            super().__enter__()
            ERROR_STATE.set(QUIET)
            return self
        except KeyboardInterrupt:
            self.__exit__()
            raise

    def __exit__(self, *exc_info: object) -> None:
        ERROR_STATE.set(self._warnings)
        forget_blocks(ERROR_STATE)
        super().__exit__(*exc_info)

    # -- forward ---------------------------------------------------------------------------------------------------------

    def on_op(self, op: Op, inputs: Inputs, params: Params, output: Operand) -> None:
        site = self.note(output) or call_site()
        for box in output if isinstance(output, tuple) else (output,):
            index = standing(box)
            if op.internal or self._walks or in_rules.get():
                continue
            if is_lazy(raw_of(box)):
                self._look_later(op, inputs, params, box, site)
            elif not is_finite(box) and not self._lets_through(op, inputs, params, box):
                stop(index, op, inputs, params, box, site)

    def _lets_through(self, op: Op, inputs: Inputs, params: Params, box: Operand) -> bool:
        """Whether the output has infinities that the program wants: they came in as the constant of a mask, or in a result
        that was let through before."""
        carriers = [x for x in inputs if np.isinf(floats(x)).any()]
        if np.isnan(floats(box)).any() or (op.elementwise and makes_infinity(box, inputs)):
            return False
        if not (carriers or any(np.isinf(floats(x)).any() for x in params.values())):
            return False
        if op.name not in MASKS and not all(self._was_computed(x) for x in carriers):
            return False
        if isinstance(box, Box) and standing(box) < 0:
            self._infinite[id(box)] = box
            if len(self._infinite) > HELD:
                del self._infinite[next(iter(self._infinite))]
        return True

    def _look_later(self, op: Op, inputs: Inputs, params: Params, box: Operand, site: CallSite) -> None:
        """The same of a lazy output, when it is computed."""
        if any(raw_of(x) is raw_of(box) for x in inputs):  # the op has done nothing
            return
        free = tuple([op.name in MASKS or self._was_computed(x) for x in inputs])
        given = any(np.isinf(floats(x)).any() for x in params.values())
        look_later(box, op, site, inputs, free=free, given=given)

    def _was_computed(self, x: Operand) -> bool:
        """Whether an op computed this. It is false for the user's own leaves and constants."""
        graph, index = current(), standing(x)
        if graph is not None and index >= 0:
            return graph.node(index).op not in (None, IDENTITY)
        return id(x) in self._infinite

    # -- backward --------------------------------------------------------------------------------------------------------

    @contextmanager
    def walking(self, span: Span, targets: list[Operand]) -> Iterator[None]:
        """Look at the gradients of the targets while they flow back through the span. The rules themselves may compute with
        infinities, so their ops are not looked at."""
        opened, walks = not self.entered, [*self._walks]
        try:
            if opened:
                self.__enter__()
            self._walks.append(span)
            self._hear_ops(False)
            look_at_targets(span, targets)
            yield
        finally:
            try:
                self._walks[:] = walks
                self._hear_ops(not walks)
            finally:
                if opened:
                    self.__exit__()

    def _hear_ops(self, alone: bool) -> None:
        """Hear ops also where nobody else does. During a gradient that would make the rules run on boxes."""
        self._hears_ops = alone
        graph = current()
        if graph is not None:
            graph._changed()

    def on_edge(self, op: Op, k: int, source: Box, upstream: Operand, contribution: Operand) -> None:
        if not self._walks:
            return
        span = self._walks[-1]
        node = span.graph.node(span.at)
        if is_lazy(raw_of(contribution)):
            if raw_of(contribution) is not raw_of(upstream):
                beside = () if isinstance(upstream, tuple) else (upstream, *node.inputs)
                look_later(contribution, op, span.graph.call_sites.get(span.at), beside, k=k)
        elif not is_finite(contribution):
            flow = (k, source, upstream, contribution)
            inputs = tuple(span.graph.boxes_of(node))
            stop(span.at, op, inputs, node.params, node.out, span.graph.call_sites.get(span.at), flow)


MASKS = (  # ops through which a constant infinity of the user's is meant to go: a mask of -inf, the start of a maximum
    "where", "maximum", "minimum", "fmax", "fmin", "clip", "add", "subtract", "max", "min", "concatenate", "stack", "pad",
    "copy", "reshape", "broadcast_to", "transpose", "getitem", "expand_dims", "squeeze", "tile", "astype", "negative", "ravel",
)  # fmt: skip


@contextmanager
def running_rules(op: Op, inputs: Inputs, params: Params) -> Iterator[None]:
    """The rules of an op run in this block, for forward mode."""
    try:
        with held_at(in_rules, True), quiet():
            yield
    except Exception as error:
        raise explained(error, op, inputs, params, "in the derivative of ")  # noqa: B904 - it has its cause


def debug() -> Debugger:
    """Raise at the first number that is not finite: in the order of the program, and then in the order of its gradient.

    Inside `with ad.debug():` the output of every op is looked at, and every gradient that flows from an op to its inputs. The
    error stands at the user's line that called the op. It says the operands' shapes and ranges, and the usual cure.
    `Tape(debug=True)` does this for one tape.

    Returns
    -------
    Debugger
        A recorder, for a `with` block. It may be used again.

    Raises
    ------
    NonFiniteError
        In the block, a FloatingPointError: for a nan, and for an infinity that was computed from finite numbers. Infinities
        that are constants of the program, such as a mask of -inf, are let through until they make a nan or reach the target
        of a gradient.

    Notes
    -----
    Nothing is paid for it outside the block. Inside, an operation takes some microseconds more.

    Examples
    --------
    >>> import numpy as np
    >>> import autodiff as ad
    >>> p = ad.Variable([0.5, 0.0], name="p")
    >>> with ad.debug():
    ...     np.log(p)
    Traceback (most recent call last):
    autodiff.NonFiniteError: log: 1 of 2 results is not finite: -inf, the first at [1].
    ...
    """
    return Debugger()


def listener(debug: bool, lines: bool) -> Places | None:
    """What listens beside a tape that looks at its numbers or notes its lines."""
    return Debugger() if debug else Places() if lines else None


def debugger_for(span: Span) -> Debugger | None:
    """The next debugger that wants to look at the gradients which are about to flow back through the span."""
    graph = current()
    if in_rules.get():
        return None
    listening = [] if graph is None else [recorder for recorder in graph.recorders if isinstance(recorder, Debugger)]
    looking = [debugger for debugger in listening if any(walk is span for walk in debugger._walks)]
    own = None if span.watcher is None else span.watcher.debugger
    if isinstance(own, Debugger) and not own.entered and not looking:
        return Debugger()  # a new one: nobody else refers to it, so that none stays open if an interrupt comes as it is closed
    return next((debugger for debugger in listening if debugger.recording and debugger not in looking), None)


def look_at_targets(span: Span, targets: list[Operand]) -> None:
    """Raise if a target is not finite, at the op that made it so."""
    for target in targets:
        index = int(span.index_of(target))
        if is_lazy(raw_of(target)) and index >= 0 and (maker := span.graph.node(index).op) is not None:
            look_later(target, maker, span.graph.call_sites.get(index), (), target=True)
        if is_finite(target):
            continue
        kind = np.isnan if np.isnan(floats(target)).any() else np.isinf
        needed = span.ancestors([index] if index >= 0 else [])
        for place, node in span.nodes():
            if place - span.start >= len(needed):
                break
            if needed[place - span.start] and node.op is not None and kind(floats(span.graph.box(place))).any():
                inputs = tuple(span.graph.boxes_of(node))
                stop(place, node.op, inputs, node.params, span.graph.box(place), span.graph.call_sites.get(place))


def stop(index: int, op: Op, inputs: Inputs, params: Params, *more: Operand) -> None:
    """Raise the error of a Report(op, inputs, params, *more), where the output stands at an index."""
    from autodiff.debugging.report import Report  # only now: it takes milliseconds

    error = NonFiniteError(Report(op, inputs, params, *more).text())
    attach(error, op, inputs, params, index)
    raise error


def standing(x: Operand) -> int:
    """Where a box stands in the present graph, -1 for nowhere."""
    graph = current()
    return int(x._index) if isinstance(x, Box) and graph is not None and has_entered(graph, x) else -1


def is_finite(x: Operand) -> bool:
    data = raw_of(x)
    return not is_inexact(data) or is_lazy(data) or are_finite(data)
