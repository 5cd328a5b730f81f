"""The trace: a recorder that hears everything which a function does, once. What it cannot replay it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autodiff.boxes.mutable import MutableTensor
from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.box import WATCHED, Box
from autodiff.core.duck import Duck
from autodiff.core.external import held
from autodiff.core.graph import Graph
from autodiff.core.listening import unheard
from autodiff.core.node import ArrayNode
from autodiff.core.op import Op
from autodiff.core.transfer import at_once
from autodiff.core.which_library import library_of
from autodiff.failures.callsite import call_site
from autodiff.functions.kernels import NotTraceable
from autodiff.functions.program import Instruction, Program, Raw, Symbol, layout_of
from autodiff.functions.values import written_out
from autodiff.scalar.replay import GRADIENT
from autodiff.scalar.value import Value
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

    def __str__(self) -> str:
        return f"the {self.how} taken at {self.place.with_source()} is not {self.expected} any more"

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

    def __init__(self, inputs: list[Box], guards: bool = False, fallback: bool = False, careful: bool = False) -> None:
        super().__init__(persistent=True, escapes="allow")
        self.inputs = {id(box): k for k, box in enumerate(inputs)}
        self.guards = guards
        self.fallback = fallback  # what can't be traced is noted, and the function goes on
        self.careful = careful  # the walks are: the gradients may be other than finite, see rules/silence.py
        self.refusal = ""  # why it can't be replayed
        self.states: dict[int, tuple[Raw, Raw]] = {}  # of random generators, before they drew
        self.paused = False  # inside init_scope
        self.assigned: dict[int, Variable | Value] = {}
        self.assignments = 0
        self.items: dict[tuple[int, int], tuple[Variable, list[Any], int]] = {}  # Variables that stand for items of lists
        self.changing = bytearray()  # by index: whether it can differ from call to call
        self.first_created = Variable(0.0, trainable=False)._created

    # -- what it hears -------------------------------------------------------------------------------------------------

    def on_escape(self, box: Box, how: str) -> None:
        if how == "stop_gradient" or self.paused or self.refusal or not self.can_change(box):
            return
        if self.guards and how not in ("pickle", "copy"):
            raw = box._raw()
            expected = bool(raw) if how == "bool" and not isinstance(box, Value) else np.array(raw)
            how = "number" if isinstance(box, Value) else how
            op = Op("guard", None, Guard(how, expected, call_site().place), 1)
            self.graph.append(ArrayNode(op, (raw,), self.graph.index_of(box), -1, None, {}, Tensor(np.array(0.0)), -1), None)
            return
        kind = "a bool" if how in ("bool", "index") else "a plain number or array"
        self.refuse(refusal(f"takes {kind} out of what is traced ({how}), which would be frozen", how))

    def on_assign(self, variable: Box, value: Raw) -> None:
        self.assignments += 1
        if isinstance(variable, (Variable, Value)):
            self.assigned[id(variable)] = variable

    def refuse(self, reason: str) -> None:
        """Say why this can't be replayed: to whoever calls the function, unless it has a way to fall back on."""
        if not self.fallback:
            raise NotTraceable(reason)
        self.refusal = reason

    def keep_state(self, draw: Callable[..., Raw]) -> None:
        """Keep the state of a generator that is about to draw."""
        generator: Any = draw.__self__  # type: ignore[attr-defined]
        self.states.setdefault(id(generator), (generator, generator.bit_generator.state))

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
            v._held = held(items[k])
            known = self.items[id(items), k] = (v, items, k)
        return known[0]

    def undo(self) -> None:
        """Give the Variables back what they held before the trace, and the random generators their states, so that the step can
        be done in another way."""
        for v in self.assigned.values():
            before = self.graph.box(self.graph.leaves[id(v)].first)._raw()
            if isinstance(v, Variable):
                v._held, v._epoch = before, WATCHED
            else:
                with unheard():
                    v.assign(before)
        for generator, state in self.states.values():
            generator.bit_generator.state = state

    def enter_returned(self, structure: Raw) -> None:
        """Let the arguments that come back as they went in enter the graph; what stands nowhere would be a constant."""
        for y in nested.leaves(structure):
            if id(y) in self.inputs:
                self.graph.index_of(y)

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
        ducks: list[Any] = [x for x in (*raw, *values) if isinstance(x, Duck)]
        library = library_of(ducks[0].data) if ducks and at_once(tuple(ducks)) else None
        made = [] if node.op.name == "guard" else outputs
        program.instructions.append(
            Instruction(node.op, inputs, node.params, made, isinstance(node, ScalarNode), bool(ducks), library)
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
