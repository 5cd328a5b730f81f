"""Groups from the program: the calls of the user's functions, the turns of their loops, and the layers that hold layers, one
inside the other."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from autodiff.drawing.assigned import Names
from autodiff.drawing.called import called_as, called_at, function_name, object_name
from autodiff.drawing.graph import Node
from autodiff.drawing.layers import Around, Scope
from autodiff.drawing.results import base_of
from autodiff.drawing.stored import own_parts, scope_of
from autodiff.failures.stack import Call, Site, Turn

FEWEST, OF_A_TERM = 2, 4  # operations of a group; of a turn of a comprehension
DEEPEST = 8  # groups inside one another
LOOPS = ("first", "second", "third", "fourth", "fifth")
DERIVATIVES = ("gradient", "jacobian", "batch_jacobian")  # calls of a tape that an outer tape records


class Part:
    """A part of the program: a call, a turn of a loop, or a layer; the outermost is the program itself."""

    __slots__ = (
        "call", "called", "codes", "count", "depth", "derivative", "held_as", "label", "nodes", "only", "parts", "scope",
        "turn",
    )  # fmt: skip

    def __init__(self, outside: Part | None = None, call: Call | None = None, turn: Turn | None = None) -> None:
        self.call, self.turn = call, turn
        self.called: Site | None = None if call is None else call.caller  # where
        self.scope: Scope | None = None
        self.held_as = ""  # by a layer, that whose own code the call runs
        self.depth: int = 0 if outside is None else outside.depth + 1
        self.codes: frozenset[int] = frozenset() if outside is None else outside.codes  # of the functions around it
        self.derivative: Site | None = None  # where the user asked for a derivative, if that is what it computes
        self.only: Call | None = None  # the one call that a turn consists of
        self.label = ""
        self.parts: dict[object, Part] = {}
        self.nodes: list[Node] = []
        self.count = 0  # the operations in it

    def part(self, key: object, call: Call, turn: Turn | None = None) -> Part:
        """The part of that key inside this one."""
        found = self.parts.get(key)
        if found is None:
            found = self.parts[key] = Part(self, call, turn)
            found.codes = self.codes | {id(call.code)}
        return found

    def within(self, scopes: Around, site: Site | None) -> Part:
        """The part inside this one of these scopes, one inside the other; `site`: where the first was called."""
        found = self
        for scope in scopes:
            if scope.is_frame and found.depth < DEEPEST:
                inner = found.parts.get(scope)
                if inner is None:
                    inner = found.parts[scope] = Part(found)
                    inner.scope, inner.called = scope, site
                found = inner
            site = None
        return found

    def take_over(self, keys: Collection[object]) -> None:
        """Put what some of its parts hold in the place of those parts."""
        if not keys:
            return
        held, self.parts = self.parts, {}
        for own, part in held.items():
            if own in keys:
                self.nodes += part.nodes
                self.parts.update(((own, inner), deeper) for inner, deeper in part.parts.items())
            else:
                self.parts[own] = part

    def is_small(self, largest: dict[int, int]) -> bool:
        """Whether it says nothing of its own; `largest`: how many operations the largest turn of each loop has. The first turn
        may have fewer than the others, as of a sum of one term, and stands with them."""
        if self.turn is None:
            return self.count < FEWEST
        called = not self.nodes and len(self.parts) == 1
        return largest[id(self.turn.loop.node)] < (OF_A_TERM if self.turn.loop.is_comprehension and not called else FEWEST)


def assign_calls(
    expressions: Sequence[tuple[Site, list[Node]]], others: Iterable[Node], scopes: Mapping[Node, Around], names: Names
) -> dict[Node, str]:
    """The path of calls, turns and layers that the operations of each expression belong to, and `others`, of which no place in
    the program is known."""
    if not expressions and not scopes:
        return {}
    program = Part()
    homes: dict[tuple[int, int], tuple[Part, int]] = {}
    for site, nodes in expressions:
        apart: dict[Around, list[Node]] = {} if scopes else {(): nodes}
        for node in nodes if scopes else ():  # what is said of an expression is not asked of each of its terms
            apart.setdefault(scopes.get(node, ()), []).append(node)
        for around, some in apart.items():
            part, known = home(site, around, program, homes)
            derivatives(site, part).within(around[known:], site).nodes += some
    for node in others:
        program.within(scopes.get(node, ()), None).nodes.append(node)
    parts = outermost_first(program)
    for part in parts:
        part.nodes.sort(key=attrgetter("index"))  # as they were recorded
    largest = count_operations(parts)
    for part in reversed(parts):
        simplify(part, names, largest)
    if not program.parts:
        return {}
    while not program.nodes and len(program.parts) == 1:  # everything is in it: it says nothing
        program.take_over(list(program.parts))
    paths: dict[Node, str] = {}
    waiting = [(program, "")]
    while waiting:
        part, path = waiting.pop()
        paths.update(dict.fromkeys(part.nodes, path))
        label_parts(part, names)
        waiting += [(inner, f"{path}/{inner.label}" if path else inner.label) for inner in part.parts.values()]
    return paths


def home(site: Site, around: Around, program: Part, homes: dict[tuple[int, int], tuple[Part, int]]) -> tuple[Part, int]:
    """The part of a site, and how many of the scopes `around` an operation there are around that part. A function that calls
    itself is one part with all its calls."""
    waiting: list[Site] = []
    here: Site | None = site
    while here is not None and (id(here.call), id(here.turns)) not in homes:
        waiting.append(here)
        here = here.call.caller
    found, known = (program, 0) if here is None else homes[id(here.call), id(here.turns)]
    for one in reversed(waiting):
        call, held_as = one.call, ""
        if call.through == "nn":  # a layer runs code of the user's: if that is its own, the call stands for it
            own = next((k for k in range(known, len(around)) if around[k].runs(call.code)), len(around))
            if own < len(around) and not around[own].is_named:
                held_as = layer_label(around[own], call.caller) if own == known else around[own].held_as
            found, known = found.within(around[known:own], call.caller), min(own + 1, len(around))
        if call.caller is not None and function_name(call) and id(call.code) not in found.codes and found.depth < DEEPEST:
            found = found.part(id(call), call)
            found.held_as = held_as
        for turn in one.turns if found.depth < DEEPEST else ():
            found = found.part((id(call), id(turn.loop.node), turn.count), call, turn)
        homes[id(call), id(one.turns)] = found, known
    return found, known


def derivatives(site: Site, part: Part) -> Part:
    """The part of a site in a part of the program: that of a call such as `tape.gradient(y, x)`, which is recorded by an outer
    tape, or else the part itself."""
    if part.depth == DEEPEST or not is_derivative(site):
        return part
    found = part.part((id(site.call), id(site.turns), site.instruction), site.call)
    found.derivative = site
    return found


def is_derivative(site: Site) -> bool:
    """Whether an operation was recorded while a tape inside another computed a derivative."""
    return called_at(site) in DERIVATIVES


def outermost_first(program: Part) -> list[Part]:
    found = [program]
    for part in found:
        found += part.parts.values()
    return found


def count_operations(parts: list[Part]) -> dict[int, int]:
    """Count the operations in all parts, which stand outermost first. Returns how many the largest turn of each loop has."""
    largest: dict[int, int] = {}
    for part in reversed(parts):
        part.count = len(part.nodes) + sum(inner.count for inner in part.parts.values())
        if part.turn is not None:
            loop = id(part.turn.loop.node)
            largest[loop] = max(part.count, largest.get(loop, 0))
    return largest


def simplify(part: Part, names: Names, largest: dict[int, int]) -> None:
    """Take out what says nothing: a part of one operation, the turn of a loop that has no other, a call that does nothing but
    make another call."""
    gone: set[object] = set()
    for key, inner in part.parts.items():
        turn = inner.turn
        alone = turn is not None and id(turn.loop.node) not in names.loops
        if alone or inner.is_small(largest):
            gone.add(key)
        elif not inner.nodes and len(inner.parts) == 1:
            (only,) = inner.parts
            inner.only = inner.parts[only].call if turn is not None and inner.parts[only].turn is None else None
            inner.take_over([only])
    part.take_over(gone)


def label_parts(part: Part, names: Names) -> None:
    """Give the parts inside a part their labels. Calls of one function are told apart by the names of their results, by what
    holds their parameters, or else by numbers."""
    alike: dict[str, list[Part]] = {}
    for inner, label in again_told(part, names):
        alike.setdefault(label, []).append(inner)
    for label, parts in alike.items():
        told: list[str | None] = [None] * len(parts)
        if len(parts) > 1 and not any(inner.turn for inner in parts):
            results = [result_of(inner, names) for inner in parts]
            unclear = None in results or len(set(results)) < len(parts)
            holders = [holder_of(inner) for inner in parts] if unclear else results
            told = [result if result and results.count(result) == 1 else holder if holders.count(holder) == 1 else None
                    for result, holder in zip(results, holders, strict=True)]  # fmt: skip
        for k, (inner, name) in enumerate(zip(parts, told, strict=True)):
            if inner.scope is not None:
                inner.scope.label = label
            inner.label = label if len(parts) == 1 else f"{label} ({name or k + 1})".replace("/", ".")


def result_of(part: Part, names: Names) -> str | None:
    """The variable that the result of a call went to; None where the graph has only steps on the way to it."""
    name = names.of(part.derivative or part.called, stored=True)
    if name is None:
        return None
    inside = outermost_first(part)
    if part.derivative is not None:
        return name if any(node.step < 0 for inner in inside for node in inner.nodes) else None
    sites = (node.site for node in reversed(part.nodes) if node.site is not None)
    site = next((site for site in sites if site.call is part.call), None)
    returned = None if site is None else returned_names(site)
    if returned is None:
        return name
    known = {base_of(name), *returned}
    found = (node for inner in inside for node in reversed(inner.nodes) if node.name)  # the result is rather one of the last
    return name if any(base_of(node.name or "") in known for node in found) else None


def returned_names(site: Site) -> set[str] | None:
    """The variables that the function around a site returns, besides what is computed as it returns and has the name of the
    caller's variable; None for another function."""
    returned = [part.value for part in own_parts(scope_of(site)) if isinstance(part, ast.Return)]
    if not returned or not all(isinstance(value, (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)) for value in returned):
        return None
    return {value.id for value in returned if isinstance(value, ast.Name)}


def again_told(part: Part, names: Names) -> list[tuple[Part, str]]:
    """The parts inside a part, each with its label; those of a loop whose turns have labels that another loop's had are told
    apart: `second loop: point 0`."""
    found = [(inner, label_of(inner, names)) for inner in part.parts.values()]
    loops: dict[int, set[str]] = {}
    for inner, label in found:
        if inner.turn is not None:
            loops.setdefault(id(inner.turn.loop.node), set()).add(label)
    before = {loop: sum(not loops[loop].isdisjoint(other) for other in list(loops.values())[:k])
              for k, loop in enumerate(loops)}  # fmt: skip
    told = {loop: f"{LOOPS[k]} loop: " for loop, k in before.items() if 0 < k < len(LOOPS)}
    return [(inner, told.get(id(inner.turn.loop.node) if inner.turn else 0, "") + label) for inner, label in found]


def holder_of(part: Part) -> str | None:
    """What holds all the parameters that a part reads: `layer0.attn_wo` for `layer0.attn_wo[3, 5]`; None if that is not one."""
    found: set[str] = set()
    for inner in outermost_first(part):
        read = {edge.source for node in inner.nodes for edge in node.inputs if edge.source.kind == "parameter"}
        names = [node.name or "" for node in read]
        found.update(name.partition("[")[0] if "[" in name else "" for name in names)
        if len(found) > 1:
            return None
    return found.pop() or None if found else None


def label_of(part: Part, names: Names) -> str:
    """`attention` for a call, `head 0` for a turn; `Neuron 2` for a turn that is one call, if the loop's variable is short."""
    if part.derivative is not None:
        label = called_at(part.derivative)
    elif part.scope is not None:
        label = layer_label(part.scope, part.called)
    elif part.turn is None:
        label = part.held_as or ("" if part.call is None else object_name(part.call) or function_name(part.call))
    else:
        label = names.turn_label(part.turn)
        word, _, number = label.partition(" ")
        told = isinstance(part.turn.value, str) or len(word) == 1 or word == "step"
        if part.only is not None and told and function_name(part.only):
            label = f"{function_name(part.only)} {label if label == part.turn.value else number}"
    return label.replace("/", "|") or "call"


def layer_label(scope: Scope, site: Site | None) -> str:
    """`encoder` for a layer that the program calls as `encoder(x)` or `self.encoder(x)`, or has in a variable of that name; the
    layer's name, where it was given one, and where the program has none but a loop's, or calls a method such as `fit`."""
    if scope.is_named:
        return scope.name
    name = called_as(site)
    return scope.variable or scope.name if not name or hasattr(scope.kind, name) else name
