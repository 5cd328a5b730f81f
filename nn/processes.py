"""The processes that train one model together: what training asks of them, and the answers of one process alone.

`nn.distributed` has the answers of several. An optimizer says which processes train by it, in its attribute `processes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from contextvars import ContextVar
from typing import Any

from nn.typing import Logs


class Processes:
    """One process alone: each batch is its own, and nothing is exchanged."""

    rank = 0  # the number of this process
    acting = False  # whether a callback acts between the batches of any process

    part: Any = slice  # part(start, stop): those rows of a batch that are this process's

    def counted(self, rows: int) -> int:
        """How many of so many rows count: a row that only stands in for none does not."""
        return rows

    def batches(self, batches: Iterable[Any]) -> Iterable[Any]:
        """The batches. While the program is at one, losses and layers take it for a part of that of all processes."""
        return batches

    def summed(self, x: Any) -> Any:
        """x, a sum over the rows of a part, such that its mean over all processes, weighted by their rows, is the sum over all
        rows of the batch."""
        return x

    def total(self, x: Any) -> Any:
        """x, the sum over the rows of a part that a loss is divided by, such that the mean of the losses over all processes,
        weighted by their rows, is divided by the sum over all rows of the batch."""
        return x

    def averaged(self, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        """The pairs (gradient, variable) with the gradients averaged over the processes."""
        return pairs

    def begin_step(self) -> None:
        """A step begins, perhaps again: one that can't be traced is taken once more."""

    def listeners(self, callbacks: list[Any]) -> list[Any]:
        """The callbacks that this process calls."""
        return callbacks

    def training(self, model: Any, callbacks: Any) -> Any:
        """Around all epochs: the processes begin with the same numbers."""
        return nullcontext()

    def begin_epoch(self, model: Any) -> None:
        """Before the first batch of an epoch."""

    def end_epoch(self, model: Any) -> None:
        """After the last batch of an epoch."""

    def logs(self, loop: Any) -> Logs:
        """The logs of all batches of all processes."""
        logs: Logs = loop.logs()
        return logs

    def stops(self, model: Any, always: bool = True) -> bool:
        """Whether training stops. Not `always`: it is asked between batches."""
        return bool(model.stop_training)


ALONE = Processes()
sharing: ContextVar[Processes] = ContextVar("the processes that share the present batch", default=ALONE)
