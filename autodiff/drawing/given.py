"""What expressions in functions of the user's are called by the outermost caller: `x` for a parameter that was given `x`,
`xs[2]` for what a loop took from `xs`, `f(y)` for what was given as the result of a call."""

from __future__ import annotations

import ast
import re
from copy import deepcopy
from dis import get_instructions
from functools import lru_cache
from types import CodeType

import numpy as np

from autodiff.drawing.assigned import bracketed, resolved
from autodiff.drawing.called import is_called_by
from autodiff.drawing.clipping import LONGEST, clipped
from autodiff.drawing.source_text import Renamed, last_name, unparsed
from autodiff.failures.stack import Site
from autodiff.failures.syntax import called_name


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


def expression_given(site: Site, name: str, by_name: bool = False) -> ast.expr | None:
    """What the caller of a function of the user's gave for one of its parameters, if the function has stored nothing else there
    before it comes to this site; None else. `by_name`: also for one that is given by name alone."""
    code, caller = site.code, site.call.caller
    parameters = code.co_varnames[: code.co_argcount + by_name * code.co_kwonlyargcount]
    own = name not in parameters or name == "self" or is_stored(code, name, site.instruction)
    if caller is None or own or not is_called_by(site.call, caller):
        return None
    expression = caller.call.tree.node(caller.instruction)
    if not isinstance(expression, ast.Call):
        return None
    k = parameters.index(name) - (parameters[0] == "self")
    given: list[ast.expr] = expression.args[: k + 1] if parameters.index(name) < code.co_argcount else []
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
