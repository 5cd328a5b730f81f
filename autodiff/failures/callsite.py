"""Where the user called the engine: the file, the line, and the expression."""

from __future__ import annotations

import linecache
import os
import sys
from itertools import islice
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast

NOT_THE_USERS = ("autodiff", "nn", "numpy")
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep


class CallSite:
    """A place in the user's program. The source is read when somebody asks for it.

    `layer` is the function of `nn` through which the user's line called the engine, "" for none.
    """

    def __init__(self, frame: FrameType, layer: str = "") -> None:
        self.code = frame.f_code
        self.line = frame.f_lineno
        self.instruction = frame.f_lasti // 2
        self.layer = layer

    @property
    def file(self) -> str:
        """The file, relative to the working directory if it lies below it."""
        return str(self.code.co_filename).removeprefix(os.getcwd() + os.sep)

    @property
    def positions(self) -> tuple[int, int, int, int] | None:
        """The first and last line of the expression, and its columns in bytes; None where Python does not keep them."""
        first, last, start, stop = next(islice(self.code.co_positions(), self.instruction, None), (None,) * 4)
        return None if first is None or last is None or start is None or stop is None else (first, last, start, stop)

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
        name = self.code.co_name
        lines = [f"  {self.file}:{self.line}" + ("" if name.startswith("<") else f", in {name}")]
        source = self._source(self.line)
        if source.strip():
            lines.append(f"    {source.strip()}")
            positions = self.positions
            if positions is not None and self.expression and positions[0] == self.line:
                start = len(source.encode()[: positions[2]].decode(errors="replace")) - (len(source) - len(source.lstrip()))
                if len(self.expression) < len(source.strip()):
                    lines.append("    " + " " * start + "^" * len(self.expression))
        if self.layer:
            lines.append(f"  through {self.layer}")
        return "\n".join(lines)

    def tree(self) -> ast.AST | None:
        """The syntax tree of the file; None without its source."""
        import ast  # only now: it takes milliseconds

        try:
            return ast.parse("".join(linecache.getlines(self.code.co_filename)))
        except SyntaxError:
            return None


def call_site() -> CallSite:
    """Where the user's own code called the engine: in no frame of autodiff, nn, numpy or the standard library."""
    frame: Any = sys._getframe(1)
    last, layer = frame, ""
    while frame is not None:
        module = frame.f_globals.get("__name__", "").split(".")[0]
        if module not in NOT_THE_USERS and not in_the_standard_library(frame.f_code.co_filename):
            return CallSite(frame, layer)
        if module == "nn" and not layer:
            layer = f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname}"
        last, frame = frame, frame.f_back
    return CallSite(last, layer)


def in_the_standard_library(file: str) -> bool:
    return file.startswith("<frozen ") or (file.startswith(STANDARD_LIBRARY) and "-packages" not in file)
