"""The architecture: imports point down only, each task is done in one place, files and functions stay small, names say what
things are.

It reads the source that runs: the clone, or the installed package with its sources beside the binaries.
"""

import ast
import re
import sys
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType

import pytest

import autodiff as ad

ROOT = Path(ad.__file__).resolve().parent.parent

# -- what was agreed -------------------------------------------------------------------------------------------------

LAYERS = {
    "failures": 0, "files": 0, "core": 1, "rules": 2, "boxes": 3, "fft": 3, "polynomial": 3, "scalar": 4, "debugging": 5,
    "tape": 6,
}  # fmt: skip
TOP = 7  # the layer of every other module of autodiff: batching, derivatives, custom, check, drawing, ...
ENTRIES = {"__init__", "pytest_plugin"}  # they hand out what the modules make, so they may import every module

PUBLIC_MODULES = {"fft", "linalg", "micrograd", "nest", "polynomial", "scipy"}  # as numpy's, as tf.nest, as micrograd

FOREIGN = {  # what a module may import besides the standard library and numpy
    "drawing": {"graphviz", "pygraphviz", "IPython", "matplotlib"},
    "pytest_plugin": {"pytest"},
    "rules": {"scipy"},
    "scipy": {"scipy"},
}

FILE_LINES = 300
LONGER_FILES = {}  # "autodiff/tape/tape.py": (310, "why it has to be")

# The next are ratchets: they stand at today's value. Lower them when you can; raise one only with a reason.
FUNCTION_LINES = 39  # without the docstring
LONGER_FUNCTIONS = {
    "autodiff/core/dispatch.py:apply": (58, "the usual one or two inputs are spelt out: a call less for every operation"),
}
PUBLIC_NAMES = {  # without those that begin with _
    "Tensor": 55,  # ndarray's methods, each of which is a function of numpy's: one line in autodiff/rules/array_methods.py
    "Variable": 60,
    "Value": 26,  # with real, imag and conjugate, as float has them
    "Tape": 20,
}
ANY = 519  # how often the annotations of public functions and methods say Any; scipy's signatures are about fifty, nest's two
# Lines of what records and differentiates: arrays let go, threads, walks beside NaN, complex numbers, what dtypes mean; and 620
# of derivatives: plain results, aux, argnames, classes as structures, linearize, hessian_diag, the roots of solvers; 540 of
# micrograd's Value, which holds what it was computed from: linked, order, given and held in scalar; 154 for boxes and walks
# with arrays of other libraries: DLPack, Dask's collections, devices, one wait for all gradients, lazy ones in blocks; 13 by
# which a picture reads 76,000 Values in a third of the time, and tells a derivative's own numbers from the program's; 1 for
# the layers that pictures frame; 30 by which it knows the names of constants, of which an operation reads the array without
# its box.
MACHINERY = 7434
MACHINERY_OF = ("core", "boxes", "scalar", "tape", "custom", "derivatives")
BATCHES = {"batch_keys", "batch_kinds", "batched", "duck", "levels"}  # in core
EXTERNAL = {  # in core: arrays of other libraries, of which little but numpy's protocols is known
    "along", "blocks", "cupy_arrays", "dask_arrays", "external", "lazy", "libraries", "matrices", "other_words", "plain_calls",
    "portable", "transfer", "which_library",
}  # fmt: skip
EXTERNAL_LINES = 1573
MESSAGES = {"escapes", "explain", "reasons", "rewrites"}  # in core and tape: what tells the user why, counted apart too

# Where a gradient is handed back through a graph: once, and once more for Values. Where a graph is computed anew: once, and
# once more for the arrays that it has let go.
REVERSE_WALKS = {
    "autodiff/scalar/backward.py:backward_values", "autodiff/tape/backward.py:backward",
    "autodiff/functions/values.py:written_out",  # as instructions, to be printed and saved
}  # fmt: skip
FORWARD_WALKS = {"autodiff/tape/forward.py:forward", "autodiff/core/unread.py:recall"}
RULE_READERS = {  # besides core, whose the rules are: who asks an op for its rules
    "autodiff/check/primitive.py": "it looks for the one that is wrong",
    "autodiff/drawing/graph.py": "an input without one is a constant of the op",
    "autodiff/functions/jit.py": "what numba can't compute",
    "autodiff/functions/values.py": "a rule as an instruction",
    "autodiff/rules/silence.py": "the rules, where nothing flows out that did not flow in",
    "autodiff/scalar/linked.py": "a constant that becomes a Value is given its derivative",
    "autodiff/scalar/order.py": "rules at g = 1 are local derivatives",
    "autodiff/scalar/steps.py": "the same in a replay",
    "autodiff/scalar/value.py": "a Value's rule at g = 1 is its local derivative",
    "autodiff/scalar/views.py": "a Value's node under an outer tape",
    "autodiff/tape/accumulator.py": "forward mode feeds it tangents",
    "autodiff/tape/backward.py": "the walk",
    "autodiff/tape/trace_steps.py": "one edge of the walk by itself",
}
PRIVATE_TO_SCALAR = {"_a", "_b", "_da", "_db", "_g", "_made_by"}  # the fields of a Value's node
NODE_KINDS = {"autodiff/tape/backward.py"}  # besides core and scalar: who may ask a node for its kind

EMPTY_WORDS = {"ctx", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# -- reading the source ----------------------------------------------------------------------------------------------


class Source:
    """One file: `nn/layers/dense.py` is the module `nn.layers.dense`, in the part `layers`."""

    def __init__(self, path):
        self.path = path.relative_to(ROOT).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, self.path)
        steps = self.path.removesuffix(".py").split("/")
        self.part = steps[1]
        self.module = ".".join(steps)
        self.nodes = list(ast.walk(self.tree))

    def imports(self):
        """Every import wherever it stands, as (line, module, name): `import a.b` is (1, "a.b", "")."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if node.level:
                    module = ".".join([*self.module.split(".")[: -node.level], module]).rstrip(".")
                yield from ((node.lineno, module, alias.name) for alias in node.names)

    @cached_property
    def functions(self):
        """Every function as (its name with those it stands in, node). In expressions there is none."""

        def below(node, outer):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    continue
                named = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
                name = f"{outer}.{child.name}".lstrip(".") if named else outer
                if named and not isinstance(child, ast.ClassDef):
                    yield name, child
                yield from below(child, name)

        return list(below(self.tree, ""))

    @cached_property
    def loops(self):
        """Every loop as (the name of the function it stands in, node)."""
        return [(f"{self.path}:{name}", node) for name, function in self.functions
                for node in ast.walk(function) if isinstance(node, (ast.For, ast.While))]  # fmt: skip


def sources(*packages):
    return [source for package in packages for source in sources_of(package)]


@cache
def sources_of(package):
    return [Source(path) for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.fixture(autouse=True, scope="module")
def forgotten():
    """The trees are hundreds of thousands of objects: every search for garbage after these tests would go through them."""
    yield
    sources_of.cache_clear()


def holds(faults, remedy):
    if faults:
        pytest.fail("\n".join([*faults, "", f"What to do: {remedy}"]), pytrace=False)


# -- the layers ------------------------------------------------------------------------------------------------------


def part_of(module, name):
    """The module or package of autodiff that `from module import name` enters; for anything else, `__init__`."""
    part = [*module.split("."), name][1]
    is_part = (ROOT / "autodiff" / part).is_dir() or (ROOT / f"autodiff/{part}.py").is_file()
    return part if part and is_part else "__init__"


def test_imports_point_down():
    faults = []
    for source in sources("autodiff"):
        here = source.part
        for line, module, name in source.imports():
            if module.split(".")[0] != "autodiff" or here in ENTRIES:
                continue
            there = part_of(module, name)
            if there != here and LAYERS.get(there, TOP) >= LAYERS.get(here, TOP):
                faults.append(f"{source.path}:{line}: {here} imports {there}, which is not below it")
    holds(
        faults,
        "the layers are core < rules < boxes < scalar < tape < everything else, and fft and polynomial over rules; what is "
        "over the tape does not import one another, and nobody inside imports from autodiff itself. Move what is shared down a "
        "layer, or pass it as an argument.",
    )


def test_every_lower_layer_is_there():
    missing = [f"autodiff/{part} is in layer {layer}, but is not there" for part, layer in LAYERS.items()
               if not (ROOT / "autodiff" / part).is_dir() and not (ROOT / f"autodiff/{part}.py").is_file()]
    holds(missing, "mend LAYERS in this test, and the map in README.md.")


def test_the_engine_stands_on_numpy_alone():
    faults = []
    for source in sources("autodiff"):
        allowed = {"autodiff", "numpy", "mypy_extensions", *sys.stdlib_module_names, *FOREIGN.get(source.part, ())}
        faults += [f"{source.path}:{line}: imports {module}" for line, module, _ in source.imports()
                   if module.split(".")[0] not in allowed]
    holds(faults, "do it with numpy, or agree on the import in FOREIGN of this test (and make it optional).")


# -- the public names ------------------------------------------------------------------------------------------------


def is_public(name):
    """Whether `autodiff.name` is for users: modules are not."""
    if name in PUBLIC_MODULES:
        return True
    return not name.startswith("_") and hasattr(ad, name) and not isinstance(getattr(ad, name), ModuleType)


def private_uses(source):
    """Where a file reaches past the public names of autodiff, as (line, what)."""
    aliases = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name for alias in node.names if alias.name == "autodiff"}
    for line, module, name in source.imports():
        if module.startswith("autodiff."):
            yield line, module
        elif module == "autodiff" and name and not is_public(name):
            yield line, f"autodiff.{name}"
    for node in source.nodes:
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


# -- each task in one place ------------------------------------------------------------------------------------------


def attributes(node):
    return {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def goes_down(loop):
    """Whether a loop takes indices or nodes from the last to the first: `for ... in range(a, b, -1)`, `for ... in reversed(x)`,
    `for ... in x[::-1]`, or a `while` that lowers a name of its condition."""
    if isinstance(loop, ast.For):
        text = ast.unparse(loop.iter)
        return bool(re.search(r"range\(.*, -1\)|\breversed\(|::-1\]", text))
    counted = {part.id for part in ast.walk(loop.test) if isinstance(part, ast.Name)}
    return any(isinstance(part, ast.AugAssign) and isinstance(part.op, ast.Sub) and isinstance(part.target, ast.Name)
               and part.target.id in counted for part in ast.walk(loop))  # fmt: skip


def test_the_chain_rule_is_written_once():
    """A reverse walk is a loop that goes down and reads a derivative, of an op or of a Value's node. The rules' readers are
    listed too, so that a walk can't hide its derivatives in a function that it calls."""
    derivatives = {"vjp", "vjps", "joint_vjp", "variadic", "local", "_da", "_db"}
    walks = {name for source in sources("autodiff") for name, loop in source.loops
             if goes_down(loop) and attributes(loop) & derivatives}
    readers = {source.path for source in sources("autodiff")
               if source.part != "core" and attributes(source.tree) & {"vjp", "vjps", "joint_vjp", "variadic"}}
    holds(
        [f"{name}: {what}" for found, agreed, what in ((walks, REVERSE_WALKS, "a reverse walk"),
                                                       (readers, set(RULE_READERS), "reads rules"))
         for name in sorted(found ^ agreed)],
        "call tape/backward.py:backward (its `on_edge` sees every contribution); or mend REVERSE_WALKS and RULE_READERS.",
    )


def test_a_graph_is_walked_forward_in_one_place():
    """A forward walk is a loop over the nodes of a span or graph that computes: it calls an op's forward, or a function that
    does it for the walk."""
    walks = {name for source in sources("autodiff") for name, loop in source.loops
             if isinstance(loop, ast.For) and "nodes" in attributes(loop.iter)
             and any(isinstance(part, ast.Call) and ast.unparse(part.func).rpartition(".")[2] in {"forward", "evaluate"}
                     for part in ast.walk(loop))}  # fmt: skip
    holds([f"{name}: a forward walk" for name in sorted(walks ^ FORWARD_WALKS)], "call tape/forward.py:forward.")


def test_the_kinds_of_nodes_are_known_in_few_places():
    faults = []
    for source in sources("autodiff"):
        if source.part in {"core", "scalar"} or source.path in NODE_KINDS:
            continue
        faults += [f"{source.path}:{node.lineno}: {ast.unparse(node)}" for node in source.nodes
                   if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance"
                   and "ArrayNode" in ast.unparse(node.args[1])]  # fmt: skip
    holds(faults, "ask graph.node(index) for op, parents, inputs, params, value: every node has them.")


def test_a_values_fields_are_read_in_scalar_alone():
    faults = [f"{source.path}:{node.lineno}: {ast.unparse(node)}" for source in sources("autodiff", "nn", "demos")
              if not source.path.startswith("autodiff/scalar/") for node in source.nodes
              if isinstance(node, ast.Attribute) and node.attr in PRIVATE_TO_SCALAR]  # fmt: skip
    holds(faults, "ask the node: graph.node(index).parents, .vjp(...); or give Number in autodiff/scalar a method.")


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
               for name, node in source.functions}
    holds(
        list(too_long(lengths, FUNCTION_LINES, LONGER_FUNCTIONS)),
        "about 30 lines are wanted: give a part of it a name. Exceptions are agreed in LONGER_FUNCTIONS.",
    )


@pytest.mark.parametrize("kind", PUBLIC_NAMES)
def test_classes_stay_small(kind):
    options = {"persistent", "watch_accessed_variables", "escapes", "debugger", "trainable", "name"}  # some builds show these
    names = [name for name in dir(getattr(ad, kind)) if not name.startswith("_") and name not in options]
    names = [name for name in names if hasattr(getattr(ad, kind), name)]  # some only say what to use instead
    remedy = f"make it a function, ad.name(x): {kind} has few names."
    holds([f"{kind} has {len(names)} public names, not {PUBLIC_NAMES[kind]}: {', '.join(names)}"]
          if len(names) > PUBLIC_NAMES[kind] else [], remedy)  # fmt: skip


def test_signatures_say_more_than_any():
    count = 0
    for source in sources("autodiff"):
        if Path(source.path).stem in EXTERNAL:
            continue
        for name, function in source.functions:
            if not re.search(r"(^|\.)_", name):
                arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
                notes = [function.returns, *[argument.annotation for argument in arguments]]
                count += sum(isinstance(part, ast.Name) and part.id == "Any" for note in notes if note is not None
                             for part in ast.walk(note))  # fmt: skip
    holds([f"public signatures of autodiff say Any {count} times, {ANY} are allowed"] if count > ANY else [],
          "say what it is: Box, Tensor, ArrayLike, Tree[...].")  # fmt: skip


def test_the_machinery_stays_small():
    count = sum(source.text.count("\n") for source in sources("autodiff") if source.part in MACHINERY_OF
                and not (source.part == "core" and Path(source.path).stem in BATCHES | EXTERNAL)
                and Path(source.path).stem not in MESSAGES)  # fmt: skip
    holds([f"the machinery has {count} lines, {MACHINERY} are allowed"] if count > MACHINERY else [],
          "do it with what is there: one graph, one way in, two walks, recorders.")  # fmt: skip


def test_what_is_known_of_other_libraries_stays_small():
    count = sum(source.text.count("\n") for source in sources("autodiff")
                if source.part == "core" and Path(source.path).stem in EXTERNAL)  # fmt: skip
    holds([f"arrays of other libraries take {count} lines, {EXTERNAL_LINES} are allowed"] if count > EXTERNAL_LINES else [],
          "let numpy's protocols do it; what a library lacks stands in other_words.")  # fmt: skip


# -- the names -------------------------------------------------------------------------------------------------------


def words(name):
    """`make_HTTPHelper2` is make, http, helper."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_what_a_kind_of_dtype_means_is_said_in_one_place():
    known = {frozenset("c"), frozenset("fc"), frozenset("iub"), frozenset("fiub"), frozenset("fiubc")}
    faults = [f"{source.path}:{line}: {text.strip()}" for source in sources("autodiff")
              if source.part != "failures" and source.path != "autodiff/core/dtypes.py"
              for line, text in enumerate(source.text.splitlines(), 1)
              for kinds in re.findall(r'\.kind (?:in|not in|==|!=) "(\w+)"', text) if frozenset(kinds) in known]
    holds(faults, "ask core/dtypes.py: is_inexact, is_complex, is_real, is_exact, is_numeric. (failures stands below it.)")


def test_names_say_what_things_are():
    ours = [source for source in sources("autodiff", "nn", "demos") if not source.path.startswith("nn/tf/")]  # TensorFlow's
    faults = [f"{source.path}: the module's name" for source in ours
              if words(source.path.removesuffix(".py")) & EMPTY_WORDS]
    for source in ours:
        for node in source.nodes:
            name = getattr(node, "name", None) or getattr(node, "arg", None)  # functions, classes, arguments
            if isinstance(name, str) and words(name) & EMPTY_WORDS:
                faults.append(f"{source.path}:{getattr(node, 'lineno', '?')}: {name}")
    holds(faults, f"name it by what it is or does, not by {', '.join(sorted(EMPTY_WORDS))}.")


def test_no_two_modules_of_the_tests_have_one_name():
    """pytest and `import` take the first one that they find."""
    several = ("__init__.py", "__main__.py", "conftest.py")
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name not in several]
    again = sorted({name for name in names if names.count(name) > 1})
    holds([f"{name} is there {names.count(name)} times" for name in again], "give each a name of its own.")


def test_a_name_for_a_type_of_arrays_says_that_it_is_a_type():
    """The compiled build reads the sources without numpy: there a plain alias is a variable, and no type."""
    plain = [node for source in sources("autodiff") for node in source.tree.body
             if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("NDArray[")]  # fmt: skip
    assert [ast.unparse(node) for node in plain] == []
