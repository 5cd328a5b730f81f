"""Constants that the program computed from what was taken out at a cut, `softmax(logits / T)` of `logits = stop_gradient(y)`:
the tape saw none of these steps, but the source of the program says so."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from types import CodeType

from autodiff.core.escapes import OF_A_LINE
from autodiff.drawing.assigned import place_of
from autodiff.drawing.clipping import clipped
from autodiff.drawing.given import expression_given, in_outer_names, is_of_array, source_text, text_of
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.groups import common
from autodiff.drawing.operands import is_data, own_operand
from autodiff.drawing.source_text import Renamed, unparsed
from autodiff.drawing.stored import loops_around, own_parts, scope_of, stored_in
from autodiff.drawing.targets import LABELS, given_to
from autodiff.failures.callsite import CallSite
from autodiff.failures.stack import Site
from autodiff.failures.syntax import called_name, tree_of

OTHER = ("shape", "size", "ndim", "dtype", "len", "ones_like", "zeros_like", "full_like", "empty_like")  # than the numbers
MOST = 60  # characters of the text of a constant, of which a box shows as much as fits
MODULE = "<module>"
Operand = tuple[ast.expr, CallSite]


def tell_descended(
    graph: Graph, sites: Mapping[int, object], code: CodeType | None, given: Mapping[Node, str] | None = None
) -> None:
    """Join each constant that was computed from what was cut to that, by an edge that is cut as well, in the place of the node
    that marks the cut. `sites` are those of operations, by their indices; where there is none, constants have the names of the
    variables of a frame with this `code`. `given`, what losses were given for which argument, has the text of that as its name:
    nothing else that a loss reads is the labels if these are among it."""
    given = given or {}
    losses = {place_of(site) for node, word in given.items()
              if word == LABELS and isinstance(site := sites.get(node.users[0].into.index), Site)}  # fmt: skip
    cuts: dict[tuple[int, int], list[Node]] = {}  # by the place in the program
    marked = [(node, node.marks) for node in (*graph.nodes, *graph.unseen) if node.marks is not None]
    for node, cut in sorted(marked, key=lambda each: each[1].at):
        if cut.how != "assign":
            cuts.setdefault((id(cut.site.code), cut.site.instruction), []).append(node)
    followed = on_the_tape(sites) if cuts else set[ast.AST]()
    ways = [(Way(each[0].marks.site, followed), each) for each in cuts.values() if each[0].marks is not None]
    for way, _ in ways:
        way.is_named = code is not None and (code is way.site.code or code.co_name == way.site.code.co_name == MODULE)
        way.others = {other.call for other, _ in ways} - {way.call}
    place = {node: float(k) for k, node in enumerate(graph.nodes)} if ways else {}
    joined: set[Node] = set()
    for constant in [node for node in place if node.kind == "constant" and node.users and not node.origin]:
        for way, each in ways:
            site, word = sites.get(constant.users[0].into.index), given.get(constant, "")
            if isinstance(site, Site) and place_of(site) in losses and not word:
                continue
            found, end = way.found_for(constant, each, sites, word)
            if found is not None and end is not None and join(constant, end, place):
                text = constant.origin or way.text_of(*found)
                constant.origin, constant.name = renamed(constant, found[0], site, text) if word else (text, constant.name)
                constant.group = group_of(constant, *found)
                if not isinstance(found[0], ast.Name) and reads(found[0], constant.name or ""):
                    constant.name = None  # `t` has numbers like those of `t[:, 0]`
                joined.add(end)
    for end in joined:
        if end.kind == "cut" and end in place:
            end.inputs[0].source.users.remove(end.inputs[0])
            del place[end]
    if joined:
        graph.nodes = sorted(place, key=place.__getitem__)


def renamed(constant: Node, operand: ast.expr, site: object, text: str) -> tuple[str, str | None]:
    """What a loss was given behind a cut: `text`, which stands in its name for the operand."""
    known = text_of(operand, site) or source_text(operand, site) if isinstance(site, Site) else None
    if known is None or constant.name is None:
        return text, constant.name
    return constant.name.replace(known, text), None


def on_the_tape(sites: Mapping[int, object]) -> set[ast.AST]:
    """The expressions of the program that computed something on the tape: its operations, and calls of functions with some."""
    found: set[ast.AST] = set()
    seen: set[tuple[int, int]] = set()
    for site in sites.values():
        while isinstance(site, Site) and (id(site.code), site.instruction) not in seen:
            seen.add((id(site.code), site.instruction))
            node = site.call.tree.node(site.instruction)
            found |= set() if node is None else {node}
            site = site.call.caller
    return found


def join(constant: Node, cut: Node, place: dict[Node, float]) -> bool:
    """Let a constant stand behind what was cut, if that was computed before it."""
    source = cut if cut.kind == "constant" else cut.inputs[0].source
    if place[source] > place[constant] and not source.inputs:
        place[source] = place[constant] - 0.5  # a leaf that was read before the tape met it
    if place[source] > place[constant]:
        return False
    if source not in [edge.source for edge in constant.inputs]:  # whose numbers may be taken out at several places
        edge = Edge(source, constant, len(constant.inputs), cut=True)
        source.users.append(edge)
        constant.inputs.append(edge)
        constant.line = cut.line
    return True


def group_of(constant: Node, operand: ast.expr, site: CallSite) -> str:
    """The group in which a constant is computed: that of what reads it, or if that was given it, the one around both ends."""
    reader = constant.users[0].into
    edge = own_operand(tree_of(site.code).node(site.instruction), constant.users[0])
    own = edge is operand and (not isinstance(operand, ast.Name) or bool(stored_in(operand.id, site)))
    return reader.group if own else common([reader.group, *(edge.source.group for edge in constant.inputs)])


class Way:
    """What in the source of a program is computed from the result of a cut, with no step on the tape between."""

    def __init__(self, site: CallSite, followed: Collection[ast.AST]) -> None:
        call = tree_of(site.code).node(site.instruction)
        self.site, self.call = site, call if isinstance(call, ast.expr) else ast.Name("")  # nothing is computed from that
        self.followed = followed
        self.others: Collection[ast.AST] = ()  # the calls of other cuts
        self.is_named = False  # whether constants have the names of the variables around the cut
        self.known: dict[tuple[int, int, str], Operand | None] = {}
        self.function = ""
        scope = scope_of(site)
        returned = [part.value for part in own_parts(scope) if isinstance(part, ast.Return) and part.value is not None]
        if returned and all(self.reaches(part, site) for value in returned for part in elements(value)):
            self.function = only_name(scope, site)
            self.known.clear()

    def found_for(
        self, constant: Node, cuts: list[Node], sites: Mapping[int, object], word: str = ""
    ) -> tuple[Operand | None, Node | None]:
        """By what the program computes a constant from the result of a cut, and from which of those at its place; None if that
        is not known."""
        reader = constant.users[0].into
        before = [node for node in cuts if node.marks is not None and node.marks.at <= reader.index]
        found = self.operand_of(constant, sites.get(reader.index), word) if before else None
        if found is None:
            return None, None
        met = self.reaches(*found)
        sure = met is not None and (len(cuts) == 1 or self.is_of_last(*met))
        cut = before[-1].marks
        if len(before) >= OF_A_LINE and cut is not None:  # later ones were not noted
            sure = sure and are_in_one_turn(sites, range(cut.at, reader.index + 1))
        return (found, before[-1]) if sure else (None, None)

    def is_of_last(self, part: ast.expr, site: CallSite) -> bool:
        """Whether what an expression reads at a site comes from the last cut: no loop is over around the call that cuts, and no
        other call of the function came between."""
        here, scope = tree_of(site.code).node(site.instruction), scope_of(self.site)
        if here is None or not loops_around(part, site) <= {here, *loops_around(here, site)}:
            return False
        if any(isinstance(each, ast.Call) and called_name(each) == getattr(scope, "name", "") for each in own_parts(scope)):
            return False  # it calls itself
        if part is self.call:
            return True
        sources = {tree_of(each.code).source for each in (self.site, site)}  # of several cells in a notebook
        parts = (part for source in sources if source is not None for part in source.parents)
        calls = [each for each in parts if isinstance(each, ast.Call) and called_name(each) == self.function]
        return len(calls) == 1 and not loops_around(self.call, self.site)

    def operand_of(self, constant: Node, site: object, word: str = "") -> Operand | None:
        """What the program computes a constant by from the result of the cut, and where, as an operand of the operation that
        reads it; of a layer or a loss the first argument, if that is, or the one of this `word`; where no place is known, its
        variable. Else None."""
        if not isinstance(site, Site):
            variable = ast.Name(constant.name or "")
            known = self.is_named and variable.id.isidentifier()
            return (variable, self.site) if known and self.reaches(variable, self.site) else None
        call = site.call.tree.node(site.instruction)
        operand = own_operand(call, constant.users[0])
        if operand is not None:
            return (operand, site) if self.reaches(operand, site) else None
        if not isinstance(call, ast.Call) or not is_data(constant) or constant.value.dtype.kind != "f":
            return None
        if word:
            argument = given_to(call, word)
            return (argument, site) if argument is not None and self.reaches(argument, site) else None
        targets = (*call.args[:1], *(x.value for x in call.keywords if x.arg != "y_pred"))  # what is predicted is on the tape
        given = [x for x in targets if self.reaches(x, site)]
        return (given[0], site) if len(given) == 1 and constant.name in (None, text_of(given[0], site)) else None

    def reaches(self, expression: ast.expr, site: CallSite) -> Operand | None:
        """The call in which an expression at a site is computed from the result of the cut, and where that is; None if none of
        its numbers are."""
        is_result = isinstance(expression, ast.Call) and self.function and called_name(expression) == self.function
        if expression is self.call or is_result:
            return expression, site
        if expression in self.followed or expression in self.others:
            return None
        if isinstance(expression, ast.Name):
            key = (id(site.call if isinstance(site, Site) else site), site.instruction, expression.id)  # in whatever turn
            if key not in self.known:
                self.known[key] = None  # for what it is computed from itself
                self.known[key] = self.held_by(expression.id, site)
            return self.known[key]
        found = [self.reaches(part, site) for part in parts_with_numbers(expression)]
        some = [each for each in found if each is not None]
        return None if not some or (isinstance(expression, ast.IfExp) and len(some) < len(found)) else some[0]

    def held_by(self, name: str, site: CallSite) -> Operand | None:
        """The same for a variable: whatever is stored in it is, but for what it is computed from itself."""
        if (given := given_at(name, site)) is not None:
            return self.reaches(*given)
        stored = [value for value in stored_in(name, site) if not reads(value, name) or self.call in ast.walk(value)]
        found = [self.reaches(part, site) for value in stored for part in elements(value)]
        return found[0] if found and None not in found else None

    def text_of(self, expression: ast.expr, site: CallSite) -> str:
        """The text by which the program computes what is at a site, of a variable that by which it was computed. Where it reads
        the result of the cut as a variable, the call that cuts stands there, unless that is of an earlier turn of a loop."""
        earlier = site.code is self.site.code and site.instruction < self.site.instruction
        while isinstance(expression, ast.Name) and (given := given_at(expression.id, site)) is not None:
            expression, site = given
        expression = expression.value if isinstance(expression, ast.NamedExpr) else expression
        stored = stored_in(expression.id, site) if isinstance(expression, ast.Name) else []
        if len(stored) > 1:
            return clipped(f"…({unparsed(self.call, self.site)})", MOST)
        expression = stored[0] if stored else expression
        variables = {part.id for part in ast.walk(expression) if isinstance(part, ast.Name)}
        cut = {name: self.call for name in variables if self.is_result(name, site) and not earlier}
        outer = in_outer_names(expression, site) if isinstance(site, Site) and not cut else deepcopy(expression)
        return clipped(unparsed(Renamed(cut).visit(outer), site), MOST)

    def is_result(self, name: str, site: CallSite) -> bool:
        """Whether a variable holds nothing but the result of the cut."""
        given = given_at(name, site)
        return (stored_in(name, site) or ([] if given is None else [given[0]])) == [self.call]


def given_at(name: str, site: CallSite) -> Operand | None:
    """What the caller of a function gave for a parameter, and where; None for another variable."""
    given = expression_given(site, name, by_name=True) if isinstance(site, Site) else None
    return (given, site.call.caller) if given is not None and isinstance(site, Site) and site.call.caller is not None else None


def only_name(function: ast.AST | None, site: CallSite) -> str:
    """The name of a function; "" if another of the file, or the method of another class, has it too."""
    name, source = getattr(function, "name", ""), tree_of(site.code).source
    same = [each for each in (source.parents if source is not None else ()) if getattr(each, "name", None) == name]
    return name if len(same) == 1 else ""


def are_in_one_turn(sites: Mapping[int, object], indices: range) -> bool:
    """Whether all operations from an index to another are in one turn of the loops around the last, as far as they are in its
    call."""
    last = sites.get(indices[-1])
    found = [site for index in indices if isinstance(site := sites.get(index), Site) and isinstance(last, Site)]
    turns = [site.turns for site in found if isinstance(last, Site) and site.call is last.call]
    return all(turn is its for each in turns for turn, its in zip(each, turns[-1], strict=False))


def reads(expression: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(expression))


def elements(value: ast.expr) -> list[ast.expr]:
    """What a display holds, of which a program may read one; another expression as it is."""
    if isinstance(value, (ast.Tuple, ast.List, ast.Set)):
        return value.elts
    if isinstance(value, ast.Call) and called_name(value) == "dict" and value.keywords:
        return [*value.args, *(x.value for x in value.keywords)]
    return value.values if isinstance(value, ast.Dict) else [value]


def parts_with_numbers(expression: ast.expr) -> Iterable[ast.expr]:
    """The parts of an expression whose numbers it may read: of `x.shape` and `np.ones_like(x)` none, nor of an attribute that
    no array has."""
    if isinstance(expression, ast.Attribute):
        known = is_of_array(expression) or expression.attr == "numpy"
        return [expression.value] if known and expression.attr not in OTHER else ()
    if isinstance(expression, ast.Call):
        own = [expression.func] if isinstance(expression.func, ast.Attribute) else []
        return () if called_name(expression) in OTHER else [*own, *expression.args, *(x.value for x in expression.keywords)]
    if isinstance(expression, ast.IfExp):
        return expression.body, expression.orelse
    if isinstance(expression, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        return [expression.elt]
    parts = () if isinstance(expression, ast.Lambda) else ast.iter_child_nodes(expression)
    return (part for part in parts if isinstance(part, ast.expr))
