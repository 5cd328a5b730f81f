"""Questions whose answer was None: what can explain them is kept, as long as the tape that was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, NoReturn
from weakref import ReferenceType, ref

from autodiff.core.box import Box
from autodiff.core.escapes import Cut
from autodiff.core.span import Span
from autodiff.failures.callsite import CallSite, Place
from autodiff.failures.nesting import brief
from autodiff.tape.reasons import CURES, READS, Explanation, Reasons


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


# -- what a tape can't answer ------------------------------------------------------------------------------------------------


OLDER = (
    "This tape holds records from before the tape that is open now; it can't go on inside it. Enter it first, or use a new "
    "Tape()."
)


def not_a_box(x: object) -> ValueError:
    """The error of a tape that is asked to watch something else."""
    return ValueError(
        f"Passed in object {brief(x)} of type {type(x).__name__!r}, not a Tensor, Variable or Value; wrap it in constant(...) "
        "first and compute with the result."
    )


def warn_of_a_recorded_gradient() -> None:
    """Say in the log that a persistent tape records its own gradients inside its block."""
    import logging  # only now: it takes milliseconds

    logging.getLogger("autodiff").warning(
        "gradient() inside the block of a persistent tape is itself recorded, which takes time and memory; that is right for a "
        "higher derivative, otherwise call it after the block."
    )


def note_reads(error: TypeError, cuts: list[Cut]) -> None:
    """Let the error of what is no box say where plain numbers were taken out of a tape's boxes, if they were."""
    reads = [cut for cut in cuts if cut.how in READS]
    if reads:
        place = reads[-1].site.place
        error.add_note(
            f"Plain numbers were taken out of what this tape follows at {place}:\n    {place.source}\n"
            "Try: Compute with the tensors themselves."
        )


def without_records(used: CallSite | None) -> RuntimeError:
    """The error of a tape that has no records: `used` is where it gave its one gradient, None if it was never entered."""
    if used:
        return RuntimeError(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians), and this "
            f"one was used at {used.place}. Make it with Tape(persistent=True) to take several."
        )
    return RuntimeError("This tape has recorded nothing: it was never entered. Compute inside `with Tape() as tape:`.")


def refuse_copy(recorder: object) -> NoReturn:
    """Raise the error of a tape that is to be pickled or copied."""
    raise TypeError(
        f"A {type(recorder).__name__} can't be pickled or copied: its records belong to the graph of its thread. Pickle what "
        "you computed, the gradients too, and make a new tape where you need one."
    )


def used_up(place: Place) -> Explanation:
    """What a tape can say whose records are freed."""
    text = f"This tape gave its gradient at {place}, and its records are freed.\nTry: {CURES['used']}"
    return Explanation("used", text, place)


def described(tape: Any) -> str:
    """The repr of a tape: `<Tape, open, watching 2 Variables, 3 ops>`."""
    parts = [type(tape).__name__, "persistent"] if tape.persistent else [type(tape).__name__]
    if tape._anchor is None:
        return f"<{', '.join([*parts, 'new' if tape._used is None else f'used at {tape._used.place}'])}>"
    stop = len(tape._anchor.graph.nodes)
    nodes = sum((stop if end < 0 else end) - begin for begin, end in tape._covered)
    leaves = {id(box): type(box).__name__ for box in [*tape._watched.values(), *tape._sources.values()]}
    kinds = Counter(leaves.values())
    watched = [f"{count} {kind}{'s' * (count > 1)}" for kind, count in kinds.items()]
    state = "open" if tape.recording else "paused" if tape.entered else "closed"
    ops = nodes - len(tape._sources)
    told = f"watching {' and '.join(watched) or 'nothing'}, {ops:,} op{'s' * (ops != 1)}"
    return f"<{', '.join([*parts, state, told])}>"
