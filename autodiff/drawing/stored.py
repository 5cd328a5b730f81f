"""What a function of the program stores in its variables, by its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from autodiff.failures.callsite import CallSite
from autodiff.failures.syntax import COMPREHENSIONS, FUNCTIONS, ancestors, called_name, tree_of

LOOPS = (ast.For, ast.AsyncFor, ast.While, *COMPREHENSIONS)


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


def stored_in(name: str, site: CallSite) -> list[ast.expr]:
    """What the function around a site stores in a variable."""
    scope = scope_of(site)
    return [] if scope is None else stores_of(scope).get(name, [])


@lru_cache(256)
def stores_of(scope: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for part in own_parts(scope):
        pairs: Iterator[tuple[ast.expr, ast.expr]] = iter(())
        if isinstance(part, ast.Assign):
            pairs = (pair for target in part.targets for pair in stores(target, part.value))
        elif isinstance(part, (ast.AnnAssign, ast.NamedExpr)) and part.value is not None:
            pairs = iter([(part.target, part.value)])
        elif isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name):
            pairs = iter([(part.target, ast.BinOp(ast.Name(part.target.id), part.op, part.value))])
        elif isinstance(part, (ast.For, ast.AsyncFor, ast.comprehension)):
            pairs = gone_through(part.target, part.iter)
        elif isinstance(part, ast.withitem) and part.optional_vars is not None:
            pairs = stores(part.optional_vars, part.context_expr)
        for target, value in pairs:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(value)
    return found


def stores(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of an assignment, each with what is stored in it, or with the whole of which that is a part."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield target, value
        return
    apart = value.elts if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts) else None
    for k, part in enumerate(target.elts):
        yield from stores(part, value if apart is None else apart[k])


def gone_through(target: ast.expr, things: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The variables of a loop, each with what it is taken from, also by `zip` and `enumerate`."""
    if isinstance(target, ast.Tuple) and isinstance(things, ast.Call):
        sources = {"zip": things.args, "enumerate": [ast.Constant(0), *things.args]}.get(called_name(things), [])
        if len(sources) >= len(target.elts):
            for part, source in zip(target.elts, sources, strict=False):
                yield from gone_through(part, source)
            return
    yield from stores(target, things)


def loops_around(part: ast.AST, site: CallSite) -> set[ast.AST]:
    """The loops around a part of the function of a site, in that function."""
    found: set[ast.AST] = set()
    for each in ancestors(tree_of(site.code).source, part):
        if isinstance(each, FUNCTIONS):
            break
        if isinstance(each, LOOPS):
            found.add(each)
    return found
