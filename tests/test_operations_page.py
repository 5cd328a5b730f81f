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
scipy = pytest.importorskip("scipy")
pytest.importorskip("scipy.special")
operations, calculus = pytest.importorskip("operation_lines"), pytest.importorskip("calculus")
formulas, array_formulas = pytest.importorskip("formulas"), pytest.importorskip("array_formulas")

MAKER, FORMULAS, is_python = operations.MAKER, formulas.FORMULAS, formulas.is_python


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


def test_every_line_has_a_formula_and_its_derivatives(lines, rules):
    """Typeset, or a sentence that stands in formulas.py: no source, and no name of a function of the engine."""
    converted = pytest.importorskip("latex2mathml.converter").convert
    told = [(line.name, line.formula, line.words) for line in lines.values()]
    told += [(name, rule.formula, rule.words) for name, rule in rules]
    assert [name for name, formula, words in told if not formula and not words] == []
    assert [name for name, _, words in told if re.search(r"\b_\w|\w\(|\^", re.sub(r"\$[^$]*\$|`[^`]*`", "", words))] == []
    texts = [part for _, formula, words in told for part in (formula, *re.findall(r"\$([^$]*)\$", words)) if part]
    assert [text for text in texts if "<merror" in converted(text)] == [] and len(texts) > 450


IN_SENTENCES = {"ad.gru", "ad.lstm"}  # the derivative of a step with gates takes half a page


def test_derivatives_are_typeset(rules):
    assert {name for name, rule in rules if not rule.formula and "$" not in rule.words} == IN_SENTENCES


def test_every_row_of_formulas_is_of_an_operation(lines):
    assert {name for name in FORMULAS if name not in lines} == set()
    assert {name for name, row in FORMULAS.items() if len(row) > len(lines[name].rules) + 1} == set()


OF_WHAT_ARRIVES = re.compile(r"(?<![A-Za-z\\])g(?![A-Za-z])|^0$|What arrives")


def test_rules_are_of_what_arrives(rules):
    """The table says what is added to a gradient: with the factor g, and no derivative alone."""
    told = [(name, rule.formula or rule.words) for name, rule in rules]
    assert [(name, text) for name, text in told if not OF_WHAT_ARRIVES.search(text)] == []


def test_every_line_says_on_whose_arrays_it_runs(lines):
    answers = {name: tuple(line.libraries.values()) for name, line in lines.items()}
    assert {name for name, said in answers.items() if len(said) != 2 or set(said) - {"yes", "in part", "no"}} == set()
    assert answers["np.exp"] == ("yes", "yes") and answers["ad.scipy.special.jv"] == ("no", "yes")


def test_kinks_name_all_arguments(lines):
    """`np.maximum(x, 0) at x = 0`: the number that arrives at one argument depends on the other."""
    assert ("np.maximum(x, 0)", "x = 0", "0.5") in {(row.function, row.at, row.gradient) for row in lines["np.maximum"].kinks}


def test_a_link_leads_to_the_rule(rules):
    for name, rule in rules:
        if rule.path is not None:
            source = rule.path.read_text(encoding="utf-8").splitlines()[rule.line - 1]
            assert any(mark in source for mark in ("lambda", "def ", "g", "rule(", "with_constants(")), (name, rule)


NUMBERS = {"g": 0.7, "y": 0.4, "x": 0.3, "a": 0.6, "b": 0.8, "v": 1, "n": 2, "s": 3, "df": 4}  # where all functions are smooth
REST = {"k": 0.5, "m": 1.5, "z": 1.3, "r": 0.9, "delta": 0.4, "power": 0.7, "low": 0.1, "high": 0.2, "at_0": 0.5}
PLACES = [  # a clip has three sides, a maximum has two
    {"condition": True}, {"condition": False, "low": 0.4, "high": 0.9, "r": 0.2},
    {"condition": True, "high": 0.9, "a": 1.7, "b": 0.4, "power": 0.0}, {"condition": True, "x": 1.7, "a": 0.6, "b": 0.6},
]  # fmt: skip


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


FUNCTIONS = {**vars(scipy.special), **vars(np), **vars(np.linalg), "digamma": scipy.special.digamma}
MATRIX = np.array([[2.0, 0.3, -0.4], [0.1, 1.5, 0.6], [0.5, -0.2, 1.8]])


def computed(text, numbers):
    return eval(text, FUNCTIONS, dict(numbers))


def arguments(line, numbers):
    """What an operation, its inputs and its params, is called with: the inputs by their names in the rules."""
    rule = next(filter(None, line.op.vjps))
    names = list(inspect.signature(rule).parameters)[2:]
    inputs = [numbers[name] for name in names[: line.op.arity]]
    return inputs, {name: numbers[name] for name in names[line.op.arity :] if name in line.op.params and name in numbers}


def compare(line, row, numbers):
    """Compute each text of a row, and compare it with the operation and its rules at these numbers. Returns how many."""
    if not any(map(is_python, row)):
        return 0
    inputs, params = arguments(line, numbers)
    y = line.op.forward(*inputs, **params)
    tried = [(row[0], y)] if is_python(row[0]) else []
    rules = [rule for rule in line.op.vjps if rule is not None]
    tried += [(text, rule(numbers["g"], y, *inputs, **params)) for text, rule in zip(row[1:], rules) if is_python(text)]
    for text, expected in tried:
        value = computed(text, {**numbers, "y": y})
        np.testing.assert_allclose(value, expected, rtol=1e-7, atol=1e-12, err_msg=f"{line.name}: {text}")
    return len(tried)


@pytest.mark.parametrize("numbers", PLACES, ids=["above", "below", "between", "equal"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # where a function has no value both have none
def test_formulas_compute_what_operations_compute(lines, numbers):
    numbers = {name: np.float64(x) if isinstance(x, float) else x for name, x in {**NUMBERS, **REST, **numbers}.items()}
    assert sum(compare(lines[name], row, numbers) for name, row in formulas.SCALARS.items()) > 150


def test_formulas_of_matrices_compute_what_operations_compute(lines):
    for name, row in array_formulas.MATRICES.items():
        g = np.float64(0.7) if name.endswith("det") else np.cos(MATRIX)
        numbers = {"a": MATRIX, "b": MATRIX @ MATRIX + 0.5, "g": g}
        assert compare(lines[name], [text.replace("(1 ", "(eye(3) ") for text in row], numbers) >= len(row) - 1


@pytest.mark.parametrize("text, formula", [
    ("g * y", r"g\, y"), ("g / (1.0 + x)", r"\frac{g}{1 + x}"), ("-g * y / b", r"-\frac{g\, y}{b}"),
    ("-g * y * y", r"-g\, y\, y"), ("g * (a + b)", r"g\, \left(a + b\right)"),
    ("a - (b - x)", r"a - \left(b - x\right)"), ("x - -1.0", "x + 1"),
    ("np.exp(x + 1.0)", "e^{x + 1}"), ("np.cos(2.0 * x)", r"\cos \left(2\, x\right)"),
    ("(a + b) ** 2", r"{\left(a + b\right)}^{2}"), ("g * LOG_2", r"g\, \ln 2"),
    ("2.0 * g * math.pi", r"2\, g\, \pi"), ("g * 0.0", "0"), ("sqrt(1.0 - x)", r"\sqrt{1 - x}"),
    ("g if a <= x < b else 0", r"\begin{cases} g & a \le x < b \\ 0 & \text{else} \end{cases}"),
    ("inv(a).T @ g.T", r"{a}^{-T}\, {g}^T"), ("jv(v - 1, x)", r"J_{v - 1}\left(x\right)"),
    ("g * floor(x)", r"g\, \left\lfloor x \right\rfloor"),
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
