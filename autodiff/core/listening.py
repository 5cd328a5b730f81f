"""Who listens in this thread or task: the graph that operations go to, and that of the recorders that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from autodiff.core.interrupts import held_at

if TYPE_CHECKING:
    from autodiff.core.graph import Graph

ACTIVE: Final[ContextVar[Graph | None]] = ContextVar("the graph that operations go to", default=None)
CURRENT: Final[ContextVar[Graph | None]] = ContextVar("the graph of the open recorders, also while they pause", default=None)
DEAF: Final[ContextVar[int]] = ContextVar("how many of the open recorders hear of no escape now, the first ones", default=0)
active_at_last: Final[Callable[[], Graph | None]] = ACTIVE.get
deaf: Final[Callable[[], int]] = DEAF.get


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
    graph = CURRENT.get()
    return graph if graph is not None and graph.recorders else None


def still_open() -> Graph | None:
    """As `current`, once the recorders are closed that nobody can close any more."""
    graph = current()
    if graph is not None:
        graph.drop_abandoned()
    return current()
