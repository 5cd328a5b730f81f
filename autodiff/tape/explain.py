"""Questions whose answer was None: what can explain them is kept, as long as the tape that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from weakref import ReferenceType, ref

from autodiff.core.box import Box
from autodiff.core.span import Span
from autodiff.failures.callsite import Place
from autodiff.tape.reasons import Explanation, Reasons


class Question:
    """A gradient that was None: what was asked, and the records that can say why. It belongs to the tape that was asked."""

    def __init__(self, span: Span, targets: list[Any], watched: Mapping[int, Box], reset: Place | None) -> None:
        self.span, self.targets, self.watched, self.reset = span, targets, watched, reset
        span.watcher = None  # the tape holds this question, and must not be held by it

    def why(self, source: Box, targets: list[Box] | None = None) -> Explanation:
        return Reasons(self.span, targets or self.targets, source, self.watched, self.reset).explanation()


_latest: ContextVar[ReferenceType[Question] | None] = ContextVar("the last question whose answer was None", default=None)


def remember(question: Question) -> None:
    _latest.set(ref(question))


def why_none(source: Box) -> str:
    """Why the last gradient of a source was None, in words: the text of `tape.explain`. It is empty where nothing is known,
    because no gradient was None, or because the tape is gone.

    Parameters
    ----------
    source : Value, Tensor or Variable

    Returns
    -------
    str

    Examples
    --------
    >>> from autodiff import Tape, Value, why_none
    >>> w, b = Value(2.0, name="w"), Value(1.0, name="b")
    >>> with Tape() as tape:
    ...     loss = w * w
    >>> tape.gradient(loss, b)
    >>> print(why_none(b).splitlines()[-1])
    Try: Compute the target from b itself, inside the block.
    """
    latest = _latest.get()
    question = None if latest is None else latest()
    return "" if question is None else question.why(source).text
