"""What is installed, and what the texts say of installing."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


@pytest.mark.skipif(not (ROOT / "autodiff").exists(), reason="the sources are not here: the installed wheel is tested")
def test_a_wheel_has_two_packages():
    """Whatever else stands at the top of the clone would land in everybody's site-packages."""
    find_packages = pytest.importorskip("setuptools").find_packages
    found = find_packages(ROOT, **PROJECT["tool"]["setuptools"]["packages"]["find"])
    assert {name.split(".")[0] for name in found} == {"autodiff", "nn"} == set(PROJECT["tool"]["setuptools"]["package-data"])


def test_a_source_distribution_has_what_the_clone_has():
    grafted = re.findall(r"^graft (\w+)$", (ROOT / "MANIFEST.in").read_text(encoding="utf-8"), re.M)
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    assert {"demos", "docs", "notebooks", "tests"} <= set(grafted) <= folders


# -- hints to install -------------------------------------------------------------------------------------------------------


def names_of(requirements):
    return {re.match(r"[\w-]+", requirement)[0] for requirement in requirements}


REQUIRED = (PROJECT["project"]["dependencies"], *EXTRAS.values())
PLAIN = names_of(requirement for requirements in REQUIRED for requirement in requirements) - {PROJECT["project"]["name"]}
CLONE = {f"{place}[{extra}]" for place in (".", "path/to/this/clone") for extra in EXTRAS} | {".", "path/to/this/clone"}
OF_DEVELOPERS = {"coverage"}  # what CONTRIBUTING.md names
ELSEWHERE = {"cupy-cuda12x", "dask[array]", "dask[distributed]"}  # where other libraries' arrays come from
HINT = re.compile(r"pip install ((?:-\w+ |--\w+ )*)(?:'([^']+)'|\"([^\"]+)\"|([\w./+-]*\w|\.))")
PATTERNS = ("*.md", "autodiff/**/*.py", "nn/**/*.py", "demos/*.py", "docs/**/*.md", "benchmarks/*.md", "notebooks/*.ipynb")
TEXTS = [
    path
    for pattern in PATTERNS
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts and path.name != "CHANGELOG.md"
]


def hints_in(text):
    """What a text says to install: `[("-e", ".[test]"), ...]`."""
    return [(options.strip(), *filter(None, names)) for options, *names in HINT.findall(text)]


def works(name):
    """Whether pip finds what is named: a package that this project builds on, or the clone that one stands in. The project
    itself need not be on an index."""
    return name in CLONE or re.split(r"[<>=]", name)[0] in PLAIN | OF_DEVELOPERS | ELSEWHERE


def test_hints_to_install_work():
    found = {(path.name, name) for path in TEXTS for _, name in hints_in(path.read_text(encoding="utf-8"))}
    assert {hint for hint in found if not works(hint[1])} == set()
    assert len(found) > 5


@pytest.mark.parametrize(
    "text, name, good",
    [
        ("pip install matplotlib.", "matplotlib", True),
        ("`pip install 'scikit-learn>=1.6'`", "scikit-learn>=1.6", True),
        ("pip install -e '.[test]' && python", ".[test]", True),
        ("pip install --upgrade scipy", "scipy", True),
        ("`pip install .` compiles", ".", True),
        ("pip install 'autodiff-tape[viz]'", "autodiff-tape[viz]", False),
        ("pip install autodiff", "autodiff", False),
        ("pip install -e '.[nonsense]'", ".[nonsense]", False),
    ],
)
def test_hints_are_found_and_judged(text, name, good):
    assert [hint[-1] for hint in hints_in(text)] == [name] and works(name) == good
