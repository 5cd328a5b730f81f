"""The trace: a recorder that hears everything which a function does, once. What it cannot replay it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autodiff.boxes.mutable import MutableTensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.batched import Batched
from autodiff.core.box import WATCHED, Box
from autodiff.core.dispatch import apply
from autodiff.core.graph import Graph, current, unheard
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op
from autodiff.failures.callsite import call_site
from autodiff.functions.kernels import NotTraceable
from autodiff.functions.program import Instruction, Program, Raw, Symbol, layout_of
from autodiff.functions.values import written_out
from autodiff.scalar.replay import GRADIENT
from autodiff.scalar.value import Value, result
from autodiff.scalar.views import ScalarNode
from autodiff.tape import Tape, nested

CURES = {
    "bool": "for a choice write ad.where(condition, a, b) or ad.cond(condition, f, g); or trace with guards=True, which checks "
    "the condition at each call and traces again when it flips",
    "index": "an index that depends on numbers stays in the program as x[i]; a shape that depends on numbers can't be traced",
    "assign": "keep what changes in a Variable",
}
OTHERWISE = "compute with the tensors themselves; a number that each call reads from Python is ad.py_function(...)"


class Guard:
    """A number that Python took out of the trace: the program holds while it is what it was."""

    def __init__(self, how: str, expected: Any, place: Any) -> None:
        self.how, self.expected, self.place = how, expected, place

    def __call__(self, x: Any) -> None:
        now = bool(x) if self.how == "bool" else x
        if not np.array_equal(now, self.expected):
            raise Flipped(self)


class Flipped(Exception):
    """A guard does not hold any more."""


class Trace(Tape):
    """Hears a function whole: operations, leaves, assignments, random draws, and numbers that leave the engine."""

    record_all = True
    replayed = True

    def __init__(self, inputs: list[Box], guards: bool = False) -> None:
        super().__init__(persistent=True, escapes="allow")
        self.inputs = {id(box): k for k, box in enumerate(inputs)}
        self.guards = guards
        self.paused = False  # inside init_scope
        self.assigned: dict[int, Variable | Value] = {}
        self.assignments = 0
        self.items: dict[tuple[int, int], tuple[Variable, list[Any], int]] = {}  # Variables that stand for items of lists
        self.changing = bytearray()  # by index: whether it can differ from call to call
        self.first_created = Variable(0.0, trainable=False)._created

    # -- what it hears -------------------------------------------------------------------------------------------------

    def on_escape(self, box: Box, how: str) -> None:
        if how == "stop_gradient" or self.paused or not self.can_change(box):
            return
        if self.guards and how not in ("pickle", "copy"):
            raw = box._raw()
            expected = bool(raw) if how == "bool" and not isinstance(box, Value) else np.array(raw)
            how = "number" if isinstance(box, Value) else how
            op = Op("guard", None, Guard(how, expected, call_site().place), 1)
            self.graph.append(ArrayNode(op, (raw,), self.graph.index_of(box), -1, None, {}, Tensor(np.array(0.0)), -1), None)
            return
        kind = "a bool" if how in ("bool", "index") else "a plain number or array"
        raise NotTraceable(refusal(f"takes {kind} out of what is traced ({how}), which would be frozen", how))

    def on_assign(self, variable: Box, value: Raw) -> None:
        self.assignments += 1
        if isinstance(variable, (Variable, Value)):
            self.assigned[id(variable)] = variable

    def can_change(self, box: Box) -> bool:
        """Whether the numbers of a box can differ from call to call."""
        graph = self.graph
        if box._index < 0 or box._epoch.graph is not graph.ref:
            return id(box) in self.inputs or isinstance(box, (Variable, Value, MutableTensor))
        owners = graph.owners() if len(self.changing) < len(graph.nodes) else {}
        for index in range(len(self.changing), len(graph.nodes)):
            node = graph.node(index)
            if node.op is None:
                owner = owners.get(index)
                found = id(owner) in self.inputs or isinstance(owner, (Variable, Value, MutableTensor))
            else:
                parents = node.parents
                found = not parents or any(p >= 0 and self.changing[p] for p in parents)
            self.changing.append(found)
        return bool(self.changing[box._index])

    def variable_of(self, items: list[Raw], k: int) -> Variable:
        """The Variable that stands for items[k] in this trace."""
        known = self.items.get((id(items), k))
        if known is None:
            v = Variable(0.0, trainable=False, name=f"item {k}")
            v._held = items[k]
            known = self.items[id(items), k] = (v, items, k)
        return known[0]

    def undo(self) -> None:
        """Give the Variables back what they held before the trace, so that the step can be done in another way."""
        for v in self.assigned.values():
            v._held, v._epoch = self.graph.box(self.graph.leaves[id(v)].first)._held, WATCHED

    # -- what it makes -------------------------------------------------------------------------------------------------

    def program(self, name: str, structure: Raw) -> Program:
        """What was recorded, as a program that returns what `structure` holds."""
        graph, program = self.graph, Program(name)
        program.structure = nested.map_tree(type, structure)
        symbols: dict[int, Symbol] = {}
        known: dict[int, Symbol] = {}
        owners = graph.owners()
        for index in range(len(graph.nodes)):
            node = graph.node(index)
            if node.op is None:
                symbols[index] = self._leaf(program, known, owners.get(index), node.value)
            elif node.op is GRADIENT:
                if node.first == index:
                    symbols.update(written_out(program, graph, index, symbols))
            elif index in graph.assigned:
                symbols[index] = symbols[graph.assigned[index]]
            elif node.first in (-1, index):
                self._instruction(program, graph, index, symbols)
        program.inputs = [known[k] for k in sorted(known) if k < len(self.inputs)]
        program.outputs = [self._output(y, symbols) for y in nested.leaves(structure)]
        for v in self.assigned.values():
            variable = known.get(id(v)) or self._leaf(program, known, v, v._held)
            program.effects.append((variable, symbols[int(v._index)]))
        return program

    def _leaf(self, program: Program, known: dict[int, Symbol], box: Any, raw: Any) -> Symbol:
        key = self.inputs.get(id(box), id(box))
        if key in known:
            return known[key]
        if id(box) in self.inputs:
            symbol = Symbol("input", layout_of(raw), key, f"input{key}")
        elif isinstance(box, (Variable, Value, MutableTensor)):
            symbol = Symbol("variable", layout_of(raw), box, box.name or f"v{len(program.variables)}")
            program.variables.append(symbol)
        else:
            return Symbol("constant", layout_of(raw), raw)
        known[key] = symbol
        return symbol

    def _instruction(self, program: Program, graph: Graph, index: int, symbols: dict[int, Symbol]) -> None:
        node: Any = graph.node(index)
        parents = node.parents
        raw = node.inputs
        inputs = [symbols[p] if p >= 0 else Symbol("constant", layout_of(x), x) for p, x in zip(parents, raw)]
        values = node.value if node.first >= 0 else (node.value,)
        outputs = [Symbol("result", layout_of(y)) for y in values]
        is_batched = any(isinstance(x, Batched) for x in (*raw, *values))
        guard = node.op.name == "guard"
        program.instructions.append(
            Instruction(node.op, inputs, node.params, [] if guard else outputs, isinstance(node, ScalarNode), is_batched)
        )
        symbols.update({index + k: symbol for k, symbol in enumerate(outputs)})

    def _output(self, y: Any, symbols: dict[int, Symbol]) -> Any:
        """The Symbol of what is returned; a constant for what no call changes."""
        if isinstance(y, Variable) or (isinstance(y, Value) and y.trainable):
            return Symbol("constant", None, y)  # this very box
        if isinstance(y, Box) and y._index >= 0 and y._epoch.graph is self.graph.ref:
            return symbols[int(y._index)]
        return Symbol("constant", layout_of(y._raw()) if isinstance(y, Box) else None, y)


def refusal(what: str, how: str) -> str:
    """What a line does that can't be traced, and what to write instead."""
    place = call_site().place
    return f"{place.with_source()}\nThis {what}.\nTry: {CURES.get(how, OTHERWISE)}."


def open_trace() -> Trace | None:
    """The trace that listens now, if one does."""
    graph = current()
    return None if graph is None else next((r for r in graph.recorders if isinstance(r, Trace)), None)


def is_tracing() -> bool:
    """Whether a function made by `ad.function` is being traced now: what is computed becomes its program.

    Examples
    --------
    >>> is_tracing()
    False
    """
    return open_trace() is not None


def py_function(function: Callable[[], Raw]) -> Raw:
    """What a Python function without arguments returns now: a plain number or array. A program calls it at each of its calls,
    and reads the new number: so a step count, a schedule or a clock is an input of the program, and is not frozen.

    Parameters
    ----------
    function : callable
        Takes nothing, and returns a float or an array, of the same shape and dtype each time. It has no derivative.

    Returns
    -------
    float or array; inside a trace a Value or Tensor

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> rates = iter([0.1, 0.2, 0.3])
    >>> @ad.function
    ... def scaled(x):
    ...     return x * ad.py_function(lambda: next(rates))
    >>> [float(scaled(np.array(1.0))) for _ in range(3)]
    [0.1, 0.2, 0.3]
    """
    if open_trace() is None:
        return function()
    return apply(Op("py_function", function, function, 0), result(0.0), (), {})


@contextmanager
def init_scope() -> Iterator[None]:
    """What happens inside this block is not traced: it happens once, at the trace, as the making of an optimizer's slots does.
    Numbers may be read. (`tf.init_scope` is this block in TensorFlow.)

    Examples
    --------
    >>> import numpy as np, autodiff as ad
    >>> start = {}
    >>> w = ad.Variable([1.0, 2.0])
    >>> @ad.function
    ... def step(x):
    ...     with ad.init_scope():
    ...         start.setdefault("w", w.numpy())
    ...     w.assign_sub(x)
    >>> step(np.array([1.0, 1.0])), step(np.array([1.0, 1.0])), start["w"]
    (None, None, array([1., 2.]))
    """
    trace = open_trace()
    before = trace is not None and trace.paused
    try:
        if trace is not None:
            trace.paused = True
        with unheard():
            yield
    finally:
        if trace is not None:
            trace.paused = before


def variables_of(items: list[Raw]) -> list[Raw]:
    """The items of a list of arrays, for a function that may be traced: in a trace they are Variables, and what is assigned to
    them is written into the list, at each call of the program. Outside a trace they are the items themselves.

    Optimizers keep their slots in such lists.

    Parameters
    ----------
    items : list of arrays
        The same list at each call.

    Returns
    -------
    list of arrays; inside a trace list of Variables
    """
    trace = open_trace()
    return list(items) if trace is None else [trace.variable_of(items, k) for k in range(len(items))]
