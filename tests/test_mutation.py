"""The mutation tester makes the mutants that it should, and tells those that a test notices from those that none does."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from mutation.changes import Source
from mutation.reach import Reach
from mutation.trials import changed_functions

import autodiff

ROOT = Path(autodiff.__file__).parent.parent
MUTANTS = {
    "y = a + b": ["y = a - b"],
    "y = a * -b": ["y = a / -b", "y = a * b"],
    "y = a @ b": [],
    "y = a < b": ["y = a <= b"],
    "y = a < b < c": [],
    "y = a and b": ["y = a or b"],
    "y = not a": ["y = a"],
    "y = [0, 1.5, True, None, 'f']": [
        "y = [1, 1.5, True, None, 'f']", "y = [0, 2.5, True, None, 'f']", "y = [0, 1.5, False, None, 'f']",
    ],
    "y = a[-1]": ["y = a[1]", "y = a[-2]"],
    "y = f(a, b, c=d)": ["y = f(a, b)", "y = f(a, c=d)"],
    "f(a)": ["pass"],
    "y = y.T": ["pass"],
    "a[i] = b": ["pass"],
    "y += b": ["pass"],
    "y = a if c else b": ["y = a if not c else b"],
    "y = [a for a in b if c]": ["y = [a for a in b if not c]"],
    "while c:\n    break": ["while not c:\n    break", "while c:\n    pass"],
    'def f(x: T[0]=1) -> T[0]:\n    """What 1 is."""\n    return x': [
        'def f(x: T[0]=2) -> T[0]:\n    """What 1 is."""\n    return x',
        'def f(x: T[0]=1) -> T[0]:\n    """What 1 is."""\n    return None',
    ],
    "raise E(f'{a + b}', -1) from None": [],
    "warnings.warn('text', stacklevel=2)": [],
    "if TYPE_CHECKING:\n    y = 1": [],
    "__all__ = f(a, b)": [],
}  # fmt: skip


@pytest.mark.parametrize("text", MUTANTS)
def test_the_mutants_of_a_source(text):
    source, made = Source(text, "source.py"), []
    for mutant in source.mutants:
        mutant.put(mutant.new)
        made.append(ast.unparse(source.tree))
        mutant.put(mutant.old)
    assert sorted(made) == sorted(MUTANTS[text])
    assert ast.unparse(source.tree) == ast.unparse(ast.parse(text))


@pytest.mark.parametrize(
    "text, functions",
    [
        ("f = lambda x: x + x, lambda x: x + 1", [["<lambda>"], ["<lambda>"], ["<lambda>"]]),
        ("def f(x):\n    def g(y):\n        return y\n    return g", [["f", "g"], ["f"]]),
        ("f(a)", [None]),
        ("def f(x, k=1):\n    pass", [None]),
        ("class A:\n    k = 1\n    def f(x):\n        return x", [None, ["f"]]),
    ],
)
def test_what_a_mutant_changes(text, functions):
    source = Source(text, "source.py")
    pairs = [changed_functions(source.compiled(), source.compiled(mutant)) for mutant in source.mutants]
    assert [found and [old.co_name for old, _ in found] for found in pairs] == functions


@pytest.mark.skipif(not hasattr(os, "fork"), reason="each mutant is a forked process")
@pytest.mark.skipif(not (ROOT / "tests").is_dir(), reason="the engine is installed, and not the source beside the tests")
def test_a_wrong_rule_is_found_and_one_that_nothing_notices_is_named(tmp_path):
    path, test = "autodiff/rules/arithmetic.py", "tests/test_tape_basics.py::test_the_lectures_own_loop_needs_no_assign"
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    line = next(n for n, line in enumerate(text, 1) if "g * (a + a) if b == 2 else g * b" in line)
    Reach({path: {line: [test]}}, {test: 0.1}).save(tmp_path / "reach")
    places = [f"{path}:{line}", f"{path}:{line + 2}"]
    command = [sys.executable, "-m", "tests.mutation", *places, "--reach", str(tmp_path / "reach")]
    done = subprocess.run(
        [*command, "--tests", "tests/test_tape_basics.py"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    survivors = [line.split(": ", 1)[1] for line in done.stdout.splitlines() if "survives" in line]
    assert survivors == ["g * b  ->  g / b: survives"], done.stdout + done.stderr
    assert f"{places[1]}: b > 1  ->  b >= 1: no test reaches it" in done.stdout
    assert "killed" in done.stdout.splitlines()[-1]
