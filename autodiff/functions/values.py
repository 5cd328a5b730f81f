"""Programs of Values alone: they run as steps of the engine, and are written out as instructions when somebody asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.tensor import ADD, MULTIPLY, Tensor
from autodiff.core.batched import Batched
from autodiff.core.graph import Graph
from autodiff.core.op import Op
from autodiff.functions.jit import Jitted
from autodiff.functions.program import Instruction, Program, Raw, Symbol
from autodiff.scalar.replay import Gradient, Replay, replay_of, results
from autodiff.scalar.value import Value
from autodiff.scalar.views import replayed_slope
from autodiff.tape import nested

COMPUTED = object()  # stands for a result that each call computes


def jitted(replay: Replay) -> Callable[[list[float]], list[Value]]:
    """What runs a replay by numba."""
    run = Jitted(replay)
    return lambda numbers: results(run(numbers))


class BoundValues:
    """A program of Values. Calling it runs the program once."""

    restored: tuple[Raw, ...] = ()

    def __init__(
        self, replay: Replay, structure: Raw, outputs: list[Raw], written: Callable[[], Program], jit: bool
    ) -> None:
        self.replay, self.outputs, self.written = replay, outputs, written
        self.run = jitted(replay) if jit else replay.run
        self.structure = structure
        self.lock = threading.Lock()
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        if self._program is None:
            self._program = self.written()
        return self._program

    def __call__(self, numbers: list[float]) -> Any:
        """The result, in the structure that the function returned, for the floats of a call."""
        with self.lock:
            found = self.run(numbers)
        return self._structured(found)

    def on_batch(self, numbers: list[Raw]) -> Raw:
        """The same for each example of a batch of floats; None if there is none, if there are several, or if the program
        assigns something."""
        batches = [x for x in numbers if isinstance(x, Batched)]
        level = batches[0].level if batches else None
        if level is None or self.replay.assigned or not all(x.level is level and type(x.data) is np.ndarray for x in batches):
            return None
        columns = [x.data.tolist() if isinstance(x, Batched) else [x] * level.size for x in numbers]
        with self.lock:
            rows = self.replay.run_for_each([list(row) for row in zip(*columns)])
        return self._structured([Tensor(Batched(np.array(column), level)) for column in zip(*rows)])

    def _structured(self, found: list[Raw]) -> Any:
        if len(found) < len(self.outputs):
            computed = iter(found)
            found = [next(computed) if y is COMPUTED else y for y in self.outputs]
        return nested.like(self.structure, found)


def bound_values(trace: Raw, structure: Raw, written: Callable[[], Program], jit: bool) -> BoundValues | None:
    """What a trace recorded as a program of Values, to be written out by `written`; None if something else is among it."""
    graph: Graph = trace.graph
    assigned = list(trace.assigned.values())
    if not graph.only_scalars or trace.items or not all(isinstance(v, Value) for v in assigned):
        return None
    places: list[int] = []
    outputs: list[Raw] = []
    for y in nested.leaves(structure):
        own = isinstance(y, Value) and y.trainable  # this very box
        inside = isinstance(y, Value) and not own and y._index >= 0 and y._epoch.graph is graph.ref
        places += [int(y._index)] if inside else []
        outputs.append(COMPUTED if inside else y)
    replay = replay_of(graph, trace.inputs, places, [(v, int(v._index)) for v in assigned])
    return None if replay is None else BoundValues(replay, nested.map_tree(type, structure), outputs, written, jit)


def written_out(program: Program, graph: Graph, index: int, symbols: dict[int, Symbol]) -> dict[int, Symbol]:
    """Add the instructions of a gradient of Values, whose node stands at an index; the symbols of its outputs."""
    gradient: Gradient = graph.node(index).params["gradient"]
    arrived: dict[int, Symbol] = {}

    def add(p: int, part: Symbol) -> None:
        arrived[p] = result_of(program, ADD, [arrived[p], part], True) if p in arrived else part

    for target, seed in zip(gradient.targets, gradient.seeds):
        add(target, symbols[seed] if isinstance(seed, int) else Symbol("constant", None, seed))
    for k in range(max(gradient.targets), gradient.start - 1, -1):
        node = graph.node(k)
        if k not in arrived or node.op is None or not isinstance(node.out, Value):
            continue
        inputs = [symbols[p] if p >= 0 else Symbol("constant", None, x) for p, x in zip(node.parents, node.inputs)]
        for j, p in enumerate(node.parents):
            if p >= 0 and gradient.flows_to(p):
                op, y, operands, place = node.op, symbols[k], inputs, j
                if op.joint_vjp is not None:  # of many inputs: a product, or a sum
                    partner = j ^ 1
                    is_product = op.name == "dot" and partner < len(inputs)
                    op, operands = (MULTIPLY, [inputs[j], inputs[partner]]) if is_product else (ADD, [inputs[j], inputs[j]])
                    place = 0
                add(p, result_of(program, replayed_slope(op, place), [arrived[k], y, *operands], False))
    found = {}
    for k, entries in enumerate(gradient.sources):
        parts = [arrived[p] for p in entries if p in arrived]
        total = parts[0]
        for part in parts[1:]:
            total = result_of(program, ADD, [total, part], True)
        found[index + k] = total
    return found


def result_of(program: Program, op: Op, inputs: list[Symbol], is_scalar: bool) -> Symbol:
    """The result of a new instruction of numbers."""
    symbol = Symbol("result", None)
    program.instructions.append(Instruction(op, inputs, {}, [symbol], is_scalar))
    return symbol
