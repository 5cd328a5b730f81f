"""The guide does what it says: the python blocks of each page run top to bottom, in one namespace a page."""

import importlib.util
import inspect
import re
from pathlib import Path

import pytest
from snippets import python_blocks, run_block

import autodiff as ad
import nn
from autodiff.core.registry import REGISTRY

NEEDS = {"tables.md": "pandas"}  # it is large: without it that page is left out
ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md")) if "_build" not in path.parts}
PAGES["CONTRIBUTING.md"] = ROOT / "CONTRIBUTING.md"


@pytest.fixture
def no_new_ops():
    """A page may show how to add an op; the table is for others as it was."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


@pytest.mark.parametrize("page", PAGES)
def test_snippets_of(page, tmp_path, monkeypatch, no_new_ops):
    pytest.importorskip(NEEDS.get(page, "numpy"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    namespace = {"__name__": "__main__"}
    for blocks in python_blocks(PAGES[page].read_text(encoding="utf-8")).values():
        for line, source in blocks:
            run_block(PAGES[page], source, line, namespace)


IMPORTED = r"^(?:>>> )?\s*(?:import|from) "
USES = {  # a package as pip calls it: how a program says that it needs it
    "matplotlib": IMPORTED + r"matplotlib\b|\bnn\.plots\.|\b(?:found|history)\.plot\(",
    "pandas": IMPORTED + r"pandas\b",
    "scikit-learn": IMPORTED + r"(?:nn\.)?sklearn\b",
    "scipy": IMPORTED + r"scipy\b|\bad\.scipy\.(?:integrate|special)\.",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_packages_that_its_programs_need(page):
    text = PAGES[page].read_text(encoding="utf-8")
    programs = "\n".join(source for blocks in python_blocks(text).values() for _, source in blocks)
    needed = {package for package, use in USES.items() if re.search(use, programs, re.M)}
    assert needed - set(" ".join(re.findall(r"`pip install ([\w -]+)`", text)).split()) == set()


@pytest.mark.parametrize("page", PAGES)
def test_lines_are_short_enough_to_read(page):
    lines = enumerate(PAGES[page].read_text(encoding="utf-8").splitlines(), 1)
    assert [number for number, line in lines if len(line) > 128 and not line.startswith("|")] == []


NAME = re.compile(r"(?<![\w./\"'])(ad|nn)((?:\.[A-Za-z_]\w*)+)")


OTHERS = {"nn.Linear", "nn.BCEWithLogitsLoss", "nn.CrossEntropyLoss", "ad.squareplus"}  # PyTorch's, and one to be written


def missing_in(text):
    """The names of ad and nn in a text that are not there."""
    found = {(root, path) for root, path in NAME.findall(text) if f"{root}{path}" not in OTHERS}
    return {f"{root}{path}" for root, path in found if not is_there({"ad": ad, "nn": nn}[root], path[1:].split("."))}


def is_there(found, names):
    """Whether an object has such a name; what follows an instance is not looked at."""
    for name in names:
        if not (inspect.ismodule(found) or inspect.isclass(found)):
            return True
        if not hasattr(found, name) and not is_a_module(found, name):
            return False
        found = getattr(found, name)
    return True


def is_a_module(package, name):
    """Whether a package has a module of that name, which `import` makes an attribute."""
    if not hasattr(package, "__path__") or importlib.util.find_spec(f"{package.__name__}.{name}") is None:
        return False
    return bool(importlib.import_module(f"{package.__name__}.{name}"))


@pytest.mark.parametrize("page", [*PAGES, "README.md"])
def test_names_are_there(page):
    """Also those in prose and in tables, which no snippet runs."""
    path = PAGES.get(page, ROOT / page)
    assert missing_in(path.read_text(encoding="utf-8")) == set()


def test_missing_names_are_found():
    text = "`ad.grad` of `nn.losses.Nonsense()`, `ad.nonsense(f)`, nn.tf.keras, ad.build_info().compiled"
    assert missing_in(text) == {"nn.losses.Nonsense", "ad.nonsense"}
