"""What the variables in the program's text are called in a picture: `scores (2)` where a later result of that name is meant,
and in a function what its caller gave for a parameter."""

from __future__ import annotations

import ast

from autodiff.drawing.graph import Node
from autodiff.drawing.groups import NUMBERED, short
from autodiff.drawing.operands import as_given
from autodiff.drawing.source_text import last_name, text_at
from autodiff.failures.stack import Site

MOST = 64  # steps without a name between a result and what has one


def text_in_picture(node: Node, site: Site, longest: int) -> str:
    """The program's text of the expression at a site, whose result a node is, in the words of the picture."""
    return text_at(site, longest, names_of(node, site))


def names_of(node: Node, site: Site) -> dict[str, str]:
    """The variables of that expression that have other names in the picture, with these."""
    expression = site.call.tree.node(site.instruction)
    if expression is None:
        return {}
    read = named_sources(node)
    found: dict[str, str] = {}
    for variable in {part.id for part in ast.walk(expression) if isinstance(part, ast.Name)}:
        name = last_name(as_given(ast.Name(variable), site)[0]) or variable
        numbered = {called for called in read if NUMBERED.sub("", called) == name}
        found[variable] = numbered.pop() if len(numbered) == 1 else name
    return {variable: name for variable, name in found.items() if name != variable}


def named_sources(node: Node) -> set[str]:
    """The names of what a node was computed from, in steps that have none."""
    waiting, seen, found = [node], {node}, set[str]()
    for one in waiting:  # it grows meanwhile
        for edge in one.inputs:
            source = edge.source
            if source.name:
                found.add(short(source) or source.name)
            elif source not in seen and len(seen) < MOST:
                seen.add(source)
                waiting.append(source)
    return found
