"""Names from the program: the variable that an assignment stores a result in, `h[2]` for an element of a list, `h at step 2` in
a loop; and the function's name for a result that its caller stores nowhere."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from autodiff.core.graph import Graph as Recorded
from autodiff.drawing.called import is_called_by, result_name
from autodiff.drawing.graph import Node
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.slots import ends_of, slots_of
from autodiff.drawing.source_text import last_name
from autodiff.drawing.turns import places_of, turn_label, unclear_loops
from autodiff.failures.stack import Call, Site, Turn
from autodiff.failures.syntax import COMPREHENSIONS, SCOPES, CodeTree, ancestors, called_name

MOST = 40  # calls through which a result is handed on
Holder = Call | tuple[Call, str | None] | None
Key = int | str | ast.comprehension | ast.expr | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the result of an instruction in its function: the way into the structure that holds it, outermost first,
    and whether that is `stored` in a target, put at the end of one (`collected`), `returned`, or, as an `element`, put into a
    list by the caller's code."""

    end: str
    way: tuple[Key, ...]
    target: ast.expr | None = None


def plan_of(tree: CodeTree, instruction: int) -> Plan | None:
    """The plan of an instruction; None if its result is a part of a larger expression."""
    if instruction not in tree.plans:
        node = tree.node(instruction)
        tree.plans[instruction] = None if node is None else climbed(tree, node)
    plan = tree.plans[instruction]
    return plan if isinstance(plan, Plan) else None


def climbed(tree: CodeTree, node: ast.AST) -> Plan | None:
    assert tree.source is not None
    way: list[Key] = []
    if isinstance(node, ast.AugAssign):
        return Plan("stored", (), node.target)
    if isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Store):
        whole = next(up for up in ancestors(tree.source, node) if not isinstance(up, (ast.Tuple, ast.List, ast.Starred)))
        looped = isinstance(whole, (ast.For, ast.AsyncFor, ast.comprehension))  # a part of what the loop goes through
        return None if looped else Plan("stored", (), node)
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.GeneratorExp):
        node = node.args[0] if collected(node, node.args[0]) is not None else node  # which is asked for its next element
    while (parent := tree.source.parents.get(node)) is not None:
        if isinstance(parent, ast.Assign) and node is parent.value and len(parent.targets) == 1:
            return Plan("stored", tuple(way), parent.targets[0])
        if isinstance(parent, ast.Assign) and node is parent.value:
            return Plan("stored", tuple(way), next((t for t in parent.targets if isinstance(t, ast.Name)), parent.targets[0]))
        if isinstance(parent, (ast.AnnAssign, ast.NamedExpr)) and node is parent.value:
            return Plan("stored", tuple(way), parent.target)
        if isinstance(parent, ast.Return) or (isinstance(parent, ast.Lambda) and node is parent.body):
            return Plan("returned", tuple(way))
        if (target := collected(parent, node)) is not None:
            return Plan("collected", (), target)
        step = into(parent, node)
        if step is False:
            return None
        if step is not True:
            way.insert(0, step)
        if isinstance(parent, COMPREHENSIONS) and SCOPES[type(parent)] == tree.code.co_name:
            return Plan("element", tuple(way)) if not isinstance(parent, ast.GeneratorExp) or is_list(tree, parent) else None
        node = parent
    return None


def collected(parent: ast.AST, node: ast.AST) -> ast.expr | None:
    """The list at whose end a result is put: `xs` in `xs.append(y)`, `xs.extend([y for ...])` and `xs += [y]`."""
    whole = isinstance(node, (ast.List, ast.ListComp, ast.GeneratorExp))
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and node in parent.args:
        return parent.func.value if parent.func.attr == "append" or (parent.func.attr == "extend" and whole) else None
    return parent.target if isinstance(parent, ast.AugAssign) and whole and node is parent.value else None


def into(parent: ast.AST, node: ast.AST) -> Key | bool:
    """The key at which a structure holds its part; True where the part is handed on as it is, False where it is lost."""
    if isinstance(parent, ast.IfExp):
        return node is not parent.test
    if isinstance(parent, (ast.Await, ast.Starred)):
        return isinstance(parent, ast.Await)
    if isinstance(parent, (ast.List, ast.Tuple)):
        plain = isinstance(node, ast.expr) and not any(isinstance(part, ast.Starred) for part in parent.elts)
        return parent.elts.index(node) if plain and isinstance(node, ast.expr) else False
    if isinstance(parent, ast.Dict):
        keys = [key for key, value in zip(parent.keys, parent.values, strict=True) if value is node]
        return keys[0].value if keys and isinstance(keys[0], ast.Constant) and isinstance(keys[0].value, (int, str)) else False
    if isinstance(parent, (ast.ListComp, ast.GeneratorExp)):
        every = node is parent.elt and len(parent.generators) == 1 and not parent.generators[0].ifs
        return parent.generators[0] if every else False
    if isinstance(parent, ast.DictComp):
        return parent.key if node is parent.value and len(parent.generators) == 1 else False
    if isinstance(parent, ast.Call):
        return called_name(parent) in ("list", "tuple") and isinstance(node, ast.GeneratorExp)
    return False


def is_list(tree: CodeTree, generator: ast.GeneratorExp) -> bool:
    assert tree.source is not None
    user = tree.source.parents.get(generator)
    if isinstance(user, ast.Assign):
        return isinstance(user.targets[0], (ast.Tuple, ast.List))  # of which each takes one element
    return isinstance(user, ast.Call) and (into(user, generator) is True or collected(user, generator) is not None)


class Names:
    """The names that the program has for its results, of one graph."""

    def __init__(self, expressions: Sequence[tuple[Site, list[Node]]]) -> None:
        self.last = last_through_layers(expressions)
        places = places_of(site for site, _ in expressions)
        self.repeated = {(call, id(turn.loop.node)) for call, turns in places for turn in turns if turn.count}
        self.loops = {loop for _, loop in self.repeated}  # a call in which a loop has one turn alone is as the others
        self.unclear = unclear_loops(places)

    def of(self, site: Site | None, key: int | None = None, stored: bool = False) -> str | None:
        """The name of the result at a site, or of its part at a key; None if the program has none. `stored`: only that of a
        variable, without the turns of the loops."""
        return self.held(site, key, stored)[0]

    def held(self, site: Site | None, key: int | None = None, stored: bool = False) -> tuple[str | None, Holder]:
        """The same, and the call of the function whose variable holds it, with the name of that variable if it holds a list of
        which this is an element; None if none does."""
        way: list[int | str] = [] if key is None else [key]
        function = ""  # that returned it, without a name so far
        start = site
        for _ in range(MOST):
            if site is not None and self.last.get(place_of(site), start) is not start:
                break  # one of several layers that ran there, and not the last
            plan = None if site is None else plan_of(site.call.tree, site.instruction)
            found = [] if plan is None or site is None else [resolved(step, site) for step in plan.way]
            if plan is None or site is None or any(step is None for step in found):
                break
            way = [step for step in found if step is not None] + way if plan.end != "collected" else []
            if plan.target is not None:
                name = self._stored(plan.target, way, site, not stored)
                if not name and not stored:
                    return function or None, None
                return name, (site.call, last_name(plan.target)) if way and isinstance(plan.target, ast.Name) else site.call
            if plan.end == "returned":
                function = function or result_name(site.call) + bracketed(way)
                if not is_called_by(site.call, site.call.caller):
                    break
            site = site.call.caller
        return None if stored else function or None, None

    def turn_label(self, turn: Turn) -> str:
        """`head 0`, `step 3`: the loop's variable with its value, if the values tell the turns apart; else the number of the
        turn."""
        return f"step {turn.count}" if id(turn.loop.node) in self.unclear else turn_label(turn)

    def _stored(self, target: ast.expr, way: list[int | str], site: Site, when: bool) -> str | None:
        """The name of what a target holds."""
        while isinstance(target, (ast.Tuple, ast.List)):
            starred = any(isinstance(part, ast.Starred) for part in target.elts)
            if starred or not way or not isinstance(way[0], int) or way[0] >= len(target.elts):
                return None
            target, way = target.elts[way[0]], way[1:]
        turns = [turn for turn in site.turns if not turn.loop.is_comprehension]
        turns = [turn for turn in turns if (id(site.call), id(turn.loop.node)) in self.repeated]
        if isinstance(target, ast.Subscript):
            held, key = last_name(target.value), resolved(target.slice, site)
            if held is None or key is None:
                return None
            return held + bracketed([key, *way])
        name = last_name(target)
        if name is None:
            return None
        return name + bracketed(way) + (" at " + ", ".join(map(self.turn_label, turns)) if turns and when else "")


def resolved(step: Key, site: Site) -> int | str | None:
    """A key as it was at a site: the turn of the comprehension, the value of the loop's variable."""
    if step is None or isinstance(step, (int, str)):
        return step
    if isinstance(step, ast.comprehension):
        return next((turn.count for turn in site.turns if turn.loop.node is step), None)
    if isinstance(step, ast.Constant):
        return step.value if isinstance(step.value, (int, str)) else None
    if isinstance(step, ast.Name):
        return next((turn.value for turn in site.turns if turn.variable == step.id), None)
    return None


def bracketed(way: Iterable[int | str]) -> str:
    """`[3, 5]` for the way through two lists, `['w']` for that through a dict; nothing for no way."""
    text = ", ".join(map(repr, way))
    return f"[{text}]" if text else ""


def place_of(site: Site) -> tuple[int, int, int]:
    return id(site.call), site.instruction, id(site.turns)


def last_through_layers(expressions: Iterable[tuple[Site, list[Node]]]) -> dict[tuple[int, int, int], Site]:
    """For each expression of the user's that calls layers the last site inside them: what is computed there is its result."""
    last: dict[tuple[int, int, int], Site] = {}
    for site, _ in sorted(expressions, key=lambda expression: expression[1][-1].index):
        if site.layer:
            last[place_of(site)] = site
        call = site.call
        while call.caller is not None:
            if call.through == "nn":
                last[place_of(call.caller)] = site
            call = call.caller.call
    return last


def is_better(known: str, name: str, around: Namespace) -> bool:
    """Whether the caller's own variable says more than the program's name: not if that adds the turn of a loop."""
    return around.is_variable(known) and not name.startswith(known + " at ")


def losses_unread(expressions: Iterable[tuple[Site, list[Node]]], recorded: Recorded) -> set[tuple[int, int, int]]:
    """The places of losses of which a graph has but steps on the way: a derivative does not read the loss itself."""
    found = {place_of(site): parts[-1].index for site, parts in expressions if site.layer.startswith("nn.losses.")}
    last: dict[tuple[int, int, int], int] = {}
    for index, site in recorded.call_sites.items() if found else ():
        if isinstance(site, Site) and (place := place_of(site)) in found:
            last[place] = max(index, last.get(place, index))
    return {place for place, index in found.items() if last[place] > index}


def name_results(
    expressions: Collection[tuple[Site, list[Node]]], recorded: Recorded, names: Names, around: Namespace | None,
    derived: Collection[Node],
) -> dict[Node, Holder]:
    """Give the results of operations their names. Of the operations of one expression the last is the result: the one that no
    other of them uses; of those of a derivative a gradient. Returns the nodes that were named, each with the call of the
    function whose variable it is, and with that variable if it is an element of it."""
    named: dict[Node, Holder] = {}
    unread = losses_unread(expressions, recorded)
    gradients = {index: k if len(found) > 1 else None for *_, found in recorded.derived for k, index in enumerate(found)}
    for site, parts in expressions:
        plan = plan_of(site.call.tree, site.instruction)
        if plan is None or place_of(site) in unread or isinstance(site.call.tree.node(site.instruction), COMPREHENSIONS):
            continue  # there, what a comprehension goes through is taken apart
        ends = [node for node in ends_of(parts) if node not in derived or node.index in gradients]
        slots = slots_of(ends, recorded) if ends else []
        if not gradients.keys().isdisjoint(node.index for node in parts):
            ends = [node for node in parts if node.index in gradients]  # of `a, b = tape.gradient(y, [u, v])`
            slots = [gradients[node.index] for node in ends]
        for node, slot in zip(ends, slots, strict=False):
            if node.name and around is None:
                continue
            name, call = names.held(site, slot)
            if name and name == node.name:
                named[node] = call  # the last value of its variable, which is numbered with those before
            elif name and not (node.name and around is not None and is_better(node.name, name, around)):
                if node.output.startswith(".") and name.endswith(f"[{slot}]"):
                    name = name.removesuffix(f"[{slot}]") + node.output
                node.name = name
                named[node] = call
    return named
