"""The syntax tree of the user's source: which expression an instruction computes, and the loops around it."""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import NamedTuple

FILES, CODES = 64, 2_000  # so many are remembered
SCOPES = {ast.ListComp: "<listcomp>", ast.SetComp: "<setcomp>", ast.DictComp: "<dictcomp>", ast.GeneratorExp: "<genexpr>"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
CALLERS = {*dir(builtins), "reduce", "starmap", "accumulate", "apply_along_axis", "vectorize"}  # they call what they are given
COUNTED = ("range", "arange", "enumerate")
Positions = tuple[int, int, int, int]  # the first and the last line, and the columns in bytes


class Loop(NamedTuple):
    """A loop of the program: a for or while statement, or one `for` of a comprehension."""

    node: ast.AST
    targets: tuple[str, ...]  # its variables; none for a while loop
    names: tuple[str, ...]  # those that its body does not assign to
    counts: bool = False  # whether it goes through numbers that are all different, or numbers what it goes through

    @property
    def is_comprehension(self) -> bool:
        return isinstance(self.node, ast.comprehension)


class Source:
    """The tree of one file, with the way up from each part of it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.parents: dict[ast.AST, ast.AST] = {}
        self.fors: list[ast.For | ast.AsyncFor] = []  # its for statements
        self._at: dict[Positions, ast.AST] = {}
        self._root = ast.parse("".join(lines))
        for node in ast.walk(self._root):  # what is outside comes first, so that what is inside has the last word
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
            if isinstance(node, (ast.For, ast.AsyncFor)):
                self.fors.append(node)
            if isinstance(node, (ast.expr, ast.stmt)):
                self._at[node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0] = node

    def node_at(self, positions: Positions) -> ast.AST | None:
        """The expression or statement at these positions, or the smallest one around them."""
        found = self._at.get(positions)
        node: ast.AST | None = self._root if found is None else None
        while node is not None:
            around = (child for child in ast.iter_child_nodes(node) if holds(child, positions))
            node = next(around, None)
            found = node if isinstance(node, (ast.expr, ast.stmt)) else found
        return found


def holds(node: ast.AST, positions: Positions) -> bool:
    """Whether a part of a program stands around these positions. What has no positions of its own may."""
    first, last, start, stop = positions
    if not isinstance(node, (ast.expr, ast.stmt)):
        return any(holds(child, positions) for child in ast.iter_child_nodes(node))
    ends = (node.end_lineno or 0, node.end_col_offset or 0)
    return (node.lineno, node.col_offset) <= (first, start) and (last, stop) <= ends


class CodeTree:
    """What the source says of the instructions of one code object."""

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.source = source_of(code.co_filename)
        self._positions = list(code.co_positions()) if self.source is not None else []
        self._nodes: dict[int, ast.AST | None] = {}
        self._loops: dict[int, tuple[Loop, ...]] = {}
        self._begins: dict[int, bool] = {}
        self.plans: dict[int, object] = {}  # see drawing/assigned.py
        self.texts: dict[tuple[int, int], str] = {}  # see drawing/source_text.py
        self.module: Mapping[str, object] = {}  # the global variables around it, as soon as a call of it was noted

    def node(self, instruction: int) -> ast.AST | None:
        """What the instruction computes; None without its source, and where the file has changed since it was run."""
        if instruction not in self._nodes:
            self._nodes[instruction] = self._find(instruction)
        return self._nodes[instruction]

    def _find(self, instruction: int) -> ast.AST | None:
        if self.source is None or not 0 <= instruction < len(self._positions):
            return None
        first, last, start, stop = self._positions[instruction]
        if first is None or last is None or start is None or stop is None:
            return None
        node = self.source.node_at((first, last, start, stop))
        return node if node is not None and self._is_of_this_code(node) else None

    def _is_of_this_code(self, node: ast.AST) -> bool:
        """Whether the function around a node has the name of the code's."""
        if self.code.co_name.startswith("<"):
            return True
        around = next((up for up in ancestors(self.source, node) if isinstance(up, FUNCTIONS)), None)
        return getattr(around, "name", None) == self.code.co_name

    def loops(self, instruction: int) -> tuple[Loop, ...]:
        """The loops that run while the instruction does, the outermost first."""
        if instruction not in self._loops:
            self._loops[instruction] = tuple(self._find_loops(self.node(instruction)))
        return self._loops[instruction]

    def begins(self, instruction: int) -> bool:
        """Whether an instruction takes apart what a loop goes through, `u, v` in `for u, v in pairs`: a turn begins there."""
        if instruction not in self._begins:
            loops = self.loops(instruction)
            target = getattr(loops[-1].node, "target", None) if loops else None
            node = self.node(instruction)
            self._begins[instruction] = target is not None and any(part is node for part in ast.walk(target))
        return self._begins[instruction]

    def is_single(self, instruction: int, called: bool) -> bool:
        """Whether an instruction computes one operation each time that it runs; or, if it `called` a function,
        calls no other."""
        node = self.node(instruction)
        if called:
            return isinstance(node, ast.Call) and called_name(node) not in CALLERS
        return isinstance(node, (ast.BinOp, ast.UnaryOp, ast.AugAssign))

    def _find_loops(self, node: ast.AST | None) -> list[Loop]:
        found: list[Loop] = []
        child = node
        for parent in ancestors(self.source, node):
            if isinstance(parent, FUNCTIONS) and child in body_of(parent):
                break
            if isinstance(parent, (ast.For, ast.AsyncFor)) and (child in parent.body or child is parent.target):
                found.append(Loop(parent, names_of(parent.target), steady(parent.target, parent.body), is_counted(parent.iter)))
            elif isinstance(parent, ast.While) and child not in parent.orelse:
                found.append(Loop(parent, (), ()))
            elif isinstance(parent, COMPREHENSIONS):
                inside = generators_around(parent, child, node) if self._is_told_apart(parent) else []
                names = [names_of(part.target) for part in inside]
                loops = [Loop(part, own, own, is_counted(part.iter)) for part, own in zip(inside, names, strict=True)]
                found += loops[::-1]
                if SCOPES[type(parent)] == self.code.co_name and child is not parent.generators[0]:
                    break
            child = parent
        return found[::-1]


    def _is_told_apart(self, comp: ast.AST) -> bool:
        """Whether the turns of a comprehension matter: they make the elements of a list, or call functions. The terms of a sum
        are many and small."""
        if not isinstance(comp, ast.GeneratorExp) or self.source is None:
            return True
        user = self.source.parents.get(comp)
        told = isinstance(user, ast.Assign) or (isinstance(user, ast.Call) and called_name(user) in ("list", "tuple"))
        return told or any(
            isinstance(part, (ast.Call, *COMPREHENSIONS)) for part in ast.walk(comp.elt))


def called_name(call: ast.Call) -> str:
    """The name of the function that an expression calls, without its module or object."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def body_of(function: ast.AST) -> list[ast.AST]:
    return [function.body] if isinstance(function, ast.Lambda) else list(getattr(function, "body", []))


def generators_around(comp: Comprehension, child: ast.AST | None, node: ast.AST | None) -> list[ast.comprehension]:
    """The `for`s of a comprehension that run while its part `child` is computed: all, or of a `for` those before it; and that
    one too for its conditions and its variables."""
    parts = comp.generators
    if not isinstance(child, ast.comprehension):
        return parts
    k = parts.index(child)
    inside = {id(part) for own in (child.target, *child.ifs) for part in ast.walk(own)}
    return parts[: k + (id(node) in inside)]


def steady(target: ast.expr, body: Iterable[ast.AST]) -> tuple[str, ...]:
    """The names that a loop assigns to, without those that its body assigns to as well."""
    again = {part.id for statement in body for part in ast.walk(statement)
             if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}  # fmt: skip
    return tuple(name for name in names_of(target) if name not in again)


def is_counted(things: ast.expr) -> bool:
    return any(isinstance(part, ast.Call) and called_name(part) in COUNTED for part in ast.walk(things))


def names_of(target: ast.expr) -> tuple[str, ...]:
    return tuple(part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def ancestors(source: Source | None, node: ast.AST | None) -> Iterable[ast.AST]:
    """What stands around a node, the innermost first."""
    while source is not None and node is not None and node in source.parents:
        node = source.parents[node]
        yield node


def loop_variables(code: CodeType) -> set[str]:
    """The variables of the for statements in a function, or in a module outside its functions."""
    source = source_of(code.co_filename)
    found: set[str] = set()
    for node in source.fors if source is not None else ():
        function = next((up for up in ancestors(source, node) if isinstance(up, FUNCTIONS)), None)
        if getattr(function, "name", "<module>") == code.co_name:
            found.update(names_of(node.target))
    return found


_sources: dict[str, tuple[list[str], Source | None]] = {}
_codes: dict[int, CodeTree] = {}  # by the id of the code, which a CodeTree keeps


def source_of(file: str) -> Source | None:
    """The tree of a file, as Python knows it (`linecache` has the cells of notebooks too); None where there is none."""
    lines = linecache.getlines(file)
    known = _sources.get(file)
    if known is not None and known[0] == lines:
        return known[1]
    try:
        found = Source(lines) if lines else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = None
    if len(_sources) >= FILES:
        _sources.clear()
    _sources[file] = lines, found
    return found


def tree_of(code: CodeType) -> CodeTree:
    """What is known of a code object's source."""
    known = _codes.get(id(code))
    if known is None:
        if len(_codes) >= CODES:
            _codes.clear()
        known = _codes[id(code)] = CodeTree(code)
    return known
