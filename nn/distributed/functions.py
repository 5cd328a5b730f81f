"""Numbers and variables of all processes, for programs with loops of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import autodiff as ad
from autodiff import nest
from nn import optimizers
from nn.arguments import at_least_0, count, items
from nn.arrays import computed, is_lazy, near
from nn.distributed.exchange import reduce, spec_of
from nn.distributed.training import Several
from nn.distributed.world import world
from nn.layers.assignment import assign_all
from nn.lookup import one_of
from nn.optimizers import Optimizer


def rank() -> int:
    """The number of this process, from 0 on; 0 if there is one."""
    return world().rank


def size() -> int:
    """How many processes there are."""
    return world().size


def local_rank() -> int:
    """The number of this process among those of its machine."""
    return world().local[0]


def local_size() -> int:
    """How many processes this machine has."""
    return world().local[1]


def allreduce(value: Any, op: str = "average", weight: float = 1.0) -> Any:
    """The mean of each number over all processes, or the sum. Every process calls it and gets the same.

    Parameters
    ----------
    value : number, array_like, box, or nested
        Of the same structure, shapes and dtypes in every process. All arrays of one dtype are one message. None counts as zero;
        what is None in every process stays None.
    op : {"average", "sum"}
    weight : float
        How much this process counts in the average: the number of its rows, say, where these differ.

    Returns
    -------
    The same structure. The mean of whole numbers is float64. A result of boxes can be differentiated.

    Raises
    ------
    DistributedError
        In every process, if the numbers, shapes or dtypes differ.

    Examples
    --------
    >>> import nn
    >>> nn.distributed.allreduce({"loss": 0.5})
    {'loss': 0.5}
    """
    average = one_of("op", op, ("average", "sum")) == "average"
    weight = at_least_0("weight", weight)
    leaves = nest.flatten(value)
    if size() == 1:
        return value
    boxed = any(isinstance(x, (ad.Tensor, ad.Value)) for x in leaves) and not ad.is_tracing()
    found = differentiable(leaves, average, weight) if boxed else reduced("allreduce", leaves, average, weight)
    return nest.pack_sequence_as(value, [like(x, y) for x, y in zip(leaves, found)])


def reduced(what: str, leaves: Sequence[Any], average: bool, weight: float, names: Sequence[str] | None = None,
            shapes: Sequence[Any] | None = None) -> list[Any]:  # fmt: skip
    """The sums or means of several numbers and arrays. names, shapes: of all of them, also where they are None."""
    traced = ad.is_tracing()
    arrays = [x if x is None or (traced and isinstance(x, (ad.Tensor, ad.Value))) else ad.to_numpy(x)
              for x in (leaves if traced else computed(leaves))]  # fmt: skip
    spec = spec_of([""] * len(arrays) if names is None else names, arrays, shapes)
    return reduce(world(), lambda: (what, weight), spec, arrays, average)


def differentiable(leaves: Sequence[Any], average: bool, weight: float) -> list[Any]:
    """The same of boxes. The gradient is the sum of those of all processes, times what this one counts."""
    share = weight / world().agree("allreduce", "of boxes", weight).sum() if average else 1.0
    there = [k for k, x in enumerate(leaves) if x is not None]

    @ad.custom_gradient
    def exchanged(*boxes: Any) -> Any:
        raw = [None] * len(leaves)
        for k, x in zip(there, computed(boxes)):
            raw[k] = ad.to_numpy(x)
        found = reduced("allreduce", raw, average, weight)

        def grad(*upstream: Any) -> Any:
            sums = reduced("the gradient of allreduce", [ad.to_numpy(g) for g in upstream], False, 1.0)
            return [near_it(box, g * np.asarray(share, g.dtype)) for box, g in zip(boxes, sums)]

        return tuple(near_it(box, found[k]) for box, k in zip(boxes, there)), grad

    answers = dict(zip(there, exchanged(*(leaves[k] for k in there))))
    return [answers.get(k) for k in range(len(leaves))]


def like(given: Any, found: Any) -> Any:
    """A result as what was given: a number for a number, a box for a box."""
    if isinstance(given, (bool, int, float, np.generic)):
        return found.item()
    return near_it(given, found)


def near_it(given: Any, found: Any) -> Any:
    """A result where the array was that has been given. What was lazy has been computed."""
    return found if found is None or is_lazy(given) else near(given, found)


def broadcast(value: Any, root: int = 0) -> Any:
    """What the process `root` has: arrays, numbers, anything that can be pickled, in any structure.

    >>> import nn
    >>> nn.distributed.broadcast({"seed": 7})
    {'seed': 7}
    """
    return world().broadcast("broadcast", value, count("root", root, 0, size() - 1))


def allgather(value: Any) -> list[Any]:
    """What each process has, anything that can be pickled, in a list in the order of the ranks.

    >>> import nn
    >>> nn.distributed.allgather("a")
    ['a']
    """
    return world().gather("allgather", value)


def broadcast_variables(variables: Iterable[Any], root: int = 0) -> None:
    """Give variables the numbers that they have in the process `root`: after the weights are made, or loaded there.

    variables: Variables and Values, or a model or layer, whose variables are taken. `fit` does this itself. Raises
    DistributedError if the processes have others.
    """
    several: list[Any] = list(variables.variables) if hasattr(variables, "variables") else items("variables", variables)
    if size() > 1:
        arrays = [ad.to_numpy(v) for v in several]
        world().agree("broadcast_variables", spec_of([getattr(v, "name", None) or "" for v in several], arrays))
        assign_all(zip(several, broadcast(arrays, root)))


def DistributedOptimizer(optimizer: str | Optimizer) -> Optimizer:
    """An optimizer whose steps take the mean of the gradients of all processes. It is the same one, or a new one for a name.

    `apply_gradients` averages. In `fit` each process takes its part of every batch. With one process nothing changes. The
    learning rate stays as it is: the batch is the whole one, so what is right for one process is right for several.

    >>> import nn
    >>> nn.distributed.DistributedOptimizer("sgd")
    SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    found = optimizers.get(optimizer)
    if size() > 1:
        found.processes = Several(world())
    return found
