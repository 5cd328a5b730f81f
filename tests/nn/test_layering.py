"""The layers of nn: a module imports from the layers below its own.

All imports count, wherever they stand in a file. The exceptions are listed below with their reasons.
"""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import nn

PACKAGE = Path(nn.__file__).resolve().parent

# -- what was agreed -------------------------------------------------------------------------------------------------

LAYERS = {  # from the bottom to the top; a part is a module or a package of nn
    "ground": {"typing", "masks", "arrays", "symbols", "arguments", "lookup", "settings", "reprs", "processes",
               "schedules", "clipping", "flat", "files", "scalar", "micrograd"},
    "functions": {"class_weights", "data", "chunks", "targets", "activations", "initializers", "regularizers"},
    "layers": {"layers"},
    "parts of training": {"losses", "metrics", "optimizers"},
    "callbacks": {"callbacks"},
    "training": {"saving", "objective", "step", "loop", "trainer"},
    "models": {"graph", "model", "cloning"},
    "integrations": {"diagnosis", "distributed", "elsewhere", "exchange", "plots", "sklearn", "tf", "tuning"},
}

UPWARD = {  # (file, the part it imports): why this import may point up. It must stand inside a function.
    ("callbacks/base.py", "plots"): "History.plot draws what fit returned. It loads plots when it is called, and plots "
                                    "imports no callbacks.",
    ("callbacks/diagnose.py", "diagnosis"): "Diagnose asks for a diagnosis when it looks, and diagnosis imports no callbacks.",
}  # fmt: skip

# -- reading the source ----------------------------------------------------------------------------------------------


class Source:
    """One file of nn. `nn/layers/dense.py` is the module `nn.layers.dense`, in the part `layers`."""

    def __init__(self, path):
        self.path = path.relative_to(PACKAGE).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"), self.path)
        self.module = f"nn/{self.path}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def imports(self):
        """Every import from nn, as (line, module, whether it stands inside a function)."""
        functions = [node for node in ast.walk(self.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        lazy = {id(node) for function in functions for node in ast.walk(function)}
        for node in ast.walk(self.tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
            for name in names:
                if name.startswith("."):
                    pytest.fail(f"nn/{self.path}:{node.lineno}: write this import with its full name, nn.…", pytrace=False)
                if name.split(".")[0] == "nn":
                    yield node.lineno, module_of(name), id(node) in lazy


@cache
def sources():
    return [Source(path) for path in sorted(PACKAGE.rglob("*.py"))]


def module_of(name):
    """The module that holds a name: nn.layers.dense for nn.layers.dense.Dense."""
    modules = {source.module for source in sources()}
    steps = name.split(".")
    return next(m for k in range(len(steps), 0, -1) if (m := ".".join(steps[:k])) in modules)


def part_of(module):
    """The part of nn that a module belongs to: layers for nn.layers.dense, the empty name for nn itself."""
    return [*module.split("."), ""][1]


HEIGHT = {part: height for height, parts in enumerate(LAYERS.values()) for part in parts} | {"": len(LAYERS)}


def holds(faults, remedy):
    if faults:
        pytest.fail("\n".join([*faults, "", f"What to do: {remedy}"]), pytrace=False)


# -- the layers ------------------------------------------------------------------------------------------------------


def test_every_part_has_a_layer():
    parts = {part_of(source.module) for source in sources()}
    faults = [f"nn/{part} has no layer" for part in sorted(parts - HEIGHT.keys())]
    faults += [f"{part} is in LAYERS, but not in nn" for part in sorted(HEIGHT.keys() - parts)]
    holds(faults, "put each part into the lowest layer of LAYERS, in this test, that is above all it imports.")


def test_imports_point_down():
    faults = []
    for source in sources():
        here = part_of(source.module)
        for line, module, lazy in source.imports():
            there = part_of(module)
            if HEIGHT[there] > HEIGHT[here] and not (lazy and (source.path, there) in UPWARD):
                faults.append(f"nn/{source.path}:{line}: {source.module} imports {module}, which is above it")
    holds(faults, f"the layers are {' < '.join(LAYERS)} < nn itself. Move what is shared down, or pass it as an argument.")


def test_no_module_imports_itself_by_others():
    graph = {source.module: {module for _, module, _ in source.imports()} for source in sources()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        holds([" -> ".join(reversed(error.args[1]))], "move what these modules share into a module below them.")


def test_each_exception_is_needed():
    used = {(source.path, part_of(module)) for source in sources() for _, module, lazy in source.imports() if lazy}
    faults = [f"nn/{path} does not import {part} inside a function" for path, part in UPWARD.keys() - used]
    holds(faults, "remove the exception from UPWARD in this test.")


# -- the names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [nn.initializers, nn.losses, nn.metrics, nn.optimizers])
def test_all_classes_that_have_a_name_are_exported(module):
    """`__all__` is written out, as type checkers can't compute it."""
    classes = {thing.__name__ for thing in module.NAMES.values()}
    remedy = f"add them to __all__ of {module.__name__}."
    holds([f"{module.__name__}.{name} is not in __all__" for name in sorted(classes - set(module.__all__))], remedy)


# -- the types -------------------------------------------------------------------------------------------------------

BARE = {"update"}  # of an optimizer: it is written as its equations, with the types of Optimizer.update


def test_functions_say_their_types():
    faults = []
    for source in sources():
        if part_of(source.module) == "tf":  # TensorFlow's names, which have its loose types
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name not in BARE:
                every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
                missing = [a.arg for a in every if a and a.annotation is None and a.arg not in ("self", "cls")]
                if missing or node.returns is None:
                    what = ", ".join([*missing, *(["the result"] if node.returns is None else [])])
                    faults.append(f"nn/{source.path}:{node.lineno}: {node.name} has no type for {what}")
    holds(faults, "nn/py.typed promises types; nn/typing.py has those that many signatures share.")
