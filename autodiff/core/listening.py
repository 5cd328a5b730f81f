"""Who listens in this thread or task: the graph that operations go to, and that of the recorders that are open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import get_ident
from typing import TYPE_CHECKING, Final

from autodiff.core.interrupts import held_at

if TYPE_CHECKING:
    from autodiff.core.graph import Graph

ACTIVE: Final[ContextVar[Graph | None]] = ContextVar("the graph that operations go to", default=None)
CURRENT: Final[ContextVar[Graph | None]] = ContextVar("the graph of the open recorders, also while they pause", default=None)
DEAF: Final[ContextVar[int]] = ContextVar("how many of the open recorders hear of no escape now, the first ones", default=0)
OWNER: Final[ContextVar[int]] = ContextVar("the thread that these belong to", default=0)
INHERITED: Final = bool(getattr(sys.flags, "thread_inherit_context", False))  # a free-threaded Python starts threads in a copy


def of_this_thread(variable: ContextVar[Graph | None]) -> Callable[[], Graph | None]:
    """How to ask for a variable, of which a new thread may have inherited another thread's value."""

    def get() -> Graph | None:
        return variable.get() if OWNER.get() == get_ident() else None

    return get if INHERITED else variable.get


active_at_last: Final[Callable[[], Graph | None]] = of_this_thread(ACTIVE)
current_at_last: Final[Callable[[], Graph | None]] = of_this_thread(CURRENT)
deaf: Final[Callable[[], int]] = DEAF.get


def hear(graph: Graph) -> None:
    """Operations of this thread go to the graph from now on."""
    CURRENT.set(graph)
    ACTIVE.set(graph)
    if INHERITED:
        OWNER.set(get_ident())


def outside_tapes() -> bool:
    """Whether no tape is open in this thread, also none that pauses."""
    graph = current()
    return graph is None or not graph.is_kept()


@contextmanager
def unheard() -> Iterator[None]:
    """What is computed inside this block goes to no graph."""
    with held_at(ACTIVE, None):
        yield


def active() -> Graph | None:
    """The graph that operations go to. (`apply` and `scalar_node` have this written out, which saves a tenth of their time.)"""
    graph = active_at_last()  # if all its recorders left, in another thread or while this task ran on, it counts as none
    return graph if graph is not None and graph.heard and graph.recorders else None


def current() -> Graph | None:
    """The graph of the open recorders, also while they pause."""
    graph = current_at_last()
    return graph if graph is not None and graph.recorders else None


def still_open() -> Graph | None:
    """As `current`, once the recorders are closed that nobody can close any more."""
    graph = current()
    if graph is not None:
        graph.drop_abandoned()
    return current()
