"""Where in the user's program something happens: the file, the line, and the expression that is being computed there."""

from __future__ import annotations

import ast
import builtins
import linecache
import math
import os
import sys
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType, ModuleType
from typing import Any, Final, NamedTuple

LIBRARIES = {"autodiff", "nn", "numpy", "scipy", "sklearn", "pandas", "matplotlib"}  # by the names of their packages
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
LOOKS = (math.isnan, math.isinf, math.isfinite, math.isclose, math.floor, math.ceil, math.trunc)  # no derivative to lose
TESTING = ("numpy.testing", "_pytest", "pytest", "unittest")
COMPARISONS = ("array_equal", "array_equiv")  # of lists: numpy takes an error in them for False
_known: dict[str, str] = {}  # from a file to the library that holds it


class Place(NamedTuple):
    """A line of a file. In text, the file's path is relative where it lies below the working directory."""

    file: str
    line: int

    def __str__(self) -> str:
        below = self.file.startswith(os.getcwd() + os.sep)
        return f"{os.path.relpath(self.file) if below else self.file}:{self.line}"

    @property
    def source(self) -> str:
        """The text of the line, as far as Python can find it."""
        return linecache.getline(self.file, self.line).strip()

    def with_source(self) -> str:
        """`file:line  source`."""
        return f"{self}  {self.source}".rstrip()

    def without_folders(self) -> str:
        """The same for pictures, which are handed on: of a file elsewhere the name alone, without the user's folders."""
        path = str(self)
        return f"{os.path.basename(path) if os.path.isabs(path) else path}  {self.source}".rstrip()


class CallSite:
    """A place in the user's program that called the engine. The source is read when somebody asks for it.

    `layer` is the function of `nn` through which the user's line called the engine, "" for none.
    """

    __slots__ = ("code", "instruction", "layer")

    def __init__(self, code: CodeType, instruction: int, layer: str = "") -> None:
        self.code = code
        self.instruction = instruction
        self.layer = layer

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (self.code, self.code.co_filename, self.instruction, self.layer)

    @property
    def line(self) -> int:
        lines = (line for start, end, line in self.code.co_lines() if start <= 2 * self.instruction < end)
        return next(lines, None) or self.code.co_firstlineno

    @property
    def place(self) -> Place:
        return Place(self.code.co_filename, self.line)

    @property
    def positions(self) -> tuple[int, int, int, int] | None:
        """The first and last line of the expression, and its columns in bytes; None where Python does not keep them."""
        return positions_of(self.code, self.instruction)

    @property
    def expression(self) -> str:
        """The source of the expression, if it stands in one line."""
        positions = self.positions
        if positions is None or positions[0] != positions[1]:
            return ""
        return self._source(positions[0]).encode()[positions[2] : positions[3]].decode(errors="replace")

    def _source(self, line: int) -> str:
        return linecache.getline(self.code.co_filename, line)

    def __str__(self) -> str:
        """The place, the source line, and a mark under the expression."""
        name, place = self.code.co_name, self.place
        lines = [f"  {place}" + ("" if name.startswith("<") else f", in {name}")]
        source = self._source(place.line)
        if source.strip():
            lines.append(f"    {source.strip()}")
            positions, expression = self.positions, self.expression
            if positions is not None and expression and positions[0] == place.line:
                start = len(source.encode()[: positions[2]].decode(errors="replace")) - (len(source) - len(source.lstrip()))
                if len(expression) < len(source.strip()):
                    lines.append("    " + " " * start + "^" * len(expression))
        if self.layer:
            lines.append(f"  through {self.layer}")
        return "\n".join(lines)


def _restored(code: CodeType, file: str, instruction: int, layer: str) -> CallSite:
    """A place in another process: cloudpickle sends code without its file."""
    return CallSite(code.replace(co_filename=file), instruction, layer)


def site_of(frame: FrameType, layer: str = "") -> CallSite:
    """Where a frame is now."""
    return CallSite(frame.f_code, frame.f_lasti // 2, layer)


def call_site() -> CallSite:
    """Where the user's own code called the engine."""
    frame = last = sys._getframe(1)  # a frame that refers to itself would live until the next garbage collection
    layer = ""
    while library := library_of(frame):
        if library == "nn" and not layer:
            layer = f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}"
        if frame.f_back is None:
            return site_of(last, layer)
        frame = frame.f_back
    return site_of(frame, layer)


def user_frame() -> FrameType:
    """The innermost frame that runs the user's own code: no library's, and not the standard library's."""
    frame = innermost = sys._getframe(1)
    while library_of(frame):
        if frame.f_back is None:
            return innermost
        frame = frame.f_back
    return frame


ENTRIES: Final = (os.sep + "core" + os.sep, os.sep + "boxes" + os.sep)


def called_by_user() -> bool:
    """Whether an op that is running was called from outside the engine and nn: not by a rule, a layer or another function of
    them. Frames of boxes and of dispatch stand between the caller and here."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        library = library_of(frame)
        if library == "nn" or (library == "autodiff" and not any(part in frame.f_code.co_filename for part in ENTRIES)):
            return False
        if library not in ("autodiff", "numpy"):
            return True
        frame = frame.f_back
    return True


def asked_by_engine() -> bool:
    """Whether a rule of the engine, perhaps through numpy, asks for what boxes and dispatch are about to give."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (library_of(frame) == "numpy" or any(part in frame.f_code.co_filename for part in ENTRIES)):
        frame = frame.f_back
    return frame is not None and library_of(frame) == "autodiff"


def user_place() -> Place:
    """The line of the user's program that is running."""
    frame = user_frame()
    return Place(frame.f_code.co_filename, frame.f_lineno)


def only_looks(how: str) -> bool:
    """Whether a number is read to be shown or compared: for `"%.3f" % x` (no other operator asks it for a float), for
    `math.isnan(x)` and its kin, in numpy.testing and pytest, by np.array_equal of lists."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and library_of(frame) == "autodiff":
        frame = frame.f_back
    if how == "float" and frame is not None and _operation(frame) == "BINARY_OP":
        return True
    while frame is not None and library_of(frame):
        if frame.f_globals.get("__name__", "").startswith(TESTING) or frame.f_code.co_name in COMPARISONS:
            return True
        frame = frame.f_back
    if how != "float" or frame is None:
        return False
    site = Expression(frame)
    called = site.value_of(site.tree.func) if isinstance(site.tree, ast.Call) else None
    return any(called is function for function in LOOKS)


def library_of(frame: FrameType) -> str:
    """The library whose code a frame runs, "standard" for Python's own, "installed" for others; "" for the user's code."""
    file = frame.f_code.co_filename
    known = _known.get(file)
    if known is None:
        root: str = frame.f_globals.get("__name__", "").partition(".")[0]
        known = root if root in LIBRARIES and not file.startswith("<doctest ") else ""
        if not known and "-packages" in file:
            known = "installed"
        elif file.startswith(("<frozen ", STANDARD_LIBRARY)) and "-packages" not in file:
            known = "standard"
        _known[file] = known
    return known


@lru_cache(maxsize=500)
def library_of_module(name: str) -> str:
    """The same for the module of that name."""
    root = name.partition(".")[0]
    if root in LIBRARIES:
        return root
    files = (getattr(sys.modules.get(each), "__file__", None) for each in (root, name))  # a folder without __init__ has none
    file: str = next(filter(None, files), "" if root == "__main__" else "<frozen ")
    return "installed" if "-packages" in file else "standard" if file.startswith(("<frozen ", STANDARD_LIBRARY)) else ""


class Expression:
    """What a frame is computing: its text, its syntax tree, and what the names in it stand for."""

    def __init__(self, frame: FrameType) -> None:
        self._names: dict[str, Any] = {**vars(builtins), **frame.f_globals, **frame.f_locals}
        self.text = " ".join(_text(frame).split())
        self.is_assigned = _operation(frame) == "STORE_SUBSCR"  # the text is the left side of an assignment
        self.right_side = _assigned(frame) if self.is_assigned else None
        self.tree: Any = None
        try:
            self.tree = ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError):  # the source is not there, or the file has changed since
            self.text = ""

    def value_of(self, node: ast.AST) -> object:
        """What a name stands for, or a name in a module; None for anything that would have to be computed."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.value_of(node.value)
            return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        return None

    def name_of(self, thing: object) -> str:
        """The name that the expression has for a thing; "" if it has none."""
        nodes = ast.walk(self.tree) if self.tree is not None else ()
        return next((node.id for node in nodes if isinstance(node, ast.Name) and self.value_of(node) is thing), "")


def positions_of(code: CodeType, instruction: int) -> tuple[int, int, int, int] | None:
    """The first and last line of the expression that an instruction belongs to, and its columns in bytes."""
    first, last, start, stop = next(islice(code.co_positions(), instruction, None), (None,) * 4)
    return None if first is None or last is None or start is None or stop is None else (first, last, start, stop)


def _operation(frame: FrameType) -> str:
    import dis  # only now: it takes milliseconds

    return dis.opname[frame.f_code.co_code[frame.f_lasti]] if frame.f_lasti >= 0 else ""


def _assigned(frame: FrameType) -> Any:
    """The right side of the assignment that stands on the frame's line; None if the line is not one whole assignment."""
    try:
        (statement,) = ast.parse(linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip()).body
    except (SyntaxError, ValueError):
        return None
    return getattr(statement, "value", None)


def _text(frame: FrameType) -> str:
    """The text of the expression that the frame's present instruction belongs to."""
    positions = positions_of(frame.f_code, frame.f_lasti // 2)
    if positions is None:
        return ""
    first, last, start, stop = positions
    lines = [linecache.getline(frame.f_code.co_filename, n, frame.f_globals).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:stop]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace")
