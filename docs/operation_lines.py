"""What there is to say of each operation: its formula, its rules as calculus, and what it takes, from the registry."""

import ast
import importlib
import inspect
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from array_tables import libraries
from calculus import NoFormula, applied, forward, lambda_of, latex, of_text, tree_of
from formulas import is_python, typeset
from kink_rows import rows as kinks

import autodiff.rules
from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY, Decomposition

FOLDER = Path(autodiff.rules.__file__).parent
NUMPY = {"np.": np, "np.linalg.": np.linalg, "np.fft.": np.fft, "np.lib.stride_tricks.": np.lib.stride_tricks}
NAMESPACES = {
    "ad.": "autodiff", "ad.linalg.": "autodiff.linalg", "ad.scipy.special.": "autodiff.scipy.special",
    "ad.scipy.linalg.": "autodiff.scipy.linalg", "ad.scipy.signal.": "autodiff.scipy.signal",
}  # fmt: skip


MAKER = FOLDER / "scipy_functions.py"  # makes ops of scipy's functions, and puts the constants into their rules


class Rule(NamedTuple):
    """What the tables say of the rule of an input: as a formula, or in words."""

    input: str
    formula: str  # in LaTeX
    python: str  # of the rule, where it is an expression
    words: str  # prose with LaTeX between dollars
    path: Path | None  # of its source; None for a function of numpy
    line: int


class Line(NamedTuple):
    """What the tables say of an operation."""

    name: str  # as one calls it
    op: Op
    formula: str  # in LaTeX, or ""
    words: str  # the formula as prose with LaTeX between dollars, or ""
    rules: list  # of Rule
    kinks: list  # rows of docs/kinks.md
    complex: bool
    values: bool
    batched: bool
    libraries: dict  # on whose arrays it runs: {"CuPy": "yes", "in part" or "no"}


def written(name, function):
    """How one calls an operation: numpy's function where it has one, as `np.linalg.norm`, else ours; "" for the engine's."""
    wrapped = getattr(function, "__wrapped__", None)
    if wrapped is not None:
        for prefix, module in NUMPY.items():
            if getattr(module, wrapped.__name__, None) is wrapped:
                return prefix + wrapped.__name__
    for prefix, module in NAMESPACES.items():
        if getattr(importlib.import_module(module), name, None) is function:
            return prefix + name
    return ""


@cache
def kinks_of(name):
    return [row for row in kinks() if row.order == 1 and row.operation == name and row.alone]


def place_of(function):
    """The (path, line) of a function of autodiff/rules, or None."""
    code = getattr(inspect.unwrap(getattr(function, "func", function)), "__code__", None)
    return None if code is None else (Path(code.co_filename), code.co_firstlineno)


def inputs_of(op):
    """The names of the inputs of an op as its rules call them, and the rules: `[("x", rule)]`."""
    if not op.vjps:
        return [("", op.joint_vjp or op.variadic)]
    rule = next(filter(None, op.vjps))
    names = [p for p in inspect.signature(rule).parameters if not p.startswith("*")][2:]
    return [(name, vjp) for name, vjp in zip(names, op.vjps) if vjp is not None]


def body_of(rule, path):
    """The expression that a rule returns, where it does nothing else: of a lambda, or of a function of one line."""
    if rule.__name__ == "<lambda>":
        return lambda_of(rule, tree_of(path)).body
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef) and node.lineno == rule.__code__.co_firstlineno:
            only = node.body[0] if len(node.body) == 1 else None
            return only.value if isinstance(only, ast.Return) else None
    return None


def rule_row(name, rule):
    """What a table says of the rule of an input."""
    place = place_of(rule)
    if place is None:
        return Rule(name, "", "", "as numpy computes it.", None, 0)
    path, line = place
    body = body_of(rule, path)
    if body is None:
        return Rule(name, "", "", "", path, line)
    return said_of(name, body, path, body.lineno)


def said_of(name, body, path, line):
    """What a table says of a rule that computes an expression."""
    try:
        return Rule(name, latex(body), ast.unparse(body), "", path, line)
    except NoFormula:
        return Rule(name, "", ast.unparse(body), "", path, line)


def said_by_hand(name, place):
    """What formulas.py has for an operation, or for an input of it: (LaTeX, prose), of which one is "" or both are."""
    text = typeset(name, place)
    return (of_text(text), "") if text and is_python(text) else ("", text)


def line_of(name, function, node, module):
    """The line of the tables for a public function that is an op, which this node of a module defines."""
    op = function.op
    rules = [rule_row(*pair) for pair in inputs_of(op)]
    if any(rule.path == MAKER for rule in rules):  # its rule is inside another: what the definition says of it
        path = source_of(module)
        body = applied(node.value.args[-1], tree_of(path), inspect.signature(op.vjps[0]).parameters)
        rules = [said_of(rules[0].input, body, path, node.lineno)]
    for k, rule in enumerate(rules):
        formula, words = said_by_hand(name, k + 1)
        if formula or words:
            rules[k] = rule._replace(formula=formula, words=words)
    formula, words = said_by_hand(name, 0)
    if not formula and not words:
        formula = formula_of(op, rules)
    takes = op.takes_complex, op.scalar is not None, op.batch is not None
    return Line(name, op, formula, words, rules, kinks_of(name), *takes, libraries(function))


def formula_of(op, rules):
    """The formula of an operation that calculus has a sign for, else ""."""
    try:
        return forward(op.name, [rule.input for rule in rules])
    except NoFormula:
        return ""


def defined_in(path):
    """The public names that a module binds, each with the statement that does so."""
    found = {}
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
            found.update({name.id: node for name in names})
    return {name: node for name, node in found.items() if not name.startswith("_")}


def source_of(module):
    """The path of a module's source, which stands beside its binary where it is compiled."""
    return FOLDER / f"{module.__name__.rpartition('.')[2]}.py"


def entries(module):
    """The public names of a module of rules: (lines of the ops that have rules, (name, place) of what is made of others)."""
    lines, made = {}, {}
    for name, node in defined_in(source_of(module)).items():
        function = getattr(module, name)
        if not inspect.isfunction(function):
            continue
        op, shown = getattr(function, "op", None), written(name, function)
        if not shown:
            continue
        if isinstance(op, Op):
            if op.differentiable:
                lines[shown] = line_of(shown, function, node, module)
        elif isinstance(entry := REGISTRY.get(function), Decomposition):
            made[shown] = place_of(entry.body)
    return [lines[name] for name in sorted(lines)], sorted((name, place) for name, place in made.items() if name not in lines)


def subjects():
    """(module, its lines, what it makes of others) of each module of rules that has some."""
    for path in sorted(FOLDER.glob("[!_]*.py")):
        module = importlib.import_module(f"autodiff.rules.{path.stem}")
        lines, made = entries(module)
        if lines or made:
            yield module, lines, made
