"""Names that expressions of the user's source give: to the leaves that operations read those of the operands, `x` in `x @ w`
and in `model(x)`; to what a call of a library computes in several operations the call itself, `diff(c, n=2)`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

import numpy as np

from autodiff.core.dtypes import is_real
from autodiff.core.graph import Graph as Recorded
from autodiff.core.op import Op
from autodiff.drawing.clipping import LONGEST, clipped
from autodiff.drawing.copies import is_copy
from autodiff.drawing.formula import FIRST, holds_array
from autodiff.drawing.given import in_outer_names, source_text, text_of
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.slots import ends_of
from autodiff.drawing.source_text import unparsed
from autodiff.drawing.targets import name_target, text_of_targets
from autodiff.failures.keywords import argument_names
from autodiff.failures.stack import Call, Site
from autodiff.failures.syntax import CALLERS, called_name

PLAIN_KINDS = ("constant", "input")


def name_data(nodes: list[Node], recorded: Recorded, derived: Collection[Node], around: Namespace | None) -> None:
    """Name the leaves without a name that an operation reads, as far as the expression at its call site says which they are.
    `derived`: the operations of a derivative, which reads what its rules make. What a layer computed from its argument is
    `…(x)`."""
    known = {name for node in nodes if node.name for name in (node.name, node.name.partition(" at ")[0])}
    seen: set[tuple[int, int, int]] = set()  # calls of the user's functions and layers that have named what they read
    for site, edge in leaves_without_name(nodes, recorded, derived):
        expression = site.call.tree.node(site.instruction)
        operand = own_operand(expression, edge)
        call = (id(site.call), site.instruction, id(site.turns))
        if edge.source.pattern and isinstance(expression, ast.Call):
            name_target(edge.source, expression, site)
            seen.add(call)
            continue
        if operand is None and is_data(edge.source) and isinstance(expression, ast.Call) and call not in seen:
            seen.add(call)
            operand = only_argument(expression, site, known)
            name = name_of_argument(expression, operand, edge, site, around)
            edge.source.name = name or text_of_targets(edge.source, expression, site)
            continue
        edge.source.name = None if operand is None else text_of(operand, site)


def name_of_argument(
    call: ast.Call, operand: ast.expr | None, edge: Edge, site: Site, around: Namespace | None
) -> str | None:
    """The name of data that a layer reads, or `…(x)` for what it computed from them: by its only argument, or by that which is
    left, though results have its name too, if it computed from nothing else."""
    sure = operand is not None
    others = [other.source for other in edge.into.inputs if other is not edge]
    if not sure and len(call.args) == 1 and all(other.op is None for other in others):
        operand = call.args[0]
    name = None if operand is None else text_of(operand, site)
    if name is None and around is not None and isinstance(operand, ast.Call):
        return joined_text(operand, edge.source.value, site, around)
    array = None if around is None or name is None else around.array_called(name)
    copied = sure if array is None else is_copy(edge.source.value, array)
    if copied or name is None:
        return name
    return f"…({name})" if site.layer else None  # what an operation makes for itself, as the mask of triu, is none of the data


def joined_text(call: ast.Call, value: object, site: Site, around: Namespace) -> str | None:
    """The text of a call that computes data from others, if these are arrays with names and the data have their numbers, as
    those of concatenate have."""
    names = {part.id for part in ast.walk(in_outer_names(call, site)) if isinstance(part, ast.Name)}
    arrays = [array for name in names if (array := around.array_called(name)) is not None and is_real(array)]
    whole = np.concatenate([array.ravel() for array in arrays]) if arrays else None
    return source_text(call, site) if whole is not None and is_copy(value, whole) else None


def said_by_the_program(nodes: list[Node], recorded: Recorded, derived: Collection[Node]) -> set[Node]:
    """The leaves without a name that an operand of the program's own says in a short text."""
    operands = ((edge.source, own_operand(site.call.tree.node(site.instruction), edge), site)
                for site, edge in leaves_without_name(nodes, recorded, derived))  # fmt: skip
    return {leaf for leaf, operand, site in operands if operand is not None and source_text(operand, site) is not None}


def name_computed(nodes: list[Node], recorded: Recorded, derived: Collection[Node]) -> None:
    """Give the arrays that are still without a name, and that an operand computes from others, the text of that operand; and
    numbers, unless they are others in each turn of a loop."""
    for site, edge in leaves_without_name(nodes, recorded, derived):
        leaf = edge.source
        if leaf.origin or leaf.kind not in PLAIN_KINDS:
            continue
        operand = own_operand(site.call.tree.node(site.instruction), edge)
        if operand is not None and (is_data(leaf) or is_computed(operand, site)):
            leaf.name = source_text(operand, site)


def is_computed(operand: ast.expr, site: Site) -> bool:
    """Whether an operand is computed, and not from what changes in a loop."""
    names = {part.id for part in ast.walk(operand) if isinstance(part, ast.Name)}
    looped = {name for turn in site.turns for name in turn.loop.targets}
    return isinstance(operand, (ast.BinOp, ast.Call)) and names.isdisjoint(looped)


def name_keys(expressions: Iterable[tuple[Site, list[Node]]]) -> None:
    """Give the arrays that pick elements of others, `wte[tokens]`, the text that they have in the program."""
    for site, parts in expressions:
        for node in parts:
            if node.op is None or node.op.symbol != "[]" or len(node.inputs) > 1 or not holds_array(node.params.get("key")):
                continue
            subscript = site.call.tree.node(site.instruction)
            if isinstance(subscript, ast.Subscript):
                text = source_text(subscript.slice, site) or ""
                node.key = text[1:-1] if isinstance(subscript.slice, ast.Tuple) else text


def name_calls(expressions: Iterable[tuple[Site, list[Node]]], derived: set[Node]) -> dict[Node, Call]:
    """Where one call of a library consists of several operations and its result has no name, give it the text of that call.
    Returns the nodes that were named, each with the call of the function that it is in."""
    named: dict[Node, Call] = {}
    for site, parts in expressions:
        if len(parts) < 2 or site.layer or not derived.isdisjoint(parts):
            continue
        call = site.call.tree.node(site.instruction)
        if not isinstance(call, ast.Call) or not is_dotted(call.func) or called_name(call) in CALLERS:
            continue
        ends = ends_of(parts)
        words = {word for node in parts if node.op is not None for word in (node.op.name, node.op.label)}
        if len(ends) == 1 and ends[0].name is None and called_name(call) not in words:
            ends[0].name, named[ends[0]] = clipped(unparsed(call, site), LONGEST), site.call
    return named


def is_dotted(function: ast.expr) -> bool:
    """Whether an expression is a name, or the attribute of one."""
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name)


def leaves_without_name(
    nodes: list[Node], recorded: Recorded, derived: Collection[Node]
) -> Iterator[tuple[Site, Edge]]:  # fmt: skip
    """Where the operations of the program itself read leaves that have no name, and their edges."""
    leaves = [node for node in nodes if node.op is None and node.name is None] if recorded.call_sites else []
    readers = {edge.into for leaf in leaves for edge in leaf.users}
    for node in nodes if readers else ():
        site = recorded.call_sites.get(node.index) if node in readers and node.kind == "op" and node not in derived else None
        for edge in node.inputs if isinstance(site, Site) else ():
            if edge.source.op is None and edge.source.name is None and isinstance(site, Site):
                yield site, edge


def is_data(node: Node) -> bool:
    """Whether a node is an array that the program neither computed nor trains."""
    return node.kind in PLAIN_KINDS and type(node.value) is not float and np.ndim(node.value) > 0


def own_operand(expression: ast.AST | None, edge: Edge) -> ast.expr | None:
    """What comes along an edge, as the operand of an operator or of a call of the operation itself."""
    node, slot = edge.into, edge.slot
    if isinstance(expression, ast.BinOp) and len(node.inputs) == 2:
        return (expression.left, expression.right)[slot]
    if isinstance(expression, ast.AugAssign) and len(node.inputs) == 2:
        return (expression.target, expression.value)[slot]
    if isinstance(expression, ast.Subscript) and len(node.inputs) == 2 and not isinstance(expression.slice, ast.Tuple):
        return (expression.value, expression.slice)[slot]
    if isinstance(expression, ast.Call) and node.op is not None:
        called = called_name(expression)  # "" for what is called in `Loss(from_logits=True)(y, p)`
        if not called or called not in (node.op.name, node.op.label):
            return None
        arguments = expression.args[FIRST in node.params :]
        first = arguments[0] if arguments else None
        if isinstance(first, (ast.List, ast.Tuple)) and len(first.elts) == len(node.inputs):
            arguments = first.elts  # of concatenate([x, h])
        elif takes_a_list(node.op):
            return ast.Subscript(first, ast.Constant(slot)) if isinstance(first, (ast.Name, ast.Attribute)) else None
        return arguments[slot] if slot < len(arguments) and not isinstance(arguments[slot], ast.Starred) else None
    return None


def takes_a_list(op: Op) -> bool:
    """Whether all inputs of an operation are one argument, as those of concatenate."""
    return op.arity == 0 and argument_names(op.function)[:1] == ("arrays",)


def only_argument(call: ast.Call, site: Site, known: set[str]) -> ast.expr | None:
    """The one argument of another call, as of a layer, that is no result or parameter by its name; None if several may be."""
    arguments = [x for x in call.args if (text := text_of(x, site)) is not None and text not in known]
    return arguments[0] if len(arguments) == 1 and len(arguments) >= len(call.args) - 1 else None
