"""Programs in files: versioned json, without pickle, checked when it is read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from autodiff.boxes.tensor import Tensor
from autodiff.boxes.variable import Variable
from autodiff.core.dtypes import is_numeric
from autodiff.core.listening import current
from autodiff.failures.nesting import brief
from autodiff.files import atomic_write
from autodiff.functions.attributes import with_variables
from autodiff.functions.bound import Bound
from autodiff.functions.encoding import DamagedFile, decoded, encoded, names_of_ops
from autodiff.functions.program import Instruction, Layout, Program, Raw, Symbol
from autodiff.rules.silence import NotFinite
from autodiff.scalar.value import Value

FORMAT, VERSION = "autodiff function", 1
WORDS = {Tensor: "tensor", Value: "value"}


def save(program: Program, path: str | Path) -> None:
    """Write a program to a file, with the present numbers of its Variables.

    TypeError for a program that calls Python, draws random numbers, checks guards, or computes on batches.
    """
    program, names = with_variables(program), {id(op): name for name, op in names_of_ops().items()}
    numbers: dict[Symbol, int] = {}

    def reference(symbol: Symbol) -> Raw:
        return numbers[symbol] if symbol in numbers else {"constant": _constant(symbol)}

    for symbol in [*program.inputs, *program.variables, *[s for i in program.instructions for s in i.outputs]]:
        numbers[symbol] = len(numbers)
    instructions = []
    for i in program.instructions:
        if id(i.op) not in names or i.is_batched:
            raise TypeError(f"{program.name} can't be saved: `{i}` calls Python, draws numbers, or is an op of your own.")
        params = {key: encoded(value) for key, value in i.params.items()}
        layouts = [_layout(symbol) for symbol in i.outputs]
        instructions.append([names[id(i.op)], [reference(s) for s in i.inputs], params, layouts, i.is_scalar])
    content = {
        "name": program.name,
        "inputs": [[s.source, _layout(s)] for s in program.inputs],
        "variables": [_variable(s) for s in program.variables],
        "instructions": instructions,
        "effects": [[numbers[variable], reference(symbol)] for variable, symbol in program.effects],
        "outputs": [reference(symbol) for symbol in program.outputs],
        "structure": _structure(program.structure),
    }
    text = json.dumps(content)
    file = {"format": FORMAT, "version": VERSION, "sha256": hashlib.sha256(text.encode()).hexdigest(), "program": content}
    with atomic_write(path) as part:
        part.write_text(json.dumps(file), encoding="utf-8")


def _constant(symbol: Symbol) -> Any:
    x = symbol.source
    return encoded(x._raw() if isinstance(x, (Tensor, Value)) else x)


def _layout(symbol: Symbol) -> Any:
    return None if symbol.layout is None else [list(symbol.layout.shape), symbol.layout.dtype.str, list(symbol.layout.strides)]


def _variable(symbol: Symbol) -> Any:
    v = symbol.source
    if not isinstance(v, Variable):
        raise TypeError(f"A file of a function holds Variables, but the program reads {brief(v)} from outside: pass it in.")
    return [symbol.name, v.trainable, encoded(v._held)]


def _structure(x: Any) -> Any:
    if isinstance(x, dict):
        return {"dict": [[key, _structure(part)] for key, part in x.items()]}
    if isinstance(x, (list, tuple)):
        return {"list" if isinstance(x, list) else "tuple": [_structure(part) for part in x]}
    return WORDS.get(x, "tensor" if isinstance(x, type) and issubclass(x, Tensor) else "constant")


# -- reading -----------------------------------------------------------------------------------------------------------------


class LoadedFunction:
    """A program from a file, with Variables of its own; see `load_function`."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.variables = [symbol.source for symbol in program.variables]
        self._bound = Bound(program, {})
        self._bound.count_references()

    def __call__(self, *args: Raw) -> Any:
        numbers = [x._raw() if isinstance(x, (Tensor, Value)) else x for x in args]
        if current() is not None:
            raise TypeError("A function from a file has no Python function that a tape could follow: call it outside of tapes.")
        for symbol in self._program.inputs:
            k = symbol.source
            x: Any = numbers[k] if k < len(numbers) else None
            given = "nothing" if x is None else "a float" if type(x) is float else f"{np.asarray(x).dtype}{list(np.shape(x))}"
            fits = type(x) is float if symbol.layout is None else (
                type(x) is np.ndarray and (x.shape, x.dtype) == symbol.layout[:2])  # fmt: skip
            if not fits:
                raise TypeError(f"Argument {k} of {self._program.name} is {symbol.layout or 'a float'}, but got {given}.")
        try:
            return self._bound(numbers)
        except NotFinite as error:
            raise NotFinite(f"{self._program.name}: {error}. A program from a file can't be traced again.") from None

    def program(self) -> Program:
        """The program, to print."""
        return self._program


def load_function(path: str | Path) -> LoadedFunction:
    """A function that `save` wrote to a file. It computes what the saved program does, from the numbers that the Variables had.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    LoadedFunction
        Called with the arrays and floats among the arguments of the traced call, in their order; of the same shapes and dtypes.
        `variables` are its own Variables, and `program()` is the program.

    Raises
    ------
    ValueError
        For a file of another format or version, and for a damaged one. Reading it executes nothing of it.

    Examples
    --------
    >>> import numpy as np, autodiff as ad, os, tempfile
    >>> f = ad.function(lambda x: np.tanh(x) * 2.0)
    >>> y = f(np.array([0.5, 1.0]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     f.save(os.path.join(folder, "f.json"))
    ...     g = ad.load_function(os.path.join(folder, "f.json"))
    >>> bool(np.all(g(np.array([0.5, 1.0])) == y))
    True
    """
    place = Path(path)
    try:
        file = json.loads(place.read_text(encoding="utf-8"))
        form, version, content = file["format"], file["version"], file["program"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # RecursionError: lists in lists, a thousand deep
        raise DamagedFile(f"{path} is not a file of a function: {error!r:.100}") from None
    if form != FORMAT or version != VERSION:
        raise DamagedFile(f"{path} has the format {form!r} {version!r}; this version of autodiff reads {FORMAT!r} {VERSION}.")
    if hashlib.sha256(json.dumps(content).encode()).hexdigest() != file.get("sha256"):
        raise DamagedFile(f"{path} is damaged: its sum does not agree with its content. Save the function again.")
    try:
        return LoadedFunction(_program(content))
    except Exception as error:  # of any kind: its arrays are made here, and may be larger than the memory
        raise DamagedFile(f"{path} does not hold a program: {error!r:.200}") from error


def _program(content: dict[str, Any]) -> Program:
    program, ops = Program(str(content["name"])), names_of_ops()
    for k, layout in content["inputs"]:
        program.inputs.append(Symbol("input", _read_layout(layout), int(k), f"input{k}"))
    for name, trainable, data in content["variables"]:
        v = Variable(decoded(data), bool(trainable), name)
        program.variables.append(Symbol("variable", Layout(v.shape, v.dtype, v._held.strides), v, name))
    known: list[Symbol] = [*program.inputs, *program.variables]

    def symbol_of(reference: Raw) -> Symbol:
        if isinstance(reference, int):
            if not 0 <= reference < len(known):
                raise DamagedFile(f"A result is read before it is computed: number {reference}.")
            return known[reference]
        value = decoded(reference["constant"])
        return Symbol("constant", Layout(value.shape, value.dtype, value.strides) if type(value) is np.ndarray else None, value)

    for name, inputs, params, layouts, is_scalar in content["instructions"]:
        outputs = [Symbol("result", _read_layout(layout)) for layout in layouts]
        values = {key: decoded(value) for key, value in params.items()}
        program.instructions.append(Instruction(ops[name], [symbol_of(s) for s in inputs], values, outputs, bool(is_scalar)))
        known += outputs
    program.effects = [(symbol_of(variable), symbol_of(symbol)) for variable, symbol in content["effects"]]
    if not all(variable.kind == "variable" for variable, _ in program.effects):
        raise DamagedFile("Something other than a Variable is assigned.")
    program.outputs = [symbol_of(symbol) for symbol in content["outputs"]]
    program.structure = _read_structure(content["structure"])
    program.name_results()
    return program


def _read_layout(layout: Any) -> Layout | None:
    if layout is None:
        return None
    shape, dtype, strides = layout
    found = Layout(tuple(map(int, shape)), np.dtype(dtype), tuple(map(int, strides)))
    if not is_numeric(found.dtype) or len(found.shape) != len(found.strides) or any(n < 0 for n in found.shape):
        raise DamagedFile(f"{layout} is no layout of an array.")
    return found


def _read_structure(x: Any) -> Any:
    if isinstance(x, str):
        return Value if x == "value" else Tensor
    ((kind, parts),) = x.items()
    if kind == "dict":
        return {key: _read_structure(part) for key, part in parts}
    return (list if kind == "list" else tuple)(_read_structure(part) for part in parts)
