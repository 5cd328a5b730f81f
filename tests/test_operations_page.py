"""The guide's tables of operations: each operation has a line, and what it says of a rule is the rule."""

import importlib
import inspect
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY

sys.path.append(str(Path(__file__).resolve().parent.parent / "docs"))
pytest.importorskip("scipy")
operations, calculus = pytest.importorskip("operation_lines"), pytest.importorskip("calculus")

MAKER = operations.MAKER


@pytest.fixture(scope="module")
def subjects():
    return list(operations.subjects())


@pytest.fixture(scope="module")
def lines(subjects):
    return {line.name: line for _, lines, _ in subjects for line in lines}


@pytest.fixture(scope="module")
def rules(lines):
    return [(name, rule) for name, line in lines.items() for rule in line.rules]


def test_every_operation_has_a_line(subjects, lines):
    """Every op of the registry that a user can call."""
    called = {}
    for key, op in REGISTRY.items():
        if isinstance(op, Op) and op.differentiable and not op.internal and hasattr(key, "op"):
            called.setdefault(id(op), []).append(operations.written(key.__name__, key))
    made = {name for _, _, made in subjects for name, _ in made}
    assert [names for names in called.values() if any(names) and not (lines.keys() | made) & set(names)] == []
    assert len(lines) > 170 and len(made) > 100 and not lines.keys() & made


def test_every_rule_is_said(rules):
    assert [name for name, rule in rules if not (rule.formula or rule.python or rule.words)] == []


OF_WHAT_ARRIVES = re.compile(r"\bg(_\w+)?\b|what arrives|each number gets", re.I)


def test_words_are_of_what_arrives(rules):
    """The table says what is added to a gradient: with the factor g, and no derivative alone."""
    told = [(name, said.python or said.words) for name, said in rules if said.path is not None]
    assert [(name, text) for name, text in told if not OF_WHAT_ARRIVES.search(text)] == []


def test_a_link_leads_to_the_rule(rules):
    for name, rule in rules:
        if rule.path is not None:
            source = rule.path.read_text(encoding="utf-8").splitlines()[rule.line - 1]
            assert any(mark in source for mark in ("lambda", "def ", "g", "rule(", "with_constants(")), (name, rule)


NUMBERS = {"g": 0.7, "y": 0.4, "x": 0.3, "a": 0.6, "b": 0.8, "v": 1, "n": 2, "s": 3, "df": 4}  # where all functions are smooth


def namespace_of(said):
    return vars(importlib.import_module(f"autodiff.rules.{said.path.stem}"))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # arccosh has no value there
def test_a_text_computes_what_its_rule_computes(lines):
    """Two rules may stand in one line: each is told by its own text."""
    tried = 0
    for line in lines.values():
        for said, rule in zip(line.rules, [vjp for vjp in line.op.vjps if vjp is not None]):
            names = inspect.signature(rule).parameters
            numbers = {name: np.array(NUMBERS[name]) for name in names if name in NUMBERS}
            if numbers.keys() == set(names) and said.python and (line.op.elementwise or operations.place_of(rule)[0] == MAKER):
                value = eval(said.python, namespace_of(said), dict(numbers))
                np.testing.assert_allclose(value, rule(**numbers), rtol=1e-12)
                tried += 1
    assert tried > 80


@pytest.mark.parametrize("text, formula", [
    ("g * y", r"g\, y"), ("g / (1.0 + x)", r"\frac{g}{1 + x}"), ("-g * y / b", r"-\frac{g\, y}{b}"),
    ("-g * y * y", r"-g\, y\, y"), ("g * (a + b)", r"g\, \left(a + b\right)"),
    ("a - (b - x)", r"a - \left(b - x\right)"), ("x - -1.0", "x + 1"),
    ("np.exp(x + 1.0)", "e^{x + 1}"), ("np.cos(2.0 * x)", r"\cos \left(2\, x\right)"),
    ("(a + b) ** 2", r"{\left(a + b\right)}^{2}"), ("g * LOG_2", r"g\, \ln 2"),
    ("2.0 * g * math.pi", r"2\, g\, \pi"), ("g * 0.0", "0"), ("sqrt(1.0 - x)", r"\sqrt{1 - x}"),
])  # fmt: skip
def test_python_as_calculus(text, formula):
    assert calculus.latex(calculus.ast.parse(text, mode="eval").body) == formula


@pytest.mark.parametrize("text, written", [
    ("lambda g, y, t: -g * y / t", "-g * y / x"), ("half(lambda: f, 2.0)", "g * (f(x) * 2.0)"),
    ("lambda g, y, x: y - half(lambda: f, 2.0)(g, y, x)", "y - g * (f(x) * 2.0)"), ("known", "known(g, y, x)"),
])  # fmt: skip
def test_a_rule_that_a_call_makes(text, written):
    module = calculus.ast.parse("def half(function, factor):\n    return lambda g, y, t: g * (function()(t) * factor)")
    body = calculus.applied(calculus.ast.parse(text, mode="eval").body, module, ["g", "y", "x"])
    assert calculus.ast.unparse(body) == written


@pytest.mark.parametrize("text", ["np.where(a, g, 0.0)", "g if x else y", "g[0]", "name * g", "f(x, axis=0)", "True"])
def test_python_that_is_no_calculus(text):
    with pytest.raises(calculus.NoFormula):
        calculus.latex(calculus.ast.parse(text, mode="eval").body)
