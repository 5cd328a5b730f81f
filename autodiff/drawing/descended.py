"""Constants that the program computed from what was taken out at a cut, `softmax(logits / T)` of `logits = stop_gradient(y)`:
the tape saw none of these steps, but the source of the program says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from copy import deepcopy

from autodiff.drawing.assigned import place_of
from autodiff.drawing.clipping import clipped
from autodiff.drawing.given import expression_given, in_outer_names, source_text, text_of
from autodiff.drawing.graph import Edge, Graph, Node
from autodiff.drawing.groups import common
from autodiff.drawing.operands import is_data, own_operand
from autodiff.drawing.source_text import Renamed, unparsed
from autodiff.drawing.targets import LABELS, given_to
from autodiff.failures.callsite import CallSite
from autodiff.failures.stack import Site
from autodiff.failures.syntax import FUNCTIONS, ancestors, called_name, tree_of

OTHER = ("shape", "size", "ndim", "dtype", "len", "ones_like", "zeros_like", "full_like", "empty_like")  # than the numbers
MOST = 60  # characters of the text of a constant, of which a box shows as much as fits
Operand = tuple[ast.expr, CallSite]


def tell_descended(graph: Graph, sites: Mapping[int, object], given: Mapping[Node, str] | None = None) -> None:
    """Join each constant that was computed from what was cut to that, by an edge that is cut as well, in the place of the node
    that marks the cut. `sites` are those of operations, by their indices; `given`, what losses were given for which argument,
    has the text of that as its name: nothing else that a loss reads is the labels if these are among it."""
    given = given or {}
    losses = {place_of(site) for node, word in given.items()
              if word == LABELS and isinstance(site := sites.get(node.users[0].into.index), Site)}  # fmt: skip
    cuts: dict[tuple[int, int], list[Node]] = {}  # by the place in the program
    for node in graph.nodes:
        if node.marks is not None and node.marks.how != "assign":
            cuts.setdefault((id(node.marks.site.code), node.marks.site.instruction), []).append(node)
    ways = [(Way(each[0].marks.site), each) for each in cuts.values() if each[0].marks is not None]
    place = {node: float(k) for k, node in enumerate(graph.nodes)} if ways else {}
    joined: set[Node] = set()
    for constant in [node for node in place if node.kind == "constant" and node.users and not node.origin]:
        reader = constant.users[0].into
        for way, each in ways:
            before = [node for node in each if node.marks is not None and node.marks.at <= reader.index]
            site, word = sites.get(reader.index), given.get(constant, "")
            if not before or (isinstance(site, Site) and place_of(site) in losses and not word):
                continue
            found = way.operand_of(constant, site, word)
            if found is not None and join(constant, before[-1], place):
                text = constant.origin or way.text_of(*found)
                constant.origin, constant.name = renamed(constant, found[0], site, text) if word else (text, constant.name)
                constant.group = group_of(constant, *found)
                joined.add(before[-1])
    for cut in joined:
        if cut.kind == "cut":
            cut.inputs[0].source.users.remove(cut.inputs[0])
            del place[cut]
    if joined:
        graph.nodes = sorted(place, key=place.__getitem__)


def renamed(constant: Node, operand: ast.expr, site: object, text: str) -> tuple[str, str | None]:
    """What a loss was given behind a cut: `text`, which stands in its name for the operand."""
    known = text_of(operand, site) or source_text(operand, site) if isinstance(site, Site) else None
    if known is None or constant.name is None:
        return text, constant.name
    return constant.name.replace(known, text), None


def join(constant: Node, cut: Node, place: dict[Node, float]) -> bool:
    """Let a constant stand behind what was cut, if that was computed before it."""
    source = cut if cut.kind == "constant" else cut.inputs[0].source
    if place[source] > place[constant] and not source.inputs:
        place[source] = place[constant] - 0.5  # a leaf that was read before the tape met it
    if place[source] > place[constant]:
        return False
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
    """What in the source of a program is computed from the result of a cut."""

    def __init__(self, site: CallSite) -> None:
        call = tree_of(site.code).node(site.instruction)
        self.site, self.call = site, call if isinstance(call, ast.expr) else ast.Name("")  # nothing is computed from that
        self.function = ""
        scope = scope_of(site)
        returned = [part.value for part in own_parts(scope) if isinstance(part, ast.Return) and part.value is not None]
        self.function = getattr(scope, "name", "") if any(self.reaches(value, site) for value in returned) else ""

    def operand_of(self, constant: Node, site: object, word: str = "") -> Operand | None:
        """What the program computes a constant by from the result of the cut, and where, as an operand of the operation that
        reads it; of a layer or a loss the first argument, if that is, or the one of this `word`; where no place is known, its
        variable. None for another."""
        if not isinstance(site, Site):
            variable = ast.Name(constant.name or "")
            return (variable, self.site) if variable.id.isidentifier() and self.reaches(variable, self.site) else None
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

    def reaches(self, expression: ast.expr, site: CallSite, seen: frozenset[str] = frozenset()) -> bool:
        """Whether the numbers of an expression at a site are computed from the result of the cut."""
        for part in parts_with_numbers(expression):
            if part is self.call or (self.function and isinstance(part, ast.Call) and called_name(part) == self.function):
                return True
            if isinstance(part, ast.Name) and part.id not in seen and self.holds(part.id, site, seen | {part.id}):
                return True
        return False

    def holds(self, name: str, site: CallSite, seen: frozenset[str]) -> bool:
        """The same for a variable: whatever is stored in it is, but for what it is computed from itself."""
        stored = [value for value in stored_in(name, site) if not reads(value, name)]
        if stored:
            return all(self.reaches(value, site, seen) for value in stored)
        given = given_at(name, site)
        return given is not None and self.reaches(*given)

    def text_of(self, expression: ast.expr, site: CallSite) -> str:
        """The text by which the program computes what is at a site, of a variable that by which it was computed. Where it reads
        the result of the cut as a variable, the call that cuts stands there."""
        while isinstance(expression, ast.Name) and (given := given_at(expression.id, site)) is not None:
            expression, site = given
        stored = stored_in(expression.id, site) if isinstance(expression, ast.Name) else []
        if len(stored) > 1:
            return clipped(f"…({unparsed(self.call, self.site)})", MOST)
        expression = stored[0] if stored else expression
        variables = {part.id for part in ast.walk(expression) if isinstance(part, ast.Name)}
        cut = {name: self.call for name in variables if self.is_result(name, site)}
        outer = in_outer_names(expression, site) if isinstance(site, Site) and not cut else deepcopy(expression)
        return clipped(unparsed(Renamed(cut).visit(outer), site), MOST)

    def is_result(self, name: str, site: CallSite) -> bool:
        """Whether a variable holds nothing but the result of the cut."""
        given = given_at(name, site)
        return (stored_in(name, site) or ([] if given is None else [given[0]])) == [self.call]


def scope_of(site: CallSite) -> ast.AST | None:
    """The function around a site, or the module."""
    tree = tree_of(site.code)
    found = None
    for found in ancestors(tree.source, tree.node(site.instruction)):
        if isinstance(found, FUNCTIONS):
            break
    return found


def own_parts(scope: ast.AST | None) -> Iterator[ast.AST]:
    """The parts of a function, but for those of functions in it."""
    waiting = [] if scope is None else list(ast.iter_child_nodes(scope))
    for part in waiting:  # it grows meanwhile
        yield part
        waiting += [] if isinstance(part, FUNCTIONS) else ast.iter_child_nodes(part)


def given_at(name: str, site: CallSite) -> Operand | None:
    """What the caller of a function gave for a parameter, and where; None for another variable."""
    given = expression_given(site, name) if isinstance(site, Site) else None
    return (given, site.call.caller) if given is not None and isinstance(site, Site) and site.call.caller is not None else None


def stored_in(name: str, site: CallSite) -> list[ast.expr]:
    """What the function around a site stores in a variable."""
    found: list[ast.expr] = []
    for part in own_parts(scope_of(site)):
        if isinstance(part, ast.Assign):
            pairs = [pair for target in part.targets for pair in stores(target, part.value)]
        elif isinstance(part, (ast.AnnAssign, ast.NamedExpr)) and part.value is not None:
            pairs = [(part.target, part.value)]
        elif isinstance(part, ast.AugAssign):
            pairs = [(part.target, ast.BinOp(ast.Name(name), part.op, part.value))]
        elif isinstance(part, (ast.For, ast.AsyncFor, ast.comprehension)):
            pairs = list(stores(part.target, part.iter))
        else:
            continue
        found += [value for target, value in pairs if isinstance(target, ast.Name) and target.id == name]
    return found


def reads(expression: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(expression))


def stores(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of an assignment, each with what is stored in it, or with the whole of which that is a part."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield target, value
        return
    apart = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else None
    for k, part in enumerate(target.elts):
        yield from stores(part, value if apart is None else apart[k])


def parts_with_numbers(expression: ast.expr) -> Iterator[ast.AST]:
    """The parts of an expression, but for those of which it reads no numbers, as `x` in `x.shape` and `np.ones_like(x)`."""
    waiting: list[ast.AST] = [expression]
    for part in waiting:  # it grows meanwhile
        yield part
        name = part.attr if isinstance(part, ast.Attribute) else called_name(part) if isinstance(part, ast.Call) else ""
        waiting += [] if name in OTHER else ast.iter_child_nodes(part)
