"""Names that expressions of the user's source give: to the leaves that operations read those of the operands, `x` in `x @ w`
and in `model(x)`; to what a call of a library computes in several operations the call itself, `diff(c, n=2)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from copy import deepcopy
from dis import get_instructions
from functools import lru_cache
from types import CodeType

import numpy as np

from autodiff.core.graph import Graph as Recorded
from autodiff.drawing.assigned import bracketed, is_called_by, resolved
from autodiff.drawing.clipping import LONGEST, clipped
from autodiff.drawing.copies import is_copy
from autodiff.drawing.formula import holds_array
from autodiff.drawing.graph import Edge, Node
from autodiff.drawing.namespace import Namespace
from autodiff.drawing.slots import ends_of
from autodiff.drawing.source_text import Renamed, last_name, unparsed
from autodiff.failures.stack import Call, Site
from autodiff.failures.syntax import CALLERS, called_name

ARGUMENT = re.compile(r"\{(\w*)\}")
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
        if edge.source.pattern and isinstance(expression, ast.Call) and expression.args:  # of a loss, which takes labels first
            edge.source.name = text_of(expression.args[0], site) or source_text(expression.args[0], site)
            seen.add(call)
            continue
        if operand is None and is_data(edge.source) and isinstance(expression, ast.Call) and call not in seen:
            seen.add(call)
            operand = only_argument(expression, site, known)
            edge.source.name = name_of_argument(expression, operand, edge, site, around)
            continue
        edge.source.name = None if operand is None else text_of(operand, site)
    for node in nodes:
        if node.pattern:
            node.name = ARGUMENT.sub(node.name or r"\1", node.pattern)


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
    array = None if around is None or name is None else around.array_called(name)
    copied = sure if array is None else is_copy(edge.source.value, array)
    if copied or name is None:
        return name
    return f"…({name})" if site.layer else None  # what an operation makes for itself, as the mask of triu, is none of the data


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


def source_text(operand: ast.expr, site: Site) -> str | None:
    """A short expression as its source has it, or nearly; None for another, and for what reads no variable: its numbers say as
    much."""
    if not any(isinstance(part, ast.Name) for part in ast.walk(operand)):
        return None
    expression = in_outer_names(operand, site)
    text = unparsed(expression, site)
    if len(text) <= LONGEST:
        return text
    if not isinstance(operand, ast.Call) or len(text) > 2 * LONGEST:
        return None
    variables = (re.escape(part.id) for part in ast.walk(expression) if isinstance(part, ast.Name))
    short = clipped(text)  # it should say one of them; what is called is none
    return short if any(re.search(rf"\b{name}\b[^(\w]", short) for name in variables) else None


def in_outer_names(expression: ast.expr, site: Site) -> ast.expr:
    """An expression with the names that the outermost callers have for what its variables hold."""
    variables = {part.id for part in ast.walk(expression) if isinstance(part, ast.Name)}
    names: dict[str, ast.expr] = {name: ast.Name(outer_name(name, site) or name) for name in variables}
    found: ast.expr = Renamed(names).visit(deepcopy(expression))
    return found


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
        arguments = expression.args
        first = arguments[0] if arguments else None
        if isinstance(first, (ast.List, ast.Tuple)) and len(first.elts) == len(node.inputs):
            arguments = first.elts  # of concatenate([x, h])
        return arguments[slot] if slot < len(arguments) and not isinstance(arguments[slot], ast.Starred) else None
    return None


def only_argument(call: ast.Call, site: Site, known: set[str]) -> ast.expr | None:
    """The one argument of another call, as of a layer, that is no result or parameter by its name; None if several may be."""
    arguments = [x for x in call.args if (text := text_of(x, site)) is not None and text not in known]
    return arguments[0] if len(arguments) == 1 and len(arguments) >= len(call.args) - 1 else None


def text_of(operand: ast.expr, site: Site) -> str | None:
    """`x`, `self.x` as `x`; `xs[2]` for `xs[t]` at turn 2 of a loop over t, and for `x` of a loop over xs; of what a function
    was given by name what its caller calls it, and of the result of a call that call; None for what has to be computed."""
    operand, site = as_given(operand, site)
    if isinstance(operand, ast.Subscript):
        held, key = outer_name(last_name(operand.value), site), resolved(operand.slice, site)
        return None if held is None or key is None else held + bracketed([key])
    name = None if is_of_array(operand) else last_name(operand)
    for turn in site.turns if isinstance(operand, ast.Name) else ():
        loop = turn.loop.node
        if name in turn.loop.targets and isinstance(loop, (ast.For, ast.AsyncFor, ast.comprehension)):
            held = outer_name(gone_through(loop.target, loop.iter, name), site)
            return name if held is None else held + bracketed([turn.count])
    given, caller = expression_given(site, operand.id) if isinstance(operand, ast.Name) else None, site.call.caller
    return name if caller is None or not isinstance(given, ast.Call) else source_text(given, caller) or name


def outer_name(name: str | None, site: Site) -> str | None:
    """What the outermost caller calls the thing that a variable holds."""
    return name and (last_name(as_given(ast.Name(name), site)[0]) or name)


def as_given(operand: ast.expr, site: Site) -> tuple[ast.expr, Site]:
    """An operand as the outermost caller has it by name, and the site there."""
    while isinstance(operand, ast.Name) and (argument := argument_of(site, operand.id)) is not None:
        assert site.call.caller is not None
        operand, site = argument, site.call.caller
    return operand, site


def argument_of(site: Site, name: str) -> ast.expr | None:
    """What the caller of a function of the user's gave for one of its parameters, if that is a name; None else."""
    found = expression_given(site, name)
    return found if isinstance(found, (ast.Name, ast.Attribute)) and not is_of_array(found) else None


def is_of_array(expression: ast.expr) -> bool:
    """Whether an expression asks an array for something, as `x.T` does."""
    return isinstance(expression, ast.Attribute) and hasattr(np.ndarray, expression.attr)


def expression_given(site: Site, name: str) -> ast.expr | None:
    """What the caller of a function of the user's gave for one of its parameters, if the function has stored nothing else there
    before it comes to this site; None else."""
    code, caller = site.code, site.call.caller
    parameters = code.co_varnames[: code.co_argcount]
    own = name not in parameters or name == "self" or is_stored(code, name, site.instruction)
    if caller is None or own or not is_called_by(site.call, caller):
        return None
    expression = caller.call.tree.node(caller.instruction)
    if not isinstance(expression, ast.Call):
        return None
    k = parameters.index(name) - (parameters[0] == "self")
    given: list[ast.expr] = [*expression.args[:k], *([] if k >= len(expression.args) else [expression.args[k]])]
    if any(isinstance(x, ast.Starred) for x in given):
        return None
    return given[k] if k < len(given) else next((x.value for x in expression.keywords if x.arg == name), None)


def is_stored(code: CodeType, name: str, instruction: int) -> bool:
    """Whether a function may have stored something else in a parameter before it is at an instruction: in one that stands
    before it, or in the same loop."""
    stores, loops = stores_and_loops(code)
    return any(store <= instruction or any(store in loop and instruction in loop for loop in loops)
               for store in stores.get(name, ()))  # fmt: skip


@lru_cache(1024)
def stores_and_loops(code: CodeType) -> tuple[dict[str, list[int]], list[range]]:
    """The instructions of a function that store something in each variable, and those of its loops."""
    stores: dict[str, list[int]] = {}
    loops: list[range] = []
    for step in get_instructions(code):
        if step.opname.startswith(("STORE_", "DELETE_")):
            for name in step.argval if isinstance(step.argval, tuple) else (step.argval,):
                stores.setdefault(str(name), []).append(step.offset // 2)
        elif "JUMP_BACKWARD" in step.opname:
            loops.append(range(step.argval // 2, step.offset // 2))
    return stores, loops


def gone_through(target: ast.expr, things: ast.expr, name: str | None) -> str | None:
    """What a loop takes the variable of this name from: `xs` of `for x in xs`, also by `zip` and `enumerate`; None for what has
    no name."""
    if isinstance(target, ast.Name) and target.id == name:
        return last_name(things)
    if not isinstance(target, ast.Tuple) or not isinstance(things, ast.Call):
        return None
    sources = {"zip": things.args, "enumerate": [ast.Constant(0), *things.args]}.get(called_name(things) or "", [])
    return next((held for part, source in zip(target.elts, sources, strict=False)
                 if (held := gone_through(part, source, name)) is not None), None)  # fmt: skip
