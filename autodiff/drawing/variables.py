"""What the variables in the program's text are called in a picture: `scores (2)` where a later result of that name is meant,
and in a function what its caller gave for a parameter."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection

from autodiff.drawing.clipping import Style
from autodiff.drawing.given import expression_given, in_outer_names, is_of_array, outer_name
from autodiff.drawing.graph import Node
from autodiff.drawing.groups import NUMBERED, short
from autodiff.drawing.operands import own_operand
from autodiff.drawing.outline import INDEX, TOLD
from autodiff.drawing.results import TURN, base_of, call_of, number_in
from autodiff.drawing.source_text import LEFT_OUT, Renamed, text_at
from autodiff.failures.stack import Site

MOST_GIVEN = 24  # characters of what was given for a parameter
MOST = 64  # steps without a name between a result and what has one


def text_in_picture(node: Node, site: Site, style: Style) -> str:
    """The program's text of the expression at a site, whose result a node is, in the words of the picture. It says of which
    turns of loops its variables are, unless that leaves no room for more of it."""
    names = names_of(node, site, style.turns)
    text = text_at(site, style.longest, names)
    short = {variable: ast.Name(TURN.sub("", name.id)) for variable, name in names.items()
             if isinstance(name, ast.Name) and TURN.search(name.id)}  # fmt: skip
    if LEFT_OUT not in text or not short:
        return text
    return min(text, text_at(site, style.longest, names | short), key=lambda said: said.count(LEFT_OUT))


def names_of(node: Node, site: Site, turns: bool) -> dict[str, ast.expr]:
    """The variables of that expression that have other names in the picture, with these; for a parameter of a function whose
    caller gave a short expression that. `turns`: whether they say of which turn of a loop they are, and which elements."""
    expression = site.call.tree.node(site.instruction)
    if expression is None:
        return {}
    read, told = named_sources(node, site)
    found: dict[str, ast.expr] = {}
    for variable in {part.id for part in ast.walk(expression) if isinstance(part, ast.Name)}:
        given = given_for(variable, site, read)
        name = outer_name(variable, site) or variable
        sure = told.get(variable) or {called for called in read if TOLD.sub("", called) == name}
        sure = sure or {name + number_in(called) for called in read if base_of(called) == name}
        called = next(iter(sure)) if len(sure) == 1 else name
        called = called if turns else INDEX.sub("[…]", TURN.sub("", called))
        if given is not None or called != variable:
            found[variable] = given or ast.Name(called)
    return found


def given_for(variable: str, site: Site, read: Collection[str]) -> ast.expr | None:
    """The short expression of operators that a caller gave for a parameter, in the names of its callers; None for another."""
    given, caller = expression_given(site, variable), site.call.caller
    if caller is None or given is None or not (isinstance(given, (ast.BinOp, ast.UnaryOp)) or is_of_array(given)):
        return None
    text = in_outer_names(given, caller)
    bases = Counter(NUMBERED.sub("", called) for called in read)
    numbered = {name: ast.Name(called) for called in read if bases[name := NUMBERED.sub("", called)] == 1}
    text = Renamed(numbered).visit(text)
    return text if len(ast.unparse(text)) <= MOST_GIVEN else None


def named_sources(node: Node, site: Site) -> tuple[set[str], dict[str, set[str]]]:
    """The names of what a node was computed from, in steps that have none; and by the variables of the function, as far as its
    expressions say which of these each of them is."""
    waiting, seen, found = [node], {node}, set[str]()
    told: dict[str, set[str]] = {}
    whole = site.call.tree.node(site.instruction)
    parts = {part for part in ast.walk(whole) if isinstance(part, ast.Call)} if whole is not None else set[ast.AST]()
    for one in waiting:  # it grows meanwhile
        here = one.site if one.site is not None and one.site.call is site.call else None
        for edge in one.inputs:
            source = edge.source
            if source.name:
                name = call_of(source) or short(source) or source.name
                found.add(name)
                operand = None if here is None else own_operand(here.call.tree.node(here.instruction), edge)
                if isinstance(operand, ast.Name) and not any(operand.id in turn.loop.targets for turn in site.turns):
                    told.setdefault(operand.id, set()).add(name)
            if source not in seen and len(seen) < MOST and (not source.name or is_a_part(source.site, site, parts)):
                seen.add(source)
                waiting.append(source)
    return found, told


def is_a_part(site: Site | None, whole: Site, parts: Collection[ast.AST]) -> bool:
    """Whether what was computed at a site is the result of a call within an expression at another one: `norm(x)` in
    `expand(norm(x))`, which has the name of the layer and is none of the variables."""
    return site is not None and site.call is whole.call and site.turns is whole.turns and (
        site.call.tree.node(site.instruction) in parts
    )
