"""What training asks of several processes: parts of batches, gradients that are averaged, the same numbers in all of them."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import autodiff as ad
from nn import saving, settings
from nn.callbacks.base import IN_TRAINING
from nn.distributed.exchange import reduce, spec_of
from nn.distributed.world import World
from nn.layers.assignment import assign_all
from nn.layers.tree import VARIABLE, walk
from nn.processes import Processes, sharing
from nn.settings import held_at
from nn.typing import Function, Logs

TINY = 1e-9  # rows: less than any number of them


class Several(Processes):
    """This process among several that train one model. Each takes its part of every batch.

    The gradients, and the losses of batches, are means over the processes, weighted by the rows of their parts. Outside `fit`
    each process counts the same.
    """

    def __init__(self, world: World) -> None:
        self.world, self.rank, self.size = world, world.rank, world.size
        self.rows: int | None = None  # of the present part; 0 if its row stands in for none
        self.whole = 0  # rows of the present batch
        self.seen = 0  # rows since the epoch began
        self.answers: list[Any] = []  # of the exchanges of the present step, in case that it is taken again
        self.asked = 0
        self.own = np.random.default_rng()  # what layers draw from
        self.averages: list[tuple[Any, np.ndarray]] = []  # the variables that no gradient changes, as the epoch began

    def __reduce__(self) -> Any:
        return Processes, ()  # a copy of an optimizer trains alone

    # -- batches ---------------------------------------------------------------------------------------------------------

    def part(self, start: int, stop: int) -> slice:
        """The rows of this process. With fewer rows than processes, some have the first one, which does not count there."""
        self.whole = n = stop - start
        low, high = (start + n * k // self.size for k in (self.rank, self.rank + 1))
        self.rows = high - low
        return slice(low, high) if high > low else slice(start, min(start + 1, stop))

    def counted(self, rows: int) -> int:
        return rows if self.rows is None else self.rows

    def batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        self.seen = 0
        try:
            for batch in batches:
                self.answers, self.asked, self.seen = [], 0, self.seen + (self.rows or 0)
                with settings.use_generator(self.own), held_at(sharing, self):
                    yield batch
        finally:
            self.rows, self.answers = None, []

    # -- exchanges -------------------------------------------------------------------------------------------------------

    def begin_step(self) -> None:
        self.asked = 0

    def once(self, exchange: Function, *args: Any) -> Any:
        """What the exchange gives. A step that is taken again, as it could not be traced, gets what it got before."""
        if self.rows is None:
            return exchange(*args)
        if self.asked == len(self.answers):
            self.answers.append(exchange(*args))
        self.asked += 1
        return self.answers[self.asked - 1]

    def share(self) -> float:
        """The share of this process in the rows of the batch."""
        return 1.0 / self.size if self.rows is None else self.rows / self.whole

    def summed(self, x: Any) -> Any:
        return x * ad.py_function(lambda: 1.0 / (self.share() or 1.0))

    def total(self, x: Any) -> Any:
        def exchange(x: np.ndarray) -> np.ndarray:
            self.world.agree("the sum that a loss is divided by")
            return self.world.sum(x)

        def shared(x: Any) -> np.ndarray:
            flat = np.reshape(x, (1,)) * x.dtype.type(self.rows != 0)
            return np.reshape(self.once(exchange, flat) * flat.dtype.type(self.share()), ())

        return ad.py_function(shared, ad.stop_gradient(x))

    def about(self) -> tuple[str, float]:
        """What is exchanged, and the weight of this process."""
        return ("the gradients", 1.0) if self.rows is None else (f"the gradients of {self.whole} rows", float(self.rows))

    def averaged(self, pairs: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        gradients, variables = [g for g, _ in pairs], [v for _, v in pairs]
        names = [getattr(v, "name", None) or "" for v in variables]
        spec = spec_of(names, gradients, [v.shape for v in variables])
        found = reduce(self.world, self.about, spec, gradients, once=self.once)
        return [(float(g) if isinstance(given, float) else g, v) for g, given, v in zip(found, gradients, variables)]

    # -- fit -------------------------------------------------------------------------------------------------------------

    def listeners(self, callbacks: list[Any]) -> list[Any]:
        return [c for c in callbacks if self.rank == 0 or c.on_every_process]

    @contextmanager
    def training(self, model: Any, callbacks: Any) -> Iterator[None]:
        self.world.agree("fit", tuple(f"{name}={x}" for name, x in callbacks.each[-1].params.items()))
        send_state(self.world, model)
        acting = any(c.on_every_process for hook in IN_TRAINING for c in callbacks.by_batch[hook])
        self.acting = any(self.world.gather("the beginning of a training", acting))
        try:
            yield
        finally:
            self.rows, self.acting = None, False
        self.set_streams("the end of a training", model, apart=False)

    def begin_epoch(self, model: Any) -> None:
        self.set_streams("the beginning of an epoch", model, apart=True)
        variables = [v for v in model.variables if not v.trainable and getattr(v, "dtype", np.dtype(int)).kind == "f"]
        self.averages = [(v, np.array(v.numpy())) for v in variables]

    def end_epoch(self, model: Any) -> None:
        """Give the variables that no gradient changes, as the averages of BatchNormalization, the mean over the processes."""
        if not self.averages:
            return
        changes = [v.numpy() - before for v, before in self.averages]  # 0 for what is constant, which stays as it is
        spec = spec_of([v.name or "" for v, _ in self.averages], changes)
        means = reduce(self.world, lambda: ("the averages of an epoch", 1.0), spec, changes)
        assign_all((v, before + mean) for (v, before), mean in zip(self.averages, means))

    def set_streams(self, when: str, model: Any, apart: bool) -> None:
        """Give the random generators the states of the first process. `apart`: those of layers go their own way in the others,
        which depends on these states and the rank alone; that of nn has the order of the rows, so it is the same in all."""
        streams = saving.streams(model)
        states = {name: stream.bit_generator.state for name, stream in streams.items()}
        states = self.world.broadcast(when, states)
        for name, stream in streams.items():
            stream.bit_generator.state = states[name]
            if apart and (name == "nn" or self.rank):
                own = self.own if name == "nn" else stream
                own.bit_generator.state = branch(own, stream, self.rank)

    def logs(self, loop: Any) -> Logs:
        metrics = {metric.name: metric for metric in loop.metrics}
        alone = loop.said or {name: metric.logged() for name, metric in metrics.items() if not metric.state()}
        every = self.world.gather("the end of the batches", ([m.state() for m in loop.metrics], alone, self.seen))
        for k, metric in enumerate(loop.metrics):
            metric.merge([states[k] for states, _, _ in every])
        rows = np.array([max(seen, TINY) for _, _, seen in every])
        logs = {name: float(np.average([told[name] for _, told, _ in every], weights=rows)) for name in alone}
        for name in loop.said or metrics:
            if name in metrics and metrics[name].state() and not math.isnan(x := metrics[name].logged()):
                logs[name] = x  # exact, where the metric says what it has gathered
        return {name: logs.get(name, math.nan) for name in loop.said or metrics}

    def stops(self, model: Any, always: bool = True) -> bool:
        if always or self.acting:
            model.stop_training = any(self.world.gather("the question whether to stop", bool(model.stop_training)))
        return bool(model.stop_training)


def send_state(world: World, model: Any) -> None:
    """Give the variables of a model, and its optimizer, the numbers of the first process. Raises DistributedError for models
    that differ."""
    optimizer, named = model.optimizer, list(walk(model, VARIABLE))
    variables = [v for _, v in named]
    world.agree("the variables of the model", spec_of([path for path, _ in named], [ad.to_numpy(v) for v in variables]))
    rate = None if callable(optimizer._rate) else optimizer._rate
    state = [ad.to_numpy(v) for v in variables], [optimizer.state.get(v) for v in variables], optimizer.iterations, rate
    arrays, slots, iterations, rate = world.broadcast("the state of the model", state)
    if world.rank:
        assign_all(zip(variables, arrays))
        optimizer.state = {v: several for v, several in zip(variables, slots) if several is not None}
        optimizer.iterations = iterations
        optimizer.restore_rate(rate)


def branch(stream: np.random.Generator, source: np.random.Generator, rank: int) -> Any:
    """The state of a stream that depends on what `source` is about to draw, and on the rank."""
    drawn = copy.deepcopy(source).integers(2**32, size=4)
    state: Any = type(stream.bit_generator)(np.random.SeedSequence([*map(int, drawn), rank])).state
    return state
