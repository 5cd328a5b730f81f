"""The house: imports point down only, files and functions stay small, names say what things are.

It reads the source that runs: the clone, or the installed package with its sources beside the binaries.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import autodiff as ad

HOUSE = Path(ad.__file__).resolve().parent.parent

# -- what was agreed -------------------------------------------------------------------------------------------------

FLOORS = {"core": 1, "rules": 2, "boxes": 3, "tape": 4}  # every other room of autodiff is on floor 5
FRONT_DOORS = {"__init__", "pytest_plugin"}  # they hand out what the rooms make, so they may import every room

PUBLIC_ROOMS = {"linalg"}  # as numpy.linalg

FOREIGN = {  # what a room may import besides the standard library and numpy
    "draw": {"graphviz", "pygraphviz", "IPython", "matplotlib"},
    "pytest_plugin": {"pytest"},
    "rules": {"scipy"},
}

FILE_LINES, FUNCTION_LINES, TENSOR_NAMES = 300, 60, 45  # a function counts without its docstring
LONGER_FILES = {
    "autodiff/boxes/value.py": (430, "one native class with the operators of a number, and the functions that make it"),
}
LONGER_FUNCTIONS = {  # "autodiff/tape/sweep.py:sweep": (75, "why it has to be"),
}

EMPTY_WORDS = {"ctx", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# -- reading the source ----------------------------------------------------------------------------------------------


class Source:
    """One file of the house: `nn/layers/dense.py` is the module `nn.layers.dense`, in the room `layers`."""

    def __init__(self, path):
        self.path = path.relative_to(HOUSE).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, self.path)
        steps = self.path.removesuffix(".py").split("/")
        self.room = steps[1]
        self.module = ".".join(steps)

    def imports(self):
        """Every import wherever it stands, as (line, module, name): `import a.b` is (1, "a.b", "")."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if node.level:
                    module = ".".join([*self.module.split(".")[: -node.level], module]).rstrip(".")
                yield from ((node.lineno, module, alias.name) for alias in node.names)

    def functions(self):
        """Every function as (its name with those it stands in, node)."""

        def below(node, outer):
            for child in ast.iter_child_nodes(node):
                named = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                name = f"{outer}.{child.name}".lstrip(".") if named else outer
                if named and not isinstance(child, ast.ClassDef):
                    yield name, child
                yield from below(child, name)

        yield from below(self.tree, "")


@cache
def sources(*packages):
    return [Source(path) for package in packages for path in sorted((HOUSE / package).rglob("*.py"))]


def holds(faults, remedy):
    if faults:
        pytest.fail("\n".join([*faults, "", f"What to do: {remedy}"]), pytrace=False)


# -- the floors ------------------------------------------------------------------------------------------------------


def room_of(module, name):
    """The room that `from module import name` enters; for what is no room, the front door."""
    room = [*module.split("."), name][1]
    is_room = (HOUSE / "autodiff" / room).is_dir() or (HOUSE / f"autodiff/{room}.py").is_file()
    return room if room and is_room else "__init__"


def test_imports_point_down():
    faults = []
    for source in sources("autodiff"):
        here = source.room
        for line, module, name in source.imports():
            if module.split(".")[0] != "autodiff" or here in FRONT_DOORS:
                continue
            there = room_of(module, name)
            if there != here and FLOORS.get(there, 5) >= FLOORS.get(here, 5):
                faults.append(f"{source.path}:{line}: {here} imports {there}, which is not below it")
    holds(
        faults,
        "the floors are core < rules < boxes < tape < every other room; the rooms over the tape do not know one "
        "another, and nobody inside uses the front door. Move what is shared down a floor, or pass it as an argument.",
    )


def test_every_room_of_the_lower_floors_is_there():
    missing = [f"autodiff/{room} is on floor {floor}, but is not there" for room, floor in FLOORS.items()
               if not (HOUSE / "autodiff" / room).is_dir() and not (HOUSE / f"autodiff/{room}.py").is_file()]
    holds(missing, "mend FLOORS in this test, and the map in README.md.")


def test_the_engine_stands_on_numpy_alone():
    faults = []
    for source in sources("autodiff"):
        allowed = {"autodiff", "numpy", "mypy_extensions", *sys.stdlib_module_names, *FOREIGN.get(source.room, ())}
        faults += [f"{source.path}:{line}: imports {module}" for line, module, _ in source.imports()
                   if module.split(".")[0] not in allowed]
    holds(faults, "do it with numpy, or agree on the import in FOREIGN of this test (and make it optional).")


# -- the public names ------------------------------------------------------------------------------------------------


def is_public(name):
    """Whether `autodiff.name` is for users: rooms are modules, and those are not."""
    if name in PUBLIC_ROOMS:
        return True
    return not name.startswith("_") and hasattr(ad, name) and not isinstance(getattr(ad, name), ModuleType)


def private_uses(source):
    """Where a file reaches past the public names of autodiff, as (line, what)."""
    aliases = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name == "autodiff"}
    for line, module, name in source.imports():
        if module.startswith("autodiff."):
            yield line, module
        elif module == "autodiff" and name and not is_public(name):
            yield line, f"autodiff.{name}"
    for node in ast.walk(source.tree):
        of_autodiff = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases
        if of_autodiff and not is_public(node.attr):
            yield node.lineno, f"autodiff.{node.attr}"


def test_nn_and_demos_use_autodiffs_public_names():
    holds(
        [f"{source.path}:{line}: {what} is internal, or is not there" for source in sources("nn", "demos")
         for line, what in private_uses(source)],
        "use a public name (`import autodiff as ad`, then ad.X), or make it one in autodiff/__init__.py.",
    )


def test_demos_use_nns_public_names():
    faults = [f"{source.path}:{line}: {module} {name}" for source in sources("demos")
              for line, module, name in source.imports()
              if module.split(".")[0] == "nn" and re.search(r"(^|\.)_", f"{module}.{name}")]
    holds(faults, "a demo shows what a user can write: use a public name of nn.")


@pytest.mark.parametrize("package, above", [("autodiff", {"nn", "demos"}), ("nn", {"demos"})])
def test_nobody_imports_what_stands_above(package, above):
    faults = [f"{source.path}:{line}: imports {module}" for source in sources(package)
              for line, module, _ in source.imports() if module.split(".")[0] in above | {"tests", "benchmarks"}]
    holds(faults, "autodiff < nn < demos: move what is needed down.")


# -- the sizes -------------------------------------------------------------------------------------------------------


def too_long(lengths, limit, agreed):
    """The faults among {name: lines}, where `agreed` allows {name: (lines, reason)}."""
    for name, lines in lengths.items():
        allowed, _ = agreed.get(name, (limit, ""))
        if lines > allowed:
            yield f"{name} has {lines} lines, {allowed} are allowed"
        elif name in agreed and lines <= limit:
            yield f"{name} has {lines} lines and needs no exception any more"
    yield from (f"{name} has an exception, but is not there" for name in agreed.keys() - lengths.keys())


def test_files_are_short():
    lengths = {source.path: source.text.count("\n") for source in sources("autodiff", "nn", "demos")}
    holds(
        list(too_long(lengths, FILE_LINES, LONGER_FILES)),
        "about 200 lines are wanted: part the file by subject. Exceptions are agreed, with a reason, in LONGER_FILES.",
    )


def lines_of(function):
    """How many lines a function has, not counting its docstring."""
    first = function.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(function, clean=False) is not None else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_functions_are_short():
    lengths = {f"{source.path}:{name}": lines_of(node) for source in sources("autodiff", "nn", "demos")
               for name, node in source.functions()}
    holds(
        list(too_long(lengths, FUNCTION_LINES, LONGER_FUNCTIONS)),
        "about 30 lines are wanted: give a part of it a name. Exceptions are agreed in LONGER_FUNCTIONS.",
    )


def test_tensor_stays_small():
    names = [name for name in dir(ad.Tensor) if not name.startswith("_")]
    remedy = "make it a function, ad.name(t); Tensor has the operators and some 20 numpy-named methods."
    holds([f"Tensor has {len(names)} public names: {', '.join(names)}"] if len(names) > TENSOR_NAMES else [], remedy)


# -- the names -------------------------------------------------------------------------------------------------------


def words(name):
    """`make_HTTPHelper2` is make, http, helper."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_names_say_what_things_are():
    ours = [source for source in sources("autodiff", "nn", "demos") if not source.path.startswith("nn/tf/")]  # TensorFlow's
    faults = [f"{source.path}: the module's name" for source in ours
              if words(source.path.removesuffix(".py")) & EMPTY_WORDS]
    for source in ours:
        for node in ast.walk(source.tree):
            name = getattr(node, "name", None) or getattr(node, "arg", None)  # functions, classes, arguments
            if isinstance(name, str) and words(name) & EMPTY_WORDS:
                faults.append(f"{source.path}:{getattr(node, 'lineno', '?')}: {name}")
    holds(faults, f"name it by what it is or does, not by {', '.join(sorted(EMPTY_WORDS))}.")
