"""What is added to an exception that an op or a rule raised: the op, the operands, the user's line, and what to try."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.exceptions import AxisError

from autodiff.failures.callsite import call_site
from autodiff.failures.nesting import brief
from autodiff.failures.operands import Inputs, Operation, Params, operand_lines, raw
from autodiff.failures.remedies import remedy

Walked = Any  # a Span, whose class stands above this module


class Whole(TypeError):
    """An error whose message is whole: no other error is made of it."""


@dataclass(frozen=True, eq=False)
class Failure:
    """An op that failed: what it was given, where its output stands in the graph, -1 where there is none, and the error in a
    line."""

    op: Operation
    inputs: Inputs
    params: Params
    index: int
    message: str

    def __reduce__(self) -> Any:
        """A copy of the error in another process has None in its place: ops have no copies there."""
        return type(None), ()


def failure_of(error: BaseException) -> Failure | None:
    """The op that raised an exception; None if no op did."""
    return getattr(error, "failure", None)


def explained(error: Exception, op: Operation, inputs: Inputs, params: Params, part: str = "in ") -> Exception:
    """The error, in words, with a note that says which op raised it, in it or in another `part` of it, on what operands, and
    where the user called the op."""
    error = with_shapes(in_words(error, op), op, inputs)
    if failure_of(error) is None and not getattr(error, "explained", False):
        with suppress(Exception):  # an explanation that fails must not hide the error
            attach(error, op, inputs, params)
            add_note(error, f"This happened {part}{op.name}, which was called here:\n{call_site()}", op, inputs, params)
    return error


BARE: Final = (AttributeError, KeyError, IndexError, OverflowError, ZeroDivisionError, AssertionError, RecursionError)
BARE_WORDS: Final = ("is not callable", "not iterable", "not subscriptable", "has no len()", "must be real number")


def with_shapes(error: Exception, op: Operation, inputs: Inputs) -> Exception:
    """The error of a matrix product with the shapes in it, which numpy's has not; any other error itself."""
    if "mismatch in its core dimension" not in str(error) or len(inputs) != 2:
        return error
    a, b = (np.shape(raw(x)) for x in inputs)
    named = ValueError(f"{op.name}: the shapes {a} and {b} do not fit: the last axis of the first one has {a[-1]} numbers.")
    named.__cause__ = error
    return named


def in_words(error: Exception, op: Operation) -> Exception:
    """The error itself if it says what is wrong, or numpy's function says the same; or one that names the op. (An index that
    is out of bounds is an IndexError, which ends Python's loops.)"""
    ours = (getattr(op.function, "__module__", None) or "").startswith("autodiff.rules") and op.symbol not in ("[]", "[]=")
    return worded(error, op.name) if ours else error


def worded(error: Exception, name: str) -> Exception:
    """The error itself if it says what is wrong; or one that names the function."""
    known = isinstance(error, BARE) or (isinstance(error, TypeError) and any(word in str(error) for word in BARE_WORDS))
    if not known or isinstance(error, AxisError):
        return error
    kind = TypeError if isinstance(error, (TypeError, AttributeError)) else ValueError
    named = kind(f"{name} can't compute with these arguments: they are not of the kinds, shapes or sizes that it takes.")
    named.__cause__ = error
    return named


def part_explained(error: Exception, function: Operation, args: Inputs, kwargs: Params) -> Exception:
    """The error, with a note that says which function of several ops raised it. If one of its ops has said that of itself, then
    only that this op is a part of it."""
    with suppress(Exception):
        if failure_of(error) is not None or getattr(error, "explained", False):
            error.add_note(f"It is a part of {function.name}.")
        else:
            error.explained = True  # type: ignore[attr-defined]
            add_note(error, f"This happened in {function.name}, which was called here:\n{call_site()}", function, args, kwargs)
    return error


def explain_rule(error: BaseException, span: Walked) -> None:
    """Say in a note which op's rule of derivative raised the error, at the index where the walk through the span is, and
    where the user called that op."""
    known = failure_of(error)
    if span.at < 0 or (known is not None and known.index >= 0):  # the last: the debugger or an inner walk has said it
        return
    with suppress(Exception):
        node, site = span.graph.node(span.at), span.graph.call_sites.get(span.at)
        inputs = tuple(span.graph.boxes_of(node))
        attach(error, node.op, inputs, node.params, span.at)
        if site is None:
            where = "Try `with ad.debug():` around the whole program: then this message has the line that called the op."
        else:
            where = f"The op was called here:\n{site}"
        head = f"This happened in the derivative of {node.op.name}, when the gradient flowed back through it.\n{where}"
        add_note(error, head, node.op, inputs, node.params)


def attach(error: BaseException, op: Operation, inputs: Inputs, params: Params, index: int = -1) -> None:
    """Note in the error which op failed."""
    error.failure = Failure(op, inputs, params, index, in_a_line(error))  # type: ignore[attr-defined]


def in_a_line(error: BaseException) -> str:
    """An error's kind, and the first line of its message.

    >>> in_a_line(ValueError("no such axis"))
    'ValueError: no such axis'
    """
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def add_note(error: BaseException, head: str, op: Operation, inputs: Inputs, params: Params) -> None:
    lines = [head, *operand_lines([(f"operand {k}", x) for k, x in enumerate(inputs)])]
    lines += [f"  {name}: {brief(value)}" for name, value in params.items() if value is not None]
    cure = [] if getattr(error, "__notes__", None) else remedy(error, op, inputs, params)
    error.add_note("\n".join([*lines, *cure]))
