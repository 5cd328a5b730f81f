"""The program's own text of an expression, without the names of modules, and as long as fits a box: `damping * (rank @ P)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from types import ModuleType

from autodiff.drawing.clipping import clipped
from autodiff.failures.callsite import CallSite
from autodiff.failures.syntax import tree_of

DOTTED = re.compile(r"(?<![\w.'\"])([A-Za-z_]\w*)\.")
SMALL = re.compile(r"(?<=\d)e-0(\d)\b")  # 1e-08
OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)
LEFT_OUT = "·"
SHORT = (ast.Name, ast.Attribute, ast.Constant, ast.Slice, ast.Starred, ast.FormattedValue)  # they are not left out


def unparsed(expression: ast.AST, site: CallSite) -> str:
    """An expression as its source has it, without the names of modules and without `self`."""
    known = tree_of(site.code).module
    text = SMALL.sub(r"e-\1", ast.unparse(expression))
    return DOTTED.sub(lambda found: "" if found[1] == "self" or isinstance(known.get(found[1]), ModuleType) else found[0], text)


def text_at(site: CallSite, width: int) -> str:
    """The text of the expression at a site, in which `·` stands for some of its operands and arguments if it is longer than
    `width`; "" for what is no operation, and where no more can be left out."""
    found = tree_of(site.code).node(site.instruction)
    if isinstance(found, ast.AugAssign):
        found = ast.BinOp(found.target, found.op, found.value)
    called = isinstance(found, ast.Call) and isinstance(found.func, (ast.Name, ast.Attribute))
    if not isinstance(found, ast.expr) or not (called or isinstance(found, OPERATORS)):
        return ""
    expression = found
    text = unparsed(expression, site)
    while len(text) > width:
        shorter = {unparsed(each, site): each for each in shortened(expression)}
        if not shorter:
            return clipped(text, width) if called else ""
        fitting = [each for each in shorter if len(each) <= width]
        text = max(fitting, key=len) if fitting else min(shorter, key=len)
        expression = shorter[text]
    return text


def shortened(expression: ast.expr) -> Iterator[ast.expr]:
    """The expression without one of the operands and arguments in it that are more than a name."""
    whole = list(ast.walk(expression))
    kept = {id(expression), *(id(node.func) for node in whole if isinstance(node, ast.Call))}
    for node in whole:
        if isinstance(node, ast.JoinedStr):
            kept.update(map(id, ast.iter_child_nodes(node)))
    for place, node in enumerate(whole):
        if isinstance(node, ast.expr) and not isinstance(node, SHORT) and id(node) not in kept:
            yield without(expression, place)


def without(expression: ast.expr, place: int) -> ast.expr:
    """A copy of an expression in which `·` stands for one of its parts, by its place in `ast.walk`."""
    copy = deepcopy(expression)
    part = list(ast.walk(copy))[place]

    class Replacing(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return ast.Name(LEFT_OUT) if node is part else self.generic_visit(node)

    Replacing().visit(copy)
    return copy


def last_name(expression: ast.expr) -> str | None:
    """The last part of a name: `h` for `self.h`."""
    if isinstance(expression, ast.Name):
        return expression.id
    return expression.attr if isinstance(expression, ast.Attribute) else None
