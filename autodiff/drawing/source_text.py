"""The program's own text of an expression, without the names of modules, and as long as fits a box: `damping * (rank @ P)`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from types import ModuleType
from typing import Any

from autodiff.drawing.clipping import LONGEST, clipped
from autodiff.failures.callsite import CallSite
from autodiff.failures.syntax import tree_of

DOTTED = re.compile(r"(?<![\w.'\"])([A-Za-z_]\w*)\.")
PI = re.compile(r"(?<![\w.'\"])([A-Za-z_]\w*)\.pi\b")
SMALL = re.compile(r"(?<=\d)e-0(\d)\b")  # 1e-08
LARGE = re.compile(r"(?<![\w.])(\d{6,})\.0\b")  # 1000000000.0 for 1e9
KEPT = ("func", "elt", "target")  # fields of calls and comprehensions that are not left out by themselves
OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)
WORDS = re.compile(r"[A-Za-z_]\w*")
LEFT_OUT = "·"
Place = tuple[Any, Any]  # a list and a number, or the fields of a node and a name
SHORT = (ast.Name, ast.Attribute, ast.Constant, ast.Slice, ast.Starred, ast.FormattedValue)  # they are not left out


def unparsed(expression: ast.AST, site: CallSite) -> str:
    """An expression as its source has it, without the names of modules and without `self`."""
    known = tree_of(site.code).module or modules_of(site)
    text = ast.unparse(expression)
    for part in ast.walk(expression):
        if isinstance(part, ast.Call) and len(part.args) == 1 and isinstance(part.args[0], ast.GeneratorExp):
            argument = ast.unparse(part.args[0])
            text = text.replace(f"({argument})", argument)  # its own parentheses are enough
    text = SMALL.sub(r"e-\1", text)
    text = LARGE.sub(in_powers, text)
    text = PI.sub(lambda found: "π" if isinstance(known.get(found[1]), ModuleType) else found[0], text)
    return DOTTED.sub(lambda found: "" if found[1] == "self" or isinstance(known.get(found[1]), ModuleType) else found[0], text)


def modules_of(site: CallSite) -> dict[str, object]:
    """What is known of a module of which no call was noted: the modules that its source imports, and what the program's main
    module has, as the cells of a notebook are in that."""
    source = tree_of(site.code).source
    imports = (part for part in (source.parents if source is not None else ()) if isinstance(part, ast.Import))
    names = (alias.asname or alias.name.partition(".")[0] for part in imports for alias in part.names)
    return vars(sys.modules["__main__"]) | dict.fromkeys(names, sys)


def in_powers(found: re.Match[str]) -> str:
    """`1e9` for a number that Python writes as 1000000000.0."""
    text = f"{float(found[1]):g}"
    return text.replace("e+0", "e").replace("e+", "e") if float(text) == float(found[1]) else found[0]


def text_at(site: CallSite, longest: int = LONGEST, names: Mapping[str, ast.expr] | None = None) -> str:
    """The text of the expression at a site, in which `·` stands for some of its operands and arguments if it is longer
    than that; "" for what is no operation, and where no more can be left out. `names`: what stands for some variables."""
    tree = tree_of(site.code)
    found = tree.node(site.instruction)
    if names and found is not None:
        return said(Renamed(names).visit(deepcopy(found)), site, longest)
    text = tree.texts.get((site.instruction, longest))
    if text is None:
        text = said(found, site, longest)
        if tree.module:  # else it may be known later
            tree.texts[site.instruction, longest] = text
    return text


class Renamed(ast.NodeTransformer):
    """Puts other names or expressions in the place of variables, but for those of what is called. A name of several words
    stands in parentheses beside an operator."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.names.get(node.id, node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        found = super().generic_visit(node)
        for field, part in ast.iter_fields(found) if isinstance(found, OPERATORS) else ():
            if isinstance(part, ast.Name) and " at " in part.id and field != "slice":
                setattr(found, field, ast.Name(f"({part.id})"))
        return found

    def visit_Call(self, node: ast.Call) -> ast.Call:
        function = node.func
        super().generic_visit(node)
        node.func = function if isinstance(function, ast.Name) else node.func
        return node


def said(found: ast.AST | None, site: CallSite, longest: int) -> str:
    if isinstance(found, ast.AugAssign):
        found = ast.BinOp(found.target, found.op, found.value)
    called = isinstance(found, ast.Call) and isinstance(found.func, (ast.Name, ast.Attribute))
    if not isinstance(found, ast.expr) or not (called or isinstance(found, OPERATORS)):
        return ""
    whole = unparsed(found, site)
    if len(whole) <= longest:
        return whole
    texts = [text for largest in (True, False) for text in shortened(deepcopy(found), site, longest, largest)]
    return max(texts, key=worth, default="")


def worth(text: str) -> tuple[int, int, int]:
    """How much a text says: by how many words, with how little left out."""
    return len(set(WORDS.findall(text))), -text.count(LEFT_OUT), len(text)


def shortened(expression: ast.expr, site: CallSite, longest: int, largest: bool) -> Iterator[str]:
    """Texts that are short enough. `largest`: with one part left out if that is enough, else with the largest and then others;
    or with the smallest parts left out, one after another. Of a call that is too long then, its first arguments."""
    while True:
        texts: dict[str, Place] = {}
        for held, key in places(expression):
            part, held[key] = held[key], ast.Name(LEFT_OUT)
            texts[unparsed(expression, site)] = held, key
            held[key] = part
        fitting = [text for text in texts if len(text) <= longest]
        yield from fitting
        if not texts and isinstance(expression, ast.Call):
            yield clipped(unparsed(expression, site), longest)
        if len(fitting) == len(texts) or (largest and fitting):
            return
        held, key = texts[(min if largest else max)(texts, key=len)]
        held[key] = ast.Name(LEFT_OUT)


def places(expression: ast.expr) -> Iterator[Place]:
    """Where the operands and arguments in an expression stand that are more than a name."""
    for node in ast.walk(expression):
        for name, value in ast.iter_fields(node) if not isinstance(node, ast.JoinedStr) else ():
            held = enumerate(value) if isinstance(value, list) else [(name, value)]
            for key, part in held if name not in KEPT else ():
                if isinstance(part, ast.expr) and not isinstance(part, SHORT):
                    yield (value if isinstance(value, list) else vars(node)), key


def last_name(expression: ast.expr) -> str | None:
    """The last part of a name: `h` for `self.h`."""
    if isinstance(expression, ast.Name):
        return expression.id
    return expression.attr if isinstance(expression, ast.Attribute) else None
