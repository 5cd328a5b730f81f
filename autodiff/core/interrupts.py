"""State that is put back whatever happens, also when Ctrl-C arrives at an awkward moment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, Final, TypeVar

import numpy as np

T = TypeVar("T")


def _find_error_state() -> ContextVar[Any] | None:
    """Where numpy keeps what `np.errstate` sets; None if this numpy keeps it elsewhere."""
    with np.errstate(all="ignore"):
        return next((variable for variable in copy_context() if variable.name == "numpy.ufunc.extobj"), None)


ERROR_STATE: Final = _find_error_state()  # a look at it takes 30 ns, and np.geterr a microsecond


def error_state() -> object:
    """numpy's error state, for `put_back_error_state`."""
    return None if ERROR_STATE is None else ERROR_STATE.get()


def put_back_error_state(before: object) -> None:
    """Undo what `np.errstate` did, where an interrupt kept it from doing that itself."""
    if ERROR_STATE is not None and ERROR_STATE.get() is not before:
        ERROR_STATE.set(before)


@contextmanager
def held_at(variable: ContextVar[T], value: T) -> Iterator[None]:
    """Inside this block the variable has this value, after it the one from before. It is set inside the `try`: between
    `token = variable.set(...)` and a `try` an interrupt would leave it set."""
    before = variable.get()
    try:
        variable.set(value)
        yield
    finally:
        variable.set(before)


def abandoned(recorders: list[T], others: list[list[Any]]) -> list[T]:
    """Those of the open recorders that nobody can close any more. Nothing but these lists refers to them; or a traceback that
    Python keeps, as the interactive one does, shows that they were interrupted as their `__exit__` began. A `with` that is
    under way refers to its recorder."""
    counts = _references([recorders, *others])
    return [x for x, count in zip(recorders, counts) if count <= ALONE or _exit_was_interrupted(x)]


def _references(lists: list[list[Any]]) -> list[int]:
    """How many references there are to each item of the first list, besides those of the lists."""
    return [sys.getrefcount(x) - sum([sum([y is x for y in held]) for held in lists]) for x in lists[0]]


ALONE: Final = _references([[object()]])[0]  # those that `_references` makes itself


def _exit_was_interrupted(x: Any) -> bool:
    for traceback in (sys.exc_info()[2], getattr(sys, "last_traceback", None)):
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_name == "__exit__" and frame.f_locals.get("self") is x:
                return True
            traceback = traceback.tb_next
    return False
