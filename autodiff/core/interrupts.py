"""State that is put back whatever happens, also when Ctrl-C arrives at an awkward moment."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any, Final, TypeVar

import numpy as np

T = TypeVar("T")

with np.errstate(all="ignore"):  # numpy keeps what this sets in a context variable
    ERROR_STATE: Final[ContextVar[Any]] = next(v for v in copy_context() if v.name == "numpy.ufunc.extobj")
    QUIET: Final = ERROR_STATE.get()


@contextmanager
def held_at(variable: ContextVar[T], value: T) -> Iterator[None]:
    """Inside this block the variable has this value, after it the one from before. It is set inside the `try`: between
    `token = variable.set(...)` and a `try` an interrupt would leave it set. An interrupt that comes as `contextlib` is about to
    leave the block closes this generator later; then it puts back only what no block around it has put back."""
    holder = HOLDERS.get(variable) or HOLDERS.setdefault(variable, ContextVar("who holds a variable", default=None))
    mine, late, before, outer = object(), False, variable.get(), holder.get()
    try:
        holder.set(mine)
        variable.set(value)
        yield
    except GeneratorExit:
        late = True
        raise
    finally:
        if not late or holder.get() is mine:
            variable.set(before)
            holder.set(outer)


def forget_blocks(variable: ContextVar[T]) -> None:
    """No block holds the variable any more; one that an interrupt left open then puts nothing back."""
    if variable in HOLDERS:
        HOLDERS[variable].set(None)


quiet: Final = functools.partial(held_at, ERROR_STATE, QUIET)  # np.errstate(all="ignore"), which an interrupt can't leave on
HOLDERS: Final[dict[ContextVar[Any], ContextVar[object]]] = {}


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
