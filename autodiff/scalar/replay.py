"""From a graph of Values to a program that runs again with other numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autodiff.boxes.tensor import ADD, MULTIPLY, SUBTRACT
from autodiff.core.box import WATCHED
from autodiff.core.graph import Graph
from autodiff.core.native import mypyc_attr
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op
from autodiff.core.structural import IDENTITY
from autodiff.scalar.node import IN_PAIRS, Pair
from autodiff.scalar.steps import (
    ASSIGNED,
    BINARY,
    CONSTANT,
    DOT_PRODUCT,
    GIVEN,
    MAX_0,
    MINUS,
    OPPOSITE,
    PLUS,
    PLUS_PRODUCT,
    SAME,
    TIMES,
    TOTAL,
    UNARY,
    RareStep,
    Step,
    backward,
    forward,
)  # fmt: skip
from autodiff.scalar.totals import DOT
from autodiff.scalar.value import NEGATIVE, RELU, Value, result

if TYPE_CHECKING:
    from mypy_extensions import i32


class Gradient:
    """A gradient that was taken while a trace recorded nothing but Values: where it began and ended. It is one node, whose
    outputs are the gradients of those sources that have one."""

    def __init__(
        self, start: int, active: list[bool] | None, targets: list[int], seeds: list[Any], sources: list[list[int]]
    ) -> None:
        self.start = start
        self.active = active  # by the index from `start` on, where contributions may flow; None: everywhere
        self.targets = targets
        self.seeds = seeds  # the index or the number that each target starts from
        self.sources = sources  # where each source stands, once or several times

    def flows_to(self, index: int) -> bool:
        return index >= self.start and (self.active is None or self.active[index - self.start])


def _never(*numbers: float) -> float:
    raise NotImplementedError


GRADIENT: Final = Op("gradient", None, _never, 0, internal=True)  # its node's params hold the Gradient


@mypyc_attr(acyclic=True)
class Walk:
    """A gradient of the program: the steps that it passes, the last one first, and where it begins and ends."""

    __slots__ = ("ends", "outs", "passed", "reached", "seeds", "starts")

    def __init__(self) -> None:
        self.reached: list[Step] = []  # what a cotangent arrives at, besides the steps that were just computed
        self.passed: list[Step] = []  # what hands a cotangent on
        self.starts: list[Step] = []
        self.seeds: list[Step] = []
        self.ends: list[list[Step]] = []
        self.outs: list[Step] = []

    def run(self) -> None:
        for s in self.reached:
            s.g = -0.0
        for k in range(len(self.starts)):
            self.starts[k].g += self.seeds[k].y
        backward(self.passed)
        for k in range(len(self.outs)):
            first = self.ends[k][0]
            g = first.g
            for j in range(1, len(self.ends[k])):
                g += self.ends[k][j].g
            self.outs[k].y = g


@mypyc_attr(acyclic=True)
class Replay:
    """The program: parts, each a list of steps and the gradient that was taken after them."""

    __slots__ = ("assigned", "inputs", "numbers", "outputs", "parts", "read", "values", "walks")

    def __init__(self) -> None:
        self.parts: list[list[Step]] = []
        self.walks: list[Walk | None] = []
        self.inputs: list[Step] = []  # hold arguments: of each the number among them is in
        self.numbers: list[int] = []
        self.read: list[Step] = []  # hold what is read from outside, which is in
        self.values: list[Value] = []
        self.outputs: list[Step] = []
        self.assigned: list[tuple[Value, Step]] = []

    def run(self, arguments: list[float]) -> list[Value]:
        """Run once; the outputs as new Values."""
        for k in range(len(self.inputs)):
            self.inputs[k].y = arguments[self.numbers[k]]
        self._read()
        self._compute()
        found = [result(s.y) for s in self.outputs]
        if self.assigned:
            self.give([s.y for _, s in self.assigned])
        return found

    def give(self, numbers: list[float]) -> None:
        """Let the Values that are assigned something hold these."""
        for k in range(len(numbers)):
            value = self.assigned[k][0]
            value._held = numbers[k]
            if value._index >= 0:
                value._epoch = WATCHED  # an earlier tape keeps what it read: from now on this is another leaf

    def present(self) -> list[float]:
        """What the Values hold now that are read from outside."""
        return [value._held for value in self.values]

    def run_for_each(self, points: list[list[float]]) -> list[list[float]]:
        """Run once for each list of arguments; the outputs of each run. For a program that assigns nothing."""
        self._read()
        found: list[list[float]] = []
        for arguments in points:
            for k in range(len(self.inputs)):
                self.inputs[k].y = arguments[self.numbers[k]]
            self._compute()
            found.append([s.y for s in self.outputs])
        return found

    def _read(self) -> None:
        values, read = self.values, self.read
        for k in range(len(values)):
            read[k].y = values[k]._held

    def _compute(self) -> None:
        for k in range(len(self.parts)):
            forward(self.parts[k])
            walk = self.walks[k]
            if walk is not None:
                walk.run()


def results(numbers: list[float]) -> list[Value]:
    return [result(y) for y in numbers]


def replay_of(graph: Graph, inputs: dict[int, int], outputs: list[int], assigned: list[tuple[Value, int]]) -> Replay | None:
    """The program that a trace recorded, if it is one of Values alone. `inputs` numbers the arguments by their id, `outputs`
    are the indices of the results, `assigned` those of what Values were assigned."""
    made = _steps_of(graph)
    if made is None:
        return None
    replay, owners = Replay(), graph.owners()
    for index, box in owners.items():
        step = made[index]
        if id(box) in inputs and step.code == GIVEN:
            replay.inputs.append(step)
            replay.numbers.append(inputs[id(box)])
        elif isinstance(box, Value) and step.code == GIVEN:
            replay.read.append(step)
            replay.values.append(box)
    kept = [*outputs, *[index for _, index in assigned]]
    reached: dict[int, list[bool]] = {}  # of each gradient, by the index of its node: the indices that a cotangent arrives at
    for index in range(len(made)):
        node = graph.nodes[index]
        if isinstance(node, ArrayNode) and node.first == index:
            gradient: Gradient = node.params["gradient"]
            reached[index] = _reached(graph, gradient)
            kept += [*node.parents, *[entry for entries in gradient.sources for entry in entries]]
    _fuse_products(graph, made, kept, list(reached.values()))
    part: list[Step] = []
    first = 0
    for index, step in enumerate(made):
        if index in reached:
            replay.parts.append(part)
            replay.walks.append(_walk_of(graph, index, made, reached[index], first))
            part, first = [], index
        if step.code > CONSTANT:
            part.append(step)
    replay.parts.append(part)
    replay.walks.append(None)
    replay.outputs = [made[index] for index in outputs]
    replay.assigned = [(value, made[index]) for value, index in assigned]
    return replay


def _steps_of(graph: Graph) -> list[Step] | None:
    """A step for each index of the graph; None if something other than a Value stands there."""
    made: list[Step] = []
    for index in range(len(graph.nodes)):
        entry = graph.nodes[index]
        if isinstance(entry, Value):
            step = _step_of(graph, index, entry, made)
        elif isinstance(entry, ArrayNode) and entry.op is GRADIENT:
            step = Step(GIVEN, 0.0)
        else:
            return None
        made.append(step)
    return made


def _step_of(graph: Graph, index: int, value: Value, made: list[Step]) -> Step:
    op = value._made_by
    if op is None:
        return Step(GIVEN, value._held)
    if value._a == IN_PAIRS:
        total = RareStep(DOT_PRODUCT if op is DOT else TOTAL, value._held, op)
        for item in graph.pairs[index]:
            pair: Pair = item
            total.more.append(_operand(made, pair.a, pair.da))
            if not pair.alone:
                total.more.append(_operand(made, pair.b, pair.db))
        return total
    rare = UNARY if op.arity == 1 else BINARY
    step = Step(CODES[op], value._held) if op in CODES else RareStep(rare, value._held, op)
    step.a = _operand(made, value._a, value._da)
    if index in graph.assigned:
        step.code, step.c = ASSIGNED, made[graph.assigned[index]]
    if op.arity == 2:
        step.b = _operand(made, value._b, value._db)
    return step


def _operand(made: list[Step], index: i32, number: float) -> Step:
    """What stands at an index, or the constant."""
    return made[index] if index >= 0 else Step(CONSTANT, number)


def _reached(graph: Graph, gradient: Gradient) -> list[bool]:
    top = max(gradient.targets)
    found = [False] * (top + 1)
    for index in gradient.targets:
        found[index] = True
    for index in range(top, gradient.start - 1, -1):
        entry = graph.nodes[index]
        if found[index] and isinstance(entry, Value):
            for p in entry._parents(graph, index):
                if p >= 0 and not found[p] and gradient.flows_to(p):
                    found[p] = True
    return found


def _fuse_products(graph: Graph, made: list[Step], kept: list[int], reached: list[list[bool]]) -> None:
    """Let an addition compute the product right before it, if nothing else reads that."""
    uses = [0] * len(made)
    for index in kept:
        uses[index] = 2
    for index, entry in enumerate(graph.nodes):
        if isinstance(entry, Value):
            for p in entry._parents(graph, index):
                if p >= 0:
                    uses[p] += 1
    for index in range(1, len(made)):
        step, product = made[index], made[index - 1]
        if step.code != PLUS or product.code != TIMES or uses[index - 1] != 1:
            continue
        if step.a is not product and step.b is not product:
            continue
        if all(index >= len(flags) or flags[index] == flags[index - 1] for flags in reached):
            step.c = step.b if step.a is product else step.a
            step.a, step.b = product.a, product.b
            step.code, product.code = PLUS_PRODUCT, CONSTANT


def _walk_of(graph: Graph, index: int, made: list[Step], reached: list[bool], first: int) -> Walk:
    """The gradient whose node stands at an index, after the part of the program that begins at `first`."""
    walk, node = Walk(), graph.nodes[index]
    assert isinstance(node, ArrayNode)
    gradient: Gradient = node.params["gradient"]
    for k in range(len(reached) - 1, -1, -1):
        step = made[k]
        if reached[k] and step.code != CONSTANT:
            if k < first or step.code == GIVEN:
                walk.reached.append(step)
            if step.code > CONSTANT:
                walk.passed.append(step)
    walk.starts = [made[k] for k in gradient.targets]
    walk.seeds = [made[seed] if isinstance(seed, int) else Step(CONSTANT, seed) for seed in gradient.seeds]
    arrived = [[k for k in entries if k < len(reached) and reached[k]] for entries in gradient.sources]
    walk.ends = [[made[k] for k in entries] for entries in arrived]
    walk.outs = [made[index + k] for k in range(len(walk.ends))]
    return walk


CODES: Final = {ADD: PLUS, SUBTRACT: MINUS, MULTIPLY: TIMES, RELU: MAX_0, NEGATIVE: OPPOSITE, IDENTITY: SAME}
